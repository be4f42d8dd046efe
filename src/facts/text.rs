//! A text as the parsers see it: characters in one form, and its Latin words.

use unicode_normalization::char::decompose_canonical;

use crate::dictionary;

/// A run of Latin letters, lower-cased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// First character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// The word in lower case, accents and apostrophes kept out of it.
    pub lower: String,
    /// Whether its first letter is a capital.
    pub capital: bool,
}

/// A text in half-width, simplified characters without accents.
#[derive(Debug, Clone)]
pub struct Text {
    /// The normalised characters, without spaces between Chinese characters and digits.
    pub chars: Vec<char>,
    /// For each of them its place in the original, and the original's length at the end.
    origin: Vec<usize>,
    /// Its Latin words in order.
    pub words: Vec<Word>,
}

impl Text {
    /// Reads a text.
    pub fn new(text: &str) -> Text {
        let mut chars: Vec<char> = Vec::with_capacity(text.len() / 2);
        let mut origin: Vec<usize> = Vec::with_capacity(text.len() / 2);
        let mut end = 0;
        let mut spaces = 0;
        for (i, c) in text.chars().map(normal).enumerate() {
            end = i + 1;
            if c == ' ' {
                spaces += 1;
            } else {
                // "7 月 25 日" reads as 7月25日.
                let before = chars.len().checked_sub(spaces + 1).map(|k| chars[k]);
                let closed = |a: char, b: char| is_han(a) && (is_han(b) || b.is_ascii_digit());
                if spaces > 0 && before.is_some_and(|b| closed(b, c) || closed(c, b)) {
                    chars.truncate(chars.len() - spaces);
                    origin.truncate(chars.len());
                }
                spaces = 0;
            }
            chars.push(c);
            origin.push(i);
        }
        origin.push(end);
        let words = words(&chars);
        Text {
            chars,
            origin,
            words,
        }
    }

    /// The original's characters for a span of this text.
    pub fn original(&self, span: &std::ops::Range<usize>) -> std::ops::Range<usize> {
        let start = self.origin[span.start.min(self.chars.len())];
        if span.end <= span.start {
            return start..start;
        }
        start..self.origin[span.end.min(self.chars.len()) - 1] + 1
    }

    /// The character at `i`, NUL past the end.
    pub fn at(&self, i: usize) -> char {
        self.chars.get(i).copied().unwrap_or('\0')
    }

    /// The character before `i`, NUL at the start.
    pub fn before(&self, i: usize) -> char {
        if i == 0 { '\0' } else { self.at(i - 1) }
    }

    /// Whether `pattern` stands at `i`.
    pub fn has(&self, i: usize, pattern: &str) -> bool {
        pattern
            .chars()
            .enumerate()
            .all(|(k, c)| self.at(i + k) == c)
    }

    /// Whether `pattern` ends just before `i`.
    pub fn ends(&self, i: usize, pattern: &str) -> bool {
        let length = pattern.chars().count();
        i >= length && self.has(i - length, pattern)
    }

    /// `i` moved past spaces.
    pub fn skip_spaces(&self, mut i: usize) -> usize {
        while self.at(i) == ' ' || self.at(i) == '\u{a0}' {
            i += 1;
        }
        i
    }

    /// `i` moved back over spaces.
    pub fn back_spaces(&self, mut i: usize) -> usize {
        while i > 0 && (self.at(i - 1) == ' ' || self.at(i - 1) == '\u{a0}') {
            i -= 1;
        }
        i
    }

    /// The index of the word that starts at or after character `i`.
    pub fn word_from(&self, i: usize) -> usize {
        self.words.partition_point(|w| w.start < i)
    }

    /// The word that starts at `i`, after one space or hyphen at most.
    pub fn word_after(&self, i: usize) -> Option<usize> {
        let i = match self.at(i) {
            ' ' | '-' | '\u{a0}' | '\u{2011}' | '\u{2010}' => i + 1,
            _ => i,
        };
        let k = self.word_from(i);
        self.words.get(k).filter(|w| w.start == i).map(|_| k)
    }

