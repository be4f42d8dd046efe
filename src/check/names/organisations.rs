//! Organisations of a claim against those of its sources.

use std::ops::Range;

use super::{Reading, finding, says_like};
use crate::check::{Finding, FindingKind};
use crate::facts::gloss;
use crate::facts::organisation::{Mention, ORGANISATIONS};
use crate::facts::sound;
use crate::facts::text::is_han;

/// Words that stand in the names of many organisations.
const OF_MANY: &[&str] = &[
    "ministry",
    "department",
    "national",
    "china",
    "chinese",
    "state",
    "general",
    "administration",
    "commission",
    "bureau",
    "university",
    "news",
    "agency",
    "world",
    "international",
    "organization",
    "organisation",
    "bank",
    "public",
    "united",
    "european",
    "people's",
];

/// The organisations that the claim has in place of others that the sources name.
pub(super) fn compare(
    claim: &Reading,
    sources: &[Reading],
    near: &[Reading],
    said: &[Mention],
) -> Vec<Finding> {
    let strange: Vec<&Mention> = said
        .iter()
        .filter(|m| !sources.iter().any(|s| tells(s, m.organisation)))
        .take(super::MOST)
        .collect();
    let mut findings = Vec::new();
    if !strange.is_empty() {
        let rivals: Vec<(&Reading, Mention)> = near
            .iter()
            .flat_map(|s| {
                ORGANISATIONS
                    .mentions(&s.text)
                    .into_iter()
                    .map(move |m| (s, m))
            })
            .filter(|(_, m)| !tells(claim, m.organisation))
            .take(super::MOST)
            .collect();
        for mention in strange {
            let own = ORGANISATIONS.get(mention.organisation);
            let class = |m: &Mention| ORGANISATIONS.get(m.organisation).class;
            let alike = rivals.iter().find(|(_, m)| class(m) == own.class);
            let rival = alike.or_else(|| rivals.iter().find(|(_, m)| akin(class(m), own.class)));
            if let Some((source, rival)) = rival {
                findings.push(finding(claim, &mention.span, source, &rival.span));
            } else if own.class == "university"
                && let Some((source, rival)) = other_university(claim, near)
            {
                findings.push(finding(claim, &mention.span, source, &rival));
            } else if own.telling && !claim.is_chinese() {
                // In Chinese many of these names are words too: 联想, 大众, 通用.
                let said = claim.quote(&mention.span);
                findings.push(Finding {
                    kind: FindingKind::Name,
                    detail: format!("The source does not name {said}."),
                    claim: said,
                    source: String::new(),
                });
            }
        }
    }
    if findings.is_empty() {
        findings.extend(unlisted_university(claim, sources, near, said));
    }
    findings
}

/// Whether one kind of organisation may be put in another's place unnoticed.
fn akin(a: &str, b: &str) -> bool {
    let state = |class: &str| matches!(class, "ministry" | "agency" | "body");
    state(a) && state(b)
}

/// Whether a text names an organisation in any way: by a name, or by all that tells its name from others'.
fn tells(reading: &Reading, organisation: usize) -> bool {
    let known = ORGANISATIONS.get(organisation);
    known.chinese.iter().any(|form| reading.contains(form))
        || known.english.iter().any(|name| {
            let mut own = name
                .iter()
                .filter(|w| !gloss::is_function_word(w) && !OF_MANY.contains(&w.as_str()))
                .peekable();
            let all: &dyn Fn(&String) -> bool = &|w| says_like(reading, w);
            if own.peek().is_some() {
                own.all(all)
            } else {
                name.iter().all(all)
            }
        })
}

/// A university of Chinese sources, where the claim's is none of theirs.
fn other_university<'a>(
    claim: &Reading,
    sources: &'a [Reading],
) -> Option<(&'a Reading, Range<usize>)> {
    let named = claim
        .text
        .words
        .iter()
        .filter(|w| matches!(w.lower.as_str(), "university" | "college" | "institute"));
    if named.count() > 1 {
        return None;
    }
    sources.iter().find_map(|source| {
        let text = &source.text;
        let end = (0..text.chars.len()).find(|i| text.has(*i, "大学") && text.at(i + 2) != '生')?;
        let named = source
            .lexemes_in(&(end.saturating_sub(4)..end))
            .iter()
            .filter(|l| !l.part);
        let start = named
            .map(|l| l.span.0)
            .next()
            .filter(|at| is_han(text.at(*at)))?;
        Some((source, start..end + 2))
    })
}

/// A university of the claim that is called after something of which the sources have no word,
/// while they name another.
fn unlisted_university(
    claim: &Reading,
    sources: &[Reading],
    near: &[Reading],
    said: &[Mention],
) -> Option<Finding> {
    let text = &claim.text;
    let k = (1..text.words.len()).find(|k| {
        text.word(*k) == "university"
            && text.words[*k].capital
            && text.joined(k - 1)
            && text.words[k - 1].capital
    })?;
    let span = text.words[k - 1].start..text.words[k].end;
    if said.iter().any(|m| m.span.end == span.end) {
        return None;
    }
    let name = text.word(k - 1);
    let told = |s: &Reading| {
        says_like(s, name)
            || s.stems.binary_search(&gloss::stem(name)).is_ok()
            || sound::is_pinyin_of(name, &s.text)
            || s.sounds_like(name, 0.6)
    };
    if sound::syllables(name).is_none() || sources.iter().any(told) {
        return None;
    }
    let (source, rival) = other_university(claim, near)?;
    Some(finding(claim, &span, source, &rival))
}
