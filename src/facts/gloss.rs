//! What the words of a text mean, in stems of English: the common ground of a
//! claim and a source in another language.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use rust_stemmers::{Algorithm, Stemmer};

use super::fnv::Fnv;
use super::text::{Text, is_han};
use crate::dictionary;

/// A stem as a number; equal stems have equal numbers.
pub type Stem = u32;

/// A word of a text with the stems that it may stand for.
#[derive(Debug, Clone)]
pub struct Lexeme {
    /// First character and one past the last.
    pub span: (usize, usize),
    /// What it means, sorted; a Latin word has its own stem alone.
    pub stems: Arc<[Stem]>,
    /// Whether the dictionary has it as a name.
    pub name: bool,
    /// Whether it is a part of a longer word beside it.
    pub part: bool,
}

// Shared by all threads and kept, as a dictionary is: what each word means is worked out once.
static STEMS: LazyLock<RwLock<HashMap<String, Stem, Fnv>>> = LazyLock::new(RwLock::default);
static WORDS: LazyLock<RwLock<HashMap<String, Meaning, Fnv>>> = LazyLock::new(RwLock::default);

static ENGLISH: LazyLock<RwLock<HashMap<String, bool, Fnv>>> = LazyLock::new(RwLock::default);

static VERBS: LazyLock<RwLock<HashMap<String, bool, Fnv>>> = LazyLock::new(RwLock::default);

type Meaning = (Arc<[Stem]>, bool);

// Long-lived processes keep the caches bounded.
const MOST_CACHED: usize = 200_000;

fn cached<T: Clone>(
    cache: &RwLock<HashMap<String, T, Fnv>>,
    word: &str,
    make: impl FnOnce() -> T,
) -> T {
    // A poisoned lock still holds a whole map: entries are only ever added.
    if let Some(found) = cache
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .get(word)
    {
        return found.clone();
    }
    let made = make();
    let mut cache = cache.write().unwrap_or_else(PoisonError::into_inner);
    if cache.len() > MOST_CACHED {
        cache.clear();
    }
    cache.insert(word.to_owned(), made.clone());
    made
}

/// The stem of a lower-case English word.
pub fn stem(word: &str) -> Stem {
    cached(&STEMS, word, || {
        let bare = word.strip_suffix("'s").unwrap_or(word);
        let one = american(irregular(bare));
        hash(&Stemmer::create(Algorithm::English).stem(&one))
    })
}

/// A lower-case word as Americans spell it, whom the dictionary follows: whatever else an
/// ending of these is put to (`rise`, `devour`) becomes the same for claim and source.
fn american(word: &str) -> Cow<'_, str> {
    const ENDINGS: &[(&str, &str)] = &[
        ("isation", "ization"),
        ("ise", "ize"),
        ("ising", "izing"),
        ("yse", "yze"),
        ("ysing", "yzing"),
        ("our", "or"),
        ("tre", "ter"),
        ("ence", "ense"),
        ("lled", "led"),
        ("lling", "ling"),
        ("ller", "ler"),
        ("ogue", "og"),
        ("amme", "am"),
    ];
    const MORE: &[&str] = &[
        "", "s", "d", "r", "rs", "ed", "ing", "able", "ful", "al", "hood", "ite",
    ];
    if word.len() < 6 {
        return match word {
            "grey" => "gray".into(),
            "tyre" | "tyres" => "tire".into(),
            "axe" => "ax".into(),
            _ => word.into(),
        };
    }
    for more in MORE {
        let Some(begun) = word.strip_suffix(more) else {
            continue;
        };
        for (ending, instead) in ENDINGS {
            if let Some(start) = begun.strip_suffix(ending) {
                return format!("{start}{instead}{more}").into();
            }
        }
    }
    word.into()
}

/// Whether a lower-case word, or what an ending was put to, is an English word of the
/// dictionary other than a name.
pub fn is_english(word: &str) -> bool {
    cached(&ENGLISH, word, || {
        ["", "s", "es", "d", "ed", "ing", "ly", "er"]
            .iter()
            .filter_map(|ending| word.strip_suffix(ending))
            .flat_map(dictionary::by_english)
            .any(|e| {
                !e.pinyin_numbers
                    .starts_with(|c: char| c.is_ascii_uppercase())
            })
    })
}

