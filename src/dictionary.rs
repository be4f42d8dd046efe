//! CC-CEDICT, the Chinese-English dictionary, by word, and where a text has its words.
//!
//! Data: CC-CEDICT (<https://cc-cedict.org>), CC BY-SA 4.0, through the crate
//! `chinese_dictionary`. The tables load at first use, in about half a second.

use std::collections::HashMap;
use std::sync::LazyLock;

use chinese_dictionary::WordEntry;
use jieba_rs::Jieba;

/// The words of running Chinese with their frequencies.
pub static JIEBA: LazyLock<Jieba> = LazyLock::new(Jieba::new);

/// Loads the dictionaries side by side, so that the first text is as fast as the next.
pub fn warm_up() {
    rayon::scope(|scope| {
        scope.spawn(|_| {
            by_english("warm up");
        });
        scope.spawn(|_| {
            LazyLock::force(&JIEBA);
        });
        LazyLock::force(&SIMPLIFIED);
    });
}

/// One reading of a word.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The word in simplified characters.
    pub simplified: &'static str,
    /// The word in traditional characters.
    pub traditional: &'static str,
    /// Syllables with tone numbers, a capital where it is a name: `Zhong1 guo2`.
    pub pinyin_numbers: &'static str,
    /// Its English senses, as the dictionary words them.
    pub english: &'static [String],
}

/// The readings of a word given in simplified or traditional characters,
/// empty when the dictionary does not have it.
pub fn entries(word: &str) -> Vec<Entry> {
    let found = chinese_dictionary::query_by_simplified(word);
    if found.is_empty() {
        chinese_dictionary::query_by_traditional(word)
            .into_iter()
            .map(entry)
            .collect()
    } else {
        found.into_iter().map(entry).collect()
    }
}

/// English words that translators write for words which the entries explain otherwise:
/// 选手 is a contestant there, in news a player.
pub static TRANSLATED: LazyLock<HashMap<&str, Vec<&str>>> = LazyLock::new(|| {
    let lines = include_str!("dictionary/translated.txt").lines();
    lines
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(' '))
        .map(|(word, english)| (word, english.split(' ').collect()))
        .collect()
});

/// The entries of which an English word or phrase (up to four words) is a whole sense.
pub fn by_english(phrase: &str) -> Vec<Entry> {
    chinese_dictionary::query_by_english(phrase)
        .into_iter()
        .map(entry)
        .collect()
}

/// The entries read like one word of pinyin, without tones (`linyi`) or with them
/// (`lin2yi2`, `línyí`), in whichever characters.
pub fn by_pinyin(word: &str) -> Vec<Entry> {
    chinese_dictionary::query_by_pinyin(word)
        .into_iter()
        .map(entry)
        .collect()
}

/// Pinyin with tone numbers of each reading of a word, names (capitalised) first:
/// `重庆` → `["Chong2 qing4"]`.
pub fn readings(word: &str) -> Vec<&'static str> {
    let mut readings: Vec<&'static str> = entries(word).iter().map(|e| e.pinyin_numbers).collect();
    readings.sort_by_key(|r| !r.starts_with(|c: char| c.is_ascii_uppercase()));
    readings.dedup();
    readings
}

/// Pinyin with tone numbers as it is printed: `Zhong1 guo2` gives `Zhōngguó`.
///
/// The mark stands on `a` or `e`, on the `o` of `ou`, else on the last vowel; the
/// neutral tone has none; a capital begins a word, and an apostrophe sets off a vowel
/// that opens a syllable within one.
pub fn with_tone_marks(pinyin_numbers: &str) -> String {
    let mut printed = String::new();
    for syllable in pinyin_numbers
        .replace("u:", "ü")
        .replace('v', "ü")
        .split(' ')
    {
        let letters = syllable.trim_end_matches(|c: char| c.is_ascii_digit());
        let tone = syllable[letters.len()..].parse().unwrap_or(5);
        if !printed.is_empty() && letters.starts_with(char::is_uppercase) {
            printed.push(' ');
        } else if !printed.is_empty() && letters.starts_with(['a', 'e', 'o']) {
            printed.push('\'');
        }
        let lower = letters.to_lowercase();
        let vowel = |c: char| "aeiouü".contains(c);
        let at = lower
            .find(['a', 'e'])
            .or_else(|| lower.find("ou"))
            .or_else(|| lower.rfind(vowel));
        for (place, letter) in letters.char_indices() {
            let marked = (Some(place) == at).then(|| marked(letter, tone)).flatten();
            printed.push(marked.unwrap_or(letter));
        }
    }
    printed
}

