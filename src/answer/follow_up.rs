//! Follow-up questions: what a reader asks with the conversation in mind, made a
//! question that a search understands.

use serde_json::json;

use super::AskError;
use crate::{
    extract::overlap::differ,
    language,
    llm::{Format, LanguageModel, Message, Request, Role, json},
    prompt::{Prompts, RewriteContext},
};

/// A follow-up question made to stand alone, for the search: by the model, or
/// where there is none, by putting the question before it in front.
///
/// # Errors
/// When the model or the prompt fails.
pub async fn standalone(
    model: Option<&dyn LanguageModel>,
    prompts: &Prompts,
    question: &str,
    history: &[Message],
) -> Result<String, AskError> {
    let previous = history.iter().rev().find(|m| m.role == Role::User);
    let Some(previous) = previous else {
        return Ok(question.to_owned());
    };
    let joined = format!("{} {question}", previous.content);
    let Some(model) = model else {
        return Ok(joined);
    };
    let lines: Vec<String> = history
        .iter()
        .rev()
        .take(6)
        .rev()
        .filter(|m| m.role != Role::System)
        .map(|m| {
            let who = if m.role == Role::User {
                "Reader"
            } else {
                "Answer"
            };
            format!("{who}: {}", m.content.chars().take(400).collect::<String>())
        })
        .collect();
    let history = lines.join("\n");
    let fence = prompts.fence([history.as_str(), question]);
    let context = RewriteContext {
        history,
        question: question.to_owned(),
        fence,
    };
    let request = Request {
        messages: prompts.render(&context)?,
        max_tokens: 120,
        format: Some(Format {
            name: "question".to_owned(),
            schema: json!({
                "type": "object",
                "properties": {"question": {"type": "string", "maxLength": 300}},
                "required": ["question"],
                "additionalProperties": false,
            }),
        }),
    };
    let text = model.complete(&request).await?.text;
    let rewritten = json::read(&text)
        .and_then(|read| Some(read.value.get("question")?.as_str()?.trim().to_owned()))
        .unwrap_or_else(|| text.trim().to_owned());
    // A rewriting in another language, or none at all, is worth less than the words themselves.
    let fits = !rewritten.is_empty()
        && rewritten.chars().count() <= 300
        && !differ(language::detect(&rewritten), language::detect(question));
    Ok(if fits { rewritten } else { joined })
}
