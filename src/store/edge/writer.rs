//! The one thread that changes the embedded store.
//!
//! It takes whatever waits, applies it as one group, flushes and acknowledges
//! the whole group: a flush costs the same for one article as for sixty.

use std::collections::{HashMap, HashSet};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, PoisonError};

use qdrant_edge::{PointId, Record};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::beside::{assign, delete_record, put_record, read};
use super::engine::{Engine, Point};
use super::points::{all, any, article_point, revision, text, word};
use super::upkeep::Upkeep;
use crate::article::{Article, ArticleId};
use crate::store::payload;
use crate::store::{Assignment, ModelIdentity, PutOutcome, StoreError};

/// Commands of one group.
const GROUP: usize = 64;
/// Passages of one group; bounds its memory and the time to its acknowledgement.
const GROUP_PASSAGES: usize = 2_000;

/// Where an answer goes; nobody may be waiting for it any more.
pub type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// Vectors by the points that they are for.
pub type Vectors = Vec<(Uuid, Vec<f32>)>;

/// One article's part of a write.
pub struct Change {
    /// The article.
    pub id: ArticleId,
    /// What it becomes.
    pub to: Target,
}

/// What an article becomes.
pub enum Target {
    /// This revision with these passages, if `replaces` is what is there.
    Whole {
        /// The new revision.
        revision: u64,
        /// The one that must be there.
        replaces: Option<u64>,
        /// The article's point.
        article: Point,
        /// Its passages.
        passages: Vec<Point>,
    },
    /// This article with the passages and topics it has, if its revision is there.
    Annotated(Box<Article>),
    /// Nothing.
    Gone,
}

/// What callers ask of the thread.
pub enum Command {
    /// Writes articles whole.
    Put(Vec<Change>, Reply<Vec<PutOutcome>>),
    /// Writes what is beside the text.
    Annotate(Change, Reply<PutOutcome>),
    /// Takes articles into topics or out of them.
    Assign(Vec<Assignment>, Reply<()>),
    /// Writes a record's point.
    PutRecord(Point, Reply<()>),
    /// Removes a record's point; answers whether there was one.
    DeleteRecord(Uuid, Reply<bool>),
    /// Removes an article; answers whether there was one.
    Delete(Change, Reply<bool>),
    /// Gives passages their vectors.
    SetVectors(ModelIdentity, Vectors, Reply<()>),
    /// Makes room for a model's vectors.
    Prepare(ModelIdentity, Reply<()>),
    /// Makes a model the current one.
    Switch(ModelIdentity, Reply<()>),
    /// Removes what unfinished writes left, from this point on; answers where to go on.
    Repair(Option<PointId>, Reply<Option<PointId>>),
    /// Removes what stands in the place of removed articles.
    Bury(Reply<()>),
    /// Flushes and ends the thread.
    Close(Reply<()>),
}

/// What came of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Applied {
    Done,
    Conflict,
    Absent,
}

/// Runs until it is told to close or nobody can tell it any more.
pub fn run(
    engine: &Arc<Engine>,
    mut commands: mpsc::Receiver<Command>,
    upkeep: &SyncSender<Upkeep>,
) {
    let mut closing = None;
    while closing.is_none() {
        let Some(first) = commands.blocking_recv() else {
            break;
        };
        let mut group = Group::default();
        let mut next = Some(first);
        while let Some(command) = next.take() {
            match command {
                Command::Close(reply) => {
                    closing = Some(reply);
                    break;
                }
                Command::Prepare(model, reply) => {
                    group.commit(engine);
                    answer(reply, prepare(engine, &model));
                }
                Command::Switch(model, reply) => {
                    group.commit(engine);
                    answer(reply, switch(engine, &model));
                }
                Command::Repair(from, reply) => {
                    group.commit(engine);
                    answer(reply, repair(engine, from));
                }
                Command::Bury(reply) => {
                    group.commit(engine);
                    answer(reply, bury(engine));
                }
                Command::Assign(assignments, reply) => {
                    group.commit(engine);
                    answer(reply, assign(engine, assignments));
                }
                Command::PutRecord(point, reply) => {
                    group.commit(engine);
                    answer(reply, put_record(engine, point));
                }
                Command::DeleteRecord(id, reply) => {
                    group.commit(engine);
                    answer(reply, delete_record(engine, id));
                }
                command => {
                    if group.is_full() || group.touches(&command) {
                        group.commit(engine);
                    }
                    group.add(command);
                }
            }
            next = commands.try_recv().ok();
        }
        group.commit(engine);
        // Fails when one is waiting already, which will do.
        if engine.wants_order() {
            let _ = upkeep.try_send(Upkeep::Order);
        }
    }
    let closed = engine.flush();
    match closing {
        Some(reply) => answer(reply, closed),
        None => closed.unwrap_or_else(|error| tracing::error!(%error, "closing the store")),
    }
}

