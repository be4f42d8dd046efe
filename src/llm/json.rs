//! JSON as models write it: in a code fence, after a sentence of introduction,
//! with a comma too many, quotation marks not escaped, cut at the token limit,
//! or still being written.

use serde_json::{Map, Number, Value};

/// Deeper nesting is read no further, so that no input exhausts the stack.
const MAX_DEPTH: usize = 32;

/// What could be read of a JSON text.
#[derive(Debug, Clone, PartialEq)]
pub struct Partial {
    /// The value as far as it goes. A string that is not closed is kept, a key,
    /// number or literal that may go on is not.
    pub value: Value,
    /// Whether it was closed.
    pub complete: bool,
}

/// Reads the first JSON object or array in `text`, or as much of it as there is;
/// `None` where none begins.
pub fn read(text: &str) -> Option<Partial> {
    let start = text.find(['{', '['])?;
    let mut reader = Reader {
        rest: &text[start..],
        complete: true,
    };
    let value = reader.value(0)?;
    Some(Partial {
        value,
        complete: reader.complete,
    })
}

struct Reader<'a> {
    rest: &'a str,
    complete: bool,
}

impl Reader<'_> {
    /// The next value; `None` where there is none yet, or none that can be read.
    fn value(&mut self, depth: usize) -> Option<Value> {
        self.skip_space();
        match self.rest.chars().next() {
            Some('{') if depth < MAX_DEPTH => Some(self.object(depth)),
            Some('[') if depth < MAX_DEPTH => Some(self.array(depth)),
            Some('"') => Some(Value::String(self.string())),
            Some(c) if c.is_ascii_alphanumeric() || c == '-' => self.literal(),
            _ => {
                self.complete = false;
                None
            }
        }
    }

    fn object(&mut self, depth: usize) -> Value {
        self.advance(1);
        let mut map = Map::new();
        loop {
            self.skip_separators();
            match self.rest.chars().next() {
                Some('}') => {
                    self.advance(1);
                    break;
                }
                Some('"') => {
                    let key = self.string();
                    self.skip_space();
                    if !self.complete || !self.rest.starts_with(':') {
                        self.complete = false;
                        break;
                    }
                    self.advance(1);
                    if let Some(value) = self.value(depth + 1) {
                        map.insert(key, value);
                    }
                    if !self.complete {
                        break;
                    }
                }
                _ => {
                    self.complete = false;
                    break;
                }
            }
        }
        Value::Object(map)
    }

    fn array(&mut self, depth: usize) -> Value {
        self.advance(1);
        let mut items = Vec::new();
        loop {
            self.skip_separators();
            if self.rest.starts_with(']') {
                self.advance(1);
                break;
            }
            if let Some(value) = self.value(depth + 1) {
                items.push(value);
            }
            if !self.complete {
                break;
            }
        }
        Value::Array(items)
    }

    /// A quotation mark ends a string only where JSON can go on after it.
    fn string(&mut self) -> String {
        self.advance(1);
        let mut out = String::new();
        let mut chars = self.rest.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    let after = self.rest[at + 1..].trim_start();
                    if after.is_empty() || after.starts_with([',', '}', ']', ':']) {
                        self.advance(at + 1);
                        return out;
                    }
                    out.push('"');
                }
                '\\' => match unescape(&self.rest[at + 1..]) {
                    Some((escaped, length)) => {
                        out.push(escaped);
                        for _ in 0..length {
                            chars.next();
                        }
                    }
                    None => break,
                },
                c => out.push(c),
            }
        }
        self.rest = "";
        self.complete = false;
        out
    }

    fn literal(&mut self) -> Option<Value> {
        let length = self
            .rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.')))
            .unwrap_or(self.rest.len());
        if length == self.rest.len() {
            self.complete = false;
            return None;
        }
        let word = &self.rest[..length];
        let value = match word {
            "true" | "True" => Some(Value::Bool(true)),
            "false" | "False" => Some(Value::Bool(false)),
            "null" | "None" => Some(Value::Null),
            _ => word.parse::<Number>().ok().map(Value::Number),
        };
        self.complete = value.is_some();
        self.advance(length);
        value
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn skip_separators(&mut self) {
        self.rest = self
            .rest
            .trim_start_matches(|c: char| c.is_whitespace() || c == ',');
    }

    fn advance(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }
}

/// The character that `\` + `rest` stands for and how many characters of `rest`
/// it takes; `None` when `rest` ends before that is known.
fn unescape(rest: &str) -> Option<(char, usize)> {
    let plain = |c| Some((c, 1));
    match rest.chars().next()? {
        'n' => plain('\n'),
        't' => plain('\t'),
        'r' => plain('\r'),
        'b' => plain('\u{8}'),
        'f' => plain('\u{c}'),
        'u' => {
            let high = hex4(rest.get(1..)?)?;
            if !(0xD800..0xDC00).contains(&high) {
                return Some((char::from_u32(high).unwrap_or('\u{FFFD}'), 5));
            }
            let tail = rest.get(5..)?;
            if !tail.starts_with("\\u") {
                let known = !tail.is_empty() && tail != "\\";
                return known.then_some(('\u{FFFD}', 5));
            }
            let low = hex4(tail.get(2..)?)?;
            if !(0xDC00..0xE000).contains(&low) {
                return Some(('\u{FFFD}', 5));
            }
            let code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
            Some((char::from_u32(code).unwrap_or('\u{FFFD}'), 11))
        }
        c => plain(c),
    }
}

/// Four hexadecimal digits; what is no digit counts as 0.
fn hex4(text: &str) -> Option<u32> {
    let mut value = 0;
    let mut chars = text.chars();
    for _ in 0..4 {
        value = value * 16 + chars.next()?.to_digit(16).unwrap_or(0);
    }
    Some(value)
}
