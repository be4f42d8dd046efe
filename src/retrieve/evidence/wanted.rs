//! A question read against a passage: how much of it a sentence says, and what in it
//! may be the answer. Pure.

use std::iter;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use regex::Regex;

use super::kind::Kind;
use crate::bridge::{self, Group};
use crate::facts::date::month_name;
use crate::store::ScoredPassage;
use crate::{language, lexical};

/// What a term of the question counts in the sentence before or the title, and
/// elsewhere in the passage.
const NEARBY: f32 = 0.6;
const ELSEWHERE: f32 = 0.3;
/// What a sentence counts that names other years than the question, and one in a
/// passage that does.
const OTHER_YEAR: f32 = 0.6;
const OTHER_YEAR_AROUND: f32 = 0.75;
/// Passages that tell whether they are in another language than the question.
const ACROSS_SAMPLE: usize = 10;
/// Bytes from a possible answer at which a term of the question counts a third.
const REACH: f32 = 120.0;

/// What a sentence must say to answer a question.
pub struct Wanted {
    /// Whether the question is in Chinese.
    chinese: bool,
    pub(super) units: Vec<Unit>,
    /// The sum of all weights.
    total: f32,
    kind: Option<Kind>,
    years: Vec<String>,
}

/// A term of the question.
pub(super) struct Unit {
    /// The term and the words of the other language that say it.
    forms: Vec<Form>,
    weight: f32,
}

/// A word that is looked for in many passages.
struct Form {
    text: String,
    finder: Finder<'static>,
}

/// What a passage says of a question; shares are of the question's terms by their
/// rarity, 0 to 1.
#[derive(Debug, Clone, Default)]
pub struct Says {
    /// What the best sentence says with what stands around it.
    pub coverage: f32,
    /// What the best sentence says by itself, less where it is of another year.
    pub dated: f32,
    /// Coverage of the best sentence that holds something of the kind asked for.
    pub typed: f32,
    /// The same, where what is said far from that thing counts less.
    pub near: f32,
    /// 1 where the question names a year and the passage does not.
    pub year_missing: f32,
    /// Things of the kind asked for, with the coverage of their sentence.
    pub candidates: Vec<(String, f32)>,
}

impl Wanted {
    /// Reads a question, whose `groups` are [`bridge::groups`].
    pub fn new(question: &str, groups: &[Group]) -> Wanted {
        let bridged = bridge::words_of(groups);
        let mut units: Vec<Unit> = Vec::new();
        for term in lexical::terms(question) {
            if lexical::asks(&term) || units.iter().any(|unit| unit.forms[0].text == term) {
                continue;
            }
            let words = bridged.get(&term).map(Vec::as_slice).unwrap_or_default();
            let weight = if term.is_ascii() && !words.is_empty() {
                let likely = &words[..words.len().min(3)];
                let sum: f32 = likely.iter().map(|word| lexical::rarity(word)).sum();
                (sum / likely.len() as f32).clamp(0.3, 1.0)
            } else {
                lexical::rarity(&term)
            };
            let forms = iter::once(&term).chain(words).map(|word| Form::new(word));
            units.push(Unit {
                forms: forms.collect(),
                weight,
            });
        }
        let folded = lexical::fold(question);
        Wanted {
            chinese: language::is_chinese(language::detect(question)),
            total: units.iter().map(|unit| unit.weight).sum(),
            units,
            kind: Kind::of(&folded),
            years: years(&folded).map(str::to_owned).collect(),
        }
    }

    /// Whether a passage is in the question's language.
    pub fn is_own(&self, scored: &ScoredPassage) -> bool {
        language::is_chinese(&scored.passage.language) == self.chinese
    }

    /// Whether the question is in another language than most of the first passages.
    pub fn is_across(&self, passages: &[ScoredPassage]) -> bool {
        let passages = &passages[..passages.len().min(ACROSS_SAMPLE)];
        let others = passages.iter().filter(|scored| !self.is_own(scored));
        others.count() * 2 > passages.len()
    }

    /// What a passage says of the question.
    pub fn read(&self, scored: &ScoredPassage) -> Says {
        // An article's date is said by its head as much as its title.
        let date = scored.passage.published_at.as_ref().map(|time| {
            let date = time.date();
            let (year, month, day) = (date.year(), date.month(), date.day());
            let name = month_name(i32::from(month));
            format!(" {year}年{month}月{day}日 {name}")
        });
        let head = scored.passage.title.clone() + &date.unwrap_or_default();
        let title = lexical::fold(&head);
        let text = lexical::fold(&scored.passage.text);
        // Few of a name's many spellings occur at all, so that each sentence is asked for those alone.
        let held: Vec<Held<'_>> = self
            .units
            .iter()
            .map(|unit| Held {
                weight: unit.weight,
                forms: unit.forms.iter().filter(|form| form.is_in(&text)).collect(),
                titled: unit.forms.iter().any(|form| form.is_in(&title)),
            })
            .collect();
        let is_wanted = |year: &str| self.years.iter().any(|wanted| wanted == year);
        let dated = years(&text).chain(years(&title)).any(is_wanted);
        let mut says = Says {
            year_missing: f32::from(u8::from(!self.years.is_empty() && !dated)),
            ..Says::default()
        };
        let around = if self.years.is_empty() || dated || years(&text).next().is_none() {
            1.0
        } else {
            OTHER_YEAR_AROUND
        };
        let mut before = "";
        for sentence in SENTENCE_END
            .split(&text)
            .filter(|piece| !piece.trim().is_empty())
        {
            let of_year = if self.years.is_empty() || years(sentence).any(is_wanted) {
                1.0
            } else if years(sentence).next().is_some() {
                OTHER_YEAR
            } else {
                around
            };
            self.sentence(sentence, before, &held, of_year, &mut says);
            before = sentence;
        }
        says
    }

