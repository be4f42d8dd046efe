//! The language of a text, as a BCP 47 tag.

use std::collections::HashSet;
use std::sync::LazyLock;

use whatlang::{Lang, Script};

use crate::dictionary;
use crate::facts::gloss;

/// Characters that are looked at; more change nothing.
const SAMPLE: usize = 2000;

/// The tag of a language that cannot be told.
pub const UNDETERMINED: &str = "und";

/// The language of `text`: `zh-Hans`, `zh-Hant`, `ja`, `ko`, `en`, …, or `und`.
///
/// Scripts of East Asia are told apart by their characters (kana make Japanese of
/// what whatlang, which sees mostly Han, may call Chinese), simplified and
/// traditional Chinese by the characters that only one of them has; with none of
/// those, `zh-Hans`. Other languages are whatlang's (trigrams by script).
pub fn detect(text: &str) -> &'static str {
    let sample: String = text.chars().take(SAMPLE).collect();
    let (mut han, mut kana, mut hangul, mut letters) = (0_usize, 0_usize, 0_usize, 0_usize);
    for c in sample.chars() {
        match c {
            '々'
            | '〇'
            | '\u{3400}'..='\u{9fff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{3ffff}' => han += 1,
            '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{ff66}'..='\u{ff9d}' => {
                kana += 1
            }
            '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{ac00}'..='\u{d7af}' => {
                hangul += 1
            }
            _ if c.is_alphabetic() => letters += 1,
            _ => {}
        }
    }
    // A character of these scripts says about as much as three letters.
    let eastern = han + kana + hangul;
    if eastern > 0 && eastern * 3 >= letters {
        return if hangul * 2 >= eastern {
            "ko"
        } else if kana * 12 >= eastern {
            "ja"
        } else {
            chinese(&sample)
        };
    }
    alphabetic(&sample)
}

/// Whether a tag is of Chinese in any form: `zh`, `zh-Hans`, `zh-TW`, `cmn`, `yue`.
pub fn is_chinese(tag: &str) -> bool {
    let primary = tag.split('-').next().unwrap_or(tag);
    ["zh", "cmn", "yue"]
        .iter()
        .any(|known| primary.eq_ignore_ascii_case(known))
}

/// A tag in its usual case (`zh_hans` → `zh-Hans`), or `None` when it is none.
pub fn canonical(tag: &str) -> Option<String> {
    let subtags: Vec<&str> = tag.trim().split(['-', '_']).collect();
    let valid = tag.len() <= 35
        && subtags
            .iter()
            .all(|s| (1..=8).contains(&s.len()) && s.chars().all(|c| c.is_ascii_alphanumeric()))
        && (2..=3).contains(&subtags[0].len())
        && subtags[0].chars().all(|c| c.is_ascii_alphabetic());
    valid.then(|| {
        let cased = subtags
            .iter()
            .enumerate()
            .map(|(place, subtag)| match subtag.len() {
                2 if place > 0 => subtag.to_ascii_uppercase(),
                4 if place > 0 && subtag.is_ascii() => {
                    let lower = subtag.to_ascii_lowercase();
                    lower[..1].to_ascii_uppercase() + &lower[1..]
                }
                _ => subtag.to_ascii_lowercase(),
            });
        cased.collect::<Vec<_>>().join("-")
    })
}

fn chinese(sample: &str) -> &'static str {
    let traditional = sample
        .chars()
        .filter(|c| dictionary::simplified_char(*c) != *c)
        .count();
    let simplified = sample.chars().filter(|c| SIMPLIFIED.contains(c)).count();
    // Some of the second kind (台, 后) are at home in both, none of the first.
    if traditional > 0 && traditional >= simplified {
        "zh-Hant"
    } else {
        "zh-Hans"
    }
}

/// The characters that another one is simplified to.
static SIMPLIFIED: LazyLock<HashSet<char>> = LazyLock::new(|| {
    ('\u{4e00}'..='\u{9fff}')
        .map(|c| (c, dictionary::simplified_char(c)))
        .filter(|(c, simple)| c != simple)
        .map(|(_, simple)| simple)
        .collect()
});

