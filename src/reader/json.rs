//! Articles as JSON: whole values, or one a line.

use std::io::{BufRead, Read};

use serde_json::{Deserializer, Value};

use super::{Articles, Found, ReadError, feed};
use crate::article::ArticleInput;

/// Bytes of a line; the longest article with metadata and brief has less.
const MAX_LINE: u64 = 32 * 1024 * 1024;

/// The articles of an NDJSON stream, read line by line. A line that is none is an
/// error with its number, and the next one follows.
pub fn lines(
    label: String,
    mut stream: impl BufRead,
) -> impl Iterator<Item = Result<Found, ReadError>> {
    let mut line = Vec::new();
    let mut number = 0_u64;
    let mut ended = false;
    std::iter::from_fn(move || {
        while !ended {
            line.clear();
            number += 1;
            let place = format!("{label} line {number}");
            let read = stream.by_ref().take(MAX_LINE).read_until(b'\n', &mut line);
            let too_long = line.len() as u64 == MAX_LINE && !line.ends_with(b"\n");
            match read.and_then(|read| Ok((read, too_long && skip_line(&mut stream)?))) {
                Err(source) => {
                    ended = true;
                    return Some(Err(ReadError::Io { place, source }));
                }
                Ok((0, _)) => ended = true,
                Ok((_, true)) => {
                    let reason =
                        format!("it has more than {MAX_LINE} bytes; send the article in parts");
                    return Some(Err(ReadError::Content { place, reason }));
                }
                Ok(_) => {
                    let content = line
                        .strip_prefix(b"\xef\xbb\xbf")
                        .unwrap_or(&line)
                        .trim_ascii();
                    if !content.is_empty() {
                        return Some(parse(place, content));
                    }
                }
            }
        }
        None
    })
}

/// The articles of JSON values: each value an article or an array of articles.
/// A JSON Feed is read as the feed it is. Broken JSON ends the reading, a wrong
/// article does not.
pub fn values(label: String, stream: impl BufRead + 'static) -> Articles {
    let mut item = 0_u64;
    let name = label.clone();
    let found = Deserializer::from_reader(without_mark(stream))
        .into_iter::<Value>()
        .flat_map(move |value| {
            let values = match value {
                Ok(Value::Array(values)) => values,
                Ok(value) if is_feed(&value) => return feed_articles(&label, &value),
                Ok(value) => vec![value],
                Err(error) => {
                    let reason = format!("it is not JSON: {error}");
                    return vec![Err(ReadError::Content {
                        place: label.clone(),
                        reason,
                    })];
                }
            };
            let articles = values.into_iter().map(|value| {
                item += 1;
                let place = format!("{label} item {item}");
                match serde_json::from_value::<ArticleInput>(value) {
                    Ok(input) => Ok(Found { place, input }),
                    Err(error) => Err(ReadError::Content {
                        place,
                        reason: error.to_string(),
                    }),
                }
            });
            articles.collect::<Vec<_>>()
        });
    // serde_json repeats a syntax error for ever.
    let mut broken = false;
    Box::new(found.take_while(move |one| {
        let stop = broken;
        broken |= matches!(one, Err(ReadError::Content { place, .. }) if *place == name);
        !stop
    }))
}

fn parse(place: String, content: &[u8]) -> Result<Found, ReadError> {
    match serde_json::from_slice(content) {
        Ok(input) => Ok(Found { place, input }),
        Err(error) => Err(ReadError::Content {
            place,
            reason: error.to_string(),
        }),
    }
}

/// Reads to the end of the line without keeping it; true.
fn skip_line(stream: &mut impl BufRead) -> std::io::Result<bool> {
    stream.skip_until(b'\n')?;
    Ok(true)
}

/// The stream without a byte order mark.
fn without_mark(mut stream: impl BufRead) -> impl Read {
    let mark = stream
        .fill_buf()
        .is_ok_and(|start| start.starts_with(b"\xef\xbb\xbf"));
    if mark {
        stream.consume(3);
    }
    stream
}

fn is_feed(value: &Value) -> bool {
    value["version"]
        .as_str()
        .is_some_and(|version| version.contains("jsonfeed.org"))
}

fn feed_articles(label: &str, value: &Value) -> Vec<Result<Found, ReadError>> {
    match feed::articles(value.to_string().as_bytes(), None) {
        Ok(inputs) => {
            let found = inputs.into_iter().enumerate();
            found
                .map(|(n, input)| {
                    Ok(Found {
                        place: format!("{label} item {}", n + 1),
                        input,
                    })
                })
                .collect()
        }
        Err(error) => vec![Err(ReadError::Content {
            place: label.to_owned(),
            reason: error.to_string(),
        })],
    }
}
