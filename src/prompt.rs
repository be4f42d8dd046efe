//! Prompts: text files under `prompts/`, embedded, each replaceable by a file of
//! the same name in a folder of one's own.
//!
//! A prompt names its variables in a first line `{# variables: a, b #}`; a line
//! `---` parts the rules (system message) from the task (user message). Templates
//! are strict: a variable that is not there is an error, not an empty string.

use std::{collections::BTreeMap, path::Path};

use minijinja::{
    Environment, UndefinedBehavior,
    syntax::SyntaxConfig,
    value::{Serde, Value},
};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{brief::PromptId, llm::Message};

/// What a prompt is given. One type for each prompt, so that a prompt and its
/// variables cannot be mixed up.
pub trait Context: Serialize {
    /// The prompt's file name without its ending.
    const NAME: &'static str;
}

/// A source as a prompt shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SourceText {
    /// The number to cite it by.
    pub n: usize,
    /// Title, outlet and date on one line; `""` for none.
    pub heading: String,
    /// The words.
    pub text: String,
}

/// For `answer`: a question about sources, answered by quoted evidence as JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AnswerContext {
    /// What is asked.
    pub question: String,
    /// The language to answer in, by its English name.
    pub language: String,
    /// The day that "today" is, as `2025-10-28`.
    pub today: String,
    /// How the answer should sound, in the reader's words, or `""`.
    pub style: String,
    /// The sources, numbered from 1.
    pub sources: Vec<SourceText>,
    /// A word that no source holds; it marks where a source ends (see [`Prompts::fence`]).
    pub fence: String,
}

/// For `rewrite`: a follow-up question made to stand alone.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RewriteContext {
    /// The conversation so far, one line a turn.
    pub history: String,
    /// What is asked now.
    pub question: String,
    /// See [`AnswerContext::fence`].
    pub fence: String,
}

/// For `brief`: an article, or a part of one, to be summarised in English as JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BriefContext {
    /// The headline.
    pub title: String,
    /// When it was published, as `2025-10-28`, or `""`.
    pub date: String,
    /// The paragraphs with their numbers.
    pub paragraphs: Vec<SourceText>,
    /// Which part of how many, `""` for a whole article.
    pub part: String,
    /// Points to write at most.
    pub max_points: usize,
    /// See [`AnswerContext::fence`].
    pub fence: String,
}

/// For `digest`: statements of several articles, or a part of them, to be summarised in
/// English as JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DigestContext {
    /// What the topic is called.
    pub topic: String,
    /// Such as `2025-10-27 to 2025-11-02`, or `""`.
    pub period: String,
    /// The statements with their numbers, the heading of its report on the first of each.
    pub paragraphs: Vec<SourceText>,
    /// Which part of how many, `""` for the whole.
    pub part: String,
    /// Points to write at most.
    pub max_points: usize,
    /// See [`AnswerContext::fence`].
    pub fence: String,
}

/// A statement that failed the check.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FaultyPoint {
    /// Its number.
    pub n: usize,
    /// The statement.
    pub text: String,
    /// What is wrong with it.
    pub faults: Vec<String>,
    /// The words of the source that it must rest on.
    pub source: String,
}

/// For `repair`: statements of a brief to be put right, as JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RepairContext {
    /// What failed.
    pub points: Vec<FaultyPoint>,
    /// See [`AnswerContext::fence`].
    pub fence: String,
}

/// For `english`: sentences of a source to be put into English, as JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EnglishContext {
    /// The sentences, their numbers and dates in English already.
    pub text: String,
    /// See [`AnswerContext::fence`].
    pub fence: String,
}

/// For `judge`: whether passages support a statement, as JSON; used by the evaluation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JudgeContext {
    /// The statement.
    pub claim: String,
    /// The passages.
    pub passages: Vec<String>,
    /// See [`AnswerContext::fence`].
    pub fence: String,
}

impl Context for AnswerContext {
    const NAME: &'static str = "answer";
}
impl Context for RewriteContext {
    const NAME: &'static str = "rewrite";
}
impl Context for BriefContext {
    const NAME: &'static str = "brief";
}
impl Context for DigestContext {
    const NAME: &'static str = "digest";
}
impl Context for RepairContext {
    const NAME: &'static str = "repair";
}
impl Context for EnglishContext {
    const NAME: &'static str = "english";
}
impl Context for JudgeContext {
    const NAME: &'static str = "judge";
}

/// The schema of a string in English of at most `longest` characters: letters of
/// Latin script and punctuation, so that small models do not write Chinese.
///
/// The length is in the pattern as well, since llama.cpp heeds only one of the two;
/// the characters that JSON must escape are left out, since it does not escape them.
pub fn english(longest: usize) -> serde_json::Value {
    serde_json::json!({
        "type": "string",
        "maxLength": longest,
        "pattern": format!(r"^[ !#-\[\]-~\u00A1-\u024F\u2010-\u201F\u20AC]{{1,{longest}}}$"),
    })
}

/// The schema of a string of at most `longest` characters that begins in Chinese, so that
/// a model copies from a Chinese text and does not translate it; as [`english`] is.
///
/// Only its beginning is bound: what is copied may hold names and codes of other scripts.
pub fn chinese(longest: usize) -> serde_json::Value {
    serde_json::json!({
        "type": "string",
        "maxLength": longest,
        "pattern": format!(
            r"^[\u2E80-\uFAFF\uFF01-\uFFEF][ !#-\[\]-~\u00A1-\uD7FF\uF900-\uFFEF]{{0,{}}}$",
            longest.saturating_sub(1)
        ),
    })
}

