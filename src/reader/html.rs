//! Web pages: headline, outlet, date and the main text.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;

use ego_tree::{NodeId, iter::Edge};
use scraper::{ElementRef, Html, Node, Selector};
use serde_json::Value;

use crate::article::ArticleInput;

/// What a page says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The headline.
    pub title: Option<String>,
    /// The outlet.
    pub source: Option<String>,
    /// As the page words it.
    pub published_at: Option<String>,
    /// Its canonical address.
    pub url: Option<String>,
    /// The main text.
    pub paragraphs: Vec<String>,
}

/// A page as an article; nothing is made up for what it does not say.
pub fn article(html: &str) -> ArticleInput {
    let page = page(html);
    ArticleInput {
        title: page.title,
        paragraphs: Some(page.paragraphs),
        source: page.source,
        published_at: page.published_at,
        url: page.url,
        ..ArticleInput::default()
    }
}

/// Reads a page or a fragment of one.
///
/// The main text is the `article` element where there is one, else the element
/// whose own paragraphs hold most of the text that is not links; scripts, menus,
/// forms, asides and footers are left out.
pub fn page(html: &str) -> Page {
    let document = Html::parse_document(html);
    let metadata = Metadata::of(&document);
    let heading = single(&document, "h1");
    let title = metadata
        .any(&["og:title", "headline", "twitter:title"])
        .or(heading.clone());
    // A page's <title> often ends in the outlet's name.
    let title = title.or_else(|| {
        let whole = single(&document, "title")?;
        let cut = whole.split(['_', '|']).next().unwrap_or(&whole);
        Some(cut.split(" - ").next().unwrap_or(cut).trim().to_owned())
    });
    let mut paragraphs = Outline::of(&document).main_text(&document);
    let repeats = |first: &String| Some(first) == heading.as_ref() || Some(first) == title.as_ref();
    if paragraphs.len() > 1 && paragraphs.first().is_some_and(repeats) {
        paragraphs.remove(0);
    }
    Page {
        source: metadata.any(&[
            "publisher",
            "og:site_name",
            "mediaid",
            "source",
            "application-name",
        ]),
        published_at: metadata
            .any(&[
                "article:published_time",
                "datePublished",
                "pubdate",
                "publishdate",
                "og:release_date",
                "date",
            ])
            .or_else(|| attribute(&document, "time[datetime]", "datetime")),
        url: attribute(&document, "link[rel=canonical]", "href")
            .or_else(|| metadata.any(&["og:url"]))
            .filter(|url| url.starts_with("http")),
        title: title.filter(|title| !title.is_empty()),
        paragraphs,
    }
}

/// What the head says: `meta` tags and JSON-LD, under the names that pages use.
struct Metadata(HashMap<String, String>);

impl Metadata {
    fn of(document: &Html) -> Metadata {
        let mut values = HashMap::new();
        for element in select(document, "meta[content]") {
            let name = ["property", "name", "itemprop"]
                .iter()
                .find_map(|key| element.attr(key));
            let content = element
                .attr("content")
                .map(str::trim)
                .filter(|content| !content.is_empty());
            if let (Some(name), Some(content)) = (name, content) {
                values
                    .entry(name.to_owned())
                    .or_insert_with(|| content.to_owned());
            }
        }
        for element in select(document, "script[type='application/ld+json']") {
            let text: String = element.text().collect();
            if let Ok(json) = serde_json::from_str::<Value>(&text) {
                linked_data(&json, &mut values);
            }
        }
        Metadata(values)
    }

    fn any(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.0.get(*name)).cloned()
    }
}

