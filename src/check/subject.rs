//! What a number is said of: a value that the sources state of something else bears nothing out.

use std::ops::Range;

use super::{Reading, nearest, numbers};
use crate::facts::change::change;
use crate::facts::gloss::{self, Stem};
use crate::facts::numeral::Form;
use crate::facts::text::{Word, is_han};
use crate::facts::unit::Dimension;
use crate::facts::{Quantity, Text};

/// How many more of the claim's words must stand round another number than round its own.
const MARGIN: u32 = 2;
/// A text with more numbers of one unit is a table, whose rows no words tell apart.
const MOST_RIVALS: usize = 40;
/// A number that stands in more places is told of much.
const MOST_PLACES: usize = 4;
/// How many more of the claim's words the sentences that it is about must tell than the one
/// in which its number stands.
const AHEAD: usize = 2;
/// By how many more of the other's words two numbers together must stand that have changed
/// places, and by how many where the claim has them in the source's order.
const SURE: u32 = 2;
const SURE_IN_ORDER: u32 = 5;
/// Numbers that change places stand near each other: this many before and behind.
const NEIGHBOURS: usize = 4;

/// The quantity that the claim should have given, where its value stands in the sources
/// for something else only: the claim's words round the number are those round another
/// number of the same unit there rather than those round its own.
pub(super) fn of_something_else<'a>(
    quantity: &Quantity,
    claim: &Reading,
    same: &[(&'a Reading, &'a Quantity)],
) -> Option<(&'a Reading, &'a Quantity)> {
    let [(source, own)] = *same else {
        return None;
    };
    if quantity.ordinal || quantity.low != quantity.high {
        return None;
    }
    if let Some(other) = exchanged(quantity, claim, source, own) {
        return Some((source, other));
    }
    // A claim's "rose by 7,000" is 增加7000人, whatever stands round that.
    let role = |text: &Text, span: &Range<usize>| change(text, span).map(|(role, _)| role);
    let said_role = role(&claim.text, &quantity.span);
    let its_role = said_role.is_some() && role(&source.text, &own.span) == said_role;
    let apart = |q: &&Quantity| {
        q.span != own.span
            && !step(&source.text, own, q)
            && (!its_role || role(&source.text, &q.span) == said_role)
    };
    let rivals: Vec<&Quantity> = source
        .quantities
        .iter()
        .filter(apart)
        .filter(|q| may_be_meant(q, own, claim, source))
        .take(MOST_RIVALS)
        .collect();
    if rivals.is_empty() {
        return None;
    }
    let said = words_round(claim, quantity);
    let here = shared(&said, source, own) + counted_before(&said, source, own);
    let (best, rival) = rivals
        .into_iter()
        .map(|q| (shared(&said, source, q), q))
        .max_by_key(|(n, _)| *n)?;
    // Where its own words are left out (上月新增1800个), they are those of the clause before.
    let judged = here > 0 || says_something(source, own);
    let margin = if here == 0 { 1 } else { MARGIN };
    (judged && best >= here + margin).then_some((source, rival))
}

/// The quantity that the claim should have given, where its value stands in the sources
/// only outside the sentences that the claim is about, `near`, while these tell more of it
/// and give another of the same unit that the claim leaves out, by as many of its words and
/// one at least: a claim may well have put three sentences together.
pub(super) fn of_another_sentence<'a>(
    quantity: &Quantity,
    claim: &Reading,
    same: &[(&Reading, &Quantity)],
    near: &'a [Reading],
) -> Option<(&'a Reading, &'a Quantity)> {
    if quantity.ordinal || quantity.low != quantity.high || same.len() > MOST_PLACES {
        return None;
    }
    let (_, own) = *same.first()?;
    let said = words_round(claim, quantity);
    let there = same.iter().map(|(s, q)| shared(&said, s, q)).max()?;
    let rivals = near.iter().flat_map(|s| {
        let meant = s
            .quantities
            .iter()
            .filter(|q| may_be_meant(q, own, claim, s));
        meant.take(MOST_RIVALS).map(move |q| (s, q))
    });
    let (here, (source, rival)) = rivals
        .map(|(s, q)| (shared(&said, s, q), (s, q)))
        .max_by_key(|(n, _)| *n)?;
    let told = |(s, q): &(&Reading, &Quantity)| {
        let sentence = s
            .sentences()
            .into_iter()
            .find(|part| part.contains(&q.span.start));
        sentence.map_or(0, |part| nearest::words_told(claim, s, &part))
    };
    let elsewhere = same.iter().map(told).max()?;
    let tells = nearest::words_told(claim, source, &(0..source.text.chars.len()));
    (here >= there.max(1) && tells >= elsewhere + AHEAD).then_some((source, rival))
}

