//! Organisations known by name: ministries, bodies of several countries, universities, companies, media.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use super::fnv::Fnv;
use super::text::{Text, is_han};

/// An organisation.
#[derive(Debug)]
pub struct Organisation {
    /// What kind it is of: `ministry`, `agency`, `body`, `university`, `company`, `media`.
    pub class: &'static str,
    /// Whether a text that does not name it is at odds with one that does.
    pub telling: bool,
    /// Its Chinese names and short forms, the fullest first.
    pub chinese: Vec<&'static str>,
    /// Its English names, each as lower-case words.
    pub english: Vec<Vec<String>>,
}

/// The organisations known by name.
#[derive(Debug)]
pub struct Organisations {
    all: Vec<Organisation>,
    /// By the first word of an English name: the organisation, the name, and whether it is in capitals.
    english: HashMap<String, Vec<(usize, usize, bool)>, Fnv>,
    /// By the first two characters of a Chinese name.
    chinese: HashMap<(char, char), Vec<(usize, &'static str)>, Fnv>,
}

/// The list, read at first use.
pub static ORGANISATIONS: LazyLock<Organisations> = LazyLock::new(|| {
    let lines = include_str!("organisations.txt")
        .lines()
        .filter(|line| !line.starts_with('#'));
    let mut list = Organisations {
        all: Vec::new(),
        english: HashMap::default(),
        chinese: HashMap::default(),
    };
    for line in lines {
        let mut parts = line.split('|');
        if let (Some(class), Some(chinese), Some(english)) =
            (parts.next(), parts.next(), parts.next())
        {
            list.add(class, chinese, english);
        }
    }
    list
});

/// An organisation named in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// Its characters.
    pub span: Range<usize>,
    /// Which it is.
    pub organisation: usize,
}

impl Organisations {
    fn add(&mut self, class: &'static str, chinese: &'static str, english: &'static str) {
        let index = self.all.len();
        let mut names = Vec::new();
        for name in english.split(',') {
            let words: Vec<String> = Text::new(name).words.into_iter().map(|w| w.lower).collect();
            let Some(first) = words.first() else { continue };
            let capitals = !name.chars().any(char::is_lowercase);
            self.english
                .entry(first.clone())
                .or_default()
                .push((index, names.len(), capitals));
            names.push(words);
        }
        let chinese: Vec<&str> = chinese.split(',').collect();
        for form in &chinese {
            let mut characters = form.chars();
            if let (Some(first), Some(second)) = (characters.next(), characters.next())
                && is_full(class, form)
            {
                self.chinese
                    .entry((first, second))
                    .or_default()
                    .push((index, form));
            }
        }
        self.all.push(Organisation {
            class: class.trim_end_matches('*'),
            telling: class.ends_with('*'),
            chinese,
            english: names,
        });
    }

    /// An organisation.
    pub fn get(&self, index: usize) -> &Organisation {
        &self.all[index]
    }

    /// The organisations that a text names by an English or a full Chinese name, longest names first.
    pub fn mentions(&self, text: &Text) -> Vec<Mention> {
        let mut out = Vec::new();
        let mut k = 0;
        while k < text.words.len() {
            match self.english_at(text, k) {
                Some((organisation, length)) => {
                    let span = text.words[k].start..text.words[k + length - 1].end;
                    out.push(Mention { span, organisation });
                    k += length;
                }
                None => k += 1,
            }
        }
        let mut i = 0;
        while i + 1 < text.chars.len() {
            if !is_han(text.at(i)) {
                i += 1;
                continue;
            }
            let forms = self.chinese.get(&(text.at(i), text.at(i + 1)));
            let here = forms
                .into_iter()
                .flatten()
                .filter(|(_, form)| text.has(i, form));
            match here.max_by_key(|(_, form)| form.len()) {
                Some((organisation, form)) => {
                    let span = i..i + form.chars().count();
                    i = span.end;
                    out.push(Mention {
                        span,
                        organisation: *organisation,
                    });
                }
                None => i += 1,
            }
        }
        out
    }

    /// The organisation whose name begins with word `k`, and how many words the name has.
    fn english_at(&self, text: &Text, k: usize) -> Option<(usize, usize)> {
        let bare = |k: usize| text.word(k).trim_end_matches("'s");
        let candidates = if text.words[k].capital {
            self.english
                .get(text.word(k))
                .or_else(|| self.english.get(bare(k)))?
        } else {
            return None;
        };
        let close = |k: usize| {
            let (end, next) = (text.words[k].end, text.words[k + 1].start);
            next - end <= 3 && !text.slice(end..next).contains([',', ';', '\n'])
        };
        let found = candidates.iter().filter_map(|(index, name, capitals)| {
            let words = &self.all[*index].english[*name];
            let last = k + words.len() - 1;
            let same = |(i, word): (usize, &String)| {
                text.word(k + i) == word || k + i == last && bare(last) == word
            };
            let whole = last < text.words.len()
                && words.iter().enumerate().all(same)
                && (k..last).all(close);
            let written = || {
                let bare = text.words[k].start + bare(k).len();
                !capitals
                    || text.chars[text.words[k].start..bare.min(text.chars.len())]
                        .iter()
                        .all(|c| c.is_uppercase())
            };
            (whole && written()).then_some((*index, words.len()))
        });
        found.max_by_key(|(_, length)| *length)
    }
}

/// Whether a Chinese form names the organisation itself and not only its field: 教育部, but not 教育.
fn is_full(class: &str, form: &str) -> bool {
    match class {
        "ministry" => {
            form.chars().count() > 2 && form.ends_with(['部', '省', '会', '委', '署', '楼'])
        }
        "university" => form.ends_with("大学") || form.ends_with("学院"),
        "agency" => form.chars().count() > 2,
        _ => true,
    }
}
