//! What a point holds: the one place that names its fields, shared by both forms of the store.
//!
//! ```text
//! article  kind article_id revision sort_key published ingested source topics languages article   no vectors
//! passage  kind article_id revision          published ingested source topics languages passage   lexical, dense
//! topic    kind record_id record
//! feed     kind record_id record
//! gone     kind article_id revision                                                      embedded only
//! meta     kind model
//! write    kind sort_key write                                                           server only
//! latest   kind write                                                                    server only
//! ```
//!
//! `article` and `passage` hold the whole as one JSON string: the engine
//! decompresses and parses every payload that it reads, and one string costs a
//! fraction of a tree of values.

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    ArticlePage, Cursor, Filter, ModelIdentity, Record, RecordKind, StoreError, StoredPassage,
};
use crate::article::{Article, ArticleId};
use crate::time::Time;

/// `article`, `passage` or `meta`.
pub const KIND: &str = "kind";
/// The article's id, on articles and passages.
pub const ARTICLE_ID: &str = "article_id";
/// The article's revision, on articles and passages.
pub const REVISION: &str = "revision";
/// Integer that orders articles; see [`sort_key`].
pub const SORT_KEY: &str = "sort_key";
/// Microseconds since 1970 of the article's date; absent without one.
pub const PUBLISHED: &str = "published";
/// Microseconds since 1970 of when the article came in.
pub const INGESTED: &str = "ingested";
/// The outlet.
pub const SOURCE: &str = "source";
/// The article's topics.
pub const TOPICS: &str = "topics";
/// Every prefix of the language tag, so that `zh` finds `zh-Hans`.
pub const LANGUAGES: &str = "languages";
/// Value of [`KIND`] for an article, and the field with its JSON.
pub const ARTICLE: &str = "article";
/// Value of [`KIND`] for a passage, and the field with its JSON.
pub const PASSAGE: &str = "passage";
/// Value of [`KIND`] for what stands in an article's place once it is removed.
pub const GONE: &str = "gone";
/// Value of [`KIND`] for the one point with the store's own state.
pub const META: &str = "meta";
/// A record's id among its kind.
pub const RECORD_ID: &str = "record_id";
/// A record's JSON.
pub const RECORD: &str = "record";
/// The current model's JSON, on the meta point.
pub const MODEL: &str = "model";
/// Token of the write that an article or a passage comes from, on a server;
/// also the value of [`KIND`] for a note of begun writes, and its field with them.
pub const WRITE: &str = "write";
/// Value of [`KIND`] for the one point with the token of the latest replacement, on a server.
pub const LATEST: &str = "latest";
/// Name of the sparse vector of BM25 weights.
pub const LEXICAL: &str = "lexical";

/// Fields with an index over words.
pub const KEYWORD_FIELDS: [&str; 5] = [KIND, ARTICLE_ID, SOURCE, TOPICS, LANGUAGES];
/// Fields with an index over numbers.
pub const INTEGER_FIELDS: [&str; 3] = [SORT_KEY, PUBLISHED, INGESTED];

/// Beyond these, integers lose digits in the engine's 64-bit floats (the year 2255).
const EXACT: i64 = 9_007_199_254_740_992;
const SECOND: i64 = 1_000_000;
const NAMESPACE: Uuid = Uuid::from_u128(0x6472_6167_6f6d_616e_8000_7374_6f72_6531);

/// The point of an article.
pub fn article_point(id: &ArticleId) -> Uuid {
    Uuid::new_v5(&NAMESPACE, format!("article\0{id}").as_bytes())
}

/// The point of a record.
pub fn record_point(kind: RecordKind, id: &str) -> Uuid {
    let name = format!("{}\0{id}", record_kind(kind));
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

/// Value of [`KIND`] for a record.
pub fn record_kind(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Topic => "topic",
        RecordKind::Feed => "feed",
    }
}

/// The point with the store's own state.
pub fn meta_point() -> Uuid {
    Uuid::new_v5(&NAMESPACE, b"meta")
}

/// The point with the token of the latest replacement.
pub fn latest_point() -> Uuid {
    Uuid::new_v5(&NAMESPACE, b"latest")
}