/// Whether a number of a source may be the one that a claim should have given for another of
/// the sources: of the same unit, and not told by the claim.
fn may_be_meant(rival: &Quantity, own: &Quantity, claim: &Reading, source: &Reading) -> bool {
    let counts = || {
        !part_of_a_name(source, rival)
            && rival.high > 1.0
            && (rival.high >= 10.0 || rival.form == Form::Digits)
            && rival.form != Form::HanScale
            && rival.plain != 4
    };
    !rival.ordinal
        && comparable(rival, own)
        && (rival.unit.dimension != Dimension::Count || counts())
        && !claim.quantities.iter().any(|c| numbers::agrees(c, rival))
}

/// The quantity that has changed places with one of the claim: the claim states both, and
/// they stand by more of the words that the source has round the other: neither by fewer, and
/// both by more where they follow each other as they do there.
fn exchanged<'a>(
    quantity: &Quantity,
    claim: &Reading,
    source: &'a Reading,
    own: &Quantity,
) -> Option<&'a Quantity> {
    let single = |q: &Quantity| {
        // 0800 is a part of a code.
        let code =
            claim.text.at(q.span.start) == '0' && claim.text.at(q.span.start + 1).is_ascii_digit();
        !q.ordinal && !code && q.low == q.high && q.unit.dimension != Dimension::Multiple
    };
    if !single(quantity) {
        return None;
    }
    let said = words_round(claim, quantity);
    let here = shared(&said, source, own);
    let at = claim
        .quantities
        .partition_point(|q| q.span.start < quantity.span.start);
    let last = (at + NEIGHBOURS + 1).min(claim.quantities.len());
    let others = &claim.quantities[at.saturating_sub(NEIGHBOURS)..last];
    let mut others = others.iter().filter(|other| {
        other.span != quantity.span && single(other) && !are_one(&claim.text, quantity, other)
    });
    others.find_map(|other| {
        let mut stated = source
            .quantities
            .iter()
            .filter(|q| q.span != own.span && numbers::agrees(other, q));
        let (theirs, None) = (stated.next()?, stated.next()) else {
            return None;
        };
        let counts = |q: &Quantity| q.unit.dimension == Dimension::Count;
        let alike = comparable(theirs, own) || counts(theirs) && counts(own);
        if !alike
            || theirs.ordinal
            || own.ordinal
            || step(&source.text, own, theirs)
                // 2019年为360万人，2022年为410万人 is none.
                && !between(&source.text, own, theirs).contains('，')
            || part_of_a_name(source, theirs)
        {
            return None;
        }
        let counts = |said: &Quantity, one: &Quantity, rather_than: &Quantity| {
            let counted = |stated| counts_what(said, claim, source, stated);
            counted(one) && !counted(rather_than)
        };
        if counts(quantity, own, theirs) || counts(other, theirs, own) {
            return None;
        }
        if counts(quantity, theirs, own) && counts(other, own, theirs) {
            return Some(theirs);
        }
        let in_order =
            (quantity.span.start < other.span.start) == (own.span.start < theirs.span.start);
        let (least, sure) = if in_order {
            (1, SURE_IN_ORDER)
        } else {
            (0, SURE)
        };
        let mine = shared(&said, source, theirs).checked_sub(here)?;
        let words = words_round(claim, other);
        let its = shared(&words, source, own).checked_sub(shared(&words, source, theirs))?;
        (mine.min(its) >= least && mine + its >= sure).then_some(theirs)
    })
}

/// Words behind a number of the claim, and characters behind one of a source, among which what
/// it counts is.
const COUNTED: usize = 3;
const COUNTED_HAN: usize = 6;

/// Whether a number of a source counts what one of the claim counts: "256 teams", 256支代表队.
fn counts_what(quantity: &Quantity, claim: &Reading, source: &Reading, own: &Quantity) -> bool {
    let behind = claim.text.word_after(quantity.span.end);
    let words = behind.into_iter().flat_map(|k| k..k + COUNTED);
    let counted: Vec<Stem> = words
        .map(|k| claim.text.word(k))
        .take_while(|word| !gloss::is_function_word(word) || *word == "people")
        .map(gloss::stem)
        .collect();
    let start = source.text.skip_spaces(own.span.end);
    let ends = |i: &usize| {
        !is_han(source.text.at(*i)) && source.text.at(*i) != ' ' || source.text.at(*i) == '的'
    };
    let end = (start..start + COUNTED_HAN)
        .find(ends)
        .unwrap_or(start + COUNTED_HAN);
    let lexemes = source.lexemes_in(&(start..end)).iter();
    lexemes.filter(|l| !l.part).any(|l| {
        counted
            .iter()
            .any(|stem| l.stems.binary_search(stem).is_ok())
    })
}

