//! A brief that came along with an article.

use super::{
    Brief, BriefCitation, BriefInput, CheckCounts, Engine, Group, Lead, Point, PointInput,
};
use crate::article::{Origin, Paragraph, normalize, slice};
use crate::check::Verdict;
use crate::time::Time;

impl Brief {
    /// The brief as it is kept, not yet checked: every verdict is `uncited`.
    ///
    /// Where it lists no citations, the points' numbers are paragraphs. A span or
    /// quote that the text does not bear out is left out, its paragraph stays. With
    /// [`Origin::Brief`] the numbers are of a text that is not here.
    pub fn from_input(
        input: &BriefInput,
        text: &str,
        paragraphs: &[Paragraph],
        origin: Origin,
        now: Time,
    ) -> Brief {
        let citations = if input.citations.is_empty() {
            by_paragraph(input)
        } else {
            let place = |citation: &BriefCitation| match origin {
                Origin::Text => placed(citation, text, paragraphs),
                Origin::Brief => bare(citation),
            };
            input.citations.iter().map(place).collect()
        };
        let points = |points: &[PointInput]| -> Vec<Point> { points.iter().map(point).collect() };
        let label = |raw: &Option<String>| {
            raw.as_deref()
                .map(normalize::line)
                .filter(|line| !line.is_empty())
        };
        let lead = input.lead.as_ref().filter(|lead| !lead.points.is_empty());
        let mut brief = Brief {
            language: input
                .language
                .as_deref()
                .and_then(crate::language::canonical)
                .unwrap_or_else(|| "en".to_owned()),
            title_en: label(&input.title_en),
            lead: lead.map(|lead| Lead {
                label: label(&lead.label),
                points: points(&lead.points),
            }),
            groups: input
                .groups
                .iter()
                .filter(|group| !group.points.is_empty())
                .map(|group| Group {
                    title: label(&group.title),
                    points: points(&group.points),
                })
                .collect(),
            citations,
            engine: input.engine.unwrap_or(Engine::Imported),
            model: input.model.clone(),
            prompt: input.prompt.clone(),
            created_at: input.created_at.clone().unwrap_or(now),
            check: CheckCounts::default(),
        };
        let lead = brief.lead.iter().map(|lead| lead.points.len());
        let claims = lead
            .chain(brief.groups.iter().map(|group| group.points.len()))
            .sum::<usize>();
        brief.check.claims = u32::try_from(claims).unwrap_or(u32::MAX);
        brief.check.uncited = brief.check.claims;
        brief
    }
}

fn point(input: &PointInput) -> Point {
    Point {
        text: normalize::line(&input.text),
        citations: input.citations.clone(),
        verdict: Verdict::Uncited,
        findings: Vec::new(),
    }
}

/// A citation for each paragraph that a point names, under the paragraph's own number.
fn by_paragraph(input: &BriefInput) -> Vec<BriefCitation> {
    let lead = input.lead.iter().flat_map(|lead| &lead.points);
    let points = lead.chain(input.groups.iter().flat_map(|group| &group.points));
    let mut numbers: Vec<u32> = points
        .flat_map(|point| point.citations.iter().copied())
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    let citation = |n| BriefCitation {
        n,
        paragraph: n,
        start: None,
        end: None,
        quote: None,
    };
    numbers.into_iter().map(citation).collect()
}

fn bare(citation: &BriefCitation) -> BriefCitation {
    BriefCitation {
        start: None,
        end: None,
        ..citation.clone()
    }
}

/// The citation with a span and quote that agree with the text, or without both.
fn placed(citation: &BriefCitation, text: &str, paragraphs: &[Paragraph]) -> BriefCitation {
    let span = match (citation.start, citation.end, &citation.quote) {
        (Some(start), Some(end), quote) if start < end => {
            let there = slice(text, start, end);
            let agrees = there.chars().count() == end - start
                && quote.as_ref().is_none_or(|quote| quote == there);
            agrees.then_some((start, end))
        }
        (_, _, Some(quote)) => find(quote, citation.paragraph, text, paragraphs),
        _ => None,
    };
    match span {
        Some((start, end)) => BriefCitation {
            start: Some(start),
            end: Some(end),
            quote: Some(slice(text, start, end).to_owned()),
            ..citation.clone()
        },
        None => BriefCitation {
            start: None,
            end: None,
            quote: None,
            ..citation.clone()
        },
    }
}

/// Where the quoted words stand in their paragraph.
fn find(
    quote: &str,
    paragraph: u32,
    text: &str,
    paragraphs: &[Paragraph],
) -> Option<(usize, usize)> {
    let quote = normalize::line(quote);
    let paragraph = paragraphs.iter().find(|p| p.n == paragraph)?;
    let words = slice(text, paragraph.start, paragraph.end);
    let at = words.find(&quote).filter(|_| !quote.is_empty())?;
    let start = paragraph.start + words[..at].chars().count();
    Some((start, start + quote.chars().count()))
}
