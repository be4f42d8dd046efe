//! Question to answer: sources → prompt → model → claims, each checked against
//! what it cites as it ends.
//!
//! The model quotes and phrases; numbers ([`crate::facts`]), citations and
//! refusal are code. Without a model, sentences of the sources are quoted.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use futures::StreamExt;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    article::{ArticleId, Origin, Paragraph},
    brief::{Engine, PromptId},
    check::{self, Finding, Verdict},
    language,
    llm::{Ending, Format, LanguageModel, LlmError, Message, Piece, Request, Usage},
    prompt::{AnswerContext, PromptError, Prompts},
    retrieve::{Evidence, Hit},
    time::Time,
};

pub mod citation;
mod compose;
mod follow_up;
mod quote;
mod relevance;
mod reply;
mod source;

pub use follow_up::standalone;

use compose::{Composer, Setting};
use quote::quote;
use source::Source;

/// Tokens that an answer may take.
const ANSWER_TOKENS: usize = 800;
/// Tokens left free, for what the chat template adds.
const SLACK_TOKENS: usize = 64;
/// How often a prompt that does not fit is made smaller.
const MOST_REFITS: usize = 2;

/// A question with what was found for it.
#[derive(Debug, Clone)]
pub struct AskRequest {
    /// What is asked, as it was asked.
    pub question: String,
    /// The language to answer in, as a tag; the question's own when absent.
    pub language: Option<String>,
    /// What was found, best first.
    pub hits: Vec<Hit>,
    /// Paragraphs of the hits' articles; a hit of another article keeps its own paragraph number.
    pub paragraphs: HashMap<ArticleId, Vec<Paragraph>>,
    /// Whether anything found is relevant; if not, no model is asked.
    pub relevant: bool,
    /// How the answer should sound, in the words of whoever asks; it changes no source.
    pub style: Option<String>,
    /// Leave out claims that are not supported.
    pub strict: bool,
    /// The day that "today" is.
    pub today: Date,
    /// What the search took.
    pub retrieved_in: Duration,
    /// What a reader should know of the search.
    pub notes: Vec<String>,
}

/// What happens while an answer is written; [`Answer`] follows as the result.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum AskEvent {
    /// More text of the answer.
    Delta {
        /// To be appended.
        text: String,
    },
    /// A claim of the text told so far, checked.
    Claim {
        /// Its place in [`Answer::claims`].
        index: usize,
        /// The claim.
        #[serde(flatten)]
        claim: Claim,
    },
}

/// A sentence of an answer with what the check says of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Claim {
    /// The sentence, without markers.
    pub text: String,
    /// Numbers into the answer's `citations`.
    pub citations: Vec<u32>,
    /// The check's word.
    pub verdict: Verdict,
    /// What the check found.
    pub findings: Vec<Finding>,
}

/// The sentences of an article that a claim rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Citation {
    /// The number that the answer's `[n]` and claims use, from 1.
    pub n: u32,
    /// The article.
    pub article_id: ArticleId,
    /// Its title.
    pub title: String,
    /// Its outlet.
    pub source: Option<String>,
    /// Its address.
    pub url: Option<String>,
    /// Its date.
    pub published_at: Option<Time>,
    /// The number of the paragraph in which the words start, from 1.
    pub paragraph: u32,
    /// First character in the article's text, in Unicode scalars.
    pub start: usize,
    /// One past the last character, in Unicode scalars.
    pub end: usize,
    /// The words.
    pub quote: String,
    /// Whether they are the article's own or its brief's.
    pub origin: Origin,
}

/// How long the parts of an answer took, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Timings {
    /// Milliseconds of finding passages.
    pub retrieve: u64,
    /// Milliseconds from the question to the model's first token; absent where no model was asked.
    pub first_token: Option<u64>,
    /// Milliseconds in all.
    pub total: u64,
}

