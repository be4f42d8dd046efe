//! Numbered paragraphs to points: what briefs and digests share.
//!
//! The model phrases and says which paragraph it means; numbers, citations and verdicts
//! are code. Each point is checked against the paragraph it rests on, and those that
//! fail are put right once.

mod repair;
mod reply;

use std::ops::Range;

use futures::StreamExt;

pub(crate) use self::reply::is_english;
use self::reply::{RawPoint, point, raw_points, schema};
use crate::article::{Article, slice};
use crate::check::{self, CheckedClaim, Source, Verdict};
use crate::extract::overlap::Words;
use crate::extract::quotable::Quotable;
use crate::harmless::harmless;
use crate::llm::{Format, LanguageModel, LlmError, Message, Piece, Request, json};
use crate::passage;
use crate::phrase::line;
use crate::prompt::{PromptError, Prompts, SourceText};
use crate::time::Time;

/// Tokens that one reply may take.
const REPLY_TOKENS: usize = 1400;
/// Tokens left free, for what the chat template adds.
const SLACK_TOKENS: usize = 64;
/// How often parts that do not fit are made smaller.
const MOST_REFITS: usize = 2;
/// A lead may say shortly what a point then says in full.
const SAID_BY_LEAD: f32 = 1.0;
/// Places that bear out one point.
const MOST_PLACES: usize = 3;

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum WritingError {
    /// The model gave no answer.
    #[error(transparent)]
    Llm(#[from] LlmError),
    /// The prompt cannot be used.
    #[error(transparent)]
    Prompt(#[from] PromptError),
    /// The `llm` engine was asked for where there is none.
    #[error("writing with the llm engine: {reason}; set OPENAI_BASE_URL, or start Ollama")]
    NoModel {
        /// Why there is none.
        reason: String,
    },
    /// What the model wrote holds no point.
    #[error(
        "writing {what}: the model's reply holds no point that can be used ({excerpt:?}); try again, or use a larger model"
    )]
    Reply {
        /// Such as `a brief of ID`.
        what: String,
        /// How the reply begins.
        excerpt: String,
    },
}

/// A paragraph that points may rest on. Its number, for the model, is its place in the
/// list, from 1.
pub(crate) struct Place<'a> {
    pub article: &'a Article,
    /// Its place among the article's paragraphs.
    pub paragraph: usize,
    pub text: Quotable<'a>,
    /// What the model reads of it, where that is not all.
    pub shown: Option<String>,
    /// What the model reads before it; `""` for nothing.
    pub heading: String,
}

impl<'a> Place<'a> {
    /// The whole paragraph.
    pub fn new(article: &'a Article, paragraph: usize) -> Place<'a> {
        let published = article.published_at.as_ref().map(Time::date);
        let place = article.paragraphs[paragraph];
        let text = slice(&article.text, place.start, place.end);
        Place {
            article,
            paragraph,
            text: Quotable::new(text, article.text_language(), published, "en"),
            shown: None,
            heading: String::new(),
        }
    }

    /// The sentences that bear out a point, as characters of the article's text.
    pub fn cited(&self, point: &str) -> Range<usize> {
        let words = Words::new(point, true);
        let sentences = self.text.narrowed(0..self.text.len(), point, &words);
        let span = self.text.span(sentences);
        let start = self.article.paragraphs[self.paragraph].start;
        start + span.start..start + span.end
    }

    fn shown(&self) -> &str {
        self.shown.as_deref().unwrap_or_else(|| self.text.shown())
    }

    fn source(&self) -> Source<'a> {
        let paragraph = self.article.paragraphs[self.paragraph];
        Source {
            text: slice(&self.article.text, paragraph.start, paragraph.end),
            published: self.article.published_at.as_ref().map(Time::date),
        }
    }
}

/// What a headline must not contradict.
pub(crate) struct Headline {
    /// Title and text.
    pub source: String,
    /// When it was published.
    pub published: Option<jiff::civil::Date>,
    /// The title as the model reads it.
    pub shown: String,
}

