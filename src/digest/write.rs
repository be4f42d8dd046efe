//! Events to a digest: phrased by a model and checked, or quoted.

use std::ops::Range;

use super::events::{Event, MOST_EVENTS, MOST_STATEMENTS, Quoted, Statement};
use super::{Digest, DigestCitation, DigestPoint};
use crate::article::{Article, Paragraph, slice};
use crate::brief::{Engine, Group, Lead, Point, add};
use crate::check::Verdict;
use crate::extract::overlap::differ;
use crate::extract::quotable::shown_line;
use crate::llm::LanguageModel;
use crate::prompt::{DigestContext, Prompts};
use crate::time::Time;
use crate::writing::{Draft, Place, Writing, WritingError};

/// Points of a digest, apart from its lead.
const MOST_POINTS: usize = 16;
/// A point of whose words another says this share is a repetition.
const SAID: f32 = 0.75;
/// Sentences that are quoted of an event.
const QUOTED: usize = 2;
/// Paragraphs may take one part of so many of a context; the rest is reply and prompt.
const SHARE: usize = 2;
/// Tokens of a heading, about.
const HEADING: usize = 40;

/// The digest as a model phrases it.
pub(super) async fn written(
    digest: Digest,
    model: &dyn LanguageModel,
    prompts: &Prompts,
    events: &[Event],
    strict: bool,
    tell: &mut (dyn FnMut(DigestPoint) + Send),
) -> Result<Digest, WritingError> {
    let told = &events[..events.len().min(MOST_EVENTS)];
    let room = model.context_tokens().await / SHARE;
    let places = places(told, model, room);
    let texts = places.iter().flat_map(|place| {
        let shown = place.shown.as_deref().unwrap_or_default();
        [shown, place.text.shown(), &place.heading]
    });
    let fence = prompts.fence(texts);
    let period = period(&digest);
    let most = (2 * told.len()).clamp(4, MOST_POINTS);
    let writing = Writing {
        model,
        prompts,
        places,
        headline: None,
        said: SAID,
        what: format!("a digest of the topic {}", digest.topic),
        format: "digest",
        messages: &|paragraphs, part, parts| {
            prompts.render(&DigestContext {
                topic: digest.name.clone(),
                period: period.clone(),
                paragraphs,
                part,
                max_points: (most / parts).max(3),
                fence: fence.clone(),
            })
        },
    };
    let telling = &mut |draft: &Draft| {
        let mut quotes = Vec::new();
        let point = point(&writing, draft, told, &mut quotes);
        tell(DigestPoint {
            group: draft.group.clone(),
            point,
            quotes,
        });
    };
    let (_, drafts) = writing.write(strict, telling).await?;
    let mut written = Digest {
        engine: Engine::Llm,
        model: Some(model.name().to_owned()),
        prompt: Some(prompts.id::<DigestContext>()),
        ..digest.clone()
    };
    for draft in &drafts {
        let point = point(&writing, draft, told, &mut written.citations);
        add(&mut written.lead, &mut written.groups, draft, point);
    }
    left_out(&mut written, events);
    Ok(written)
}

/// The digest without a model: of each event its best statements, as they are.
pub(super) fn quoted(
    digest: Digest,
    events: &[Event],
    tell: &mut (dyn FnMut(DigestPoint) + Send),
) -> Digest {
    let mut digest = Digest {
        engine: Engine::Extractive,
        ..digest
    };
    let told = &events[..events.len().min(MOST_EVENTS)];
    let mut english = true;
    for event in told {
        let mut group = Group {
            title: None,
            points: Vec::new(),
        };
        for statement in event.statements.iter().take(QUOTED) {
            let article = &event.reports[statement.report];
            english &= matches!(statement.quoted, Quoted::Point(..))
                || !differ("en", article.text_language());
            let mut quotes = Vec::new();
            let point = quotation(statement, event, &mut quotes);
            let lead = digest.lead.is_none();
            let title = article.title_en.as_ref().or(Some(&article.title));
            group.title = title.filter(|title| !title.is_empty()).cloned();
            tell(DigestPoint {
                group: group.title.clone().filter(|_| !lead),
                point: point.clone(),
                quotes,
            });
            let point = quotation(statement, event, &mut digest.citations);
            if lead {
                digest.lead = Some(Lead {
                    label: None,
                    points: vec![point],
                });
            } else {
                group.points.push(point);
            }
        }
        if !group.points.is_empty() {
            digest.groups.push(group);
        }
    }
    if !english && let Some(article) = told.first().and_then(|event| event.reports.first()) {
        article.text_language().clone_into(&mut digest.language);
    }
    digest
        .notes
        .push("no model: these are sentences of the articles and their briefs, quoted".to_owned());
    left_out(&mut digest, events);
    digest
}

fn left_out(digest: &mut Digest, events: &[Event]) {
    if events.len() > MOST_EVENTS {
        digest.notes.push(format!(
            "{MOST_EVENTS} of {} events were read, those with the most reports and the newest",
            events.len()
        ));
    }
}

