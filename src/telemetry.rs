//! What an operator sees: metrics, as Prometheus reads them, and traces by OTLP. No
//! label and no attribute holds a word of a question, an answer or an article.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use metrics_process::Collector;

use crate::answer::Answer;
use crate::app::App;
use crate::brief::{Brief, CheckCounts};
use crate::digest::Digest;
use crate::llm::{LlmError, Piece, Request, Usage};

mod trace;

pub use trace::{Traces, TracesError};

/// Seconds, from a search by words to an answer of a slow model.
const SECONDS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0,
];
/// Texts that are embedded at once.
const TEXTS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];

const REQUESTS: &str = "dragoman_http_requests_total";
const REQUEST_SECONDS: &str = "dragoman_http_request_duration_seconds";
const OPEN: &str = "dragoman_http_responses_open";
const RETRIEVAL_SECONDS: &str = "dragoman_retrieval_duration_seconds";
const MODEL_SECONDS: &str = "dragoman_model_duration_seconds";
const FIRST_TOKEN_SECONDS: &str = "dragoman_model_first_token_seconds";
const TOKENS: &str = "dragoman_model_tokens_total";
const ANSWERS: &str = "dragoman_answers_total";
const CLAIMS: &str = "dragoman_claims_total";
const MODEL_RESTING: &str = "dragoman_model_resting";
const EMBED_WAITING: &str = "dragoman_embed_waiting_texts";
const EMBED_TEXTS: &str = "dragoman_embed_batch_texts";
const EMBED_SECONDS: &str = "dragoman_embed_batch_duration_seconds";
const VECTORS_MISSING: &str = "dragoman_vectors_missing_passages";
const FEED_POLLS: &str = "dragoman_feed_polls_total";
const BRIEFS_WAITING: &str = "dragoman_briefs_waiting";
const STORE_ARTICLES: &str = "dragoman_store_articles";
const STORE_PASSAGES: &str = "dragoman_store_passages";
const STORE_VECTORS: &str = "dragoman_store_vectors";
const STORE_UP: &str = "dragoman_store_up";
const DENSE_READY: &str = "dragoman_dense_ready";

/// Collects metrics from now on; the first call decides for the process.
pub fn collect() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let seconds = Matcher::Suffix("_seconds".to_owned());
        let texts = Matcher::Full(EMBED_TEXTS.to_owned());
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(seconds, SECONDS)
            .and_then(|builder| builder.set_buckets_for_metric(texts, TEXTS))
            .expect("the constant buckets are not empty")
            .build_recorder();
        let handle = recorder.handle();
        // Only a test's process can have another one, which then keeps its own.
        let _ = metrics::set_global_recorder(recorder);
        describe();
        handle
    })
}

/// All metrics as text, those of store and process as they are now.
pub async fn render(app: &App) -> String {
    let handle = collect();
    Collector::default().collect();
    let state = app.state();
    gauge!(VECTORS_MISSING).set(app.vectors_missing().unwrap_or(0) as f64);
    gauge!(BRIEFS_WAITING).set(app.briefs_waiting() as f64);
    gauge!(DENSE_READY).set(f64::from(u8::from(state.dense == "ready")));
    let counts = app.counts_soon().await;
    gauge!(STORE_UP).set(f64::from(u8::from(counts.is_ok())));
    if let Ok(counts) = counts {
        gauge!(STORE_ARTICLES).set(counts.articles as f64);
        gauge!(STORE_PASSAGES).set(counts.passages as f64);
        gauge!(STORE_VECTORS).set(state.vectors as f64);
    }
    handle.render()
}

/// A request whose response has begun.
pub fn responded(method: &str, route: &str, status: u16, took: Duration) {
    let labels = [
        ("method", method.to_owned()),
        ("route", route.to_owned()),
        ("status", status.to_string()),
    ];
    counter!(REQUESTS, &labels).increment(1);
    histogram!(REQUEST_SECONDS, &labels[..2]).record(took.as_secs_f64());
}

/// A response that is being sent, until it is dropped.
pub struct Open(());

impl Open {
    /// Counts one more.
    pub fn new() -> Open {
        gauge!(OPEN).increment(1.0);
        Open(())
    }
}

impl Default for Open {
    fn default() -> Open {
        Open::new()
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        gauge!(OPEN).decrement(1.0);
    }
}

/// Passages were found.
pub fn retrieved(mode: &'static str, took: Duration) {
    histogram!(RETRIEVAL_SECONDS, "mode" => mode).record(took.as_secs_f64());
}

/// A call of the model, from its start over its first token to its end.
pub struct ModelCall {
    call: String,
    started: Instant,
    first: bool,
}

impl ModelCall {
    /// Begins one; it is called as the JSON that it asks for.
    pub fn start(request: &Request) -> ModelCall {
        let format = request.format.as_ref();
        ModelCall {
            call: format.map_or("prose", |format| &format.name).to_owned(),
            started: Instant::now(),
            first: false,
        }
    }

