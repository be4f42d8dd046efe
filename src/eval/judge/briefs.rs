//! A brief against the facts that it must state, its article and its reference.

use super::{Case, citations, same_language};
use crate::article::{Article, slice};
use crate::brief::{Brief, BriefInput, Point};
use crate::check::{self, Verdict};
use crate::eval::gold::Reading;
use crate::eval::observe::Observation;
use crate::eval::suite::{GoldBrief, GoldFact, Suite};
use crate::language;
use crate::passage::is_cjk;
use crate::time::Time;

/// The values of a brief's metrics; few where the article or the brief is missing.
pub(super) fn brief(suite: &Suite, article: Option<&Article>, observation: &Observation) -> Case {
    let mut case = Case::new(observation);
    let Some(article) = article else {
        return case;
    };
    case.language.clone_from(&article.language);
    case.text.clone_from(&article.title);
    let facts: Vec<&GoldFact> = suite
        .facts
        .iter()
        .filter(|fact| fact.article_id == article.id)
        .collect();
    case.expected = facts
        .iter()
        .map(|fact| fact.text.as_str())
        .collect::<Vec<_>>()
        .join("; ");
    let Some(brief) = &observation.brief else {
        return case;
    };
    let points: Vec<&Point> = points(brief).collect();
    let texts: Vec<&str> = points.iter().map(|point| point.text.as_str()).collect();
    let all = texts.join("\n");
    case.said.clone_from(&all);
    let reference = suite
        .briefs
        .iter()
        .find(|brief| brief.article_id == article.id);
    case.set("brief length", length(&all));
    if let Some(reference) = reference.and_then(reference_length).filter(|n| *n > 0.0) {
        case.set("brief length over reference", length(&all) / reference);
    }
    case.flag(
        "brief in English",
        same_language(language::detect(&all), "en"),
    );
    if !facts.is_empty() {
        covered(&mut case, &facts, &points, brief, article);
    }
    held_against_the_article(&mut case, &points, brief, article);
    case
}

fn points(brief: &Brief) -> impl Iterator<Item = &Point> {
    brief
        .lead
        .iter()
        .flat_map(|lead| &lead.points)
        .chain(brief.groups.iter().flat_map(|group| &group.points))
}

/// Which facts are stated, and which of them at their paragraph.
fn covered(
    case: &mut Case,
    facts: &[&GoldFact],
    points: &[&Point],
    brief: &Brief,
    article: &Article,
) {
    let published = article.published_at.as_ref().map(Time::date);
    let readings: Vec<Reading> = points
        .iter()
        .map(|point| Reading::new(&point.text, published))
        .collect();
    let paragraphs = |point: &Point| -> Vec<u32> {
        brief
            .citations
            .iter()
            .filter(|citation| point.citations.contains(&citation.n))
            .map(|citation| citation.paragraph)
            .collect()
    };
    let (mut stated, mut right) = (0, 0);
    for fact in facts {
        let stating: Vec<&Point> = points
            .iter()
            .zip(&readings)
            .filter(|(_, reading)| reading.states_gold(fact))
            .map(|(point, _)| *point)
            .collect();
        if stating.is_empty() {
            case.findings.push(format!("not stated: {}", fact.text));
            continue;
        }
        stated += 1;
        if stating
            .iter()
            .any(|point| paragraphs(point).contains(&fact.paragraph))
        {
            right += 1;
        } else {
            case.findings.push(format!(
                "stated, but not cited at paragraph {}: {}",
                fact.paragraph, fact.text
            ));
        }
    }
    case.set("facts covered", f64::from(stated) / facts.len() as f64);
    if stated > 0 {
        case.set("paragraphs right", f64::from(right) / f64::from(stated));
    }
}

/// Each point against the whole article, and against what it cites.
fn held_against_the_article(case: &mut Case, points: &[&Point], brief: &Brief, article: &Article) {
    if points.is_empty() {
        return;
    }
    let published = article.published_at.as_ref().map(Time::date);
    let whole = [check::Source {
        text: &article.text,
        published,
    }];
    let (mut wrong, mut unsupported) = (0, 0);
    for point in points {
        let cited: Vec<&str> = brief
            .citations
            .iter()
            .filter(|citation| point.citations.contains(&citation.n))
            .map(|citation| match (citation.start, citation.end) {
                (Some(start), Some(end)) => slice(&article.text, start, end),
                _ => article
                    .paragraph_text(citation.paragraph)
                    .unwrap_or_default(),
            })
            .collect();
        let (supported, findings) = citations::check_support(&point.text, &cited, published);
        if !supported {
            unsupported += 1;
            case.findings.extend(
                findings
                    .into_iter()
                    .map(|finding| format!("{}: {finding}", point.text)),
            );
        }
        let quoted = article.text.contains(point.text.trim());
        if !quoted && check::check(&point.text, &whole, None).verdict() == Verdict::Contradicted {
            wrong += 1;
        }
    }
    let count = points.len() as f64;
    case.set("facts wrong", f64::from(wrong) / count);
    case.set("claims unsupported", f64::from(unsupported) / count);
}

fn reference_length(gold: &GoldBrief) -> Option<f64> {
    let input: BriefInput = serde_json::from_value(gold.brief.clone().into()).ok()?;
    let points = input
        .lead
        .iter()
        .flat_map(|lead| &lead.points)
        .chain(input.groups.iter().flat_map(|group| &group.points));
    Some(points.map(|point| length(&point.text)).sum())
}

/// Words, a Chinese character counted as half of one.
fn length(text: &str) -> f64 {
    let han = text.chars().filter(|c| is_cjk(*c)).count();
    let words = text
        .split(|c: char| c.is_whitespace() || is_cjk(c))
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .count();
    words as f64 + han as f64 / 2.0
}
