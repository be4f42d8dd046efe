//! The check: what a claim asserts against what its cited passages state.
//!
//! Pure: no I/O, no model, no clock. Only this module can make a [`CheckedClaim`].
//! Each kind of fact is compared in a file of its own; a claim over several
//! sources is borne out by their union.

pub mod coverage;
mod dates;
mod line;
mod names;
mod numbers;
mod polarity;
mod ranks;
mod subject;
mod tally;
mod unsaid;

use std::ops::Range;

use jiff::civil::Date as Civil;
use serde::{Deserialize, Serialize};

use crate::facts::gloss::{self, Lexeme, Stem};
use crate::facts::sound;
use crate::facts::text::is_han;
use crate::facts::{self, Code, Date, Fact, Quantity, Text};

pub use line::{CheckInput, CheckInputError, Checked, check_input, check_line};

/// What the check says of one claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

/// Checks a claim against the union of its sources.
///
/// `similarity` is the best cosine similarity, by the embedder, of the claim to
/// a sentence of the sources (−1 to 1), where there is an embedder.
pub fn check(claim: &str, sources: &[Source<'_>], similarity: Option<f32>) -> CheckedClaim {
    if sources.iter().all(|s| s.text.trim().is_empty()) {
        return uncited(claim);
    }
    let published = sources.iter().find_map(|s| s.published);
    let asserted = Reading::new(claim, published);
    let stated: Vec<Reading> = sources
        .iter()
        .map(|s| Reading::new(s.text, s.published))
        .collect();
    let mut findings = numbers::compare(&asserted, &stated);
    findings.extend(dates::compare(&asserted, &stated));
    findings.extend(names::compare(&asserted, &stated));
    if findings.is_empty() {
        findings.extend(polarity::compare(&asserted, &stated));
    }
    if let Some(finding) = coverage::judge(&asserted, &stated, similarity) {
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

/// A text with its facts and words.
struct Reading {
    original: String,
    published: Option<Civil>,
    text: Text,
    quantities: Vec<Quantity>,
    dates: Vec<Date>,
    codes: Vec<Code>,
    lexemes: Vec<Lexeme>,
    /// All stems of the lexemes, sorted.
    stems: Vec<Stem>,
    /// The skeleton of its transcribing characters.
    sounds: Vec<(u8, usize)>,
    han: usize,
}

impl Reading {
    fn new(original: &str, published: Option<Civil>) -> Reading {
        let text = Text::new(original);
        let (mut quantities, mut dates) = (Vec::new(), Vec::new());
        for fact in facts::extract_from(&text, published) {
            match fact {
                Fact::Quantity(quantity) => quantities.push(quantity),
                Fact::Date(date) => dates.push(date),
            }
        }
        let lexemes = gloss::lexemes(&text);
        let mut stems: Vec<Stem> = lexemes
            .iter()
            .flat_map(|l| l.stems.iter().copied())
            .collect();
        stems.sort_unstable();
        stems.dedup();
        let heard: Vec<char> = text
            .chars
            .iter()
            .map(|c| if sound::transcribes(*c) { *c } else { ' ' })
            .collect();
        let han = text.chars.iter().filter(|c| is_han(**c)).count();
        Reading {
            original: original.to_owned(),
            published,
            sounds: sound::chinese(&heard),
            codes: facts::code::codes(&text),
            text,
            quantities,
            dates,
            lexemes,
            stems,
            han,
        }
    }

    /// Whether most of it is Chinese.
    fn is_chinese(&self) -> bool {
        self.han * 2 > self.text.words.len()
    }

    /// Whether a lower-case Latin word stands in it.
    fn says(&self, word: &str) -> bool {
        self.text
            .words
            .iter()
            .any(|w| w.lower.trim_end_matches("'s") == word)
    }

    /// Whether its words mean a place, or it has the first character of a Chinese one (徐兰 for Xuzhou).
    fn means_place(&self, place: &facts::name::Place) -> bool {
        place.english.iter().any(|name| {
            name.split(' ')
                .all(|w| self.stems.binary_search(&gloss::stem(w)).is_ok())
                || place.chinese.iter().any(|form| {
                    let short = form.chars().next().filter(|c| self.text.chars.contains(c));
                    form.chars().count() <= 3
                        && short.is_some()
                        && sound::is_pinyin_of(name, &Text::new(form))
                })
        })
    }

    /// Whether the next word is a name too and the sources have it: a given name more is no fault.
    fn surname_follows(&self, k: usize, sources: &[Reading]) -> bool {
        self.text.joined(k)
            && self.text.words[k + 1].capital
            && sources.iter().any(|s| {
                let next = self.text.word(k + 1).trim_end_matches("'s");
                s.says(next)
                    || s.sounds_like(next, 0.75)
                    || s.stems.binary_search(&gloss::stem(next)).is_ok()
                    || sound::is_pinyin_of(next, &s.text)
            })
    }

    /// Whether a word that begins like a lower-case one (Persia, Persian) stands in it.
    fn says_like(&self, word: &str) -> bool {
        let root = word.get(..5).unwrap_or(word);
        self.text.words.iter().any(|w| w.lower.starts_with(root))
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

    /// How well a lower-case Latin word renders a run of this text's characters, 0 to 1.
    fn heard(&self, word: &str, run: &Range<usize>) -> f32 {
        if sound::spells(word, &self.text, run) {
            return 1.0;
        }
        let sounds = sound::chinese(&self.text.chars[run.clone()]);
        let own: Vec<u8> = sounds.iter().map(|(class, _)| *class).collect();
        let name = sound::latin(word);
        if name.is_empty() || own.is_empty() {
            return 0.0;
        }
        if name.len() <= own.len() {
            let share = if name.len() == 1 && own.len() > 2 {
                0.5
            } else {
                1.0
            };
            return sound::best(&name, &sounds) * share;
        }
        let name: Vec<(u8, usize)> = name.iter().map(|c| (*c, 0)).collect();
        sound::best(&own, &name) * (own.len() as f32 / name.len() as f32).sqrt() + 0.1
    }

    /// The clause around a character: from comma to comma.
    fn clause(&self, at: usize) -> Range<usize> {
        let stop = |c: char| {
            matches!(
                c,
                '，' | '。' | '；' | '！' | '？' | ',' | ';' | '\n' | '：'
            )
        };
        let mut start = at;
        while start > 0 && !stop(self.text.at(start - 1)) {
            start -= 1;
        }
        let mut end = at;
        while end < self.text.chars.len() && !stop(self.text.at(end)) {
            end += 1;
        }
        start..end
    }

    /// Whether one of this text's Latin words is the pinyin of a span of the other.
    fn spells(&self, other: &Reading, span: &Range<usize>) -> bool {
        self.text
            .words
            .iter()
            .any(|w| w.capital && sound::spells(w.lower.trim_end_matches("'s"), &other.text, span))
    }

    /// The sentence of this text that has most in common with a claim.
    fn relevant(&self, claim: &Reading) -> Range<usize> {
        let end = self.text.chars.len();
        let mut best = (0, 0..end);
        let mut start = 0;
        for i in 0..=end {
            let stop = i == end
                || matches!(
                    self.text.at(i),
                    '。' | '！' | '!' | '？' | '?' | '；' | '\n'
                )
                || self.text.at(i) == '.' && self.text.at(i + 1) == ' ';
            if !stop {
                continue;
            }
            let part = start..i;
            start = i + 1;
            let shared = self
                .lexemes
                .iter()
                .filter(|l| part.contains(&l.span.0) && l.span.1 - l.span.0 >= 2)
                .filter(|l| l.stems.iter().any(|s| claim.stems.binary_search(s).is_ok()))
                .count();
            if shared > best.0 {
                best = (shared, part);
            }
        }
        best.1
    }

    /// Whether words within a run of the other text mean something that this one says;
    /// what the dictionary tells of a known name counts only for words that are names here.
    fn means(&self, names: &[usize], other: &Reading, run: &Range<usize>) -> bool {
        other
            .lexemes
            .iter()
            .filter(|l| {
                l.span.0 < run.end && l.span.1 > run.start && l.span.1 - l.span.0 >= 2 && !l.part
            })
            .any(|l| {
                if l.name {
                    names.iter().any(|k| {
                        l.stems
                            .binary_search(&gloss::stem(self.text.word(*k)))
                            .is_ok()
                    })
                } else {
                    l.stems.iter().any(|s| self.stems.binary_search(s).is_ok())
                }
            })
    }

    /// The words that are likely names of people: known given names and surnames, and
    /// capitalised words within a sentence that are no English words of the dictionary.
    fn person_words(&self) -> Vec<usize> {
        let words = &self.text.words;
        let capital = |k: usize| words.get(k).is_some_and(|w| w.capital && w.lower.len() > 1);
        (0..words.len())
            .filter(|&k| {
                let lower = words[k].lower.trim_end_matches("'s");
                if !capital(k)
                    || lower.len() < 3
                    || gloss::is_function_word(lower)
                    || facts::date::is_calendar_word(lower)
                {
                    return false;
                }
                // All capitals are an abbreviation.
                if self.text.chars[words[k].start..words[k].end]
                    .iter()
                    .filter(|c| c.is_uppercase())
                    .count()
                    > 2
                {
                    return false;
                }
                let starts = k == 0
                    || matches!(
                        self.text.before(self.text.back_spaces(words[k].start)),
                        '.' | '!' | '?' | '"' | ':' | '“'
                    );
                let beside = capital(k + 1) && self.text.joined(k)
                    || k > 0 && capital(k - 1) && self.text.joined(k - 1);
                if !facts::name::GAZETTEER.person(lower).is_empty() {
                    return !starts || beside;
                }
                let ordinary = gloss::is_english(lower);
                let before = if k > 0 { self.text.word(k - 1) } else { "" };
                let titled = matches!(
                    before,
                    "president"
                        | "minister"
                        | "mr"
                        | "mrs"
                        | "ms"
                        | "dr"
                        | "secretary"
                        | "professor"
                        | "chancellor"
                        | "coach"
                        | "general"
                        | "king"
                        | "queen"
                        | "prince"
                        | "director"
                        | "spokesman"
                        | "spokeswoman"
                        | "economist"
                        | "judge"
                        | "senator"
                        | "governor"
                        | "mayor"
                        | "captain"
                        | "actor"
                        | "singer"
                        | "author"
                        | "explorer"
                        | "astronaut"
                        | "analyst"
                        | "scientist"
                        | "chairman"
                );
                let speaks = matches!(
                    self.text.word(k + 1),
                    "said" | "says" | "told" | "added" | "believes" | "expects"
                );
                !ordinary
                    && !starts
                    && (beside || titled || speaks)
                    && !matches!(
                        lower,
                        "covid"
                            | "theatre"
                            | "centre"
                            | "xinhua"
                            | "bilibili"
                            | "twitter"
                            | "facebook"
                            | "xinhuanet"
                            | "interstate"
                            | "expo"
                            | "ecns"
                            | "covid-19"
                    )
            })
            .collect()
    }

    /// Whether the normalised text has a phrase.
    fn contains(&self, phrase: &str) -> bool {
        let wanted: Vec<char> = phrase.chars().collect();
        self.text.chars.windows(wanted.len()).any(|w| w == wanted)
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
