//! Writes of articles on a server, where other processes write too.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use qdrant_client::qdrant::{Condition, Filter as Conditions, PointStruct, RetrievedPoint};
use uuid::Uuid;

use super::points::{self, any, field, point, range, text};
use super::{ServerStore, TRIES};
use crate::article::ArticleId;
use crate::store::payload;
use crate::store::{NewArticle, PutOutcome, StoreError};

/// A write older than this is taken to be left by a process that stopped.
const LEFT: Duration = Duration::from_secs(600);

/// What is there of an article: its revision and the token of the write that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Present {
    /// Its revision.
    pub(super) revision: u64,
    /// The write's token.
    pub(super) write: String,
}

impl ServerStore {
    /// Writes articles of which none occurs twice.
    pub(super) async fn put_distinct(
        &self,
        batch: Vec<NewArticle>,
    ) -> Result<Vec<PutOutcome>, StoreError> {
        let ids: Vec<ArticleId> = batch.iter().map(|new| new.article.id.clone()).collect();
        let present = self.present(&ids).await?;
        let fits = |new: &NewArticle, there: &Option<Present>| {
            new.replaces == there.as_ref().map(|there| there.revision)
        };

        let mut begun: HashMap<ArticleId, Vec<String>> = HashMap::new();
        let mut tokens: HashMap<ArticleId, String> = HashMap::new();
        let (mut passages, mut new_ones, mut replacing) = (Vec::new(), Vec::new(), Vec::new());
        let mut unchanged = Vec::new();
        for (new, there) in batch.into_iter().zip(&present) {
            if !fits(&new, there) {
                continue;
            }
            let id = new.article.id.clone();
            let token = token();
            let write = token.to_string();
            for passage in new.passages {
                passages.push(points::passage(passage, &new.article, token)?);
            }
            let at = point(payload::article_point(&id));
            let mut fields = payload::of_article(&new.article)?;
            fields.insert(payload::WRITE.into(), write.clone().into());
            let none = HashMap::<String, Vec<f32>>::new();
            let article = PointStruct::new(at.clone(), none, fields);
            let old = there.as_ref().map(|there| there.write.clone());
            match &old {
                None => new_ones.push(article),
                Some(old) => {
                    replacing.push(article);
                    let this = [Condition::has_id([at]), field(payload::WRITE, old)];
                    unchanged.push(Condition::from(Conditions::must(this)));
                }
            }
            begun.insert(id.clone(), old.into_iter().chain([write.clone()]).collect());
            tokens.insert(id, write);
        }
        if tokens.is_empty() {
            return Ok(vec![PutOutcome::Conflict; ids.len()]);
        }

        let note = self.note(&begun)?;
        let noted = points::id(note.id.as_ref()).unwrap_or_default();
        self.client.upsert("beginning a write", vec![note]).await?;
        self.client.upsert("writing passages", passages).await?;
        if !new_ones.is_empty() {
            // Holds for no article that is there: they stay as they are.
            let never = Conditions::must([field(payload::WRITE, "")]);
            self.client
                .upsert_if("writing articles", new_ones, never, true)
                .await?;
        }
        if !replacing.is_empty() {
            self.announce().await?;
            let unchanged = Conditions::should(unchanged);
            self.client
                .upsert_if("replacing articles", replacing, unchanged, false)
                .await?;
        }
        let now = self.present(&ids).await?;
        let won = |id: &ArticleId, now: &Option<Present>| {
            now.as_ref()
                .is_some_and(|now| tokens.get(id) == Some(&now.write))
        };
        let mut old = Vec::new();
        let mut outcomes = Vec::with_capacity(ids.len());
        for (id, now) in ids.iter().zip(&now) {
            let current = now.as_ref().map(|now| &now.write);
            let left = begun.remove(id).into_iter().flatten();
            old.extend(left.filter(|token| Some(token) != current));
            outcomes.push(if won(id, now) {
                PutOutcome::Written
            } else {
                PutOutcome::Conflict
            });
        }
        self.remove_writes(old, noted).await?;
        Ok(outcomes)
    }

    /// A point that says which writes of which articles are begun.
    fn note(&self, begun: &HashMap<ArticleId, Vec<String>>) -> Result<PointStruct, StoreError> {
        let fields = payload::of_write(begun, now())?;
        Ok(PointStruct::new(
            point(token()),
            HashMap::<String, Vec<f32>>::new(),
            fields,
        ))
    }

    /// Tells searches that articles are about to be replaced: their new passages
    /// are there, their old ones are there still.
    async fn announce(&self) -> Result<(), StoreError> {
        let none = HashMap::<String, Vec<f32>>::new();
        let at = point(payload::latest_point());
        let latest = PointStruct::new(at, none, payload::of_latest(token()));
        self.client.set("announcing a replacement", latest).await
    }

