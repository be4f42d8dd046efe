//! Whether a text tells of what is done or of what is planned, as far as single words show it.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use super::text::Text;

/// Where a claim tells something as done: "has opened", "was held".
pub fn told_as_done(text: &Text) -> Option<Range<usize>> {
    let open = text
        .words
        .iter()
        .any(|w| OPEN.contains(&w.lower.as_str()) || w.lower.ends_with("'ll"));
    if open {
        return None;
    }
    text.words.iter().enumerate().find_map(|(k, w)| {
        let past = |v: &str| {
            v.ends_with("ed")
                || matches!(
                    v,
                    "been"
                        | "built"
                        | "begun"
                        | "held"
                        | "spent"
                        | "made"
                        | "put"
                        | "won"
                        | "set"
                        | "opened"
                        | "sold"
                        | "bought"
                        | "taken"
                        | "given"
                        | "become"
                        | "gone"
                )
        };
        let at = if text.word(k + 1) == "already" || text.word(k + 1) == "now" {
            k + 2
        } else {
            k + 1
        };
        let done = match w.lower.as_str() {
            "has" | "have" => past(text.word(at)),
            "was" | "were" => past(text.word(at)) && text.word(at) != "been",
            _ => false,
        };
        done.then(|| w.start..text.words[at].end)
    })
}

/// Whether part of a Chinese text tells of something done.
pub fn has_happened(text: &Text, part: Range<usize>) -> bool {
    (part.start..part.end).any(|i| match text.at(i) {
        '了' | '曾' => true,
        '已' => text.at(i + 1) != '知',
        '完' => text.at(i + 1) == '成' && text.before(i) != '将',
        '过' => matches!(text.before(i), '经' | '通' | '到' | '有'),
        _ => false,
    })
}

/// Where a part of a Chinese text tells of a plan or of what is still open.
pub fn planned(text: &Text, part: Range<usize>) -> Option<Range<usize>> {
    static PLANNED: LazyLock<Vec<&str>> = LazyLock::new(|| {
        words(
            "拟 预计 有望 尚未 计划在 计划投 计划于 计划到 计划将 计划建 将于 将在 将会 将由 将共 将新 将建 将达 将投 将开 将举 仍在调查",
        )
    });
    (part.start..part.end).find_map(|i| {
        PLANNED
            .iter()
            .find(|f| text.has(i, f))
            .filter(|f| {
                !(**f == "拟"
                    && (matches!(text.before(i), '模' | '虚' | '比')
                        || matches!(text.at(i + 1), '人' | '态' | '合')))
            })
            .map(|f| i..i + f.chars().count())
    })
}

static OPEN: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    words(
        "will would plan plans planned planning expect expects expected aim aims aimed intend \
     intends intended propose proposes proposed scheduled due set may might could should \
     going future target targets forecast forecasts projected hope hopes hoped likely slated \
     shall soon upcoming next predicted predicts estimated anticipated ready preparing about \
     want wants wanted can must need needs announced announce promised agreed decided pledged \
     vowed said says prepare be is are goal",
    )
});

fn words<T: FromIterator<&'static str>>(list: &'static str) -> T {
    list.split_whitespace().collect()
}
