//! Searches that show each article whole: its old revision or its new one.

use std::collections::HashMap;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use qdrant_edge::VectorInternal;

use super::engine::Engine;
use super::points::{sparse, text};
use crate::article::ArticleId;
use crate::store::payload;
use crate::store::{BranchQuery, Filter, ScoredPassage, StoreError, StoredPassage};

/// The best passages, without those of an article's old or coming revision.
pub fn search(
    engine: &Engine,
    query: BranchQuery,
    filter: &Filter,
    limit: usize,
) -> Result<Vec<ScoredPassage>, StoreError> {
    let (name, query) = match query {
        BranchQuery::Lexical(weights) if weights.indices.is_empty() => return Ok(Vec::new()),
        BranchQuery::Lexical(weights) => (
            payload::LEXICAL.to_owned(),
            VectorInternal::Sparse(sparse(weights)),
        ),
        BranchQuery::Dense { model, .. } if !engine.has_model(&model) => return Ok(Vec::new()),
        BranchQuery::Dense { model, vector } => {
            (payload::vector_name(&model), VectorInternal::Dense(vector))
        }
    };
    // Asked first: what is found now may be removed, and the repair over, a moment later.
    let repairing = engine.repairing.load(Ordering::Relaxed);
    let mut fetch = limit.max(1);
    loop {
        let points = engine.search(&name, query.clone(), filter, fetch)?;
        let found = points.len();
        let scored = points
            .iter()
            .map(|point| {
                let json = text(point.payload.as_ref(), payload::PASSAGE);
                let passage = payload::decode(payload::PASSAGE, json)?;
                Ok(ScoredPassage {
                    passage,
                    score: point.score,
                })
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        let mut current = current_only(engine, scored, repairing)?;
        if current.len() >= limit || found < fetch {
            current.truncate(limit);
            return Ok(current);
        }
        fetch = fetch.saturating_mul(2);
    }
}

fn current_only(
    engine: &Engine,
    scored: Vec<ScoredPassage>,
    repairing: bool,
) -> Result<Vec<ScoredPassage>, StoreError> {
    // A write may have begun and ended during the search: then both revisions
    // can be in the list, and the newer one is whole.
    let mut newest: HashMap<ArticleId, u64> = HashMap::new();
    for ScoredPassage { passage, .. } in &scored {
        let newest = newest.entry(passage.article_id.clone()).or_default();
        *newest = passage.revision.max(*newest);
    }
    if repairing {
        let ids: Vec<ArticleId> = newest.keys().cloned().collect();
        let there = engine.revisions(&ids)?;
        newest.extend(
            ids.into_iter()
                .zip(there.into_iter().map(Option::unwrap_or_default)),
        );
    }
    let replacing = engine
        .replacing
        .read()
        .unwrap_or_else(PoisonError::into_inner);
    for (id, newest) in &mut newest {
        if let Some(shown) = replacing.get(id) {
            *newest = shown.unwrap_or_default();
        }
    }
    drop(replacing);
    let is_newest =
        |passage: &StoredPassage| newest.get(&passage.article_id) == Some(&passage.revision);
    Ok(scored
        .into_iter()
        .filter(|scored| is_newest(&scored.passage))
        .collect())
}
