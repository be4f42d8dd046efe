//! What holds for each target, whatever comes in.

#[expect(dead_code, reason = "a part of it is used")]
#[path = "../support/model.rs"]
mod model;

use std::io::Cursor;
use std::sync::OnceLock;

use dragoman::answer::citation::{Markers, Token, strip};
use dragoman::article::{Article, ArticleInput, Slices};
use dragoman::check::{Source, check};
use dragoman::facts;
use dragoman::harmless::harmless;
use dragoman::http::extract::parse_json;
use dragoman::lexical;
use dragoman::llm::openai::{OpenAiModel, OpenAiOptions};
use dragoman::llm::think::{ThinkFilter, strip_thinking};
use dragoman::llm::{LanguageModel, LlmError, Message, Piece, Request, json as partial};
use dragoman::passage;
use dragoman::reader::{Format, read_stream};
use dragoman::time::Time;
use futures::StreamExt;
use jiff::civil;
use jiff::tz::TimeZone;
use model::{ModelServer, Reply};
use tokio::runtime::Runtime;

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn day() -> civil::Date {
    civil::date(2025, 10, 28)
}

/// An article comes out whole or not at all, and its paragraphs and passages are its text.
pub fn read(format: Format, bytes: &[u8]) {
    let stream = Cursor::new(bytes.to_vec());
    for found in read_stream("input", format, stream).take(1_000).flatten() {
        article(found.input);
    }
}

fn article(input: ArticleInput) {
    let now: Time = serde_json::from_str("\"2025-10-30T08:00:00+08:00\"").expect("a time");
    let Ok(article) = Article::from_input(input, now, &TimeZone::UTC) else {
        return;
    };
    let length = article.text.chars().count();
    let mut last = 0;
    for paragraph in &article.paragraphs {
        assert!(
            last <= paragraph.start && paragraph.start < paragraph.end && paragraph.end <= length
        );
        last = paragraph.end;
    }
    let text = Slices::new(&article.text);
    let mut covered = 0;
    for passage in passage::passages(&article.text, &article.paragraphs) {
        assert!(passage.start < passage.end && passage.end <= length && passage.end > covered);
        if passage.start > covered {
            assert!(
                text.get(covered..passage.start).trim().is_empty(),
                "words are left out"
            );
        }
        covered = passage.end;
    }
    assert!(
        text.get(covered..length).trim().is_empty(),
        "words are left out"
    );
    article.summary();
}

pub fn passages(bytes: &[u8]) {
    let text = lossy(bytes);
    let length = text.chars().count();
    let mut last = 0;
    for sentence in passage::sentences(&text) {
        assert!(last <= sentence.start && sentence.start < sentence.end && sentence.end <= length);
        last = sentence.end;
    }
    article(ArticleInput {
        text: Some(text),
        ..ArticleInput::default()
    });
}

pub fn all_facts(bytes: &[u8]) {
    let text = lossy(bytes);
    let length = text.chars().count();
    for fact in facts::extract(&text, Some(day())) {
        let span = fact.span();
        assert!(
            span.start < span.end && span.end <= length,
            "{fact:?} in {length}"
        );
    }
}

/// The claim before the first NUL, its source behind it; the same verdict each time.
pub fn checked(bytes: &[u8]) {
    let text = lossy(bytes);
    let (claim, source) = text
        .split_once('\0')
        .unwrap_or((&text, "东昌府区葫芦种植面积3万余亩，产值达16亿元。"));
    let sources = [Source {
        text: source,
        published: Some(day()),
    }];
    let verdict = check(claim, &sources, None);
    assert_eq!(verdict, check(claim, &sources, None));
}

pub fn times(bytes: &[u8]) {
    let text = lossy(bytes);
    if let Ok(time) = Time::parse(&text, &TimeZone::UTC) {
        let shown = serde_json::to_string(&time).expect("a string");
        let again: Time = serde_json::from_str(&shown).expect("what it wrote");
        assert_eq!(time, again);
    }
    let _ = Time::parse_end(&text, &TimeZone::UTC);
}

