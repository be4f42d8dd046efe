//! Names of a claim against those of sources in its own language.

use std::ops::Range;

use super::{Reading, finding, says_like};
use crate::check::Finding;
use crate::facts::mention::Named;
use crate::facts::name::{GAZETTEER, Mention};
use crate::facts::person::{self, Person};
use crate::facts::sound;

/// The people and places of an English claim in place of others of English sources.
pub(super) fn english(
    claim: &Reading,
    sources: &[Reading],
    near: &[Reading],
    mentions: &[Mention],
    named: &[Named],
) -> Vec<Finding> {
    let bare = |reading: &Reading, k: usize| -> String {
        reading.text.word(k).trim_end_matches("'s").to_owned()
    };
    let tells = |reading: &Reading, owner: &Reading, n: &Named| {
        let mut words = n
            .words
            .clone()
            .map(|k| bare(owner, k))
            .filter(|w| w.len() > 1);
        words.any(|w| says_like(reading, &w))
    };
    let has = |reading: &Reading, m: &Mention| {
        let names = m.places.iter().flat_map(|p| &GAZETTEER.place(*p).english);
        let mut names = names.chain([&m.name]);
        names.any(|e| e.split(' ').all(|w| says_like(reading, w)))
    };
    let told: Vec<(&Reading, Vec<Mention>, Vec<Named>)> = near
        .iter()
        .map(|s| {
            let (mentions, named) = super::named(s);
            (s, mentions, named)
        })
        .collect();
    let people = named
        .iter()
        .filter(|n| n.sure && !sources.iter().any(|s| tells(s, claim, n)))
        .filter_map(|n| {
            let (source, rival) = told
                .iter()
                .flat_map(|(s, _, named)| named.iter().map(move |n| (*s, n)))
                .find(|(s, rival)| rival.sure && !tells(claim, s, rival))?;
            Some(finding(claim, &n.span, source, &rival.span))
        });
    let places = mentions
        .iter()
        .filter(|m| !sources.iter().any(|s| has(s, m)))
        .filter_map(|m| {
            let (source, rival) = told
                .iter()
                .flat_map(|(s, mentions, _)| mentions.iter().map(move |m| (*s, m)))
                .find(|(_, rival)| !has(claim, rival))?;
            Some(finding(claim, &m.span, source, &rival.span))
        });
    places.chain(people).collect()
}

/// The people and places of a Chinese claim in place of others of Chinese sources.
pub(super) fn chinese(claim: &Reading, sources: &[Reading], near: &[Reading]) -> Vec<Finding> {
    let people = |reading: &Reading| {
        let mut people = person::people(&reading.text, &reading.lexemes);
        people.retain(|p| p.sure);
        people
    };
    let mut findings = Vec::new();
    for person in people(claim) {
        if sources.iter().any(|s| tells(s, claim, &person)) {
            continue;
        }
        let rival = near.iter().find_map(|s| {
            let rival = people(s)
                .into_iter()
                .find(|r| r.chinese == person.chinese && !tells(claim, s, r))?;
            Some((s, rival))
        });
        findings.extend(rival.map(|(s, rival)| finding(claim, &person.span, s, &rival.span)));
    }
    let strange = places(claim)
        .into_iter()
        .filter(|(_, places)| !sources.iter().any(|s| s.names_any(places)));
    for (span, _) in strange {
        let rival = near.iter().find_map(|s| {
            let (span, _) = places(s)
                .into_iter()
                .find(|(_, places)| !claim.names_any(places))?;
            Some((s, span))
        });
        findings.extend(rival.map(|(s, rival)| finding(claim, &span, s, &rival)));
    }
    findings
}

/// Whether a text names a person of another: by the same characters, by some of a
/// transcribed name or by sounds like them, by a Chinese surname.
fn tells(reading: &Reading, owner: &Reading, person: &Person) -> bool {
    let characters = &owner.text.chars[person.span.clone()];
    let has = |part: &[char]| reading.text.chars.windows(part.len()).any(|w| w == part);
    if person.chinese {
        // 欧阳 and 王 may be all that is said of them.
        return has(characters) || has(&characters[..1]);
    }
    let skeleton = |characters: &[char]| -> Vec<u8> {
        sound::chinese(characters)
            .into_iter()
            .map(|(c, _)| c)
            .collect()
    };
    let latin = |part: &[char]| {
        let mut words = reading.text.words.iter().filter(|w| w.capital);
        words.any(|w| sound::likeness(&w.lower, part) >= 0.0)
    };
    characters
        .split(|c| person::dot(*c))
        .filter(|part| !part.is_empty())
        .any(|part| {
            latin(part)
                || has(part)
                || part.len() > 2 && part.windows(2).any(has)
                || sound::best(&skeleton(part), &reading.sounds) >= 0.8
        })
}

/// The places that a Chinese text names in full.
fn places(reading: &Reading) -> Vec<(Range<usize>, &'static [usize])> {
    reading
        .lexemes
        .iter()
        .filter(|l| l.name && !l.part && l.span.1 - l.span.0 >= 2)
        .map(|l| {
            let word = reading.text.slice(l.span.0..l.span.1);
            (l.span.0..l.span.1, GAZETTEER.chinese(&word))
        })
        .filter(|(span, places)| {
            !places.is_empty() && !super::places::is_vague(&reading.text.slice(span.clone()))
        })
        .collect()
}
