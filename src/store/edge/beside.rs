//! Writes beside articles and passages: topics of articles, and records.

use std::collections::HashMap;

use qdrant_edge::Record;
use uuid::Uuid;

use super::engine::{Engine, Point};
use super::points::{article, article_point, text};
use crate::article::{Article, ArticleId};
use crate::store::payload;
use crate::store::{Assignment, StoreError};

/// The articles among these that are there.
pub fn read(engine: &Engine, ids: &[ArticleId]) -> Result<Vec<Article>, StoreError> {
    let points: Vec<Uuid> = ids.iter().map(payload::article_point).collect();
    let records = engine.retrieve(&points, &[payload::ARTICLE])?;
    let articles = records.iter().map(article);
    articles.filter_map(Result::transpose).collect()
}

/// Rewrites articles, and the topics of their passages, those of the same topics at once.
pub fn assign(engine: &Engine, assignments: Vec<Assignment>) -> Result<(), StoreError> {
    engine.folder.check_room(0)?;
    let mut wanted: HashMap<ArticleId, Vec<Assignment>> = HashMap::new();
    for one in assignments {
        wanted.entry(one.article.clone()).or_default().push(one);
    }
    let ids: Vec<ArticleId> = wanted.keys().cloned().collect();
    let mut points = Vec::new();
    let mut by_topics: HashMap<Vec<String>, Vec<String>> = HashMap::new();
    for mut article in read(engine, &ids)? {
        let mut changed = false;
        for one in wanted.get(&article.id).into_iter().flatten() {
            changed |= article.assign(&one.topic, one.belongs);
        }
        if changed {
            points.push(article_point(&article)?);
            let alike = by_topics.entry(article.topics).or_default();
            alike.push(article.id.to_string());
        }
    }
    if points.is_empty() {
        return Ok(());
    }
    engine.upsert(points)?;
    for (topics, articles) in by_topics {
        engine.set_topics(articles, &topics)?;
    }
    engine.flush()
}

/// Keeps a record.
pub fn put_record(engine: &Engine, point: Point) -> Result<(), StoreError> {
    engine.folder.check_room(0)?;
    engine.upsert(vec![point])?;
    engine.flush()
}

/// Removes a record, if there is one. What takes its place is cleared away as for
/// articles.
pub fn delete_record(engine: &Engine, id: Uuid) -> Result<bool, StoreError> {
    let there = engine.retrieve(&[id], &[payload::RECORD])?;
    let record = |record: &Record| text(record.payload.as_ref(), payload::RECORD).is_some();
    if !there.iter().any(record) {
        return Ok(false);
    }
    let gone = Point {
        id,
        lexical: None,
        payload: payload::of_removed(),
    };
    put_record(engine, gone)?;
    Ok(true)
}