/// The built-in prompts by name.
const BUILT_IN: [(&str, &str); 7] = [
    (AnswerContext::NAME, include_str!("../prompts/answer.txt")),
    (RewriteContext::NAME, include_str!("../prompts/rewrite.txt")),
    (BriefContext::NAME, include_str!("../prompts/brief.txt")),
    (DigestContext::NAME, include_str!("../prompts/digest.txt")),
    (RepairContext::NAME, include_str!("../prompts/repair.txt")),
    (EnglishContext::NAME, include_str!("../prompts/english.txt")),
    (JudgeContext::NAME, include_str!("../prompts/judge.txt")),
];

/// Why a prompt cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PromptError {
    /// The file cannot be read.
    #[error("reading the prompt {path}: {source}; leave the file out to use the built-in prompt")]
    Read {
        /// The file.
        path: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The text is no template, or uses what it is not given.
    #[error(
        "using the prompt {name}: {detail}; its first line lists the variables that it may use"
    )]
    Template {
        /// The prompt.
        name: String,
        /// What the template engine says.
        detail: String,
    },
}

/// The prompts in use.
#[derive(Debug)]
pub struct Prompts {
    fence: String,
    templates: Environment<'static>,
    ids: BTreeMap<&'static str, PromptId>,
}

impl Prompts {
    /// The built-in prompts, each replaced by `NAME.txt` of `folder` where that exists.
    ///
    /// # Errors
    /// When a file cannot be read or is no template.
    pub fn load(folder: Option<&Path>) -> Result<Prompts, PromptError> {
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        let tags_on_their_own_lines = SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()
            .map_err(|error| fault("syntax", &error))?;
        templates.set_syntax(tags_on_their_own_lines);
        let mut ids = BTreeMap::new();
        for (name, built_in) in BUILT_IN {
            let text = match folder {
                Some(folder) => read(&folder.join(format!("{name}.txt")))?,
                None => None,
            }
            .unwrap_or_else(|| built_in.to_owned())
            .replace("\r\n", "\n");
            let (rules, task) =
                text.split_once("\n---\n")
                    .ok_or_else(|| PromptError::Template {
                        name: name.to_owned(),
                        detail: "no line `---` parts the rules from the task".to_owned(),
                    })?;
            for (part, source) in [("rules", rules), ("task", task)] {
                templates
                    .add_template_owned(format!("{name}.{part}"), source.to_owned())
                    .map_err(|error| fault(name, &error))?;
            }
            let version = Sha256::digest(text.as_bytes())
                .iter()
                .take(6)
                .map(|byte| format!("{byte:02x}"))
                .collect();
            ids.insert(
                name,
                PromptId {
                    name: name.to_owned(),
                    version,
                },
            );
        }
        Ok(Prompts {
            fence: String::new(),
            templates,
            ids,
        })
    }

    /// The same, with `secret` in every [`fence`](Prompts::fence).
    pub fn fenced_by(self, secret: &str) -> Prompts {
        Prompts {
            fence: secret.to_owned(),
            ..self
        }
    }

    /// A word for the ends of untrusted texts that none of them can hold: it is made
    /// of a secret and of the hash of them all, so whoever wrote one of them knows
    /// neither. The same texts have the same one, so that servers can keep prompts.
    pub fn fence<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> String {
        let mut hash = Sha256::new();
        hash.update(self.fence.as_bytes());
        hash.update([0]);
        for text in texts {
            hash.update(text.as_bytes());
            hash.update([0]);
        }
        let digits: String = hash
            .finalize()
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("source-{digits}")
    }

    /// What identifies the prompt of this context.
    pub fn id<C: Context>(&self) -> PromptId {
        self.ids.get(C::NAME).cloned().unwrap_or_else(|| PromptId {
            name: C::NAME.to_owned(),
            version: String::new(),
        })
    }

    /// What identifies each of them.
    pub fn ids(&self) -> Vec<PromptId> {
        self.ids.values().cloned().collect()
    }

    /// The messages of a prompt.
    ///
    /// # Errors
    /// When the template uses a variable that the context does not have.
    pub fn render<C: Context>(&self, context: &C) -> Result<Vec<Message>, PromptError> {
        let part = |part: &str| {
            self.templates
                .get_template(&format!("{}.{part}", C::NAME))
                .and_then(|template| template.render(Value::from(Serde(context))))
                .map(|text| text.trim().to_owned())
                .map_err(|error| fault(C::NAME, &error))
        };
        let (rules, task) = (part("rules")?, part("task")?);
        let mut messages = Vec::with_capacity(2);
        if !rules.is_empty() {
            messages.push(Message::system(rules));
        }
        messages.push(Message::user(task));
        Ok(messages)
    }
}

fn read(path: &Path) -> Result<Option<String>, PromptError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(PromptError::Read {
            path: path.display().to_string(),
            source,
        }),
    }
}

fn fault(name: &str, error: &minijinja::Error) -> PromptError {
    let line = error
        .line()
        .map(|n| format!(" (line {n})"))
        .unwrap_or_default();
    PromptError::Template {
        name: name.to_owned(),
        detail: format!("{error}{line}"),
    }
}
