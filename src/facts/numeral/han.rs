//! Numerals in Chinese characters.

use super::{Form, Numeral, counted_scale, digits, han_digit, han_scale, quantum, tidy};
use crate::facts::text::Text;
use crate::facts::unit;

/// Chinese numerals, and digits before Chinese scales: 三百五十, 1.6亿, 两三百, 3万余, 二〇二五.
pub(super) fn han(text: &Text, start: usize) -> Numeral {
    let (mut total, mut section, mut unit) = ((0.0, 0.0), (0.0, 0.0), 1.0);
    let mut number: Option<(f64, f64)> = None;
    let mut i = start;
    let mut over = false;
    let mut plain = 0;
    let mut scaled = false;
    let mut decimals = 0i32;
    let mut last_scale = f64::INFINITY;
    loop {
        let c = text.at(i);
        if c.is_ascii_digit() {
            if number.is_some() {
                break;
            }
            let (value, places, count, end) = digits(text, i);
            // 1亿2000万 goes on; 3万2025年 would be two numbers.
            if scaled && han_scale(text, end).is_none_or(|s| s >= last_scale) && value >= last_scale
            {
                break;
            }
            number = Some((value, value));
            decimals = places as i32;
            unit = if places > 0 {
                10f64.powi(-decimals)
            } else {
                quantum(value)
            };
            plain = count;
            i = end;
            continue;
        }
        if let Some(d) = han_digit(c) {
            let d = f64::from(d);
            match number {
                None => {
                    number = Some((d, d));
                    unit = 1.0;
                    plain += 1;
                }
                Some((low, high)) if low == high => {
                    let scale_next = han_scale(text, i + 1).is_some();
                    // 六七年左右, 十四五年, but 二〇二四年
                    let span_of_years = scaled
                        || matches!(
                            text.at(i + 2),
                            '左' | '时' | '来' | '内' | '后' | '前' | '间' | '就'
                        );
                    let last = han_digit(text.at(i + 1)).is_none()
                        && (text.at(i + 1) != '年' || span_of_years);
                    if (scale_next || last)
                        && plain == 1
                        && low > 0.0
                        && (d == low + 1.0 || (low == 3.0 && d == 5.0))
                        || c == '两' && plain == 1 && low == 1.0
                    {
                        number = Some((low, d));
                    } else {
                        number = Some((low * 10.0 + d, low * 10.0 + d));
                    }
                    plain += 1;
                }
                Some(_) => break,
            }
            i += 1;
            continue;
        }
        if (c == '几' || (c == '数' && !scaled)) && number.is_none() {
            if c == '数' && han_scale(text, i + 1).is_none() {
                break;
            }
            number = Some((if scaled { 0.0 } else { 2.0 }, 9.0));
            unit = 1.0;
            i += 1;
            continue;
        }
        if number.is_some() && !scaled && counted_scale(text, i) {
            i += 1;
            continue;
        }
        // 〇.八 is written too.
        let point = c == '点' || c == '.' && han_digit(text.before(i)).is_some();
        if point && (number.is_some() || scaled) && decimals == 0 {
            let measured = |end: usize| {
                text.ends(start, "分之")
                    || unit::chinese(text, end).is_some()
                    || han_scale(text, end).is_some()
            };
            // 十二点五米, 百分之十二点五, but 十二点五分 is a time.
            let found = han_decimals(text, i + 1)
                .filter(|(_, _, end)| !scaled || last_scale <= 100.0 && measured(*end));
            if let Some((value, places, end)) = found {
                let (low, _) = number.unwrap_or_default();
                number = Some((low + value, low + value));
                decimals = places;
                unit = 10f64.powi(-places);
                plain = 0;
                i = end;
                continue;
            }
            break;
        }
        if matches!(c, '余' | '多' | '来')
            && (number.is_some() || scaled)
            && han_scale(text, i + 1).is_some_and(|s| s >= 1e4)
        {
            over = true;
            i += 1;
            continue;
        }
        let Some(scale) = han_scale(text, i) else {
            break;
        };
        // 万 and 亿 after a full number close it: a second one of the same size starts another.
        if scaled && number.is_none() && scale <= last_scale && scale < 1e4 {
            break;
        }
        if scale >= last_scale && scale < 1e4 && number.is_some() {
            break;
        }
        let (low, high) =
            number
                .take()
                .unwrap_or(if section == (0.0, 0.0) && total == (0.0, 0.0) {
                    (1.0, 1.0)
                } else {
                    (0.0, 0.0)
                });
        if !scaled && low == 0.0 && high == 0.0 {
            break;
        }
        match scale {
            s if s < 1e4 => {
                section = (section.0 + low * s, section.1 + high * s);
                unit *= s;
                if decimals == 0 {
                    unit = s;
                }
            }
            s if s == 1e4 => {
                section = ((section.0 + low) * s, (section.1 + high) * s);
                unit *= s;
            }
            s => {
                total = (
                    (total.0 + section.0 + low) * s,
                    (total.1 + section.1 + high) * s,
                );
                section = (0.0, 0.0);
                unit *= s;
            }
        }
        last_scale = scale;
        scaled = true;
        decimals = 0;
        i += 1;
    }
    let (low, high) = number.unwrap_or((0.0, 0.0));
    // 三万五 is 35,000: a lone digit after a scale counts its next lower place.
    let (low, high) = if scaled
        && last_scale >= 100.0
        && decimals == 0
        && low > 0.0
        && low < 10.0
        && text.before(i) != '零'
        && i >= 2
        && !text.at(i - 1).is_ascii_digit()
        && text.at(i - 2) != '零'
    {
        (low * last_scale / 10.0, high * last_scale / 10.0)
    } else {
        (low, high)
    };
    if number.is_some() && scaled && decimals == 0 {
        unit = quantum(total.0 + section.0 + low);
    }
    let form = match text.at(start) {
        c if c.is_ascii_digit() => Form::Digits,
        c if han_digit(c).is_none() && c != '几' && c != '数' && c != '十' => Form::HanScale,
        _ => Form::Han,
    };
    Numeral {
        span: start..i.max(start + 1),
        low: tidy(total.0 + section.0 + low),
        high: tidy(total.1 + section.1 + high),
        quantum: unit,
        plain: if scaled { 0 } else { plain },
        over,
        form,
    }
}

fn han_decimals(text: &Text, start: usize) -> Option<(f64, i32, usize)> {
    let (mut value, mut scale, mut i) = (0.0, 0.1, start);
    while let Some(d) = han_digit(text.at(i)) {
        value += f64::from(d) * scale;
        scale /= 10.0;
        i += 1;
    }
    let clock = matches!(text.at(i), '分' | '十' | '刻');
    (i > start && !clock).then_some((value, (i - start) as i32, i))
}
