//! How a number is hedged, by the words round it.

use super::Quantity;
use crate::facts::text::{Text, is_han};

/// How a number is hedged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// As it stands.
    Exact,
    /// About.
    About,
    /// That much or more.
    Over,
    /// Less than that.
    Under,
    /// Close to that from below, or that at most.
    Nearly,
}

const OVER: &[&str] = &[
    "超过",
    "超",
    "逾",
    "至少",
    "不少于",
    "不低于",
    "突破",
    "大于",
    "超出",
    "上",
    "过",
];
const UNDER: &[&str] = &["不足", "不到", "低于", "少于", "未满", "小于", "不满"];
const NEARLY: &[&str] = &[
    "近",
    "将近",
    "接近",
    "至多",
    "最多",
    "不超过",
    "不会超过",
    "未超过",
    "没有超过",
    "不高于",
    "逼近",
];
const ABOUT: &[&str] = &["约", "大约", "大概", "左右", "差不多", "估计"];

/// The hedge that ends just before a number.
pub(super) fn bound_before(text: &Text, start: usize) -> Bound {
    if text.before(start).is_ascii() {
        return english_bound(text, start);
    }
    let ends = |forms: &[&str]| {
        forms
            .iter()
            .filter(|f| text.ends(start, f))
            .map(|f| f.len())
            .max()
    };
    let (over, under, about, nearly) = (ends(OVER), ends(UNDER), ends(ABOUT), ends(NEARLY));
    if nearly.is_some() && nearly >= over {
        Bound::Nearly
    } else if under.is_some() && under >= over {
        Bound::Under
    } else if over.is_some() {
        Bound::Over
    } else if about.is_some() {
        Bound::About
    } else {
        Bound::Exact
    }
}

/// The hedge in English words before a number.
pub(super) fn english_bound(text: &Text, start: usize) -> Bound {
    let mut i = text.back_spaces(start);
    while i > 0 && matches!(text.at(i - 1), '$' | '£' | '€' | '¥') {
        i = text.back_spaces(i - 1);
    }
    let Some(mut k) = text.word_before(i) else {
        return Bound::Exact;
    };
    if matches!(text.word(k), "us" | "rmb" | "a" | "the" | "hk") && k > 0 {
        k -= 1;
    }
    let previous = if k > 0 { text.word(k - 1) } else { "" };
    // "not less than", "should not be less than"
    let denied = |k: usize| matches!(text.word(k), "no" | "not");
    if text.word(k) == "than"
        && k > 1
        && (denied(k - 2) || k > 2 && text.word(k - 2) == "be" && denied(k - 3))
    {
        return if matches!(previous, "less" | "fewer" | "lower") {
            Bound::Over
        } else {
            Bound::Nearly
        };
    }
    // "did not exceed", "not expected to exceed"
    let denies = |k: usize| text.word(k) == "not" || text.word(k).ends_with("n't");
    if text.word(k) == "exceed" && (k.saturating_sub(4)..k).any(denies) {
        return Bound::Nearly;
    }
    match (previous, text.word(k)) {
        ("more" | "greater" | "higher" | "larger" | "longer" | "better" | "older", "than") => {
            Bound::Over
        }
        ("less" | "fewer" | "lower" | "smaller" | "shorter" | "younger", "than") => Bound::Under,
        ("at", "least") => Bound::Over,
        ("at", "most") | ("up", "to") | ("close", "to") => Bound::Nearly,
        (
            _,
            "over" | "exceeding" | "exceeds" | "exceed" | "exceeded" | "above" | "topping"
            | "surpassing" | "surpassed" | "minimum" | "topped",
        ) => Bound::Over,
        (_, "under" | "below") => Bound::Under,
        (
            _,
            "nearly" | "almost" | "approaching" | "within" | "maximum" | "barely" | "approached",
        ) => Bound::Nearly,
        (
            _,
            "about" | "around" | "approximately" | "roughly" | "some" | "circa" | "estimated"
            | "approx" | "nearing" | "say",
        ) => Bound::About,
        _ => Bound::Exact,
    }
}

/// Puts to a quantity the hedge that follows it, such as 以上 or "or so".
pub(super) fn suffix_bound(text: &Text, quantity: &mut Quantity) {
    let end = quantity.span.end;
    for (form, bound) in [
        ("以上", Bound::Over),
        ("以下", Bound::Under),
        ("以内", Bound::Nearly),
        ("左右", Bound::About),
        ("上下", Bound::About),
        ("多", Bound::Over),
        ("余", Bound::Over),
        ("开外", Bound::Over),
        (" or more", Bound::Over),
        (" or so", Bound::About),
        ("+", Bound::Over),
    ] {
        if text.has(end, form) {
            quantity.bound = bound;
            if is_han(form.chars().next().unwrap_or(' ')) {
                quantity.span.end = end + form.chars().count();
            }
            return;
        }
    }
}
