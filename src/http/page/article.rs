//! One article with its brief, and the place in it that a claim rests on.

use std::ops::Range;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{Redirect, Response};
use serde::{Deserialize, Serialize};

use super::english::{self, EnglishView};
use super::mark::{self, Piece, compared, pieces};
use super::nav::Nav;
use super::view::{BriefView, Head, points, said};
use super::{PageError, page, part};
use crate::app::{App, Writer};
use crate::article::{Article, Origin, Paragraph, Slices};
use crate::brief::{self, BriefStatus};
use crate::check::{self, Finding, Verdict};
use crate::client::segment;
use crate::http::articles::find;
use crate::http::extract::Params;
use crate::http::problem::ApiError;
use crate::language;
use crate::passage;

/// Which words of an article are wanted: those that a point of its brief rests on, or
/// those of a span, with the claim that rests on them.
#[derive(Deserialize, Serialize, Default, Clone)]
#[serde(default)]
pub(in crate::http) struct PlaceParams {
    #[serde(skip_serializing_if = "Option::is_none")]
    point: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) paragraph: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claim: Option<String>,
    /// Whether those of `paragraph` are to be put into English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) english: Option<String>,
}

#[derive(Serialize)]
struct ArticlePage {
    head: Head,
    /// Of the paragraphs, which are the brief's where there is nothing else.
    language: String,
    brief: Option<BriefView>,
    status: BriefStatus,
    error: Option<String>,
    paragraphs: Vec<ParagraphView>,
    only_brief: bool,
    chinese: bool,
    /// The point whose place is shown.
    point: Option<usize>,
    topics: Vec<String>,
    model: bool,
}

#[derive(Serialize)]
struct ParagraphView {
    n: u32,
    /// Before, within and after the words that a claim rests on.
    before: Vec<Piece>,
    quote: Vec<Piece>,
    after: Vec<Piece>,
    english: Option<EnglishView>,
}

/// A claim beside the paragraph that it rests on.
#[derive(Serialize)]
struct SourcePage {
    head: Head,
    language: String,
    claim: Vec<Piece>,
    paragraph: ParagraphView,
    mark: Option<&'static str>,
    verdict: Option<Verdict>,
    details: Vec<String>,
    /// How many facts are marked on both sides.
    same: usize,
}

/// One article.
pub(in crate::http) async fn article(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Params(params): Params<PlaceParams>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let nav = Nav::new(&app, &headers).await?;
    let article = find(&app, &id).await?;
    let place = Place::of(&article, &params);
    let slices = Slices::new(&article.text);
    let mut paragraphs: Vec<ParagraphView> = article
        .paragraphs
        .iter()
        .map(|paragraph| paragraph_view(&article, &slices, paragraph, place.as_ref()))
        .collect();
    for view in paragraphs.iter_mut().filter(|view| !view.quote.is_empty()) {
        view.english = english::offered(&app, &article, &params, view.n);
    }
    if let (Some(place), Some(n), true) = (&place, params.paragraph, params.english.is_some())
        && let Some(at) = article.paragraphs.iter().position(|one| one.n == n)
        && let Some(span) = within(place, &article.paragraphs[at])
    {
        paragraphs[at].english = english::written(&app, &article, span).await?;
    }
    let view = ArticlePage {
        head: Head::of(&article),
        language: article.text_language().to_owned(),
        brief: BriefView::of(&article),
        status: article.brief_status,
        error: article.brief_error.clone(),
        paragraphs,
        only_brief: article.origin == Origin::Brief,
        chinese: language::is_chinese(article.text_language()),
        point: params.point,
        topics: article.topics.clone(),
        model: matches!(app.writer(), Writer::Model(_)),
    };
    Ok(page("article", &nav, &view)?)
}

/// The paragraph that a claim rests on, to be shown beside it.
pub(in crate::http) async fn source(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Params(params): Params<PlaceParams>,
) -> Result<Response, PageError> {
    let article = find(&app, &id).await?;
    let Some(place) = Place::of(&article, &params) else {
        return Err(ApiError::NotFound(format!(
            "article {id}: no point and no claim of this number rests on it"
        ))
        .into());
    };
    let wanted = params.paragraph.or_else(|| place.paragraph(&article));
    let Some(paragraph) = article
        .paragraphs
        .iter()
        .find(|paragraph| Some(paragraph.n) == wanted)
    else {
        return Err(ApiError::NotFound(format!(
            "article {id}: it has no such paragraph; it may have changed since the claim was written"
        ))
        .into());
    };
    let slices = Slices::new(&article.text);
    let (in_claim, _) = compare(&article, &slices, paragraph, &place);
    let whole = 0..place.claim.chars().count();
    let same = in_claim
        .iter()
        .filter(|(_, mark)| mark.starts_with("same"))
        .count();
    let mut shown = paragraph_view(&article, &slices, paragraph, Some(&place));
    if !shown.quote.is_empty() {
        shown.english = english::offered(&app, &article, &params, paragraph.n);
    }
    let view = SourcePage {
        head: Head::of(&article),
        language: article.text_language().to_owned(),
        claim: pieces(&Slices::new(&place.claim), whole, &in_claim),
        paragraph: shown,
        mark: place.verdict.and_then(said),
        verdict: place.verdict,
        details: place
            .findings
            .iter()
            .map(|finding| finding.detail.clone())
            .collect(),
        same,
    };
    Ok(part("source", &view)?)
}

