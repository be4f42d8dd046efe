//! An answer as it comes in: events to pieces, with the time-outs between them.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_openai::types::stream::StreamResponse;
use futures::StreamExt;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::{Learned, Timeouts, cumulative::Cumulative, lock, transport, wire};
use crate::llm::{
    Ending, LlmError, Phase, Piece, Pieces, Usage, breaker::Ticket, think::ThinkFilter,
};

/// Prompts below this many tokens are too short to tell truncation from a bad estimate.
const TRUNCATION_FLOOR: usize = 1500;

/// An answer whose first event has come.
pub(super) struct Reading {
    pub url: String,
    pub model: String,
    pub first: Option<Value>,
    pub events: StreamResponse<Value>,
    pub done: Arc<AtomicBool>,
    pub timeouts: Timeouts,
    pub deadline: Instant,
    /// Tokens of the prompt by [`crate::llm::estimate_tokens`].
    pub estimate: usize,
    pub learned: Arc<Mutex<Learned>>,
    pub state: State,
    /// Told how the call ended.
    pub ticket: Option<Ticket>,
    /// The key, which the server may repeat in an error.
    pub secret: String,
}

/// How far the reading is.
#[derive(Default)]
pub(super) struct State {
    new: Cumulative,
    think: ThinkFilter,
    /// Thinking is left in; for a whole answer, whose thinking is cut out at once.
    raw: bool,
    begun: bool,
    received: usize,
    finish: Option<String>,
    usage: Usage,
    over: bool,
}

impl Reading {
    /// The same, and `ticket` hears how it ends.
    pub fn counted_by(mut self, ticket: Ticket) -> Reading {
        self.ticket = Some(ticket);
        self
    }

    /// The pieces without thinking.
    pub fn pieces(self) -> Pieces {
        futures::stream::unfold(self, |mut reading| async move {
            let piece = reading.next().await?;
            Some((piece, reading))
        })
        .boxed()
    }

    /// The pieces with thinking still in them.
    pub fn whole(mut self) -> Pieces {
        self.state.raw = true;
        self.pieces()
    }

    async fn next(&mut self) -> Option<Result<Piece, LlmError>> {
        if self.state.over {
            return None;
        }
        let piece = self.step().await;
        let piece = piece.map_err(|error| error.without(&self.secret));
        self.state.over = !matches!(piece, Ok(Piece::Text(_)));
        if let Some(ticket) = &mut self.ticket {
            match &piece {
                Ok(Piece::Text(_)) => {}
                Ok(Piece::End(_)) => ticket.succeeded(),
                Err(error) => ticket.failed(error),
            }
        }
        Some(piece)
    }

    async fn step(&mut self) -> Result<Piece, LlmError> {
        loop {
            let Some(event) = self.event().await? else {
                return self.end();
            };
            if let Some(error) = wire::reported_error(&self.url, &event) {
                return Err(error);
            }
            let chunk = wire::chunk(&event).map_err(|reason| LlmError::Malformed {
                url: self.url.clone(),
                reason,
                excerpt: wire::excerpt(&event.to_string()),
            })?;
            let state = &mut self.state;
            state.begun |= chunk.thinking || !chunk.text.is_empty();
            state.usage = chunk.usage.unwrap_or(state.usage);
            state.finish = chunk.finish.or(state.finish.take());
            let new = state.new.push(chunk.text);
            let text = if state.raw {
                new
            } else {
                state.think.push(&new)
            };
            if !text.is_empty() {
                state.received += text.chars().count();
                return Ok(Piece::Text(text));
            }
        }
    }

    async fn event(&mut self) -> Result<Option<Value>, LlmError> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        let (phase, patience) = if self.state.begun {
            (Phase::NextToken, self.timeouts.next_token)
        } else {
            (Phase::FirstToken, self.timeouts.first_token)
        };
        let by = Instant::now() + patience;
        let (by, phase, after): (Instant, Phase, Duration) = if by < self.deadline {
            (by, phase, patience)
        } else {
            (self.deadline, Phase::Total, self.timeouts.total)
        };
        match timeout_at(by, self.events.next()).await {
            Err(_) => Err(LlmError::Timeout {
                url: self.url.clone(),
                phase,
                after,
            }),
            Ok(None) => Ok(None),
            Ok(Some(Ok(event))) => Ok(Some(event)),
            Ok(Some(Err(error))) => Err(transport::error(&self.url, error, self.state.received)),
        }
    }

    /// After the last event: what was held back, then the end, if it is one.
    fn end(&mut self) -> Result<Piece, LlmError> {
        let state = &mut self.state;
        let held = state.new.finish();
        let rest = if state.raw {
            held
        } else {
            state.think.push(&held) + &state.think.finish()
        };
        if !rest.is_empty() {
            state.received += rest.chars().count();
            return Ok(Piece::Text(rest));
        }
        // A server closes a stream in its own way: by [DONE], a reason, its figures, or
        // nothing but the reason "" all along; without any of these it was cut.
        let said = state.finish.is_some() || state.usage != Usage::default();
        if !said && !self.done.load(Ordering::Acquire) {
            return Err(LlmError::EndedEarly {
                url: self.url.clone(),
                received: state.received,
                reason: "the server closed the connection".to_owned(),
            });
        }
        let cut = state.finish.as_deref() == Some("length");
        if state.received == 0 {
            return Err(LlmError::Empty {
                model: self.model.clone(),
                cut,
            });
        }
        Ok(Piece::End(Ending {
            usage: state.usage,
            cut,
            prompt_truncated: self.compare_estimate(),
        }))
    }

    /// Corrects the estimate of tokens by what the server counted; true when it
    /// counted so few that it cannot have read the whole prompt.
    fn compare_estimate(&self) -> bool {
        let Some(counted) = self.state.usage.prompt_tokens else {
            return false;
        };
        let ratio = counted as f64 / self.estimate.max(1) as f64;
        if self.estimate >= TRUNCATION_FLOOR && ratio < 0.4 {
            return true;
        }
        if self.estimate >= 200 {
            let mut learned = lock(&self.learned);
            let mixed = 0.7 * learned.tokens_per_estimated + 0.3 * ratio;
            learned.tokens_per_estimated = mixed.clamp(0.6, 2.0);
        }
        false
    }
}