/// Whether two numbers tell one thing: the score 2&1, thirteen of the 29.
fn are_one(text: &Text, a: &Quantity, b: &Quantity) -> bool {
    let between = between(text, a, b);
    let between = between.trim();
    let part = ["of", "of the", "of its", "of their", "per"];
    // Eight of the captain's twelve deckhands.
    let owned = between.starts_with("of ") && between.ends_with("'s");
    !between.contains(char::is_alphabetic)
        || between == "to"
        || owned && between.split_whitespace().count() <= 4
        || part
            .iter()
            .any(|joint| between == *joint || between.ends_with(&format!(" {joint}")))
}

/// How much of the claim's words the source has round a number; what it has after the
/// number, which is what the number counts, weighs double. A word of one character counts
/// where it touches the number: 长48米, 212人.
fn shared(said: &[(Stem, u32)], source: &Reading, own: &Quantity) -> u32 {
    let around = narrow(source, &own.span);
    let weight = |start: usize| if start >= own.span.end { 2 } else { 1 };
    let lexemes = source.lexemes_in(&around);
    let words = words_in(&source.text, &around);
    let measures = |at: usize| "长宽高深重厚远".contains(source.text.at(at));
    let touches = |l: &gloss::Lexeme| {
        l.span.0 == own.span.end || l.span.1 == own.span.start && measures(l.span.0)
    };
    let year = year_of(source, &around, &own.span);
    said.iter()
        .map(|(stem, said)| {
            let dated = (year == Some(*stem)).then_some(1);
            let glossed = lexemes
                .iter()
                .filter(|l| {
                    !l.part
                        && (l.span.1 - l.span.0 >= 2 || touches(l))
                        && l.stems.binary_search(stem).is_ok()
                })
                .map(|l| weight(l.span.0));
            let latin = words
                .iter()
                .filter(|w| gloss::stem(&w.lower) == *stem)
                .map(|w| weight(w.start));
            said * glossed.chain(latin).chain(dated).max().unwrap_or(0)
        })
        .sum()
}

/// What the word straight before a number that ends its clause weighs more: it is what the
/// number counts (学生60名).
fn counted_before(said: &[(Stem, u32)], source: &Reading, own: &Quantity) -> u32 {
    let around = narrow(source, &own.span);
    let mut lexemes = source.lexemes_in(&around).iter();
    let last = lexemes.rfind(|l| !l.part && l.span.1 - l.span.0 >= 2);
    let Some(counted) = last.filter(|l| l.span.1 == own.span.start) else {
        return 0;
    };
    let same = |stem| counted.stems.binary_search(stem).is_ok();
    let weights = said.iter().filter(|(stem, _)| same(stem));
    weights.map(|(_, weight)| weight).sum()
}

/// The 十 of 红十字会, the 11 of 双11.
fn part_of_a_name(source: &Reading, quantity: &Quantity) -> bool {
    let (start, end) = (quantity.span.start, quantity.span.end);
    let longer = |l: &gloss::Lexeme| {
        l.span.0 <= start && end <= l.span.1 && l.span.1 - l.span.0 > end - start
    };
    source.text.before(start) == '双' || source.lexemes.iter().any(longer)
}

/// Whether two numbers are the ends of one change: 由1小时缩短至15分钟.
fn step(text: &Text, a: &Quantity, b: &Quantity) -> bool {
    let between = between(text, a, b);
    between.chars().count() <= 8
        && (between.trim_end_matches('了').ends_with(['至', '到', '为'])
            || matches!(between.trim(), "-" | "~"))
}

/// What stands between two numbers.
fn between(text: &Text, a: &Quantity, b: &Quantity) -> String {
    let (start, end) = (a.span.end.min(b.span.end), a.span.start.max(b.span.start));
    text.slice(start..end.max(start))
}

/// Whether the source has words of its own round a number: 净利润增长8.3%, but not 增加到410户.
fn says_something(source: &Reading, own: &Quantity) -> bool {
    let around = narrow(source, &own.span);
    let generic: Vec<Stem> = GENERIC.iter().map(|word| gloss::stem(word)).collect();
    source.lexemes_in(&around).iter().any(|l| {
        !l.part
            && l.span.1 <= around.end
            && (l.span.1 <= own.span.start || l.span.0 >= own.span.end)
            && l.span.1 - l.span.0 >= 2
            && !l.stems.iter().any(|s| generic.contains(s))
    })
}

/// Whether two numbers are of one unit.
pub(super) fn comparable(a: &Quantity, b: &Quantity) -> bool {
    let unit = |q: &Quantity| match q.unit.dimension {
        Dimension::Multiple => Dimension::Ratio,
        other => other,
    };
    unit(a) == unit(b)
        && unit(a) != Dimension::Time
        && (unit(a) == Dimension::Ratio || a.unit == b.unit)
}