/// Takes headline, date and publisher from schema.org data, in a list or graph too.
fn linked_data(json: &Value, values: &mut HashMap<String, String>) {
    match json {
        Value::Array(all) => all.iter().for_each(|one| linked_data(one, values)),
        Value::Object(map) => {
            for name in ["headline", "datePublished"] {
                if let Some(value) = map.get(name).and_then(Value::as_str) {
                    values
                        .entry(name.to_owned())
                        .or_insert_with(|| value.trim().to_owned());
                }
            }
            if let Some(name) = map
                .get("publisher")
                .and_then(|publisher| publisher["name"].as_str())
            {
                values
                    .entry("publisher".to_owned())
                    .or_insert_with(|| name.trim().to_owned());
            }
            if let Some(graph) = map.get("@graph") {
                linked_data(graph, values);
            }
        }
        _ => {}
    }
}

/// A stretch of text between two block boundaries.
struct Run {
    text: String,
    /// How many of its characters are links.
    linked: usize,
    /// The nearest element around it that can hold several paragraphs.
    container: NodeId,
}

/// The text of a page in reading order, and which stretch of it each element holds.
struct Outline {
    runs: Vec<Run>,
    /// Of the elements that can hold paragraphs: the runs within.
    extents: HashMap<NodeId, Range<usize>>,
}

