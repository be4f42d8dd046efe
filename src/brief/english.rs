//! Sentences of an article in English, checked like any claim.

use std::ops::Range;

use serde_json::json;

use crate::article::{Article, slice};
use crate::check::{self, CheckedClaim, Source};
use crate::extract::quotable::Quotable;
use crate::harmless::harmless;
use crate::llm::{Format, LanguageModel, Request, json};
use crate::phrase::whole_sentences;
use crate::prompt::{self, EnglishContext, Prompts};
use crate::time::Time;
use crate::writing::{WritingError, is_english};

/// Characters that the English may take for each of the source, and in all.
const FOR_EACH: usize = 6;
const LONGEST: usize = 900;
/// Tokens that it may take.
const TOKENS: usize = 400;

/// What sentences of a source say in English.
#[derive(Debug)]
pub struct English {
    /// The words.
    pub text: String,
    /// What the check says of them.
    pub checked: CheckedClaim,
}

/// `span` of an article's text in English by `model`; `None` where its reply cannot
/// be used.
///
/// # Errors
/// When the model or the prompt fails.
pub async fn in_english(
    model: &dyn LanguageModel,
    prompts: &Prompts,
    article: &Article,
    span: Range<usize>,
) -> Result<Option<English>, WritingError> {
    let source = Source {
        text: slice(&article.text, span.start, span.end),
        published: article.published_at.as_ref().map(Time::date),
    };
    let quotable = Quotable::new(source.text, article.text_language(), source.published, "en");
    let longest = (span.len() * FOR_EACH).clamp(80, LONGEST);
    let request = Request {
        messages: prompts.render(&EnglishContext {
            text: quotable.shown().to_owned(),
            fence: prompts.fence([quotable.shown()]),
        })?,
        max_tokens: TOKENS,
        format: Some(Format {
            name: "english".to_owned(),
            schema: json!({
                "type": "object",
                "properties": {"english": prompt::english(longest)},
                "required": ["english"],
                "additionalProperties": false,
            }),
        }),
    };
    let reply = model.complete(&request).await?.text;
    let text = json::read(&reply).and_then(|read| {
        let text = harmless(read.value.get("english")?.as_str()?);
        whole_sentences(&text, longest)
    });
    Ok(text.filter(|text| is_english(text)).map(|text| English {
        checked: check::check(&text, &[source], None),
        text,
    }))
}