    /// The word that ends at `i`, before one space or hyphen at most.
    pub fn word_before(&self, i: usize) -> Option<usize> {
        let i = match self.before(i) {
            ' ' | '-' | '\u{a0}' => i - 1,
            _ => i,
        };
        let k = self.word_from(i).checked_sub(1)?;
        (self.words[k].end == i).then_some(k)
    }

    /// Word `k` in lower case, `""` past the end.
    pub fn word(&self, k: usize) -> &str {
        self.words.get(k).map_or("", |w| &w.lower)
    }

    /// Whether words `k` and `k + 1` are parted by one space or hyphen.
    pub fn joined(&self, k: usize) -> bool {
        match (self.words.get(k), self.words.get(k + 1)) {
            (Some(a), Some(b)) => {
                b.start == a.end + 1 && matches!(self.at(a.end), ' ' | '-' | '\u{2011}' | '\u{a0}')
            }
            _ => false,
        }
    }

    /// The characters of a span as a string, none where it ends before it starts: two
    /// things that a text states may share characters, and nothing is between them.
    pub fn slice(&self, span: std::ops::Range<usize>) -> String {
        let end = span.end.min(self.chars.len());
        self.chars
            .get(span.start..end)
            .unwrap_or_default()
            .iter()
            .collect()
    }
}

/// Whether a character is a Chinese one.
pub fn is_han(c: char) -> bool {
    matches!(c, '\u{4E00}'..='\u{9FFF}' | '\u{3400}'..='\u{4DBF}' | '〇')
}

/// Whether a character stands between the two ends of a range.
pub fn ends_lower(c: char) -> bool {
    matches!(c, '-' | '~' | '—' | '至' | '到')
}

/// Whether a mark ends a clause; so does a comma between English words.
pub fn ends_clause(c: char) -> bool {
    matches!(c, '，' | '。' | '、' | ';' | '!' | '?' | '\n')
}

fn normal(c: char) -> char {
    match c {
        '\u{0}'..='\u{7f}' => c,
        '，' => c,
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        '\u{3000}' | '\u{a0}' | '\u{202f}' | '\u{2009}' => ' ',
        '￥' => '¥',
        '￡' => '£',
        '‘' | '’' | 'ʼ' => '\'',
        '‐' | '‑' | '–' | '−' => '-',
        '○' | '◯' => '〇',
        'Ⅰ'..='Ⅸ' => char::from_u32('1' as u32 + c as u32 - 'Ⅰ' as u32).unwrap_or(c),
        '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => {
            let mut first = None;
            decompose_canonical(c, |part| first = first.or(Some(part)));
            match first.unwrap_or(c) {
                'ø' => 'o',
                'Ø' => 'O',
                'ł' => 'l',
                'Ł' => 'L',
                'đ' => 'd',
                'ı' => 'i',
                other => other,
            }
        }
        _ if is_han(c) => dictionary::simplified_char(c),
        _ => c,
    }
}

fn words(chars: &[char]) -> Vec<Word> {
    let mut words = Vec::with_capacity(chars.len() / 6);
    let mut i = 0;
    while i < chars.len() {
        if !is_latin(chars[i]) {
            i += 1;
            continue;
        }
        let start = i;
        let mut lower = String::new();
        while i < chars.len() {
            if is_latin(chars[i]) {
                lower.extend(chars[i].to_lowercase());
            } else if !(chars[i] == '\'' && chars.get(i + 1).copied().is_some_and(is_latin)) {
                break;
            } else {
                lower.push('\'');
            }
            i += 1;
        }
        words.push(Word {
            start,
            end: i,
            lower,
            capital: chars[start].is_uppercase(),
        });
    }
    words
}

fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '\u{df}'..='\u{24f}' if c.is_alphabetic())
}