/// Writes the brief again and goes back to the article.
pub(in crate::http) async fn rewrite(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Redirect, PageError> {
    let id = find(&app, &id).await?.id;
    brief::brief(&app, &id, true, &mut |_| {}).await?;
    Ok(Redirect::to(&format!("/articles/{}", segment(id.as_str()))))
}

/// A claim, what the check says of it, and the spans of the article that it rests on.
struct Place {
    claim: String,
    verdict: Option<Verdict>,
    findings: Vec<Finding>,
    spans: Vec<Range<usize>>,
}

impl Place {
    fn of(article: &Article, params: &PlaceParams) -> Option<Place> {
        if let (Some(start), Some(end)) = (params.start, params.end) {
            let claim = params.claim.clone().unwrap_or_default();
            let quote = crate::article::slice(&article.text, start, end);
            let checked = check::check(
                &claim,
                &[check::Source {
                    text: quote,
                    published: article.published_at.as_ref().map(|time| time.date()),
                }],
                None,
            );
            let judged = !claim.is_empty();
            return Some(Place {
                verdict: judged.then(|| checked.verdict()),
                findings: if judged {
                    checked.findings().to_vec()
                } else {
                    Vec::new()
                },
                claim,
                spans: std::iter::once(start..end).collect(),
            });
        }
        let brief = article.brief.as_ref()?;
        let point = points(brief).nth(params.point?.checked_sub(1)?)?;
        let cited = brief
            .citations
            .iter()
            .filter(|citation| point.citations.contains(&citation.n));
        let spans = cited.filter_map(|citation| match (citation.start, citation.end) {
            (Some(start), Some(end)) => Some(start..end),
            _ => nearest(article, citation.paragraph, &point.text),
        });
        Some(Place {
            claim: point.text.clone(),
            verdict: Some(point.verdict),
            findings: point.findings.clone(),
            spans: spans.collect(),
        })
    }

    /// The paragraph in which the first span starts.
    fn paragraph(&self, article: &Article) -> Option<u32> {
        let start = self.spans.first()?.start;
        let holds = |paragraph: &&Paragraph| (paragraph.start..paragraph.end).contains(&start);
        article.paragraphs.iter().find(holds).map(|one| one.n)
    }
}

/// The sentence of a paragraph that says most of what a claim says, where the citation
/// names the paragraph alone.
fn nearest(article: &Article, n: u32, claim: &str) -> Option<Range<usize>> {
    let paragraph = article.paragraphs.iter().find(|one| one.n == n)?;
    let text = article.paragraph_text(n)?;
    let published = article.published_at.as_ref().map(|time| time.date());
    let slices = Slices::new(text);
    let best = passage::sentences(text)
        .into_iter()
        .map(|span| {
            let sentence = slices.get(span.clone());
            (check::matches(claim, sentence, published).len(), span)
        })
        .filter(|(same, _)| *same > 0)
        .max_by_key(|(same, span)| (*same, std::cmp::Reverse(span.start)));
    best.map(|(_, span)| paragraph.start + span.start..paragraph.start + span.end)
}

/// The part of a place that lies in a paragraph, from its first word to its last.
fn within(place: &Place, paragraph: &Paragraph) -> Option<Range<usize>> {
    let spans = place.spans.iter().filter_map(|span| {
        let (start, end) = (span.start.max(paragraph.start), span.end.min(paragraph.end));
        (start < end).then_some(start..end)
    });
    spans.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end))
}

/// Marks of the claim, and of the article's text within a paragraph.
fn compare(
    article: &Article,
    slices: &Slices<'_>,
    paragraph: &Paragraph,
    place: &Place,
) -> (Vec<mark::Marked>, Vec<mark::Marked>) {
    let published = article.published_at.as_ref().map(|time| time.date());
    let span = within(place, paragraph).unwrap_or(paragraph.start..paragraph.end);
    let words = slices.get(span.clone());
    let (in_claim, in_source) = compared(&place.claim, words, &place.findings, published);
    let moved = in_source
        .into_iter()
        .map(|(at, mark)| (at.start + span.start..at.end + span.start, mark));
    (in_claim, moved.collect())
}

fn paragraph_view(
    article: &Article,
    slices: &Slices<'_>,
    paragraph: &Paragraph,
    place: Option<&Place>,
) -> ParagraphView {
    let (start, end) = (paragraph.start, paragraph.end);
    let found = place.and_then(|place| Some((place, within(place, paragraph)?)));
    let Some((place, quote)) = found else {
        return ParagraphView {
            n: paragraph.n,
            before: pieces(slices, start..end, &[]),
            quote: Vec::new(),
            after: Vec::new(),
            english: None,
        };
    };
    let (_, marks) = compare(article, slices, paragraph, place);
    ParagraphView {
        n: paragraph.n,
        before: pieces(slices, start..quote.start, &marks),
        after: pieces(slices, quote.end..end, &marks),
        quote: pieces(slices, quote, &marks),
        english: None,
    }
}
