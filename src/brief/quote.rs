//! Briefs without a model: the key sentences, quoted. Pure.

use std::ops::Range;

use super::{Brief, BriefCitation, CheckCounts, Engine, Group, Lead, Point, write::PointEvent};
use crate::{
    article::{Article, slice},
    check::Verdict,
    extract,
    time::Time,
};

/// Sentences of such a brief.
const KEY_SENTENCES: usize = 5;

/// The brief of the engine without a model: the key sentences, the best as its lead.
pub(super) fn key_sentences(
    article: &Article,
    now: Time,
    tell: &mut (dyn FnMut(PointEvent) + Send),
) -> Brief {
    let mut citations = Vec::new();
    let mut picks = extract::key_sentences(article, KEY_SENTENCES);
    let rest = picks.split_off(picks.len().min(1));
    let mut rest = rest;
    rest.sort_by_key(|pick| pick.range.start);
    let mut points: Vec<Point> = Vec::new();
    for pick in picks.into_iter().chain(rest) {
        let index = article
            .paragraphs
            .iter()
            .position(|p| p.n == pick.paragraph)
            .unwrap_or(0);
        let n = cite(article, index, pick.range, &mut citations);
        let point = Point {
            text: pick.text,
            citations: vec![n],
            // A quotation bears itself out.
            verdict: Verdict::Supported,
            findings: Vec::new(),
        };
        tell(PointEvent {
            group: None,
            quotes: citations.iter().filter(|c| c.n == n).cloned().collect(),
            point: point.clone(),
        });
        points.push(point);
    }
    let others = points.split_off(points.len().min(1));
    let group = |points: Vec<Point>| Group {
        title: None,
        points,
    };
    let mut brief = Brief {
        language: article.text_language().to_owned(),
        title_en: None,
        lead: Some(Lead {
            label: None,
            points,
        })
        .filter(|lead| !lead.points.is_empty()),
        groups: Some(group(others))
            .filter(|g| !g.points.is_empty())
            .into_iter()
            .collect(),
        citations,
        engine: Engine::Extractive,
        model: None,
        prompt: None,
        created_at: now,
        check: CheckCounts::default(),
    };
    brief.count();
    brief
}

/// The number of a span among `citations`, put there if it is new.
pub(super) fn cite(
    article: &Article,
    paragraph: usize,
    span: Range<usize>,
    citations: &mut Vec<BriefCitation>,
) -> u32 {
    if let Some(known) = citations
        .iter()
        .find(|c| c.start == Some(span.start) && c.end == Some(span.end))
    {
        return known.n;
    }
    let n = u32::try_from(citations.len()).unwrap_or(u32::MAX) + 1;
    citations.push(BriefCitation {
        n,
        paragraph: article.paragraphs[paragraph].n,
        start: Some(span.start),
        end: Some(span.end),
        quote: Some(slice(&article.text, span.start, span.end).to_owned()),
    });
    n
}
