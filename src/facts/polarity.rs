//! Negation, direction and modality, as far as single words show them.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use super::text::{Text, is_han};

/// Whether something grows or shrinks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// It rises.
    Rise,
    /// It falls.
    Fall,
}

static RISE: LazyLock<Vec<&str>> = LazyLock::new(|| {
    words(
        "增长 增加 加大 加强 加快 增至 上升 上涨 上调 提高 提升 攀升 回升 升至 涨至 涨到 升到 扩大 增收 猛增 激增 新增 大涨 走高 涨幅 增幅 增速 高出 涨 加息",
    )
});
static FALL: LazyLock<Vec<&str>> = LazyLock::new(|| {
    words(
        "下降 下跌 下调 下滑 减少 降低 降至 降到 跌至 跌到 缩小 回落 缩短 减至 锐减 大跌 走低 跌幅 降幅 萎缩 放缓 便宜 跌 降息",
    )
});
static RISE_EN: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    words(
        "rose rise rises risen rising increase increased increases increasing grew grow grown \
     growing growth climbed climb surged surge jumped gained raised raise soared expanded \
     higher",
    )
});
static FALL_EN: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    words(
        "fell fall falls fallen falling dropped drop drops declined decline decreased decrease \
     decreasing shrank shrunk slumped reduced reduction plunged lower lowered slid slipped \
     cut shrinking dwindled",
    )
});

fn direction_at(text: &Text, i: usize) -> Option<(Direction, Range<usize>)> {
    let found = |forms: &[&str]| {
        forms
            .iter()
            .find(|f| text.has(i, f))
            .map(|f| f.chars().count())
    };
    if let Some(length) = found(&RISE) {
        return Some((Direction::Rise, i..i + length));
    }
    found(&FALL).map(|length| (Direction::Fall, i..i + length))
}

fn direction_word(text: &Text, k: usize) -> Option<Direction> {
    let word = text.word(k);
    let followed = || {
        let next = text
            .words
            .get(k)
            .map_or(' ', |w| text.at(text.skip_spaces(w.end)));
        next.is_ascii_digit()
            || matches!(
                text.word(k + 1),
                "by" | "from" | "nearly" | "almost" | "about" | "more" | "to"
            )
    };
    if RISE_EN.contains(&word) || word == "up" && followed() {
        Some(Direction::Rise)
    } else if FALL_EN.contains(&word) || word == "down" && followed() {
        Some(Direction::Fall)
    } else {
        None
    }
}

/// The direction that goes with a quantity: the nearest word for one before it in its
/// clause, else the one straight after it.
pub fn direction_of(text: &Text, span: &Range<usize>) -> Option<(Direction, Range<usize>)> {
    let stop = |c: char| matches!(c, '，' | '。' | '；' | ';' | '、' | '\n' | '!' | '?');
    let mut i = span.start;
    let from = span.start.saturating_sub(60);
    while i > from && !stop(text.at(i - 1)) && !(text.at(i - 1) == ',' && text.at(i) == ' ') {
        i -= 1;
        if is_han(text.at(i)) {
            if span.start - i > 14 {
                break;
            }
            if let Some(found) = direction_at(text, i) {
                return Some(found);
            }
        } else if text
            .words
            .get(text.word_from(i))
            .is_some_and(|w| w.start == i)
        {
            let k = text.word_from(i);
            if let Some(direction) = direction_word(text, k) {
                return Some((direction, text.words[k].start..text.words[k].end));
            }
        }
    }
    let first = text.word_from(span.end);
    for k in first..first + 3 {
        if let Some(word) = text.words.get(k) {
            if matches!(word.lower.as_str(), "increase" | "rise" | "growth" | "jump") {
                return Some((Direction::Rise, word.start..word.end));
            }
            if matches!(
                word.lower.as_str(),
                "decrease" | "fall" | "drop" | "decline" | "reduction"
            ) {
                return Some((Direction::Fall, word.start..word.end));
            }
        }
    }
    None
}

/// The one direction that a part of a text speaks of, `None` where it speaks of both or neither.
pub fn only_direction(text: &Text, part: Range<usize>) -> Option<(Direction, Range<usize>)> {
    let mut found: Option<(Direction, Range<usize>)> = None;
    let mut add = |direction: Direction, span: Range<usize>| -> bool {
        match &found {
            Some((known, _)) => *known == direction,
            None => {
                found = Some((direction, span));
                true
            }
        }
    };
    for (k, word) in text.words.iter().enumerate() {
        if part.contains(&word.start)
            && let Some(direction) = direction_word(text, k)
            && !add(direction, word.start..word.end)
        {
            return None;
        }
    }
    let mut i = part.start;
    while i < part.end {
        match direction_at(text, i) {
            Some((direction, span)) => {
                i = span.end;
                if !add(direction, span) {
                    return None;
                }
            }
            None => i += 1,
        }
    }
    found
}

/// Chinese words in which a negative character denies nothing.
static NOT_DENYING: LazyLock<Vec<&str>> = LazyLock::new(|| {
    words(
        "不断 不仅 不但 不少 不同 不过 不久 不管 不论 不得不 不足 不满 不到 不已 不错 不安 不禁 不等 不止 不一 不时 不良 不便 差不多 不妨 不惜 不可或缺 不锈 \
     不幸 不丹 了不起 不平 不光 不只 不单 不利 不动产 不法 不凡 不懈 不愧 不失 不乏 不料 不如 不由 不由得 不约而同 不容 不得了 不限 不亚于 不低于 不少于 \
     不超过 不高于 不多 不知不觉 不明 不确定 不对称 不当 不错 无论 无疑 无数 无人 无线 无缝 无锡 无障碍 无比 无非 无奈 无偿 无名 无限 无形 无症状 无私 无愧 \
     无端 无辜 南无 毫无 无车 未来 未必 未婚 未成年 未知 没收 沉没 淹没 埋没 非常 非洲 非法 非遗 非物质 非凡 非裔 是非 除非 南非 北非 并非没有 否则 是否 \
     能否 可否 非政府 非公 非营利 非正式 毫不",
    )
});