fn marked(letter: char, tone: usize) -> Option<char> {
    const MARKED: [(char, &str); 11] = [
        ('a', "āáǎà"),
        ('e', "ēéěè"),
        ('i', "īíǐì"),
        ('o', "ōóǒò"),
        ('u', "ūúǔù"),
        ('ü', "ǖǘǚǜ"),
        ('A', "ĀÁǍÀ"),
        ('E', "ĒÉĚÈ"),
        ('O', "ŌÓǑÒ"),
        ('I', "ĪÍǏÌ"),
        ('U', "ŪÚǓÙ"),
    ];
    let (_, tones) = MARKED.iter().find(|(plain, _)| *plain == letter)?;
    tones.chars().nth(tone.checked_sub(1)?)
}

/// The words of a Chinese text that the dictionary has: as jieba cuts it (在|朝鲜, where the
/// longest word first would be 在朝), and what lies between those by the longest word first.
/// Whatever is in no dictionary word (punctuation, digits, Latin) is left out.
/// The slices are of `text`.
pub fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let (mut rest, mut at) = (0, 0);
    for token in JIEBA.cut(text, false) {
        let end = at + token.word.len();
        let long = token.word.chars().nth(1).is_some();
        if long && !chinese_dictionary::query_by_simplified(token.word).is_empty() {
            words.extend(chinese_dictionary::tokenize(&text[rest..at]));
            words.push(token.word);
            rest = end;
        }
        at = end;
    }
    words.extend(chinese_dictionary::tokenize(&text[rest..]));
    words
}

/// A sense without what stands in brackets: notes, pinyin, characters.
pub fn without_brackets(sense: &str) -> String {
    let mut depth = 0_u32;
    sense
        .chars()
        .filter(|c| match c {
            '(' | '[' => {
                depth += 1;
                false
            }
            ')' | ']' => {
                depth = depth.saturating_sub(1);
                false
            }
            _ => depth == 0,
        })
        .collect()
}

/// A text in simplified characters, one for one, so that offsets stay what they were.
/// Characters that simplified text often uses too (著, 乾) are left as they are.
pub fn to_simplified(text: &str) -> String {
    text.chars().map(simplified_char).collect()
}

/// The simplified form of one character.
pub fn simplified_char(c: char) -> char {
    let index = (c as usize).wrapping_sub(FIRST_HAN);
    SIMPLIFIED.get(index).copied().unwrap_or(c)
}

const FIRST_HAN: usize = 0x4E00;

/// Traditional characters that simplified text has too, but only in rare names and classics.
const MOSTLY_TRADITIONAL: &[(char, char)] = &[
    ('於', '于'),
    ('徵', '征'),
    ('祇', '只'),
    ('衹', '只'),
    ('蒐', '搜'),
    ('菸', '烟'),
    ('閒', '闲'),
    ('麽', '么'),
    ('夥', '伙'),
    ('摺', '折'),
];

static SIMPLIFIED: LazyLock<Vec<char>> = LazyLock::new(|| {
    ('\u{4E00}'..='\u{9FFF}')
        .map(|c| {
            if let Some((_, simplified)) = MOSTLY_TRADITIONAL.iter().find(|(t, _)| *t == c) {
                return *simplified;
            }
            let mut buffer = [0; 4];
            let text: &str = c.encode_utf8(&mut buffer);
            if !chinese_dictionary::query_by_simplified(text).is_empty() {
                return c;
            }
            let converted = chinese_dictionary::traditional_to_simplified(text);
            let mut chars = converted.chars();
            match (chars.next(), chars.next()) {
                (Some(simplified), None) => simplified,
                _ => c,
            }
        })
        .collect()
});

fn entry(word: &'static WordEntry) -> Entry {
    Entry {
        simplified: &word.simplified,
        traditional: &word.traditional,
        pinyin_numbers: &word.pinyin_numbers,
        english: &word.english,
    }
}
