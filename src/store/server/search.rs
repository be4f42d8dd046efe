//! Searches on a server, where other processes write meanwhile.
//!
//! A search asks many shards, each a moment later than the other. So a
//! replacement changes the point `latest` once the new passages are there and
//! before the article is written and the old ones are removed: a search during
//! which that point stays as it was saw each article whole.

use std::collections::{HashMap, HashSet};
use std::sync::PoisonError;

use qdrant_client::qdrant::{Query, VectorInput};

use super::points::text;
use super::{ServerStore, conditions, write};
use crate::article::ArticleId;
use crate::store::payload;
use crate::store::{BranchQuery, Filter, ScoredPassage, StoreError};

/// How often a search is tried while articles are being replaced.
const TRIES: usize = 20;

impl ServerStore {
    /// The nearest passages of what the articles are now, best first.
    pub(super) async fn nearest(
        &self,
        query: &BranchQuery,
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<ScoredPassage>, StoreError> {
        let (name, input) = match query {
            BranchQuery::Lexical(weights) if weights.indices.is_empty() => return Ok(Vec::new()),
            BranchQuery::Lexical(weights) => (
                payload::LEXICAL.to_owned(),
                VectorInput::new_sparse(weights.indices.clone(), weights.values.clone()),
            ),
            BranchQuery::Dense { model, vector } => {
                let name = payload::vector_name(model);
                if !self.has_vectors(&name).await? {
                    return Ok(Vec::new());
                }
                (name, VectorInput::new_dense(vector.clone()))
            }
        };
        let conditions = conditions(filter);
        let mut latest = self
            .latest
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let mut fetch = limit.max(1);
        let mut tries = 0;
        loop {
            tries += 1;
            let query = Query::from(input.clone());
            let found = self
                .client
                .query(&name, query, conditions.clone(), fetch)
                .await?;
            let count = found.len();
            let scored = found
                .iter()
                .map(|point| {
                    let json = text(&point.payload, payload::PASSAGE);
                    let passage = payload::decode(payload::PASSAGE, json)?;
                    let write = text(&point.payload, payload::WRITE).unwrap_or_default();
                    Ok((
                        ScoredPassage {
                            passage,
                            score: point.score,
                        },
                        write.to_owned(),
                    ))
                })
                .collect::<Result<Vec<_>, StoreError>>()?;
            let mut current = self.current_only(scored).await?;
            let settled = self.is_settled(&mut latest).await?;
            let enough = current.len() >= limit || count < fetch;
            if (enough && settled) || tries == TRIES {
                current.truncate(limit);
                return Ok(current);
            }
            if !enough {
                fetch = fetch.saturating_mul(2);
            }
        }
    }

    /// The passages among these that belong to what their articles are now.
    async fn current_only(
        &self,
        found: Vec<(ScoredPassage, String)>,
    ) -> Result<Vec<ScoredPassage>, StoreError> {
        let ids: HashSet<ArticleId> = found
            .iter()
            .map(|(scored, _)| scored.passage.article_id.clone())
            .collect();
        let ids: Vec<ArticleId> = ids.into_iter().collect();
        let present: HashMap<ArticleId, Option<write::Present>> =
            ids.iter().cloned().zip(self.present(&ids).await?).collect();
        let is_current = |(scored, write): &(ScoredPassage, String)| matches!(present.get(&scored.passage.article_id), Some(Some(now)) if now.write == *write);
        let current = found.into_iter().filter(is_current);
        Ok(current.map(|(scored, _)| scored).collect())
    }

    /// Whether no article was replaced since the last search that asked.
    async fn is_settled(&self, before: &mut String) -> Result<bool, StoreError> {
        let now = self.latest().await?;
        let settled = *before == now;
        if !settled {
            before.clone_from(&now);
            *self.latest.write().unwrap_or_else(PoisonError::into_inner) = now;
        }
        Ok(settled)
    }
}
