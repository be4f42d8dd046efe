//! Denials, as far as single words show them.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use super::gloss;
use super::numeral;
use super::text::{Text, is_han};

/// How clearly a part of a text denies something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Not at all.
    None,
    /// By a word that often goes with a denial in the other language: "only", 难.
    Weak,
    /// By a word that denies: "without", "fail", 不, 拒绝.
    Strong,
}

/// The clear denials of a text, in order: "not", "isn't", "never", 没有, 不.
pub fn denials(text: &Text) -> Vec<Range<usize>> {
    let words = text.words.iter().enumerate();
    let english = words
        .filter(|(k, _)| english_denial(text, *k))
        .map(|(_, w)| w.start..w.end);
    let mut found: Vec<Range<usize>> = english.collect();
    let mut i = 0;
    while i < text.chars.len() {
        match chinese_denial(text, i) {
            Some(end) => {
                found.push(i..end);
                i = end;
            }
            None => i += 1,
        }
    }
    found.sort_by_key(|span| span.start);
    affirmed(text, found)
}

/// Leaves out what denies a denial: 并非没有, 不是不.
fn affirmed(text: &Text, found: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let twice = |a: &Range<usize>, b: &Range<usize>| is_han(text.at(a.start)) && a.end == b.start;
    let doubled = |k: usize| {
        k > 0 && twice(&found[k - 1], &found[k])
            || k + 1 < found.len() && twice(&found[k], &found[k + 1])
    };
    let kept = (0..found.len()).filter(|k| !doubled(*k));
    kept.map(|k| found[k].clone()).collect()
}

/// Whether word `k` denies what follows it.
fn english_denial(text: &Text, k: usize) -> bool {
    let word = &text.words[k];
    let next = text.word(k + 1);
    let before = k.checked_sub(1).map_or("", |p| text.word(p));
    let clear = match word.lower.as_str() {
        "not" => {
            before != "or"
                && !before.ends_with("n't")
                && !matches!(
                    next,
                    "only"
                        | "just"
                        | "least"
                        | "to"
                        | "merely"
                        | "simply"
                        | "far"
                        | "long"
                        | "later"
                        | "even"
                        | "less"
                        | "fewer"
                        | "more"
                )
                && before != "than"
                && (next != "too" || text.word(k + 2) != "long")
        }
        "no" => {
            !matches!(text.at(word.end), '.' | '-')
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
                        | "wrong"
                        | "better"
                        | "man's"
                        | "choice"
                        | "small"
                        | "secret"
                        | "stranger"
                        | "brainer"
                )
                && text.joined(k)
        }
        "never" | "neither" | "nobody" | "cannot" | "dont" | "doesnt" | "didnt" | "isnt"
        | "wasnt" | "hasnt" => true,
        "failed" | "unable" | "fails" => next == "to",
        lower => {
            // "don't adopt only two forms"
            let alone = |word: &str| matches!(word, "only" | "just" | "merely" | "simply");
            let near = |k: usize| text.joined(k) && alone(text.word(k + 1));
            lower.ends_with("n't") && !near(k) && !(text.joined(k) && near(k + 1))
        }
    };
    // "did not stop" and "never to stop" affirm, and so do "not bad", "wouldn't mind", "don't
    // think that's uncommon" and "could not have come at a worse time".
    clear
        && before != "why"
        && !is_asked(text, k)
        && !denies(if next == "to" { text.word(k + 2) } else { next })
        && !affirmed_later(text, k)
        && !matches!(
            next,
            "bad"
                | "hard"
                | "difficult"
                | "easy"
                | "alone"
                | "mind"
                | "problem"
                | "help"
                | "surprising"
                | "hesitate"
                | "wait"
                | "matter"
        )
        && !(next == "be" && matches!(text.word(k + 2), "less" | "fewer"))
}

