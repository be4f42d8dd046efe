//! An article as it came in into an article as it is kept; every fault is found.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::Url;

use super::{Article, ArticleError, ArticleId, ArticleInput, Fault, Origin, Paragraph, normalize};
use crate::brief::{Brief, BriefInput, BriefStatus};
use crate::time::Time;
use crate::{language, latin, reader};

/// Characters of a text; a novel has fewer.
const MAX_TEXT: usize = 2_000_000;
/// Characters of a title, a source or a topic.
const MAX_LINE: usize = 1_000;
/// Characters of a URL.
const MAX_URL: usize = 2_000;
/// Topics of one article.
const MAX_TOPICS: usize = 100;
/// Bytes of the metadata as JSON.
const MAX_METADATA: usize = 65_536;
/// Paragraphs of one article.
const MAX_PARAGRAPHS: usize = 50_000;

pub(super) fn article(
    input: ArticleInput,
    now: Time,
    zone: &TimeZone,
) -> Result<Article, ArticleError> {
    let mut faults = Faults::default();
    let id = input
        .id
        .as_deref()
        .and_then(|id| faults.keep("/id", ArticleId::new(id)));
    let mut title = faults
        .line("/title", input.title.as_deref())
        .unwrap_or_default();
    let source = faults.line("/source", input.source.as_deref());
    let url = faults.url(input.url.as_deref());
    let published_at = input
        .published_at
        .as_deref()
        .filter(|text| !text.trim().is_empty())
        .and_then(|text| faults.keep("/published_at", Time::parse(text, zone)));
    let given_language = faults.language("/language", input.language.as_deref());
    let topics = faults.topics(&input.topics);
    faults.metadata(&input);
    if let Some(brief) = &input.brief {
        faults.brief(brief);
    }
    let body = faults.body(&input, &mut title);
    let brief_only = body.is_none();
    let (text, paragraphs) = body
        .or_else(|| {
            input
                .brief
                .as_ref()
                .map(|brief| normalize::given(&points(brief)))
        })
        .unwrap_or_default();
    if text.is_empty() && faults.0.is_empty() {
        faults.add("", "it has no text; send text, paragraphs, html or a brief");
    }
    if !faults.0.is_empty() {
        return Err(ArticleError { faults: faults.0 });
    }

    let origin = if brief_only {
        Origin::Brief
    } else {
        Origin::Text
    };
    let brief = input
        .brief
        .as_ref()
        .map(|brief| Brief::from_input(brief, &text, &paragraphs, origin, now.clone()));
    let language =
        given_language.unwrap_or_else(|| detected(&title, &text, brief.as_ref(), origin));
    let mut article = Article {
        id: id.unwrap_or_else(|| {
            derive(
                url.as_deref(),
                &title,
                source.as_deref(),
                published_at.as_ref(),
                &text,
            )
        }),
        revision: 1,
        content_hash: String::new(),
        title_en: brief.as_ref().and_then(|brief| brief.title_en.clone()),
        title,
        source_latin: source.as_deref().and_then(latin::from_chinese),
        source,
        url,
        published_at,
        ingested_at: now,
        language,
        topics,
        topics_matched: Vec::new(),
        metadata: input.metadata,
        text,
        origin,
        paragraphs,
        brief_status: if brief.is_some() {
            BriefStatus::Ready
        } else {
            BriefStatus::None
        },
        brief,
        brief_error: None,
    };
    article.content_hash = content_hash(&article, input.brief.as_ref());
    Ok(article)
}

/// An id from what identifies an article: its address, else its words.
fn derive(
    url: Option<&str>,
    title: &str,
    source: Option<&str>,
    date: Option<&Time>,
    text: &str,
) -> ArticleId {
    let id = match url.and_then(|url| Url::parse(url).ok()) {
        Some(mut url) => {
            // A fragment is a place in the same page.
            url.set_fragment(None);
            format!("url-{}", &hex(&[url.as_str()])[..16])
        }
        None => {
            let date = date
                .map(|date| date.micros().to_string())
                .unwrap_or_default();
            format!(
                "text-{}",
                &hex(&[title, source.unwrap_or_default(), &date, text])[..16]
            )
        }
    };
    ArticleId(id)
}

