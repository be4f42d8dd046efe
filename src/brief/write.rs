//! Writes a brief: paragraphs → prompt → model → points, each checked against the
//! paragraph it rests on, those that fail put right once.
//!
//! The model phrases and says which paragraph it means; numbers, citations and
//! verdicts are code. Without a model, the key sentences are quoted.

use futures::StreamExt;

use super::{
    Brief, BriefCitation, CheckCounts, Engine, Group, Lead, Point,
    quote::{cite, key_sentences},
    reply::{RawPoint, is_english, line, raw_points, schema, sentences},
};
use crate::{
    article::{Article, slice},
    check::{self, CheckedClaim, Source, Verdict},
    extract::{
        overlap::{Words, differ},
        quotable::{Quotable, shown_line},
    },
    harmless::harmless,
    llm::{Format, LanguageModel, LlmError, Message, Piece, Request, json},
    passage,
    prompt::{BriefContext, PromptError, Prompts, SourceText},
    time::Time,
};

/// Tokens that a brief, or a part of one, may take.
pub(super) const BRIEF_TOKENS: usize = 1400;
/// Tokens left free, for what the chat template adds.
pub(super) const SLACK_TOKENS: usize = 64;
/// Points of a whole brief, apart from its lead.
const MOST_POINTS: usize = 10;
/// How often parts that do not fit are made smaller.
const MOST_REFITS: usize = 2;

/// Why there is no brief.
#[derive(Debug, thiserror::Error)]
pub enum BriefError {
    /// The model gave no answer.
    #[error(transparent)]
    Llm(#[from] LlmError),
    /// The prompt cannot be used.
    #[error(transparent)]
    Prompt(#[from] PromptError),
    /// The `llm` engine was asked for where there is none.
    #[error("writing a brief with the llm engine: {reason}; set OPENAI_BASE_URL, or start Ollama")]
    NoModel {
        /// Why there is none.
        reason: String,
    },
    /// What the model wrote holds no brief.
    #[error(
        "writing a brief of {article}: the model's reply holds no point that can be used ({excerpt:?}); try again, or use a larger model"
    )]
    Reply {
        /// The article.
        article: String,
        /// How the reply begins.
        excerpt: String,
    },
}

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

/// A point as the model wrote it, and what became of it.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    /// `None` for the lead.
    pub group: Option<String>,
    pub text: String,
    /// Places in the list of paragraphs.
    pub paragraphs: Vec<usize>,
    pub checked: CheckedClaim,
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
) -> Result<Brief, BriefError> {
    let Some(model) = model else {
        return Ok(key_sentences(article, now, tell));
    };
    let writing = Writing::new(model, prompts, article);
    let (mut title_en, mut drafts, reply) = writing.draft(tell).await?;
    if drafts.is_empty() {
        return Err(BriefError::Reply {
            article: article.id.to_string(),
            excerpt: reply.chars().take(120).collect(),
        });
    }
    if writing.has_faults(title_en.as_deref(), &drafts) {
        // A brief with faults that are marked is worth more than none.
        if let Err(error) = writing.repair(&mut title_en, &mut drafts).await {
            tracing::warn!(%error, article = %article.id, "points could not be put right");
        }
        // A headline carries no verdict, so one that is wrong is not shown.
        title_en = title_en.filter(|title| !writing.misleads(title));
        for draft in &drafts {
            if draft.checked.verdict() != Verdict::Supported && !strict {
                tell(writing.event(draft));
            }
        }
    }
    drafts.retain(|draft| is_english(&draft.text));
    if strict {
        drafts.retain(|draft| draft.checked.verdict() == Verdict::Supported);
    }
    Ok(writing.assemble(title_en, &drafts, now))
}

/// An article on its way to a brief.
pub(super) struct Writing<'a> {
    pub model: &'a dyn LanguageModel,
    pub prompts: &'a Prompts,
    pub article: &'a Article,
    pub paragraphs: Vec<Quotable<'a>>,
}

