//! Markdown with or without front matter.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use serde_json::{Map, Value};

use super::plain;
use crate::article::ArticleInput;

/// A Markdown document as an article. Front matter (`---`, `key: value`) names title,
/// source, date, url, language, id and topics; what else it names goes into the
/// metadata. Without a title there the first heading is it. Each paragraph, heading,
/// list item, quotation and table row of the document is a paragraph.
pub fn article(text: &str) -> ArticleInput {
    let text = text.replace("\r\n", "\n");
    let (front, body) = front_matter(&text);
    let mut input = ArticleInput::default();
    for (key, values) in front {
        assign(&mut input, &key, values);
    }
    let mut blocks = blocks(body);
    if let Some(first) = blocks.first().filter(|block| block.heading.is_some()) {
        let title = input.title.get_or_insert_with(|| first.text.clone());
        if *title == first.text {
            blocks.remove(0);
        }
    }
    if let Some(byline) = blocks
        .first()
        .filter(|block| block.heading.is_none())
        .and_then(|block| plain::byline(&block.text))
    {
        input.source = input.source.or(byline.source);
        input.published_at = input.published_at.or(byline.published_at);
        blocks.remove(0);
    }
    input.paragraphs = Some(blocks.into_iter().map(|block| block.text).collect());
    input
}

struct Block {
    text: String,
    heading: Option<HeadingLevel>,
}

fn blocks(body: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut text = String::new();
    let mut heading = None;
    let mut images = 0_usize;
    let mut take = |text: &mut String, heading: Option<HeadingLevel>| {
        let line = text.trim();
        if !line.is_empty() {
            found.push(Block {
                text: line.to_owned(),
                heading,
            });
        }
        text.clear();
    };
    for event in Parser::new_ext(body, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Start(Tag::Image { .. }) => images += 1,
            Event::End(TagEnd::Image) => images = images.saturating_sub(1),
            Event::Text(part) | Event::Code(part) if images == 0 => text.push_str(&part),
            // A line of Chinese goes on where it was broken.
            Event::SoftBreak if text.ends_with(crate::passage::is_cjk) => {}
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            Event::Start(Tag::Heading { level, .. }) => {
                take(&mut text, None);
                heading = Some(level);
            }
            Event::End(TagEnd::Heading(_)) => take(&mut text, heading.take()),
            Event::End(TagEnd::TableCell) => text.push(' '),
            Event::Start(
                Tag::Paragraph
                | Tag::Item
                | Tag::CodeBlock(_)
                | Tag::TableRow
                | Tag::TableHead
                | Tag::List(_),
            )
            | Event::End(
                TagEnd::Paragraph
                | TagEnd::Item
                | TagEnd::CodeBlock
                | TagEnd::TableRow
                | TagEnd::TableHead,
            ) => {
                take(&mut text, None);
            }
            _ => {}
        }
    }
    take(&mut text, None);
    found
}

type Fields = Vec<(String, Vec<String>)>;

/// The fields of the front matter, each with its values, and the rest of the text.
fn front_matter(text: &str) -> (Fields, &str) {
    let whole = (Vec::new(), text);
    let Some(rest) = text.trim_start().strip_prefix("---\n") else {
        return whole;
    };
    let Some(end) = rest
        .find("\n---\n")
        .or_else(|| rest.strip_suffix("\n---").map(str::len))
    else {
        return whole;
    };
    let mut fields: Fields = Vec::new();
    for line in rest[..end].lines() {
        if let Some(item) = line.trim_start().strip_prefix("- ") {
            if let Some((_, values)) = fields.last_mut() {
                values.push(unquoted(item));
            }
        } else if let Some((key, value)) = line
            .split_once(':')
            .filter(|_| !line.starts_with([' ', '#']))
        {
            fields.push((key.trim().to_lowercase(), values(value.trim())));
        }
    }
    (fields, rest[end + 1..].trim_start_matches("---"))
}

/// `[a, "b"]` as two values, anything else as one, nothing as none.
fn values(value: &str) -> Vec<String> {
    let list = value
        .strip_prefix('[')
        .and_then(|inner| inner.strip_suffix(']'));
    match list {
        Some(inner) => inner
            .split([',', '，'])
            .map(unquoted)
            .filter(|value| !value.is_empty())
            .collect(),
        None if value.is_empty() => Vec::new(),
        None => vec![unquoted(value)],
    }
}

fn unquoted(value: &str) -> String {
    let value = value.trim();
    let inner = |quote| {
        value
            .strip_prefix(quote)
            .and_then(|rest: &str| rest.strip_suffix(quote))
    };
    inner('"')
        .or_else(|| inner('\''))
        .unwrap_or(value)
        .to_owned()
}

fn assign(input: &mut ArticleInput, key: &str, values: Vec<String>) {
    let one = values.first().cloned();
    match key {
        "id" => input.id = one,
        "title" => input.title = one,
        "source" | "publisher" => input.source = one,
        "date" | "published" | "published_at" => input.published_at = one,
        "url" | "link" => input.url = one,
        "language" | "lang" => input.language = one,
        "topics" | "topic" | "tags" => {
            let split = |value: &String| {
                value
                    .split([',', '，'])
                    .map(|part| part.trim().to_owned())
                    .collect::<Vec<_>>()
            };
            input.topics = values
                .iter()
                .flat_map(split)
                .filter(|topic| !topic.is_empty())
                .collect();
        }
        _ => {
            let mut strings = values.into_iter().map(Value::String).collect::<Vec<_>>();
            let value = if strings.len() == 1 {
                strings.remove(0)
            } else {
                Value::Array(strings)
            };
            input
                .metadata
                .extend(Map::from_iter([(key.to_owned(), value)]));
        }
    }
}
