//! Whether a text tells of what is done or of what is planned, as far as single words show it.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use super::gloss;
use super::text::{Text, ends_clause};
use crate::dictionary;

/// Something told as done: "has opened", "was held".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// Its words.
    pub span: Range<usize>,
    /// The index of its participle among the text's words.
    pub verb: usize,
}

/// What an English text tells as done, in clauses that tell of no plan.
pub fn told_as_done(text: &Text) -> Vec<Done> {
    let told = done(text).into_iter();
    told.filter(|done| !open(text, &done.span)).collect()
}

/// Whether an English text tells of anything that it has happened: "has decided whether it will".
pub fn has_perfect(text: &Text) -> bool {
    let perfect = |done: &Done| matches!(text.at(done.span.start), 'h' | 'H');
    done(text).iter().any(perfect)
}

fn done(text: &Text) -> Vec<Done> {
    let done = |k: usize| {
        let at = match text.word(k + 1) {
            "already" | "now" | "been" => k + 2,
            _ => k + 1,
        };
        let verb = text.words.get(at)?;
        let told =
            matches!(text.word(k), "has" | "have" | "was" | "were") && is_participle(&verb.lower);
        told.then(|| Done {
            span: text.words[k].start..verb.end,
            verb: at,
        })
    };
    (0..text.words.len()).filter_map(done).collect()
}

/// Whether a text has any word that tells of a plan.
pub fn plans(text: &Text) -> bool {
    text.words.iter().any(|w| is_open(&w.lower))
}

fn is_open(word: &str) -> bool {
    OPEN.contains(word) || word.ends_with("'ll")
}

/// Whether the clause round a span has a word that tells of a plan.
fn open(text: &Text, span: &Range<usize>) -> bool {
    let ends = |i: &usize| matches!(text.at(*i), ',' | ';' | '.' | ':' | '"' | '“' | '”');
    let start = (0..span.start).rev().find(ends).unwrap_or(0);
    let end = (span.end..text.chars.len())
        .find(ends)
        .unwrap_or(text.chars.len());
    let first = text.word_from(start);
    text.words[first..]
        .iter()
        .take_while(|w| w.start < end)
        .any(|w| is_open(&w.lower))
}

fn is_participle(word: &str) -> bool {
    word.ends_with("ed")
        || matches!(
            word,
            "built"
                | "begun"
                | "held"
                | "spent"
                | "made"
                | "put"
                | "won"
                | "set"
                | "sold"
                | "bought"
                | "taken"
                | "given"
                | "become"
                | "gone"
                | "broadcast"
                | "shown"
                | "cut"
                | "paid"
                | "sent"
                | "brought"
                | "met"
                | "chosen"
                | "drawn"
                | "led"
        )
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
            "拟 预计 有望 尚未 计划在 计划投 计划于 计划到 计划将 计划建 仍在调查 争取在 争取到 争取于 争取实现 力争",
        )
    });
    part.into_iter().find_map(|i| match text.at(i) {
        '将' => will(text, i).then_some(i..i + 1),
        '拟' if matches!(text.before(i), '模' | '虚' | '比')
            || matches!(text.at(i + 1), '人' | '态' | '合') =>
        {
            None
        }
        _ => {
            let form = PLANNED.iter().find(|f| text.has(i, f))?;
            Some(i..i + form.chars().count())
        }
    })
}

/// Whether 将 says "will" rather than what is acted upon: a verb or a preposition follows,
/// perhaps after an adverb.
fn will(text: &Text, i: usize) -> bool {
    const ADVERBS: &[&str] = &[
        "陆续",
        "继续",
        "正式",
        "全面",
        "逐步",
        "共同",
        "进一步",
        "首次",
        "再次",
        "实时",
    ];
    // 准将率领: the rank
    if text.before(i) == '准' {
        return false;
    }
    if matches!(text.before(i), '即' | '必') {
        return true;
    }
    // 还将为 and 还将对 tell of a plan, 还将其 of what is acted upon.
    if matches!(text.before(i), '仍' | '还' | '也' | '都')
        && "对为与就通根同给让进做办派建推开".contains(text.at(i + 1))
    {
        return true;
    }
    let skipped = ADVERBS.iter().find(|a| text.has(i + 1, a));
    let at = i + 1 + skipped.map_or(0, |a| a.chars().count());
    matches!(
        text.at(at),
        '于' | '在' | '由' | '被' | '向' | '有' | '是' | '从' | '以' | '不' | '达'
    ) || text.at(at) == '会'
        && !matches!(
            text.at(at + 1),
            '谈' | '议' | '见' | '场' | '员' | '长' | '费'
        )
        || acts(text, at)
}

/// Whether a verb stands at a place, but 注意力 is a noun and 将改良公路作为核心 has what is
/// acted upon.
fn acts(text: &Text, at: usize) -> bool {
    const REACH: usize = 6;
    const CLAUSE: usize = 24;
    const AS: &[&str] = &[
        "作为", "视为", "视作", "列为", "纳入", "称为", "定为", "改为",
    ];
    let ahead = text.slice(at..at + REACH);
    let words = dictionary::words(&ahead);
    let verb = words.first().filter(|word| word.chars().count() > 1);
    let clause = (at + 2..at + CLAUSE).take_while(|i| !ends_clause(text.at(*i)));
    verb.is_some_and(|verb| gloss::is_verb(verb))
        && !clause
            .into_iter()
            .any(|i| AS.iter().any(|word| text.has(i, word)))
}

static OPEN: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    words(
        "will would plan plans planned planning expect expects expected aim aims aimed intend \
     intends intended propose proposes proposed scheduled due set may might could should \
     going future target targets forecast forecasts projected hope hopes hoped likely slated \
     shall soon upcoming next predicted predicts estimated anticipated ready preparing about \
     want wants wanted can must need needs promised agreed decided pledged vowed prepare be goal \
     tomorrow once if when whether",
    )
});

fn words<T: FromIterator<&'static str>>(list: &'static str) -> T {
    list.split_whitespace().collect()
}
