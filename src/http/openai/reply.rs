//! An answer as OpenAI's clients read it: whole, or in chunks, its citations as
//! annotations.

use std::sync::LazyLock;

use axum::http::HeaderMap;
use axum::response::sse::Event;
use regex::Regex;
use serde::Serialize;
use uuid::Uuid;

use crate::answer::{Answer, Citation, Claim, Timings};
use crate::brief::Engine;
use crate::client::segment;
use crate::http::REQUEST_ID;

/// What all parts of one reply have in common.
pub struct Frame {
    /// `chatcmpl-…`.
    pub id: String,
    /// Seconds since 1970.
    pub created: i64,
    /// As it was asked for.
    pub model: String,
    /// Whether a stream ends with the tokens taken.
    pub with_usage: bool,
    /// The address at which the client reached this server, up to the path.
    pub links: String,
}

/// A whole reply.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Completion {
    /// Such as `chatcmpl-…`.
    id: String,
    /// `chat.completion`.
    object: &'static str,
    /// Seconds since 1970.
    created: i64,
    /// As it was asked for.
    model: String,
    /// One.
    #[schema(value_type = Vec<Choice>)]
    choices: [Choice; 1],
    /// Tokens taken.
    usage: UsageOut,
    /// What an answer has beyond this shape.
    dragoman: Dragoman,
}

/// The answer within a reply.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Choice {
    /// Its number, from 0: the only one.
    index: u32,
    /// The answer.
    message: MessageOut,
    /// Always null.
    #[schema(value_type = Option<serde_json::Value>)]
    logprobs: Option<()>,
    /// `stop`.
    finish_reason: &'static str,
}

/// The answer as a message.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct MessageOut {
    /// `assistant`.
    role: &'static str,
    /// The answer with `[n]`.
    content: String,
    /// Always null.
    refusal: Option<String>,
    /// One for each `[n]`.
    annotations: Vec<Annotation>,
}

/// A part of a reply.
#[derive(Debug, Serialize)]
struct Chunk<'a> {
    id: &'a str,
    object: &'static str,
    created: i64,
    model: &'a str,
    choices: Vec<ChunkChoice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Option<UsageOut>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dragoman: Option<Dragoman>,
}

#[derive(Debug, Serialize)]
struct ChunkChoice {
    index: u32,
    delta: Delta,
    logprobs: Option<()>,
    finish_reason: Option<&'static str>,
}

#[derive(Debug, Default, Serialize)]
struct Delta {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotations: Option<Vec<Annotation>>,
}

/// A citation where its `[n]` stands.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Annotation {
    /// `url_citation`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Where the marker stands and what it leads to.
    url_citation: UrlCitation,
    /// What dragoman knows besides: article, paragraph, span, quote.
    dragoman: Citation,
}

/// A place in the content and the address that it cites.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct UrlCitation {
    /// First character of the marker in the content, in Unicode scalars.
    start_index: usize,
    /// One past its last character, in Unicode scalars.
    end_index: usize,
    /// The article's title.
    title: String,
    /// The article's address, or its page on this server.
    url: String,
}

/// Tokens that a reply took.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct UsageOut {
    /// Tokens of the prompt; 0 where the model does not say.
    prompt_tokens: u64,
    /// Tokens newly written.
    completion_tokens: u64,
    /// Tokens of both.
    total_tokens: u64,
}

/// What an answer has beyond OpenAI's shape.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Dragoman {
    /// Whether the sources do not answer the question.
    abstained: bool,
    /// The answer's language, a tag.
    language: String,
    /// What wrote it.
    engine: Engine,
    /// The model that wrote it.
    model: Option<String>,
    /// Its sentences with their verdicts.
    claims: Vec<Claim>,
    /// What a reader should know of how it was made.
    notes: Vec<String>,
    /// How long it took, in milliseconds.
    timings_ms: Timings,
}

impl Frame {
    /// The whole reply.
    pub fn whole(self, answer: Answer) -> Completion {
        let annotations = self.annotations(&answer);
        let (usage, content, dragoman) = parts(answer);
        Completion {
            id: self.id,
            object: "chat.completion",
            created: self.created,
            model: self.model,
            choices: [Choice {
                index: 0,
                message: MessageOut {
                    role: "assistant",
                    content,
                    refusal: None,
                    annotations,
                },
                logprobs: None,
                finish_reason: "stop",
            }],
            usage,
            dragoman,
        }
    }

    /// The chunk before the words.
    pub fn opening(&self) -> Event {
        self.chunk(Delta {
            role: Some("assistant"),
            content: Some(String::new()),
            ..Delta::default()
        })
    }