/// Whether word `k` asks for a yes: "Wouldn't you like to?"
fn is_asked(text: &Text, k: usize) -> bool {
    const ASKED: &[&str] = &[
        "you", "i", "we", "he", "she", "it", "they", "this", "that", "there",
    ];
    if !text.word(k).ends_with("n't") || !ASKED.contains(&text.word(k + 1)) {
        return false;
    }
    let mut rest = text.chars[text.words[k].start..].iter();
    rest.find(|c| matches!(c, '.' | '!' | '?')) == Some(&'?')
}

/// Whether a denial is taken back by a later word of its clause.
fn affirmed_later(text: &Text, k: usize) -> bool {
    const NEAR: usize = 12;
    const TURNED: &[&str] = &[
        "uncommon",
        "unusual",
        "unlikely",
        "impossible",
        "unreasonable",
        "unthinkable",
        "unless",
        "until",
        "till",
        "doubt",
        "doubted",
        "merely",
    ];
    let could =
        text.word(k) == "couldn't" || k > 0 && text.word(k) == "not" && text.word(k - 1) == "could";
    let past = could && text.word(k + 1) == "have";
    (k + 1..k + 1 + NEAR)
        .take_while(|later| text.joined(later - 1))
        .map(|later| text.word(later))
        .any(|word| TURNED.contains(&word) || past && matches!(word, "worse" | "better" | "more"))
}

/// Characters within which 就是 makes 不是 the first of two that are possible.
const EITHER: usize = 12;

/// The end of the Chinese denial at a character, if one stands there.
fn chinese_denial(text: &Text, i: usize) -> Option<usize> {
    if !matches!(
        text.at(i),
        '不' | '没' | '未' | '无' | '否' | '并' | '尚' | '从'
    ) {
        return None;
    }
    if within(&NOT_DENYING, text, i) || empty(text, i) || asks(text, i) || bounds(text, i) {
        return None;
    }
    // 从|不同, but 从不|同意
    const APART: &[&str] = &["不久", "不时", "不同", "未来"];
    const TOGETHER: &[&str] = &["不同意", "不同情", "未来过"];
    let next = |words: &[&str]| words.iter().any(|word| text.has(i + 1, word));
    if matches!(text.at(i), '并' | '从') && next(APART) && !next(TOGETHER) {
        return None;
    }
    // 不是甲就是乙: either
    if text.has(i, "不是") && (i..i + EITHER).any(|k| text.has(k, "就是")) {
        return None;
    }
    if let Some(form) = DENIALS.iter().find(|f| text.has(i, f)) {
        return Some(i + form.chars().count());
    }
    matches!(text.at(i), '不' | '没' | '未' | '无').then_some(i + 1)
}

static DENIALS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    words(
        "没有 并未 未能 尚未 从未 从不 从没 并非 并不 并没有 没法 没办法 不是 不再 无法 无需 无须 否认",
    )
});

/// How clearly a part of a text denies anything, in whatever way.
pub fn strength(text: &Text, part: Range<usize>) -> Strength {
    strength_besides(text, part, |_| false)
}

