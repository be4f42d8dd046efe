//! A circuit breaker: a server that failed several times in a row is left alone
//! for a while, so that readers hear at once that it is down instead of waiting
//! for it, and then tried by one call before all others (half-open). Pure but for
//! the clock that it is given.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::LlmError;

/// Tells how late it is; a test's stands still.
pub type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

/// When a server is left alone, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Failed calls in a row, their retries not counted, after which it is left alone.
    pub failures: u32,
    /// How long at first; it doubles each time that the trying call fails too.
    pub rest: Duration,
    /// How long at most.
    pub longest: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            failures: 3,
            rest: Duration::from_secs(5),
            longest: Duration::from_secs(120),
        }
    }
}

/// How a server has done lately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// Its last call did not fail, or there was none.
    Well,
    /// Its last calls failed, but it is still asked.
    Failing {
        /// How many in a row.
        failures: u32,
        /// Why the last one did.
        last: String,
    },
    /// It is left alone.
    Resting {
        /// How many calls failed in a row.
        failures: u32,
        /// For how much longer; zero when the next call tries it.
        wait: Duration,
        /// Why the last one failed.
        last: String,
    },
}

/// The breaker of one server.
pub struct Breaker {
    patience: Patience,
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    failures: u32,
    last: String,
    /// Set while it is left alone.
    rest: Option<Rest>,
}

struct Rest {
    until: Instant,
    length: Duration,
    /// The one call that tries is under way.
    tried: bool,
}

impl std::fmt::Debug for Breaker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Breaker")
            .field("health", &self.health())
            .finish_non_exhaustive()
    }
}

/// The leave to make one call; what became of it is told to the ticket. Dropped
/// without a word (the reader went away) it counts as neither.
pub struct Ticket {
    breaker: Arc<Breaker>,
    tries: bool,
}

impl Breaker {
    /// Lets every call through until some fail.
    pub fn new(patience: Patience, clock: Clock) -> Arc<Breaker> {
        Arc::new(Breaker {
            patience,
            clock,
            state: Mutex::default(),
        })
    }

    /// How the server has done lately.
    pub fn health(&self) -> Health {
        let state = self.state();
        match &state.rest {
            Some(rest) => Health::Resting {
                failures: state.failures,
                wait: rest.until.saturating_duration_since((self.clock)()),
                last: state.last.clone(),
            },
            None if state.failures == 0 => Health::Well,
            None => Health::Failing {
                failures: state.failures,
                last: state.last.clone(),
            },
        }
    }

    /// Leave to call the server at `url`, or [`LlmError::Resting`].
    pub fn admit(self: &Arc<Breaker>, url: &str) -> Result<Ticket, LlmError> {
        let now = (self.clock)();
        let mut state = self.state();
        let State {
            failures,
            last,
            rest,
        } = &mut *state;
        let mut tries = false;
        if let Some(rest) = rest {
            if rest.tried || now < rest.until {
                return Err(LlmError::Resting {
                    url: url.to_owned(),
                    failures: *failures,
                    wait: rest.until.saturating_duration_since(now),
                    last: last.clone(),
                });
            }
            rest.tried = true;
            tries = true;
        }
        drop(state);
        Ok(Ticket {
            breaker: Arc::clone(self),
            tries,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each change is one assignment, so a panic elsewhere leaves it whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticket {
    /// The call was answered.
    pub fn succeeded(&mut self) {
        self.tries = false;
        *self.breaker.state() = State::default();
        crate::telemetry::model_resting(false);
    }

    /// The call failed; what does not say that the server is down counts as an answer.
    pub fn failed(&mut self, error: &LlmError) {
        if !error.is_servers_fault() {
            // It answered, if only to refuse.
            return self.succeeded();
        }
        let Patience {
            failures: allowed,
            rest: shortest,
            longest,
        } = self.breaker.patience;
        let now = (self.breaker.clock)();
        let mut state = self.breaker.state();
        // A call that began before the rest says nothing new.
        if state.rest.is_some() && !self.tries {
            return;
        }
        state.failures += 1;
        let error = error.clone().discreet();
        state.last = error.to_string();
        if state.failures >= allowed {
            let length = match &state.rest {
                Some(rest) => rest.length.saturating_mul(2).min(longest),
                None => shortest,
            };
            state.rest = Some(Rest {
                until: now + length,
                length,
                tried: false,
            });
            crate::telemetry::model_resting(true);
            tracing::warn!(%error, failures = state.failures, seconds = length.as_secs(), "the model's server is left alone");
        }
        self.tries = false;
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if self.tries
            && let Some(rest) = &mut self.breaker.state().rest
        {
            rest.tried = false;
        }
    }
}
