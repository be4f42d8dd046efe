//! What the claim denies and the sources do not, or the other way round.

use std::cell::LazyCell;
use std::collections::HashSet;
use std::ops::Range;

use super::{Finding, Reading, negation};
use crate::facts::denial::{Strength, denials, english_count, strength, strength_besides};
use crate::facts::gloss::{self, Lexeme, Stem};
use crate::facts::modality;

/// What 不 denies clearly when it stands before it.
const MODALS: &str = "会能可要应该必敢愿想是曾得准许";
/// No word of the dictionary is longer.
const MOST_WORD: usize = 20;
/// A sentence that denies more often denies nothing that can be told apart.
const MOST_DENIALS: usize = 20;

/// A denial that was put in, or left out of what `near` says: the sentences of the sources
/// that the claim is about, which stand in those `around` them where there are others.
pub(super) fn compare(
    claim: &Reading,
    near: &[Reading],
    around: impl FnOnce() -> Option<Vec<Reading>>,
) -> Option<Finding> {
    let said = denials(&claim.text);
    if said.is_empty() {
        return left_out(claim, near).or_else(|| gone(claim, near));
    }
    let clear = said.iter().find(|denial| !idiom(claim, denial))?;
    put_in(claim, clear, around().as_deref().unwrap_or(near))
}

/// A lone 不 or 无 that a longer word holds: what it says can be said without a denial
/// (不可思议 is incredible, 不善于 bad at).
fn idiom(claim: &Reading, denial: &Range<usize>) -> bool {
    let near = denial.start.saturating_sub(MOST_WORD)..denial.end;
    let may = MODALS.contains(claim.text.at(denial.end));
    denial.len() == 1
        && matches!(claim.text.at(denial.start), '不' | '无')
        && claim.lexemes_in(&near).iter().any(|l| {
            let length = l.span.1 - l.span.0;
            l.span.1 >= denial.end && !l.part && (length > 2 || length == 2 && !may)
        })
}

/// A denial of the claim where the sources have no word that denies anything.
fn put_in(claim: &Reading, said: &Range<usize>, sources: &[Reading]) -> Option<Finding> {
    let denies = |s: &Reading| strength(&s.text, 0..s.text.chars.len()) == Strength::Strong;
    if sources.iter().any(denies) && !told_plainly(claim, said, sources) {
        return None;
    }
    if claim.is_chinese() && sources.iter().any(|s| !s.is_chinese()) {
        sources.iter().find(|s| retold_plainly(claim, s))?;
    }
    let here = quote(claim, said);
    let detail = format!("The claim denies it (\"{here}\"); the source does not.");
    Some(negation(here, String::new(), detail))
}

/// Whether an English source tells without a denial what a Chinese claim denies: English
/// says much without a "not" for which Chinese has a 不.
fn retold_plainly(claim: &Reading, source: &Reading) -> bool {
    let claim = std::slice::from_ref(claim);
    left_out(source, claim).is_some() || gone(source, claim).is_some()
}

/// Whether the sources deny less often than the claim, and nothing in the clauses that have
/// the word for what the claim denies here.
fn told_plainly(claim: &Reading, said: &Range<usize>, sources: &[Reading]) -> bool {
    // Clear ones alone: the source may well speak of mistakes, and of what was refused.
    let clear = |s: &Reading| {
        let lone = s
            .text
            .chars
            .iter()
            .filter(|c| "不没未无".contains(**c))
            .count();
        lone.max(denials(&s.text).len())
    };
    if sources.iter().map(clear).sum::<usize>()
        >= denials(&claim.text).len().max(english_count(&claim.text))
    {
        return false;
    }
    let words = &claim.text.words;
    let behind = words.iter().skip_while(|w| w.start < said.end).take(NEAR);
    let Some(denied) = behind
        // "by no means"
        .filter(|w| !gloss::is_function_word(&w.lower) && w.lower != "means")
        .map(|w| gloss::stem(&w.lower))
        .next()
    else {
        return false;
    };
    let mut clauses = sources
        .iter()
        .flat_map(|s| {
            let has = move |l: &&Lexeme| {
                !l.part && l.span.1 - l.span.0 >= 2 && l.stems.binary_search(&denied).is_ok()
            };
            let lexemes = s.lexemes.iter().filter(has);
            lexemes.map(move |l| strength(&s.text, s.clause(&(l.span.0..l.span.1))))
        })
        .peekable();
    clauses.peek().is_some() && clauses.all(|clause| clause == Strength::None)
}

/// Words behind an English denial, and characters behind a Chinese one, among which what it
/// denies is or begins.
const NEAR: usize = 3;
const NEAR_HAN: usize = 4;

/// A denial of the sources where the claim has nothing of the kind near the word for what
/// is denied.
fn left_out(claim: &Reading, sources: &[Reading]) -> Option<Finding> {
    sources.iter().find_map(|source| {
        let told = LazyCell::new(|| told_otherwise(source));
        let tells = |word: &str| {
            let stem = gloss::stem(word);
            source.stems.binary_search(&stem).is_ok() && told.contains(&stem)
        };
        let said = |part| strength_besides(&claim.text, part, tells);
        if said(0..claim.text.chars.len()) == Strength::Strong {
            return None;
        }
        let missing = clear_denials(claim, source).find(|d| {
            word_denied(claim, source, d).is_some_and(|near| said(near) == Strength::None)
        })?;
        Some(missing_here(source, &missing))
    })
}

