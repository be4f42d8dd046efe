//! The embedded store: Qdrant Edge in the data folder of one process.
//!
//! Reads run on blocking threads, a few at once. One thread does all writes
//! (`writer`) and acknowledges what it has flushed. Another one keeps the
//! segments in order (`upkeep`). The engine's write-ahead log is not read at
//! a start, so it counts for nothing and is trimmed as it grows (`folder`).

mod beside;
mod engine;
mod folder;
mod guard;
mod points;
mod search;
mod settings;
mod upkeep;
mod writer;

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use async_trait::async_trait;
use qdrant_edge::{PointId, Record};
use tokio::sync::{Semaphore, mpsc, oneshot};
use uuid::Uuid;

use self::engine::{Engine, Point};
use self::folder::Folder;
use self::points::{
    all, any, article, article_point, conditions, engine_error, has_vector, text, word,
};
use self::search::search;
use self::upkeep::Upkeep;
use self::writer::{Change, Command, Reply, Target};
use super::payload;
use super::{
    ArticlePage, Assignment, BranchQuery, Counts, Cursor, Filter, ModelIdentity, NewArticle,
    PutOutcome, RecordKind, ScoredPassage, Store, StoreError, StoredPassage,
};
use crate::article::{Article, ArticleId};

/// Writes that may wait for the writer before their callers do.
const WAITING: usize = 256;
/// How long closing waits for an optimisation; a stop amid one loses nothing.
const UPKEEP_PATIENCE: Duration = Duration::from_secs(10);

/// The store in a folder of this machine.
pub struct EdgeStore {
    engine: Arc<Engine>,
    commands: mpsc::Sender<Command>,
    upkeep: Mutex<Option<SyncSender<Upkeep>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    upkeep_done: Mutex<Option<std::sync::mpsc::Receiver<()>>>,
    reads: Semaphore,
}

impl EdgeStore {
    /// Opens the store of a data folder, making it where there is none.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another process has the folder,
    /// [`StoreError::Open`] when it cannot be read or written.
    pub async fn open(data: &Path) -> Result<EdgeStore, StoreError> {
        let data = data.to_owned();
        let opened = tokio::task::spawn_blocking(move || {
            let (folder, found) = Folder::take(&data)?;
            Ok(Arc::new(Engine::open(folder, found)?))
        });
        let engine = joined("opening the store", opened.await)?;
        EdgeStore::start(engine)
    }

    fn start(engine: Arc<Engine>) -> Result<EdgeStore, StoreError> {
        let (commands, received) = mpsc::channel(WAITING);
        let (upkeep, requests) = sync_channel(1);
        let (done, upkeep_done) = sync_channel(1);
        let spawned = |error| engine_error("starting the store's threads", error);
        let (for_upkeep, to_writer) = (engine.clone(), commands.downgrade());
        let keeper = Builder::new()
            .name("store-upkeep".into())
            .spawn(move || {
                upkeep::run(&for_upkeep, &requests, &to_writer);
                drop(for_upkeep);
                let _ = done.send(());
            })
            .map_err(spawned)?;
        let (for_writer, orders) = (engine.clone(), upkeep.clone());
        let writer = Builder::new()
            .name("store-writer".into())
            .spawn(move || writer::run(&for_writer, received, &orders))
            .map_err(spawned)?;
        // The one who asks for upkeep never joins its thread, which may be long at it.
        drop(keeper);
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Ok(EdgeStore {
            engine,
            commands,
            upkeep: Mutex::new(Some(upkeep)),
            threads: Mutex::new(vec![writer]),
            upkeep_done: Mutex::new(Some(upkeep_done)),
            reads: Semaphore::new(cores * 2),
        })
    }

