//! What a number counts, as far as the words behind it tell.

use std::ops::Range;

use super::Reading;
use crate::facts::Quantity;
use crate::facts::gloss;
use crate::facts::text::is_han;
use crate::facts::unit;

/// Words behind a number of a claim among which the people that it counts stand.
const WORDS: usize = 3;

/// Plurals of people.
const PEOPLE: &[&str] = &[
    "students",
    "pupils",
    "graduates",
    "undergraduates",
    "trainees",
    "apprentices",
    "teachers",
    "lecturers",
    "professors",
    "mentors",
    "doctors",
    "physicians",
    "surgeons",
    "nurses",
    "patients",
    "workers",
    "employees",
    "staff",
    "engineers",
    "technicians",
    "craftsmen",
    "experts",
    "scientists",
    "researchers",
    "scholars",
    "academics",
    "officials",
    "officers",
    "soldiers",
    "troops",
    "policemen",
    "firefighters",
    "children",
    "adults",
    "women",
    "men",
    "girls",
    "boys",
    "babies",
    "infants",
    "teenagers",
    "players",
    "athletes",
    "runners",
    "fans",
    "visitors",
    "tourists",
    "travelers",
    "travellers",
    "passengers",
    "drivers",
    "residents",
    "villagers",
    "citizens",
    "farmers",
    "herders",
    "fishermen",
    "miners",
    "journalists",
    "reporters",
    "lawyers",
    "judges",
    "volunteers",
    "voters",
    "refugees",
    "migrants",
    "victims",
    "survivors",
    "suspects",
    "prisoners",
    "hostages",
];

/// Measure words of things; 名, 位 and 人 are of people, 个 of anything, 支 and 批 of groups of both.
const THINGS: &str = "家所辆台架艘座栋幢次项件种门部篇场条本张套款间份枚颗首处宗笔";

/// A number of a claim with the people that it counts: "2 doctoral students".
pub(super) fn people(quantity: &Quantity, claim: &Reading) -> Option<Range<usize>> {
    let text = &claim.text;
    let first = text.word_after(quantity.span.end)?;
    let mut words = (first..text.words.len().min(first + WORDS))
        .take_while(|k| *k == first || text.joined(k - 1))
        .take_while(|k| !gloss::is_function_word(text.word(*k)));
    let last = words.find(|k| PEOPLE.contains(&text.word(*k)))?;
    Some(quantity.span.start..text.words[last].end)
}

/// A number of a source with the measure word by which it counts things: 两家企业, but not
/// 两家人 nor 200万人次.
pub(super) fn things(source: &Reading, quantity: &Quantity) -> Option<Range<usize>> {
    let end = quantity.span.end;
    let counts = quantity.unit == &unit::NONE
        && THINGS.contains(source.text.at(end))
        && source.text.at(end + 1) != '人';
    counts.then(|| quantity.span.start..end + 1)
}

/// Whether a number without a unit counts things by a Chinese measure word: 100家, 16届, 90后.
pub(super) fn counted(source: &Reading, quantity: &Quantity) -> bool {
    // 3起案件, but 828,000起 is a price and what lies above it.
    let end = quantity.span.end;
    let from = source.text.at(end) == '起' && !is_han(source.text.at(end + 1));
    quantity.unit == &unit::NONE
        && !from
        && matches!(
            source.text.at(end),
            '个' | '名'
                | '位'
                | '家'
                | '人'
                | '只'
                | '件'
                | '张'
                | '辆'
                | '座'
                | '艘'
                | '架'
                | '头'
                | '条'
                | '项'
                | '例'
                | '起'
                | '种'
                | '枚'
                | '届'
                | '次'
                | '户'
                | '所'
                | '后'
                | '场'
        )
}
