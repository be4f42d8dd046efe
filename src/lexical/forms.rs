//! Numbers by their value and codes without their joints, so that what is written in
//! one way is found in another: 3万, 30,000 and 三万; 歼-20 and 歼20. Pure.

use crate::facts::Text;
use crate::facts::numeral::{self, Form, Numeral, small_word, word_numeral};

/// Smaller numbers stand in too many words to tell anything apart.
const LEAST: f64 = 10.0;
/// Characters that are one code with a number right after them: of aircraft, of ordinals.
const HEADS: &str = "歼轰运直强空教第";
/// Characters of a code at most.
const LONGEST_CODE: usize = 24;

/// The terms that a folded text has beside its words.
pub(super) fn forms(folded: &str) -> Vec<String> {
    let mut forms = numbers(folded);
    codes(folded, &mut forms);
    forms
}

/// Values of numbers that are not written as plain digits, as plain digits.
fn numbers(folded: &str) -> Vec<String> {
    let may_be = |c: char| c.is_ascii_digit() || "一二三四五六七八九十百千万亿廿卅".contains(c);
    let words = folded.split(|c: char| !c.is_ascii_alphabetic());
    if !folded.contains(may_be) && !words.map(small_word).any(|word| word.is_some()) {
        return Vec::new();
    }
    let text = Text::new(folded);
    let mut found = Vec::new();
    let (mut at, mut word) = (0, 0);
    while at < text.chars.len() {
        while text.words.get(word).is_some_and(|known| known.start < at) {
            word += 1;
        }
        let starts_word = text.words.get(word).is_some_and(|known| known.start == at);
        let numeral = if starts_word {
            word_numeral(&text, word).map(|(numeral, _)| numeral)
        } else if text.before(at).is_ascii_alphanumeric() {
            None
        } else {
            numeral::numeral(&text, at)
        };
        let Some(numeral) = numeral.filter(|numeral| numeral.span.end > at) else {
            at += 1;
            continue;
        };
        let percent = text.ends(at, "百分之");
        at = numeral.span.end;
        let ordinal = ["st", "nd", "rd", "th"]
            .iter()
            .any(|ending| text.has(at, ending) && !text.at(at + 2).is_alphanumeric());
        if let Some(value) = value(&numeral, ordinal || percent) {
            found.push(if percent { format!("{value}%") } else { value });
        }
    }
    found
}

/// A number as plain digits, unless the text has it so.
fn value(numeral: &Numeral, marked: bool) -> Option<String> {
    let as_written = numeral.form == Form::Digits && numeral.plain > 0 && !marked;
    let least = if marked { 1.0 } else { LEAST };
    (numeral.low == numeral.high
        && numeral.low >= least
        && numeral.form != Form::HanScale
        && !as_written)
        .then(|| numeral.low.to_string())
}

/// Letters and digits of one code joined: `gb/t 19001`, `kf-21`, `歼-20`, `b站`.
fn codes(folded: &str, forms: &mut Vec<String>) {
    let chars: Vec<char> = folded.chars().collect();
    let at = |place: usize| chars.get(place).copied().unwrap_or(' ');
    let is_code = |c: char| c.is_ascii_alphanumeric();
    let is_han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    let mut place = 0;
    while place < chars.len() {
        if !is_code(at(place)) {
            place += 1;
            continue;
        }
        let start = place;
        let (mut slash, mut code) = (false, String::new());
        let (mut digits, mut letters) = (false, false);
        loop {
            let joint = place > start;
            while is_code(at(place)) {
                digits |= at(place).is_ascii_digit();
                letters |= at(place).is_ascii_alphabetic();
                code.push(at(place));
                place += 1;
            }
            // Each part with those before it: a standard is asked for without its year.
            if joint && digits && letters && code.len() <= LONGEST_CODE {
                forms.push(code.clone());
            }
            let standard = slash && at(place) == ' ' && at(place + 1).is_ascii_digit();
            if !(matches!(at(place), '-' | '/') && is_code(at(place + 1)) || standard) {
                break;
            }
            slash = at(place) == '/';
            place += 1;
        }
        let before = start.checked_sub(1).map_or(' ', at);
        let hyphened = before == '-' && start > 1 && is_han(at(start - 2));
        if digits && code.len() <= LONGEST_CODE && (hyphened || HEADS.contains(before)) {
            let head = at(start - 1 - usize::from(hyphened));
            forms.push(format!("{head}{code}"));
        }
        if !digits && place - start <= 2 && is_han(at(place)) {
            forms.push(format!("{code}{}", at(place)));
        }
    }
}
