//! What a quote says in English: offered where a model can write it, checked like any
//! claim.

use std::ops::Range;

use serde::Serialize;

use super::article::PlaceParams;
use super::mark::{self, Piece};
use super::view::said;
use crate::app::{App, Writer};
use crate::article::{Article, Slices};
use crate::brief;
use crate::check::Verdict;
use crate::client::segment;
use crate::writing::WritingError;

/// A quote in English, or where that is to be had.
#[derive(Serialize, Default)]
pub(super) struct EnglishView {
    /// The page that has it; absent where it is here.
    address: Option<String>,
    /// Empty where the model's reply could not be used.
    pieces: Vec<Piece>,
    by: String,
    mark: Option<&'static str>,
    verdict: Option<Verdict>,
    details: Vec<String>,
}

/// Where the words that a place has in paragraph `n` are to be had in English; nothing
/// where they are, or where no model is there to write it.
pub(super) fn offered(
    app: &App,
    article: &Article,
    params: &PlaceParams,
    n: u32,
) -> Option<EnglishView> {
    let model = matches!(app.writer(), Writer::Model(_));
    if !model || article.text_language().starts_with("en") {
        return None;
    }
    let mut params = params.clone();
    params.paragraph = Some(n);
    params.english = Some("1".to_owned());
    let query = serde_urlencoded::to_string(params).unwrap_or_default();
    let path = segment(article.id.as_str());
    Some(EnglishView {
        address: Some(format!("/articles/{path}?{query}#p{n}")),
        ..EnglishView::default()
    })
}

/// `span` of an article's text in English, where there is a model.
pub(super) async fn written(
    app: &App,
    article: &Article,
    span: Range<usize>,
) -> Result<Option<EnglishView>, WritingError> {
    let Writer::Model(model) = app.writer() else {
        return Ok(None);
    };
    let english = brief::in_english(model.as_ref(), &app.prompts, article, span).await?;
    let by = format!("put into English by {}", model.name());
    let Some(english) = english else {
        return Ok(Some(EnglishView {
            by,
            ..EnglishView::default()
        }));
    };
    let (verdict, findings) = (english.checked.verdict(), english.checked.findings());
    let whole = 0..english.text.chars().count();
    let faults = mark::faults(&english.text, findings);
    Ok(Some(EnglishView {
        address: None,
        pieces: mark::pieces(&Slices::new(&english.text), whole, &faults),
        by,
        mark: said(verdict),
        verdict: Some(verdict),
        details: findings
            .iter()
            .map(|finding| finding.detail.clone())
            .collect(),
    }))
}
