//! A topic's digest: its days asked for by a form, then written.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::mark::{self, Piece};
use super::nav::Nav;
use super::view::{When, said, written_by};
use super::{PageError, page};
use crate::app::App;
use crate::article::Slices;
use crate::brief::{Engine, Point};
use crate::check::Verdict;
use crate::client::segment;
use crate::digest::{self, Digest, DigestCitation, Wanted};
use crate::http::extract::Params;
use crate::http::search::FilterInput;
use crate::http::topics::find;

/// Days before today that the form begins with.
const DAYS: u32 = 6;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct DigestParams {
    from: String,
    to: String,
    /// Whether it is to be written.
    write: Option<String>,
}

#[derive(Serialize)]
struct DigestPage {
    name: String,
    path: String,
    from: String,
    to: String,
    engine_detail: String,
    digest: Option<DigestView>,
}

#[derive(Serialize)]
struct DigestView {
    language: String,
    lead: Vec<PointView>,
    groups: Vec<GroupView>,
    sources: Vec<SourceView>,
    articles: usize,
    events: usize,
    by: String,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct GroupView {
    title: Option<String>,
    points: Vec<PointView>,
}

#[derive(Serialize)]
struct PointView {
    pieces: Vec<Piece>,
    citations: Vec<CitationView>,
    verdict: Verdict,
    mark: Option<&'static str>,
    details: Vec<String>,
}

#[derive(Serialize)]
struct CitationView {
    n: u32,
    address: String,
}

#[derive(Serialize)]
struct SourceView {
    n: u32,
    address: String,
    title: String,
    source: Option<String>,
    published: Option<When>,
    quote: String,
    also: usize,
}

/// The form, and the digest once it is asked for.
pub(in crate::http) async fn digest(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Params(params): Params<DigestParams>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let topic = find(&app, &id).await?;
    let nav = Nav {
        current: Some(topic.id.clone()),
        ..Nav::new(&app, &headers).await?
    };
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.trim().is_empty());
    let written = match params.write {
        None => None,
        Some(_) => {
            let period = FilterInput {
                from: given(&params.from),
                to: given(&params.to),
                ..FilterInput::default()
            };
            let period = period.parse("", &app.config.zone())?;
            let wanted = Wanted {
                from: period.from,
                to: period.to,
                ..Wanted::default()
            };
            Some(digest::digest(&app, &topic, wanted, &mut |_| {}).await?)
        }
    };
    let today = app.now();
    let first = today.minus(Duration::from_secs(24 * 60 * 60) * DAYS);
    let asked = written.is_some();
    let day = |text: String, usual: String| if asked { text } else { usual };
    let view = DigestPage {
        path: segment(&topic.id),
        name: topic.name,
        from: day(params.from, first.date().to_string()),
        to: day(params.to, today.date().to_string()),
        engine_detail: app.state().engine_detail,
        digest: written.as_ref().map(DigestView::of),
    };
    Ok(page("digest", &nav, &view)?)
}

impl DigestView {
    fn of(digest: &Digest) -> DigestView {
        let views = |points: &[Point]| -> Vec<PointView> {
            let view = |point| point_view(point, &digest.citations);
            points.iter().map(view).collect()
        };
        let lead = digest.lead.as_ref();
        DigestView {
            language: digest.language.clone(),
            lead: lead.map(|lead| views(&lead.points)).unwrap_or_default(),
            groups: digest
                .groups
                .iter()
                .map(|group| GroupView {
                    title: group.title.clone(),
                    points: views(&group.points),
                })
                .collect(),
            sources: digest.citations.iter().map(source_view).collect(),
            articles: digest.articles,
            events: digest.events,
            by: match digest.engine {
                Engine::Llm => written_by(digest.engine, digest.model.as_deref()),
                _ => "sentences of the articles and their briefs, quoted; no model".into(),
            },
            // What wrote it is told already.
            notes: digest
                .notes
                .iter()
                .filter(|note| !note.starts_with("no model"))
                .cloned()
                .collect(),
        }
    }
}

fn point_view(point: &Point, citations: &[DigestCitation]) -> PointView {
    let whole = 0..point.text.chars().count();
    let marks = mark::faults(&point.text, &point.findings);
    let cited = point.citations.iter().filter_map(|n| {
        let citation = citations.iter().find(|one| one.n == *n)?;
        let claim: String = url::form_urlencoded::byte_serialize(point.text.as_bytes()).collect();
        Some(CitationView {
            n: *n,
            address: address(citation, &format!("&claim={claim}")),
        })
    });
    PointView {
        pieces: mark::pieces(&Slices::new(&point.text), whole, &marks),
        citations: cited.collect(),
        verdict: point.verdict,
        mark: said(point.verdict),
        details: point
            .findings
            .iter()
            .map(|finding| finding.detail.clone())
            .collect(),
    }
}

fn source_view(citation: &DigestCitation) -> SourceView {
    SourceView {
        n: citation.n,
        address: address(citation, ""),
        title: citation.title.clone(),
        source: citation.source.clone(),
        published: citation.published_at.as_ref().map(When::of),
        quote: citation.quote.clone(),
        also: citation.also.len(),
    }
}

fn address(citation: &DigestCitation, more: &str) -> String {
    format!(
        "/articles/{}?start={}&end={}{more}#p{}",
        segment(citation.article_id.as_str()),
        citation.start,
        citation.end,
        citation.paragraph
    )
}
