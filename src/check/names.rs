//! Names of the claim against those of the sources.

use super::{Finding, FindingKind, Reading};
use crate::facts::gloss::stem;
use crate::facts::name::{self, GAZETTEER};
use crate::facts::sound;
use crate::facts::text::is_han;

/// The places and people that the claim has in place of others that the sources name.
pub(super) fn compare(claim: &Reading, sources: &[Reading]) -> Vec<Finding> {
    if claim.text.words.is_empty() || !sources.iter().any(Reading::is_chinese) {
        return Vec::new();
    }
    let mut findings = places(claim, sources);
    if findings.is_empty() {
        findings = people(claim, sources);
    }
    findings
}

fn places(claim: &Reading, sources: &[Reading]) -> Vec<Finding> {
    let gazetteer = &*GAZETTEER;
    let mentions = gazetteer.mentions(&claim.text);
    let strange: Vec<_> = mentions
        .iter()
        .filter(|m| {
            !sources.iter().any(|s| {
                gazetteer.names_any(&m.places, &s.text)
                    || m.places.iter().any(|p| s.means_place(gazetteer.place(*p)))
                    || m.name.split(' ').all(|w| s.says(w))
                    || sound::is_pinyin_of(&m.name.replace(' ', ""), &s.text)
                    || s.sounds_like(&m.name, 0.8)
            })
        })
        .collect();
    if strange.is_empty() {
        return Vec::new();
    }
    let unmatched = sources
        .iter()
        .find_map(|s| unmatched_place(claim, &mentions, s).map(|span| (s, span)));
    strange
        .iter()
        .filter_map(|m| match &unmatched {
            Some((source, span)) => Some(finding(claim, &m.span, source, span)),
            // A country that the sources do not name in any way is at odds with them by itself.
            None => m.places.iter().any(|p| gazetteer.is_country(*p)).then(|| {
                let said = claim.quote(&m.span);
                Finding {
                    kind: FindingKind::Name,
                    detail: format!("The source does not name {said}."),
                    claim: said,
                    source: String::new(),
                }
            }),
        })
        .collect()
}

fn finding(
    claim: &Reading,
    said: &std::ops::Range<usize>,
    source: &Reading,
    right: &std::ops::Range<usize>,
) -> Finding {
    let (said, right) = (claim.quote(said), source.quote(right));
    Finding {
        kind: FindingKind::Name,
        detail: format!("The claim names {said}; the source names {right}."),
        claim: said,
        source: right,
    }
}

/// A place of the source that nothing in the claim names.
fn unmatched_place(
    claim: &Reading,
    mentions: &[name::Mention],
    source: &Reading,
) -> Option<std::ops::Range<usize>> {
    source
        .lexemes
        .iter()
        .filter(|l| {
            l.name && !l.part && l.span.1 - l.span.0 >= 2 && is_han(source.text.at(l.span.0))
        })
        .find_map(|lexeme| {
            let word = source.text.slice(lexeme.span.0..lexeme.span.1);
            let places = GAZETTEER.chinese(&word);
            if places.is_empty()
                || matches!(
                    word.as_str(),
                    "欧洲"
                        | "亚洲"
                        | "非洲"
                        | "亚太"
                        | "大陆"
                        | "国内"
                        | "我国"
                        | "全国"
                        | "内地"
                        | "中东"
                        | "欧盟"
                )
            {
                return None;
            }
            let named = mentions
                .iter()
                .any(|m| m.places.iter().any(|p| places.contains(p)))
                || places.iter().any(|p| {
                    GAZETTEER
                        .place(*p)
                        .english
                        .iter()
                        .any(|e| e.split(' ').all(|w| claim.says_like(w)))
                })
                || claim.spells(source, &(lexeme.span.0..lexeme.span.1));
            (!named).then_some(lexeme.span.0..lexeme.span.1)
        })
}

fn people(claim: &Reading, sources: &[Reading]) -> Vec<Finding> {
    let places = GAZETTEER.mentions(&claim.text);
    let words = claim.person_words();
    if words.is_empty() {
        return Vec::new();
    }
    let runs: Vec<_> = sources
        .iter()
        .map(|s| name::name_runs(&s.text, &s.lexemes))
        .collect();
    let lower = |k: usize| claim.text.word(k).trim_end_matches("'s");
    let strange: Vec<_> = words
        .iter()
        .copied()
        .filter(|k| !claim.surname_follows(*k, sources))
        .filter(|k| {
            let (word, at) = (lower(*k), claim.text.words[*k].start);
            sound::latin(word).len() >= 2
                && !places.iter().any(|m| m.span.contains(&at))
                && !sources.iter().zip(&runs).any(|(s, runs)| {
                    s.says(word)
                        || s.stems.binary_search(&stem(word)).is_ok()
                        || sound::is_pinyin_of(word, &s.text)
                        || GAZETTEER.person(word).iter().any(|form| s.contains(form))
                        || runs.iter().any(|run| s.heard(word, run) >= 0.7)
                })
        })
        .collect();
    if strange.is_empty() {
        return Vec::new();
    }
    for (source, runs) in sources.iter().zip(&runs) {
        let run = runs.iter().find(|run| {
            !words.iter().any(|k| source.heard(lower(*k), run) >= 0.7)
                && !claim.means(&words, source, run)
        });
        if let Some(run) = run.filter(|run| {
            GAZETTEER
                .chinese(&source.text.slice((*run).clone()))
                .is_empty()
        }) {
            return strange
                .iter()
                .map(|k| {
                    let word = &claim.text.words[*k];
                    finding(claim, &(word.start..word.end), source, run)
                })
                .collect();
        }
    }
    Vec::new()
}
