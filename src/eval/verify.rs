//! Proof, without a model, that what a suite says of its articles stands in them.
//! Pure.

use std::collections::{HashMap, HashSet};

use jiff::tz::TimeZone;

use super::gold::Reading;
use super::suite::{EvalQuery, Suite};
use crate::article::{Article, ArticleId, slice};
use crate::check::Verdict;
use crate::time::Time;

/// Everything that does not hold, each with what it is about; none is proof that
/// every article can be taken in, every quote and span stands in its paragraph, every
/// value in its quote and every answer in the articles named, and that every citation of
/// a brief resolves.
///
/// `now` is when articles without a date came in, `zone` that of times without one.
pub fn verify(suite: &Suite, now: &Time, zone: &TimeZone) -> Vec<String> {
    let mut faults = Vec::new();
    let mut articles: HashMap<ArticleId, Article> = HashMap::new();
    for (number, input) in (1..).zip(&suite.corpus) {
        match Article::from_input(input.clone(), now.clone(), zone) {
            Ok(article) => {
                articles.insert(article.id.clone(), article);
            }
            Err(error) => faults.push(format!("corpus.ndjson, article {number}: {error}")),
        }
    }
    faults.extend(suite.notes.iter().cloned());
    for query in &suite.queries {
        let said = question(query, &articles, zone);
        faults.extend(
            said.into_iter()
                .map(|fault| format!("{}: {fault}", query.id)),
        );
    }
    for fact in &suite.facts {
        let name = format!(
            "fact {} of {}",
            named(&fact.text, &fact.quote),
            fact.article_id
        );
        let Some(article) = articles.get(&fact.article_id) else {
            faults.push(format!("{name}: the corpus has no such article"));
            continue;
        };
        if let Some(fault) = stands(article, Some(fact.paragraph), &fact.quote) {
            faults.push(format!("{name}: {fault}"));
        }
        let published = article.published_at.as_ref().map(Time::date);
        if !Reading::new(&fact.quote, published).states_gold(fact) {
            faults.push(format!(
                "{name}: the quote {:?} does not state {} {}",
                fact.quote, fact.value, fact.unit
            ));
        }
    }
    for brief in &suite.briefs {
        let name = format!("brief of {}", brief.article_id);
        let Some(article) = articles.get(&brief.article_id) else {
            faults.push(format!("{name}: the corpus has no such article"));
            continue;
        };
        match serde_json::from_value(brief.brief.clone().into()) {
            Ok(input) => faults.extend(
                reference(&input, article)
                    .into_iter()
                    .map(|fault| format!("{name}: {fault}")),
            ),
            Err(error) => faults.push(format!("{name}: {error}")),
        }
    }
    let mut seen = HashSet::new();
    for claim in &suite.claims {
        if !seen.insert(&claim.id) {
            faults.push(format!("claim {}: another has the same id", claim.id));
        }
        if claim.verdict == Verdict::Contradicted && claim.kind.is_none() {
            faults.push(format!(
                "claim {}: it is contradicted, but not in what kind",
                claim.id
            ));
        }
    }
    faults
}

fn named<'a>(text: &'a str, quote: &'a str) -> &'a str {
    if text.is_empty() { quote } else { text }
}

fn question(
    query: &EvalQuery,
    articles: &HashMap<ArticleId, Article>,
    zone: &TimeZone,
) -> Vec<String> {
    let mut faults = Vec::new();
    for id in &query.relevant {
        if !articles.contains_key(id) {
            faults.push(format!("the corpus has no relevant article {id}"));
        }
    }
    if let Some(about) = &query.about
        && !ArticleId::new(about.clone()).is_ok_and(|id| articles.contains_key(&id))
    {
        faults.push(format!(
            "the corpus has no article {about}, which it is about"
        ));
    }
    if let Some(day) = &query.as_of
        && let Err(error) = Time::parse(day, zone)
    {
        faults.push(format!("as_of: {error}"));
    }
    if query.kind.as_deref() == Some("none") && query.is_answerable() {
        faults.push("its kind is none, yet articles are named that answer it".into());
    }
    if query.kind.as_deref() == Some("followup") && query.history.is_empty() {
        faults.push("its kind is followup, yet it has no history".into());
    }
    for place in &query.evidence {
        let found = ArticleId::new(place.article_id.clone())
            .ok()
            .and_then(|id| articles.get(&id));
        let Some(article) = found else {
            faults.push(format!("the corpus has no article {}", place.article_id));
            continue;
        };
        if !query.relevant.contains(&article.id) {
            faults.push(format!(
                "its evidence is in {}, which is not relevant",
                article.id
            ));
        }
        if let Some(quote) = &place.quote {
            faults.extend(stands(article, place.paragraph, quote));
            if let (Some(start), Some(end)) = (place.start, place.end) {
                let there = slice(&article.text, start, end);
                if there != quote {
                    faults.push(format!(
                        "characters {start} to {end} of {} are {there:?}, not the quote {quote:?}",
                        article.id
                    ));
                }
            }
        }
    }
    faults.extend(answers(query, articles));
    faults
}

/// Whether one of each group of answers stands in the relevant articles.
fn answers(query: &EvalQuery, articles: &HashMap<ArticleId, Article>) -> Vec<String> {
    if !query.is_answerable() {
        return Vec::new();
    }
    let expected = query.expected();
    if expected.is_empty() {
        return vec!["it has no answers".into()];
    }
    let readings: Vec<(Reading, Option<jiff::civil::Date>)> = query
        .relevant
        .iter()
        .filter_map(|id| articles.get(id))
        .map(|article| {
            let published = article.published_at.as_ref().map(Time::date);
            let text = format!("{}\n{}", article.title, article.text);
            (Reading::new(&text, published), published)
        })
        .collect();
    expected
        .iter()
        .filter(|group| {
            !group.iter().any(|answer| {
                readings
                    .iter()
                    .any(|(reading, published)| reading.holds(answer, *published))
            })
        })
        .map(|group| format!("none of the answers {group:?} stands in its articles"))
        .collect()
}

/// What is wrong with a quote, if it does not stand in its paragraph.
fn stands(article: &Article, paragraph: Option<u32>, quote: &str) -> Option<String> {
    let quote_as_kept = crate::article::normalize::line(quote);
    let (text, place) = match paragraph {
        Some(n) => match article.paragraph_text(n) {
            Some(text) => (text, format!("paragraph {n} of {}", article.id)),
            None => {
                return Some(format!(
                    "{} has {} paragraphs, no paragraph {n}",
                    article.id,
                    article.paragraphs.len()
                ));
            }
        },
        None => (article.text.as_str(), article.id.to_string()),
    };
    (quote_as_kept.is_empty() || !text.contains(&quote_as_kept))
        .then(|| format!("the quote {quote:?} does not stand in {place}"))
}

/// What is wrong with a reference brief.
fn reference(brief: &crate::brief::BriefInput, article: &Article) -> Vec<String> {
    let mut faults = Vec::new();
    let points = brief
        .lead
        .iter()
        .flat_map(|lead| &lead.points)
        .chain(brief.groups.iter().flat_map(|group| &group.points));
    for point in points {
        for n in &point.citations {
            let paragraph = brief
                .citations
                .iter()
                .find(|citation| citation.n == *n)
                .and_then(|citation| article.paragraph_text(citation.paragraph));
            if paragraph.is_none() {
                faults.push(format!("its citation {n} names no paragraph"));
            }
        }
        if point.citations.is_empty() {
            faults.push(format!("the point {:?} cites nothing", point.text));
        }
    }
    faults
}
