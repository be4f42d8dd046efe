//! Texts in pieces, some of them marked, for the templates to escape and wrap. Pure.

use std::collections::HashSet;
use std::ops::Range;

use serde::Serialize;

use crate::article::Slices;
use crate::check::{Finding, MatchKind, matches};
use crate::facts::text::is_han;
use crate::{bridge, lexical};

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Piece {
    /// Its words.
    pub(super) text: String,
    /// Names of what it is marked as, `""` for nothing.
    pub(super) mark: String,
}

/// A span of characters with what it is to be marked as.
pub(super) type Marked = (Range<usize>, String);

/// `text[within]` in pieces. Of marks that overlap the earlier one in the list stays.
pub(super) fn pieces(text: &Slices<'_>, within: Range<usize>, marks: &[Marked]) -> Vec<Piece> {
    let mut taken: Vec<&Marked> = Vec::new();
    for mark in marks {
        let fits = mark.0.start >= within.start && mark.0.end <= within.end && !mark.0.is_empty();
        let free = |other: &&Marked| other.0.end <= mark.0.start || other.0.start >= mark.0.end;
        if fits && taken.iter().all(free) {
            taken.push(mark);
        }
    }
    taken.sort_by_key(|mark| mark.0.start);
    let mut pieces = Vec::new();
    let mut at = within.start;
    let mut push = |span: Range<usize>, mark: &str| {
        if !span.is_empty() {
            pieces.push(Piece {
                text: text.get(span).to_owned(),
                mark: mark.to_owned(),
            });
        }
    };
    for (span, mark) in taken {
        push(at..span.start, "");
        push(span.clone(), mark);
        at = span.end;
    }
    push(at..within.end, "");
    pieces
}

/// A claim and a source side by side: what both say has the same mark in both (`same
/// same-1` and so on, with its kind), what differs is marked `differs`.
pub(super) fn compared(
    claim: &str,
    source: &str,
    findings: &[Finding],
    published: Option<jiff::civil::Date>,
) -> (Vec<Marked>, Vec<Marked>) {
    let (mut in_claim, mut in_source) = (Vec::new(), Vec::new());
    for finding in findings {
        let differs = |span| (span, "differs".to_owned());
        in_claim.extend(find(claim, &finding.claim).map(differs));
        in_source.extend(find(source, &finding.source).map(differs));
    }
    for (number, found) in matches(claim, source, published).into_iter().enumerate() {
        let kind = match found.kind {
            MatchKind::Number => "number",
            MatchKind::Date => "date",
            MatchKind::Name => "name",
        };
        let mark = format!("same same-{} {kind}", number % 6 + 1);
        in_claim.push((found.claim, mark.clone()));
        in_source.push((found.source, mark));
    }
    (in_claim, in_source)
}

/// The words of findings in a claim, marked `differs`.
pub(super) fn faults(claim: &str, findings: &[Finding]) -> Vec<Marked> {
    let spans = findings
        .iter()
        .filter_map(|finding| find(claim, &finding.claim));
    spans.map(|span| (span, "differs".to_owned())).collect()
}

/// The words of a query in a text, and what may stand for them in the other language.
pub(super) fn queried(query: &str, text: &str) -> Vec<Marked> {
    let mut terms: HashSet<String> = lexical::terms(query).into_iter().collect();
    let bridged = bridge::words_for_terms(query);
    terms.extend(bridged.into_values().flatten());
    let longest = terms.iter().map(|term| term.chars().count()).max();
    let folded: Vec<char> = text
        .chars()
        .map(|c| {
            let mut folded = lexical::fold(c.encode_utf8(&mut [0; 4])).into_bytes();
            // One for one, so that places stay what they are.
            let text = String::from_utf8(std::mem::take(&mut folded)).unwrap_or_default();
            let mut chars = text.chars();
            match (chars.next(), chars.next()) {
                (Some(one), None) => one,
                _ => c,
            }
        })
        .collect();
    let mut marks = Vec::new();
    let mut at = 0;
    while at < folded.len() {
        let end = if is_han(folded[at]) {
            let most = longest.unwrap_or(0).min(folded.len() - at);
            (1..=most)
                .rev()
                .map(|length| at + length)
                .find(|end| terms.contains(&folded[at..*end].iter().collect::<String>()))
        } else if folded[at].is_alphanumeric() {
            let length = folded[at..]
                .iter()
                .take_while(|c| c.is_alphanumeric() && !is_han(**c))
                .count();
            let word: String = folded[at..at + length].iter().collect();
            let known = lexical::terms(&word)
                .iter()
                .any(|term| terms.contains(term));
            if !known {
                at += length;
                continue;
            }
            Some(at + length)
        } else {
            None
        };
        if let Some(end) = end {
            marks.push((at..end, "found".to_owned()));
        }
        at = end.unwrap_or(at + 1);
    }
    marks
}

/// The characters at which `part` first stands in `text`.
fn find(text: &str, part: &str) -> Option<Range<usize>> {
    if part.is_empty() {
        return None;
    }
    let at = text.find(part)?;
    let start = text[..at].chars().count();
    Some(start..start + part.chars().count())
}