fn alphabetic(sample: &str) -> &'static str {
    let Some(info) = whatlang::detect(sample) else {
        return UNDETERMINED;
    };
    if info.is_reliable() {
        return tag(info.lang());
    }
    // Headlines and questions are short: trigrams guess, words know.
    match info.script() {
        Script::Latin if info.lang() == Lang::Eng || is_english(sample) => "en",
        Script::Latin if info.confidence() < 0.5 => UNDETERMINED,
        _ => tag(info.lang()),
    }
}

/// Words that hardly a short English text is without, and no other language has.
const ENGLISH: &[&str] = &[
    "the", "of", "to", "and", "for", "with", "by", "from", "how", "what", "who", "whom", "whose",
    "when", "where", "why", "which", "did", "does", "were", "would", "could", "should", "this",
    "there", "their", "about",
];

/// Whether a text has one of those words, or two and more of which each is English.
fn is_english(text: &str) -> bool {
    let words: Vec<String> = text
        .split(|c: char| !(c.is_alphabetic() || c == '\''))
        .map(|word| word.trim_matches('\'').to_lowercase())
        .filter(|word| !word.is_empty())
        .collect();
    let known = |word: &String| word.is_ascii() && gloss::is_english(word);
    words.iter().any(|word| ENGLISH.contains(&word.as_str()))
        || words.len() > 1 && words.iter().all(known)
}

/// whatlang speaks ISO 639-3; BCP 47 wants the two-letter code where there is one.
fn tag(lang: Lang) -> &'static str {
    match lang {
        Lang::Eng => "en",
        Lang::Rus => "ru",
        Lang::Cmn => "zh-Hans",
        Lang::Spa => "es",
        Lang::Por => "pt",
        Lang::Ita => "it",
        Lang::Ben => "bn",
        Lang::Fra => "fr",
        Lang::Deu => "de",
        Lang::Ukr => "uk",
        Lang::Kat => "ka",
        Lang::Ara => "ar",
        Lang::Hin => "hi",
        Lang::Jpn => "ja",
        Lang::Heb => "he",
        Lang::Yid => "yi",
        Lang::Pol => "pl",
        Lang::Amh => "am",
        Lang::Jav => "jv",
        Lang::Kor => "ko",
        Lang::Nob => "nb",
        Lang::Dan => "da",
        Lang::Swe => "sv",
        Lang::Fin => "fi",
        Lang::Tur => "tr",
        Lang::Nld => "nl",
        Lang::Hun => "hu",
        Lang::Ces => "cs",
        Lang::Ell => "el",
        Lang::Bul => "bg",
        Lang::Bel => "be",
        Lang::Mar => "mr",
        Lang::Kan => "kn",
        Lang::Ron => "ro",
        Lang::Slv => "sl",
        Lang::Hrv => "hr",
        Lang::Srp => "sr",
        Lang::Mkd => "mk",
        Lang::Lit => "lt",
        Lang::Lav => "lv",
        Lang::Est => "et",
        Lang::Tam => "ta",
        Lang::Vie => "vi",
        Lang::Urd => "ur",
        Lang::Tha => "th",
        Lang::Guj => "gu",
        Lang::Uzb => "uz",
        Lang::Pan => "pa",
        Lang::Aze => "az",
        Lang::Ind => "id",
        Lang::Tel => "te",
        Lang::Pes => "fa",
        Lang::Mal => "ml",
        Lang::Ori => "or",
        Lang::Mya => "my",
        Lang::Nep => "ne",
        Lang::Sin => "si",
        Lang::Khm => "km",
        Lang::Tuk => "tk",
        Lang::Aka => "ak",
        Lang::Zul => "zu",
        Lang::Sna => "sn",
        Lang::Afr => "af",
        Lang::Lat => "la",
        Lang::Slk => "sk",
        Lang::Cat => "ca",
        Lang::Tgl => "tl",
        Lang::Hye => "hy",
        other => other.code(),
    }
}
