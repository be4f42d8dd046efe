//! Stores of every form, and articles to put in them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use dragoman::article::{Article, ArticleId};
use dragoman::store::edge::EdgeStore;
use dragoman::store::server::{ServerOptions, ServerStore};
use dragoman::store::{
    BranchQuery, Cursor, Filter, ModelIdentity, NewArticle, NewPassage, PutOutcome, SparseVector,
    Store, StoredPassage,
};
use serde_json::json;
use tempfile::TempDir;
use uuid::Uuid;

/// One place that holds a store, opened as often as a test likes.
pub enum Form {
    Edge(TempDir),
    Server { url: String, collection: String },
}

impl Form {
    /// Every form that can be had here.
    pub fn all() -> Vec<Form> {
        let mut forms = vec![Form::Edge(tempfile::tempdir().unwrap())];
        match std::env::var("QDRANT_URL") {
            Ok(url) => forms.push(Form::Server {
                url,
                collection: format!("dragoman-test-{}", unused()),
            }),
            Err(_) => println!("QDRANT_URL is not set: tested on the embedded store alone"),
        }
        forms
    }

    pub async fn open(&self) -> Arc<dyn Store> {
        match self {
            Form::Edge(folder) => Arc::new(EdgeStore::open(folder.path()).await.unwrap()),
            Form::Server { url, collection } => Arc::new(
                ServerStore::connect(options(url, collection))
                    .await
                    .unwrap(),
            ),
        }
    }

    /// Removes what the server holds.
    pub async fn remove(self) {
        if let Form::Server { collection, .. } = &self {
            self.client().delete_collection(collection).await.unwrap();
        }
    }

    /// The server's own client.
    pub fn client(&self) -> qdrant_client::Qdrant {
        let Form::Server { url, .. } = self else {
            panic!("the embedded store has no client");
        };
        let mut client = qdrant_client::Qdrant::from_url(url).skip_compatibility_check();
        if let Ok(key) = std::env::var("QDRANT_API_KEY") {
            client = client.api_key(key);
        }
        client.build().unwrap()
    }
}

pub fn options(url: &str, collection: &str) -> ServerOptions {
    ServerOptions {
        url: url.to_owned(),
        api_key: std::env::var("QDRANT_API_KEY").unwrap_or_default(),
        collection: collection.to_owned(),
        shards: number("DRAGOMAN_QDRANT_SHARDS"),
        replication: number("DRAGOMAN_QDRANT_REPLICATION"),
        write_consistency: number("DRAGOMAN_QDRANT_WRITE_CONSISTENCY"),
        timeout: Duration::from_secs(30),
    }
}

/// A name that no other run has used on the same server.
#[expect(
    clippy::disallowed_methods,
    reason = "runs that share a server must not meet"
)]
pub fn unused() -> Uuid {
    Uuid::new_v4()
}

pub fn number(variable: &str) -> Option<u32> {
    std::env::var(variable)
        .ok()
        .map(|value| value.parse().unwrap())
}

/// Runs a test on a fresh store of every form.
pub async fn each(test: impl AsyncFn(&dyn Store)) {
    for form in Form::all() {
        let store = form.open().await;
        test(store.as_ref()).await;
        store.close().await.unwrap();
        drop(store);
        form.remove().await;
    }
}

pub fn id(id: &str) -> ArticleId {
    ArticleId::try_from(id.to_owned()).unwrap()
}

/// An article of these passages; `edit` changes its JSON.
pub fn article_with(
    name: &str,
    revision: u64,
    passages: &[&str],
    edit: impl FnOnce(&mut serde_json::Value),
) -> NewArticle {
    let text = passages.join("\n");
    let mut value = json!({
        "id": name, "revision": revision, "content_hash": format!("{revision}"),
        "title": "标题", "title_en": null, "source": "新华网", "source_latin": null,
        "url": null, "published_at": "2025-10-28T05:25:00+08:00",
        "ingested_at": "2025-10-29T00:00:00.5Z", "language": "zh-Hans",
        "topics": [], "metadata": {"电": "话"}, "text": text, "origin": "text",
        "paragraphs": [], "brief": null, "brief_status": "none",
    });
    edit(&mut value);
    let article: Article = serde_json::from_value(value).unwrap();
    let passages = passages.iter().enumerate().map(|(ordinal, words)| {
        let name = format!("{name}/{revision}/{ordinal}");
        NewPassage {
            passage: StoredPassage {
                passage_id: Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()),
                article_id: article.id.clone(),
                revision,
                ordinal: ordinal as u32,
                title: article.title.clone(),
                source: article.source.clone(),
                url: None,
                published_at: article.published_at.clone(),
                language: article.language.clone(),
                paragraph: ordinal as u32 + 1,
                start: 0,
                end: words.chars().count(),
                origin: article.origin,
                text: (*words).to_owned(),
                simhash: u64::MAX - ordinal as u64,
            },
            lexical: terms(words),
        }
    });
    NewArticle {
        passages: passages.collect(),
        replaces: (revision > 1).then(|| revision - 1),
        article,
    }
}

pub fn article(name: &str, revision: u64, passages: &[&str]) -> NewArticle {
    article_with(name, revision, passages, |_| ())
}

/// Every character is a term.
pub fn terms(words: &str) -> SparseVector {
    let indices: BTreeSet<u32> = words.chars().map(u32::from).collect();
    SparseVector {
        values: vec![1.0; indices.len()],
        indices: indices.into_iter().collect(),
    }
}

pub async fn put(store: &dyn Store, articles: Vec<NewArticle>) {
    let count = articles.len();
    assert_eq!(
        store.put(articles).await.unwrap(),
        vec![PutOutcome::Written; count]
    );
}

/// Names of the articles that a lexical search finds, best first.
pub async fn found(store: &dyn Store, words: &str, filter: &Filter) -> Vec<String> {
    let query = BranchQuery::Lexical(terms(words));
    let hits = store.search(&query, filter, 100).await.unwrap();
    assert!(hits.is_sorted_by(|a, b| a.score >= b.score), "{hits:?}");
    hits.into_iter()
        .map(|hit| hit.passage.article_id.to_string())
        .collect()
}

pub async fn all_pages(store: &dyn Store, filter: &Filter, limit: usize) -> Vec<String> {
    let mut names = Vec::new();
    let mut cursor: Option<Cursor> = None;
    loop {
        let page = store.list(filter, cursor.as_ref(), limit).await.unwrap();
        assert!(page.articles.len() <= limit);
        names.extend(page.articles.iter().map(|article| article.id.to_string()));
        match page.next {
            Some(next) => {
                assert_eq!(
                    page.articles.len(),
                    limit,
                    "only the last page may be short"
                );
                cursor = Some(next);
            }
            None => return names,
        }
    }
}

pub fn model(name: &str, dimension: usize) -> ModelIdentity {
    ModelIdentity {
        name: name.to_owned(),
        dimension,
        fingerprint: "0123456789ab".to_owned(),
    }
}