/// Removes from a page of points what a stop amid a write or an optimisation
/// leaves, and says where the next page starts.
///
/// That is: passages of no article's current revision, and, since the optimizer
/// keeps in memory what is removed from the segments that it works on, old
/// forms of points beside the new ones.
fn repair(engine: &Engine, from: Option<PointId>) -> Result<Option<PointId>, StoreError> {
    const PAGE: usize = 1_000;
    let fields = [payload::KIND, payload::ARTICLE_ID, payload::REVISION];
    let (page, next) = engine.scroll(all(Vec::new(), Vec::new()), &fields, from, PAGE)?;
    let ids: Vec<PointId> = page.iter().map(|record| record.id).collect();
    engine.unify(engine.repeated(&ids)?)?;
    let is_passage =
        |record: &&Record| text(record.payload.as_ref(), payload::KIND) == Some(payload::PASSAGE);
    let page: Vec<&Record> = page.iter().filter(is_passage).collect();
    let id = |record: &Record| {
        text(record.payload.as_ref(), payload::ARTICLE_ID)
            .and_then(|id| ArticleId::try_from(id.to_owned()).ok())
    };
    let articles: HashSet<ArticleId> = page.iter().copied().filter_map(id).collect();
    let articles: Vec<ArticleId> = articles.into_iter().collect();
    let current: HashMap<ArticleId, Option<u64>> = articles
        .iter()
        .cloned()
        .zip(engine.revisions(&articles)?)
        .collect();
    let stale = page.iter().filter(|record| {
        let current = id(record).and_then(|id| current.get(&id).copied().flatten());
        current.is_none() || current != revision(record.payload.as_ref())
    });
    let stale: Vec<PointId> = stale.map(|record| record.id).collect();
    if !stale.is_empty() {
        tracing::info!(
            passages = stale.len(),
            "removing what an unfinished write left"
        );
    }
    engine.remove(stale)?;
    Ok(next)
}

/// Removes what stands in the place of removed articles.
///
/// Done between optimisations alone: one that is under way would forget, in a
/// stop, that the article was removed.
fn bury(engine: &Engine) -> Result<(), StoreError> {
    let gone = all(vec![word(payload::KIND, payload::GONE)], Vec::new());
    let (gone, _) = engine.scroll(gone, &[], None, usize::MAX - 1)?;
    if gone.is_empty() {
        return Ok(());
    }
    engine.remove(gone.iter().map(|record| record.id).collect())?;
    engine.flush()
}

/// Commands that are made durable together; no article occurs twice.
#[derive(Default)]
struct Group {
    changes: Vec<Change>,
    vectors: Vec<(ModelIdentity, Vectors)>,
    articles: HashSet<ArticleId>,
    passages: usize,
    replies: Vec<Waiting>,
}

/// Who waits for how many of a group's changes.
enum Waiting {
    Put(usize, Reply<Vec<PutOutcome>>),
    Annotate(Reply<PutOutcome>),
    Delete(Reply<bool>),
    Vectors(Reply<()>),
}

impl Group {
    fn is_full(&self) -> bool {
        self.replies.len() >= GROUP || self.passages >= GROUP_PASSAGES
    }