/// The same without the English words, such as "refuse", of which `told` holds: what they
/// tell is told elsewhere too. A word like "not" counts always.
pub fn strength_besides(text: &Text, part: Range<usize>, told: impl Fn(&str) -> bool) -> Strength {
    let chinese = part.clone().map(|i| {
        let c = text.at(i);
        match c {
            '待' | '离' if matches!(text.before(i), '有' | '尚' | '距') => Strength::Strong,
            '除' if text.at(i + 1) == '外' => Strength::Strong,
            '悲' if text.at(i + 1) == '观' => Strength::Strong,
            '缺' if matches!(text.at(i + 1), '乏' | '少') => Strength::Strong,
            // 又怎么会舍弃
            '怎' if text.has(i, "怎么会") || matches!(text.at(i + 1), '能' | '会') => {
                Strength::Strong
            }
            // 零基础
            '零' if is_han(text.at(i + 1))
                && numeral::numeral(text, i + 1).is_none()
                && !matches!(text.at(i + 1), '下' | '点' | '度' | '时')
                && !empty(text, i) =>
            {
                Strength::Strong
            }
            '少' if matches!(text.before(i), '很' | '极' | '甚' | '鲜' | '罕') => {
                Strength::Strong
            }
            '莫' if !matches!(text.before(i), '切' | '请' | '万')
                && !matches!(text.at(i + 1), '要' | '名' | '不' | '须') =>
            {
                Strength::None
            }
            '不' | '没' | '无' | '未' | '非' | '否' | '别' | '反' | '失' | '免' | '零'
                if empty(text, i) =>
            {
                Strength::Weak
            }
            '不' | '没' | '无' | '未' | '非' | '否' | '别' | '勿' | '莫' | '免' | '慎' | '拒'
            | '禁' | '失' | '罕' | '阻' | '避' | '瞒' => Strength::Strong,
            // English says against, short or wrong for these, hardly ever "not".
            '反' | '缺' | '错' | '坏' | '毁' | '零' | '漏' | '难' | '停' | '止' | '弃' | '绝'
            | '除' | '防' | '取' | '空' | '少' | '仅' | '只' | '败' | '误' | '异' | '甚' | '岂'
            | '哪' | '何' | '吗' | '离' | '去' | '外' | '才' => Strength::Weak,
            _ => Strength::None,
        }
    });
    let words = text.words.iter().enumerate();
    let english = words
        .filter(|(_, w)| part.contains(&w.start))
        .map(|(k, w)| match (w.lower.as_str(), text.word(k + 1)) {
            ("yet", "to") | ("far", "from") => Strength::Strong,
            // "too great to tell"
            ("too", _) if (2..=3).any(|n| text.word(k + n) == "to") => Strength::Strong,
            ("stay" | "stays" | "stayed", "away") => Strength::Strong,
            ("out", "of") if text.word(k + 3) == "question" => Strength::Strong,
            ("give" | "gives" | "gave" | "given" | "giving", "up") => Strength::Strong,
            ("years" | "decade" | "decades" | "months", "since") => Strength::Weak,
            (word, _) => match word_strength(word) {
                Strength::Strong if !is_plain(word) && told(word) => Strength::None,
                found => found,
            },
        });
    chinese.chain(english).max().unwrap_or(Strength::None)
}

/// How many English words of a text deny something: "not", but "fail" and "without" too.
pub fn english_count(text: &Text) -> usize {
    text.words.iter().filter(|w| denies(&w.lower)).count()
}

/// Whether a word does nothing but deny.
fn is_plain(word: &str) -> bool {
    PLAIN.contains(word) || word.ends_with("n't")
}

/// Whether a word denies by itself, not by a prefix.
fn denies(word: &str) -> bool {
    is_plain(word) || TELLING.contains(word)
}

fn word_strength(word: &str) -> Strength {
    let after = |prefixes: &[&str], denied: fn(&str) -> bool| {
        let mut rests = prefixes.iter().filter_map(|p| word.strip_prefix(p));
        rests.any(|rest| rest.len() > 3 && denied(rest)) && !NOT_PREFIXED.contains(word)
    };
    // "influence" denies nothing, "inexpressible" does.
    let a_word = |rest: &str| rest.ends_with("ble") || gloss::is_english(rest);
    if denies(word)
        || after(&["un", "dis", "non", "mis", "anti"], |_| true)
        || word.ends_with("less") && word.len() > 5
    {
        Strength::Strong
    } else if WEAK.contains(word)
        || word.ends_with("less")
        || after(&["in", "im", "ir", "il"], a_word)
    {
        Strength::Weak
    } else {
        Strength::None
    }
}

/// Whether a character is part of one of these words.
fn within(list: &[&str], text: &Text, i: usize) -> bool {
    list.iter().any(|w| {
        let mut places = w.chars().enumerate().filter(|(_, c)| *c == text.at(i));
        places.any(|(k, _)| i >= k && text.has(i - k, w))
    })
}

/// Whether a negative character is part of a word that denies nothing.
fn empty(text: &Text, i: usize) -> bool {
    within(&EMPTY, text, i) && !within(&LONGER, text, i)
}

