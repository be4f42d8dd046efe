//! The one round in which a model is told what is wrong with its points.

use super::reply::{is_english, repair_schema};
use super::{Draft, Headline, REPLY_TOKENS, SLACK_TOKENS, Writing, WritingError};
use crate::check::{self, CheckedClaim, Source, Verdict};
use crate::extract::overlap::Words;
use crate::harmless::harmless;
use crate::llm::{Format, Request, json};
use crate::phrase::line;
use crate::prompt::{FaultyPoint, RepairContext};

impl Writing<'_> {
    /// Whether a repair is worth its while.
    pub(super) fn has_faults(&self, title_en: Option<&str>, drafts: &[Draft]) -> bool {
        drafts.iter().any(is_faulty) || title_en.is_some_and(|title| self.misleads(title))
    }

    /// Whether a headline says otherwise than title and text; that it says little is no fault.
    pub(super) fn misleads(&self, title: &str) -> bool {
        self.headline
            .as_ref()
            .is_some_and(|headline| headline.check(title).verdict() == Verdict::Contradicted)
    }

    /// One round in which the model is told what is wrong with its points; a new
    /// wording is taken where it has fewer faults.
    pub(super) async fn repair(
        &self,
        title_en: &mut Option<String>,
        drafts: &mut [Draft],
    ) -> Result<(), WritingError> {
        let faulty: Vec<usize> = (0..drafts.len())
            .filter(|&i| is_faulty(&drafts[i]))
            .collect();
        let mut points: Vec<FaultyPoint> = faulty
            .iter()
            .zip(1..)
            .map(|(&i, n)| {
                let draft = &drafts[i];
                let mut faults: Vec<String> = draft
                    .checked
                    .findings()
                    .iter()
                    .map(|f| f.detail.clone())
                    .collect();
                if !is_english(&draft.text) {
                    faults.push("It is not in English.".to_owned());
                }
                let source: Vec<&str> = draft
                    .places
                    .iter()
                    .map(|&place| self.places[place].text.shown())
                    .collect();
                FaultyPoint {
                    n,
                    text: draft.text.clone(),
                    faults,
                    source: source.join("\n"),
                }
            })
            .collect();
        let title = title_en.as_deref().filter(|title| self.misleads(title));
        if let (Some(title), Some(headline)) = (title, &self.headline) {
            let found = headline.check(title);
            points.push(FaultyPoint {
                n: points.len() + 1,
                text: title.to_owned(),
                faults: found.findings().iter().map(|f| f.detail.clone()).collect(),
                source: headline.shown.clone(),
            });
        }
        let count = points.len();
        let fence = self.prompts.fence(points.iter().map(|p| p.source.as_str()));
        let context = RepairContext { points, fence };
        let messages = self.prompts.render(&context)?;
        let tokens: usize = messages.iter().map(|m| self.model.tokens(&m.content)).sum();
        let max_tokens = (120 * count).min(REPLY_TOKENS);
        if tokens + max_tokens + SLACK_TOKENS > self.model.context_tokens().await {
            return Ok(());
        }
        let request = Request {
            messages,
            max_tokens,
            format: Some(Format {
                name: "points".to_owned(),
                schema: repair_schema(count),
            }),
        };
        let reply = self.model.complete(&request).await?.text;
        let read = json::read(&reply)
            .map(|read| read.value)
            .unwrap_or_default();
        for point in read["points"].as_array().into_iter().flatten() {
            let number = point["n"].as_u64().and_then(|n| usize::try_from(n).ok());
            let text = point["text"].as_str().map(|text| line(&harmless(text)));
            let (Some(number), Some(text)) = (number, text) else {
                continue;
            };
            if !is_english(&text) || text.chars().filter(|c| c.is_alphabetic()).count() < 8 {
                continue;
            }
            let Some(&i) = number.checked_sub(1).and_then(|place| faulty.get(place)) else {
                if number == count && count > faulty.len() {
                    *title_en = Some(text);
                }
                continue;
            };
            let draft = &mut drafts[i];
            let named = draft.places.first().map(|&place| place as u64 + 1);
            let (places, checked) = self.placed(&text, &Words::new(&text, true), named);
            let better = checked.verdict() == Verdict::Supported
                || !is_english(&draft.text)
                || checked.findings().len() < draft.checked.findings().len();
            if better {
                *draft = Draft {
                    group: draft.group.clone(),
                    text,
                    places,
                    checked,
                };
            }
        }
        Ok(())
    }
}

impl Headline {
    /// The check of a headline against title and text together.
    fn check(&self, headline: &str) -> CheckedClaim {
        let source = Source {
            text: &self.source,
            published: self.published,
        };
        check::check(headline, &[source], None)
    }
}

fn is_faulty(draft: &Draft) -> bool {
    draft.checked.verdict() != Verdict::Supported || !is_english(&draft.text)
}