    /// A piece of a streamed answer has come.
    pub fn saw(&mut self, piece: &Result<Piece, LlmError>) {
        match piece {
            Ok(Piece::Text(_)) if !self.first => {
                self.first = true;
                let took = self.started.elapsed().as_secs_f64();
                histogram!(FIRST_TOKEN_SECONDS, "call" => self.call.clone()).record(took);
            }
            Ok(Piece::End(ending)) => self.end(ending.usage),
            _ => {}
        }
    }

    /// It has ended.
    pub fn end(&mut self, usage: Usage) {
        let took = self.started.elapsed().as_secs_f64();
        histogram!(MODEL_SECONDS, "call" => self.call.clone()).record(took);
        for (kind, tokens) in [
            ("prompt", usage.prompt_tokens),
            ("completion", usage.completion_tokens),
        ] {
            if let Some(tokens) = tokens {
                counter!(TOKENS, "call" => self.call.clone(), "kind" => kind).increment(tokens);
            }
        }
    }
}

/// An answer was given.
pub fn answered(answer: &Answer) {
    let abstained = if answer.abstained { "true" } else { "false" };
    counter!(ANSWERS, "engine" => answer.engine.as_str(), "abstained" => abstained).increment(1);
    for claim in &answer.claims {
        counter!(CLAIMS, "in" => "answer", "verdict" => claim.verdict.as_str()).increment(1);
    }
}

/// A brief was written.
pub fn briefed(brief: &Brief) {
    claimed("brief", &brief.check);
}

/// A digest was written.
pub fn digested(digest: &Digest) {
    claimed("digest", &digest.check);
}

fn claimed(place: &'static str, check: &CheckCounts) {
    for (verdict, claims) in [
        ("supported", check.supported),
        ("contradicted", check.contradicted),
        ("unsupported", check.unsupported),
        ("uncited", check.uncited),
    ] {
        counter!(CLAIMS, "in" => place, "verdict" => verdict).increment(u64::from(claims));
    }
}

/// A feed was polled: `read`, `unchanged` or `failed`.
pub fn polled(outcome: &'static str) {
    counter!(FEED_POLLS, "outcome" => outcome).increment(1);
}

/// Whether the model's server is left alone after failures.
pub fn model_resting(resting: bool) {
    gauge!(MODEL_RESTING).set(f64::from(u8::from(resting)));
}

/// So many texts wait for a vector.
pub fn embed_waiting(texts: usize) {
    gauge!(EMBED_WAITING).set(texts as f64);
}

/// A batch of texts got its vectors.
pub fn embedded(texts: usize, took: Duration) {
    histogram!(EMBED_TEXTS).record(texts as f64);
    histogram!(EMBED_SECONDS).record(took.as_secs_f64());
}

fn describe() {
    Collector::default().describe();
    describe_counter!(
        REQUESTS,
        Unit::Count,
        "Requests by method, route and status."
    );
    describe_histogram!(
        REQUEST_SECONDS,
        Unit::Seconds,
        "From a request to the head of its response."
    );
    describe_gauge!(
        OPEN,
        Unit::Count,
        "Responses that are being made or sent, streams among them."
    );
    describe_histogram!(
        RETRIEVAL_SECONDS,
        Unit::Seconds,
        "Finding passages, by the branches searched."
    );
    describe_histogram!(
        MODEL_SECONDS,
        Unit::Seconds,
        "A call of the language model, to its end."
    );
    describe_histogram!(
        FIRST_TOKEN_SECONDS,
        Unit::Seconds,
        "A call of the language model, to its first token."
    );
    describe_counter!(
        TOKENS,
        Unit::Count,
        "Tokens as the model's server counts them."
    );
    describe_counter!(
        ANSWERS,
        Unit::Count,
        "Answers, by engine and whether the sources did not answer."
    );
    describe_counter!(
        CLAIMS,
        Unit::Count,
        "Claims of answers, briefs and digests by the check's verdict."
    );
    describe_counter!(
        FEED_POLLS,
        Unit::Count,
        "Polls of feeds, by whether they were read, unchanged or failed."
    );
    describe_gauge!(
        MODEL_RESTING,
        Unit::Count,
        "Whether the model's server is left alone after failures: 1 or 0."
    );
    describe_gauge!(
        EMBED_WAITING,
        Unit::Count,
        "Texts that wait for the embedding model."
    );
    describe_histogram!(EMBED_TEXTS, Unit::Count, "Texts that are embedded at once.");
    describe_histogram!(
        EMBED_SECONDS,
        Unit::Seconds,
        "Embedding one batch of texts."
    );
    describe_gauge!(
        VECTORS_MISSING,
        Unit::Count,
        "Passages that have no vector yet."
    );
    describe_gauge!(
        BRIEFS_WAITING,
        Unit::Count,
        "Articles whose brief is to be written by itself."
    );
    describe_gauge!(STORE_ARTICLES, Unit::Count, "Articles in the store.");
    describe_gauge!(STORE_PASSAGES, Unit::Count, "Passages in the store.");
    describe_gauge!(STORE_VECTORS, Unit::Count, "Passages that have a vector.");
    describe_gauge!(STORE_UP, Unit::Count, "Whether the store answers: 1 or 0.");
    describe_gauge!(
        DENSE_READY,
        Unit::Count,
        "Whether all passages can be found by their vectors: 1 or 0."
    );
}
