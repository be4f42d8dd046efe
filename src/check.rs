//! The check: what a claim asserts against what its cited passages state.
//!
//! Pure: no I/O, no model, no clock. Only this module can make a [`CheckedClaim`].
//! Each kind of fact is compared in a file of its own; a claim over several
//! sources is borne out by their union.

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
mod ranks;
mod subject;
mod tally;
mod unsaid;

use std::ops::Range;

use jiff::civil::Date as Civil;
use serde::{Deserialize, Serialize};

use crate::dictionary;
use crate::facts::gloss::{self, Lexeme, Stem};
use crate::facts::name::GAZETTEER;
use crate::facts::sound;
use crate::facts::text::is_han;
use crate::facts::{self, Code, Date, Fact, Quantity, Text};

use nearest::Nearest;

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
    let mut asserted = Reading::new(first(claim, MOST_CLAIM), published);
    asserted.quantities.truncate(MOST_FACTS);
    asserted.dates.truncate(MOST_FACTS);
    let mut room = MOST_SOURCES;
    let mut stated = Vec::with_capacity(sources.len());
    for source in sources {
        let reading = Reading::new(first(source.text, room), source.published);
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
            direction::compare(&asserted, near)
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

/// A text with its facts and words.
struct Reading {
    original: String,
    /// The text in one form.
    plain: String,
    published: Option<Civil>,
    text: Text,
    quantities: Vec<Quantity>,
    dates: Vec<Date>,
    codes: Vec<Code>,
    /// The small numbers that its characters carry without being numerals.
    spelled: Vec<u32>,
    lexemes: Vec<Lexeme>,
    /// All stems of the lexemes, sorted.
    stems: Vec<Stem>,
    /// Those of names of two characters or more, sorted: 以 is Israel and 日 Japan for short, and
    /// many words are explained by a place.
    named: Vec<Stem>,
    /// The skeleton of its transcribing characters.
    sounds: Vec<(u8, usize)>,
    han: usize,
}

impl Reading {
    fn new(original: &str, published: Option<Civil>) -> Reading {
        let text = Text::new(original);
        let (mut quantities, mut dates) = (Vec::new(), Vec::new());
        let facts = facts::extract_from(&text, published);
        let spelled = unsaid::spelled_in(&text, &facts);
        for fact in facts {
            match fact {
                Fact::Quantity(quantity) => quantities.push(quantity),
                Fact::Date(date) => dates.push(date),
            }
        }
        let mut lexemes = gloss::lexemes(&text);
        lexemes.sort_by_key(|l| l.span.0);
        let stems_of = |lexemes: &mut dyn Iterator<Item = &Lexeme>| -> Vec<Stem> {
            let mut stems: Vec<Stem> = lexemes.flat_map(|l| l.stems.iter().copied()).collect();
            stems.sort_unstable();
            stems.dedup();
            stems
        };
        let stems = stems_of(&mut lexemes.iter());
        let long = |l: &&Lexeme| l.name && l.span.1 - l.span.0 >= 2;
        let named = stems_of(&mut lexemes.iter().filter(long));
        let heard: Vec<char> = text
            .chars
            .iter()
            .map(|c| if sound::transcribes(*c) { *c } else { ' ' })
            .collect();
        let han = text.chars.iter().filter(|c| is_han(**c)).count();
        Reading {
            original: original.to_owned(),
            plain: text.chars.iter().collect(),
            published,
            sounds: sound::chinese(&heard),
            codes: facts::code::codes(&text),
            spelled,
            text,
            quantities,
            dates,
            lexemes,
            stems,
            named,
            han,
        }
    }

    /// Whether most of it is Chinese.
    fn is_chinese(&self) -> bool {
        self.han * 2 > self.text.words.len()
    }

    /// Whether it has characters that only traditional script has.
    fn is_traditional(&self) -> bool {
        self.original
            .chars()
            .any(|c| is_han(c) && dictionary::simplified_char(c) != c)
    }

    /// Whether a name of it has a stem.
    fn names(&self, stem: Stem) -> bool {
        self.stems.binary_search(&stem).is_ok()
            && self
                .lexemes
                .iter()
                .any(|l| l.name && l.stems.binary_search(&stem).is_ok())
    }

    /// Whether a lower-case Latin word stands in it.
    fn says(&self, word: &str) -> bool {
        self.text
            .words
            .iter()
            .any(|w| w.lower.trim_end_matches("'s") == word)
    }

    /// Whether some of its characters transcribe a lower-case Latin name; a short one must fit better.
    fn sounds_like(&self, name: &str, least: f32) -> bool {
        let skeleton = sound::latin(name);
        let least = if skeleton.len() <= 3 {
            least.max(0.85)
        } else {
            least
        };
        skeleton.len() >= 2 && sound::best(&skeleton, &self.sounds) >= least
    }

    /// The clause around a span: from comma to comma, 200 characters either way at most.
    fn clause(&self, span: &Range<usize>) -> Range<usize> {
        let text = &self.text;
        let stop = |i: &usize| {
            matches!(text.at(*i), '，' | '。' | '、' | ';' | '!' | '?' | '\n')
                // 3,600
                || text.at(*i) == ',' && !text.at(i + 1).is_ascii_digit()
        };
        let least = span.start.saturating_sub(200);
        let most = (span.end + 200).min(text.chars.len());
        let before = (least..span.start).rev().find(stop);
        before.map_or(least, |i| i + 1)..(span.end..most).find(stop).unwrap_or(most)
    }

    /// The words that begin within a span.
    fn lexemes_in(&self, span: &Range<usize>) -> &[Lexeme] {
        let from = self.lexemes.partition_point(|l| l.span.0 < span.start);
        let to = self.lexemes.partition_point(|l| l.span.0 < span.end);
        &self.lexemes[from..to.max(from)]
    }

    /// Its sentences, and its lines where it has no full stops.
    fn sentences(&self) -> Vec<Range<usize>> {
        let mut parts = Vec::new();
        let mut start = 0;
        let end = self.text.chars.len();
        for i in 0..end {
            let ends = |i: usize| {
                matches!(self.text.at(i), '。' | '!' | '?' | '\n')
                    || self.text.at(i) == '.' && self.text.at(i + 1) == ' '
            };
            let closes = |i: usize| matches!(self.text.at(i), '”' | '\'' | '」' | '』' | '"' | ')');
            // A closing mark belongs to what it closes, and what goes on after it too.
            let stop = ends(i) && !closes(i + 1) || i > start && ends(i - 1) && closes(i);
            if stop && !matches!(self.text.at(i + 1), '，' | ',') {
                parts.push(start..i + 1);
                start = i + 1;
            }
        }
        parts.push(start..end);
        parts.retain(|part| part.clone().any(|i| self.text.at(i).is_alphanumeric()));
        parts
    }

    /// Whether it names one of some places of the gazetteer.
    fn names_any(&self, places: &[usize]) -> bool {
        GAZETTEER.names_any(places, &self.text, &self.lexemes)
    }

    /// Whether the normalised text has a phrase.
    fn contains(&self, phrase: &str) -> bool {
        self.plain.contains(phrase)
    }

    /// The original's words at a span.
    fn quote(&self, span: &Range<usize>) -> String {
        let span = self.text.original(span);
        self.original
            .chars()
            .skip(span.start)
            .take(span.len())
            .collect()
    }
}