/// A clear denial of the sources where the claim has no word of the kind at all.
fn gone(claim: &Reading, sources: &[Reading]) -> Option<Finding> {
    if strength(&claim.text, 0..claim.text.chars.len()) != Strength::None {
        return None;
    }
    sources.iter().find_map(|source| {
        let missing = clear_denials(claim, source)
            .find(|d| retold(claim, source, d) || word_denied(claim, source, d).is_some())?;
        Some(missing_here(source, &missing))
    })
}

/// What the words of a source mean that deny nothing themselves: 退出 "withdraw".
fn told_otherwise(source: &Reading) -> HashSet<Stem> {
    let denies = |l: &Lexeme| strength(&source.text, l.span.0..l.span.1) == Strength::Strong;
    let words = source.lexemes.iter().filter(|l| !l.part && !denies(l));
    words.flat_map(|l| l.stems.iter().copied()).collect()
}

fn missing_here(source: &Reading, denial: &Range<usize>) -> Finding {
    let there = quote(source, denial);
    let detail = format!("The source denies it (\"{there}\"); the claim does not.");
    negation(String::new(), there, detail)
}

/// A denial; a lone 不 with the word that it denies or begins (不属于), to be found again.
fn quote(reading: &Reading, denial: &Range<usize>) -> String {
    let near = reading.lexemes_in(&(denial.start..denial.end + 1)).iter();
    let ends = near
        .filter(|l| !l.part && denial.len() == 1)
        .map(|l| l.span.1);
    let end = ends.max().map_or(denial.end, |end| end.max(denial.end));
    reading.quote(&(denial.start..end))
}

/// The denials of a source that a claim which tells the same must have.
fn clear_denials(claim: &Reading, source: &Reading) -> impl Iterator<Item = Range<usize>> {
    // What is still lacking may well be planned, but not if it is told as done.
    let open = is_open(claim) && !modality::has_perfect(&claim.text);
    denials(&source.text)
        .into_iter()
        .filter(|d| !lexical(source, d))
        .take(MOST_DENIALS)
        .filter(move |d| clear(source, d) && !(open && not_yet(source, d)))
}

/// Whether English has a "not" for a denial, as a rule: a lone 不 or 无 is as often part of
/// what it says without one.
fn clear(source: &Reading, denial: &Range<usize>) -> bool {
    denial.len() > 1
        || matches!(source.text.at(denial.start), '没' | '未')
        || MODALS.contains(source.text.at(denial.end))
        || before_a_word(source, denial)
}

/// Whether a lone 不 denies the word right behind it, and does not begin a word (不敌 is lose
/// to) or a quality that has degrees (很不规律 is erratic) or is another's (不公平的 is unfair).
fn before_a_word(source: &Reading, denial: &Range<usize>) -> bool {
    let near = source.lexemes_in(&(denial.start..denial.end + 1)).iter();
    let mut words = near.filter(|l| !l.part && l.span.1 > denial.end);
    source.text.at(denial.start) == '不'
        && !"很太最更较极颇些".contains(source.text.before(denial.start))
        && words.clone().all(|l| l.span.0 == denial.end)
        && words.any(|l| l.span.1 - l.span.0 >= 2 && source.text.at(l.span.1) != '的')
}

/// Whether the claim has words for what the clause round a denial says.
fn retold(claim: &Reading, source: &Reading, denial: &Range<usize>) -> bool {
    let clause = source.clause(denial);
    let words = source.lexemes_in(&clause).iter();
    let telling = words.filter(|l| !l.part && l.span.1 - l.span.0 >= 2 && !l.stems.is_empty());
    let apart = telling.filter(|l| l.span.1 <= denial.start || l.span.0 >= denial.end);
    let told = apart.map(|l| l.stems.iter().any(|s| claim.stems.binary_search(s).is_ok()));
    let told: Vec<bool> = told.collect();
    let count = told.iter().filter(|t| **t).count();
    count >= 2 || count == 1 && told.len() <= 2
}

/// Whether a denial is but part of a word: 看不起, 足不出户.
fn lexical(source: &Reading, denial: &Range<usize>) -> bool {
    let near = denial.start.saturating_sub(MOST_WORD)..denial.end;
    source.lexemes_in(&near).iter().any(|l| {
        let inside = l.span.0 <= denial.start && l.span.1 >= denial.end;
        let longer = l.span.1 > denial.end && l.span.1 - l.span.0 >= 3;
        inside && !l.part && (l.span.0 < denial.start || longer)
    })
}

/// 尚未, 还没有.
fn not_yet(source: &Reading, denial: &Range<usize>) -> bool {
    source.text.has(denial.start, "尚未") || source.text.before(denial.start) == '还'
}

/// Whether a claim tells of what is planned or under way.
fn is_open(claim: &Reading) -> bool {
    const OPEN: &[&str] = &[
        "plan", "plans", "planned", "planning", "will", "intends", "aims", "proposed", "expected",
        "still", "remain", "remains",
    ];
    let mut words = claim.text.words.iter();
    words.any(|word| OPEN.contains(&word.lower.as_str()))
}

/// The part of the claim, a few words either way, round the word for what the source denies.
fn word_denied(claim: &Reading, source: &Reading, denial: &Range<usize>) -> Option<Range<usize>> {
    let words = &claim.text.words;
    let near = denial.end..denial.end + NEAR_HAN;
    let mut next = source.lexemes_in(&near).iter();
    let lexeme = next.find(|l| l.span.1 - l.span.0 >= 2 && !l.part)?;
    let k = words.iter().position(|w| {
        !gloss::is_function_word(&w.lower)
            && lexeme.stems.binary_search(&gloss::stem(&w.lower)).is_ok()
    })?;
    let last = (k + 5).min(words.len() - 1);
    Some(words[k.saturating_sub(7)].start..words[last].end)
}
