//! Names of places, and names of people by form and by sound.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use super::fnv::Fnv;
use super::gloss::Lexeme;
use super::sound;
use super::text::{Text, is_han};
use crate::dictionary;

/// A place: its Chinese and its lower-case English names.
#[derive(Debug)]
pub struct Place {
    /// Chinese names, one-character short forms included.
    pub chinese: Vec<String>,
    /// English names, adjectives and people, lower-case.
    pub english: Vec<String>,
}

/// The places known by name.
#[derive(Debug)]
pub struct Gazetteer {
    places: Vec<Place>,
    countries: usize,
    first_province: usize,
    english: HashMap<String, Vec<usize>, Fnv>,
    chinese: HashMap<String, Vec<usize>, Fnv>,
    people: HashMap<String, Vec<String>, Fnv>,
}

/// The gazetteer, built at first use from lists of words and their dictionary senses.
pub static GAZETTEER: LazyLock<Gazetteer> = LazyLock::new(build);

fn build() -> Gazetteer {
    let lines = |text: &'static str| {
        text.lines()
            .filter(|l| !l.starts_with('#') && !l.is_empty())
    };
    let mut places: Vec<Place> = lines(include_str!("countries.txt"))
        .filter_map(|line| line.split_once('|'))
        .map(|(chinese, english)| Place {
            chinese: chinese.split(',').map(str::to_owned).collect(),
            english: english.split(',').map(str::to_lowercase).collect(),
        })
        .collect();
    let countries = places.len();
    let first_province = places
        .iter()
        .position(|p| p.english.iter().any(|n| n == "shanghai"))
        .unwrap_or(countries);
    for word in lines(include_str!("places.txt")) {
        let mut english = english_names(word);
        english.retain(|name| {
            !super::date::is_calendar_word(name)
                && !COMMON.contains(&name.as_str())
                && !ordinary(name)
        });
        if !english.is_empty() {
            let mut chinese = vec![word.to_owned()];
            // 周口市 is also called 周口.
            let length = word.chars().count();
            if length > 2 && word.ends_with(['市', '省', '州', '岛', '河', '湖']) {
                chinese.push(word.chars().take(length - 1).collect());
            }
            places.push(Place { chinese, english });
        }
    }
    let (mut english, mut chinese) = (HashMap::default(), HashMap::default());
    for (i, place) in places.iter().enumerate() {
        for name in &place.english {
            english.entry(name.clone()).or_insert_with(Vec::new).push(i);
        }
        for name in &place.chinese {
            chinese.entry(name.clone()).or_insert_with(Vec::new).push(i);
        }
    }
    let mut people: HashMap<String, Vec<String>, Fnv> = HashMap::default();
    for word in lines(include_str!("persons.txt")) {
        for name in english_names(word) {
            people.entry(name).or_default().push(word.to_owned());
        }
    }
    Gazetteer {
        places,
        countries,
        first_province,
        english,
        chinese,
        people,
    }
}

/// Whether a name is an English word besides: Nice, Reading.
fn ordinary(name: &str) -> bool {
    !name.contains(' ')
        && dictionary::by_english(name).iter().any(|e| {
            !e.pinyin_numbers
                .starts_with(|c: char| c.is_ascii_uppercase())
        })
}

/// The names that head the senses of a word: "Paris, capital of France" → "paris".
fn english_names(word: &str) -> Vec<String> {
    let mut names = Vec::new();
    for entry in dictionary::entries(word) {
        if !entry
            .pinyin_numbers
            .starts_with(|c: char| c.is_ascii_uppercase())
        {
            continue;
        }
        for sense in entry.english {
            let sense = sense
                .strip_prefix("(name) ")
                .or_else(|| sense.strip_prefix("(surname) "))
                .unwrap_or(sense);
            let head = sense.split([',', '(', ';', '[']).next().unwrap_or("");
            for name in head.split(" or ") {
                let name = name.trim();
                let name = KINDS
                    .iter()
                    .fold(name, |n, kind| n.strip_suffix(kind).unwrap_or(n));
                let name = name
                    .strip_prefix("the ")
                    .or_else(|| name.strip_prefix("Mt "))
                    .unwrap_or(name);
                let words = name.split(' ').count();
                if words <= 3
                    && name.len() > 2
                    && name
                        .split(' ')
                        .all(|w| w.starts_with(|c: char| c.is_uppercase()))
                {
                    names.push(
                        Text::new(name)
                            .chars
                            .iter()
                            .collect::<String>()
                            .to_lowercase(),
                    );
                }
            }
        }
    }
    names.dedup();
    names
}

