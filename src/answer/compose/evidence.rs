//! Claims that come as JSON, each with the words that it rests on:
//! `{"claims": [{"cited", "evidence", "statement"}]}`.

use std::ops::Range;

use super::{
    super::{citation::strip, judge, relevance, reply::LONGEST_STATEMENT},
    Composer, Form,
};
use crate::{
    answer::AskEvent, check::Verdict, harmless::harmless, llm::json, phrase::whole_sentences,
};

/// The share of a claim's words that a sentence must say where the model quotes none.
const NEARLY_SAID: f32 = 0.6;

impl Composer<'_> {
    /// Makes claims of the objects that are closed: all but the last, and the last
    /// once the list is.
    pub(super) fn take_evidence(&mut self, ended: bool, tell: &mut dyn FnMut(AskEvent)) {
        let Form::Evidence { reply, taken } = &mut self.form else {
            return;
        };
        let Some(read) = json::read(reply) else {
            return;
        };
        let list = match &read.value {
            serde_json::Value::Array(list) => list.clone(),
            value => match value.get("claims") {
                Some(serde_json::Value::Array(list)) => list.clone(),
                // A single claim without the list around it.
                _ if ended && value.get("statement").is_some() => vec![value.clone()],
                _ => Vec::new(),
            },
        };
        // The last of an unfinished reply may lack its end, which is its claim, unless
        // only the list's own end is missing.
        let ends = |missing: &str| {
            json::read(&format!("{reply}{missing}")).is_some_and(|read| read.complete)
        };
        let closed = if read.complete || ends("]") || ends("]}") {
            list.len()
        } else {
            list.len().saturating_sub(1)
        };
        let new: Vec<_> = list.into_iter().take(closed).skip(*taken).collect();
        *taken += new.len();
        for item in &new {
            self.evidence(item, tell);
        }
    }

    /// One claim with its evidence. It is dropped when its quotation is in no source, when
    /// claim and evidence do not meet the question, or when it only says the question again.
    fn evidence(&mut self, item: &serde_json::Value, tell: &mut dyn FnMut(AskEvent)) {
        let field = |name: &str| item.get(name).and_then(|v| v.as_str()).unwrap_or_default();
        let (claim, marked) = strip(&harmless(field("statement")));
        let Some(claim) = whole_sentences(&claim, LONGEST_STATEMENT) else {
            return;
        };
        let quote = field("evidence");
        let named = item
            .get("cited")
            .and_then(|v| v.as_u64().or_else(|| v.as_str()?.trim().parse().ok()))
            .and_then(|n| usize::try_from(n).ok())
            .and_then(|n| n.checked_sub(1))
            .filter(|&n| n < self.setting.sources.len());
        if self.claims.iter().any(|told| told.text == claim) {
            return;
        }
        let words = self.words(&claim);
        let sources = self.setting.sources;
        // The model copies evidence better than it counts: where the quotation is
        // decides, the number that it names is only tried first.
        let found = named
            .into_iter()
            .chain(0..sources.len())
            .find_map(|index| Some((index, sources[index].quotable.find(quote)?)));
        let whole = |i: usize| (i, 0..sources[i].quotable.len());
        let borne_out = |places: Vec<(usize, Range<usize>)>| {
            places.into_iter().find_map(|(i, range)| {
                Some((i, sources[i].quotable.bearing_out(range, &claim, &words)?))
            })
        };
        let place = match found {
            // What it says with a quotation beside the point may stand elsewhere.
            Some((quoted, sentences)) => {
                let quotable = &sources[quoted].quotable;
                let to_the_point = !quotable.is_beside(&sentences, &words);
                let everywhere = [quoted].into_iter().chain(0..sources.len()).map(whole);
                let first = to_the_point.then(|| (quoted, sentences.clone()));
                borne_out(first.into_iter().chain(everywhere).collect())
                    .or_else(|| Some((quoted, quotable.narrowed(sentences, &claim, &words))))
            }
            // Without a quotation the claim must be nearly in the source's own words.
            None => {
                let places = named.into_iter().chain(0..sources.len()).map(whole);
                borne_out(places.collect())
                    .filter(|(i, _)| sources[*i].quotable.bearing(&words) >= NEARLY_SAID)
            }
        };
        let Some((index, sentences)) = place else {
            tracing::debug!(
                quote,
                claim,
                "a quotation that is in no source: the claim is dropped"
            );
            return;
        };
        let source = &sources[index];
        if !relevance::meets(self.setting.question, source, sources) {
            tracing::debug!(
                quote,
                claim,
                "evidence that does not meet the question: the claim is dropped"
            );
            return;
        }
        if !relevance::tells_more(self.setting.question, &claim) {
            tracing::debug!(
                quote,
                claim,
                "a statement that tells no more than the question is dropped"
            );
            return;
        }
        if judge(&claim, &[source]).0 == Verdict::Unsupported {
            tracing::debug!(
                quote,
                claim,
                "a claim that does not meet its evidence is dropped"
            );
            return;
        }
        self.open.text = claim.clone();
        self.open.shown = claim;
        self.cite(index, sentences);
        for n in marked {
            let other = usize::try_from(n).unwrap_or(usize::MAX).wrapping_sub(1);
            if Some(other) != named && other != index && other < sources.len() {
                self.cite_best(other);
            }
        }
        self.close(tell);
    }
}

/// JSON by its beginning: `{`, a list of objects, or a code fence.
pub(super) fn is_evidence(text: &str) -> bool {
    text.starts_with('{')
        || text.starts_with("```")
        || text
            .strip_prefix('[')
            .is_some_and(|rest| rest.trim_start().starts_with('{'))
}
