//! Threads that own a model each, behind one bounded queue that hands out what
//! waits in batches of texts of similar length.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use tokio::sync::{Semaphore, oneshot};

use super::EmbedError;
use crate::telemetry;

/// One text on its way: what to embed and where its vector goes.
struct Job {
    text: String,
    reply: oneshot::Sender<Result<Vec<f32>, EmbedError>>,
}

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Job>,
    closed: bool,
}

struct Shared {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

/// A queue with its threads; they end when it is dropped.
pub(super) struct Queue {
    shared: Arc<Shared>,
    room: Semaphore,
    model: String,
    threads: Vec<JoinHandle<()>>,
}

impl Queue {
    /// Starts a thread for each of `workers`; each takes up to `batch` texts at once.
    pub(super) fn new<F>(model: &str, workers: Vec<F>, batch: usize, capacity: usize) -> Queue
    where
        F: FnMut(Vec<String>) -> Result<Vec<Vec<f32>>, EmbedError> + Send + 'static,
    {
        let shared = Arc::new(Shared {
            waiting: Mutex::default(),
            arrived: Condvar::new(),
        });
        let threads = workers
            .into_iter()
            .map(|mut run| {
                let shared = Arc::clone(&shared);
                std::thread::Builder::new()
                    .name("embed".into())
                    .spawn(move || {
                        while let Some(jobs) = shared.take(batch) {
                            answer(jobs, &mut run);
                        }
                    })
                    .expect("a thread can be started while the process has memory")
            })
            .collect();
        Queue {
            shared,
            room: Semaphore::new(capacity),
            model: model.into(),
            threads,
        }
    }

    /// Waits for room, then for the vectors.
    pub(super) async fn embed(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>, EmbedError> {
        let closed = || EmbedError::Closed {
            model: self.model.clone(),
        };
        let mut replies = Vec::with_capacity(texts.len());
        for text in texts {
            let permit = self.room.acquire().await.map_err(|_| closed())?;
            let (reply, vector) = oneshot::channel();
            {
                let mut waiting = self
                    .shared
                    .waiting
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                waiting.jobs.push_back(Job { text, reply });
                telemetry::embed_waiting(waiting.jobs.len());
            }
            self.shared.arrived.notify_one();
            replies.push((permit, vector));
        }
        let mut vectors = Vec::with_capacity(replies.len());
        for (_permit, reply) in replies {
            vectors.push(reply.await.map_err(|_| closed())??);
        }
        Ok(vectors)
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.shared
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .closed = true;
        self.shared.arrived.notify_all();
        // The runtime library must not be unloaded under a thread that is in it.
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// The oldest job and those nearest to it in length, so that little is padded;
    /// `None` when the queue is closed.
    fn take(&self, batch: usize) -> Option<Vec<Job>> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if waiting.closed {
                return None;
            }
            if let Some(first) = waiting.jobs.front() {
                let length = first.text.len();
                waiting.jobs.make_contiguous()[1..]
                    .sort_by_key(|job| job.text.len().abs_diff(length));
                let count = batch.min(waiting.jobs.len());
                let jobs = waiting.jobs.drain(..count).collect();
                telemetry::embed_waiting(waiting.jobs.len());
                return Some(jobs);
            }
            waiting = self
                .arrived
                .wait(waiting)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn answer<F>(jobs: Vec<Job>, run: &mut F)
where
    F: FnMut(Vec<String>) -> Result<Vec<Vec<f32>>, EmbedError>,
{
    // Whoever no longer waits has gone away: a search that was cancelled costs nothing.
    let (texts, replies): (Vec<_>, Vec<_>) = jobs
        .into_iter()
        .filter(|job| !job.reply.is_closed())
        .map(|job| (job.text, job.reply))
        .unzip();
    if texts.is_empty() {
        return;
    }
    let (count, started) = (texts.len(), Instant::now());
    let vectors = run(texts);
    telemetry::embedded(count, started.elapsed());
    match vectors {
        Ok(vectors) => {
            for (reply, vector) in replies.into_iter().zip(vectors) {
                let _ = reply.send(Ok(vector));
            }
        }
        Err(error) => {
            for reply in replies {
                let _ = reply.send(Err(error.clone()));
            }
        }
    }
}
