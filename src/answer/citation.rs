//! Markers that cite sources, as models write them: `[1]`, `[1,2]`, `[1][2]`,
//! `[1-3]`, `【1】`, `【1†source】`, `[^1]`, `［１］`, `[source 1]`, `[来源1]`; also
//! when a marker comes in several pieces. Pure.

/// A longer bracket is no marker.
const LONGEST: usize = 32;
/// A range such as `[1-9]` stands for this many sources at most.
const WIDEST: u32 = 20;

/// A piece of a text, told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// Words; never empty.
    Text(String),
    /// A marker with the numbers it names, in its order.
    Marker(Vec<u32>),
}

/// Takes a text piece by piece and tells its markers from its words.
#[derive(Debug, Default)]
pub struct Markers {
    /// A bracket that is not closed yet, with what follows it.
    held: String,
}

impl Markers {
    /// The tokens that are certain after `piece`.
    pub fn push(&mut self, piece: &str) -> Vec<Token> {
        let mut tokens = Vec::new();
        for c in piece.chars() {
            let opens = matches!(c, '[' | '【' | '［' | '〔');
            if self.held.is_empty() {
                if opens {
                    self.held.push(c);
                } else {
                    text(&mut tokens, c);
                }
                continue;
            }
            if opens {
                self.release(&mut tokens);
                self.held.push(c);
                continue;
            }
            self.held.push(c);
            if matches!(c, ']' | '】' | '］' | '〕') {
                match numbers(&self.held) {
                    Some(numbers) => {
                        self.held.clear();
                        tokens.push(Token::Marker(numbers));
                    }
                    None => self.release(&mut tokens),
                }
            } else if c == '\n' || self.held.chars().count() > LONGEST {
                self.release(&mut tokens);
            }
        }
        tokens
    }

    /// What was held back and is no marker.
    pub fn finish(&mut self) -> Vec<Token> {
        let mut tokens = Vec::new();
        self.release(&mut tokens);
        tokens
    }

    fn release(&mut self, tokens: &mut Vec<Token>) {
        for c in std::mem::take(&mut self.held).chars() {
            text(tokens, c);
        }
    }
}

/// `text` without its markers, and the numbers of all of them.
pub fn strip(text: &str) -> (String, Vec<u32>) {
    let mut markers = Markers::default();
    let mut tokens = markers.push(text);
    tokens.extend(markers.finish());
    let (mut words, mut numbers) = (String::new(), Vec::new());
    for token in tokens {
        match token {
            Token::Text(text) => words.push_str(&text),
            Token::Marker(found) => numbers.extend(found),
        }
    }
    (words, numbers)
}

fn text(tokens: &mut Vec<Token>, c: char) {
    match tokens.last_mut() {
        Some(Token::Text(text)) => text.push(c),
        _ => tokens.push(Token::Text(c.to_string())),
    }
}

/// The numbers of a bracket with both its ends, if it is a marker.
fn numbers(bracket: &str) -> Option<Vec<u32>> {
    let inside: String = bracket
        .chars()
        .skip(1)
        .take_while(|c| !matches!(c, ']' | '】' | '］' | '〕' | '†'))
        .map(plain)
        .collect();
    let mut rest = inside.trim().trim_start_matches('^').to_lowercase();
    for word in [
        "sources", "source", "来源", "來源", "文献", "文獻", "资料", "資料",
    ] {
        rest = rest.replace(word, " ");
    }
    let mut numbers = Vec::new();
    for part in rest.split([',', '、', ';', ' ']).map(str::trim) {
        let part = part.trim_start_matches('^').trim_start_matches('#');
        if part.is_empty() {
            continue;
        }
        let (first, last) = match part.split_once('-') {
            Some((first, last)) => (digits(first)?, digits(last)?),
            None => (digits(part)?, digits(part)?),
        };
        if last < first || last - first >= WIDEST {
            return None;
        }
        numbers.extend(first..=last);
    }
    (!numbers.is_empty()).then_some(numbers)
}

/// At most three digits: a year in brackets is no marker.
fn digits(text: &str) -> Option<u32> {
    let text = text.trim();
    (text.len() <= 3 && !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

fn plain(c: char) -> char {
    match c {
        '０'..='９' => {
            char::from_u32(u32::from('0') + u32::from(c) - u32::from('０')).unwrap_or(c)
        }
        '，' => ',',
        '；' => ';',
        '–' | '—' | '－' | '~' | '～' | '至' => '-',
        '\u{3000}' | '\u{a0}' => ' ',
        c => c,
    }
}
