//! The check: what a claim asserts against what its cited passages state.
//!
//! Pure: no I/O, no model, no clock. Only this module can make a [`CheckedClaim`].
//! Each kind of fact is compared in a file of its own; a claim over several
//! sources is borne out by their union.

mod change;
mod counted;
mod coverage;
mod dates;
mod denial;
mod direction;
mod line;
mod matched;
mod modality;
mod names;
mod nearest;
mod numbers;
mod order;
mod ranks;
mod reading;
mod subject;
mod tally;
mod unsaid;

use jiff::civil::Date as Civil;
use serde::{Deserialize, Serialize};

use nearest::Nearest;
use reading::Reading;

pub use line::{
    CheckInput, CheckInputError, Checked, answer_line, check_input, check_line, read_line,
};
pub use matched::{Match, MatchKind, matches};

/// What the check says of one claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The passages bear it out.
    Supported,
    /// The passages do not carry it.
    Unsupported,
    /// A number, unit, date, name or direction differs from the passages.
    Contradicted,
    /// It cites nothing.
    Uncited,
}

impl Verdict {
    /// Its name as it is sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Supported => "supported",
            Verdict::Unsupported => "unsupported",
            Verdict::Contradicted => "contradicted",
            Verdict::Uncited => "uncited",
        }
    }
}

/// What a finding is about.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum FindingKind {
    /// A number, percentage, ordinal or multiple.
    Number,
    /// A currency or measure.
    Unit,
    /// A year, month, day or decade.
    Date,
    /// A place, organisation or person.
    Name,
    /// Negation, direction, or what is planned told as done.
    Negation,
    /// A citation that does not exist, or a quote that is not in the source.
    Citation,
    /// A claim about something that the passages do not speak of.
    Coverage,
}

/// One difference between a claim and its sources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Finding {
    /// What it is about.
    pub kind: FindingKind,
    /// The claim's words.
    pub claim: String,
    /// The source's words, `""` when it has none that correspond.
    pub source: String,
    /// A sentence: what differs and what the source states.
    pub detail: String,
}

/// A passage that a claim cites.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Its text.
    pub text: &'a str,
    /// The date of its article, from which 去年 counts.
    pub published: Option<Civil>,
}

/// A claim with what the check says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedClaim {
    claim: String,
    verdict: Verdict,
    findings: Vec<Finding>,
}

impl CheckedClaim {
    /// The claim.
    pub fn claim(&self) -> &str {
        &self.claim
    }

    /// What the check says of it.
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Why, empty for a supported claim.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

// A claim is a sentence and a source an article; whatever is longer is not read to its
// end, so that the work stays bounded.
const MOST_CLAIM: usize = 4_000;
const MOST_SOURCES: usize = 400_000;
const MOST_FACTS: usize = 100;

/// Checks a claim against the union of its sources. Of a claim its first 4,000 characters
/// and its first 100 quantities and dates are compared, of the sources 400,000 characters.
///
/// `similarity` is the best cosine similarity, by the embedder, of the claim to
/// a sentence of the sources (−1 to 1), where there is an embedder.
pub fn check(claim: &str, sources: &[Source<'_>], similarity: Option<f32>) -> CheckedClaim {
    if sources.iter().all(|s| s.text.trim().is_empty()) {
        return uncited(claim);
    }
    let published = sources.iter().find_map(|s| s.published);
    let asserted = Reading::claim(first(claim, MOST_CLAIM), published, MOST_FACTS);
    let mut room = MOST_SOURCES;
    let mut stated = Vec::with_capacity(sources.len());
    for source in sources {
        let reading = Reading::source(first(source.text, room), source.published);
        room = room.saturating_sub(reading.text.chars.len());
        stated.push(reading);
    }
    let nearest = Nearest::new(&asserted, &stated);
    let near = nearest.as_ref().map_or(&stated[..], |n| &n.sentences);
    let around = || nearest.as_ref().map(Nearest::around);
    let mut findings = numbers::compare(&asserted, &stated, near);
    findings.extend(dates::compare(&asserted, &stated, near));
    findings.extend(names::compare(&asserted, &stated, near));
    if findings.is_empty() {
        findings.extend(
            change::compare(&asserted, near)
                .or_else(|| direction::compare(&asserted, near))
                .or_else(|| denial::compare(&asserted, near, around))
                .or_else(|| modality::compare(&asserted, near)),
        );
    }
    if let Some(finding) = coverage::judge(&asserted, &stated, nearest.as_ref(), similarity) {
        findings.insert(0, finding);
    }
    let verdict = if findings.is_empty() {
        Verdict::Supported
    } else if findings.iter().all(|f| f.kind == FindingKind::Coverage) {
        Verdict::Unsupported
    } else {
        Verdict::Contradicted
    };
    CheckedClaim {
        claim: claim.to_owned(),
        verdict,
        findings,
    }
}

/// The first characters of a text.
fn first(text: &str, most: usize) -> &str {
    text.char_indices()
        .nth(most)
        .map_or(text, |(end, _)| &text[..end])
}

/// A claim that cites nothing.
pub fn uncited(claim: &str) -> CheckedClaim {
    CheckedClaim {
        claim: claim.to_owned(),
        verdict: Verdict::Uncited,
        findings: Vec::new(),
    }
}

/// A claim whose citation (as it was written, `[7]` or a quote) does not exist.
pub fn bad_citation(claim: &str, cited: &str) -> CheckedClaim {
    let finding = Finding {
        kind: FindingKind::Citation,
        claim: cited.to_owned(),
        source: String::new(),
        detail: format!("{cited} is not among the sources that were given."),
    };
    CheckedClaim {
        claim: claim.to_owned(),
        verdict: Verdict::Unsupported,
        findings: vec![finding],
    }
}

fn negation(claim: String, source: String, detail: String) -> Finding {
    Finding {
        kind: FindingKind::Negation,
        claim,
        source,
        detail,
    }
}
