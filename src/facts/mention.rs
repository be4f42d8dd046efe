//! Names of people in an English text: their capitals, and what stands beside them.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::LazyLock;

use super::gloss;
use super::name::{GAZETTEER, Mention};
use super::text::{Text, is_han};
use super::{date, person, sound};

/// A person named in Latin letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The words of the name.
    pub words: Range<usize>,
    /// Its characters.
    pub span: Range<usize>,
    /// Whether it is a Chinese name in pinyin, of surname and given name.
    pub pinyin: bool,
    /// Whether it is of the known given names and surnames.
    pub known: bool,
    /// Whether it is sure to be a person: by a title, a verb of speaking, or a known given name.
    pub sure: bool,
}

/// Words by what they tell of a name.
struct Lists(HashMap<&'static str, HashSet<&'static str>>);

impl Lists {
    fn has(&self, list: &str, word: &str) -> bool {
        self.0.get(list).is_some_and(|words| words.contains(word))
    }
}

// Read once, at first use.
static LISTS: LazyLock<Lists> = LazyLock::new(|| {
    let lines = include_str!("people.txt")
        .lines()
        .filter(|line| !line.starts_with('#'));
    let lists = lines.filter_map(|line| line.split_once(' '));
    Lists(
        lists
            .map(|(list, words)| (list, words.split(' ').collect()))
            .collect(),
    )
});

/// Whether a lower-case word is a given name that is met with in English news.
pub fn is_given_name(word: &str) -> bool {
    LISTS.has("given", word)
}

/// The people that an English text seems to name, in order; `places` are its mentions of places.
pub fn people(text: &Text, places: &[Mention]) -> Vec<Named> {
    let mut out = Vec::new();
    let mut k = 0;
    while k < text.words.len() {
        // "I've" is nobody.
        if !text.words[k].capital || text.word(k).starts_with("i'") {
            k += 1;
            continue;
        }
        let end = run(text, k);
        out.extend(named(text, k..end, places));
        k = end;
    }
    out
}

/// One past the last word of the capitals that begin with word `k`.
fn run(text: &Text, k: usize) -> usize {
    let mut end = k + 1;
    let initial = |k: usize| text.words[k].end - text.words[k].start == 1;
    while end < text.words.len() {
        let close = text.joined(end - 1)
            || initial(end - 1)
                && text.slice(text.words[end - 1].end..text.words[end].start) == ". ";
        if !close || text.word(end - 1).ends_with("'s") {
            break;
        }
        if text.words[end].capital {
            end += 1;
        } else if text.at(text.words[end - 1].end) == '-'
            && text.words[end].start == text.words[end - 1].end + 1
        {
            // Jong-un, Kin-chung
            end += 1;
        } else if LISTS.has("particle", text.word(end))
            && (1..=2).any(|n| {
                (0..n).all(|i| text.joined(end + i))
                    && text.words.get(end + n).is_some_and(|w| w.capital)
            })
        {
            end += 1;
        } else {
            break;
        }
    }
    end
}