    /// Runs a read where it holds up no other task.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Engine) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let _permit = self.reads.acquire().await;
        let engine = self.engine.clone();
        joined(
            "reading",
            tokio::task::spawn_blocking(move || work(&engine)).await,
        )
    }

    async fn write<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let closed = || engine_error("writing", "the store is closed");
        self.commands
            .send(command(reply))
            .await
            .map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    async fn keep<T>(&self, request: impl FnOnce(Reply<T>) -> Upkeep) -> Result<T, StoreError>
    where
        T: Send + 'static,
    {
        let closed = || engine_error("keeping the store in order", "the store is closed");
        let upkeep = lock(&self.upkeep).clone().ok_or_else(closed)?;
        let (reply, answer) = oneshot::channel();
        let request = request(reply);
        let sent = tokio::task::spawn_blocking(move || upkeep.send(request).is_ok()).await;
        if !sent.unwrap_or(false) {
            return Err(closed());
        }
        answer.await.map_err(|_| closed())?
    }

    /// Passages that have been replaced and are still there.
    async fn replaced(&self) -> Result<u64, StoreError> {
        let engine = self.engine.clone();
        let gone = all(vec![word(payload::KIND, payload::GONE)], Vec::new());
        let counted = tokio::task::spawn_blocking(move || engine.count(gone));
        joined("counting what was replaced", counted.await)
    }
}

impl Drop for EdgeStore {
    /// What was acknowledged is durable already; this lets the writer end.
    fn drop(&mut self) {
        lock(&self.upkeep).take();
        let (unused, _) = mpsc::channel(1);
        drop(std::mem::replace(&mut self.commands, unused));
        for thread in lock(&self.threads).drain(..) {
            let _ = thread.join();
        }
    }
}

#[async_trait]
impl Store for EdgeStore {
    async fn put(&self, batch: Vec<NewArticle>) -> Result<Vec<PutOutcome>, StoreError> {
        let encoded = tokio::task::spawn_blocking(move || {
            batch
                .into_iter()
                .map(whole)
                .collect::<Result<Vec<Change>, StoreError>>()
        });
        let changes = joined("encoding articles", encoded.await)?;
        self.write(|reply| Command::Put(changes, reply)).await
    }

    async fn annotate(&self, article: Article) -> Result<PutOutcome, StoreError> {
        let change = Change {
            id: article.id.clone(),
            to: Target::Annotated(Box::new(article)),
        };
        self.write(|reply| Command::Annotate(change, reply)).await
    }

    async fn assign(&self, assignments: Vec<Assignment>) -> Result<(), StoreError> {
        self.write(|reply| Command::Assign(assignments, reply))
            .await
    }

    async fn delete(&self, id: &ArticleId) -> Result<bool, StoreError> {
        let change = Change {
            id: id.clone(),
            to: Target::Gone,
        };
        self.write(|reply| Command::Delete(change, reply)).await
    }

    async fn get(&self, ids: &[ArticleId]) -> Result<Vec<Option<Article>>, StoreError> {
        let points: Vec<Uuid> = ids.iter().map(payload::article_point).collect();
        self.read(move |engine| {
            let records = engine.retrieve(&points, &[payload::ARTICLE])?;
            let found: HashMap<PointId, &Record> =
                records.iter().map(|record| (record.id, record)).collect();
            points
                .iter()
                .map(|point| {
                    let record = found.get(&PointId::Uuid(*point));
                    record.map_or(Ok(None), |record| article(record))
                })
                .collect()
        })
        .await
    }

