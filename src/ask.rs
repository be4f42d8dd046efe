//! Question to answer over the collection: the history is resolved, passages are
//! found, and the answer is written from them.

use std::collections::HashMap;
use std::time::Instant;

use jiff::civil::Date;
use tracing::Instrument;

use crate::answer::{self, Answer, AskError, AskEvent, AskRequest};
use crate::app::{App, Writer};
use crate::article::ArticleId;
use crate::brief::Engine;
use crate::config::Fallback;
use crate::llm::{LanguageModel, Message};
use crate::retrieve::{self, Hit, Mode, Query, Retrieval, RetrieveError};
use crate::store::{Filter, StoreError};
use crate::telemetry;

/// A question as a reader puts it.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// The words.
    pub text: String,
    /// The language to answer in; the question's own when absent.
    pub language: Option<String>,
    /// Which articles count.
    pub filter: Filter,
    /// The branches to search; whatever there is when absent.
    pub mode: Option<Mode>,
    /// Passages at most; the configured number when absent.
    pub limit: Option<usize>,
    /// What was said before, oldest first.
    pub history: Vec<Message>,
    /// How the answer should sound, in the reader's words.
    pub style: Option<String>,
    /// Leave out what is not supported.
    pub strict: bool,
    /// Who is to write; whoever is there when absent.
    pub engine: Option<Engine>,
    /// The day that "today" is; the clock's when absent.
    pub as_of: Option<Date>,
}

/// What happens on the way to an answer.
#[derive(Debug, Clone)]
pub enum Step {
    /// Passages were found.
    Hits(Vec<Hit>),
    /// The answer grows.
    Answer(AskEvent),
}

/// Why a question got no answer.
#[derive(Debug, thiserror::Error)]
pub enum QuestionError {
    /// The search failed.
    #[error(transparent)]
    Retrieve(#[from] RetrieveError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The answer failed.
    #[error(transparent)]
    Ask(#[from] AskError),
}

/// Answers a question, telling what happens on the way. Dropping the future ends
/// whatever is under way for it.
pub async fn ask(
    app: &App,
    question: Question,
    tell: &mut (dyn FnMut(Step) + Send),
) -> Result<Answer, QuestionError> {
    let writer = app.writer();
    let model = match (&writer, question.engine) {
        (Writer::Extractive(why), Some(Engine::Llm)) => {
            return Err(AskError::NoModel {
                reason: why.clone(),
            }
            .into());
        }
        (Writer::Extractive(_), _) | (_, Some(Engine::Extractive)) => None,
        (Writer::Model(model), _) => Some(model.as_ref() as &dyn LanguageModel),
    };
    ask_with(app, model, question, tell).await
}

/// [`ask`] with `model` as the writer, or by quoting where there is none, whatever
/// [`Question::engine`] says.
///
/// # Errors
/// When the search, the store or the model fails.
#[tracing::instrument(name = "question", skip_all)]
pub async fn ask_with(
    app: &App,
    model: Option<&dyn LanguageModel>,
    question: Question,
    tell: &mut (dyn FnMut(Step) + Send),
) -> Result<Answer, QuestionError> {
    let started = Instant::now();
    // Whoever asks for the model by name wants to hear that it failed.
    let falls_back =
        app.config.model.fallback == Fallback::Extractive && question.engine != Some(Engine::Llm);
    let history = &question.history;
    let text = match answer::standalone(model, &app.prompts, &question.text, history)
        .instrument(tracing::info_span!("rewrite"))
        .await
    {
        Err(AskError::Llm(error)) if falls_back => {
            tracing::warn!(%error, "a follow-up question is taken as it stands");
            answer::standalone(None, &app.prompts, &question.text, history).await?
        }
        text => text?,
    };
    let settings = &app.config.retrieval;
    let Retrieval {
        hits,
        notes,
        evidence,
        ..
    } = retrieve::retrieve(
        app,
        &Query {
            text: text.clone(),
            mode: question.mode,
            filter: question.filter,
            limit: question.limit.unwrap_or(settings.answer_passages),
            per_article: settings.passages_per_article,
            as_of: question.as_of,
        },
    )
    .await?;
    tell(Step::Hits(hits.clone()));
    let mut request = AskRequest {
        question: text,
        language: question
            .language
            // A follow-up that was rewritten is answered in the language it was asked in.
            .or_else(|| Some(crate::language::detect(&question.text).to_owned())),
        paragraphs: paragraphs(app, &hits).await?,
        relevant: evidence.is_relevant(),
        hits,
        style: question.style,
        strict: question.strict,
        today: question.as_of.unwrap_or_else(|| app.now().date()),
        retrieved_in: started.elapsed(),
        notes,
    };
    let mut told = false;
    let answer = answer::ask(model, &app.prompts, &request, &mut |event| {
        told = true;
        tell(Step::Answer(event));
    })
    .instrument(tracing::info_span!("answer"))
    .await;
    let answer = match answer {
        // What a reader has seen is not taken back.
        Err(AskError::Llm(error)) if falls_back && !told => {
            tracing::warn!(%error, "the model failed: sentences are quoted instead");
            request.notes.push(format!(
                "the model failed, so sentences are quoted instead: {error}"
            ));
            let mut tell = |event| tell(Step::Answer(event));
            answer::ask(None, &app.prompts, &request, &mut tell).await?
        }
        answer => answer?,
    };
    telemetry::answered(&answer);
    Ok(Answer {
        retrieval: Some(evidence),
        ..answer
    })
}

/// Where the paragraphs of the hits' articles are, for exact citations.
async fn paragraphs(
    app: &App,
    hits: &[Hit],
) -> Result<HashMap<ArticleId, Vec<crate::article::Paragraph>>, StoreError> {
    let mut ids: Vec<ArticleId> = hits.iter().map(|hit| hit.article_id.clone()).collect();
    ids.sort();
    ids.dedup();
    let articles = app.store.get(&ids).await?;
    Ok(articles
        .into_iter()
        .flatten()
        .map(|article| (article.id, article.paragraphs))
        .collect())
}
