//! Everything that a request may touch, put together in one place.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, watch};
use tokio_util::task::AbortOnDropHandle;

use crate::access::{Access, AccessError};
use crate::article::{Article, ArticleId};
use crate::brief::{self, BriefStatus};
use crate::config::{BriefsWhen, Config};
use crate::embed::Embedder;
use crate::embed::remember::Remembering;
use crate::feed::Feeds;
use crate::llm::LanguageModel;
use crate::prompt::{PromptError, Prompts};
use crate::rerank::Reranker;
use crate::store::edge::EdgeStore;
use crate::store::server::{ServerOptions, ServerStore};
use crate::store::{Counts, Store, StoreError};
use crate::time::Time;
use crate::vectors;

mod dense;
mod reranking;
mod state;
mod writer;

pub use dense::load_embedder;
pub use state::State;

/// How long those who look after dragoman wait for a Qdrant server.
const PATIENCE: Duration = Duration::from_secs(2);

/// Articles whose briefs may wait in memory; the store knows the others.
pub const BRIEFS_WAITING: usize = 4096;

/// Tells the time; a test's stands still.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A model that takes a while to load, or the lack of it.
pub enum Loaded<T: ?Sized> {
    /// There is none, and why.
    Off(String),
    /// Not yet.
    Loading,
    /// It is there.
    Ready(Arc<T>),
}

/// Whether vectors can be made.
pub type Dense = Loaded<dyn Embedder>;

/// Whether what was found can be read again.
pub type Reranking = Loaded<dyn Reranker>;

impl<T: ?Sized> Loaded<T> {
    /// For the end of a sentence that begins "dense retrieval is".
    pub fn reason(&self) -> String {
        match self {
            Loaded::Off(why) => format!("off: {why}"),
            Loaded::Loading => "still loading its model".into(),
            Loaded::Ready(_) => "ready".into(),
        }
    }
}

impl<T: ?Sized> Clone for Loaded<T> {
    fn clone(&self) -> Loaded<T> {
        match self {
            Loaded::Off(why) => Loaded::Off(why.clone()),
            Loaded::Loading => Loaded::Loading,
            Loaded::Ready(model) => Loaded::Ready(model.clone()),
        }
    }
}

/// Whether answers can be written, and by what.
#[derive(Clone)]
pub enum Writer {
    /// By a language model.
    Model(Arc<dyn LanguageModel>),
    /// Only by quoting, and why.
    Extractive(String),
}

/// Everything that a request may touch.
pub struct App {
    /// The settings.
    pub config: Config,
    /// Articles, passages, vectors.
    pub store: Arc<dyn Store>,
    /// Who may call.
    pub access: Access,
    /// The prompts.
    pub prompts: Prompts,
    /// Held to read while articles are given their topics and written, and to write
    /// while a topic is: so that each article is decided with it or after it.
    pub deciding: tokio::sync::RwLock<()>,
    /// What gets feeds.
    pub feeds: Arc<Feeds>,
    writer: watch::Sender<Writer>,
    dense: watch::Sender<Dense>,
    reranking: watch::Sender<Reranking>,
    /// Whether the model that serves is about to be replaced.
    changing: AtomicBool,
    progress: watch::Sender<Progress>,
    follower: Mutex<Option<AbortOnDropHandle<()>>>,
    briefs: mpsc::Sender<ArticleId>,
    /// The articles whose briefs are being written, once for each that writes.
    writing: Mutex<Vec<ArticleId>>,
    briefs_left_out: AtomicBool,
    clock: Clock,
}

/// A brief is being written as long as this is there, however the writing ends.
pub struct BriefUnderWay<'a> {
    app: &'a App,
    id: ArticleId,
}

impl Drop for BriefUnderWay<'_> {
    fn drop(&mut self) {
        let mut writing = self.app.writing();
        if let Some(place) = writing.iter().position(|id| *id == self.id) {
            writing.swap_remove(place);
        }
    }
}

/// How far the vectors are behind the articles.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// What the store held when it was last counted.
    pub counts: Counts,
    /// How often articles have come in.
    pub wanted: u64,
    /// Up to which of these times every passage has its vector.
    pub done: u64,
}

/// Why dragoman cannot start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keys cannot be used.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// A prompt is missing or wrong.
    #[error(transparent)]
    Prompt(#[from] PromptError),
}

impl App {
    /// Opens the store and starts loading what takes longer: the embedding model,
    /// whose vectors then follow, and the language model.
    pub async fn open(config: Config) -> Result<Arc<App>, OpenError> {
        let store: Arc<dyn Store> = match ServerOptions::of(&config.qdrant) {
            Some(options) => Arc::new(ServerStore::connect(options).await?),
            None => Arc::new(EdgeStore::open(&config.data_dir).await?),
        };
        App::start(config, store).await
    }

