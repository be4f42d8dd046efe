//! Articles and briefs as the templates show them.

use serde::Serialize;

use super::mark::{self, Piece};
use crate::article::{Article, Origin, Slices};
use crate::brief::{Brief, BriefStatus, Engine, Point};
use crate::check::Verdict;
use crate::client::segment;
use crate::time::Time;

/// A moment as a reader is told it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct When {
    /// For programs.
    pub(super) iso: String,
    /// `28 October 2025`, with `, 05:25` where an hour is known.
    pub(super) text: String,
    /// `Tuesday, 28 October 2025`.
    pub(super) day: String,
    /// Whether only the day is known: midnight is no hour of publication.
    pub(super) whole_day: bool,
}

impl When {
    pub(super) fn of(time: &Time) -> When {
        let iso = time.to_string();
        let hour = iso.get(11..16).unwrap_or_default();
        let whole_day = hour == "00:00";
        let date = time.date();
        let plain = date.strftime("%-d %B %Y").to_string();
        When {
            text: if whole_day {
                plain
            } else {
                format!("{plain}, {hour}")
            },
            day: date.strftime("%A, %-d %B %Y").to_string(),
            whole_day,
            iso,
        }
    }
}

/// An article's head.
#[derive(Debug, Serialize)]
pub(super) struct Head {
    pub(super) id: String,
    pub(super) path: String,
    pub(super) title: String,
    pub(super) title_en: Option<String>,
    pub(super) language: String,
    pub(super) source: Option<String>,
    pub(super) source_latin: Option<String>,
    pub(super) url: Option<String>,
    pub(super) published: Option<When>,
}

impl Head {
    pub(super) fn of(article: &Article) -> Head {
        let title = match article.title.as_str() {
            "" => article.summary(),
            title => title.to_owned(),
        };
        Head {
            id: article.id.to_string(),
            path: segment(article.id.as_str()),
            title: if title.is_empty() {
                article.id.to_string()
            } else {
                title
            },
            title_en: article.title_en.clone(),
            language: article.language.clone(),
            source: article.source.clone(),
            source_latin: article
                .source_latin
                .clone()
                .filter(|latin| Some(latin) != article.source.as_ref()),
            url: article.url.as_deref().filter(is_web).map(str::to_owned),
            published: article.published_at.as_ref().map(When::of),
        }
    }
}

/// Whether an address is one that a browser may follow.
pub(super) fn is_web(url: &&str) -> bool {
    let url = url.to_ascii_lowercase();
    url.starts_with("https://") || url.starts_with("http://")
}

/// A brief.
#[derive(Debug, Serialize)]
pub(super) struct BriefView {
    pub(super) language: String,
    pub(super) label: Option<String>,
    pub(super) lead: Vec<PointView>,
    pub(super) groups: Vec<GroupView>,
    /// Such as `written by qwen2.5:7b`.
    pub(super) engine: String,
    /// Such as `7 of 8 points hold`.
    pub(super) check: String,
    pub(super) stale: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct GroupView {
    pub(super) title: Option<String>,
    pub(super) points: Vec<PointView>,
}

/// A point with the paragraphs that it cites.
#[derive(Debug, Serialize)]
pub(super) struct PointView {
    /// Its place among all points of the brief, from 1.
    pub(super) n: usize,
    pub(super) pieces: Vec<Piece>,
    /// Each once, in order.
    pub(super) paragraphs: Vec<u32>,
    /// What the check says, if it has anything to say.
    pub(super) mark: Option<&'static str>,
    pub(super) verdict: Verdict,
    pub(super) details: Vec<String>,
}

impl BriefView {
    /// The brief of an article; an article that has nothing but its brief has no
    /// paragraphs to be sent to.
    pub(super) fn of(article: &Article) -> Option<BriefView> {
        let brief = article.brief.as_ref()?;
        let text = article.origin == Origin::Text;
        let mut n = 0;
        let mut views = |points: &[Point]| -> Vec<PointView> {
            let view = |point: &Point| {
                n += 1;
                point_view(brief, point, n, text)
            };
            points.iter().map(view).collect()
        };
        let lead = brief.lead.as_ref();
        Some(BriefView {
            language: brief.language.clone(),
            label: lead.and_then(|lead| lead.label.clone()),
            lead: lead.map(|lead| views(&lead.points)).unwrap_or_default(),
            groups: brief
                .groups
                .iter()
                .map(|group| GroupView {
                    title: group.title.clone(),
                    points: views(&group.points),
                })
                .collect(),
            engine: written_by(brief.engine, brief.model.as_deref()),
            check: checked(brief),
            stale: article.brief_status == BriefStatus::Stale,
        })
    }
}

/// All points of a brief, as [`PointView::n`] counts them.
pub(super) fn points(brief: &Brief) -> impl Iterator<Item = &Point> {
    let lead = brief.lead.iter().flat_map(|lead| &lead.points);
    lead.chain(brief.groups.iter().flat_map(|group| &group.points))
}

fn point_view(brief: &Brief, point: &Point, n: usize, text: bool) -> PointView {
    let mut paragraphs: Vec<u32> = Vec::new();
    for number in &point.citations {
        let citation = brief.citations.iter().find(|one| one.n == *number);
        let paragraph = citation.map(|citation| citation.paragraph);
        paragraphs.extend(paragraph.filter(|one| !paragraphs.contains(one)));
    }
    let whole = 0..point.text.chars().count();
    let marks = mark::faults(&point.text, &point.findings);
    PointView {
        n,
        pieces: mark::pieces(&Slices::new(&point.text), whole, &marks),
        paragraphs,
        // Where there is no text nothing could be checked, which is said once above.
        mark: said(point.verdict).filter(|_| text || point.verdict != Verdict::Uncited),
        verdict: point.verdict,
        details: point
            .findings
            .iter()
            .map(|finding| finding.detail.clone())
            .collect(),
    }
}

/// A verdict in words, where it is not that all is well.
pub(super) fn said(verdict: Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Supported => None,
        Verdict::Contradicted => Some("Differs from the source"),
        Verdict::Unsupported => Some("Not found in the source"),
        Verdict::Uncited => Some("Not checked"),
    }
}

/// What wrote something, for a reader.
pub(super) fn written_by(engine: Engine, model: Option<&str>) -> String {
    match (engine, model) {
        (Engine::Llm, Some(model)) => format!("written by {model}"),
        (Engine::Llm, None) => "written by a language model".into(),
        (Engine::Extractive, _) => "sentences quoted from the source; no model".into(),
        (Engine::Imported, _) => "came with the article".into(),
    }
}

fn checked(brief: &Brief) -> String {
    let check = &brief.check;
    if check.claims == check.uncited {
        return "not checked: there is no text to check it against".into();
    }
    if check.supported == check.claims {
        return "every point holds against the source".into();
    }
    format!(
        "{} of {} points hold against the source",
        check.supported, check.claims
    )
}