/// Where an article stands in the newest-first order: microseconds since 1970
/// of its date, or of when it came in.
///
/// Most dates are whole seconds or days and many articles share one, so the
/// microseconds of a whole second are taken from a hash of the id: a page's
/// cursor then has one id to remember, not thousands.
pub fn sort_key(article: &Article) -> i64 {
    let time = article
        .published_at
        .as_ref()
        .unwrap_or(&article.ingested_at);
    let key = time.micros();
    let spread = if key % SECOND == 0 {
        (article_point(&article.id).as_u128() % SECOND as u128) as i64
    } else {
        0
    };
    (key + spread).clamp(-EXACT, EXACT)
}

/// The payload of an article's point.
pub fn of_article(article: &Article) -> Result<Map<String, Value>, StoreError> {
    let mut payload = common(ARTICLE, &article.id, article.revision, article);
    payload.insert(LANGUAGES.into(), prefixes(&article.language).into());
    payload.insert(SORT_KEY.into(), sort_key(article).into());
    payload.insert(ARTICLE.into(), encode(ARTICLE, article)?.into());
    Ok(payload)
}

/// The payload of a passage's point; topics and date are its article's.
pub fn of_passage(
    passage: &StoredPassage,
    article: &Article,
) -> Result<Map<String, Value>, StoreError> {
    let mut payload = common(PASSAGE, &passage.article_id, passage.revision, article);
    payload.insert(LANGUAGES.into(), prefixes(&passage.language).into());
    payload.insert(PASSAGE.into(), encode(PASSAGE, passage)?.into());
    Ok(payload)
}

/// The payload of what stands in an article's place once it is removed.
pub fn of_gone(id: &ArticleId) -> Map<String, Value> {
    let mut payload = Map::new();
    payload.insert(KIND.into(), GONE.into());
    payload.insert(ARTICLE_ID.into(), id.to_string().into());
    payload
}

/// The payload of a record.
pub fn of_record(record: &Record) -> Map<String, Value> {
    let mut payload = Map::new();
    payload.insert(KIND.into(), record_kind(record.kind).into());
    payload.insert(RECORD_ID.into(), record.id.as_str().into());
    payload.insert(RECORD.into(), record.json.as_str().into());
    payload
}

/// A record as its fields have it.
pub fn record(
    kind: RecordKind,
    id: Option<&str>,
    json: Option<&str>,
) -> Result<Record, StoreError> {
    match (id, json) {
        (Some(id), Some(json)) => Ok(Record {
            kind,
            id: id.to_owned(),
            json: json.to_owned(),
        }),
        _ => Err(StoreError::Corrupt {
            what: format!("a record of kind {}", record_kind(kind)),
            reason: "the point lacks its id or its value".to_owned(),
        }),
    }
}

/// What stands in the place of a removed record until it is cleared away.
pub fn of_removed() -> Map<String, Value> {
    let mut payload = Map::new();
    payload.insert(KIND.into(), GONE.into());
    payload
}

/// The payload of the meta point.
pub fn of_model(model: &ModelIdentity) -> Result<Map<String, Value>, StoreError> {
    let mut payload = Map::new();
    payload.insert(KIND.into(), META.into());
    payload.insert(MODEL.into(), encode(MODEL, model)?.into());
    Ok(payload)
}

/// The payload of the point with the token of the latest replacement.
pub fn of_latest(token: Uuid) -> Map<String, Value> {
    let mut payload = Map::new();
    payload.insert(KIND.into(), LATEST.into());
    payload.insert(WRITE.into(), token.to_string().into());
    payload
}

/// The payload of a note that these writes of these articles are begun.
pub fn of_write(
    begun: &HashMap<ArticleId, Vec<String>>,
    micros: i64,
) -> Result<Map<String, Value>, StoreError> {
    let mut payload = Map::new();
    payload.insert(KIND.into(), WRITE.into());
    payload.insert(SORT_KEY.into(), micros.into());
    payload.insert(WRITE.into(), encode(WRITE, begun)?.into());
    Ok(payload)
}

/// Reads the value that `field` of a payload holds as JSON.
pub fn decode<T: serde::de::DeserializeOwned>(
    field: &'static str,
    json: Option<&str>,
) -> Result<T, StoreError> {
    let corrupt = |reason| StoreError::Corrupt {
        what: field.to_owned(),
        reason,
    };
    let json = json.ok_or_else(|| corrupt("the point has no such field".to_owned()))?;
    serde_json::from_str(json).map_err(|error| corrupt(error.to_string()))
}

