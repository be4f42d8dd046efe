//! The store of articles, passages and vectors: one trait, two forms of one engine.
//!
//! [`edge`] is embedded and needs nothing; [`server`] is a Qdrant server or cluster.
//! Only these two files know Qdrant. What both promise:
//!
//! - What [`Store::put`] acknowledged survives `kill -9` and is found by lexical search.
//! - A search sees all of an article's old revision or all of its new one.
//! - Vectors of different models are never compared with each other.

pub mod edge;
mod payload;
pub mod server;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::article::{Article, ArticleId, Origin};
use crate::time::Time;

/// Term weights as parallel arrays, sorted by index, no index twice.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SparseVector {
    /// Hashed terms.
    pub indices: Vec<u32>,
    /// Their weights.
    pub values: Vec<f32>,
}

/// A passage as a search returns it: what a hit needs, and no more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredPassage {
    /// Unique over all revisions: a UUID derived from article, revision and number. A
    /// store that several processes share puts one of its own in its place.
    pub passage_id: uuid::Uuid,
    /// Its article.
    pub article_id: ArticleId,
    /// The article's revision that it belongs to.
    pub revision: u64,
    /// Its place in the article, from 0.
    pub ordinal: u32,
    /// The article's title.
    pub title: String,
    /// The article's outlet.
    pub source: Option<String>,
    /// The article's address.
    pub url: Option<String>,
    /// The article's date.
    pub published_at: Option<Time>,
    /// The language of its words.
    pub language: String,
    /// The paragraph in which it starts.
    pub paragraph: u32,
    /// First character in the article's text.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// Whether it is the article's text or its brief's.
    pub origin: Origin,
    /// The words.
    pub text: String,
    /// 64-bit SimHash of the words, for near-identical reports.
    pub simhash: u64,
}

/// A passage with its lexical weights, ready to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPassage {
    /// What a search returns.
    pub passage: StoredPassage,
    /// BM25 weights of its terms and its title's.
    pub lexical: SparseVector,
}

/// An article to be written whole, in place of the revision it was made from.
#[derive(Debug, Clone)]
pub struct NewArticle {
    /// The article with its new revision.
    pub article: Article,
    /// All its passages.
    pub passages: Vec<NewPassage>,
    /// The revision that it replaces; `None` when there was none.
    pub replaces: Option<u64>,
}

/// What became of one article of a [`Store::put`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutOutcome {
    /// It is durable.
    Written,
    /// Another writer was first; read again and try again.
    Conflict,
}

/// Which articles count. Empty lists and `None` restrict nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Filter {
    /// Any of these topics.
    pub topics: Vec<String>,
    /// Any of these sources, as the article names them.
    pub sources: Vec<String>,
    /// Any of these languages; `zh` takes in `zh-Hans` and `zh-Hant`.
    pub languages: Vec<String>,
    /// Published at or after.
    pub from: Option<Time>,
    /// Published before or at; a date means its whole day.
    pub to: Option<Time>,
    /// Only these articles.
    pub article_ids: Vec<ArticleId>,
    /// Came in after.
    pub since: Option<Time>,
}

/// An article's part in a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The article.
    pub article: ArticleId,
    /// The topic's id.
    pub topic: String,
    /// Whether it belongs to it; see [`Article::assign`].
    pub belongs: bool,
}

/// What is kept whole beside the articles, in one point each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordKind {
    /// A topic.
    Topic,
    /// A feed to follow.
    Feed,
}

/// Something that is kept whole beside the articles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What it is.
    pub kind: RecordKind,
    /// Unique among its kind.
    pub id: String,
    /// Its value as JSON.
    pub json: String,
}

/// One branch of a search.
#[derive(Debug, Clone)]
pub enum BranchQuery {
    /// BM25 through the engine's IDF.
    Lexical(SparseVector),
    /// Cosine similarity in the vectors of this model.
    Dense {
        /// Whose vectors to compare with.
        model: ModelIdentity,
        /// The query's vector, of the model's dimension.
        vector: Vec<f32>,
    },
}

/// A passage with the engine's score.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredPassage {
    /// The passage.
    pub passage: StoredPassage,
    /// The engine's score: BM25 sum or cosine.
    pub score: f32,
}

/// What makes two embedding models the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ModelIdentity {
    /// Such as `multilingual-e5-small`.
    pub name: String,
    /// Length of its vectors.
    pub dimension: usize,
    /// First 12 hexadecimal digits of the SHA-256 of what defines it (model file, or endpoint and name).
    pub fingerprint: String,
}

/// A place in the newest-first order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The sort key of the last article shown: microseconds since 1970 of its date, or of
    /// when it came in; those of whole seconds are spread over their second.
    pub key: i64,
    /// The articles already shown at that key.
    pub seen: Vec<ArticleId>,
}

/// A page of articles, newest first.
#[derive(Debug, Clone, Default)]
pub struct ArticlePage {
    /// The articles.
    pub articles: Vec<Article>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<Cursor>,
}

/// What the store holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Articles.
    pub articles: u64,
    /// Passages.
    pub passages: u64,
    /// Passages with a vector of the current model.
    pub vectors: u64,
}

