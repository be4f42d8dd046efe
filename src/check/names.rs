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
                    || m.name.split(' ').all(|w| s.says(w))
                    || sound::is_pinyin_of(&m.name.replace(' ', ""), &s.text)
                    || s.sounds_like(&m.name, 0.8)
            })
        })
        .collect();
    if strange.is_empty() {
        return Vec::new();
    }
    let Some((source, span)) = sources.iter().find_map(|s| unmatched_place(claim, &mentions, s).map(|span| (s, span))) else {
        return Vec::new();
    };
    strange.iter().map(|m| finding(claim, &m.span, source, &span)).collect()
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
fn unmatched_place(claim: &Reading, mentions: &[name::Mention], source: &Reading) -> Option<std::ops::Range<usize>> {
    source.lexemes.iter().filter(|l| l.name && l.span.1 - l.span.0 >= 2 && is_han(source.text.at(l.span.0))).find_map(|lexeme| {
        let word = source.text.slice(lexeme.span.0..lexeme.span.1);
        let places = GAZETTEER.chinese(&word);
        if places.is_empty() || matches!(word.as_str(), "欧洲" | "亚洲" | "非洲" | "中国" | "大陆" | "国内" | "我国" | "全国" | "内地" | "中东" | "欧盟") {
            return None;
        }
        let named = mentions.iter().any(|m| m.places.iter().any(|p| places.contains(p)))
            || places.iter().any(|p| GAZETTEER.place(*p).english.iter().any(|e| e.split(' ').all(|w| claim.says_like(w))))
            || claim.names_by_sound(source, &(lexeme.span.0..lexeme.span.1));
        (!named).then_some(lexeme.span.0..lexeme.span.1)
    })
}

fn people(claim: &Reading, sources: &[Reading]) -> Vec<Finding> {
    let places = GAZETTEER.mentions(&claim.text);
    let dated = |w: &str| crate::facts::date::is_calendar_word(w);
    let strange: Vec<_> = claim
        .proper_names()
        .into_iter()
        .filter(|(span, words)| {
            !places.iter().any(|m| m.span.start < span.end && m.span.end > span.start) && !words.iter().any(|w| dated(w))
        })
        .filter(|(_, words)| {
            words.iter().all(|w| {
                let latin = sound::latin(w);
                latin.len() >= 2
                    && !sources.iter().any(|s| {
                        s.says(w)
                            || s.stems.contains(&stem(w))
                            || sound::is_pinyin_of(w, &s.text)
                            || GAZETTEER.person(w).iter().any(|form| s.contains(form))
                            || s.sounds_like(w, 0.6)
                    })
            })
        })
        .collect();
    if strange.is_empty() {
        return Vec::new();
    }
    for source in sources {
        let run = name::name_runs(&source.text, &source.lexemes)
            .into_iter()
            .find(|run| !claim.names_by_sound(source, run) && !claim.means(source, run));
        if let Some(run) = run {
            return strange.iter().map(|(span, _)| finding(claim, span, source, &run)).collect();
        }
    }
    Vec::new()
}