/// The stems of the content words round a number of the claim, from the number before to
/// the number after within its clause; what it counts, the word straight after, weighs double.
fn words_round(claim: &Reading, quantity: &Quantity) -> Vec<(Stem, u32)> {
    let around = narrow(claim, &quantity.span);
    let mut after = 0;
    let mut said = Vec::new();
    for word in words_in(&claim.text, &around) {
        if quantity.span.contains(&word.start)
            || gloss::is_function_word(&word.lower)
            || GENERIC.contains(&word.lower.as_str())
        {
            continue;
        }
        let follows = word.start >= quantity.span.end;
        after += u32::from(follows);
        let weight = if follows && after <= 1 { 2 } else { 1 };
        said.push((gloss::stem(&word.lower), weight));
    }
    said.extend(year_of(claim, &around, &quantity.span).map(|year| (year, 1)));
    said
}

/// The year that a number is of, as a word: a Chinese one stands before it (2022年的410万),
/// an English one after it, where there is one.
fn year_of(reading: &Reading, around: &Range<usize>, span: &Range<usize>) -> Option<Stem> {
    let from = |place| reading.dates.partition_point(|d| d.span.start < place);
    let dates = |part: Range<usize>| &reading.dates[from(part.start)..from(part.end)];
    let before = dates(around.start.min(span.start)..span.start);
    let before = before.iter().rev().find_map(|date| date.year);
    let after = dates(span.end..around.end.max(span.end));
    let after = after.iter().find_map(|date| date.year);
    let year = if reading.is_chinese() {
        before.or(after)
    } else {
        after.or(before)
    };
    year.map(|year| gloss::stem(&year.to_string()))
}

const GENERIC: &[&str] = &[
    "total",
    "number",
    "year",
    "years",
    "month",
    "day",
    "increase",
    "increased",
    "rise",
    "rose",
    "fell",
    "reached",
    "reach",
    "new",
    "nearly",
    "almost",
    "accounting",
    "accounted",
    "including",
    "amount",
    "growth",
    "grew",
    "added",
    "people",
    "times",
    "yuan",
    "percent",
    "period",
    "last",
    "first",
    "add",
    "newly",
    "raise",
    "account",
];

/// From the comma or the number before to the comma or the number after; what stands
/// between two numbers is parted at its last conjunction. A number in brackets is said of
/// what stands before them.
fn narrow(reading: &Reading, span: &Range<usize>) -> Range<usize> {
    let bracketed = matches!(reading.text.before(span.start), '(' | '（');
    let from = span.start - usize::from(bracketed);
    let clause = reading.clause(&(from..span.end));
    let quantities = &reading.quantities;
    let next = quantities.partition_point(|q| q.span.start < span.end);
    let before = quantities[..next].iter().rev().map(|q| q.span.end);
    let start = before
        .take(4)
        .find(|end| *end <= span.start)
        .filter(|end| *end > clause.start)
        .map_or(clause.start, |end| {
            parted(reading, end..span.start).map_or(end, |conjunction| conjunction.end)
        });
    if bracketed {
        return start..span.start;
    }
    let end = quantities
        .get(next)
        .map(|q| q.span.start)
        .filter(|next| *next < clause.end)
        .map_or(clause.end, |next| {
            parted(reading, span.end..next).map_or(next, |conjunction| conjunction.start)
        });
    start..end
}

/// The Latin words that begin within a part of a text.
fn words_in<'a>(text: &'a Text, part: &Range<usize>) -> &'a [Word] {
    let from = text.words.partition_point(|w| w.start < part.start);
    let to = text.words.partition_point(|w| w.start < part.end);
    &text.words[from..to.max(from)]
}

/// The last conjunction of a part of a text.
fn parted(reading: &Reading, part: Range<usize>) -> Option<Range<usize>> {
    let english = words_in(&reading.text, &part)
        .iter()
        .filter(|w| CONJUNCTIONS.contains(&w.lower.as_str()))
        .map(|w| w.start..w.end)
        .next_back();
    let chinese = reading
        .lexemes_in(&part)
        .iter()
        .filter(|l| !l.part && l.span.1 == l.span.0 + 1)
        .filter(|l| "和与及而并且或但".contains(reading.text.at(l.span.0)))
        .map(|l| l.span.0..l.span.1)
        .next_back();
    [english, chinese]
        .into_iter()
        .flatten()
        .max_by_key(|conjunction| conjunction.start)
}

const CONJUNCTIONS: &[&str] = &["and", "while", "whereas", "but", "versus", "compared", "or"];