/// Words that are names of places too seldom.
const COMMON: &[&str] = &[
    "south",
    "north",
    "east",
    "west",
    "central",
    "covid",
    "christmas",
    "internet",
    "the",
    "earth",
    "moon",
    "mars",
    "sun",
    "may day",
    "first world",
    "third world",
    "new world",
    "old world",
    "new year",
    "christian",
    "catholic",
    "pacific",
    "english",
    "god",
    "buddhist",
    "muslim",
    "islam",
    "windows",
    "park",
    "sky",
    "hope",
    "bath",
    "reading",
    "nice",
    "mobile",
    "orange",
    "victoria",
    "jordan",
];

const KINDS: &[&str] = &[
    " Province",
    " province",
    " municipality",
    " city",
    " City",
    " River",
    " river",
    " state",
    " State",
    " county",
    " County",
    " island",
    " Island",
    " district",
    " Autonomous Region",
    " prefecture",
];

/// A place named in Latin letters.
#[derive(Debug, Clone)]
pub struct Mention {
    /// Its characters.
    pub span: Range<usize>,
    /// Its name in lower case.
    pub name: String,
    /// The places it may be.
    pub places: Vec<usize>,
}

impl Gazetteer {
    /// A place.
    pub fn place(&self, index: usize) -> &Place {
        &self.places[index]
    }

    /// Whether a place is of the list of countries and regions, whose names are known in full.
    pub fn is_country(&self, index: usize) -> bool {
        // What is said of China, its parts or its partners often leaves the name out.
        const LEFT_OUT: &[&str] = &[
            "china",
            "america",
            "britain",
            "beijing",
            "hong kong",
            "europe",
            "asia",
            "los angeles",
            "washington",
        ];
        index < self.countries
            && index < self.first_province
            && !self.places[index]
                .english
                .iter()
                .any(|name| LEFT_OUT.contains(&name.as_str()))
    }

    /// Whether a place is a province of China, or a city of the same rank: not the capital
    /// nor Shanghai, which texts leave unsaid (上交所).
    pub fn is_province(&self, index: usize) -> bool {
        (self.first_province + 1..self.countries).contains(&index)
    }

    /// The Chinese name, without what tells its kind, of a place that is a city or a county of
    /// China below its provinces and has its name in pinyin.
    pub fn city(&self, index: usize) -> Option<&str> {
        let Place { chinese, english } = &self.places[index];
        let name = chinese.first()?.strip_suffix(['市', '县'])?;
        let text = Text::new(name);
        let is_city = |word: &String| {
            sound::is_pinyin_of(word, &text)
                && !self.english(word).iter().any(|p| *p < self.countries)
        };
        (text.chars.len() > 1 && english.iter().any(is_city)).then_some(name)
    }

    /// Whether one of some places is of the list of countries and regions.
    pub fn lists_country(&self, places: &[usize]) -> bool {
        places.iter().any(|p| *p < self.first_province)
    }

    /// The places that a Chinese word may be.
    pub fn chinese(&self, word: &str) -> &[usize] {
        self.chinese.get(word).map_or(&[], Vec::as_slice)
    }

    /// The places that a lower-case English word may be.
    pub fn english(&self, word: &str) -> &[usize] {
        self.english.get(word).map_or(&[], Vec::as_slice)
    }

    /// The Chinese forms of a given name or surname, lower-case.
    pub fn person(&self, name: &str) -> &[String] {
        self.people.get(name).map_or(&[], Vec::as_slice)
    }

    /// The places named in Latin letters, longest names first.
    pub fn mentions(&self, text: &Text) -> Vec<Mention> {
        let mut out = Vec::new();
        let mut k = 0;
        while k < text.words.len() {
            let mut used = 1;
            if text.words[k].capital {
                let mut last = k;
                while last < k + 2 && text.joined(last) {
                    last += 1;
                }
                for end in (k..=last).rev() {
                    let span = text.words[k].start..text.words[end].end;
                    let name = (k..=end)
                        .map(|w| text.word(w).trim_end_matches("'s"))
                        .collect::<Vec<_>>()
                        .join(" ");
                    // "LA" is a place, "La." another one.
                    let short = name.len() == 2 && !text.at(span.start + 1).is_ascii_uppercase();
                    let polar =
                        name == "pole" && k > 0 && matches!(text.word(k - 1), "north" | "south");
                    if let Some(places) = self.english.get(&name).filter(|_| !short && !polar) {
                        out.push(Mention {
                            span,
                            name,
                            places: places.clone(),
                        });
                        used = end - k + 1;
                        break;
                    }
                }
            }
            k += used;
        }
        out
    }