/// 未满18周岁, 未达到三成: what lies below a number.
fn bounds(text: &Text, i: usize) -> bool {
    const LESS: &[&str] = &["达到", "达", "满", "到", "足", "超过", "超"];
    let below = |word: &str| {
        let at = text.skip_spaces(i + 1 + word.chars().count());
        text.has(i + 1, word) && numeral::numeral(text, at).is_some()
    };
    matches!(text.at(i), '未' | '不') && LESS.iter().any(|word| below(word))
}

/// 是不是, 小康不小康: the question, not the denial.
fn asks(text: &Text, i: usize) -> bool {
    (1..=2).any(|n| i >= n && text.slice(i - n..i) == text.slice(i + 1..i + 1 + n))
}

/// Chinese words in which a negative character denies nothing, whatever the translation.
static EMPTY: LazyLock<Vec<&str>> = LazyLock::new(|| {
    words(
        "不断 不仅 不但 不少 不论 不管 不得不 差不多 不锈 不丹 不光 不只 不单 不动产 不懈 不愧 不禁 不妨 \
     无论 无疑 无数 无人机 无人驾驶 无线 无锡 无障碍 无比 无非 无奈 无偿 无限 无形 无私 无愧 无端 无辜 南无 \
     未来 未必 沉没 淹没 埋没 吞没 非常 非洲 非法 非遗 非物质 非凡 非裔 是非 除非 南非 北非 西非 东非 中非 \
     否则 是否 能否 可否 不久 不时 不过 不约而同 不由得 不亚于 \
     别墅 别克 别名 别称 特别 分别 区别 级别 性别 个别 类别 告别 识别 鉴别 辨别 派别 反应 反映 反复 反馈 \
     反弹 反思 反射 反恐 反腐 反响 失业 失事 失踪 失重 损失 流失 免费 免疫 免税 零售 零部件 零件 零食 零星",
    )
});

/// Words that deny although they begin or end like one of those.
static LONGER: LazyLock<Vec<&str>> = LazyLock::new(|| {
    words(
        "不过去 不过来 绕不过 拗不过 敌不过 躲不过 逃不过 瞒不过 比不过 说不过 不过瘾 不管用 不管事",
    )
});

/// Chinese words with a negative character for which English has words that deny nothing.
static NOT_DENYING: LazyLock<Vec<&str>> = LazyLock::new(|| {
    words(
        "不少见 没有任何区别 没有区别 没什么区别 没收 而不是 百年未遇 百年不遇 百年未有 未卜 从未有过 前所未有 史无前例 不遇 不同 不足 不满 不到 不已 不错 不安 不等 不止 不一 不良 不便 不惜 不可或缺 不幸 了不起 不平 不利 不法 \
     不凡 不失 不乏 不料 不如 不由 不容 不得了 不限 不低于 不少于 不超过 不高于 不能超过 不得超过 不多 \
     不知不觉 不明 不确定 不对称 不当 不慎 不休 不起 不开 不可抗 不特定 不规则 不小 不大 不高 不远 不易 \
     不变 不朽 不凡 不治 无缝 无名 无症状 无车 无几 无感 无上 无双 无意 无情 无效 无关 无罪 无力 无声 无家 \
     未婚 未成年 未知 未遂 未尝 非政府 非公 非营利 非正式 非官方 非农 非洲 否决 如果不 若不 要不 要是不 \
     不愿透露 不愿具名 不具名 不被 不该 不再是 不怕 不愿意 不服 不见 不散 不绝 不息 不凡 不尽 不计 不顾 不待 不必要 不例外 没有问题 没问题 不是吗 不是么",
    )
});

/// Words that do nothing but deny.
static PLAIN: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    words(
        "no non not never without none nobody nothing neither nor cannot nowhere \
         hardly barely rarely seldom scarcely unable dont doesnt didnt isnt wasnt \
         hasnt fail fails failed instead rather unless",
    )
});

