//! Days that are names of what happened on them.

use super::{Date, short_number};
use crate::facts::numeral;
use crate::facts::text::Text;

/// A month and a day that name what happened then: 七七事变, 六四, “6·23”, 7.19洪灾, “十一”.
pub(super) fn event(text: &Text, i: usize) -> Option<Date> {
    if let Some(date) = holiday(text, i) {
        return Some(date);
    }
    const EVENTS: &[&str] = &[
        "事件",
        "事故",
        "事变",
        "运动",
        "惨案",
        "洪灾",
        "洪水",
        "暴雨",
        "强降雨",
        "地震",
        "大火",
        "火灾",
        "爆炸",
        "案",
        "枪击",
        "空难",
        "台风",
        "泥石流",
        "讲话",
        "大楼",
        "建军节",
        "劳动节",
        "青年节",
        "儿童节",
        "妇女节",
    ];
    // 四六开, 六四分成 and 五四式 are none.
    const BY_ITSELF: &[&str] = &["六四", "五四", "九一八"];
    let numeral = |c: char| numeral::han_digit(c).is_some() || "第十百千万亿".contains(c);
    let by_itself = |end: usize| {
        BY_ITSELF.contains(&text.slice(i..end).as_str())
            && !numeral(text.before(i))
            && !matches!(text.at(end), '开' | '分' | '比' | '规' | '折' | '式' | '号')
            && !numeral(text.at(end))
    };
    // 6.2地震 is one of magnitude 6.2.
    let magnitude =
        |end: usize| text.has(end, "地震") && !text.at(end.saturating_sub(2)).is_ascii_digit();
    let named = |end: usize| EVENTS.iter().any(|e| text.has(end, e)) && !magnitude(end);
    let (month, day, end) = match numeral::han_digit(text.at(i)) {
        Some(month) => {
            let second = numeral::han_digit(text.at(i + 1))?;
            match numeral::han_digit(text.at(i + 2)) {
                Some(third) => (month, second * 10 + third, i + 3),
                None => (month, second, i + 2),
            }
        }
        None => {
            let (month, at) = short_number(text, i, 12)?;
            let (day, end) = short_number(text, at + 1, 31)
                .filter(|_| matches!(text.at(at), '.' | '·' | '•' | '・'))?;
            (month as u32, day as u32, end)
        }
    };
    let quoted = is_quoted(text, i, end) && text.at(i).is_ascii_digit();
    (named(end) || quoted || by_itself(end)).then_some(())?;
    ((1..=12).contains(&month) && (1..=31).contains(&day)).then(|| Date {
        span: i..end,
        month: Some(month as i32),
        day: Some(day as i32),
        ..Date::default()
    })
}

/// A holiday that is called by its month and day: 五一长假, “十一”期间.
fn holiday(text: &Text, i: usize) -> Option<Date> {
    const HOLIDAYS: [(&str, i32, i32); 5] = [
        ("五一", 5, 1),
        ("六一", 6, 1),
        ("七一", 7, 1),
        ("八一", 8, 1),
        ("十一", 10, 1),
    ];
    const FREE: &[&str] = &["黄金周", "长假", "小长假", "假期", "假日", "期间", "国庆"];
    let (_, month, day) = HOLIDAYS.iter().find(|(name, ..)| text.has(i, name))?;
    let end = i + 2;
    let after = end + usize::from(closes(text.at(end)));
    let free = || FREE.iter().any(|word| text.has(after, word));
    let number = |c: char| numeral::han_digit(c).is_some() || "第十百千万亿双".contains(c);
    (!number(text.before(i)) && (is_quoted(text, i, end) || free())).then(|| Date {
        span: i..end,
        month: Some(*month),
        day: Some(*day),
        ..Date::default()
    })
}

fn is_quoted(text: &Text, start: usize, end: usize) -> bool {
    matches!(text.before(start), '“' | '"' | '「' | '\'') && closes(text.at(end))
}

fn closes(c: char) -> bool {
    matches!(c, '”' | '"' | '」' | '\'')
}