/// An answer as it is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Answer {
    /// The text, with `[n]`.
    pub answer: String,
    /// Its language, as a tag.
    pub language: String,
    /// Whether the sources do not answer the question.
    pub abstained: bool,
    /// What wrote it.
    pub engine: Engine,
    /// The model that wrote it.
    pub model: Option<String>,
    /// Its sentences.
    pub claims: Vec<Claim>,
    /// What `[n]` stands for.
    pub citations: Vec<Citation>,
    /// What was found for the question.
    pub hits: Vec<Hit>,
    /// Whether that answers it, as a search judges it before any model is asked.
    #[serde(default)]
    pub retrieval: Option<Evidence>,
    /// Tokens taken.
    pub usage: Usage,
    /// How long it took.
    pub timings_ms: Timings,
    /// The prompt, where a model wrote it.
    pub prompt: Option<PromptId>,
    /// What a reader should know of how it was made.
    pub notes: Vec<String>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The model gave none.
    #[error(transparent)]
    Llm(#[from] LlmError),
    /// The prompt cannot be used.
    #[error(transparent)]
    Prompt(#[from] PromptError),
    /// The `llm` engine was asked for where there is none.
    #[error("answering with the llm engine: {reason}; leave `engine` out to have sentences quoted")]
    NoModel {
        /// Why there is none.
        reason: String,
    },
}

/// Answers `request` with `model`, or by quoting sentences where there is none,
/// telling what happens on the way. Dropping the future ends the model's call.
///
/// # Errors
/// When the model or the prompt fails. That the sources do not answer is no error.
pub async fn ask(
    model: Option<&dyn LanguageModel>,
    prompts: &Prompts,
    request: &AskRequest,
    tell: &mut (dyn FnMut(AskEvent) + Send),
) -> Result<Answer, AskError> {
    let started = Instant::now();
    let language = match request.language.as_deref() {
        Some(tag) if tag != language::UNDETERMINED => tag.to_owned(),
        _ => match language::detect(&request.question) {
            // Who asks in a word or two is answered in English, numbers included.
            language::UNDETERMINED => "en".to_owned(),
            tag => tag.to_owned(),
        },
    };
    let mut answer = Answer {
        answer: String::new(),
        language,
        abstained: false,
        engine: if model.is_some() {
            Engine::Llm
        } else {
            Engine::Extractive
        },
        model: model.map(|m| m.name().to_owned()),
        claims: Vec::new(),
        citations: Vec::new(),
        hits: request.hits.clone(),
        retrieval: None,
        usage: Usage::default(),
        timings_ms: Timings::default(),
        prompt: None,
        notes: request.notes.clone(),
    };
    if request.relevant && !request.hits.is_empty() {
        match model {
            Some(model) => write(model, prompts, request, &mut answer, started, tell).await?,
            None => quote(request, &mut answer, tell),
        }
    } else {
        answer
            .notes
            .push("nothing relevant was found; no model was asked".to_owned());
    }
    if answer.claims.is_empty() {
        answer.abstained = true;
    }
    if answer.abstained && answer.answer.trim().is_empty() {
        let text = refusal(&answer.language).to_owned();
        answer.answer = text.clone();
        tell(AskEvent::Delta { text });
    }
    let retrieve = millis(request.retrieved_in);
    answer.timings_ms.retrieve = retrieve;
    answer.timings_ms.total = retrieve + millis(started.elapsed());
    Ok(answer)
}

/// Has the model write the answer from as many sources as fit its context.
async fn write(
    model: &dyn LanguageModel,
    prompts: &Prompts,
    request: &AskRequest,
    answer: &mut Answer,
    started: Instant,
    tell: &mut (dyn FnMut(AskEvent) + Send),
) -> Result<(), AskError> {
    answer.prompt = Some(prompts.id::<AnswerContext>());
    let sources: Vec<Source<'_>> = request
        .hits
        .iter()
        .map(|hit| Source::new(hit, paragraphs_of(request, hit), &answer.language))
        .collect();
    let context_tokens = model.context_tokens().await;
    let max_tokens = ANSWER_TOKENS.min(context_tokens / 4);
    let mut budget = context_tokens.saturating_sub(max_tokens + SLACK_TOKENS);
    let mut refits = 0;
    let (mut pieces, used) = loop {
        let (messages, used) = fitted(model, prompts, request, &answer.language, &sources, budget)?;
        let call = Request {
            messages,
            max_tokens,
            format: Some(Format {
                name: "answer".to_owned(),
                schema: reply::schema(&answer.language, &sources[..used]),
            }),
        };
        match model.stream(&call).await {
            Ok(pieces) => break (pieces, used),
            Err(LlmError::ContextExceeded {
                prompt_tokens,
                context,
                ..
            }) if refits < MOST_REFITS && used > 1 => {
                refits += 1;
                // By the server's own figures where it gives them, else by a third.
                let share = match (prompt_tokens, context) {
                    (Some(prompt), Some(context)) => {
                        context.saturating_sub(max_tokens + SLACK_TOKENS) as f64 / prompt as f64
                    }
                    _ => 0.67,
                };
                budget = (budget as f64 * share.clamp(0.1, 0.9)) as usize;
            }
            Err(error) => return Err(error.into()),
        }
    };
    if used < sources.len() {
        answer.notes.push(format!(
            "{used} of {} passages were read: more do not fit the model's context of {context_tokens} tokens",
            sources.len()
        ));
    }
    let language = answer.language.clone();
    let mut composer = Composer::new(Setting {
        question: &request.question,
        language: &language,
        sources: &sources[..used],
        strict: request.strict,
    });
    let mut ending = Ending::default();
    while let Some(piece) = pieces.next().await {
        match piece? {
            Piece::Text(text) => {
                answer.timings_ms.first_token.get_or_insert_with(|| {
                    millis(request.retrieved_in) + millis(started.elapsed())
                });
                composer.push(&text, tell);
            }
            Piece::End(end) => ending = end,
        }
    }
    composer.finish(tell);
    answer.abstained = composer.refused();
    answer.usage = ending.usage;
    if composer.withheld > 0 {
        answer.notes.push(format!(
            "{} claims were withheld: their sources do not bear them out",
            composer.withheld
        ));
    }
    if ending.cut {
        answer
            .notes
            .push("the answer was cut at the model's token limit".to_owned());
    }
    if ending.prompt_truncated {
        answer.notes.push(
            "the model's server read only a part of the prompt; set its context length higher"
                .to_owned(),
        );
    }
    answer.answer = composer.answer;
    answer.claims = composer.claims;
    answer.citations = composer.citations;
    Ok(())
}

/// The messages with as many sources, best first, as `budget` tokens hold; at least one.
fn fitted(
    model: &dyn LanguageModel,
    prompts: &Prompts,
    request: &AskRequest,
    language: &str,
    sources: &[Source<'_>],
    budget: usize,
) -> Result<(Vec<Message>, usize), AskError> {
    let fence = prompts.fence(
        sources
            .iter()
            .flat_map(|s| [s.hit.title.as_str(), s.quotable.shown()])
            .chain([request.question.as_str()])
            .chain(request.style.as_deref()),
    );
    let mut used = sources.len();
    loop {
        let context = AnswerContext {
            question: request.question.clone(),
            language: language_name(language).to_owned(),
            today: request.today.to_string(),
            style: request.style.clone().unwrap_or_default(),
            sources: sources[..used]
                .iter()
                .zip(1..)
                .map(|(s, n)| s.text(n))
                .collect(),
            fence: fence.clone(),
        };
        let messages = prompts.render(&context)?;
        let tokens: usize = messages.iter().map(|m| model.tokens(&m.content)).sum();
        if tokens <= budget || used <= 1 {
            return Ok((messages, used));
        }
        used -= 1;
    }
}

fn paragraphs_of<'a>(request: &'a AskRequest, hit: &Hit) -> &'a [Paragraph] {
    request
        .paragraphs
        .get(&hit.article_id)
        .map_or(&[], Vec::as_slice)
}

