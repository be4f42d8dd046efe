//! The words of a paragraph with how they are read and what they mean.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::app::App;
use crate::dictionary::{self, Entry};
use crate::facts::text::is_han;
use crate::http::articles::find;
use crate::http::extract::Params;
use crate::http::problem::ApiError;
use crate::lexical;
use pinyin::ToPinyin;

/// Readings of a word that are told, and senses of a reading.
const READINGS: usize = 3;
const SENSES: usize = 4;

#[derive(Deserialize)]
pub(in crate::http) struct WordsParams {
    paragraph: u32,
}

/// A word with its place in the paragraph, in characters.
#[derive(Debug, Serialize)]
struct Word {
    start: usize,
    end: usize,
    readings: Vec<Reading>,
}

#[derive(Debug, Serialize)]
struct Reading {
    pinyin: String,
    senses: Vec<&'static str>,
}

/// The words of one paragraph that the dictionary has, in order.
pub(in crate::http) async fn words(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Params(params): Params<WordsParams>,
) -> Result<Json<Value>, ApiError> {
    let article = find(&app, &id).await?;
    let n = params.paragraph;
    let text = article.paragraph_text(n).ok_or_else(|| {
        ApiError::NotFound(format!(
            "article {id}: it has {} paragraphs, none is number {n}",
            article.paragraphs.len()
        ))
    })?;
    let text = text.to_owned();
    let work = tokio::task::spawn_blocking(move || looked_up(&text));
    let words = match work.await {
        Ok(words) => words,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    };
    Ok(Json(json!({ "words": words })))
}

fn looked_up(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut start = 0;
    for word in lexical::words(text) {
        let length = word.chars().count();
        if word.chars().all(is_han) {
            let readings = readings(word);
            if readings.is_empty() {
                parts(word, start, &mut words);
            } else {
                words.push(Word {
                    start,
                    end: start + length,
                    readings,
                });
            }
        }
        start += length;
    }
    words
}

/// A word that the dictionary lacks, by the parts that it has.
fn parts(word: &str, start: usize, words: &mut Vec<Word>) {
    let mut from = 0;
    for part in dictionary::words(word) {
        let Some(at) = word[from..].find(part).map(|at| from + at) else {
            continue;
        };
        let before = word[..at].chars().count();
        let readings = readings(part);
        if !readings.is_empty() {
            words.push(Word {
                start: start + before,
                end: start + before + part.chars().count(),
                readings,
            });
        }
        from = at + part.len();
    }
}

fn readings(word: &str) -> Vec<Reading> {
    let entries = dictionary::entries(word);
    // Surnames and the like come after what the word means as a word.
    let (names, others): (Vec<&Entry>, Vec<&Entry>) = entries
        .iter()
        .partition(|entry| entry.pinyin_numbers.starts_with(|c: char| c.is_uppercase()));
    let mut ordered: Vec<&Entry> = others.into_iter().chain(names).collect();
    // Of a single character's readings the dictionary does not say which is usual.
    let mut chars = word.chars();
    if let (Some(only), None) = (chars.next(), chars.next()) {
        let usual = only.to_pinyin().map(|usual| usual.with_tone_num_end());
        ordered.sort_by_key(|entry| Some(entry.pinyin_numbers) != usual);
    }
    ordered
        .into_iter()
        .take(READINGS)
        .map(|entry| Reading {
            pinyin: dictionary::with_tone_marks(entry.pinyin_numbers),
            senses: entry
                .english
                .iter()
                .map(String::as_str)
                .filter(|sense| !sense.starts_with("CL:"))
                .take(SENSES)
                .collect(),
        })
        .collect()
}