    /// The same for who serves: a Qdrant server that is not there yet is waited for in
    /// the background, and `/readyz` says so meanwhile.
    pub async fn open_to_serve(config: Config) -> Result<Arc<App>, OpenError> {
        match ServerOptions::of(&config.qdrant) {
            Some(options) => {
                let store = ServerStore::connect_or_wait(options).await?;
                App::start(config, store).await
            }
            None => App::open(config).await,
        }
    }

    async fn start(config: Config, store: Arc<dyn Store>) -> Result<Arc<App>, OpenError> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place where the clock is read"
        )]
        let clock: Clock = Arc::new(Timestamp::now);
        let (app, briefs) = App::assemble(config, store, clock)?;
        writer::find(&app).await;
        app.dense.send_replace(Dense::Loading);
        tokio::spawn(dense::load(app.clone()));
        app.reranking.send_replace(Reranking::Loading);
        tokio::spawn(reranking::load(app.clone()));
        if app.config.briefs.when == BriefsWhen::Auto {
            tokio::spawn(brief::write_as_they_come(app.clone(), briefs));
        }
        Ok(app)
    }

    /// Puts the parts together without starting anything; no writer, no vectors.
    pub fn new(config: Config, store: Arc<dyn Store>, clock: Clock) -> Result<Arc<App>, OpenError> {
        Ok(App::assemble(config, store, clock)?.0)
    }

    fn assemble(
        config: Config,
        store: Arc<dyn Store>,
        clock: Clock,
    ) -> Result<(Arc<App>, mpsc::Receiver<ArticleId>), OpenError> {
        let (briefs, queue) = mpsc::channel(BRIEFS_WAITING);
        let fence = match config.model.fence.reveal() {
            "" => secret(),
            given => given.to_owned(),
        };
        let app = Arc::new(App {
            access: Access::load(&config.access)?,
            prompts: Prompts::load(config.model.prompts_dir.as_deref())?.fenced_by(&fence),
            feeds: Arc::new(Feeds::new(&config.feeds.private)),
            config,
            store,
            deciding: tokio::sync::RwLock::default(),
            writer: watch::Sender::new(Writer::Extractive("no model is configured".into())),
            dense: watch::Sender::new(Dense::Off("no model is configured".into())),
            reranking: watch::Sender::new(Reranking::Off("no model is configured".into())),
            // What an earlier run left is wanted from the start.
            progress: watch::Sender::new(Progress {
                wanted: 1,
                ..Progress::default()
            }),
            changing: AtomicBool::new(false),
            follower: Mutex::default(),
            briefs,
            writing: Mutex::default(),
            briefs_left_out: AtomicBool::new(false),
            clock,
        });
        Ok((app, queue))
    }

    /// The present moment in the configured zone.
    pub fn now(&self) -> Time {
        Time::new((self.clock)(), &self.config.zone())
    }

    /// What writes answers and briefs.
    pub fn writer(&self) -> Writer {
        self.writer.borrow().clone()
    }

    /// The same, whenever it changes.
    pub fn writer_changes(&self) -> watch::Receiver<Writer> {
        self.writer.subscribe()
    }

    /// Has answers and briefs written by `writer` from now on.
    pub fn set_writer(&self, writer: Writer) {
        self.writer.send_replace(writer);
    }

    /// Whether vectors can be made.
    pub fn dense(&self) -> Dense {
        self.dense.borrow().clone()
    }

    /// Has vectors made by `embedder` from now on, in the background. Where another
    /// model serves, it goes on until every passage has its new vector.
    pub fn set_embedder(self: &Arc<App>, embedder: Arc<dyn Embedder>) {
        let embedder: Arc<dyn Embedder> = Arc::new(Remembering::new(embedder));
        self.vectors_wanted();
        match self.dense() {
            Dense::Ready(old) if old.identity() != embedder.identity() => {
                self.changing.store(true, Ordering::Relaxed);
            }
            _ => self.serve(embedder.clone()),
        }
        let task = tokio::spawn(vectors::follow(Arc::downgrade(self), embedder));
        self.follower
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .replace(AbortOnDropHandle::new(task));
    }

    /// Has questions embedded by `embedder`, whose vectors are then compared.
    pub fn serve(&self, embedder: Arc<dyn Embedder>) {
        self.changing.store(false, Ordering::Relaxed);
        self.dense.send_replace(Dense::Ready(embedder));
    }

    /// Whether the vectors of another model than the one that serves are being made.
    pub fn is_changing_model(&self) -> bool {
        self.changing.load(Ordering::Relaxed)
    }

    /// Ends what runs in the background and lets go of the data, all of it on disk.
    pub async fn close(&self) -> Result<(), StoreError> {
        let follower = self
            .follower
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(follower) = follower {
            follower.abort();
            // It was aborted, which is the only error it can end with.
            let _ = follower.await;
        }
        self.dense
            .send_replace(Dense::Off("dragoman is stopping".into()));
        self.store.close().await
    }

    /// The same, once that is known.
    pub async fn dense_when_loaded(&self) -> Dense {
        when_loaded(self.dense.subscribe()).await
    }

    /// Whether what was found can be read again.
    pub fn reranking(&self) -> Reranking {
        self.reranking.borrow().clone()
    }

    /// The same, once that is known.
    pub async fn reranking_when_loaded(&self) -> Reranking {
        when_loaded(self.reranking.subscribe()).await
    }

    /// Has what is found put in order by `reranker` from now on.
    pub fn set_reranker(&self, reranker: Arc<dyn Reranker>) {
        self.reranking.send_replace(Reranking::Ready(reranker));
    }

    /// How far the vectors are.
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// How many passages wait for a vector, if any do.
    pub fn vectors_missing(&self) -> Option<u64> {
        let counts = self.progress.borrow().counts;
        Some(counts.passages.saturating_sub(counts.vectors)).filter(|missing| *missing > 0)
    }

    /// Says that there may be passages without vectors.
    pub fn vectors_wanted(&self) {
        self.progress.send_modify(|progress| progress.wanted += 1);
    }

    /// Says that all passages that were there at the time `wanted` have their vector.
    pub fn vectors_done(&self, wanted: u64) {
        self.progress.send_modify(|progress| progress.done = wanted);
    }

    /// Says that an article has come in whose brief is to be written by itself.
    pub fn brief_wanted(&self, id: &ArticleId) {
        if self.config.briefs.when == BriefsWhen::Auto {
            match self.briefs.try_send(id.clone()) {
                // The store knows which briefs are still to be written.
                Err(TrySendError::Full(_)) => self.briefs_left_out.store(true, Ordering::Relaxed),
                // Without a task that writes them there is nobody to tell.
                Ok(()) | Err(TrySendError::Closed(_)) => {}
            }
        }
    }

    /// Says that the brief of an article is being written.
    pub fn brief_under_way(&self, id: &ArticleId) -> BriefUnderWay<'_> {
        self.writing().push(id.clone());
        BriefUnderWay {
            app: self,
            id: id.clone(),
        }
    }

    /// Where an article's brief stands. That it is being written is known here and
    /// kept nowhere, so neither a reader who leaves nor a crash leaves it so.
    pub fn brief_status(&self, article: &Article) -> BriefStatus {
        match article.brief_status {
            _ if self.writing().contains(&article.id) => BriefStatus::Writing,
            BriefStatus::Writing if article.brief.is_some() => BriefStatus::Stale,
            BriefStatus::Writing => BriefStatus::None,
            status => status,
        }
    }

    fn writing(&self) -> MutexGuard<'_, Vec<ArticleId>> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many articles wait for their brief to be written by itself; of a great many,
    /// those that come first.
    pub fn briefs_waiting(&self) -> usize {
        self.briefs.max_capacity() - self.briefs.capacity()
    }

    /// Whether more articles came in since this was asked than could wait.
    pub fn briefs_left_out(&self) -> bool {
        self.briefs_left_out.swap(false, Ordering::Relaxed)
    }

    /// What the store holds, for those who ask every few seconds: a server that does not
    /// answer soon is away.
    pub async fn counts_soon(&self) -> Result<Counts, StoreError> {
        let counts = self.store.counts(None);
        let Some(url) = &self.config.qdrant.url else {
            return counts.await;
        };
        tokio::time::timeout(PATIENCE, counts)
            .await
            .unwrap_or_else(|_| {
                Err(StoreError::Unavailable {
                    operation: "counting".into(),
                    url: url.to_string(),
                    reason: format!("no answer within {} s", PATIENCE.as_secs()),
                })
            })
    }

    /// Notes what the store holds.
    pub fn report_counts(&self, counts: Counts) {
        self.progress
            .send_modify(|progress| progress.counts = counts);
    }

    /// Notes that `made` more passages have a vector.
    pub fn report_vectors_made(&self, made: u64) {
        self.progress
            .send_modify(|progress| progress.counts.vectors += made);
    }
}

async fn when_loaded<T: ?Sized>(mut model: watch::Receiver<Loaded<T>>) -> Loaded<T> {
    // The sender is the app's, which whoever waits holds, so that this cannot fail.
    let _ = model
        .wait_for(|model| !matches!(model, Loaded::Loading))
        .await;
    model.borrow().clone()
}

#[expect(
    clippy::disallowed_methods,
    reason = "whoever writes an article must not know it; tests set their own"
)]
fn secret() -> String {
    let chance: [u64; 2] = rand::random();
    format!("{:016x}{:016x}", chance[0], chance[1])
}