impl<'a> Writing<'a> {
    fn new(model: &'a dyn LanguageModel, prompts: &'a Prompts, article: &'a Article) -> Self {
        let published = article.published_at.as_ref().map(Time::date);
        let paragraphs = article
            .paragraphs
            .iter()
            .map(|p| slice(&article.text, p.start, p.end))
            .map(|text| Quotable::new(text, article.text_language(), published, "en"))
            .collect();
        Writing {
            model,
            prompts,
            article,
            paragraphs,
        }
    }

    /// The title and all points of all parts, checked; those that are supported
    /// are told. Also the last reply, for an error message.
    async fn draft(
        &self,
        tell: &mut (dyn FnMut(PointEvent) + Send),
    ) -> Result<(Option<String>, Vec<Draft>, String), BriefError> {
        let context = self.model.context_tokens().await;
        let max_tokens = BRIEF_TOKENS.min(context / 3);
        let mut budget = context.saturating_sub(max_tokens + SLACK_TOKENS);
        let mut refits = 0;
        'fit: loop {
            let parts = self.parts(budget)?;
            let (mut title, mut drafts, mut reply) = (None, Vec::new(), String::new());
            for (n, part) in parts.iter().enumerate() {
                let request = Request {
                    messages: self.messages(part, n, parts.len())?,
                    max_tokens,
                    format: Some(Format {
                        name: "brief".to_owned(),
                        schema: schema(),
                    }),
                };
                let written = self.part(&request, n == 0, &mut drafts, tell).await;
                match written {
                    Ok((of_part, text)) => {
                        title = title.or(of_part);
                        reply = text;
                    }
                    Err(BriefError::Llm(LlmError::ContextExceeded { .. }))
                        if refits < MOST_REFITS && n == 0 =>
                    {
                        refits += 1;
                        budget = budget * 3 / 5;
                        continue 'fit;
                    }
                    Err(error) => return Err(error),
                }
            }
            return Ok((title, drafts, reply));
        }
    }

    /// Has one part written, taking its points as they are closed.
    async fn part(
        &self,
        request: &Request,
        first: bool,
        drafts: &mut Vec<Draft>,
        tell: &mut (dyn FnMut(PointEvent) + Send),
    ) -> Result<(Option<String>, String), BriefError> {
        let mut pieces = self.model.stream(request).await?;
        let (mut reply, mut taken, mut over) = (String::new(), 0, false);
        while !over {
            match pieces.next().await {
                Some(Ok(Piece::Text(text))) => {
                    reply.push_str(&text);
                    if !text.contains('}') {
                        continue;
                    }
                }
                Some(Err(error)) => return Err(error.into()),
                Some(Ok(Piece::End(ending))) if ending.prompt_truncated => {
                    // What it wrote of a text that it has not read is worth nothing.
                    let read = ending.usage.prompt_tokens;
                    return Err(BriefError::Llm(LlmError::ContextExceeded {
                        url: self.model.base_url().to_owned(),
                        prompt_tokens: None,
                        context: read.and_then(|tokens| usize::try_from(tokens).ok()),
                    }));
                }
                Some(Ok(Piece::End(_))) | None => over = true,
            }
            let Some(read) = json::read(&reply) else {
                continue;
            };
            let mut points = raw_points(&read.value);
            if !read.complete {
                // The last one is still being written, or was cut at the token limit.
                points.pop();
            }
            for raw in points.drain(..).skip(taken) {
                taken += 1;
                if raw.group.is_none() && !first {
                    continue;
                }
                if let Some(draft) = self.checked(raw, drafts) {
                    if draft.checked.verdict() == Verdict::Supported && is_english(&draft.text) {
                        tell(self.event(&draft));
                    }
                    drafts.push(draft);
                }
            }
        }
        let title = json::read(&reply)
            .and_then(|read| Some(line(&harmless(read.value.get("headline")?.as_str()?))))
            .filter(|title| !title.is_empty() && is_english(title));
        Ok((title, reply))
    }

    /// A point with the paragraph that bears it out: the one that the model names,
    /// if it does, else another, else the two together. `None` for a repetition.
    fn checked(&self, raw: RawPoint, before: &[Draft]) -> Option<Draft> {
        let text = sentences(&harmless(&raw.text))?;
        let words = self.words(&text);
        let said = |draft: &Draft| {
            // A lead may say shortly what a point then says in full.
            let same = if draft.group.is_some() { 0.9 } else { 1.0 };
            words.covered_by(&self.words(&draft.text), |_| 1.0).0 >= same
        };
        if before.iter().any(said) {
            return None;
        }
        let (paragraphs, checked) = self.placed(&text, &words, raw.paragraph);
        Some(Draft {
            group: raw.group,
            text,
            paragraphs,
            checked,
        })
    }

    pub(super) fn placed(
        &self,
        text: &str,
        words: &Words,
        named: Option<u64>,
    ) -> (Vec<usize>, CheckedClaim) {
        let named = named.and_then(|n| {
            self.article
                .paragraphs
                .iter()
                .position(|p| u64::from(p.n) == n)
        });
        let mut others: Vec<(usize, f32)> = self
            .paragraphs
            .iter()
            .map(|paragraph| paragraph.bearing(words))
            .enumerate()
            .filter(|(i, bearing)| Some(*i) != named && *bearing > 0.0)
            .collect();
        others.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let others: Vec<usize> = others.into_iter().take(3).map(|(i, _)| i).collect();
        let mut tries: Vec<Vec<usize>> = named.into_iter().map(|i| vec![i]).collect();
        tries.extend(others.iter().map(|&i| vec![i]));
        let first = named.or(others.first().copied());
        tries.extend(
            others
                .iter()
                .filter(|&&i| Some(i) != first)
                .filter_map(|&i| {
                    let mut pair = vec![first?, i];
                    pair.sort_unstable();
                    Some(pair)
                }),
        );
        let mut fallback = None;
        for paragraphs in tries {
            let checked = self.check(text, &paragraphs);
            if checked.verdict() == Verdict::Supported {
                return (paragraphs, checked);
            }
            fallback.get_or_insert((paragraphs, checked));
        }
        fallback.unwrap_or_else(|| (Vec::new(), check::uncited(text)))
    }

    fn check(&self, text: &str, paragraphs: &[usize]) -> CheckedClaim {
        let published = self.article.published_at.as_ref().map(Time::date);
        let sources: Vec<Source<'_>> = paragraphs
            .iter()
            .map(|&i| Source {
                text: self.original(i),
                published,
            })
            .collect();
        check::check(text, &sources, None)
    }

    fn assemble(&self, title_en: Option<String>, drafts: &[Draft], now: Time) -> Brief {
        let mut brief = Brief {
            language: "en".to_owned(),
            title_en,
            lead: None,
            groups: Vec::new(),
            citations: Vec::new(),
            engine: Engine::Llm,
            model: Some(self.model.name().to_owned()),
            prompt: Some(self.prompts.id::<BriefContext>()),
            created_at: now,
            check: CheckCounts::default(),
        };
        for draft in drafts {
            let point = self.point(draft, &mut brief.citations);
            let Some(title) = &draft.group else {
                brief.lead = Some(Lead {
                    label: None,
                    points: vec![point],
                });
                continue;
            };
            let title = Some(title.clone()).filter(|title| !title.is_empty() && is_english(title));
            match brief.groups.iter_mut().find(|group| group.title == title) {
                Some(group) => group.points.push(point),
                None => brief.groups.push(Group {
                    title,
                    points: vec![point],
                }),
            }
        }
        brief.count();
        brief
    }

    fn event(&self, draft: &Draft) -> PointEvent {
        let mut quotes = Vec::new();
        let point = self.point(draft, &mut quotes);
        PointEvent {
            group: draft.group.clone(),
            point,
            quotes,
        }
    }

    /// A point whose citations are put into `citations`, each place once.
    fn point(&self, draft: &Draft, citations: &mut Vec<BriefCitation>) -> Point {
        let words = self.words(&draft.text);
        let mut numbers = Vec::new();
        for &i in &draft.paragraphs {
            let paragraph = &self.paragraphs[i];
            let sentences = paragraph.narrowed(0..paragraph.len(), &draft.text, &words);
            let span = paragraph.span(sentences);
            let start = self.article.paragraphs[i].start;
            let n = cite(
                self.article,
                i,
                start + span.start..start + span.end,
                citations,
            );
            numbers.push(n);
        }
        let mut point = Point {
            text: draft.text.clone(),
            citations: numbers,
            verdict: Verdict::Uncited,
            findings: Vec::new(),
        };
        point.judge(&draft.checked);
        point
    }

    /// The paragraphs in parts that fit `budget` tokens with the prompt around them;
    /// a paragraph that alone does not is cut at sentence ends.
    fn parts(&self, budget: usize) -> Result<Vec<Vec<SourceText>>, BriefError> {
        let around: usize = self
            .messages(&[], 0, 2)?
            .iter()
            .map(|m| self.model.tokens(&m.content))
            .sum();
        let room = budget.saturating_sub(around).max(200);
        let mut parts: Vec<Vec<SourceText>> = Vec::new();
        let mut used = room;
        for (paragraph, place) in self.paragraphs.iter().zip(&self.article.paragraphs) {
            for text in self.cut(paragraph.shown(), room) {
                let tokens = self.model.tokens(&text) + 8;
                if used + tokens > room {
                    parts.push(Vec::new());
                    used = 0;
                }
                used += tokens;
                let source = SourceText {
                    n: place.n as usize,
                    heading: String::new(),
                    text,
                };
                if let Some(part) = parts.last_mut() {
                    part.push(source);
                }
            }
        }
        Ok(parts)
    }

    fn cut(&self, text: &str, room: usize) -> Vec<String> {
        if self.model.tokens(text) + 8 <= room {
            return vec![text.to_owned()];
        }
        let mut pieces: Vec<String> = Vec::new();
        for sentence in passage::sentences(text) {
            let sentence = slice(text, sentence.start, sentence.end);
            match pieces.last_mut() {
                Some(piece)
                    if self.model.tokens(piece) + self.model.tokens(sentence) + 8 <= room =>
                {
                    piece.push_str(sentence);
                }
                _ => pieces.push(sentence.to_owned()),
            }
        }
        pieces
    }

    fn messages(
        &self,
        part: &[SourceText],
        n: usize,
        parts: usize,
    ) -> Result<Vec<Message>, BriefError> {
        let fence = self.prompts.fence(
            self.paragraphs
                .iter()
                .map(Quotable::shown)
                .chain([self.article.title.as_str()]),
        );
        let context = BriefContext {
            title: self.title(),
            date: self
                .article
                .published_at
                .as_ref()
                .map(|t| t.date().to_string())
                .unwrap_or_default(),
            paragraphs: part.to_vec(),
            part: if parts > 1 {
                format!("{} of {parts}", n + 1)
            } else {
                String::new()
            },
            max_points: (MOST_POINTS / parts).max(3),
            fence,
        };
        Ok(self.prompts.render(&context)?)
    }

    /// The article's title as the model reads it.
    pub(super) fn title(&self) -> String {
        let published = self.article.published_at.as_ref().map(Time::date);
        shown_line(&self.article.title, &self.article.language, published, "en")
    }

    fn original(&self, i: usize) -> &'a str {
        let paragraph = self.article.paragraphs[i];
        slice(&self.article.text, paragraph.start, paragraph.end)
    }

    pub(super) fn words(&self, text: &str) -> Words {
        Words::new(text, differ("en", self.article.text_language()))
    }
}
