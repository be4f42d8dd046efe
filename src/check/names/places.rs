//! Places of an English claim against those of Chinese sources.

use std::ops::Range;

use super::{Reading, finding};
use crate::check::{Finding, FindingKind};
use crate::facts::gloss;
use crate::facts::name::{GAZETTEER, Mention, Place};
use crate::facts::sound;
use crate::facts::text::{Text, is_han};

/// The places that the claim has in place of others that the sources name.
pub(super) fn compare(claim: &Reading, sources: &[Reading], mentions: &[Mention]) -> Vec<Finding> {
    let gazetteer = &*GAZETTEER;
    let strange: Vec<_> = mentions
        .iter()
        .filter(|m| {
            !sources.iter().any(|s| {
                gazetteer.names_any(&m.places, &s.text)
                    || m.places.iter().any(|p| means(s, gazetteer.place(*p)))
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
        .find_map(|s| unmatched_place(claim, mentions, s).map(|span| (s, span)));
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

/// A place of the source that nothing in the claim names.
fn unmatched_place(
    claim: &Reading,
    mentions: &[Mention],
    source: &Reading,
) -> Option<Range<usize>> {
    source
        .lexemes
        .iter()
        .filter(|l| {
            l.name && !l.part && l.span.1 - l.span.0 >= 2 && is_han(source.text.at(l.span.0))
        })
        .find_map(|lexeme| {
            let word = source.text.slice(lexeme.span.0..lexeme.span.1);
            // 珀斯 is no place within 科珀斯克里斯蒂.
            let loose = |at: usize| {
                sound::transcribes(source.text.at(at))
                    && source.lexemes.iter().any(|l| l.span == (at, at + 1))
            };
            if loose(lexeme.span.1) || lexeme.span.0 > 0 && loose(lexeme.span.0 - 1) {
                return None;
            }
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
                        | "城区"
                        | "市区"
                        | "东区"
                        | "西区"
                        | "南区"
                        | "北区"
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
                        .any(|e| e.split(' ').all(|w| super::says_like(claim, w)))
                })
                || spells(claim, source, &(lexeme.span.0..lexeme.span.1));
            (!named).then_some(lexeme.span.0..lexeme.span.1)
        })
}

/// Whether a source's words mean a place, or it has the first character of a Chinese one (徐兰 for Xuzhou).
fn means(source: &Reading, place: &Place) -> bool {
    place.english.iter().any(|name| {
        let has = |w: &str| source.stems.binary_search(&gloss::stem(w)).is_ok();
        name.split(' ').all(has)
            || name
                .split_once(' ')
                .is_some_and(|(first, _)| first.len() > 4 && has(first))
            || place.chinese.iter().any(|form| {
                let short = form
                    .chars()
                    .next()
                    .filter(|c| source.text.chars.contains(c));
                form.chars().count() <= 3
                    && short.is_some()
                    && sound::is_pinyin_of(name, &Text::new(form))
            })
    })
}

/// Whether one of the claim's capitalised words is the pinyin of a span of a source.
fn spells(claim: &Reading, source: &Reading, span: &Range<usize>) -> bool {
    claim
        .text
        .words
        .iter()
        .any(|w| w.capital && sound::spells(w.lower.trim_end_matches("'s"), &source.text, span))
}