    fn touches(&self, command: &Command) -> bool {
        let touched = |change: &Change| self.articles.contains(&change.id);
        match command {
            Command::Put(changes, _) => changes.iter().any(touched),
            Command::Annotate(change, _) | Command::Delete(change, _) => touched(change),
            _ => false,
        }
    }

    fn add(&mut self, command: Command) {
        match command {
            Command::Put(changes, reply) => {
                self.replies.push(Waiting::Put(changes.len(), reply));
                changes.into_iter().for_each(|change| self.change(change));
            }
            Command::Annotate(change, reply) => {
                self.replies.push(Waiting::Annotate(reply));
                self.change(change);
            }
            Command::Delete(change, reply) => {
                self.replies.push(Waiting::Delete(reply));
                self.change(change);
            }
            Command::SetVectors(model, vectors, reply) => {
                self.replies.push(Waiting::Vectors(reply));
                self.passages += vectors.len();
                self.vectors.push((model, vectors));
            }
            Command::Prepare(..)
            | Command::Switch(..)
            | Command::Repair(..)
            | Command::Bury(_)
            | Command::Assign(..)
            | Command::PutRecord(..)
            | Command::DeleteRecord(..)
            | Command::Close(_) => {
                unreachable!("these are never part of a group")
            }
        }
    }

    fn change(&mut self, change: Change) {
        if let Target::Whole { passages, .. } = &change.to {
            self.passages += passages.len();
        }
        self.articles.insert(change.id.clone());
        self.changes.push(change);
    }

    /// Applies, flushes and acknowledges what was added, and empties the group.
    fn commit(&mut self, engine: &Engine) {
        let group = std::mem::take(self);
        if group.replies.is_empty() {
            return;
        }
        let result = apply(engine, group.changes, group.vectors);
        let mut applied = match &result {
            Ok(applied) => applied.iter().copied(),
            Err(_) => [].iter().copied(),
        };
        for waiting in group.replies {
            match (waiting, &result) {
                (Waiting::Put(count, reply), Ok(_)) => {
                    answer(
                        reply,
                        Ok(applied.by_ref().take(count).map(outcome).collect()),
                    );
                }
                (Waiting::Annotate(reply), Ok(_)) => {
                    answer(
                        reply,
                        Ok(applied.next().map_or(PutOutcome::Conflict, outcome)),
                    );
                }
                (Waiting::Delete(reply), Ok(_)) => {
                    answer(reply, Ok(applied.next() == Some(Applied::Done)));
                }
                (Waiting::Vectors(reply), Ok(_)) => answer(reply, Ok(())),
                (Waiting::Put(_, reply), Err(error)) => answer(reply, Err(error.clone())),
                (Waiting::Annotate(reply), Err(error)) => answer(reply, Err(error.clone())),
                (Waiting::Delete(reply), Err(error)) => answer(reply, Err(error.clone())),
                (Waiting::Vectors(reply), Err(error)) => answer(reply, Err(error.clone())),
            }
        }
    }
}