/// The check of a claim against the passages that it cites.
fn judge(claim: &str, passages: &[&Source<'_>]) -> (Verdict, Vec<Finding>) {
    if passages.is_empty() {
        return (Verdict::Uncited, Vec::new());
    }
    let sources: Vec<check::Source<'_>> = passages
        .iter()
        .map(|source| check::Source {
            text: &source.hit.text,
            published: source.hit.published_at.as_ref().map(Time::date),
        })
        .collect();
    let checked = check::check(claim, &sources, None);
    (checked.verdict(), checked.findings().to_vec())
}

/// What is said where the sources do not answer.
fn refusal(language: &str) -> &'static str {
    match language {
        "zh-Hant" => "現有報道沒有回答這個問題。",
        tag if language::is_chinese(tag) => "现有报道没有回答这个问题。",
        _ => "The articles at hand do not answer this question.",
    }
}

/// A language's English name, for a prompt; the tag itself where it is a rare one.
fn language_name(tag: &str) -> &str {
    match tag {
        "zh-Hant" => "Traditional Chinese",
        tag if language::is_chinese(tag) => "Simplified Chinese",
        _ => match tag.split('-').next().unwrap_or(tag) {
            "en" => "English",
            "de" => "German",
            "fr" => "French",
            "es" => "Spanish",
            "pt" => "Portuguese",
            "it" => "Italian",
            "ru" => "Russian",
            "ja" => "Japanese",
            "ko" => "Korean",
            "ar" => "Arabic",
            _ => tag,
        },
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
