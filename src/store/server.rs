//! The store on a Qdrant server or cluster, over gRPC, shared by any number of processes.
//!
//! Needs Qdrant 1.16 or newer, and 1.18 or newer for dense vectors. (Before
//! 1.17, an article that one process deletes while another one replaces it may
//! stay.)
//!
//! Each write of an article has a token of its own, which its passages carry
//! too; what a search shows is decided by the token that the article has then.
//! An article is written on the condition that the token it replaces is still
//! there, and read again to see who won. Before passages are written or
//! removed, a point of kind `write` says so: what it names is
//! cleaned up at the next start if the process stopped half way.

mod beside;
mod client;
mod collection;
mod connect;
mod failure;
mod points;
mod search;
mod write;

use std::collections::{HashMap, HashSet};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use qdrant_client::qdrant::{
    Condition, Direction, Filter as Conditions, OrderBy, PointStruct, RetrievedPoint, ScrollPoints,
};
use uuid::Uuid;

use self::client::Client;
use self::points::{any, field, only, point, range, text, vectors};
use super::payload;
use super::{
    ArticlePage, Assignment, BranchQuery, Counts, Cursor, Filter, ModelIdentity, NewArticle,
    PutOutcome, Record, RecordKind, ScoredPassage, Store, StoreError, StoredPassage,
};
use crate::article::{Article, ArticleId};
use crate::config::QdrantConfig;

/// How often a write is tried when another process writes the same article.
const TRIES: usize = 5;

/// Where the server is and how its collection is made.
#[derive(Clone)]
pub struct ServerOptions {
    /// Its gRPC address; `https` for TLS.
    pub url: String,
    /// Its API key, `""` for none.
    pub api_key: String,
    /// The collection's name.
    pub collection: String,
    /// Shards, when the collection is made; the server's own number otherwise.
    pub shards: Option<u32>,
    /// Copies of each shard, when the collection is made; the server's own number otherwise.
    pub replication: Option<u32>,
    /// Copies that must have taken a write, when the collection is made; the server's own number otherwise.
    pub write_consistency: Option<u32>,
    /// How long one call may take.
    pub timeout: Duration,
}

impl ServerOptions {
    /// Those of the settings, where they name a server.
    pub fn of(config: &QdrantConfig) -> Option<ServerOptions> {
        Some(ServerOptions {
            url: config.url.as_ref()?.to_string(),
            api_key: config.api_key.reveal().to_owned(),
            collection: config.collection.clone(),
            shards: config.shards,
            replication: config.replication,
            write_consistency: config.write_consistency,
            timeout: Duration::from_secs(config.timeout_seconds),
        })
    }
}

/// The store on a server.
pub struct ServerStore {
    client: Client,
    /// Names of dense vectors that the collection is known to have.
    known: RwLock<HashSet<String>>,
    /// The latest replacement that a search has seen; see [`ServerStore::latest`].
    latest: RwLock<String>,
}

impl ServerStore {
    /// Whether the collection has vectors of this name.
    async fn has_vectors(&self, name: &str) -> Result<bool, StoreError> {
        if self
            .known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(name)
        {
            return Ok(true);
        }
        let names = self.client.dense_names().await?;
        let has = names.contains(name);
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = names;
        Ok(has)
    }

    fn forget_names(&self) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.clear();
    }
}

#[async_trait]
impl Store for ServerStore {
    async fn put(&self, batch: Vec<NewArticle>) -> Result<Vec<PutOutcome>, StoreError> {
        let mut outcomes = Vec::with_capacity(batch.len());
        let mut batch = batch.into_iter().peekable();
        // An article that occurs twice is written twice, in order.
        while batch.peek().is_some() {
            let mut seen = HashSet::new();
            let mut part = Vec::new();
            while let Some(new) = batch.next_if(|new| seen.insert(new.article.id.clone())) {
                part.push(new);
            }
            outcomes.extend(self.put_distinct(part).await?);
        }
        Ok(outcomes)
    }

    async fn annotate(&self, mut article: Article) -> Result<PutOutcome, StoreError> {
        let ids = [article.id.clone()];
        let present = self.present(&ids).await?.remove(0);
        let Some(present) = present.filter(|present| present.revision == article.revision) else {
            return Ok(PutOutcome::Conflict);
        };
        if let Some(there) = self.get(&ids).await?.remove(0) {
            article.topics = there.topics;
            article.topics_matched = there.topics_matched;
        }
        self.rewrite(
            "annotating an article",
            vec![(article.clone(), present.write)],
        )
        .await?;
        let written = self.get(&ids).await?.remove(0);
        Ok(if written == Some(article) {
            PutOutcome::Written
        } else {
            PutOutcome::Conflict
        })
    }

    async fn assign(&self, assignments: Vec<Assignment>) -> Result<(), StoreError> {
        self.assign_topics(assignments).await
    }