    fn sentence(
        &self,
        sentence: &str,
        before: &str,
        held: &[Held<'_>],
        of_year: f32,
        says: &mut Says,
    ) {
        let (mut around, mut within) = (0.0, 0.0);
        // Where the terms stand, with their weights.
        let mut terms: Vec<(f32, Vec<(usize, usize)>)> = Vec::new();
        for unit in held {
            let spans: Vec<(usize, usize)> = unit
                .forms
                .iter()
                .flat_map(|form| form.places(sentence).map(|at| (at, at + form.text.len())))
                .collect();
            around += unit.weight
                * if !spans.is_empty() {
                    1.0
                } else if unit.titled || unit.is_in(before) {
                    NEARBY
                } else if !unit.forms.is_empty() {
                    ELSEWHERE
                } else {
                    0.0
                };
            if !spans.is_empty() {
                within += unit.weight;
                terms.push((unit.weight, spans));
            }
        }
        let total = self.total.max(f32::MIN_POSITIVE);
        let coverage = around / total;
        says.coverage = says.coverage.max(coverage);
        says.dated = says.dated.max(within / total * of_year);
        let Some(kind) = self.kind else {
            says.typed = says.typed.max(coverage);
            says.near = says.near.max(within / total * of_year);
            return;
        };
        let mut found: Vec<&str> = Vec::new();
        for (start, end) in kind.found(&self.without_own(sentence)) {
            let close: f32 = terms
                .iter()
                .map(|(weight, spans)| {
                    let gap = |(from, to): &(usize, usize)| {
                        start.saturating_sub(*to).max(from.saturating_sub(end))
                    };
                    let gap = spans.iter().map(gap).min().unwrap_or(usize::MAX);
                    weight * (-(gap as f32) / REACH).exp()
                })
                .sum();
            says.near = says.near.max(close / total * of_year);
            says.typed = says.typed.max(coverage);
            if !found.contains(&&sentence[start..end]) {
                found.push(&sentence[start..end]);
            }
        }
        let found = found.into_iter().map(|thing| (thing.to_owned(), coverage));
        says.candidates.extend(found);
    }

    /// The sentence with the question's own words blotted out.
    fn without_own(&self, sentence: &str) -> String {
        let mut rest = sentence.to_owned();
        for unit in &self.units {
            let own = unit.forms[0].text.as_str();
            if own.chars().nth(1).is_some() && rest.contains(own) {
                rest = rest.replace(own, &"_".repeat(own.len()));
            }
        }
        rest
    }
}

/// A term of the question as a passage has it.
struct Held<'a> {
    weight: f32,
    /// Its forms that occur.
    forms: Vec<&'a Form>,
    /// Whether the title has it.
    titled: bool,
}

impl Held<'_> {
    fn is_in(&self, text: &str) -> bool {
        self.forms.iter().any(|form| form.is_in(text))
    }
}

impl Form {
    fn new(text: &str) -> Form {
        Form {
            text: text.to_owned(),
            finder: Finder::new(text).into_owned(),
        }
    }

    fn is_in(&self, text: &str) -> bool {
        self.places(text).next().is_some()
    }

    /// Where it stands; a number is none within a longer one: 500 in 1500.
    fn places<'a>(&'a self, text: &'a str) -> impl Iterator<Item = usize> + 'a {
        let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        let (form, end) = (&self.text, self.text.len());
        let (first, last) = (digit(form.chars().next()), digit(form.chars().next_back()));
        // Either is UTF-8, so that bytes match where characters do.
        self.finder.find_iter(text.as_bytes()).filter(move |at| {
            !(first && digit(text[..*at].chars().next_back())
                || last && digit(text[at + end..].chars().next()))
        })
    }
}

/// The years that a text names.
fn years(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_digit())
        .filter(|digits| digits.len() == 4 && ["19", "20"].iter().any(|c| digits.starts_with(c)))
}

static SENTENCE_END: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[。!?;\n]|\s?\.\.\.\s?|\s·\s|---|\. ").expect("it is a constant that searches run")
});