/// Words that tell something in telling a denial.
static TELLING: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    words(
        "exempt exempts exempted exemption failure failing deny denied denies denying \
         denial refuse refused refuses refusing refusal reject rejected rejects \
         rejecting rejection lack lacks lacked lacking avoid avoided avoids avoiding \
         prevent prevented prevents preventing ban banned bans banning prohibit \
         prohibited prohibits prohibiting absent absence forbid forbids forbidden \
         reticent hesitant unfit unlit cease ceased ceases ceasing resist resisted \
         resists resisting zero cancel cancelled canceled oppose opposed opposes \
         opposing exclude excluded excluding illegal impossible incapable insufficient \
         inability stop stopped stops stopping no-one withdraw withdrew decline \
         declined declines reluctant reluctance reluctantly refrain refrains refrained \
         refraining devoid pending anonymous anonymity anonymously omit omits omitted \
         omission desist desisted forget forgets forgot forgotten substandard",
    )
});

static WEAK: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    words(
        "few little except only despite missing miss missed away free halt halted lost lose \
     beyond regardless out difficult hard wrong bad poor short under less before other \
     challenging differ differs differed differing alone break broke doubt remain remains \
     remained escape escaped spare spared lest shortage scarce minor off below fewer \
     different worse delay delayed lower weak gone outside trouble ignore ignored ignores \
     ignoring alternative late delays",
    )
});

/// Words that begin like a prefix which denies, before what is a word by itself.
static NOT_PREFIXED: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    words(
        "disabilities disability disabled disarm disarmament disaster disciplinary discipline \
         disciplines disclose disclosed discount discover discovered discovering discovery \
         discuss discussed discussing discussion discussions disease diseases disinfect \
         disinfectant disinfectants disinfected disinfection disk disorder disorders dispatch \
         dispatched dispatches displaced display displayed displaying displays dissolve \
         dissolved distance distances distinct distinction distinguish distinguished distress \
         distribute distributed distributes distribution district districts illness illustrate \
         illustrated image images imagine imagined immediate immediately immense immigrants \
         immigration immune immunity impact impacted impacts imperial implement implementation \
         implemented implied implies imply import importance important importantly imported \
         importing imports impose imposed imposing imposition impress impressed impression \
         imprison improve improved improvement improvements improves improving inaugurate \
         inaugurated inauguration inch inches incidence incident incidents incline include \
         included includes including income incoming incorporate incorporated increase \
         increased increases increasing increasingly incubation indeed independence independent \
         india indian indicate indicated indicates indicating indication individual individuals \
         indonesia indonesian indoor indoors induce induced industrial industries industry \
         infected infection infections infectious inflammation inflammatory inflation inflow \
         influence inform information informed informing ingredient ingredients inhabitant \
         inhabitants inherit inherited initial initially initiated initiative initiatives \
         injure injured injuries injuring injury inmate inmates inner inning innings innocent \
         innovation input inquiry insect insects insert inside insight insist insisted \
         insisting insists inspect inspected inspection inspector inspiration inspire inspired \
         instagram install installation installed instance instances instead institute \
         institution institutions instruction instructions instructor instrument instruments \
         insurance insure insured insurers integrate integrated integration intellectual \
         intelligence intelligent intend intended intensified intensify intensity intensive \
         intent intention intentions inter interact interaction interest interested interests \
         interior internal international internationally internet interpret interrupt \
         interrupted interview interviewed interviews into introduce introduced introduces \
         introducing introduction invasion invent invented invention inventor invest invested \
         investigate investigating investigation investigations investigator investigators \
         investing investment investor investors invitation invite invited inviting involved \
         iran iraq ireland irish island israel italy miserable misled missile missiles missing \
         mission missions mistake mister uncover uncovered under undergo undergoing undergone \
         underground underlie underline underlying undermine understand understanding \
         understands understood undertake undertaken underwater underway underwent unesco \
         unfold unfolded unfolding unicef uniform unilateral unilaterally union unions unique \
         unit unite united uniting units universe university unleash unless unlock unlocked \
         until unveil unveiled unveils",
    )
});

fn words<T: FromIterator<&'static str>>(list: &'static str) -> T {
    list.split_whitespace().collect()
}