/// FNV-1a.
fn hash(text: &str) -> Stem {
    text.bytes().fold(0x811c_9dc5, |h, b| {
        (h ^ u32::from(b)).wrapping_mul(0x0100_0193)
    })
}

fn irregular(word: &str) -> &str {
    match word {
        "said" | "says" => "say",
        "rose" | "risen" => "rise",
        "fell" | "fallen" => "fall",
        "grew" | "grown" | "growth" => "grow",
        "built" => "build",
        "held" => "hold",
        "made" => "make",
        "took" | "taken" => "take",
        "gave" | "given" => "give",
        "went" | "gone" => "go",
        "began" | "begun" => "begin",
        "won" => "win",
        "lost" => "lose",
        "left" => "leave",
        "led" => "lead",
        "sold" => "sell",
        "bought" => "buy",
        "found" => "find",
        "met" => "meet",
        "paid" => "pay",
        "sent" => "send",
        "spent" => "spend",
        "told" => "tell",
        "thought" => "think",
        "brought" => "bring",
        "died" | "dead" | "death" | "deaths" | "dies" => "die",
        "children" => "child",
        "men" => "man",
        "women" => "woman",
        "people" | "persons" => "person",
        "wrote" | "written" => "write",
        "became" => "become",
        "came" => "come",
        "kept" => "keep",
        "known" | "knew" => "know",
        "shown" | "showed" => "show",
        "chinese" => "china",
        "best" => "good",
        "bigger" | "biggest" => "big",
        "largest" | "larger" => "large",
        "driven" | "drove" => "drive",
        "fought" => "fight",
        "taught" => "teach",
        "struck" => "strike",
        "flew" | "flown" | "flight" | "flights" => "fly",
        "chose" | "chosen" => "choose",
        "stolen" | "stole" => "steal",
        "frozen" | "froze" => "freeze",
        "caught" => "catch",
        "seen" | "saw" => "see",
        "heard" => "hear",
        "hurt" | "wounded" => "injure",
        "killed" | "killing" => "kill",
        "bore" | "born" => "bear",
        "broken" | "broke" => "break",
        "spoke" | "spoken" => "speak",
        "sought" => "seek",
        "shot" => "shoot",
        "understood" => "understand",
        "withdrew" | "withdrawn" => "withdraw",
        "slept" => "sleep",
        "dealt" => "deal",
        "lent" => "lend",
        "swept" => "sweep",
        "lives" | "life" => "live",
        "injured" | "injuries" => "injure",
        "felt" => "feel",
        "ran" => "run",
        "stood" => "stand",
        "drew" | "drawn" => "draw",
        "threw" | "thrown" => "throw",
        "ate" | "eaten" => "eat",
        "drank" | "drunk" => "drink",
        "rode" | "ridden" => "ride",
        "sang" | "sung" => "sing",
        "swam" | "swum" => "swim",
        "wore" | "worn" => "wear",
        "blew" | "blown" => "blow",
        "hid" | "hidden" => "hide",
        "shook" | "shaken" => "shake",
        "sank" | "sunk" => "sink",
        "hung" => "hang",
        "fed" => "feed",
        "fled" => "flee",
        "stuck" => "stick",
        "tore" | "torn" => "tear",
        "woke" | "woken" => "wake",
        "bit" | "bitten" => "bite",
        "forgot" | "forgotten" => "forget",
        "swung" => "swing",
        "meant" => "mean",
        "laid" => "lay",
        "mice" => "mouse",
        "feet" => "foot",
        "teeth" => "tooth",
        "worse" | "worst" => "bad",
        _ => word,
    }
}

/// Whether a lower-case English word says little about what a text is about.
pub fn is_function_word(word: &str) -> bool {
    word.len() < 3 || FUNCTION_WORDS.contains(word)
}

static FUNCTION_WORDS: LazyLock<HashSet<&str, Fnv>> = LazyLock::new(|| {
    "the and for that with from this these those was were has have had will would can could \
     may might shall should must not are been being but into onto its his her their our your \
     they them she him who whom whose which what when where why how than then there here also \
     such some any all each both more most less least very just only about over under after \
     before during between among through against because while out off up down again other \
     another own same say said says according one two three four five six seven eight nine \
     ten hundred thousand million billion percent per did does doing get got you we're it's \
     i'm don't isn't mr mrs well even still yet too much many like upon around since until \
     though although whether either neither nor however that's make made use used take come \
     see put sb sth etc esp abbr variant fig lit classifier surname old person thing"
        .split_whitespace()
        .collect()
});

