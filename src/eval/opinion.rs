//! A language model as the judge of support, in place of the check: it is asked
//! whether passages support a claim.

use std::collections::HashMap;
use std::sync::Arc;

use futures::StreamExt;
use serde_json::json;

use super::cache::{Cache, CachedModel};
use super::judge::{Opinions, questions_of_support};
use super::observe::Observation;
use crate::answer::AskError;
use crate::article::{Article, ArticleId};
use crate::llm::{Format, LanguageModel, Request, json};
use crate::prompt::{JudgeContext, Prompts};

/// Tokens that a yes or no takes at most.
const TOKENS: usize = 20;

/// What `model` says of everything that grading the citations of the answers asks,
/// `most` questions at once. What it says that is neither yes nor no is left out.
///
/// # Errors
/// When the model or the prompt fails.
pub async fn opinions(
    model: Arc<dyn LanguageModel>,
    prompts: &Prompts,
    cache: &Cache,
    observations: &[Observation],
    articles: &HashMap<ArticleId, Article>,
    most: usize,
) -> Result<Opinions, AskError> {
    let mut asked: Vec<(String, Vec<String>)> = observations
        .iter()
        .filter_map(|observation| observation.answer.as_ref())
        .filter(|answer| !answer.abstained)
        .flat_map(|answer| questions_of_support(answer, articles))
        .collect();
    asked.sort();
    asked.dedup();
    let model = &CachedModel::new(model, cache.clone());
    let mut stream = futures::stream::iter(asked)
        .map(|(claim, passages)| async move {
            let said = opinion(model, prompts, &claim, &passages).await?;
            Ok::<_, AskError>(((claim, passages), said))
        })
        .buffered(most.max(1));
    let mut opinions = Opinions::new();
    while let Some(result) = stream.next().await {
        let (question, said) = result?;
        if let Some(said) = said {
            opinions.insert(question, said);
        }
    }
    Ok(opinions)
}

async fn opinion(
    model: &dyn LanguageModel,
    prompts: &Prompts,
    claim: &str,
    passages: &[String],
) -> Result<Option<bool>, AskError> {
    let context = JudgeContext {
        claim: claim.to_owned(),
        passages: passages.to_vec(),
        fence: prompts.fence(passages.iter().map(String::as_str).chain([claim])),
    };
    let request = Request {
        messages: prompts.render(&context)?,
        max_tokens: TOKENS,
        format: Some(Format {
            name: "opinion".to_owned(),
            schema: json!({
                "type": "object",
                "properties": {"supported": {"type": "boolean"}},
                "required": ["supported"],
                "additionalProperties": false,
            }),
        }),
    };
    let text = model.complete(&request).await?.text;
    Ok(json::read(&text).and_then(|read| read.value.get("supported")?.as_bool()))
}
