//! The answer without a model: sentences of the sources, quoted.

use std::collections::HashMap;

use super::source::Source;
use super::{Answer, AskEvent, AskRequest, Claim, paragraphs_of, relevance};
use crate::check::Verdict;
use crate::harmless::harmless;
use crate::retrieve::Hit;
use crate::{extract, language};

/// Answers by quoting: each sentence is a claim that cites itself.
pub(super) fn quote(
    request: &AskRequest,
    answer: &mut Answer,
    tell: &mut (dyn FnMut(AskEvent) + Send),
) {
    let asked = language::detect(&request.question).to_owned();
    let sources: Vec<Source<'_>> = request
        .hits
        .iter()
        .map(|hit| Source::new(hit, paragraphs_of(request, hit), &hit.language))
        .collect();
    // All hits of an article speak of the same.
    let mut speaks = HashMap::new();
    let speaking: Vec<&Source<'_>> = sources
        .iter()
        .filter(|source| {
            *speaks
                .entry(&source.hit.article_id)
                .or_insert_with(|| relevance::meets(&request.question, source, &sources))
        })
        .collect();
    let hits: Vec<&Hit> = speaking.iter().map(|source| source.hit).collect();
    let picks = extract::answers(&request.question, &asked, &hits);
    for pick in &picks {
        let source = speaking[pick.hit];
        let Some(sentences) = source.quotable.find(&pick.text) else {
            continue;
        };
        let n = u32::try_from(answer.citations.len()).unwrap_or(u32::MAX) + 1;
        if n == 1 {
            answer.language.clone_from(&source.hit.language);
            answer
                .notes
                .push("no model: these are sentences of the sources, quoted".to_owned());
        }
        let gap = if n == 1 { "" } else { "\n" };
        let words = harmless(&pick.text);
        let text = format!("{gap}{words} [{n}]");
        let claim = Claim {
            text: words.into_owned(),
            citations: vec![n],
            // A quotation bears itself out.
            verdict: Verdict::Supported,
            findings: Vec::new(),
        };
        answer.answer.push_str(&text);
        answer.citations.push(source.citation(n, sentences));
        answer.claims.push(claim.clone());
        tell(AskEvent::Delta { text });
        tell(AskEvent::Claim {
            index: answer.claims.len() - 1,
            claim,
        });
    }
    if speaking.is_empty() {
        answer.notes.push(
            "no article that was found speaks of all that the question names: nothing is quoted"
                .to_owned(),
        );
    }
}