/// The name of a model's vectors, another one for every identity.
pub fn vector_name(model: &ModelIdentity) -> String {
    let slug: String = model
        .name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .take(60)
        .collect();
    format!("{slug}-{}-{}", model.dimension, model.fingerprint)
}

/// A page of the first `limit` articles of these, with the cursor to the next
/// one if there are `more`.
pub fn page(
    mut articles: Vec<Article>,
    more: bool,
    after: Option<Cursor>,
    limit: usize,
) -> ArticlePage {
    articles.truncate(limit);
    let next = articles.last().filter(|_| more).map(|last| {
        let key = sort_key(last);
        let before = after
            .filter(|cursor| cursor.key == key)
            .map(|cursor| cursor.seen);
        let here = articles.iter().filter(|article| sort_key(article) == key);
        let here = here.map(|article| article.id.clone());
        Cursor {
            key,
            seen: before.unwrap_or_default().into_iter().chain(here).collect(),
        }
    });
    ArticlePage { articles, next }
}

/// Refuses vectors of another length than the model's.
pub fn check_dimension(
    model: &ModelIdentity,
    vectors: &[(Uuid, Vec<f32>)],
) -> Result<(), StoreError> {
    match vectors
        .iter()
        .find(|(_, vector)| vector.len() != model.dimension)
    {
        None => Ok(()),
        Some((id, vector)) => Err(StoreError::Engine {
            operation: format!("writing the vector of passage {id}"),
            reason: format!(
                "it has {} dimensions, those of {} have {}",
                vector.len(),
                model.name,
                model.dimension
            ),
        }),
    }
}

/// The fields of which a filter wants a range, with its lower and upper bound.
pub fn ranges(filter: &Filter) -> Vec<(&'static str, Option<f64>, Option<f64>)> {
    let exact = |time: &Time| time.micros().clamp(-EXACT, EXACT) as f64;
    let published = [&filter.from, &filter.to].map(|time| time.as_ref().map(exact));
    let after = filter.since.as_ref().map(|time| exact(time) + 1.0);
    [
        (PUBLISHED, published[0], published[1]),
        (INGESTED, after, None),
    ]
    .into_iter()
    .filter(|(_, from, to)| from.is_some() || to.is_some())
    .collect()
}

/// The fields of which a filter wants any of some words.
pub fn any_of(filter: &Filter) -> Vec<(&'static str, Vec<String>)> {
    let ids = filter.article_ids.iter().map(ToString::to_string);
    [
        (TOPICS, filter.topics.clone()),
        (SOURCE, filter.sources.clone()),
        (
            LANGUAGES,
            filter
                .languages
                .iter()
                .map(|tag| tag.to_lowercase())
                .collect(),
        ),
        (ARTICLE_ID, ids.collect()),
    ]
    .into_iter()
    .filter(|(_, words)| !words.is_empty())
    .collect()
}

fn common(
    kind: &'static str,
    id: &ArticleId,
    revision: u64,
    article: &Article,
) -> Map<String, Value> {
    let mut payload = Map::new();
    payload.insert(KIND.into(), kind.into());
    payload.insert(ARTICLE_ID.into(), id.to_string().into());
    payload.insert(REVISION.into(), revision.into());
    if let Some(time) = &article.published_at {
        payload.insert(PUBLISHED.into(), time.micros().clamp(-EXACT, EXACT).into());
    }
    let ingested = article.ingested_at.micros().clamp(-EXACT, EXACT);
    payload.insert(INGESTED.into(), ingested.into());
    if let Some(source) = &article.source {
        payload.insert(SOURCE.into(), source.as_str().into());
    }
    if !article.topics.is_empty() {
        payload.insert(TOPICS.into(), json!(article.topics));
    }
    payload
}

/// `zh-Hans-CN` gives `zh`, `zh-hans`, `zh-hans-cn`.
fn prefixes(tag: &str) -> Vec<String> {
    let tag = tag.to_lowercase();
    let ends = tag.match_indices('-').map(|(at, _)| at).chain([tag.len()]);
    ends.map(|end| tag[..end].to_owned()).collect()
}

fn encode<T: serde::Serialize>(what: &'static str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Engine {
        operation: format!("writing the {what} as JSON"),
        reason: error.to_string(),
    })
}