/// New passages, then the articles, then away with the old passages; flushed
/// between the first two, so that an article that is there has its passages.
fn apply(
    engine: &Engine,
    changes: Vec<Change>,
    vectors: Vec<(ModelIdentity, Vectors)>,
) -> Result<Vec<Applied>, StoreError> {
    engine.folder.check_room(0)?;
    let ids: Vec<ArticleId> = changes.iter().map(|change| change.id.clone()).collect();
    let current = engine.revisions(&ids)?;
    for (model, vectors) in vectors {
        engine.set_vectors(&model, vectors)?;
    }

    let mut applied = Vec::with_capacity(changes.len());
    let (mut passages, mut articles) = (Vec::new(), Vec::new());
    let mut replaced: Vec<(ArticleId, Option<u64>, Option<u64>)> = Vec::new();
    for (change, current) in changes.into_iter().zip(current) {
        applied.push(match change.to {
            Target::Whole {
                revision,
                replaces,
                article,
                passages: new,
            } if replaces == current => {
                replaced.push((change.id, current, Some(revision)));
                passages.extend(new);
                articles.push(article);
                Applied::Done
            }
            Target::Annotated(mut article) if current == Some(article.revision) => {
                let there = read(engine, std::slice::from_ref(&change.id))?.pop();
                if let Some(there) = there {
                    article.topics = there.topics;
                    article.topics_matched = there.topics_matched;
                }
                articles.push(article_point(&article)?);
                Applied::Done
            }
            Target::Gone if current.is_some() => {
                articles.push(Point {
                    id: payload::article_point(&change.id),
                    lexical: None,
                    payload: payload::of_gone(&change.id),
                });
                replaced.push((change.id, current, None));
                Applied::Done
            }
            Target::Gone => Applied::Absent,
            Target::Whole { .. } | Target::Annotated(_) => Applied::Conflict,
        });
    }

    show(engine, replaced.iter().map(|(id, old, _)| (id, *old)));
    if !passages.is_empty() {
        engine.upsert(passages)?;
        engine.flush()?;
    }
    engine.upsert(articles)?;
    engine.flush()?;
    show(engine, replaced.iter().map(|(id, _, new)| (id, *new)));
    remove_old(engine, &replaced)?;
    let mut replacing = engine
        .replacing
        .write()
        .unwrap_or_else(PoisonError::into_inner);
    for (id, ..) in &replaced {
        replacing.remove(id);
    }
    drop(replacing);
    if let Err(error) = engine.folder.trim_log() {
        tracing::warn!(%error, "the store's log could not be trimmed and takes room");
    }
    Ok(applied)
}

/// Says which revision of these articles searches may show.
fn show<'a>(engine: &Engine, articles: impl Iterator<Item = (&'a ArticleId, Option<u64>)>) {
    let mut replacing = engine
        .replacing
        .write()
        .unwrap_or_else(PoisonError::into_inner);
    replacing.extend(articles.map(|(id, revision)| (id.clone(), revision)));
}

/// Removes the passages of other revisions than the new one. Not flushed: what
/// a stop leaves of them is removed at the next start.
fn remove_old(
    engine: &Engine,
    replaced: &[(ArticleId, Option<u64>, Option<u64>)],
) -> Result<(), StoreError> {
    let replaced: HashMap<String, Option<u64>> = replaced
        .iter()
        .filter(|(_, old, _)| old.is_some())
        .map(|(id, _, new)| (id.to_string(), *new))
        .collect();
    if replaced.is_empty() {
        return Ok(());
    }
    let filter = all(
        vec![
            any(payload::ARTICLE_ID, replaced.keys().cloned()),
            word(payload::KIND, payload::PASSAGE),
        ],
        Vec::new(),
    );
    let fields = [payload::ARTICLE_ID, payload::REVISION];
    let (passages, _) = engine.scroll(filter, &fields, None, usize::MAX - 1)?;
    let old = passages.iter().filter(|record| {
        let payload = record.payload.as_ref();
        let new = text(payload, payload::ARTICLE_ID)
            .and_then(|id| replaced.get(id))
            .copied();
        new.flatten() != revision(payload)
    });
    engine.remove(old.map(|record| record.id).collect())
}

fn prepare(engine: &Engine, model: &ModelIdentity) -> Result<(), StoreError> {
    if engine.has_model(model) {
        return Ok(());
    }
    engine.add_model(model)?;
    engine.flush()
}

fn switch(engine: &Engine, model: &ModelIdentity) -> Result<(), StoreError> {
    prepare(engine, model)?;
    let meta = Point {
        id: payload::meta_point(),
        lexical: None,
        payload: payload::of_model(model)?,
    };
    engine.upsert(vec![meta])?;
    engine.flush()?;
    *engine.model.write().unwrap_or_else(PoisonError::into_inner) = Some(model.clone());
    engine.keep_only(model)?;
    engine.flush()
}

fn outcome(applied: Applied) -> PutOutcome {
    match applied {
        Applied::Done => PutOutcome::Written,
        Applied::Conflict | Applied::Absent => PutOutcome::Conflict,
    }
}

fn answer<T>(reply: Reply<T>, result: Result<T, StoreError>) {
    // The caller may have gone; what it asked for is done all the same.
    let _ = reply.send(result);
}