/// The person that a run of capitals names, titles and other words before it taken off.
fn named(text: &Text, run: Range<usize>, places: &[Mention]) -> Option<Named> {
    let lists = &*LISTS;
    let bare = |k: usize| text.word(k).trim_end_matches("'s");
    let given = |k: usize| {
        lists.has("given", bare(k))
            || !GAZETTEER.person(bare(k)).is_empty() && !gloss::is_english(bare(k))
    };
    let surname = |k: usize| lists.has("surname", bare(k));
    let place = |k: usize| {
        places
            .iter()
            .find(|m| m.span.contains(&text.words[k].start))
    };
    // A title, or else the first given name, is where the name begins: "US Secretary of State", "FAA
    // Administrator Steve Dickson".
    let foreign =
        |k: usize| text.word(k).len() > 2 && !gloss::is_english(bare(k)) && place(k).is_none();
    let title = run
        .clone()
        .rev()
        .skip(1)
        .find(|k| LISTS.has("title", bare(*k)));
    let mut start = title.map_or(run.start, |k| k + 1);
    let mut titled = title.is_some();
    if let Some(k) = (start..run.end.saturating_sub(1)).find(|k| given(*k))
        && !pinyin(text, start..run.end)
        && (start..k).all(|k| !foreign(k) || abbreviation(text, k))
    {
        start = k;
    }
    while start < run.end {
        let word = bare(start);
        let begins = start == run.start && starts_sentence(text, start);
        let drop = LISTS.has("title", word)
            || gloss::is_function_word(word) && word.len() > 2
            || word.len() < 2 && start + 1 == run.end
            || date::is_calendar_word(word)
            || place(start).is_some() && !given(start)
            || begins
                && gloss::is_english(word)
                && !given(start)
                && !(surname(start) && run.len() == 1);
        if !drop || pinyin(text, start..run.end) {
            break;
        }
        titled = LISTS.has("title", word);
        start += 1;
    }
    let words = start..run.end;
    if words.is_empty() || words.len() > 5 {
        return None;
    }
    // "Gaullism" is nobody, nor are Gaullists and Lutherans.
    let of_many = ["ism", "isms", "ist", "ists", "ians", "erans", "eans", "ics"]
        .iter()
        .any(|end| bare(start).ends_with(end));
    if words.len() == 1 && of_many && !given(start) {
        return None;
    }
    // All capitals are an abbreviation or a headline.
    if words.clone().any(|k| abbreviation(text, k))
        || words.clone().any(|k| LISTS.has("other", bare(k)))
    {
        return None;
    }
    let span = text.words[start].start..text.words[run.end - 1].end;
    if places
        .iter()
        .any(|m| m.span.start <= span.start && m.span.end >= span.end)
        && !(words.len() == 1 && surname(start) && titled)
    {
        return None;
    }
    let before =
        start > 0 && !starts_sentence(text, start) && LISTS.has("title", text.word(start - 1));
    let after =
        LISTS.has("speech", text.word(run.end)) && text.words[run.end].start <= span.end + 2;
    let context = titled || before || after || aged(text, span.end);
    let long = |k: &usize| text.words[*k].end - text.words[*k].start > 1;
    let pinyin = pinyin(text, words.clone());
    let known = |k: usize| surname(k) || given(k);
    // "Brown did", "Brown's": more than an adjective at the head of a sentence.
    let acts = text.word(start).ends_with("'s") || LISTS.has("act", text.word(run.end));
    let sure = match words.len() {
        _ if pinyin => words.len() > 1 || context,
        1 => context && (foreign(start) || known(start)) || acts && known(start),
        _ => {
            given(start)
                && (surname(run.end - 1)
                    || words.clone().skip(1).filter(long).all(foreign)
                    || context)
                || context && words.clone().any(foreign)
        }
    };
    let likely = sure
        || match words.len() {
            1 if starts_sentence(text, start) => known(start) && foreign(start),
            1 => foreign(start) || surname(start),
            // Bones and deer are surnames too, after a given name that is nothing else.
            2 if given(start) && foreign(start) => true,
            _ => words
                .clone()
                .filter(long)
                .all(|k| foreign(k) || given(k) || surname(k) || LISTS.has("particle", bare(k))),
        };
    let known = words.clone().any(known);
    likely.then_some(Named {
        words,
        span,
        pinyin,
        known,
        sure,
    })
}

/// Whether an age stands behind a name: "Gail Robinson, 62, was".
fn aged(text: &Text, end: usize) -> bool {
    let age = text.skip_spaces(end + 1);
    let digits = (age..age + 4).take_while(|at| text.at(*at).is_ascii_digit());
    let behind = age + digits.count();
    text.at(end) == ',' && (1..=3).contains(&(behind - age)) && text.at(behind) == ','
}

/// Whether a word is written in capitals: an abbreviation, or a headline's.
fn abbreviation(text: &Text, k: usize) -> bool {
    let word = &text.words[k];
    let bare = word.lower.trim_end_matches("'s").chars().count();
    let letters = &text.chars[word.start..word.start + bare];
    letters.len() > 1 && letters.iter().filter(|c| c.is_uppercase()).count() > letters.len() / 2 + 1
}

/// Whether a sentence or a quotation begins with word `k`.
pub fn starts_sentence(text: &Text, k: usize) -> bool {
    // A Latin word within Chinese has its capital for being a name.
    if is_han(text.at(text.skip_spaces(text.words[k].end))) {
        return false;
    }
    k == 0
        || matches!(
            text.before(text.back_spaces(text.words[k].start)),
            '.' | '!' | '?' | '"' | ':' | '“' | '”' | '\n' | '(' | ';'
        )
}

/// Surnames that are common words of English.
const COMMON: &[&str] = &[
    "he", "she", "you", "can", "long", "man", "hang", "ban", "an", "a", "bin", "die", "fan",
    "gang", "pan", "song", "sun", "tie", "wan",
];

/// Whether words are a Chinese name in pinyin: a surname and one or two syllables, in either
/// order, or a surname alone.
fn pinyin(text: &Text, words: Range<usize>) -> bool {
    let word = |k: usize| text.word(k).trim_end_matches("'s");
    if words.len() == 1 {
        return person::is_surname(word(words.start)) && !COMMON.contains(&word(words.start));
    }
    if !(2..=3).contains(&words.len()) {
        return false;
    }
    let (first, last) = (words.start, words.end - 1);
    let rest = |range: Range<usize>| -> String { range.map(word).collect() };
    let name = |surname: usize, given: Range<usize>| {
        let given = rest(given);
        person::is_surname(word(surname))
            && matches!(sound::syllables(&given), Some(1 | 2))
            && !(gloss::is_english(&given) && COMMON.contains(&word(surname)))
    };
    words.clone().all(|k| text.words[k].capital || k == last)
        && (name(first, first + 1..words.end) || name(last, first..last))
}