    /// More words.
    pub fn delta(&self, text: String) -> Event {
        self.chunk(Delta {
            content: Some(text),
            ..Delta::default()
        })
    }

    /// What follows the words: the annotations, the end, the tokens if asked for.
    pub fn closing(&self, answer: Answer) -> Vec<Event> {
        let annotations = self.annotations(&answer);
        let (usage, _, dragoman) = parts(answer);
        let mut events = vec![self.chunk(Delta {
            content: Some(String::new()),
            annotations: Some(annotations),
            ..Delta::default()
        })];
        let mut end = self.bare(vec![ChunkChoice {
            index: 0,
            delta: Delta::default(),
            logprobs: None,
            finish_reason: Some("stop"),
        }]);
        end.dragoman = Some(dragoman);
        events.push(event(&end));
        if self.with_usage {
            let mut tokens = self.bare(Vec::new());
            tokens.usage = Some(Some(usage));
            events.push(event(&tokens));
        }
        events.push(Event::default().data("[DONE]"));
        events
    }

    fn chunk(&self, delta: Delta) -> Event {
        event(&self.bare(vec![ChunkChoice {
            index: 0,
            delta,
            logprobs: None,
            finish_reason: None,
        }]))
    }

    fn bare(&self, choices: Vec<ChunkChoice>) -> Chunk<'_> {
        Chunk {
            id: &self.id,
            object: "chat.completion.chunk",
            created: self.created,
            model: &self.model,
            choices,
            // Where the tokens are asked for, each chunk before them says null.
            usage: self.with_usage.then_some(None),
            dragoman: None,
        }
    }

    /// One for each `[n]` in the answer; indices count Unicode scalars.
    fn annotations(&self, answer: &Answer) -> Vec<Annotation> {
        static MARKER: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"\[([0-9]+)\]").expect("a constant pattern that a test uses")
        });
        let mut chars = 0;
        let mut bytes = 0;
        MARKER
            .captures_iter(&answer.answer)
            .filter_map(|found| {
                let whole = found.get(0)?;
                let n: u32 = found.get(1)?.as_str().parse().ok()?;
                let citation = answer.citations.iter().find(|citation| citation.n == n)?;
                chars += answer.answer[bytes..whole.start()].chars().count();
                bytes = whole.start();
                Some(Annotation {
                    kind: "url_citation",
                    url_citation: UrlCitation {
                        start_index: chars,
                        end_index: chars + whole.len(),
                        title: citation.title.clone(),
                        url: self.link(citation),
                    },
                    dragoman: citation.clone(),
                })
            })
            .collect()
    }

    /// The article's own address, else its page on this server.
    fn link(&self, citation: &Citation) -> String {
        match &citation.url {
            Some(url) => url.clone(),
            None => format!(
                "{}/articles/{}#p{}",
                self.links,
                segment(citation.article_id.as_str()),
                citation.paragraph
            ),
        }
    }
}

/// An id that the log's request id leads to.
pub fn completion_id(headers: &HeaderMap) -> String {
    let request = headers.get(REQUEST_ID).map_or(&b""[..], |id| id.as_bytes());
    format!(
        "chatcmpl-{}",
        Uuid::new_v5(&Uuid::NAMESPACE_OID, request).simple()
    )
}

/// An event without a name.
pub fn event(value: &impl Serialize) -> Event {
    Event::default()
        .json_data(value)
        .unwrap_or_else(|_| Event::default().data("{}"))
}

/// A JSON pointer as OpenAI names places: `messages[0].content`.
pub fn place(pointer: &str) -> String {
    pointer
        .split('/')
        .skip(1)
        .fold(String::new(), |mut place, segment| {
            if segment.bytes().all(|byte| byte.is_ascii_digit()) && !segment.is_empty() {
                place.push_str(&format!("[{segment}]"));
            } else {
                if !place.is_empty() {
                    place.push('.');
                }
                place.push_str(segment);
            }
            place
        })
}

fn parts(answer: Answer) -> (UsageOut, String, Dragoman) {
    let prompt_tokens = answer.usage.prompt_tokens.unwrap_or(0);
    let completion_tokens = answer.usage.completion_tokens.unwrap_or(0);
    (
        UsageOut {
            prompt_tokens,
            completion_tokens,
            total_tokens: prompt_tokens + completion_tokens,
        },
        answer.answer,
        Dragoman {
            abstained: answer.abstained,
            language: answer.language,
            engine: answer.engine,
            model: answer.model,
            claims: answer.claims,
            notes: answer.notes,
            timings_ms: answer.timings_ms,
        },
    )
}