/// The paragraphs that the model reads: of each event as many statements as all events
/// may have within the context, at least one.
fn places<'a>(events: &'a [Event], model: &dyn LanguageModel, room: usize) -> Vec<Place<'a>> {
    let tokens = |statement: &Statement| model.tokens(&statement.shown) + 8;
    let total = |most: usize| -> usize {
        let shown = events
            .iter()
            .flat_map(|event| event.statements.iter().take(most));
        shown.map(tokens).sum::<usize>() + HEADING * events.len()
    };
    let most = (1..=MOST_STATEMENTS)
        .rev()
        .find(|most| total(*most) <= room);
    let most = most.unwrap_or(1);
    let mut places = Vec::new();
    let mut number = 0;
    for event in events {
        let mut above: Option<(usize, String)> = None;
        let mut chosen: Vec<&Statement> = event.statements.iter().take(most).collect();
        chosen.sort_by_key(|statement| (statement.report, statement.paragraph));
        for statement in chosen {
            let article = &event.reports[statement.report];
            let heading = match above {
                Some((report, ref heading)) if report == statement.report => heading.clone(),
                _ => {
                    number += 1;
                    heading(article, number, above.is_some())
                }
            };
            above = Some((statement.report, heading.clone()));
            places.push(Place {
                shown: Some(statement.shown.clone()),
                heading,
                ..Place::new(article, statement.paragraph)
            });
        }
    }
    places
}

/// Such as `Report 3: TITLE (Xinhua, 2025-10-28)`.
fn heading(article: &Article, number: usize, same: bool) -> String {
    let published = article.published_at.as_ref().map(Time::date);
    let title = match &article.title_en {
        Some(title) => title.clone(),
        None => shown_line(&article.title, &article.language, published, "en"),
    };
    let source = article
        .source_latin
        .clone()
        .or_else(|| article.source.clone());
    let about: Vec<String> = source
        .into_iter()
        .chain(published.map(|date| date.to_string()))
        .chain(same.then(|| "of the same event".to_owned()))
        .collect();
    let about = match about.is_empty() {
        true => String::new(),
        false => format!(" ({})", about.join(", ")),
    };
    let title = if title.is_empty() {
        title
    } else {
        format!(": {title}")
    };
    format!("Report {number}{title}{about}")
}

fn period(digest: &Digest) -> String {
    let date = |time: &Time| time.date().to_string();
    match (&digest.from, &digest.to) {
        (Some(from), Some(to)) => format!("{} to {}", date(from), date(to)),
        (Some(from), None) => format!("since {}", date(from)),
        (None, Some(to)) => format!("until {}", date(to)),
        (None, None) => String::new(),
    }
}

/// A point whose citations are put into `citations`, each place once.
fn point(
    writing: &Writing<'_>,
    draft: &Draft,
    events: &[Event],
    citations: &mut Vec<DigestCitation>,
) -> Point {
    let cited = writing.cited(draft).into_iter();
    let numbers =
        cited.map(|(place, span)| cite(place.article, place.paragraph, span, events, citations));
    let mut point = Point {
        text: draft.text.clone(),
        citations: numbers.collect(),
        verdict: Verdict::Uncited,
        findings: Vec::new(),
    };
    point.judge(&draft.checked);
    point
}

/// A statement as it is.
fn quotation(statement: &Statement, event: &Event, citations: &mut Vec<DigestCitation>) -> Point {
    let article = &event.reports[statement.report];
    let events = std::slice::from_ref(event);
    match &statement.quoted {
        Quoted::Sentence(span) => Point {
            text: slice(&article.text, span.start, span.end).to_owned(),
            citations: vec![cite(
                article,
                statement.paragraph,
                span.clone(),
                events,
                citations,
            )],
            // A quotation bears itself out.
            verdict: Verdict::Supported,
            findings: Vec::new(),
        },
        Quoted::Point(point, cited) => {
            let numbers = cited.iter().filter_map(|citation| {
                let at = |p: &Paragraph| p.n == citation.paragraph;
                let paragraph = article.paragraphs.iter().position(at)?;
                let span = match citation.start.zip(citation.end) {
                    Some((start, end)) => start..end,
                    // A brief that came along may name the paragraph alone.
                    None => Place::new(article, paragraph).cited(&point.text),
                };
                Some(cite(article, paragraph, span, events, citations))
            });
            Point {
                citations: numbers.collect(),
                ..point.clone()
            }
        }
    }
}

/// The number of a place among `citations`, put there if it is new.
fn cite(
    article: &Article,
    paragraph: usize,
    span: Range<usize>,
    events: &[Event],
    citations: &mut Vec<DigestCitation>,
) -> u32 {
    let known = citations.iter().find(|known| {
        known.article_id == article.id && (known.start, known.end) == (span.start, span.end)
    });
    if let Some(known) = known {
        return known.n;
    }
    let n = u32::try_from(citations.len()).unwrap_or(u32::MAX) + 1;
    let event = events.iter().find(|event| {
        let first = event.reports.first();
        first.is_some_and(|first| first.id == article.id)
    });
    citations.push(DigestCitation {
        n,
        article_id: article.id.clone(),
        title: article.title.clone(),
        source: article.source.clone(),
        url: article.url.clone(),
        published_at: article.published_at.clone(),
        paragraph: article.paragraphs[paragraph].n,
        start: span.start,
        end: span.end,
        quote: slice(&article.text, span.start, span.end).to_owned(),
        also: event.map(|event| event.also.clone()).unwrap_or_default(),
    });
    n
}