impl Outline {
    /// Goes through a page without recursion: pages may nest deeper than a stack.
    fn of(document: &Html) -> Outline {
        let root = document.tree.root();
        let mut runs = Vec::new();
        let mut extents = HashMap::new();
        let mut current = Run {
            text: String::new(),
            linked: 0,
            container: root.id(),
        };
        let mut skipped: Option<NodeId> = None;
        let mut links = 0_usize;
        // The elements that are open, with the number of runs before them.
        let mut open: Vec<(NodeId, usize)> = vec![(root.id(), 0)];
        for edge in root.traverse() {
            match edge {
                Edge::Open(node) if skipped.is_none() => match node.value() {
                    Node::Text(text) => {
                        if current.text.trim().is_empty() && !text.trim().is_empty() {
                            current.container = open.last().map_or(root.id(), |(id, _)| *id);
                        }
                        if links > 0 {
                            current.linked += text.trim().chars().count();
                        }
                        current.text.push_str(text);
                    }
                    Node::Element(element) if is_noise(element) => skipped = Some(node.id()),
                    Node::Element(element) if element.name() == "a" => links += 1,
                    Node::Element(element) if element.name() == "br" => {
                        flush(&mut current, &mut runs);
                    }
                    Node::Element(element) if is_block(element.name()) => {
                        flush(&mut current, &mut runs);
                        if is_container(element.name()) {
                            open.push((node.id(), runs.len()));
                        }
                    }
                    _ => {}
                },
                Edge::Close(node) if skipped == Some(node.id()) => skipped = None,
                Edge::Close(node) if skipped.is_none() => match node.value() {
                    Node::Element(element) if element.name() == "a" => {
                        links = links.saturating_sub(1);
                    }
                    Node::Element(element) if is_block(element.name()) => {
                        flush(&mut current, &mut runs);
                        if is_container(element.name())
                            && let Some((id, start)) = open.pop()
                        {
                            extents.insert(id, start..runs.len());
                        }
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        flush(&mut current, &mut runs);
        extents.insert(root.id(), 0..runs.len());
        Outline { runs, extents }
    }

    /// The characters within an element that are not links, which count against it.
    fn weight(&self, id: NodeId) -> usize {
        let extent = self.extents.get(&id).cloned().unwrap_or_default();
        self.runs[extent].iter().map(Run::weight).sum()
    }

    fn main_text(&self, document: &Html) -> Vec<String> {
        let root = document.tree.root().id();
        let total = self.weight(root);
        let chosen = select(document, "[itemprop=articleBody], article")
            .into_iter()
            .map(|element| (self.weight(element.id()), element.id()))
            .max_by_key(|(size, _)| *size)
            .filter(|(size, _)| *size > 0 && *size * 3 >= total)
            .map(|(_, id)| id)
            .or_else(|| self.densest(document))
            .unwrap_or(root);
        let extent = self.extents.get(&chosen).cloned().unwrap_or_default();
        self.runs[extent]
            .iter()
            .filter(|run| !run.is_menu())
            .map(|run| run.text.clone())
            .collect()
    }

    /// The element that holds most text by itself, widened as long as that brings in much more.
    fn densest(&self, document: &Html) -> Option<NodeId> {
        // With the place of its first run, so that of equals the first is taken.
        let mut own: HashMap<NodeId, (usize, Reverse<usize>)> = HashMap::new();
        for (place, run) in self.runs.iter().enumerate() {
            own.entry(run.container).or_insert((0, Reverse(place))).0 += run.weight();
        }
        let (&best, _) = own.iter().max_by_key(|(_, rank)| **rank)?;
        let mut chosen = best;
        let mut size = self.weight(chosen);
        for ancestor in document.tree.get(best)?.ancestors().take(4) {
            let wider = self.weight(ancestor.id());
            if wider * 2 >= size * 3 {
                chosen = ancestor.id();
                size = wider;
            }
        }
        Some(chosen)
    }
}

impl Run {
    fn weight(&self) -> usize {
        self.text.chars().count().saturating_sub(2 * self.linked)
    }

    /// Whether it is mostly links, and short: a list of other pages, no text.
    fn is_menu(&self) -> bool {
        let length = self.text.chars().count();
        length <= 80 && self.linked * 2 >= length
    }
}

fn flush(current: &mut Run, found: &mut Vec<Run>) {
    let text = current
        .text
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    if !text.is_empty() {
        found.push(Run {
            text,
            linked: current.linked,
            container: current.container,
        });
    }
    current.text.clear();
    current.linked = 0;
}

/// Whether an element can hold several paragraphs.
fn is_container(name: &str) -> bool {
    is_block(name)
        && !matches!(
            name,
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "li" | "hr"
        )
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "blockquote"
            | "body"
            | "center"
            | "dd"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "hr"
            | "html"
            | "li"
            | "main"
            | "ol"
            | "p"
            | "pre"
            | "section"
            | "table"
            | "tbody"
            | "td"
            | "th"
            | "tr"
            | "ul"
    )
}

/// What is on a page without being its text.
fn is_noise(element: &scraper::node::Element) -> bool {
    const NAMES: &[&str] = &[
        "aside",
        "audio",
        "button",
        "canvas",
        "dialog",
        "figcaption",
        "footer",
        "form",
        "head",
        "iframe",
        "nav",
        "noscript",
        "object",
        "script",
        "select",
        "style",
        "svg",
        "template",
        "textarea",
        "title",
        "video",
    ];
    const TOKENS: &[&str] = &[
        "ad",
        "ads",
        "advert",
        "breadcrumb",
        "breadcrumbs",
        "comment",
        "comments",
        "footer",
        "nav",
        "navbar",
        "recommend",
        "recommended",
        "related",
        "share",
        "sidebar",
        "sns",
        "toolbar",
    ];
    let hidden = element.attr("hidden").is_some()
        || element.attr("aria-hidden") == Some("true")
        || element
            .attr("style")
            .is_some_and(|style| style.replace(' ', "").contains("display:none"));
    let named = |key| {
        element.attr(key).is_some_and(|value: &str| {
            value
                .split(|c: char| !c.is_ascii_alphanumeric())
                .any(|token| TOKENS.contains(&token))
        })
    };
    hidden
        || NAMES.contains(&element.name())
        || (!matches!(element.name(), "body" | "html" | "article" | "main")
            && (named("class") || named("id")))
}

fn select<'a>(document: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    // The selectors are constants of this file, so they parse.
    Selector::parse(selector)
        .map(|selector| document.select(&selector).collect())
        .unwrap_or_default()
}

/// The text of the only element of this kind.
fn single(document: &Html, selector: &str) -> Option<String> {
    let elements = select(document, selector);
    let [only] = elements.as_slice() else {
        return None;
    };
    let text: String = only.text().collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}

fn attribute(document: &Html, selector: &str, name: &str) -> Option<String> {
    let element = select(document, selector).into_iter().next()?;
    element
        .attr(name)
        .map(|value| value.trim().to_owned())
        .filter(|value| !value.is_empty())
}
