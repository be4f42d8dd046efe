//! The thread that keeps the embedded store in order while it is read and written.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::engine::Engine;
use super::points::engine_error;
use super::writer::{Command, Reply};
use crate::store::{ModelIdentity, StoreError};

/// A quiet time after which fewer points out of order are worth an optimisation.
const QUIET: Duration = Duration::from_secs(3);
/// How many they must be then.
pub const WORTH: usize = 1_000;

/// What can be asked of the thread.
pub enum Upkeep {
    /// Optimise, when it comes to it.
    Order,
    /// Optimise and answer.
    Optimize(Reply<()>),
    /// Leave no garbage; answers with the bytes before and after.
    Compact(Reply<(u64, u64)>),
    /// Make room for a model's vectors.
    ///
    /// Vectors get and lose their names here, between optimisations: a segment
    /// that is being optimised meanwhile comes out without the new name.
    Prepare(ModelIdentity, Reply<()>),
    /// Make a model the current one and drop the vectors of others.
    Switch(ModelIdentity, Reply<()>),
}

/// Runs until nobody can ask any more.
pub fn run(engine: &Arc<Engine>, requests: &Receiver<Upkeep>, writer: &mpsc::WeakSender<Command>) {
    if engine.repairing.load(Ordering::Relaxed) {
        match repair(writer) {
            Ok(()) => engine.repairing.store(false, Ordering::Relaxed),
            Err(error) => tracing::error!(%error, "removing what unfinished writes left"),
        }
    }
    // What an earlier run replaced and did not remove.
    order(engine, writer);
    let mut last = 0;
    loop {
        match requests.recv_timeout(QUIET) {
            Ok(Upkeep::Order) => order(engine, writer),
            Ok(Upkeep::Optimize(reply)) => {
                let _ = reply.send(optimize(engine, writer, false));
            }
            Ok(Upkeep::Compact(reply)) => {
                let before = engine.folder.size();
                let done = optimize(engine, writer, true);
                let _ = reply.send(done.map(|()| (before, engine.folder.size())));
            }
            Ok(Upkeep::Prepare(model, reply)) => {
                let _ = reply.send(write(writer, |reply| Command::Prepare(model, reply)));
            }
            Ok(Upkeep::Switch(model, reply)) => {
                let _ = reply.send(write(writer, |reply| Command::Switch(model, reply)));
            }
            Err(RecvTimeoutError::Timeout) => {
                let unordered = engine.unordered.load(Ordering::Relaxed);
                if unordered >= WORTH && unordered == last {
                    order(engine, writer);
                }
                last = unordered;
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn order(engine: &Engine, writer: &mpsc::WeakSender<Command>) {
    match optimize(engine, writer, false) {
        Ok(()) => {}
        // The store was closed meanwhile, which puts it in order itself.
        Err(_) if writer.upgrade().is_none_or(|sender| sender.is_closed()) => {}
        Err(error) => {
            tracing::error!(%error, "optimizing the store; searches go on, more slowly");
        }
    }
}

fn optimize(
    engine: &Engine,
    writer: &mpsc::WeakSender<Command>,
    thorough: bool,
) -> Result<(), StoreError> {
    if !engine.repairing.load(Ordering::Relaxed) {
        write(writer, Command::Bury)?;
    }
    engine.optimize(thorough)
}

/// Goes through all points, a page at a time so that writes go on.
fn repair(writer: &mpsc::WeakSender<Command>) -> Result<(), StoreError> {
    let mut from = None;
    loop {
        from = write(writer, |reply| Command::Repair(from, reply))?;
        if from.is_none() {
            return Ok(());
        }
    }
}

/// Has the writer do something and waits for it.
fn write<T>(
    writer: &mpsc::WeakSender<Command>,
    command: impl FnOnce(Reply<T>) -> Command,
) -> Result<T, StoreError> {
    let closed = || engine_error("writing", "the store is closed");
    let (reply, answer) = oneshot::channel();
    let sender = writer.upgrade().ok_or_else(closed)?;
    sender.blocking_send(command(reply)).map_err(|_| closed())?;
    drop(sender);
    answer.blocking_recv().map_err(|_| closed())?
}