    /// Whether a Chinese (or any) text, whose words in order are `lexemes`, names one of the places.
    pub fn names_any(&self, places: &[usize], text: &Text, lexemes: &[Lexeme]) -> bool {
        places.iter().any(|p| {
            // 加 of 参加, 新方 of 新方案 and 德 of 德黑兰 are no countries; 美 of 对美 is.
            let apart = |span: Range<usize>| {
                let first = lexemes.partition_point(|l| l.span.0 + MOST_WORD <= span.start);
                let mut near = lexemes[first..].iter().take_while(|l| l.span.0 < span.end);
                !near.any(|l| {
                    let over = l.span.0 < span.start || l.span.1 > span.end;
                    let named = || self.chinese(&text.slice(l.span.0..l.span.1));
                    let toward = l.span.1 == span.end && text.at(l.span.0) == '对';
                    !l.part
                        && l.span.1 > span.start
                        && over
                        && !toward
                        && (!l.name || !named().is_empty() && !named().contains(p))
                })
            };
            let forms = &self.places[*p].chinese;
            forms.iter().any(|form| has_form(text, form, &apart))
                || *p < self.first_province
                    && forms.iter().any(|form| {
                        paired(text, form)
                            || self.sides(text, form).any(|side| apart(side..side + 2))
                    })
        })
    }

    /// Where a text has the first character of a country's name for its side, as diplomats
    /// do: 塔方 for Tajikistan, but neither 中方 for the Middle East nor 秘方 for Peru.
    fn sides(&self, text: &Text, form: &str) -> impl Iterator<Item = usize> {
        let first = form.chars().next().unwrap_or_default();
        (0..text.chars.len()).filter(move |i| {
            text.at(*i) == first && text.at(i + 1) == '方' && {
                let side = text.slice(*i..i + 2);
                self.chinese(&side).is_empty() && dictionary::entries(&side).is_empty()
            }
        })
    }
}

/// No word of the dictionary is longer.
const MOST_WORD: usize = 20;

/// Whether a character counts what stands before it: 4月14日.
fn dated(text: &Text, i: usize) -> bool {
    let mut before = text.chars[..i].iter().rev();
    before
        .find(|c| **c != ' ')
        .is_some_and(char::is_ascii_digit)
}

/// Countries that stand beside others by their first character alone.
const SHORT: &str = "中美俄英法德日韩印欧澳朝台港越泰乌以巴伊老土叙菲缅柬京沪津渝粤川浙苏鲁豫湘鄂皖赣闽桂琼滇黔陕甘宁青藏新蒙辽吉黑冀晋汉";
/// Countries and provinces whose first character is hardly anything else where it is a word by itself.
const ALONE: &str = "俄韩澳菲叙缅柬沪粤浙鲁豫湘鄂皖赣闽琼滇黔冀";

/// Whether the first character of a country's name stands for it in a pair: 中波两国, 越文关系.
fn paired(text: &Text, form: &str) -> bool {
    const OF_TWO: &str = "两双关友合边建贸元间之外命紧局冲核";
    let Some(first) = form.chars().next() else {
        return false;
    };
    (0..text.chars.len()).any(|i| {
        const ITS: [&str; 7] = ["政府", "总统", "总理", "外长", "外交", "卫生", "防长"];
        text.at(i) == first
            && (ITS.iter().any(|word| text.has(i + 1, word))
                || SHORT.contains(text.before(i)) && i > 0 && OF_TWO.contains(text.at(i + 1))
                || SHORT.contains(text.at(i + 1)) && OF_TWO.contains(text.at(i + 2)))
    })
}

/// Whether a text has a Chinese form; one character alone must stand as a country does (中美, 美方,
/// 驻美, 俄专家, and 法工会 where a clause begins), and like 新方, whose 方 begins other words, `apart`
/// from what is no country's.
fn has_form(text: &Text, form: &str, apart: &dyn Fn(Range<usize>) -> bool) -> bool {
    const AFTER: &str =
        "方军媒国元籍裔企股警队人语文超甲联总外防洲系产商航网央省市地区高铁版码通据";
    const BEFORE: &str = "驻访赴对抵旅援涉反亲留在来从向与和";
    let wanted: Vec<char> = form.chars().collect();
    let as_country = |i: usize| {
        let beside = |list: &str, c: char| list.contains(c) && c != '\0';
        !dated(text, i)
            && (ALONE.contains(text.at(i))
                || beside(AFTER, text.at(i + 1))
                || beside(SHORT, text.at(i + 1))
                || i > 0 && (BEFORE.contains(text.at(i - 1)) || SHORT.contains(text.at(i - 1)))
                || !is_han(text.before(i)))
    };
    let mut windows = text.chars.windows(wanted.len().max(1)).enumerate();
    windows.any(|(i, window)| {
        window == wanted
            && match window {
                [_] => as_country(i) && apart(i..i + 1),
                [_, '方'] => apart(i..i + 2),
                _ => true,
            }
    })
}