    /// The token of the latest replacement, `""` before the first.
    pub(super) async fn latest(&self) -> Result<String, StoreError> {
        let at = payload::latest_point();
        let operation = "reading the latest replacement";
        let found = self.client.get(operation, &[at], &[payload::WRITE]).await?;
        let token = found
            .get(&at)
            .and_then(|point| text(&point.payload, payload::WRITE));
        Ok(token.unwrap_or_default().to_owned())
    }

    /// Removes an article with its passages; false if there was none.
    pub(super) async fn remove(&self, id: &ArticleId) -> Result<bool, StoreError> {
        let ids = std::slice::from_ref(id);
        for _ in 0..TRIES {
            let Some(present) = self.present(ids).await?.remove(0) else {
                return Ok(false);
            };
            let begun = HashMap::from([(id.clone(), vec![present.write.clone()])]);
            let note = self.note(&begun)?;
            let noted = points::id(note.id.as_ref()).unwrap_or_default();
            self.client.upsert("beginning a write", vec![note]).await?;
            let this = Conditions::must([
                Condition::has_id([point(payload::article_point(id))]),
                field(payload::WRITE, &present.write),
            ]);
            self.client.delete("deleting an article", this).await?;
            let after = self.present(ids).await?.remove(0);
            let gone = after.as_ref() != Some(&present);
            let tokens = if gone {
                vec![present.write]
            } else {
                Vec::new()
            };
            self.remove_writes(tokens, noted).await?;
            if after.is_none() {
                return Ok(true);
            }
        }
        Err(points::engine_error(
            &format!("deleting article {id}"),
            "others write it all the time; try again",
        ))
    }

    /// What is there of these articles, in their order.
    pub(super) async fn present(
        &self,
        ids: &[ArticleId],
    ) -> Result<Vec<Option<Present>>, StoreError> {
        let points: Vec<Uuid> = ids.iter().map(payload::article_point).collect();
        let fields = [payload::REVISION, payload::WRITE];
        let found = self
            .client
            .get("reading revisions", &points, &fields)
            .await?;
        Ok(points
            .iter()
            .map(|id| found.get(id).and_then(present_in))
            .collect())
    }

    /// Removes the passages of these writes, then the note that they were begun.
    async fn remove_writes(&self, tokens: Vec<String>, note: Uuid) -> Result<(), StoreError> {
        let of_writes = Conditions::must([
            field(payload::KIND, payload::PASSAGE),
            any(payload::WRITE, tokens.clone()),
        ]);
        if !tokens.is_empty() {
            self.client
                .delete("removing old passages", of_writes)
                .await?;
        }
        self.client
            .delete(
                "ending a write",
                Conditions::must([Condition::has_id([point(note)])]),
            )
            .await
    }

    /// Finishes the writes of processes that stopped amid them.
    pub(super) async fn clean_up(&self) -> Result<(), StoreError> {
        let before = now() - LEFT.as_micros() as i64;
        let left = Conditions::must([
            field(payload::KIND, payload::WRITE),
            range(payload::SORT_KEY, None, Some(before as f64)),
        ]);
        for note in self
            .client
            .scroll_all("finding unfinished writes", left, &[payload::WRITE])
            .await?
        {
            let json = text(&note.payload, payload::WRITE);
            let begun: HashMap<ArticleId, Vec<String>> = payload::decode(payload::WRITE, json)?;
            let ids: Vec<ArticleId> = begun.keys().cloned().collect();
            let current: HashSet<String> = self
                .present(&ids)
                .await?
                .into_iter()
                .flatten()
                .map(|present| present.write)
                .collect();
            let tokens = begun
                .into_values()
                .flatten()
                .filter(|token| !current.contains(token));
            if let Some(id) = points::id(note.id.as_ref()) {
                self.remove_writes(tokens.collect(), id).await?;
            }
        }
        Ok(())
    }
}

fn present_in(point: &RetrievedPoint) -> Option<Present> {
    let revision = point.payload.get(payload::REVISION)?.as_integer()?;
    let write = text(&point.payload, payload::WRITE)?.to_owned();
    Some(Present {
        revision: u64::try_from(revision).ok()?,
        write,
    })
}

/// No two writes of any process may have the same.
#[expect(
    clippy::disallowed_methods,
    reason = "what tells writers apart cannot come from what they write"
)]
fn token() -> Uuid {
    Uuid::new_v4()
}

/// Microseconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "only tells a write that goes on from one that was left by a stopped process"
)]
fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_micros() as i64)
}