    async fn list(
        &self,
        filter: &Filter,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<ArticlePage, StoreError> {
        let (filter, after) = (filter.clone(), after.cloned());
        self.read(move |engine| {
            let records = engine.newest(&filter, after.as_ref(), limit + 1)?;
            let more = records.len() > limit;
            // Until a stop is repaired, an article may be listed by its old forms too.
            let mut seen = HashSet::new();
            let articles = records
                .iter()
                .filter(|record| seen.insert(record.id))
                .filter_map(|record| article(record).transpose())
                .collect::<Result<Vec<_>, _>>()?;
            Ok(payload::page(articles, more, after, limit))
        })
        .await
    }

    async fn count(&self, filter: &Filter) -> Result<u64, StoreError> {
        let filter = filter.clone();
        self.read(move |engine| {
            let mut wanted = conditions(&filter);
            wanted.push(word(payload::KIND, payload::ARTICLE));
            engine.count(all(wanted, Vec::new()))
        })
        .await
    }

    async fn put_record(&self, record: super::Record) -> Result<(), StoreError> {
        let point = Point {
            id: payload::record_point(record.kind, &record.id),
            lexical: None,
            payload: payload::of_record(&record),
        };
        self.write(|reply| Command::PutRecord(point, reply)).await
    }

    async fn records(&self, kind: RecordKind) -> Result<Vec<super::Record>, StoreError> {
        self.read(move |engine| {
            let filter = all(
                vec![word(payload::KIND, payload::record_kind(kind))],
                Vec::new(),
            );
            let fields = [payload::RECORD_ID, payload::RECORD];
            let (found, _) = engine.scroll(filter, &fields, None, usize::MAX - 1)?;
            let read = |record: &Record| {
                let field = |name| text(record.payload.as_ref(), name);
                payload::record(kind, field(payload::RECORD_ID), field(payload::RECORD))
            };
            let mut records = found.iter().map(read).collect::<Result<Vec<_>, _>>()?;
            records.sort_by(|a, b| a.id.cmp(&b.id));
            // Until a stop is repaired, a point may be listed by its old forms too.
            records.dedup_by(|a, b| a.id == b.id);
            Ok(records)
        })
        .await
    }

    async fn delete_record(&self, kind: RecordKind, id: &str) -> Result<bool, StoreError> {
        let point = payload::record_point(kind, id);
        self.write(|reply| Command::DeleteRecord(point, reply))
            .await
    }

    async fn search(
        &self,
        query: &BranchQuery,
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<ScoredPassage>, StoreError> {
        let (query, filter) = (query.clone(), filter.clone());
        self.read(move |engine| search(engine, query, &filter, limit))
            .await
    }

    async fn prepare_model(&self, model: &ModelIdentity) -> Result<(), StoreError> {
        self.keep(|reply| Upkeep::Prepare(model.clone(), reply))
            .await
    }

    async fn current_model(&self) -> Result<Option<ModelIdentity>, StoreError> {
        Ok(self
            .engine
            .model
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone())
    }

    async fn switch_model(&self, model: &ModelIdentity) -> Result<(), StoreError> {
        self.keep(|reply| Upkeep::Switch(model.clone(), reply))
            .await
    }

    async fn without_vector(
        &self,
        model: &ModelIdentity,
        limit: usize,
    ) -> Result<Vec<StoredPassage>, StoreError> {
        let model = model.clone();
        self.read(move |engine| {
            let filter = without(engine, &model, Vec::new());
            let (records, _) = engine.scroll(filter, &[payload::PASSAGE], None, limit)?;
            records
                .iter()
                .map(|record| {
                    let json = text(record.payload.as_ref(), payload::PASSAGE);
                    payload::decode(payload::PASSAGE, json)
                })
                .collect()
        })
        .await
    }

    async fn set_vectors(
        &self,
        model: &ModelIdentity,
        vectors: Vec<(Uuid, Vec<f32>)>,
    ) -> Result<(), StoreError> {
        payload::check_dimension(model, &vectors)?;
        self.write(|reply| Command::SetVectors(model.clone(), vectors, reply))
            .await
    }

    async fn pending(
        &self,
        model: &ModelIdentity,
        ids: &[ArticleId],
    ) -> Result<Vec<ArticleId>, StoreError> {
        let (model, ids) = (model.clone(), ids.to_vec());
        self.read(move |engine| {
            let wanted = any(payload::ARTICLE_ID, ids.iter().map(ToString::to_string));
            let filter = without(engine, &model, vec![wanted]);
            let (records, _) =
                engine.scroll(filter, &[payload::ARTICLE_ID], None, usize::MAX - 1)?;
            let pending: HashSet<&str> = records
                .iter()
                .filter_map(|record| text(record.payload.as_ref(), payload::ARTICLE_ID))
                .collect();
            Ok(ids
                .into_iter()
                .filter(|id| pending.contains(id.to_string().as_str()))
                .collect())
        })
        .await
    }

    async fn counts(&self, model: Option<&ModelIdentity>) -> Result<Counts, StoreError> {
        let model = model.cloned();
        self.read(move |engine| {
            let of = |kind: &str| all(vec![word(payload::KIND, kind)], Vec::new());
            Ok(Counts {
                articles: engine.count(of(payload::ARTICLE))?,
                passages: engine.count(of(payload::PASSAGE))?,
                vectors: match model.filter(|model| engine.has_model(model)) {
                    Some(model) => engine.count(all(vec![has_vector(&model)], Vec::new()))?,
                    None => 0,
                },
            })
        })
        .await
    }

    async fn optimize(&self) -> Result<(), StoreError> {
        self.keep(Upkeep::Optimize).await
    }

    async fn compact(&self) -> Result<(u64, u64), StoreError> {
        self.keep(Upkeep::Compact).await
    }

    async fn close(&self) -> Result<(), StoreError> {
        // A run too short for the thread that keeps order would leave all that it replaced.
        if self.replaced().await? >= upkeep::WORTH as u64 {
            let optimized = tokio::time::timeout(UPKEEP_PATIENCE, self.optimize()).await;
            if let Ok(Err(error)) = optimized {
                tracing::error!(%error, "optimizing the store before it closes");
            }
        }
        let closed = self.write(Command::Close).await;
        lock(&self.upkeep).take();
        let threads = std::mem::take(&mut *lock(&self.threads));
        let done = lock(&self.upkeep_done).take();
        let engine = self.engine.clone();
        let ended = tokio::task::spawn_blocking(move || {
            for thread in threads {
                let _ = thread.join();
            }
            if done.is_none_or(|done| done.recv_timeout(UPKEEP_PATIENCE).is_err()) {
                return Ok(());
            }
            // Only now is nothing under way that a stop could leave half done.
            engine.flush()?;
            let replacing = engine
                .replacing
                .read()
                .unwrap_or_else(PoisonError::into_inner);
            let whole = replacing.is_empty()
                && !engine.repairing.load(Ordering::Relaxed)
                && !engine.doubled.load(Ordering::Relaxed);
            if whole {
                let marked = engine.folder.mark_clean();
                return marked.map_err(|error| engine_error("closing the store", error));
            }
            Ok(())
        });
        closed.and(joined("closing the store", ended.await))
    }
}

/// Passages without a vector of `model` that fulfil other conditions too.
fn without(
    engine: &Engine,
    model: &ModelIdentity,
    mut conditions: Vec<qdrant_edge::Condition>,
) -> qdrant_edge::Filter {
    conditions.push(word(payload::KIND, payload::PASSAGE));
    let has = engine.has_model(model).then(|| has_vector(model));
    all(conditions, has.into_iter().collect())
}

fn whole(new: NewArticle) -> Result<Change, StoreError> {
    let passages = new
        .passages
        .into_iter()
        .map(|passage| {
            Ok(Point {
                id: passage.passage.passage_id,
                payload: payload::of_passage(&passage.passage, &new.article)?,
                lexical: Some(passage.lexical),
            })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    Ok(Change {
        id: new.article.id.clone(),
        to: Target::Whole {
            revision: new.article.revision,
            replaces: new.replaces,
            article: article_point(&new.article)?,
            passages,
        },
    })
}

fn joined<T>(
    operation: &str,
    result: Result<Result<T, StoreError>, tokio::task::JoinError>,
) -> Result<T, StoreError> {
    result.unwrap_or_else(|error| Err(engine_error(operation, error)))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