/// Over all that was sent, in its normal form.
fn content_hash(article: &Article, brief: Option<&BriefInput>) -> String {
    let date = article
        .published_at
        .as_ref()
        .map(Time::to_string)
        .unwrap_or_default();
    let spans = article
        .paragraphs
        .iter()
        .map(|p| format!("{}-{}", p.start, p.end))
        .collect::<Vec<_>>();
    let brief = brief
        .map(|brief| serde_json::to_value(brief).unwrap_or_default())
        .unwrap_or_default();
    let metadata = Value::Object(article.metadata.clone());
    hex(&[
        &article.title,
        article.source.as_deref().unwrap_or_default(),
        article.url.as_deref().unwrap_or_default(),
        &date,
        &article.language,
        &article.topics.join("\n"),
        &sorted(&metadata).to_string(),
        &article.text,
        &spans.join(","),
        &sorted(&brief).to_string(),
    ])
}

/// The value with its keys in order, whichever order its maps keep.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let ordered: BTreeMap<&String, Value> = map
                .iter()
                .map(|(key, value)| (key, sorted(value)))
                .collect();
            Value::Object(
                ordered
                    .into_iter()
                    .map(|(key, value)| (key.clone(), value))
                    .collect(),
            )
        }
        Value::Array(values) => Value::Array(values.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

/// SHA-256 of the parts, each with its length, so that no two lists run together.
fn hex(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The points of a brief in order: lead, then groups.
fn points(brief: &BriefInput) -> Vec<String> {
    let lead = brief.lead.iter().flat_map(|lead| &lead.points);
    let groups = brief.groups.iter().flat_map(|group| &group.points);
    lead.chain(groups).map(|point| point.text.clone()).collect()
}

fn detected(title: &str, text: &str, brief: Option<&Brief>, origin: Origin) -> String {
    if origin == Origin::Text {
        return language::detect(&format!("{title}\n{text}")).to_owned();
    }
    match language::detect(title) {
        language::UNDETERMINED => brief.map_or(language::UNDETERMINED.to_owned(), |brief| {
            brief.language.clone()
        }),
        known => known.to_owned(),
    }
}

/// What is wrong, gathered while going through an input.
#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, pointer: &str, detail: impl Into<String>) {
        self.0.push(Fault {
            pointer: pointer.to_owned(),
            detail: detail.into(),
        });
    }

    fn keep<T>(&mut self, pointer: &str, result: Result<T, impl std::error::Error>) -> Option<T> {
        result
            .map_err(|error| self.add(pointer, error.to_string()))
            .ok()
    }

    /// A value of one line; `None` when it is absent, blank or wrong.
    fn line(&mut self, pointer: &str, raw: Option<&str>) -> Option<String> {
        let raw = raw?;
        if raw.chars().count() > MAX_LINE {
            self.add(
                pointer,
                format!("it is longer than {MAX_LINE} characters; shorten it"),
            );
            return None;
        }
        Some(normalize::line(raw)).filter(|line| !line.is_empty())
    }

    fn url(&mut self, raw: Option<&str>) -> Option<String> {
        let url = raw?.trim();
        if url.is_empty() {
            return None;
        }
        let valid = url.len() <= MAX_URL
            && !url.contains(|c: char| c.is_whitespace() || c.is_control())
            && Url::parse(url)
                .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !valid {
            let shown: String = url.chars().take(60).collect();
            self.add("/url", format!("{shown:?} is no web address; send one that begins with http:// or https://, or none"));
        }
        valid.then(|| url.to_owned())
    }

    fn language(&mut self, pointer: &str, raw: Option<&str>) -> Option<String> {
        let raw = raw.filter(|raw| !raw.trim().is_empty())?;
        let tag = language::canonical(raw);
        if tag.is_none() {
            let shown: String = raw.chars().take(60).collect();
            self.add(
                pointer,
                format!("{shown:?} is no language tag; send one like zh-Hans or en, or none"),
            );
        }
        tag
    }

    fn topics(&mut self, raw: &[String]) -> Vec<String> {
        if raw.len() > MAX_TOPICS {
            self.add(
                "/topics",
                format!("there are {}; at most {MAX_TOPICS} are kept", raw.len()),
            );
        }
        let mut topics: Vec<String> = Vec::new();
        for (place, topic) in raw.iter().take(MAX_TOPICS).enumerate() {
            let pointer = format!("/topics/{place}");
            match self.line(&pointer, Some(topic)) {
                Some(topic) if !topics.contains(&topic) => topics.push(topic),
                Some(_) => {}
                None if topic.trim().is_empty() => self.add(&pointer, "it is blank; leave it out"),
                None => {}
            }
        }
        topics
    }

    fn metadata(&mut self, input: &ArticleInput) {
        let bytes = serde_json::to_vec(&input.metadata).map_or(0, |json| json.len());
        if bytes > MAX_METADATA {
            self.add(
                "/metadata",
                format!("it has {bytes} bytes; at most {MAX_METADATA} are kept"),
            );
        }
    }

    fn brief(&mut self, brief: &BriefInput) {
        self.language("/brief/language", brief.language.as_deref());
        self.line("/brief/title_en", brief.title_en.as_deref());
        let lead = brief.lead.iter().flat_map(|lead| &lead.points).enumerate();
        let mut texts: Vec<(String, &str)> = lead
            .map(|(n, point)| (format!("/brief/lead/points/{n}/text"), point.text.as_str()))
            .collect();
        for (g, group) in brief.groups.iter().enumerate() {
            for (n, point) in group.points.iter().enumerate() {
                texts.push((format!("/brief/groups/{g}/points/{n}/text"), &point.text));
            }
        }
        if texts.is_empty() {
            self.add("/brief", "it has no points; give it some or leave it out");
        }
        for (pointer, text) in texts {
            if normalize::line(text).is_empty() {
                self.add(&pointer, "it is blank; leave the point out");
            } else if text.chars().count() > 10 * MAX_LINE {
                self.add(
                    &pointer,
                    format!("it is longer than {} characters; shorten it", 10 * MAX_LINE),
                );
            }
        }
    }

    /// The text with its paragraphs, of whichever form was sent; `None` when there
    /// is only a brief. The title of a page stands in for a title that is not given.
    fn body(
        &mut self,
        input: &ArticleInput,
        title: &mut String,
    ) -> Option<(String, Vec<Paragraph>)> {
        let present =
            |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
        let forms: Vec<&str> = [
            ("/text", present(&input.text)),
            (
                "/paragraphs",
                input
                    .paragraphs
                    .as_ref()
                    .is_some_and(|all| all.iter().any(|one| !one.trim().is_empty())),
            ),
            ("/html", present(&input.html)),
        ]
        .into_iter()
        .filter_map(|(pointer, present)| present.then_some(pointer))
        .collect();
        for pointer in forms.iter().skip(1) {
            self.add(
                pointer,
                format!("{} is sent too; send one of them", &forms[0][1..]),
            );
        }
        let pointer = *forms.first()?;
        let lines = input.paragraphs.as_deref().unwrap_or_default();
        let length = match pointer {
            "/text" => input.text.as_deref().map_or(0, |text| text.chars().count()),
            "/html" => input.html.as_deref().map_or(0, str::len) / 10,
            _ => lines.iter().map(|one| one.chars().count()).sum(),
        };
        if length > MAX_TEXT {
            let most = if pointer == "/html" {
                10 * MAX_TEXT
            } else {
                MAX_TEXT
            };
            self.add(
                pointer,
                format!("it is longer than {most} characters; send it in parts"),
            );
            return None;
        }
        let (text, paragraphs) = match pointer {
            "/text" => normalize::split(input.text.as_deref().unwrap_or_default()),
            "/html" => {
                let page = reader::html::page(input.html.as_deref().unwrap_or_default());
                if title.is_empty() {
                    *title = page
                        .title
                        .map(|title| normalize::line(&title))
                        .unwrap_or_default();
                }
                normalize::given(&page.paragraphs)
            }
            _ => {
                if input.brief.is_some() {
                    for (n, _) in lines
                        .iter()
                        .enumerate()
                        .filter(|(_, one)| normalize::line(one).is_empty())
                    {
                        self.add(
                            &format!("/paragraphs/{n}"),
                            "it is blank, and the brief counts paragraphs; leave it out",
                        );
                    }
                }
                normalize::given(lines)
            }
        };
        if text.is_empty() {
            self.add(
                pointer,
                "nothing readable is in it; send the article's text",
            );
        } else if paragraphs.len() > MAX_PARAGRAPHS {
            self.add(
                pointer,
                format!(
                    "it has {} paragraphs; at most {MAX_PARAGRAPHS} are kept",
                    paragraphs.len()
                ),
            );
        }
        Some((text, paragraphs))
    }
}
