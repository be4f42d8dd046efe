//! Files, folders and streams into articles as they come in. One file a format;
//! nothing is judged here that [`Article::from_input`](crate::article::Article::from_input) judges.

pub mod feed;
pub mod html;
pub mod json;
pub mod markdown;
pub mod plain;
pub mod topic_page;

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use walkdir::WalkDir;

use crate::article::ArticleInput;

/// Bytes of a file that is read whole; NDJSON streams have no limit.
const MAX_FILE: u64 = 512 * 1024 * 1024;

/// A form in which articles come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One article, an array of them, or several such values one after the other.
    Json,
    /// One article a line.
    Ndjson,
    /// Markdown, with or without front matter.
    Markdown,
    /// Plain text, or a topic page saved as text.
    Text,
    /// A web page.
    Html,
    /// RSS, Atom or JSON Feed.
    Feed,
}

/// An article with where it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Such as `news.ndjson line 3`.
    pub place: String,
    /// What was read.
    pub input: ArticleInput,
}

/// Why something was not read; what follows it still is.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file system or the decompressor failed.
    #[error("reading {place}: {source}")]
    Io {
        /// Which file.
        place: String,
        /// What happened.
        #[source]
        source: std::io::Error,
    },
    /// The content has not the form it should.
    #[error("reading {place}: {reason}")]
    Content {
        /// Which file, line or item.
        place: String,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// The file's name tells no format.
    #[error(
        "reading {0}: its name tells no known format; name it .json, .ndjson, .md, .txt, .html or .xml, with .zst after it if compressed"
    )]
    Unknown(String),
}

/// Articles as they are read, one by one.
pub type Articles = Box<dyn Iterator<Item = Result<Found, ReadError>>>;

impl Format {
    /// The format that a file's name tells, `.zst` left aside.
    pub fn of(path: &Path) -> Option<Format> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let name = name.strip_suffix(".zst").unwrap_or(&name);
        Some(match name.rsplit_once('.')?.1 {
            "json" => Format::Json,
            "ndjson" | "jsonl" => Format::Ndjson,
            "md" | "markdown" => Format::Markdown,
            "txt" | "text" => Format::Text,
            "html" | "htm" | "xhtml" => Format::Html,
            "xml" | "rss" | "atom" => Format::Feed,
            _ => return None,
        })
    }
}

/// The articles of a file, or of all files of known formats in a folder and below,
/// by name; other files there are passed over with a note in the log.
pub fn read_path(path: impl AsRef<Path>) -> Articles {
    let path = path.as_ref();
    if !path.is_dir() {
        return read_file(path);
    }
    let folder = path.display().to_string();
    let files = WalkDir::new(path).sort_by_file_name().into_iter();
    Box::new(files.flat_map(move |entry| match entry {
        Ok(entry) if entry.file_type().is_dir() => nothing(),
        Ok(entry) if Format::of(entry.path()).is_none() => {
            tracing::info!(file = %entry.path().display(), "passed over: not a format that is read");
            nothing()
        }
        Ok(entry) => read_file(entry.path()),
        Err(error) => {
            let place = error.path().map_or(folder.clone(), |path| path.display().to_string());
            failure(ReadError::Io { place, source: error.into() })
        }
    }))
}

/// The articles of a stream; `label` names it in places and errors. NDJSON is read
/// line by line, JSON value by value; the rest is read whole.
pub fn read_stream(label: &str, format: Format, stream: impl Read + 'static) -> Articles {
    let stream = BufReader::with_capacity(1 << 16, stream);
    match format {
        Format::Ndjson => Box::new(json::lines(label.to_owned(), stream)),
        Format::Json => json::values(label.to_owned(), stream),
        _ => match whole(stream) {
            Ok(bytes) => document(label, format, &bytes),
            Err(source) => failure(ReadError::Io {
                place: label.to_owned(),
                source,
            }),
        },
    }
}

fn read_file(path: &Path) -> Articles {
    let label = path.display().to_string();
    let Some(format) = Format::of(path) else {
        return failure(ReadError::Unknown(label));
    };
    let compressed = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("zst"));
    let opened = File::open(path).and_then(|file| {
        Ok(if compressed {
            read_stream(&label, format, zstd::Decoder::new(file)?)
        } else {
            read_stream(&label, format, file)
        })
    });
    opened.unwrap_or_else(|source| {
        failure(ReadError::Io {
            place: label,
            source,
        })
    })
}

fn document(label: &str, format: Format, bytes: &[u8]) -> Articles {
    let decoded = match format {
        // A feed's prologue names its encoding, which the feed parser heeds.
        Format::Feed => Ok(String::new()),
        _ => decode(bytes),
    };
    let content = |reason: String| ReadError::Content {
        place: label.to_owned(),
        reason,
    };
    let inputs = decoded.map_err(content).and_then(|text| {
        Ok(match format {
            Format::Feed => {
                feed::articles(bytes, None).map_err(|error| content(error.to_string()))?
            }
            Format::Html => vec![html::article(&text)],
            Format::Markdown => vec![markdown::article(&text)],
            _ => topic_page::articles(&text).unwrap_or_else(|| vec![plain::article(&text)]),
        })
    });
    let inputs = match inputs {
        Ok(inputs) => inputs,
        Err(error) => return failure(error),
    };
    let several = inputs.len() > 1;
    let label = label.to_owned();
    Box::new(inputs.into_iter().enumerate().map(move |(item, input)| {
        let place = if several {
            format!("{label} item {}", item + 1)
        } else {
            label.clone()
        };
        Ok(Found { place, input })
    }))
}

/// UTF-8, with or without its mark, and UTF-16 with one.
fn decode(bytes: &[u8]) -> Result<String, String> {
    let wide = |unit: fn([u8; 2]) -> u16, bytes: &[u8]| {
        let units: Vec<u16> = bytes
            .chunks_exact(2)
            .map(|pair| unit([pair[0], pair[1]]))
            .collect();
        String::from_utf16(&units).map_err(|_| "it is broken UTF-16; save it as UTF-8".to_owned())
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => wide(u16::from_be_bytes, rest),
        _ => {
            let plain = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            let text = std::str::from_utf8(plain).map_err(|error| {
                format!(
                    "it is not UTF-8 (byte {}); convert it, such as by iconv -f GB18030 -t UTF-8",
                    error.valid_up_to()
                )
            })?;
            Ok(text.to_owned())
        }
    }
}

fn whole(stream: impl BufRead) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    stream.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(std::io::Error::other(format!(
            "it has more than {MAX_FILE} bytes; split it, or make it NDJSON"
        )));
    }
    Ok(bytes)
}

fn nothing() -> Articles {
    Box::new(std::iter::empty())
}

fn failure(error: ReadError) -> Articles {
    Box::new(std::iter::once(Err(error)))
}
