//! Writes a brief: the paragraphs of an article to points ([`crate::writing`]). Without a
//! model, the key sentences are quoted.

use super::{
    Brief, BriefCitation, CheckCounts, Engine, Group, Lead, Point,
    quote::{cite, key_sentences},
};
use crate::{
    article::Article,
    check::Verdict,
    extract::quotable::shown_line,
    llm::LanguageModel,
    prompt::{BriefContext, Prompts},
    time::Time,
    writing::{Draft, Headline, Place, Writing, WritingError, is_english},
};

/// Points of a whole brief, apart from its lead.
const MOST_POINTS: usize = 10;
/// A point of whose words another says this share is a repetition.
const SAID: f32 = 0.9;

/// What is told while a brief is written: its points, in no binding order, once
/// they are checked; the brief itself follows as the result.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct PointEvent {
    /// The title of its group; absent for the lead.
    pub group: Option<String>,
    /// The point; its `citations` are numbers into `quotes`.
    pub point: Point,
    /// What it cites.
    pub quotes: Vec<BriefCitation>,
}

/// Writes the brief of `article` in English with `model`, or quotes its key
/// sentences where there is none. `strict` leaves out what the check does not
/// find supported. Dropping the future ends the model's call.
///
/// # Errors
/// When the model or a prompt fails, or the reply holds nothing to be used.
pub async fn write_brief(
    model: Option<&dyn LanguageModel>,
    prompts: &Prompts,
    article: &Article,
    strict: bool,
    now: Time,
    tell: &mut (dyn FnMut(PointEvent) + Send),
) -> Result<Brief, WritingError> {
    let Some(model) = model else {
        return Ok(key_sentences(article, now, tell));
    };
    let published = article.published_at.as_ref().map(Time::date);
    let title = shown_line(&article.title, &article.language, published, "en");
    let places: Vec<Place<'_>> = (0..article.paragraphs.len())
        .map(|paragraph| Place::new(article, paragraph))
        .collect();
    let texts = places.iter().map(|place| place.text.shown());
    let fence = prompts.fence(texts.chain([article.title.as_str()]));
    let writing = Writing {
        model,
        prompts,
        places,
        headline: Some(Headline {
            source: format!("{}\n{}", article.title, article.text),
            published,
            shown: title.clone(),
        }),
        said: SAID,
        what: format!("a brief of {}", article.id),
        format: "brief",
        messages: &|paragraphs, part, parts| {
            prompts.render(&BriefContext {
                title: title.clone(),
                date: published.map(|date| date.to_string()).unwrap_or_default(),
                paragraphs,
                part,
                max_points: (MOST_POINTS / parts).max(3),
                fence: fence.clone(),
            })
        },
    };
    let told = &mut |draft: &Draft| {
        let mut quotes = Vec::new();
        let point = point(&writing, draft, &mut quotes);
        tell(PointEvent {
            group: draft.group.clone(),
            point,
            quotes,
        });
    };
    let (title_en, drafts) = writing.write(strict, told).await?;
    let mut brief = Brief {
        language: "en".to_owned(),
        title_en,
        lead: None,
        groups: Vec::new(),
        citations: Vec::new(),
        engine: Engine::Llm,
        model: Some(model.name().to_owned()),
        prompt: Some(prompts.id::<BriefContext>()),
        created_at: now,
        check: CheckCounts::default(),
    };
    for draft in &drafts {
        let point = point(&writing, draft, &mut brief.citations);
        add(&mut brief.lead, &mut brief.groups, draft, point);
    }
    brief.count();
    Ok(brief)
}

/// Puts a point where it belongs; groups of one title are one.
pub(crate) fn add(lead: &mut Option<Lead>, groups: &mut Vec<Group>, draft: &Draft, point: Point) {
    let Some(title) = &draft.group else {
        *lead = Some(Lead {
            label: None,
            points: vec![point],
        });
        return;
    };
    let title = Some(title.clone()).filter(|title| !title.is_empty() && is_english(title));
    match groups.iter_mut().find(|group| group.title == title) {
        Some(group) => group.points.push(point),
        None => groups.push(Group {
            title,
            points: vec![point],
        }),
    }
}

/// A point whose citations are put into `citations`, each place once.
fn point(writing: &Writing<'_>, draft: &Draft, citations: &mut Vec<BriefCitation>) -> Point {
    let cited = writing.cited(draft).into_iter();
    let numbers = cited.map(|(place, span)| cite(place.article, place.paragraph, span, citations));
    let mut point = Point {
        text: draft.text.clone(),
        citations: numbers.collect(),
        verdict: Verdict::Uncited,
        findings: Vec::new(),
    };
    point.judge(&draft.checked);
    point
}
