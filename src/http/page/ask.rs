//! A question with its answer. The answer is streamed by the page's script; without
//! JavaScript it is written before the page is sent.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::mark::{self, Piece};
use super::nav::Nav;
use super::view::{When, said, written_by};
use super::{PageError, page};
use crate::answer::{Answer, Claim};
use crate::app::App;
use crate::article::Slices;
use crate::ask::{self, Question};
use crate::check::Verdict;
use crate::client::segment;
use crate::http::extract::Params;
use crate::http::search::checked_text;

/// Passages told where the sources do not answer.
const NEAREST: usize = 3;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct AskParams {
    q: String,
    /// Whether to answer before the page is sent.
    whole: Option<String>,
}

#[derive(Serialize)]
struct AskPage {
    question: String,
    /// The question as it stands in an address.
    encoded: String,
    answer: Option<AnswerView>,
    engine: &'static str,
    engine_detail: String,
}

#[derive(Serialize)]
struct AnswerView {
    language: String,
    abstained: bool,
    text: String,
    claims: Vec<ClaimView>,
    citations: Vec<CitationView>,
    nearest: Vec<CitationView>,
    by: String,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct ClaimView {
    pieces: Vec<Piece>,
    citations: Vec<u32>,
    verdict: Verdict,
    mark: Option<&'static str>,
    details: Vec<String>,
}

#[derive(Serialize)]
struct CitationView {
    n: u32,
    address: String,
    title: String,
    source: Option<String>,
    published: Option<When>,
    quote: String,
}

/// A question and its answer.
pub(in crate::http) async fn ask(
    State(app): State<Arc<App>>,
    Params(params): Params<AskParams>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let question = params.q.trim().to_owned();
    let answer = match (&params.whole, question.as_str()) {
        (Some(_), asked) if !asked.is_empty() => Some(answered(&app, asked).await?),
        _ => None,
    };
    let state = app.state();
    let nav = Nav {
        query: question.clone(),
        ..Nav::new(&app, &headers).await?
    };
    let view = AskPage {
        encoded: segment(&question),
        question,
        answer,
        engine: state.engine,
        engine_detail: state.engine_detail,
    };
    Ok(page("ask", &nav, &view)?)
}

async fn answered(app: &App, question: &str) -> Result<AnswerView, PageError> {
    let question = Question {
        text: checked_text("/question", question.to_owned())?,
        ..Question::default()
    };
    let answer = ask::ask(app, question, &mut |_| {}).await?;
    Ok(answer_view(&answer))
}

fn answer_view(answer: &Answer) -> AnswerView {
    let citations = answer.citations.iter().map(|citation| CitationView {
        n: citation.n,
        address: format!(
            "/articles/{}?start={}&end={}#p{}",
            segment(citation.article_id.as_str()),
            citation.start,
            citation.end,
            citation.paragraph
        ),
        title: citation.title.clone(),
        source: citation.source.clone(),
        published: citation.published_at.as_ref().map(When::of),
        quote: citation.quote.clone(),
    });
    let hits = if answer.abstained { NEAREST } else { 0 };
    let nearest = answer.hits.iter().take(hits).map(|hit| CitationView {
        n: 0,
        address: format!(
            "/articles/{}#p{}",
            segment(hit.article_id.as_str()),
            hit.paragraph
        ),
        title: hit.title.clone(),
        source: hit.source.clone(),
        published: hit.published_at.as_ref().map(When::of),
        quote: hit.text.clone(),
    });
    AnswerView {
        language: answer.language.clone(),
        abstained: answer.abstained,
        text: answer.answer.clone(),
        claims: answer.claims.iter().map(claim_view).collect(),
        citations: citations.collect(),
        nearest: nearest.collect(),
        by: written_by(answer.engine, answer.model.as_deref()),
        // What wrote it is told already.
        notes: answer
            .notes
            .iter()
            .filter(|note| !note.starts_with("no model"))
            .cloned()
            .collect(),
    }
}

fn claim_view(claim: &Claim) -> ClaimView {
    let whole = 0..claim.text.chars().count();
    let marks = mark::faults(&claim.text, &claim.findings);
    ClaimView {
        pieces: mark::pieces(&Slices::new(&claim.text), whole, &marks),
        citations: claim.citations.clone(),
        verdict: claim.verdict,
        mark: said(claim.verdict),
        details: claim
            .findings
            .iter()
            .map(|finding| finding.detail.clone())
            .collect(),
    }
}
