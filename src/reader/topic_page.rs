//! A topic page saved as text: headlines, each with source, date and an English brief.
//!
//! ```text
//! 〈headline〉
//! 〈source in Latin letters〉· 2025-10-28 05:25        (may be missing)
//! Core Insights - point [1][4]. Group 1: Title - point [1]. - point [2]. Group 2: …
//! ```

use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::article::ArticleInput;
use crate::brief::{BriefInput, GroupInput, LeadInput, PointInput};

struct Patterns {
    /// A line of source and date.
    dated: Regex,
    /// The start of a brief: a label for its lead, or its first group.
    opening: Regex,
    /// The start of a group.
    group: Regex,
    /// Paragraph numbers in brackets.
    citation: Regex,
    /// The dash before a point, which follows the end of another.
    point: Regex,
}

static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(|| {
    Some(Patterns {
        dated: Regex::new(
            r"^(.{1,60}?)\s*[·•・]\s*(\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2})?)?)$",
        )
        .ok()?,
        opening: Regex::new(r"^(?:([A-Z][A-Za-z ]{2,40}?)\s+-\s|Group 1(?::|\s+-)\s)").ok()?,
        group: Regex::new(r"(?:^|\s)Group (\d+)(?:\s*:\s*([^\[\]]*?))?\s+-\s+").ok()?,
        citation: Regex::new(r"\s*\[(\d+(?:\s*[,，–-]\s*\d+)*)\]").ok()?,
        point: Regex::new(r#"([.!?\]”"])\s+-\s+"#).ok()?,
    })
});

/// The articles of a topic page in its order, each with its brief alone; `None` when
/// the text is no such page. A line of Chinese above the first headline is their topic.
pub fn articles(text: &str) -> Option<Vec<ArticleInput>> {
    let patterns = PATTERNS.as_ref()?;
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let briefs: Vec<usize> = (1..lines.len())
        .filter(|at| patterns.opens(lines[*at]))
        .collect();
    let heads: Vec<usize> = briefs.iter().map(|at| patterns.head(&lines, *at)).collect();
    let topics = topics(&lines[..*heads.first()?]);
    let ends = heads.iter().skip(1).copied().chain([lines.len()]);
    let found = briefs
        .iter()
        .zip(&heads)
        .zip(ends)
        .map(|((&brief, &head), end)| {
            let dated = if brief - head == 2 {
                patterns.dated.captures(lines[head + 1])
            } else {
                None
            };
            ArticleInput {
                title: Some(lines[head].to_owned()),
                source: dated.as_ref().map(|dated| dated[1].trim().to_owned()),
                published_at: dated.as_ref().map(|dated| dated[2].to_owned()),
                topics: topics.clone(),
                brief: Some(patterns.brief(&lines[brief..end].join(" "))),
                ..ArticleInput::default()
            }
        });
    Some(found.collect())
}

/// The page's name, among what its frame says.
fn topics(frame: &[&str]) -> Vec<String> {
    let chinese: Vec<&&str> = frame
        .iter()
        .filter(|line| line.chars().any(crate::passage::is_cjk))
        .collect();
    match chinese.as_slice() {
        [one] if one.chars().count() <= 30 => vec![(**one).to_owned()],
        _ => Vec::new(),
    }
}

impl Patterns {
    /// Whether a line begins a brief: by its form, and because it cites.
    fn opens(&self, line: &str) -> bool {
        self.opening.is_match(line) && self.citation.is_match(line)
    }

    /// The headline of the brief that begins at `brief`.
    fn head(&self, lines: &[&str], brief: usize) -> usize {
        if brief >= 2 && self.dated.is_match(lines[brief - 1]) {
            brief - 2
        } else {
            brief - 1
        }
    }

    fn brief(&self, text: &str) -> BriefInput {
        let label = self
            .opening
            .captures(text)
            .filter(|opening| opening.get(1).is_some());
        let mut groups: Vec<(Option<String>, usize, usize)> = Vec::new();
        for found in self.group.captures_iter(text) {
            // Only the next number begins a group; "Group 1 companies" is text.
            if found[1].parse() == Ok(groups.len() + 1) {
                let whole = found.get(0).map_or(0..0, |whole| whole.range());
                groups.push((title(&found), whole.start, whole.end));
            }
        }
        let first = groups.first().map_or(text.len(), |(_, start, _)| *start);
        let lead = label.and_then(|label| {
            let from = label.get(0)?.end();
            let points = self.points(text.get(from..first)?);
            Some(LeadInput {
                label: Some(label[1].to_owned()),
                points,
            })
        });
        let ends = groups
            .iter()
            .skip(1)
            .map(|(_, start, _)| *start)
            .chain([text.len()]);
        BriefInput {
            language: Some("en".to_owned()),
            lead: lead.filter(|lead| !lead.points.is_empty()),
            groups: groups
                .iter()
                .zip(ends)
                .map(|((title, _, from), end)| GroupInput {
                    title: title.clone(),
                    points: self.points(&text[*from..end]),
                })
                .filter(|group| !group.points.is_empty())
                .collect(),
            ..BriefInput::default()
        }
    }

    fn points(&self, text: &str) -> Vec<PointInput> {
        let marked = self.point.replace_all(text, "$1\n");
        let points = marked.split('\n').map(|point| self.one_point(point.trim()));
        points.filter(|point| !point.text.is_empty()).collect()
    }

    /// A point with the paragraphs that it names in brackets.
    fn one_point(&self, text: &str) -> PointInput {
        let mut citations: Vec<u32> = Vec::new();
        for found in self.citation.captures_iter(text) {
            for number in paragraphs(&found[1]) {
                if !citations.contains(&number) {
                    citations.push(number);
                }
            }
        }
        let words = self.citation.replace_all(text, "");
        let words = words.trim().trim_start_matches("- ");
        PointInput {
            text: words.to_owned(),
            citations,
            ..PointInput::default()
        }
    }
}

fn title(group: &Captures) -> Option<String> {
    let title = group.get(2)?.as_str().trim();
    (!title.is_empty()).then(|| title.to_owned())
}

/// `1, 3-5` as 1, 3, 4, 5.
fn paragraphs(list: &str) -> Vec<u32> {
    let ranges = list.split([',', '，']).filter_map(|part| {
        let mut ends = part
            .split(['-', '–'])
            .map(|end| end.trim().parse::<u32>().ok());
        let first = ends.next()??;
        let last = ends.next().map_or(Some(first), |last| last)?;
        // A range of hundreds is a slip, not a citation.
        Some(first..=last.clamp(first, first.saturating_add(100)))
    });
    ranges.flatten().collect()
}
