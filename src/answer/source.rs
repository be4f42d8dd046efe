//! A hit as a source of an answer: under a number in the prompt, and as a citation. Pure.

use std::ops::Range;

use crate::{
    article::{Paragraph, slice},
    extract::quotable::{Quotable, shown_line},
    passage,
    prompt::SourceText,
    retrieve::Hit,
};

use super::Citation;

/// A hit with its sentences.
#[derive(Debug, Clone)]
pub(super) struct Source<'a> {
    pub hit: &'a Hit,
    pub quotable: Quotable<'a>,
    paragraphs: &'a [Paragraph],
    title: String,
}

impl<'a> Source<'a> {
    /// A source for an answer in `language`; without its article's paragraphs the
    /// hit's own number stands for all of it.
    pub fn new(hit: &'a Hit, paragraphs: &'a [Paragraph], language: &str) -> Source<'a> {
        let published = hit.published_at.as_ref().map(|time| time.date());
        let quotable = Quotable::new(&hit.text, &hit.language, published, language);
        let title = shown_line(&hit.title, &hit.language, published, language);
        Source {
            hit,
            quotable,
            paragraphs,
            title,
        }
    }

    /// As the prompt has it, under the number `n`.
    pub fn text(&self, n: usize) -> SourceText {
        let hit = self.hit;
        let outlet = hit.source.as_deref().unwrap_or_default();
        let date = hit
            .published_at
            .as_ref()
            .map(|t| t.date().to_string())
            .unwrap_or_default();
        let parts: Vec<&str> = [self.title.as_str(), outlet, &date]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect();
        SourceText {
            n,
            heading: parts.join(", ").replace('\n', " "),
            text: self.quotable.shown().to_owned(),
        }
    }

    /// These sentences as citation `n`.
    pub fn citation(&self, n: u32, sentences: Range<usize>) -> Citation {
        let hit = self.hit;
        let span = self.quotable.span(sentences);
        let start = hit.start + span.start;
        let paragraph = if self.paragraphs.is_empty() {
            hit.paragraph
        } else {
            passage::paragraph_at(self.paragraphs, start)
        };
        Citation {
            n,
            article_id: hit.article_id.clone(),
            title: hit.title.clone(),
            source: hit.source.clone(),
            url: hit.url.clone(),
            published_at: hit.published_at.clone(),
            paragraph,
            start,
            end: hit.start + span.end,
            quote: slice(&hit.text, span.start, span.end).to_owned(),
            origin: hit.origin,
        }
    }
}

/// The words of an article that a question may be about: title, outlet, date and
/// all its passages at hand.
pub(super) fn about(source: &Source<'_>, all: &[Source<'_>]) -> String {
    let hit = source.hit;
    let mut text = format!(
        "{}\n{}\n",
        hit.title,
        hit.source.as_deref().unwrap_or_default()
    );
    if let Some(time) = &hit.published_at {
        let date = time.date();
        text.push_str(&format!(
            "{date} {}年{}月{}日\n",
            date.year(),
            date.month(),
            date.day()
        ));
    }
    for other in all
        .iter()
        .filter(|other| other.hit.article_id == hit.article_id)
    {
        text.push_str(&other.hit.text);
        text.push('\n');
        if other.quotable.shown() != other.hit.text {
            text.push_str(other.quotable.shown());
            text.push('\n');
        }
    }
    text
}