/// Why the store could not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Another process holds the data folder.
    #[error(
        "opening the data folder {path}: another dragoman holds it; stop that one, or talk to it with --server URL"
    )]
    Locked {
        /// The folder.
        path: String,
    },
    /// The folder cannot be used.
    #[error("opening the data folder {path}: {reason}")]
    Open {
        /// The folder.
        path: String,
        /// Why, and what to do.
        reason: String,
    },
    /// The disk has too little room to write.
    #[error(
        "writing in the store: the disk of {path} has {free} MiB left and {needed} are needed; make room, or move the folder and name it by DRAGOMAN_DATA_DIR"
    )]
    Full {
        /// The data folder.
        path: String,
        /// What is left, in MiB.
        free: u64,
        /// What must be there, in MiB.
        needed: u64,
    },
    /// The engine failed.
    #[error("{operation} in the store: {reason}")]
    Engine {
        /// What was being done, with what value.
        operation: String,
        /// What the engine says.
        reason: String,
    },
    /// The server cannot be reached.
    #[error("{operation} on the Qdrant server {url}: {reason}")]
    Unavailable {
        /// What was being done.
        operation: String,
        /// The server.
        url: String,
        /// Why, and what to do.
        reason: String,
    },
    /// What was read is not what dragoman writes.
    #[error("reading {what} from the store: {reason}")]
    Corrupt {
        /// What was read.
        what: String,
        /// How it is wrong.
        reason: String,
    },
}

/// Articles, passages and their vectors. All calls may come at once from many tasks.
#[async_trait]
pub trait Store: Send + Sync {
    /// Writes articles whole, each in place of the revision that it names, and
    /// returns once they are durable; outcomes in the order of `batch`.
    async fn put(&self, batch: Vec<NewArticle>) -> Result<Vec<PutOutcome>, StoreError>;

    /// Writes what is kept beside the text (brief, its status, English title) of
    /// the same revision; the passages and topics stay as they are.
    async fn annotate(&self, article: Article) -> Result<PutOutcome, StoreError>;

    /// Takes articles and their passages into topics or out of them; those that are
    /// gone are passed over.
    async fn assign(&self, assignments: Vec<Assignment>) -> Result<(), StoreError>;

    /// Removes an article with its passages; false if there was none.
    async fn delete(&self, id: &ArticleId) -> Result<bool, StoreError>;

    /// The articles of these ids, in their order.
    async fn get(&self, ids: &[ArticleId]) -> Result<Vec<Option<Article>>, StoreError>;

    /// Newest first, `limit` at most, from `after` on.
    async fn list(
        &self,
        filter: &Filter,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<ArticlePage, StoreError>;

    /// How many articles there are.
    async fn count(&self, filter: &Filter) -> Result<u64, StoreError>;

    /// Keeps a record, in place of the one of its kind and id.
    async fn put_record(&self, record: Record) -> Result<(), StoreError>;

    /// All records of a kind, by id.
    async fn records(&self, kind: RecordKind) -> Result<Vec<Record>, StoreError>;

    /// Removes a record; false if there was none.
    async fn delete_record(&self, kind: RecordKind, id: &str) -> Result<bool, StoreError>;

    /// The `limit` best passages of one branch, best first, of current revisions only.
    async fn search(
        &self,
        query: &BranchQuery,
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<ScoredPassage>, StoreError>;

    /// Makes room for a model's vectors; done before they are written.
    async fn prepare_model(&self, model: &ModelIdentity) -> Result<(), StoreError>;

    /// The model that dense searches use, as last set.
    async fn current_model(&self) -> Result<Option<ModelIdentity>, StoreError>;

    /// Makes `model` the one that dense searches use and drops the vectors of others.
    async fn switch_model(&self, model: &ModelIdentity) -> Result<(), StoreError>;

    /// Up to `limit` passages without a vector of `model`.
    async fn without_vector(
        &self,
        model: &ModelIdentity,
        limit: usize,
    ) -> Result<Vec<StoredPassage>, StoreError>;

    /// Gives passages their vectors; those that are gone meanwhile are passed over.
    async fn set_vectors(
        &self,
        model: &ModelIdentity,
        vectors: Vec<(uuid::Uuid, Vec<f32>)>,
    ) -> Result<(), StoreError>;

    /// Which of these articles have a passage without a vector of `model`.
    async fn pending(
        &self,
        model: &ModelIdentity,
        ids: &[ArticleId],
    ) -> Result<Vec<ArticleId>, StoreError>;

    /// What is held; vectors counted for `model`.
    async fn counts(&self, model: Option<&ModelIdentity>) -> Result<Counts, StoreError>;

    /// Brings the indexes in order; searches and writes go on meanwhile.
    async fn optimize(&self) -> Result<(), StoreError>;

    /// Gives back the room that replaced data takes; bytes before and after.
    async fn compact(&self) -> Result<(u64, u64), StoreError>;

    /// Flushes and lets go of the data; nothing may be called after it.
    async fn close(&self) -> Result<(), StoreError>;
}
