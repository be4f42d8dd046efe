//! Numbers in English words.

use super::{Form, Numeral, quantum};
use crate::facts::text::Text;

/// The value of an English number word below one hundred.
pub fn small_word(word: &str) -> Option<f64> {
    const SMALL: [&str; 20] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    const TENS: [&str; 8] = [
        "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
    ];
    SMALL
        .iter()
        .position(|w| *w == word)
        .map(|n| n as f64)
        .or_else(|| {
            TENS.iter()
                .position(|w| *w == word)
                .map(|n| (n as f64 + 2.0) * 10.0)
        })
}

/// The number that starts with word `k`: "two thousand", "a dozen", "half a million",
/// "hundreds of thousands", "several million". With the index past its last word.
pub fn word_numeral(text: &Text, k: usize) -> Option<(Numeral, usize)> {
    let start = text.words.get(k)?.start;
    let word = text.word(k);
    if word == "zero" && k > 0 && text.word(k - 1) == "ground" {
        return None;
    }
    let done = |low: f64, high: f64, unit: f64, last: usize| {
        let numeral = Numeral {
            span: start..text.words[last].end,
            low,
            high,
            quantum: unit,
            plain: 0,
            over: false,
            form: Form::Words,
        };
        Some((numeral, last + 1))
    };
    if let Some(scale) = plural_scale(word) {
        // "tens of thousands", "hundreds of millions"
        if text.joined(k)
            && text.word(k + 1) == "of"
            && text.joined(k + 1)
            && let Some(more) = plural_scale(text.word(k + 2))
        {
            return done(
                scale * more,
                scale * more * if scale < 1e3 { 10.0 } else { 1e3 },
                1.0,
                k + 2,
            );
        }
        return done(scale, scale * if scale < 1e6 { 10.0 } else { 1e3 }, 1.0, k);
    }
    if matches!(word, "several" | "few" | "couple") && text.joined(k) {
        let next = if text.word(k + 1) == "of" {
            k + 2
        } else {
            k + 1
        };
        let mut last = next;
        let tens = || plural_scale(text.word(next)).filter(|scale| *scale == 10.0);
        let mut scale = scale_word(text.word(next)).or_else(tens)?;
        // "several hundred million"
        if text.joined(next)
            && let Some(more) = scale_word(text.word(next + 1)).filter(|more| *more > scale)
        {
            scale *= more;
            last += 1;
        }
        let many = if word == "couple" { 3.0 } else { 10.0 };
        return done(scale * 2.0, scale * many, 1.0, last);
    }
    if word == "half"
        && text.joined(k)
        && matches!(text.word(k + 1), "a" | "an")
        && text.joined(k + 1)
    {
        let scale = scale_word(text.word(k + 2))?;
        return done(scale / 2.0, scale / 2.0, scale / 2.0, k + 2);
    }
    let article = matches!(word, "a" | "an");
    if article && !(text.joined(k) && scale_word(text.word(k + 1)).is_some()) {
        return None;
    }
    let mut part = if article { 1.0 } else { small_word(word)? };
    let (mut total, mut last, mut i, mut any) = (0.0, k, k + 1, !article);
    let mut unit = 1.0;
    while i > last && text.words.get(i).is_some() && (i == last + 1 && text.joined(last)) {
        let w = text.word(i);
        if let Some(value) = small_word(w) {
            let fits = (part % 100.0 == 0.0 && any && part >= 100.0 || part == 0.0)
                || (part % 100.0 >= 20.0 && part % 10.0 == 0.0 && value < 10.0 && value > 0.0);
            if !fits {
                break;
            }
            part += value;
        } else if let Some(scale) = scale_word(w) {
            if scale == 100.0 || scale == 12.0 {
                part = part.max(1.0) * scale;
            } else {
                total += part.max(1.0) * scale;
                part = 0.0;
            }
            unit = scale;
            any = true;
        } else if w == "and"
            && any
            && unit >= 100.0
            && text.joined(i)
            && small_word(text.word(i + 1)).is_some_and(|v| v >= 1.0)
            && text.at(text.words[i].end) == ' '
        {
            // "one hundred and five", but not "one hundred and two hundred"
            if scale_word(text.word(i + 2)).is_some() && part % 1000.0 != 0.0 && total == 0.0 {
                break;
            }
            last = i;
            i += 1;
            continue;
        } else {
            break;
        }
        last = i;
        i += 1;
    }
    let value = total + part;
    done(value, value, quantum(value), last)
}

fn scale_word(word: &str) -> Option<f64> {
    Some(match word {
        "hundred" => 1e2,
        "thousand" => 1e3,
        "million" => 1e6,
        "billion" => 1e9,
        "trillion" => 1e12,
        "dozen" => 12.0,
        _ => return None,
    })
}

fn plural_scale(word: &str) -> Option<f64> {
    Some(match word {
        "tens" => 10.0,
        "dozens" => 12.0,
        "scores" => 20.0,
        "hundreds" => 1e2,
        "thousands" => 1e3,
        "millions" => 1e6,
        "billions" => 1e9,
        "trillions" => 1e12,
        _ => return None,
    })
}
