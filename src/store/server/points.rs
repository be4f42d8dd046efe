//! Between the store's values and the server's messages.

use std::collections::HashMap;

use qdrant_client::qdrant::point_id::PointIdOptions;
use qdrant_client::qdrant::{
    Condition, PointId, PointStruct, PointVectors, Range, Value, Vector, Vectors,
    WithPayloadSelector,
};
use uuid::Uuid;

use crate::article::Article;
use crate::store::payload;
use crate::store::{NewPassage, StoreError};

/// A point's id as the server takes it.
pub fn point(id: Uuid) -> PointId {
    PointId {
        point_id_options: Some(PointIdOptions::Uuid(id.to_string())),
    }
}

/// A point's id as the server gives it.
pub fn id(point: Option<&PointId>) -> Option<Uuid> {
    match point?.point_id_options.as_ref()? {
        PointIdOptions::Uuid(id) => id.parse().ok(),
        PointIdOptions::Num(_) => None,
    }
}

/// A passage's point. Two writers of one revision must not share points, so the
/// passage's id is made from the write's.
pub fn passage(new: NewPassage, article: &Article, write: Uuid) -> Result<PointStruct, StoreError> {
    let mut passage = new.passage;
    passage.passage_id = Uuid::new_v5(&write, passage.passage_id.as_bytes());
    let mut fields = payload::of_passage(&passage, article)?;
    fields.insert(payload::WRITE.into(), write.to_string().into());
    let vectors: HashMap<String, Vector> = if new.lexical.indices.is_empty() {
        HashMap::new()
    } else {
        let weights = Vector::new_sparse(new.lexical.indices, new.lexical.values);
        HashMap::from([(payload::LEXICAL.to_owned(), weights)])
    };
    Ok(PointStruct::new(point(passage.passage_id), vectors, fields))
}

/// A vector to be set on a point.
pub fn vectors(id: Uuid, name: &str, vector: Vec<f32>) -> PointVectors {
    PointVectors {
        id: Some(point(id)),
        vectors: Some(Vectors::from(HashMap::from([(name.to_owned(), vector)]))),
    }
}

/// A string field of a payload.
pub fn text<'a>(payload: &'a HashMap<String, Value>, field: &str) -> Option<&'a str> {
    payload.get(field)?.as_str().map(String::as_str)
}

/// The condition that `name` is `value`.
pub fn field(name: &str, value: &str) -> Condition {
    Condition::matches(name, value.to_owned())
}

/// The condition that `name` is any of `values`.
pub fn any(name: &str, values: Vec<String>) -> Condition {
    Condition::matches(name, values)
}

/// The condition that `name` is between two numbers.
pub fn range(name: &str, from: Option<f64>, to: Option<f64>) -> Condition {
    Condition::range(
        name,
        Range {
            gte: from,
            lte: to,
            ..Range::default()
        },
    )
}

/// Some of a payload's fields.
pub fn only(fields: &[&str]) -> WithPayloadSelector {
    if fields.is_empty() {
        WithPayloadSelector::from(false)
    } else {
        WithPayloadSelector::from(fields.to_vec())
    }
}

/// An error of the server, with what was being done.
pub fn engine_error(operation: &str, reason: impl std::fmt::Display) -> StoreError {
    StoreError::Engine {
        operation: operation.to_owned(),
        reason: reason.to_string(),
    }
}