/// However a text is cut into pieces, its markers are the same.
pub fn citations(bytes: &[u8]) {
    let text = lossy(bytes);
    let whole = strip(&text);
    let mut markers = Markers::default();
    let mut tokens = Vec::new();
    for c in text.chars() {
        tokens.extend(markers.push(&c.to_string()));
    }
    tokens.extend(markers.finish());
    let (mut words, mut numbers) = (String::new(), Vec::new());
    for token in tokens {
        match token {
            Token::Text(text) => words.push_str(&text),
            Token::Marker(found) => numbers.extend(found),
        }
    }
    assert_eq!((words, numbers), whole);
}

/// However a reply is cut into pieces, its thinking is taken out, but for one that ends
/// and never began, which only the whole tells; JSON is read as far as it goes.
pub fn reply(bytes: &[u8]) {
    let text = lossy(bytes);
    let mut filter = ThinkFilter::default();
    let mut shown: String = text.chars().map(|c| filter.push(&c.to_string())).collect();
    shown.push_str(&filter.finish());
    assert!(
        shown.trim().ends_with(strip_thinking(&text).trim()),
        "{shown}"
    );
    partial::read(&text);
}

pub fn json(bytes: &[u8]) {
    read(Format::Json, bytes);
    read(Format::Ndjson, bytes);
    // What it says of it is for the reader; that it says it is enough here.
    let _ = parse_json::<ArticleInput>(bytes);
}

/// What is harmless stays as it is.
pub fn harmless_twice(bytes: &[u8]) {
    let once = harmless(&lossy(bytes)).into_owned();
    assert_eq!(harmless(&once), once);
}

/// Terms are sorted, and none comes twice.
pub fn weights(bytes: &[u8]) {
    let text = lossy(bytes);
    let document = lexical::document(&lexical::terms("葫芦"), &text);
    for vector in [document.vector, lexical::query_vector(&text)] {
        assert!(vector.indices.is_sorted_by(|a, b| a < b));
        assert!(vector.values.iter().all(|weight| weight.is_finite()));
    }
}

/// However the bytes of a model's stream are cut, the same text comes of them, or an error.
pub fn stream(bytes: &[u8]) {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| Runtime::new().expect("threads"));
    let cut = bytes.iter().fold(1_usize, |sum, byte| {
        sum.wrapping_mul(31) + usize::from(*byte)
    }) % 7
        + 1;
    let ways = [
        vec![bytes.to_vec()],
        bytes
            .chunks(bytes.len() / cut + 1)
            .map(<[u8]>::to_vec)
            .collect(),
    ];
    let texts = ways.map(|pieces| runtime.block_on(answered(pieces)));
    assert_eq!(texts[0], texts[1], "cut into {cut}");
}

/// The text that a model's stream gives, and whether it came to its end.
async fn answered(pieces: Vec<Vec<u8>>) -> (String, bool) {
    let server = ModelServer::scripted(move |_| Reply::Bytes(pieces.clone())).await;
    let mut options = OpenAiOptions::for_testing(&*server.url);
    options.retry.times = 0;
    let client = OpenAiModel::new(options).expect("good settings");
    let request = Request {
        messages: vec![Message::user("葫芦产值是多少？")],
        max_tokens: 64,
        format: None,
    };
    let mut text = String::new();
    let pieces = match client.stream(&request).await {
        Ok(pieces) => pieces,
        Err(_) => return (text, false),
    };
    let pieces: Vec<Result<Piece, LlmError>> = pieces.collect().await;
    let mut whole = false;
    for piece in pieces {
        match piece {
            Ok(Piece::Text(more)) => text.push_str(&more),
            Ok(Piece::End(_)) => whole = true,
            Err(_) => whole = false,
        }
    }
    (text, whole)
}