    async fn delete(&self, id: &ArticleId) -> Result<bool, StoreError> {
        self.remove(id).await
    }

    async fn get(&self, ids: &[ArticleId]) -> Result<Vec<Option<Article>>, StoreError> {
        let points: Vec<Uuid> = ids.iter().map(payload::article_point).collect();
        let found = self
            .client
            .get("reading articles", &points, &[payload::ARTICLE])
            .await?;
        points
            .iter()
            .map(|id| found.get(id).map(article).transpose())
            .collect()
    }

    async fn list(
        &self,
        filter: &Filter,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<ArticlePage, StoreError> {
        let mut must = conditions(filter);
        must.push(field(payload::KIND, payload::ARTICLE));
        let mut must_not = Vec::new();
        if let Some(cursor) = after {
            must.push(range(payload::SORT_KEY, None, Some(cursor.key as f64)));
            let seen = cursor
                .seen
                .iter()
                .map(|id| point(payload::article_point(id)));
            must_not.push(Condition::has_id(seen));
        }
        let request = ScrollPoints {
            filter: Some(Conditions {
                must,
                must_not,
                ..Conditions::default()
            }),
            limit: Some(u32::try_from(limit).unwrap_or(u32::MAX).saturating_add(1)),
            with_payload: Some(only(&[payload::ARTICLE])),
            order_by: Some(OrderBy {
                key: payload::SORT_KEY.to_owned(),
                direction: Some(Direction::Desc.into()),
                start_from: None,
            }),
            ..ScrollPoints::default()
        };
        let (found, _) = self.client.scroll("listing articles", request).await?;
        let articles = found.iter().map(article).collect::<Result<Vec<_>, _>>()?;
        let more = articles.len() > limit;
        Ok(payload::page(articles, more, after.cloned(), limit))
    }

    async fn count(&self, filter: &Filter) -> Result<u64, StoreError> {
        let mut must = conditions(filter);
        must.push(field(payload::KIND, payload::ARTICLE));
        self.client.count(Conditions::must(must)).await
    }

    async fn put_record(&self, record: Record) -> Result<(), StoreError> {
        let at = point(payload::record_point(record.kind, &record.id));
        let none = HashMap::<String, Vec<f32>>::new();
        let new = PointStruct::new(at, none, payload::of_record(&record));
        self.client.set("keeping a record", new).await
    }

    async fn records(&self, kind: RecordKind) -> Result<Vec<Record>, StoreError> {
        let filter = Conditions::must([field(payload::KIND, payload::record_kind(kind))]);
        let fields = [payload::RECORD_ID, payload::RECORD];
        let found = self
            .client
            .scroll_all("reading records", filter, &fields)
            .await?;
        let read = |point: &RetrievedPoint| {
            let field = |name| text(&point.payload, name);
            payload::record(kind, field(payload::RECORD_ID), field(payload::RECORD))
        };
        let mut records = found.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        records.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(records)
    }

    async fn delete_record(&self, kind: RecordKind, id: &str) -> Result<bool, StoreError> {
        let at = payload::record_point(kind, id);
        let there = self.client.get("reading a record", &[at], &[]).await?;
        let this = Conditions::must([Condition::has_id([point(at)])]);
        self.client.delete("removing a record", this).await?;
        Ok(!there.is_empty())
    }

    async fn search(
        &self,
        query: &BranchQuery,
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<ScoredPassage>, StoreError> {
        self.nearest(query, filter, limit).await
    }

    async fn prepare_model(&self, model: &ModelIdentity) -> Result<(), StoreError> {
        let name = payload::vector_name(model);
        if self.has_vectors(&name).await? {
            return Ok(());
        }
        self.client.add_vectors(&name, model.dimension).await
    }

    async fn current_model(&self) -> Result<Option<ModelIdentity>, StoreError> {
        let meta = payload::meta_point();
        let found = self
            .client
            .get("reading the model", &[meta], &[payload::MODEL])
            .await?;
        let json = found
            .get(&meta)
            .map(|point| text(&point.payload, payload::MODEL));
        json.map(|json| payload::decode(payload::MODEL, json))
            .transpose()
    }

    async fn switch_model(&self, model: &ModelIdentity) -> Result<(), StoreError> {
        self.prepare_model(model).await?;
        let fields = payload::of_model(model)?;
        let none = HashMap::<String, Vec<f32>>::new();
        let meta = PointStruct::new(point(payload::meta_point()), none, fields);
        self.client.upsert("setting the model", vec![meta]).await?;
        let keep = payload::vector_name(model);
        for name in self.client.dense_names().await? {
            if name != keep {
                self.client.drop_vectors(&name).await?;
            }
        }
        self.forget_names();
        Ok(())
    }

    async fn without_vector(
        &self,
        model: &ModelIdentity,
        limit: usize,
    ) -> Result<Vec<StoredPassage>, StoreError> {
        let request = ScrollPoints {
            filter: Some(self.without(model, Vec::new()).await?),
            limit: Some(u32::try_from(limit).unwrap_or(u32::MAX)),
            with_payload: Some(only(&[payload::PASSAGE])),
            ..ScrollPoints::default()
        };
        let (found, _) = self
            .client
            .scroll("finding passages without vectors", request)
            .await?;
        let json = |point: &RetrievedPoint| {
            payload::decode(payload::PASSAGE, text(&point.payload, payload::PASSAGE))
        };
        found.iter().map(json).collect()
    }

    async fn set_vectors(
        &self,
        model: &ModelIdentity,
        vectors_by_id: Vec<(Uuid, Vec<f32>)>,
    ) -> Result<(), StoreError> {
        payload::check_dimension(model, &vectors_by_id)?;
        let name = payload::vector_name(model);
        let ids: Vec<Uuid> = vectors_by_id.iter().map(|(id, _)| *id).collect();
        let mut tries = 0;
        loop {
            tries += 1;
            let there = self.client.get("finding passages", &ids, &[]).await?;
            let updates = vectors_by_id
                .iter()
                .filter(|(id, _)| there.contains_key(id));
            let updates: Vec<_> = updates
                .map(|(id, vector)| vectors(*id, &name, vector.clone()))
                .collect();
            // The server refuses all for one that was removed just now.
            match self
                .client
                .update_vectors(&format!("writing vectors of {}", model.name), updates)
                .await
            {
                Err(_) if tries < TRIES && self.gone(&there).await? => {}
                Err(error) => {
                    // The collection may have come back without them.
                    self.forget_names();
                    return Err(error);
                }
                Ok(()) => return Ok(()),
            }
        }
    }

    async fn pending(
        &self,
        model: &ModelIdentity,
        ids: &[ArticleId],
    ) -> Result<Vec<ArticleId>, StoreError> {
        let wanted = any(
            payload::ARTICLE_ID,
            ids.iter().map(ToString::to_string).collect(),
        );
        let filter = self.without(model, vec![wanted]).await?;
        let fields = [payload::ARTICLE_ID];
        let found = self
            .client
            .scroll_all("finding passages without vectors", filter, &fields)
            .await?;
        let pending: HashSet<&str> = found
            .iter()
            .filter_map(|point| text(&point.payload, payload::ARTICLE_ID))
            .collect();
        Ok(ids
            .iter()
            .filter(|id| pending.contains(id.to_string().as_str()))
            .cloned()
            .collect())
    }

    async fn counts(&self, model: Option<&ModelIdentity>) -> Result<Counts, StoreError> {
        let of = |kind: &str| Conditions::must([field(payload::KIND, kind)]);
        let name = model.map(payload::vector_name);
        let vectors = match name {
            Some(name) if self.has_vectors(&name).await? => {
                self.client
                    .count(Conditions::must([Condition::has_vector(name)]))
                    .await?
            }
            _ => 0,
        };
        Ok(Counts {
            articles: self.client.count(of(payload::ARTICLE)).await?,
            passages: self.client.count(of(payload::PASSAGE)).await?,
            vectors,
        })
    }

    /// The server does this by itself.
    async fn optimize(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// The server does this by itself; its room on the disk is not known here.
    async fn compact(&self) -> Result<(u64, u64), StoreError> {
        Ok((0, 0))
    }

    async fn close(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

impl ServerStore {
    /// Passages without a vector of `model` that fulfil other conditions too.
    async fn without(
        &self,
        model: &ModelIdentity,
        mut must: Vec<Condition>,
    ) -> Result<Conditions, StoreError> {
        must.push(field(payload::KIND, payload::PASSAGE));
        let name = payload::vector_name(model);
        let has = self
            .has_vectors(&name)
            .await?
            .then(|| Condition::has_vector(name));
        Ok(Conditions {
            must,
            must_not: has.into_iter().collect(),
            ..Conditions::default()
        })
    }

    /// Whether any of these points is gone.
    async fn gone(&self, points: &HashMap<Uuid, RetrievedPoint>) -> Result<bool, StoreError> {
        let ids: Vec<Uuid> = points.keys().copied().collect();
        Ok(self.client.get("finding passages", &ids, &[]).await?.len() < ids.len())
    }
}

fn conditions(filter: &Filter) -> Vec<Condition> {
    let words = payload::any_of(filter)
        .into_iter()
        .map(|(name, values)| any(name, values));
    let ranges = payload::ranges(filter);
    let ranges = ranges
        .into_iter()
        .map(|(name, from, to)| range(name, from, to));
    words.chain(ranges).collect()
}

fn article(point: &RetrievedPoint) -> Result<Article, StoreError> {
    payload::decode(payload::ARTICLE, text(&point.payload, payload::ARTICLE))
}
