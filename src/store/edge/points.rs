//! Between the store's values and the engine's.

use qdrant_edge::{
    AnyVariants, Condition, FieldCondition, HasVectorCondition, JsonPath, Match, MatchAny,
    MatchValue, Payload, Range, RangeInterface, Record, ValueVariants, WithPayloadInterface,
};
use serde_json::Value;

use super::engine::Point;
use crate::article::Article;
use crate::store::payload;
use crate::store::{Filter, ModelIdentity, SparseVector, StoreError};

/// An error of the engine, with what was being done.
pub fn engine_error(operation: &str, reason: impl std::fmt::Display) -> StoreError {
    StoreError::Engine {
        operation: operation.to_owned(),
        reason: reason.to_string(),
    }
}

/// A string field of a payload.
pub fn text<'a>(payload: Option<&'a Payload>, field: &str) -> Option<&'a str> {
    payload
        .and_then(|payload| payload.0.get(field))
        .and_then(Value::as_str)
}

/// The revision in a payload.
pub fn revision(payload: Option<&Payload>) -> Option<u64> {
    payload
        .and_then(|payload| payload.0.get(payload::REVISION))
        .and_then(Value::as_u64)
}

/// The point of an article.
pub fn article_point(article: &Article) -> Result<Point, StoreError> {
    Ok(Point {
        id: payload::article_point(&article.id),
        lexical: None,
        payload: payload::of_article(article)?,
    })
}

/// The article of a point; `None` where it was removed.
pub fn article(record: &Record) -> Result<Option<Article>, StoreError> {
    text(record.payload.as_ref(), payload::ARTICLE)
        .map(|json| payload::decode(payload::ARTICLE, Some(json)))
        .transpose()
}

/// Weights as the engine takes them.
pub fn sparse(vector: SparseVector) -> qdrant_edge::SparseVector {
    qdrant_edge::SparseVector {
        indices: vector.indices,
        values: vector.values,
    }
}

/// A filter that wants all of `must` and none of `must_not`.
pub fn all(must: Vec<Condition>, must_not: Vec<Condition>) -> qdrant_edge::Filter {
    qdrant_edge::Filter {
        should: None,
        min_should: None,
        must: (!must.is_empty()).then_some(must),
        must_not: (!must_not.is_empty()).then_some(must_not),
    }
}

/// The condition that `field` is `value`.
pub fn word(field: &str, value: &str) -> Condition {
    let value = ValueVariants::String(value.to_owned());
    Condition::Field(FieldCondition::new_match(
        path(field),
        Match::Value(MatchValue { value }),
    ))
}

/// The condition that `field` is any of `values`.
pub fn any(field: &str, values: impl IntoIterator<Item = String>) -> Condition {
    let any = AnyVariants::Strings(values.into_iter().collect());
    Condition::Field(FieldCondition::new_match(
        path(field),
        Match::Any(MatchAny { any }),
    ))
}

/// The condition that a point has a vector of `model`.
pub fn has_vector(model: &ModelIdentity) -> Condition {
    Condition::HasVector(HasVectorCondition::from(payload::vector_name(model)))
}

/// What a filter asks for.
pub fn conditions(filter: &Filter) -> Vec<Condition> {
    let words = payload::any_of(filter)
        .into_iter()
        .map(|(field, values)| any(field, values));
    let ranges = payload::ranges(filter);
    let ranges = ranges
        .into_iter()
        .map(|(field, from, to)| range(field, from, to));
    words.chain(ranges).collect()
}

/// The condition that `field` is between two numbers.
pub fn range(field: &str, from: Option<f64>, to: Option<f64>) -> Condition {
    let mut condition = FieldCondition::new_range(path(field), Range::default());
    condition.range = Some(RangeInterface::Float(Range {
        lt: None,
        gt: None,
        gte: from.map(Into::into),
        lte: to.map(Into::into),
    }));
    Condition::Field(condition)
}

/// Some of a payload's fields.
pub fn only(fields: &[&str]) -> WithPayloadInterface {
    if fields.is_empty() {
        WithPayloadInterface::Bool(false)
    } else {
        WithPayloadInterface::Fields(fields.iter().map(|field| path(field)).collect())
    }
}

/// A field's name as the engine takes it.
pub fn path(field: &str) -> JsonPath {
    JsonPath::try_from(field).expect("field names are plain words")
}
