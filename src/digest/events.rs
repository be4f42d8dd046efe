//! Articles to the events that they report, and to what is most worth telling of each.
//! Pure.

use std::collections::HashMap;

use crate::article::{Article, Origin, slice};
use crate::brief::{Brief, BriefCitation, BriefStatus, Point};
use crate::check::Verdict;
use crate::extract::key_sentences;
use crate::extract::overlap::Words;
use crate::extract::quotable::shown_line;
use crate::lexical;
use crate::retrieve::AlsoIn;
use crate::time::Time;

/// Events that are told; those with the most reports first.
pub(super) const MOST_EVENTS: usize = 40;
/// Statements of one event.
pub(super) const MOST_STATEMENTS: usize = 4;
/// Bits in which texts may differ that say the same, and how long they must be.
const NEAR_IDENTICAL_BITS: u32 = 6;
const NEAR_IDENTICAL_MIN_CHARS: usize = 40;
/// Openings of which each says this share of the other report one event.
const SAME_EVENT: f32 = 0.5;
/// Days between reports of one event.
const SAME_DAYS: i32 = 7;
/// A statement of which another says this share adds nothing.
const SAID: f32 = 0.6;
/// Characters of an opening, beside the title.
const OPENING: usize = 150;

/// An event with the articles that report it, the fullest first.
pub(super) struct Event {
    pub reports: Vec<Article>,
    /// Near-identical to the first report.
    pub also: Vec<AlsoIn>,
    /// What is worth telling, the best first.
    pub statements: Vec<Statement>,
}

/// Something that a report says.
pub(super) struct Statement {
    /// Its report.
    pub report: usize,
    /// The place of the paragraph that says it.
    pub paragraph: usize,
    /// As a model reads it, in English or with numbers in English.
    pub shown: String,
    /// As it is told without a model.
    pub quoted: Quoted,
}

/// Words that are told as they are.
pub(super) enum Quoted {
    /// These characters of the article's text.
    Sentence(std::ops::Range<usize>),
    /// A point of the article's brief, and what it cites.
    Point(Point, Vec<BriefCitation>),
}

/// What makes articles comparable.
struct Opening {
    words: Words,
    simhash: u64,
    long: bool,
}

/// The events of a topic's articles (newest first), those with the most reports first.
pub(super) fn material(articles: Vec<Article>) -> Vec<Event> {
    let openings: Vec<Opening> = articles.iter().map(opening).collect();
    let mut frequency: HashMap<&str, f32> = HashMap::new();
    for term in openings.iter().flat_map(|opening| opening.words.terms()) {
        *frequency.entry(term).or_default() += 1.0;
    }
    let count = articles.len() as f32;
    let rarity = |term: &str| (1.0 + count / frequency.get(term).copied().unwrap_or(1.0)).ln();
    let mut events: Vec<Vec<usize>> = Vec::new();
    for i in 0..articles.len() {
        let same = |other: &usize| {
            is_near(&articles[i], &articles[*other])
                && (is_identical(&openings[i], &openings[*other])
                    || tells(&openings[i], &openings[*other], &rarity))
        };
        match events.iter_mut().find(|event| event.iter().any(same)) {
            Some(event) => event.push(i),
            None => events.push(vec![i]),
        }
    }
    // Stable, so that of equals the newest stays first.
    events.sort_by_key(|event| std::cmp::Reverse(event.len()));
    let mut articles: Vec<Option<Article>> = articles.into_iter().map(Some).collect();
    events
        .into_iter()
        .map(|event| {
            let mut reports: Vec<(Article, u64)> = event
                .into_iter()
                .filter_map(|i| Some((articles[i].take()?, openings[i].simhash)))
                .collect();
            reports.sort_by_key(|(article, _)| std::cmp::Reverse(article.text.len()));
            put_together(reports)
        })
        .collect()
}