static DENIALS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    words("没有 并未 未能 尚未 从未 并非 不是 不再 无法 无需 无须 否认 拒绝 未 不收取")
});

fn excused(text: &Text, i: usize) -> bool {
    NOT_DENYING.iter().any(|w| {
        let length = w.chars().count();
        (0..length).any(|k| i >= k && text.has(i - k, w))
    })
}

/// A clear denial in a part of a text: "not", 没有, 并未.
pub fn denial(text: &Text, part: Range<usize>) -> Option<Range<usize>> {
    for (k, word) in text.words.iter().enumerate() {
        if !part.contains(&word.start) {
            continue;
        }
        let next = text.word(k + 1);
        let clear = match word.lower.as_str() {
            "not" => !matches!(next, "only" | "just" | "least" | "to" | "merely" | "simply"),
            "no" => {
                text.at(word.end) != '.'
                    && !matches!(
                        next,
                        "longer"
                            | "matter"
                            | "doubt"
                            | "less"
                            | "fewer"
                            | "more"
                            | "wonder"
                            | "later"
                    )
            }
            "never" | "neither" | "nobody" | "cannot" => true,
            "denied" | "denies" | "refused" | "refuses" => false,
            lower => lower.ends_with("n't"),
        };
        // "did not stop" affirms.
        if clear && !DENYING.contains(&next) {
            return Some(word.start..word.end);
        }
    }
    let mut i = part.start;
    while i < part.end {
        if matches!(
            text.at(i),
            '没' | '并' | '未' | '尚' | '从' | '不' | '无' | '否' | '拒'
        ) && let Some(form) = DENIALS.iter().find(|f| text.has(i, f))
            && !excused(text, i)
        {
            return Some(i..i + form.chars().count());
        }
        i += 1;
    }
    None
}

/// Whether anything in a part of a text may deny, in whatever way.
pub fn denies_at_all(text: &Text, part: Range<usize>) -> bool {
    let negative = |c: char| {
        matches!(
            c,
            '不' | '没'
                | '无'
                | '未'
                | '非'
                | '否'
                | '别'
                | '勿'
                | '莫'
                | '难'
                | '免'
                | '禁'
                | '拒'
                | '停'
                | '缺'
                | '失'
                | '止'
                | '弃'
                | '绝'
                | '反'
                | '避'
                | '除'
                | '防'
                | '取'
                | '零'
                | '空'
                | '少'
                | '仅'
                | '只'
                | '败'
                | '错'
                | '误'
                | '异'
                | '罕'
                | '甚'
                | '岂'
                | '哪'
                | '何'
                | '吗'
                | '离'
                | '去'
                | '外'
                | '才'
        )
    };
    if text.chars[part.clone()].iter().any(|c| negative(*c)) {
        return true;
    }
    text.words
        .iter()
        .filter(|w| part.contains(&w.start))
        .any(|w| english_denial(&w.lower))
}

fn english_denial(word: &str) -> bool {
    word.ends_with("n't")
        || word.ends_with("less")
        || ["un", "in", "im", "ir", "il", "dis", "non", "mis", "anti"]
            .iter()
            .any(|p| word.starts_with(p) && word.len() > p.len() + 3)
            && !NOT_PREFIXED.contains(&word)
        || DENYING.contains(&word)
}

/// Whether an English text has a word that denies by itself: "without", "failed", "unable".
pub fn denies_clearly(text: &Text) -> bool {
    static VAGUE: LazyLock<HashSet<&str>> = LazyLock::new(|| {
        words(
            "but other than any still out small too while before if whether under only however few \
     little less poor short hard difficult bad wrong end ended far yet until against away \
     free though although alone remain remains remained anything break broke minor despite \
     instead rather lost lose beyond",
        )
    });
    text.words
        .iter()
        .any(|w| !VAGUE.contains(&w.lower.as_str()) && english_denial(&w.lower))
}

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

static NOT_PREFIXED: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    words(
        "into include included including includes increase increased increasing industry \
     industrial information international invest investment interest united university union \
     under until unless important impact improve improved district discuss discussed display \
     distance india indian inside instead institute interview introduced island israel \
     ireland iran iraq italy individual individuals initial injured injuries innovation \
     intelligence internet involved indicated inflation influence insurance discovered \
     disease disaster universe understand underground underwent",
    )
});

static DENYING: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    words(
        "no not never without none nobody nothing neither nor cannot nowhere fail fails failed \
     failure failing deny denied denies denying refuse refused refuses refusal reject \
     rejected rejects lack lacks lacked lacking hardly barely rarely seldom few little avoid \
     avoided avoiding prevent prevented prevents stop stopped stops ban banned bans prohibit \
     prohibited until yet unless rather instead before except only despite absent absence \
     missing miss missed away free halt halted cancel cancelled canceled lost lose end ended \
     beyond regardless far too out withdraw withdrew against oppose opposed exclude excluding \
     excluded decline declined forbid forbidden difficult hard wrong bad still but however \
     poor short under less small than other zero anything any alone break broke no-one doubt \
     remain remains remained pending escape escaped spare spared lest though although while \
     whether if otherwise nonetheless nevertheless shortage scarce minor illegal",
    )
});

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
