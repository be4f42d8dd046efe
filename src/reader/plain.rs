//! Plain text: a headline where there is one, a line on source and date, the body.

use std::sync::LazyLock;

use regex::Regex;

use crate::article::ArticleInput;

/// Characters that a headline has at most.
const MAX_TITLE: usize = 100;
/// Characters that a line on source and date has at most.
const MAX_BYLINE: usize = 90;
/// Lines after the headline that may speak of source, date and author.
const BYLINES: usize = 4;

const DATE: &str = r"(?:\d{4}|[〇零一二三四五六七八九]{4})\s*(?:年|[-/.])\s*(?:\d{1,2}|[一二三四五六七八九十]{1,2})\s*(?:月|[-/.])\s*(?:\d{1,2}|[一二三四五六七八九十]{1,3})\s*[日号]?(?:[T\s]*(?:[上下]午|凌晨|中午|晚上|晚)?\s*\d{1,2}(?:[:：]\d{2}(?:[:：]\d{2})?|[时点](?:\d{1,2}分?|半)?)(?:Z|[+-]\d{2}:?\d{2})?)?";

static PUBLISHED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(DATE).ok());
static LABEL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(来源|來源|稿源|文章来源|信息来源|Source|作者|记者|記者|通讯员|编辑|編輯|责编|责任编辑|Author|By|发布时间|發佈時間|发表时间|时间|時間|日期|Published|Date)\s*[:：]\s*").ok()
});

/// A text as an article: the first line is its headline where the form of what
/// follows says so (a blank line, or a line on source and date).
pub fn article(text: &str) -> ArticleInput {
    let text = text.replace("\r\n", "\n");
    let lines: Vec<&str> = text.lines().collect();
    let mut at = lines
        .iter()
        .position(|line| !line.trim().is_empty())
        .unwrap_or(lines.len());
    let mut input = ArticleInput::default();
    if let Some(first) = lines.get(at) {
        let next = lines.get(at + 1).map_or("", |line| line.trim());
        let more = lines[at + 1..].iter().any(|line| !line.trim().is_empty());
        if more && is_title(first) && (next.is_empty() || byline(next).is_some()) {
            input.title = Some(first.trim().to_owned());
            at += 1;
        }
    }
    let mut left = BYLINES;
    while left > 0 && at < lines.len() {
        if !lines[at].trim().is_empty() {
            let Some(byline) = byline(lines[at]) else {
                break;
            };
            input.source = input.source.or(byline.source);
            input.published_at = input.published_at.or(byline.published_at);
            left -= 1;
        }
        at += 1;
    }
    input.text = Some(unwrapped(&lines[at..]));
    input
}

/// What a line between headline and body says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Byline {
    pub(super) source: Option<String>,
    pub(super) published_at: Option<String>,
}

/// Reads a line such as `来源：中国新闻网 2025-10-28 05:25` or `新华网 2025年10月28日`;
/// `None` when it is a line of text.
pub(super) fn byline(line: &str) -> Option<Byline> {
    let line = line.trim();
    if line.is_empty() || line.chars().count() > MAX_BYLINE || line.ends_with(['。', '！', '？'])
    {
        return None;
    }
    let date = PUBLISHED.as_ref()?.find(line);
    let published_at = date.map(|found| found.as_str().trim().to_owned());
    let without = date.map_or(line.to_owned(), |found| {
        line[..found.start()].to_owned() + "\n" + &line[found.end()..]
    });
    let label = LABEL.as_ref()?;
    let labels: Vec<_> = label
        .captures_iter(&without)
        .filter_map(|found| Some((found.get(0)?, found.get(1)?)))
        .collect();
    if let Some((first, _)) = labels.first() {
        let mut source = outlet(&without[..first.start()]);
        for (place, (whole, name)) in labels.iter().enumerate() {
            let end = labels
                .get(place + 1)
                .map_or(without.len(), |(next, _)| next.start());
            if name.as_str().contains(['源', 'S']) {
                source = outlet(&without[whole.end()..end]).or(source);
            }
        }
        return Some(Byline {
            source,
            published_at,
        });
    }
    published_at.as_ref()?;
    // An outlet and a date, and nothing else.
    let rest = without.replace('\n', " ");
    let rest =
        rest.trim_matches(|c: char| c.is_whitespace() || "·•・|丨/,，-—()（）[]".contains(c));
    let short = rest.chars().count() <= 30 && !rest.contains(['，', ',', '：', ':', '、']);
    short.then(|| Byline {
        source: outlet(rest),
        published_at,
    })
}

/// The first name in what follows a label.
fn outlet(text: &str) -> Option<String> {
    let trim = |part: &str| {
        part.trim_matches(|c: char| c.is_whitespace() || "·•・|丨/,，;；-—()（）[]【】".contains(c))
            .to_owned()
    };
    let parts = text.split(['\n', '|', '丨', '\t', '\u{3000}']);
    parts.map(trim).find(|part| !part.is_empty())
}

fn is_title(line: &str) -> bool {
    let line = line.trim();
    line.chars().count() <= MAX_TITLE && !line.ends_with(['。', '；', '，', '.', ',', ':', '：'])
}

/// The lines as text; blocks that were wrapped at a column are joined.
fn unwrapped(lines: &[&str]) -> String {
    let blocks = lines
        .split(|line| line.trim().is_empty())
        .filter(|block| !block.is_empty());
    let joined: Vec<String> = blocks
        .map(|block| {
            if is_wrapped(block) {
                block
                    .iter()
                    .map(|line| line.trim())
                    .collect::<Vec<_>>()
                    .join(" ")
            } else {
                block.join("\n")
            }
        })
        .collect();
    joined.join("\n")
}

/// Whether a block of Latin text was broken at about the same width all through.
fn is_wrapped(block: &[&str]) -> bool {
    let [full @ .., _] = block else {
        return false;
    };
    let widths = full.iter().map(|line| line.trim_end().chars().count());
    let (least, most) = widths.fold((usize::MAX, 0), |(least, most), width| {
        (least.min(width), most.max(width))
    });
    let flowing = full.iter().all(|line| {
        line.trim_end().ends_with(|c: char| {
            c.is_alphanumeric() || matches!(c, ',' | ';' | '-' | '.' | '\'' | '"' | ')')
        }) && !line.contains(crate::passage::is_cjk)
    });
    !full.is_empty() && flowing && (50..=100).contains(&most) && least * 3 >= most * 2
}
