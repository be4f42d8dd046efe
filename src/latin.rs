//! Chinese names in Latin letters: Hanyu Pinyin by words (GB/T 16159), without tones.

use pinyin::ToPinyin;
use unicode_normalization::UnicodeNormalization;

use crate::{dictionary, lexical};

/// An outlet's name in Latin letters, each word with a capital: 中国新闻网 →
/// `Zhongguo Xinwen Wang`. What is Latin already stays; `None` for a name in a
/// script that is neither (kana, Cyrillic, …).
///
/// Words are jieba's; their readings CC-CEDICT's, which knows that 重庆 is
/// Chongqing and 长江 Chang Jiang; single characters have their most usual reading
/// (the `pinyin` crate). ü stays ü, as GB/T 16159 and ISO 7098 have it: `v` and
/// `yu` belong to keyboards and passports.
pub fn from_chinese(name: &str) -> Option<String> {
    let plain: String = name
        .nfkc()
        .filter(|c| !"《》〈〉“”‘’「」『』\"".contains(*c))
        .collect();
    if plain
        .chars()
        .any(|c| c.is_alphabetic() && !is_latin(c) && !is_han(c))
    {
        return None;
    }
    let mut words: Vec<String> = Vec::new();
    let mut rest = plain.as_str();
    while let Some(first) = rest.chars().next() {
        let han = is_han(first);
        let end = rest.find(|c| is_han(c) != han).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        if han {
            // The 网 that ends an outlet's name is a word of its own: Xinwen Wang.
            let (name, site) = match run.strip_suffix('网').or_else(|| run.strip_suffix('網')) {
                Some(name) if name.chars().count() > 1 => (name, &run[name.len()..]),
                _ => (run, ""),
            };
            for word in lexical::words(name)
                .into_iter()
                .chain((!site.is_empty()).then_some(site))
            {
                spell(word, &mut words);
            }
        } else {
            words.extend(run.split_whitespace().map(str::to_owned));
        }
        rest = after;
    }
    (!words.is_empty()).then(|| words.join(" "))
}

/// Spells a word of Han characters; one that the dictionary lacks by the longest
/// parts that it has, and what is left between them by characters.
fn spell(word: &str, words: &mut Vec<String>) {
    let starts: Vec<usize> = word
        .char_indices()
        .map(|(at, _)| at)
        .chain([word.len()])
        .collect();
    let mut loose: Vec<&str> = Vec::new();
    let mut at = 0;
    while at + 1 < starts.len() {
        let known = (at + 2..starts.len()).rev().find_map(|end| {
            let reading = dictionary::readings(&word[starts[at]..starts[end]])
                .first()
                .copied()?;
            Some((end, reading))
        });
        if let Some((end, reading)) = known {
            join(loose.drain(..), words);
            join(reading.split_whitespace(), words);
            at = end;
        } else {
            let single = &word[starts[at]..starts[at + 1]];
            let usual = single.chars().next().and_then(|c| c.to_pinyin());
            loose.push(usual.map_or(single, |reading| reading.plain()));
            at += 1;
        }
    }
    join(loose.into_iter(), words);
}

/// Joins syllables such as `Chong2` `qing4` into a word; a capital begins the next.
fn join<'a>(syllables: impl Iterator<Item = &'a str>, words: &mut Vec<String>) {
    let mut word = String::new();
    for syllable in syllables {
        let letters: String = syllable
            .replace("u:", "ü")
            .replace('v', "ü")
            .chars()
            .filter(|c| c.is_alphabetic())
            .collect();
        if letters.starts_with(char::is_uppercase) || letters.is_empty() {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
        }
        // Xi'an, not Xian: a vowel that opens a syllable is set off.
        if !word.is_empty() && letters.starts_with(['a', 'e', 'o']) {
            word.push('\'');
        }
        word.push_str(&if word.is_empty() {
            capital(&letters)
        } else {
            letters.to_lowercase()
        });
    }
    words.extend((!word.is_empty()).then_some(word));
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

fn is_han(c: char) -> bool {
    matches!(c, '〇' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

fn is_latin(c: char) -> bool {
    matches!(c, '\0'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
}