fn put_together(reports: Vec<(Article, u64)>) -> Event {
    let mut event = Event {
        reports: Vec::new(),
        also: Vec::new(),
        statements: Vec::new(),
    };
    let first = reports.first().map_or(0, |(_, simhash)| *simhash);
    for (article, simhash) in reports {
        let long = article.text.chars().count() >= NEAR_IDENTICAL_MIN_CHARS;
        let near = (first ^ simhash).count_ones() <= NEAR_IDENTICAL_BITS;
        if !event.reports.is_empty() && long && near {
            event.also.push(AlsoIn {
                article_id: article.id,
                source: article.source,
                published_at: article.published_at,
            });
        } else {
            event.reports.push(article);
        }
    }
    let mut told: Vec<Words> = Vec::new();
    for (report, article) in event.reports.iter().enumerate() {
        for mut statement in statements(article) {
            if event.statements.len() == MOST_STATEMENTS {
                return event;
            }
            let words = Words::new(&statement.shown, true);
            let said = |before: &Words| words.covered_by(before, |_| 1.0).0 >= SAID;
            if told.iter().any(said) {
                continue;
            }
            told.push(words);
            statement.report = report;
            event.statements.push(statement);
        }
    }
    event
}

fn opening(article: &Article) -> Opening {
    let text = format!("{}\n{}", article.title, slice(&article.text, 0, OPENING));
    Opening {
        words: Words::new(&text, false),
        simhash: lexical::document(&[], &article.text).simhash,
        long: article.text.chars().count() >= NEAR_IDENTICAL_MIN_CHARS,
    }
}

fn is_identical(a: &Opening, b: &Opening) -> bool {
    a.long && b.long && (a.simhash ^ b.simhash).count_ones() <= NEAR_IDENTICAL_BITS
}

fn tells(a: &Opening, b: &Opening, rarity: &impl Fn(&str) -> f32) -> bool {
    let (there, _) = a.words.covered_by(&b.words, rarity);
    there >= SAME_EVENT && b.words.covered_by(&a.words, rarity).0 >= SAME_EVENT
}

fn is_near(a: &Article, b: &Article) -> bool {
    let date = |article: &Article| article.published_at.as_ref().map(Time::date);
    match (date(a), date(b)) {
        (Some(a), Some(b)) => (a - b).get_days().abs() <= SAME_DAYS,
        _ => true,
    }
}

/// What an article says: the points of its brief that hold, else its key sentences.
fn statements(article: &Article) -> Vec<Statement> {
    if let Some(brief) = article
        .brief
        .as_ref()
        .filter(|brief| serves(article, brief))
    {
        return brief
            .points()
            .filter_map(|point| of_point(article, brief, point))
            .collect();
    }
    let published = article.published_at.as_ref().map(Time::date);
    let sentences = key_sentences(article, MOST_STATEMENTS).into_iter();
    let statement = |sentence: crate::extract::KeySentence| Statement {
        report: 0,
        paragraph: sentence.paragraph as usize - 1,
        shown: shown_line(&sentence.text, article.text_language(), published, "en"),
        quoted: Quoted::Sentence(sentence.range),
    };
    sentences.map(statement).collect()
}

/// Whether an article can be told by its brief.
fn serves(article: &Article, brief: &Brief) -> bool {
    let holds = |point: &Point| of_point(article, brief, point).is_some();
    article.origin == Origin::Text
        && article.brief_status == BriefStatus::Ready
        && brief.language == "en"
        && brief.points().any(holds)
}

fn of_point(article: &Article, brief: &Brief, point: &Point) -> Option<Statement> {
    if point.verdict != Verdict::Supported {
        return None;
    }
    let cited: Vec<BriefCitation> = brief
        .citations
        .iter()
        .filter(|citation| point.citations.contains(&citation.n))
        .cloned()
        .collect();
    let paragraph = cited.first()?.paragraph;
    let paragraph = article.paragraphs.iter().position(|p| p.n == paragraph)?;
    Some(Statement {
        report: 0,
        paragraph,
        shown: point.text.clone(),
        quoted: Quoted::Point(point.clone(), cited),
    })
}