/// The content words of a text: Chinese ones by dictionary, Latin ones by stem.
pub fn lexemes(text: &Text) -> Vec<Lexeme> {
    let mut out: Vec<Lexeme> = text
        .words
        .iter()
        .filter(|w| !is_function_word(&w.lower))
        .map(|w| Lexeme {
            span: (w.start, w.end),
            stems: Arc::from([stem(&w.lower)]),
            name: w.capital,
            part: false,
        })
        .collect();
    let mut i = 0;
    while i < text.chars.len() {
        if !is_han(text.chars[i]) {
            i += 1;
            continue;
        }
        let start = i;
        while i < text.chars.len() && is_han(text.chars[i]) {
            i += 1;
        }
        let run: String = text.chars[start..i].iter().collect();
        let mut at = start;
        let mut rest = run.as_str();
        for word in dictionary::words(&run) {
            // Characters in no word are passed over; find where this one stands.
            let offset = word.as_ptr() as usize - rest.as_ptr() as usize;
            at += rest[..offset].chars().count();
            let length = word.chars().count();
            let (stems, name) = meaning(word);
            out.push(Lexeme {
                span: (at, at + length),
                stems,
                name,
                part: false,
            });
            if length >= 3 {
                for k in 0..length - 1 {
                    let part: String = text.chars[at + k..at + k + 2].iter().collect();
                    let (stems, _) = meaning(&part);
                    if !stems.is_empty() {
                        out.push(Lexeme {
                            span: (at + k, at + k + 2),
                            stems,
                            name: false,
                            part: true,
                        });
                    }
                }
            }
            at += length;
            rest = &rest[offset + word.len()..];
        }
    }
    out
}

/// Whether a Chinese word is a verb, going by its first sense.
pub fn is_verb(word: &str) -> bool {
    cached(&VERBS, word, || {
        let entries = dictionary::entries(word);
        let first = entries.first().and_then(|e| e.english.first());
        first.is_some_and(|sense| sense.starts_with("to "))
    })
}

/// The stems of a Chinese word's English senses, and whether it is a name.
pub fn meaning(word: &str) -> Meaning {
    cached(&WORDS, word, || {
        let mut stems: Vec<Stem> = Vec::new();
        let mut name = false;
        for entry in dictionary::entries(word) {
            name |= entry
                .pinyin_numbers
                .starts_with(|c: char| c.is_ascii_uppercase());
            for sense in entry.english {
                add_sense(sense, &mut stems, 0);
            }
        }
        let more = dictionary::TRANSLATED.get(word).into_iter().flatten();
        stems.extend(more.map(|english| stem(english)));
        stems.sort_unstable();
        stems.dedup();
        (Arc::from(stems), name)
    })
}

fn add_sense(sense: &str, stems: &mut Vec<Stem>, depth: u8) {
    // "see 東京|东京[Dong1 jing1]": the sense stands at the other word.
    let referring = [
        "see ",
        "abbr. for ",
        "variant of ",
        "also written ",
        "old variant of ",
        "(Tw) see ",
    ]
    .iter()
    .any(|r| sense.contains(r));
    if referring
        && depth < 1
        && let Some(other) = sense.split(|c: char| !is_han(c)).rfind(|p| !p.is_empty())
    {
        for entry in dictionary::entries(other) {
            for sense in entry.english {
                add_sense(sense, stems, depth + 1);
            }
        }
    }
    let mut bracket = false;
    for word in sense.split(|c: char| !(c.is_alphabetic() || c == '\'' || c == '[' || c == ']')) {
        if word.contains('[') {
            bracket = true;
        }
        let skip = bracket;
        if word.contains(']') {
            bracket = false;
        }
        if skip || word.is_empty() || !word.is_ascii() {
            continue;
        }
        let lower = word.trim_matches('\'').to_ascii_lowercase();
        if !is_function_word(&lower) {
            stems.push(stem(&lower));
        }
    }
}