/// A point as the model wrote it, and what became of it.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    /// `None` for the lead.
    pub group: Option<String>,
    pub text: String,
    /// Numbers of places, from 0.
    pub places: Vec<usize>,
    pub checked: CheckedClaim,
}

/// Paragraphs on their way to points.
pub(crate) struct Writing<'a> {
    pub model: &'a dyn LanguageModel,
    pub prompts: &'a Prompts,
    pub places: Vec<Place<'a>>,
    /// A headline is asked for, and held against this.
    pub headline: Option<Headline>,
    /// A point of whose words another says this share is a repetition of it.
    pub said: f32,
    /// Such as `a brief of ID`.
    pub what: String,
    /// The name of the JSON that is asked for.
    pub format: &'static str,
    /// The messages for a part of the paragraphs, which is called so (`2 of 3`, nothing
    /// where it is all), and of how many it is one.
    pub messages:
        &'a (dyn Fn(Vec<SourceText>, String, usize) -> Result<Vec<Message>, PromptError> + Sync),
}

impl Writing<'_> {
    /// A headline, if one is asked for, and points, told as soon as they hold. `strict`
    /// leaves out what the check does not find supported.
    ///
    /// # Errors
    /// When the model or a prompt fails, or the reply holds nothing to be used.
    pub async fn write(
        &self,
        strict: bool,
        tell: &mut (dyn FnMut(&Draft) + Send),
    ) -> Result<(Option<String>, Vec<Draft>), WritingError> {
        let (mut title, mut drafts, reply) = self.draft(tell).await?;
        if drafts.is_empty() {
            return Err(WritingError::Reply {
                what: self.what.clone(),
                excerpt: reply.chars().take(120).collect(),
            });
        }
        if self.has_faults(title.as_deref(), &drafts) {
            // Points with faults that are marked are worth more than none.
            if let Err(error) = self.repair(&mut title, &mut drafts).await {
                tracing::warn!(%error, what = self.what, "points could not be put right");
            }
            // A headline carries no verdict, so one that is wrong is not shown.
            title = title.filter(|title| !self.misleads(title));
            for draft in &drafts {
                if draft.checked.verdict() != Verdict::Supported && !strict {
                    tell(draft);
                }
            }
        }
        drafts.retain(|draft| is_english(&draft.text));
        if strict {
            drafts.retain(|draft| draft.checked.verdict() == Verdict::Supported);
        }
        Ok((title, drafts))
    }

    /// The title and all points of all parts, checked; those that are supported are
    /// told. Also the last reply, for an error message.
    async fn draft(
        &self,
        tell: &mut (dyn FnMut(&Draft) + Send),
    ) -> Result<(Option<String>, Vec<Draft>, String), WritingError> {
        let context = self.model.context_tokens().await;
        let max_tokens = REPLY_TOKENS.min(context / 3);
        let mut budget = context.saturating_sub(max_tokens + SLACK_TOKENS);
        let mut refits = 0;
        'fit: loop {
            let parts = self.parts(budget)?;
            let count = parts.len();
            let (mut title, mut drafts, mut reply) = (None, Vec::new(), String::new());
            for (n, part) in parts.into_iter().enumerate() {
                let name = if count > 1 {
                    format!("{} of {count}", n + 1)
                } else {
                    String::new()
                };
                let request = Request {
                    messages: (self.messages)(part, name, count)?,
                    max_tokens,
                    format: Some(Format {
                        name: self.format.to_owned(),
                        schema: schema(self.headline.is_some()),
                    }),
                };
                let written = self.part(&request, n == 0, &mut drafts, tell).await;
                match written {
                    Ok((of_part, text)) => {
                        title = title.or(of_part);
                        reply = text;
                    }
                    Err(WritingError::Llm(LlmError::ContextExceeded { .. }))
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
        tell: &mut (dyn FnMut(&Draft) + Send),
    ) -> Result<(Option<String>, String), WritingError> {
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
                    return Err(WritingError::Llm(LlmError::ContextExceeded {
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
                        tell(&draft);
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

    /// A point with the paragraph that bears it out: the one that the model names, if it
    /// does, else another, else the two together. `None` for a repetition, whose
    /// paragraph then bears out the first as well, where it does.
    fn checked(&self, raw: RawPoint, before: &mut [Draft]) -> Option<Draft> {
        let text = point(&raw.text)?;
        let words = Words::new(&text, true);
        let said = |draft: &&mut Draft| {
            let same = match draft.group {
                Some(_) => self.said,
                None => SAID_BY_LEAD,
            };
            words.covered_by(&Words::new(&draft.text, true), |_| 1.0).0 >= same
        };
        if let Some(first) = before.iter_mut().find(said) {
            self.corroborate(first, raw.paragraph);
            return None;
        }
        let (places, checked) = self.placed(&text, &words, raw.paragraph);
        Some(Draft {
            group: raw.group,
            text,
            places,
            checked,
        })
    }

    /// Has a point cite another article's paragraph too, if that bears it out by itself.
    fn corroborate(&self, draft: &mut Draft, named: Option<u64>) {
        let Some(place) = self.named(named) else {
            return;
        };
        let article = |i: usize| &self.places[i].article.id;
        let other = draft.places.iter().all(|&i| article(i) != article(place));
        if draft.checked.verdict() == Verdict::Supported
            && other
            && draft.places.len() < MOST_PLACES
            && self.check(&draft.text, &[place]).verdict() == Verdict::Supported
        {
            draft.places.push(place);
        }
    }

    fn named(&self, number: Option<u64>) -> Option<usize> {
        let place = usize::try_from(number?).ok()?.checked_sub(1)?;
        (place < self.places.len()).then_some(place)
    }

    fn placed(&self, text: &str, words: &Words, named: Option<u64>) -> (Vec<usize>, CheckedClaim) {
        let named = self.named(named);
        let mut others: Vec<(usize, f32)> = self
            .places
            .iter()
            .map(|place| place.text.bearing(words))
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
        for places in tries {
            let checked = self.check(text, &places);
            if checked.verdict() == Verdict::Supported {
                return (places, checked);
            }
            fallback.get_or_insert((places, checked));
        }
        fallback.unwrap_or_else(|| (Vec::new(), check::uncited(text)))
    }

    fn check(&self, text: &str, places: &[usize]) -> CheckedClaim {
        let sources: Vec<Source<'_>> = places.iter().map(|&i| self.places[i].source()).collect();
        check::check(text, &sources, None)
    }

    /// What a point cites: of each of its places the sentences that bear it out, as
    /// characters of the article's text.
    pub fn cited(&self, draft: &Draft) -> Vec<(&Place<'_>, Range<usize>)> {
        let places = draft.places.iter().map(|&i| &self.places[i]);
        places
            .map(|place| (place, place.cited(&draft.text)))
            .collect()
    }

    /// The paragraphs in parts that fit `budget` tokens with the prompt around them; one
    /// that alone does not is cut at sentence ends.
    fn parts(&self, budget: usize) -> Result<Vec<Vec<SourceText>>, WritingError> {
        let around: usize = (self.messages)(Vec::new(), "1 of 2".to_owned(), 2)?
            .iter()
            .map(|m| self.model.tokens(&m.content))
            .sum();
        let room = budget.saturating_sub(around).max(200);
        let mut parts: Vec<Vec<SourceText>> = Vec::new();
        let mut used = room;
        let mut heading = "";
        for (place, n) in self.places.iter().zip(1..) {
            let above = self.model.tokens(&place.heading);
            for text in self.cut(place.shown(), room.saturating_sub(above)) {
                let tokens = self.model.tokens(&text) + 8;
                let mut more = tokens + if heading == place.heading { 0 } else { above };
                if used + more > room {
                    parts.push(Vec::new());
                    (used, heading) = (0, "");
                    more = tokens + above;
                }
                used += more;
                let shown = if heading == place.heading {
                    ""
                } else {
                    &place.heading
                };
                heading = &place.heading;
                if let Some(part) = parts.last_mut() {
                    part.push(SourceText {
                        n,
                        heading: shown.to_owned(),
                        text,
                    });
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
}
