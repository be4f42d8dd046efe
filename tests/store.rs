//! What both forms of the store promise, run against both: the embedded one
//! always, the server where `QDRANT_URL` (and `QDRANT_API_KEY`) name one.

use std::collections::{BTreeSet, HashMap};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use dragoman::article::{Article, ArticleId};
use dragoman::store::edge::EdgeStore;
use dragoman::store::server::{ServerOptions, ServerStore};
use dragoman::store::{
    BranchQuery, Counts, Cursor, Filter, ModelIdentity, NewArticle, NewPassage, PutOutcome,
    SparseVector, Store, StoreError, StoredPassage,
};
use serde_json::json;
use tempfile::TempDir;
use uuid::Uuid;

/// One place that holds a store, opened as often as a test likes.
enum Form {
    Edge(TempDir),
    Server { url: String, collection: String },
}

impl Form {
    /// Every form that can be had here.
    fn all() -> Vec<Form> {
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

    async fn open(&self) -> Arc<dyn Store> {
        match self {
            Form::Edge(folder) => Arc::new(EdgeStore::open(folder.path()).await.unwrap()),
            Form::Server { url, collection } => Arc::new(
                ServerStore::connect(options(url, collection))
                    .await
                    .unwrap(),
            ),
        }
    }

    async fn remove(self) {
        if let Form::Server { url, collection } = self {
            let mut client = qdrant_client::Qdrant::from_url(&url).skip_compatibility_check();
            if let Ok(key) = std::env::var("QDRANT_API_KEY") {
                client = client.api_key(key);
            }
            client
                .build()
                .unwrap()
                .delete_collection(collection)
                .await
                .unwrap();
        }
    }
}

fn options(url: &str, collection: &str) -> ServerOptions {
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
fn unused() -> Uuid {
    Uuid::new_v4()
}

fn number(variable: &str) -> Option<u32> {
    std::env::var(variable)
        .ok()
        .map(|value| value.parse().unwrap())
}

/// Runs a test on a fresh store of every form.
async fn each(test: impl AsyncFn(&dyn Store)) {
    for form in Form::all() {
        let store = form.open().await;
        test(store.as_ref()).await;
        store.close().await.unwrap();
        drop(store);
        form.remove().await;
    }
}

fn id(id: &str) -> ArticleId {
    ArticleId::try_from(id.to_owned()).unwrap()
}

/// An article of these passages; `edit` changes its JSON.
fn article_with(
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

fn article(name: &str, revision: u64, passages: &[&str]) -> NewArticle {
    article_with(name, revision, passages, |_| ())
}

/// Every character is a term.
fn terms(words: &str) -> SparseVector {
    let indices: BTreeSet<u32> = words.chars().map(u32::from).collect();
    SparseVector {
        values: vec![1.0; indices.len()],
        indices: indices.into_iter().collect(),
    }
}

async fn put(store: &dyn Store, articles: Vec<NewArticle>) {
    let count = articles.len();
    assert_eq!(
        store.put(articles).await.unwrap(),
        vec![PutOutcome::Written; count]
    );
}

/// Names of the articles that a lexical search finds, best first.
async fn found(store: &dyn Store, words: &str, filter: &Filter) -> Vec<String> {
    let query = BranchQuery::Lexical(terms(words));
    let hits = store.search(&query, filter, 100).await.unwrap();
    assert!(hits.is_sorted_by(|a, b| a.score >= b.score), "{hits:?}");
    hits.into_iter()
        .map(|hit| hit.passage.article_id.to_string())
        .collect()
}

async fn all_pages(store: &dyn Store, filter: &Filter, limit: usize) -> Vec<String> {
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

fn model(name: &str, dimension: usize) -> ModelIdentity {
    ModelIdentity {
        name: name.to_owned(),
        dimension,
        fingerprint: "0123456789ab".to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_put_is_read_back() {
    each(async |store| {
        let first = article("重庆/1", 1, &["长江边的城市。", "山城😀"]);
        let second = article("b", 1, &["别的"]);
        put(store, vec![first.clone(), second.clone()]).await;

        let got = store
            .get(&[id("b"), id("none"), id("重庆/1"), id("b")])
            .await
            .unwrap();
        let expected = vec![
            Some(second.article.clone()),
            None,
            Some(first.article.clone()),
            Some(second.article),
        ];
        assert_eq!(got, expected);

        let query = BranchQuery::Lexical(terms("😀"));
        let hits = store.search(&query, &Filter::default(), 10).await.unwrap();
        assert_eq!(hits.len(), 1);
        let mut expected = first.passages[1].passage.clone();
        // A store may give passages other ids, as long as it keeps to them.
        expected.passage_id = hits[0].passage.passage_id;
        assert_eq!(hits[0].passage, expected);
        let counts = store.counts(None).await.unwrap();
        assert_eq!(
            counts,
            Counts {
                articles: 2,
                passages: 3,
                vectors: 0
            }
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_from_an_old_revision_is_refused() {
    each(async |store| {
        put(store, vec![article("a", 1, &["一"])]).await;
        let outcomes = store
            .put(vec![
                article("a", 1, &["二"]),
                article("b", 1, &["三"]),
                article("c", 2, &["四"]),
                article("a", 3, &["五"]),
            ])
            .await
            .unwrap();
        use PutOutcome::{Conflict, Written};
        assert_eq!(outcomes, [Conflict, Written, Conflict, Conflict]);
        assert_eq!(found(store, "一", &Filter::default()).await, ["a"]);
        for refused in ["二", "四", "五"] {
            assert_eq!(found(store, refused, &Filter::default()).await, [""; 0]);
        }
        assert_eq!(store.counts(None).await.unwrap().passages, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_writers_of_one_revision_one_wins() {
    each(async |store| {
        put(store, vec![article("a", 1, &["初"])]).await;
        let texts: Vec<String> = (0..8).map(|n| format!("甲{n}")).collect();
        let writes = texts
            .iter()
            .map(|text| store.put(vec![article("a", 2, &[text.as_str(), "乙"])]));
        let outcomes = futures::future::join_all(writes).await;
        let won: Vec<usize> = (0..8)
            .filter(|n| outcomes[*n].as_ref().unwrap() == &[PutOutcome::Written])
            .collect();
        assert_eq!(won.len(), 1, "{outcomes:?}");
        let article = store.get(&[id("a")]).await.unwrap().remove(0).unwrap();
        assert_eq!(article.text, format!("{}\n乙", texts[won[0]]));
        assert_eq!(found(store, "甲", &Filter::default()).await, ["a"]);
        assert_eq!(found(store, "乙", &Filter::default()).await, ["a"]);
        assert_eq!(store.counts(None).await.unwrap().passages, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replacement_leaves_nothing_of_the_old_text() {
    each(async |store| {
        put(
            store,
            vec![
                article("a", 1, &["旧文", "旧章", "旧句"]),
                article("b", 1, &["旧友"]),
            ],
        )
        .await;
        put(store, vec![article("a", 2, &["新文"])]).await;
        assert_eq!(found(store, "旧", &Filter::default()).await, ["b"]);
        assert_eq!(found(store, "新", &Filter::default()).await, ["a"]);
        let counts = store.counts(None).await.unwrap();
        assert_eq!(
            counts,
            Counts {
                articles: 2,
                passages: 2,
                vectors: 0
            }
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_search_sees_half_of_a_replacement() {
    const REVISIONS: u64 = 40;
    for form in Form::all() {
        let store = form.open().await;
        put(
            store.as_ref(),
            vec![article("a", 1, &["共一", "共二", "共三"])],
        )
        .await;
        let done = Arc::new(AtomicBool::new(false));
        let reader = tokio::spawn({
            let (store, done) = (store.clone(), done.clone());
            async move {
                let mut searches = 0;
                while !done.load(Ordering::Relaxed) || searches == 0 {
                    let query = BranchQuery::Lexical(terms("共"));
                    let hits = store.search(&query, &Filter::default(), 10).await.unwrap();
                    let revisions: BTreeSet<u64> =
                        hits.iter().map(|hit| hit.passage.revision).collect();
                    assert_eq!((hits.len(), revisions.len()), (3, 1), "{hits:?}");
                    searches += 1;
                }
            }
        });
        for revision in 2..=REVISIONS {
            put(
                store.as_ref(),
                vec![article("a", revision, &["共一", "共二", "共三"])],
            )
            .await;
        }
        done.store(true, Ordering::Relaxed);
        reader.await.unwrap();
        store.close().await.unwrap();
        drop(store);
        form.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_article_is_gone_from_every_answer() {
    each(async |store| {
        put(
            store,
            vec![
                article("a", 1, &["甲文", "甲章"]),
                article("b", 1, &["甲友"]),
            ],
        )
        .await;
        assert!(store.delete(&id("a")).await.unwrap());
        assert!(!store.delete(&id("a")).await.unwrap());
        assert_eq!(store.get(&[id("a")]).await.unwrap(), [None]);
        assert_eq!(found(store, "甲", &Filter::default()).await, ["b"]);
        assert_eq!(all_pages(store, &Filter::default(), 10).await, ["b"]);
        assert_eq!(store.counts(None).await.unwrap().passages, 1);
        put(store, vec![article("a", 1, &["丙文"])]).await;
        assert_eq!(found(store, "丙", &Filter::default()).await, ["a"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_annotation_keeps_the_passages() {
    each(async |store| {
        let new = article("a", 1, &["甲文"]);
        put(store, vec![new.clone()]).await;
        let mut annotated = new.article.clone();
        annotated.title_en = Some("A title".to_owned());
        assert_eq!(
            store.annotate(annotated.clone()).await.unwrap(),
            PutOutcome::Written
        );
        assert_eq!(
            store.get(&[id("a")]).await.unwrap(),
            [Some(annotated.clone())]
        );
        assert_eq!(found(store, "甲", &Filter::default()).await, ["a"]);

        put(store, vec![article("a", 2, &["乙文"])]).await;
        assert_eq!(
            store.annotate(annotated.clone()).await.unwrap(),
            PutOutcome::Conflict
        );
        annotated.id = id("none");
        assert_eq!(
            store.annotate(annotated).await.unwrap(),
            PutOutcome::Conflict
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_go_through_every_article_once_newest_first() {
    each(async |store| {
        let mut articles = Vec::new();
        for n in 0..25 {
            // All of one day, as files without a time give them.
            articles.push(article_with(&format!("day-{n}"), 1, &["文"], |value| {
                value["published_at"] = json!("2025-10-28T00:00:00+08:00");
            }));
        }
        for n in 0..5 {
            articles.push(article_with(&format!("undated-{n}"), 1, &["文"], |value| {
                value["published_at"] = json!(null);
                value["ingested_at"] = json!(format!("2025-10-29T00:00:00.{}Z", n + 1));
            }));
        }
        articles.push(article_with("old", 1, &["文"], |value| {
            value["published_at"] = json!("1949-10-01T15:00:00+08:00");
        }));
        articles.push(article_with("new", 1, &["文"], |value| {
            value["published_at"] = json!("2026-01-01T00:00:00Z");
        }));
        put(store, articles).await;

        for limit in [1, 2, 7, 24, 25, 31, 32, 33] {
            let names = all_pages(store, &Filter::default(), limit).await;
            let distinct: BTreeSet<&String> = names.iter().collect();
            assert_eq!(
                (names.len(), distinct.len()),
                (32, 32),
                "limit {limit}: {names:?}"
            );
            assert_eq!(names[0], "new");
            let undated = [
                "undated-4",
                "undated-3",
                "undated-2",
                "undated-1",
                "undated-0",
            ];
            assert_eq!(names[1..6], undated);
            assert_eq!(names[31], "old");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_hold_in_lists_and_searches() {
    each(async |store| {
        let hans = article_with("hans", 1, &["文"], |value| {
            value["topics"] = json!(["经济", "port"]);
            value["source"] = json!("新华网");
            value["published_at"] = json!("2025-10-01T00:00:00Z");
        });
        let hant = article_with("hant", 1, &["文"], |value| {
            value["language"] = json!("zh-Hant");
            value["source"] = json!("中央社");
            value["published_at"] = json!("2025-10-02T00:00:00Z");
        });
        let en = article_with("en", 1, &["文"], |value| {
            value["language"] = json!("en");
            value["topics"] = json!(["port"]);
            value["published_at"] = json!("2025-10-03T00:00:00Z");
        });
        let undated = article_with("undated", 1, &["文"], |value| {
            value["language"] = json!("zh");
            value["source"] = json!(null);
            value["published_at"] = json!(null);
        });
        put(store, vec![hans, hant, en, undated]).await;

        let cases = [
            (json!({}), vec!["en", "hans", "hant", "undated"]),
            (json!({"topics": ["port"]}), vec!["en", "hans"]),
            (json!({"topics": ["经济", "nothing"]}), vec!["hans"]),
            (json!({"topics": ["nothing"]}), vec![]),
            (json!({"sources": ["中央社"]}), vec!["hant"]),
            (
                json!({"languages": ["zh"]}),
                vec!["hans", "hant", "undated"],
            ),
            (json!({"languages": ["ZH-hant", "en"]}), vec!["en", "hant"]),
            (json!({"languages": ["z"]}), vec![]),
            (json!({"from": "2025-10-02T00:00:00Z"}), vec!["en", "hant"]),
            (json!({"to": "2025-10-02T00:00:00Z"}), vec!["hans", "hant"]),
            (
                json!({"from": "2025-10-01T00:00:00.000001Z", "to": "2025-10-02T23:59:59Z"}),
                vec!["hant"],
            ),
            (
                json!({"article_ids": ["undated", "en", "none"]}),
                vec!["en", "undated"],
            ),
            (
                json!({"article_ids": ["undated", "en"], "topics": ["port"]}),
                vec!["en"],
            ),
        ];
        for (filter, expected) in cases {
            let said = filter.to_string();
            let filter: Filter = serde_json::from_value(filter).unwrap();
            let mut searched = found(store, "文", &filter).await;
            searched.sort();
            assert_eq!(searched, expected, "search with {said}");
            for limit in [1, 10] {
                let mut listed = all_pages(store, &filter, limit).await;
                listed.sort();
                assert_eq!(listed, expected, "list with {said}");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rare_words_weigh_more_than_common_ones() {
    each(async |store| {
        let mut articles: Vec<NewArticle> = (0..30)
            .map(|n| article(&format!("common-{n}"), 1, &["的是在港"]))
            .collect();
        articles.push(article("rare", 1, &["的粤"]));
        put(store, articles).await;
        let names = found(store, "是在粤", &Filter::default()).await;
        assert_eq!(names[0], "rare");
        assert_eq!(names.len(), 31);
        assert_eq!(found(store, "𠮷", &Filter::default()).await, [""; 0]);
        let nothing = BranchQuery::Lexical(SparseVector::default());
        assert_eq!(
            store
                .search(&nothing, &Filter::default(), 10)
                .await
                .unwrap(),
            []
        );
        let query = BranchQuery::Lexical(terms("的"));
        assert_eq!(
            store
                .search(&query, &Filter::default(), 5)
                .await
                .unwrap()
                .len(),
            5
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn vectors_follow_and_are_searched() {
    each(async |store| {
        let small = model("multilingual-e5-small", 4);
        put(
            store,
            vec![article("a", 1, &["甲", "乙"]), article("b", 1, &["丙"])],
        )
        .await;
        let query = |vector: [f32; 4]| BranchQuery::Dense {
            model: small.clone(),
            vector: vector.to_vec(),
        };
        let all = Filter::default();
        assert_eq!(
            store
                .search(&query([1.0, 0.0, 0.0, 0.0]), &all, 10)
                .await
                .unwrap(),
            []
        );
        assert_eq!(store.without_vector(&small, 10).await.unwrap().len(), 3);
        assert_eq!(store.without_vector(&small, 2).await.unwrap().len(), 2);

        store.prepare_model(&small).await.unwrap();
        store.prepare_model(&small).await.unwrap();
        let waiting = store.without_vector(&small, 10).await.unwrap();
        let ids: HashMap<String, Uuid> = waiting
            .into_iter()
            .map(|passage| (passage.text, passage.passage_id))
            .collect();
        let first = vec![
            (ids["甲"], vec![2.0, 0.0, 0.0, 0.0]),
            (ids["丙"], vec![0.0, 1.0, 0.0, 0.0]),
            (Uuid::from_u128(7), vec![1.0, 0.0, 0.0, 0.0]),
        ];
        store.set_vectors(&small, first).await.unwrap();
        let pending = store
            .pending(&small, &[id("b"), id("a"), id("none")])
            .await
            .unwrap();
        assert_eq!(pending, [id("a")]);
        assert_eq!(store.counts(Some(&small)).await.unwrap().vectors, 2);
        store
            .set_vectors(&small, vec![(ids["乙"], vec![1.0, 1.0, 0.0, 0.0])])
            .await
            .unwrap();
        assert_eq!(store.without_vector(&small, 10).await.unwrap(), []);
        let counts = store.counts(Some(&small)).await.unwrap();
        assert_eq!(
            counts,
            Counts {
                articles: 2,
                passages: 3,
                vectors: 3
            }
        );

        let hits = store
            .search(&query([1.0, 0.1, 0.0, 0.0]), &all, 10)
            .await
            .unwrap();
        let texts: Vec<&str> = hits.iter().map(|hit| hit.passage.text.as_str()).collect();
        assert_eq!(texts, ["甲", "乙", "丙"]);
        assert!((hits[0].score - 0.995).abs() < 0.001, "{}", hits[0].score);
        let only_b = Filter {
            article_ids: vec![id("b")],
            ..Filter::default()
        };
        assert_eq!(
            store
                .search(&query([1.0, 0.1, 0.0, 0.0]), &only_b, 10)
                .await
                .unwrap()
                .len(),
            1
        );
        // Lexical weights stay beside the vectors.
        assert_eq!(found(store, "甲", &all).await, ["a"]);

        let wrong = store
            .set_vectors(&small, vec![(ids["甲"], vec![1.0])])
            .await
            .unwrap_err();
        assert!(
            wrong.to_string().contains(&ids["甲"].to_string()),
            "{wrong}"
        );

        put(store, vec![article("a", 2, &["甲"])]).await;
        assert_eq!(store.pending(&small, &[id("a")]).await.unwrap(), [id("a")]);
        assert_eq!(store.counts(Some(&small)).await.unwrap().vectors, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_model_takes_over_when_it_is_told_to() {
    for form in Form::all() {
        let store = form.open().await;
        let (old, new) = (model("old/model", 2), model("new-model", 3));
        assert_eq!(store.current_model().await.unwrap(), None);
        put(store.as_ref(), vec![article("a", 1, &["甲"])]).await;
        let passage = store.without_vector(&old, 1).await.unwrap()[0].passage_id;
        store.prepare_model(&old).await.unwrap();
        store.switch_model(&old).await.unwrap();
        store
            .set_vectors(&old, vec![(passage, vec![1.0, 0.0])])
            .await
            .unwrap();

        store.prepare_model(&new).await.unwrap();
        assert_eq!(store.without_vector(&new, 9).await.unwrap().len(), 1);
        store
            .set_vectors(&new, vec![(passage, vec![0.0, 0.0, 1.0])])
            .await
            .unwrap();
        let with_old = BranchQuery::Dense {
            model: old.clone(),
            vector: vec![1.0, 0.0],
        };
        let all = Filter::default();
        assert_eq!(
            store.search(&with_old, &all, 9).await.unwrap().len(),
            1,
            "the old one serves"
        );
        assert_eq!(store.current_model().await.unwrap().as_ref(), Some(&old));

        store.switch_model(&new).await.unwrap();
        store.close().await.unwrap();
        drop(store);
        let store = form.open().await;
        assert_eq!(store.current_model().await.unwrap().as_ref(), Some(&new));
        let with_new = BranchQuery::Dense {
            model: new.clone(),
            vector: vec![0.0, 0.0, 2.0],
        };
        assert_eq!(store.search(&with_new, &all, 9).await.unwrap().len(), 1);
        assert_eq!(store.search(&with_old, &all, 9).await.unwrap(), []);
        assert_eq!(store.counts(Some(&old)).await.unwrap().vectors, 0);
        assert_eq!(store.counts(Some(&new)).await.unwrap().vectors, 1);
        store.close().await.unwrap();
        drop(store);
        form.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_outlasts_optimizing_compacting_and_reopening() {
    for form in Form::all() {
        let store = form.open().await;
        let small = model("small", 2);
        store.prepare_model(&small).await.unwrap();
        store.switch_model(&small).await.unwrap();
        for revision in 1..=3 {
            let texts: Vec<String> = (0..400).map(|n| format!("第{n}篇第{revision}版")).collect();
            let articles = texts.iter().enumerate();
            let articles = articles.map(|(n, text)| article(&format!("n{n}"), revision, &[text]));
            put(store.as_ref(), articles.collect()).await;
        }
        let waiting = store.without_vector(&small, 1_000).await.unwrap();
        assert_eq!(waiting.len(), 400);
        let vectors = waiting
            .iter()
            .map(|passage| (passage.passage_id, vec![1.0, 0.5]));
        store.set_vectors(&small, vectors.collect()).await.unwrap();
        store.optimize().await.unwrap();
        let (before, after) = store.compact().await.unwrap();
        assert!(after <= before, "{before} bytes became {after}");

        all_there(store.as_ref(), &small).await;
        store.close().await.unwrap();
        drop(store);
        let store = form.open().await;
        all_there(store.as_ref(), &small).await;
        store.close().await.unwrap();
        drop(store);
        form.remove().await;
    }
}

async fn all_there(store: &dyn Store, model: &ModelIdentity) {
    let counts = store.counts(Some(model)).await.unwrap();
    assert_eq!(
        counts,
        Counts {
            articles: 400,
            passages: 400,
            vectors: 400
        }
    );
    assert_eq!(all_pages(store, &Filter::default(), 150).await.len(), 400);
    let one = Filter {
        article_ids: vec![id("n7")],
        ..Filter::default()
    };
    let query = BranchQuery::Lexical(terms("7"));
    let hits = store.search(&query, &one, 2).await.unwrap();
    assert_eq!(hits[0].passage.text, "第7篇第3版");
    // The store takes writes as before.
    put(store, vec![article("later", 1, &["又"])]).await;
    put(store, vec![article("later", 2, &["还"])]).await;
    assert_eq!(found(store, "又还", &Filter::default()).await, ["later"]);
    assert!(store.delete(&id("later")).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_said_so() {
    let refused = ServerStore::connect(options("http://127.0.0.1:1", "none"))
        .await
        .err()
        .unwrap();
    assert!(
        matches!(&refused, StoreError::Unavailable { .. }),
        "{refused}"
    );
    let said = refused.to_string();
    assert!(
        said.contains("http://127.0.0.1:1") && said.contains("QDRANT_URL"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_in_use_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = EdgeStore::open(folder.path()).await.unwrap();
    let refused = EdgeStore::open(folder.path()).await.err().unwrap();
    assert!(matches!(&refused, StoreError::Locked { .. }), "{refused}");
    store.close().await.unwrap();
    drop(store);
    EdgeStore::open(folder.path())
        .await
        .unwrap()
        .close()
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_another_form_or_none_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    EdgeStore::open(folder.path())
        .await
        .unwrap()
        .close()
        .await
        .unwrap();
    std::fs::write(folder.path().join("store/format"), "99").unwrap();
    let refused = EdgeStore::open(folder.path())
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(
        refused.contains("\"99\"") && refused.contains("export"),
        "{refused}"
    );

    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let refused = EdgeStore::open(&file).await.err().unwrap();
    assert!(matches!(&refused, StoreError::Open { .. }), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_replaced_articles_takes_no_room() {
    let folder = tempfile::tempdir().unwrap();
    let store = EdgeStore::open(folder.path()).await.unwrap();
    let long = "长".repeat(20_000);
    for revision in 1..=10 {
        let names = (0..20).map(|n| format!("a{n}"));
        put(
            &store,
            names
                .map(|name| article(&name, revision, &[&long]))
                .collect(),
        )
        .await;
    }
    let log: u64 = std::fs::read_dir(folder.path().join("store/shard/wal"))
        .unwrap()
        .map(|file| file.unwrap().metadata().unwrap().len())
        .sum();
    assert!(log < 16 << 20, "{log} bytes");
    store.close().await.unwrap();
    drop(store);
    // The numbering of operations goes on: replaced points are really replaced.
    let store = EdgeStore::open(folder.path()).await.unwrap();
    put(&store, vec![article("a7", 11, &["短"])]).await;
    assert_eq!(found(&store, "短", &Filter::default()).await, ["a7"]);
    assert_eq!(found(&store, "长", &Filter::default()).await.len(), 19);
    let articles = store.get(&[id("a7")]).await.unwrap();
    assert_eq!(articles[0].as_ref().unwrap().text, "短");
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_amid_a_change_of_model_is_made_good() {
    for forgetful in ["edge_config.json", "segment.json"] {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (model("old", 2), model("new", 3));
        let store = EdgeStore::open(folder.path()).await.unwrap();
        put(&store, vec![article("a", 1, &["甲"])]).await;
        let passage = store.without_vector(&old, 1).await.unwrap()[0].passage_id;
        store.prepare_model(&old).await.unwrap();
        store
            .set_vectors(&old, vec![(passage, vec![1.0, 0.0])])
            .await
            .unwrap();
        store.prepare_model(&new).await.unwrap();
        store.close().await.unwrap();
        drop(store);

        // What a stop leaves: one of the files does not know of the new vectors yet.
        std::fs::remove_file(folder.path().join("store/clean")).unwrap();
        let files = walkdir::WalkDir::new(folder.path())
            .into_iter()
            .map(Result::unwrap);
        let file = files
            .filter(|file| file.file_name() == forgetful)
            .last()
            .unwrap();
        let mut json: serde_json::Value =
            serde_json::from_slice(&std::fs::read(file.path()).unwrap()).unwrap();
        let at = if forgetful == "segment.json" {
            "/config/vector_data"
        } else {
            "/vectors"
        };
        let names = json.pointer_mut(at).unwrap().as_object_mut().unwrap();
        assert_eq!(names.len(), 2);
        names.retain(|name, _| name.starts_with("old"));
        assert_eq!(names.len(), 1);
        std::fs::write(file.path(), json.to_string()).unwrap();

        let store = EdgeStore::open(folder.path()).await.unwrap();
        assert_eq!(store.counts(Some(&old)).await.unwrap().vectors, 1);
        assert_eq!(store.counts(Some(&new)).await.unwrap().vectors, 0);
        store.prepare_model(&new).await.unwrap();
        store
            .set_vectors(&new, vec![(passage, vec![0.0, 1.0, 0.0])])
            .await
            .unwrap();
        let query = BranchQuery::Dense {
            model: new,
            vector: vec![0.0, 1.0, 0.0],
        };
        let hits = store.search(&query, &Filter::default(), 5).await.unwrap();
        assert_eq!(hits.len(), 1);
        store.close().await.unwrap();
    }
}

/// Names the folder to the process that [`what_was_acknowledged_survives_a_kill`] kills.
const VICTIM: &str = "DRAGOMAN_TEST_VICTIM";

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_a_kill() {
    const ACKNOWLEDGED: [usize; 5] = [1, 7, 60, 200, 33];
    if let Ok(folder) = std::env::var(VICTIM) {
        return write_until_killed(Path::new(&folder)).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut revisions: HashMap<String, u64> = HashMap::new();
    for count in ACKNOWLEDGED {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "what_was_acknowledged_survives_a_kill",
                "--nocapture",
            ])
            .env(VICTIM, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(victim.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok);
        let mut removed = Vec::new();
        let mut acknowledged = lines.filter_map(|line| {
            if let Some(name) = line.strip_prefix("removed ") {
                removed.push(name.to_owned());
                return None;
            }
            let (name, revision) = line.strip_prefix("acknowledged ")?.split_once(' ')?;
            Some((name.to_owned(), revision.parse::<u64>().unwrap()))
        });
        revisions.extend(acknowledged.by_ref().take(count));
        victim.kill().unwrap();
        revisions.extend(acknowledged.by_ref());
        drop(acknowledged);
        victim.wait().unwrap();

        let store = EdgeStore::open(folder.path()).await.unwrap();
        for (name, revision) in &revisions {
            let article = store.get(&[id(name)]).await.unwrap().remove(0).unwrap();
            assert!(
                article.revision >= *revision,
                "{name}: {} < {revision}",
                article.revision
            );
            let only = Filter {
                article_ids: vec![id(name)],
                ..Filter::default()
            };
            let query = BranchQuery::Lexical(terms("杀"));
            let hits = store.search(&query, &only, 10).await.unwrap();
            let of: BTreeSet<u64> = hits.iter().map(|hit| hit.passage.revision).collect();
            assert_eq!(
                (hits.len(), of),
                (2, BTreeSet::from([article.revision])),
                "{name}"
            );
        }
        for name in &removed {
            assert_eq!(
                store.get(&[id(name)]).await.unwrap(),
                [None],
                "{name} is back"
            );
        }
        // What unfinished writes left is removed before anything is optimized.
        store.optimize().await.unwrap();
        let counts = store.counts(None).await.unwrap();
        assert_eq!(
            counts.passages,
            2 * counts.articles,
            "a half article was left"
        );
        let listed = all_pages(&store, &Filter::default(), 200).await;
        assert_eq!(listed.len() as u64, counts.articles);
        assert!(
            !listed.iter().any(|name| removed.contains(name)),
            "{listed:?}"
        );
        store.close().await.unwrap();
    }
}

/// Writes twenty articles over and over and says which revision is durable.
async fn write_until_killed(folder: &Path) {
    let store = Arc::new(EdgeStore::open(folder).await.unwrap());
    tokio::spawn({
        let store = store.clone();
        async move { while store.compact().await.is_ok() {} }
    });
    let names: Vec<String> = (0..20).map(|n| format!("v{n}")).collect();
    let ids: Vec<ArticleId> = names.iter().map(|name| id(name)).collect();
    for round in 0.. {
        let short_lived = format!("removed-{}-{round}", std::process::id());
        put(
            store.as_ref(),
            vec![article(&short_lived, 1, &["杀一", "杀二"])],
        )
        .await;
        assert!(store.delete(&id(&short_lived)).await.unwrap());
        println!("removed {short_lived}");
        let current = store.get(&ids).await.unwrap();
        let next = |n: usize| current[n].as_ref().map_or(0, |article| article.revision) + 1;
        let writes = names
            .iter()
            .enumerate()
            .map(|(n, name)| store.put(vec![article(name, next(n), &["杀一", "杀二"])]));
        for (n, written) in futures::future::join_all(writes)
            .await
            .into_iter()
            .enumerate()
        {
            assert_eq!(written.unwrap(), [PutOutcome::Written]);
            println!("acknowledged {} {}", names[n], next(n));
        }
        std::io::stdout().flush().unwrap();
    }
}
