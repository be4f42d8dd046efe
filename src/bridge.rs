//! Words of one language to weighted words of the other, for lexical search. Pure.
//!
//! English goes to Chinese through CC-CEDICT turned round (phrases of up to four
//! words against its glosses), a table of countries, and the pinyin of names;
//! Chinese goes to English through the dictionary's own senses.

mod glosses;

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::dictionary;
use crate::lexical;
use glosses::{Candidate, GLOSSES};

/// A word or phrase of a query, and what may stand for it in the other language.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The query's own terms that it accounts for, as [`lexical::terms`] has them.
    pub terms: Vec<String>,
    /// Words of the other language, best first.
    pub alternatives: Vec<Alternative>,
}

/// A word of the other language.
#[derive(Debug, Clone, PartialEq)]
pub struct Alternative {
    /// The terms of the word; the last is the word itself.
    pub terms: Vec<String>,
    /// 0 to 1.
    pub weight: f32,
}

/// Words in a phrase at most.
const LONGEST_PHRASE: usize = 4;
/// Translations of a phrase at most.
const MOST_CANDIDATES: usize = 12;
/// Candidates less likely than this share of the best are left out.
const NEAR_BEST: f32 = 0.2;
/// A phrase with a translation at least this likely is translated as a whole.
const SURE: f32 = 0.5;
/// A phrase of several words says nothing through one less likely than this.
const LEAST_OF_PHRASE: f32 = 0.15;
/// How much the words of a phrase that is translated as a whole still count.
const WITHIN_PHRASE: f32 = 0.3;
/// A phrase counts by its words to this power.
const LENGTH_POWER: f32 = 0.5;
/// Candidates share a weight: each is divided by the sum of all to this power.
const SHARE_POWER: f32 = 0.3;
/// A word's parts and itself are divided by their number to this power.
const PART_POWER: f32 = 0.5;
/// Weight of a name found by its sound: such a match is seldom by chance.
const NAME: f32 = 1.2;
/// Of a word that reads like a name, and of a given name without its surname.
const LIKE_NAME: f32 = 0.4;
/// Names of people with one spelling at most.
const MOST_NAMES: usize = 200;
/// What the English senses of a Chinese word weigh: least, for texts in the
/// language of the question must not suffer.
const ENGLISH: f32 = 0.15;
/// English senses of a Chinese word at most.
const MOST_SENSES: usize = 4;
/// Alternatives below this share of the best do not cover a term.
const COVERS: f32 = 0.2;

/// Builds the tables, so that the first query is as fast as the next.
pub fn warm_up() {
    LazyLock::force(&GLOSSES);
    LazyLock::force(&COUNTRIES);
}

/// The terms of the other language that a query's groups stand for, each once, with
/// its weight beside 1 for a word of the query itself.
pub fn terms(groups: &[Group]) -> Vec<(String, f32)> {
    let mut weights: HashMap<String, f32> = HashMap::new();
    for group in groups {
        let mut best: HashMap<&str, f32> = HashMap::new();
        for alternative in &group.alternatives {
            let weight = alternative.weight / (alternative.terms.len() as f32).powf(PART_POWER);
            for term in &alternative.terms {
                let known = best.entry(term).or_default();
                *known = known.max(weight);
            }
        }
        for (term, weight) in best {
            *weights.entry(term.to_owned()).or_default() += weight;
        }
    }
    let mut terms: Vec<(String, f32)> = weights.into_iter().collect();
    terms.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    terms
}

/// For each of the query's own terms the words of the other language by which a text
/// says it: those likely enough.
pub fn words_for_terms(query: &str) -> HashMap<String, Vec<String>> {
    words_of(&groups(query))
}

/// [`words_for_terms`] of a query whose groups are known.
pub fn words_of(groups: &[Group]) -> HashMap<String, Vec<String>> {
    let mut words: HashMap<String, Vec<String>> = HashMap::new();
    for group in groups {
        let best = group
            .alternatives
            .iter()
            .map(|a| a.weight)
            .fold(0.0, f32::max);
        for term in &group.terms {
            words.entry(term.clone()).or_default().extend(
                group
                    .alternatives
                    .iter()
                    .filter(|alternative| alternative.weight >= COVERS * best)
                    .filter_map(|alternative| alternative.terms.last().cloned()),
            );
        }
    }
    words
}

/// The query's words and phrases, each with what may stand for it.
pub fn groups(query: &str) -> Vec<Group> {
    if query.chars().any(is_han) {
        from_chinese(query)
    } else {
        from_english(query)
    }
}

fn is_han(c: char) -> bool {
    matches!(c, '〇' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// A word of an English query.
struct Word {
    /// Lower case, without marks: `lü` is `lu`.
    plain: String,
    /// Its terms; none for a stop word.
    terms: Vec<String>,
    capital: bool,
    /// Whether it begins a clause.
    first: bool,
}

fn words(query: &str) -> Vec<Word> {
    let compatible: String = query.nfkc().collect::<String>().replace('’', "'");
    let mut words = Vec::new();
    let mut first = true;
    let mut rest = compatible.as_str();
    while let Some(start) = rest.find(char::is_alphanumeric) {
        first |= rest[..start].contains(['.', ',', ';', ':', '?', '!', '"', '(', ')']);
        let end = rest[start..]
            .find(|c: char| !c.is_alphanumeric() && c != '\'')
            .map_or(rest.len(), |length| start + length);
        let word = &rest[start..end];
        let word = word
            .strip_suffix("'s")
            .unwrap_or(word)
            .trim_end_matches('\'');
        words.push(Word {
            plain: word
                .to_lowercase()
                .nfd()
                .filter(|c| !is_combining_mark(*c))
                .collect(),
            terms: lexical::terms(word),
            capital: word.starts_with(char::is_uppercase),
            first,
        });
        first = false;
        rest = &rest[end..];
    }
    words
}

fn from_english(query: &str) -> Vec<Group> {
    let words = words(query);
    let mut groups = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let longest = (at + 1..words.len().min(at + LONGEST_PHRASE))
            .take_while(|next| !words[*next].first)
            .count()
            + 1;
        let mut used = 1;
        for length in (1..=longest).rev() {
            let phrase = &words[at..at + length];
            let Some((group, sure)) = translate(phrase) else {
                continue;
            };
            groups.push(group);
            if sure {
                if length > 1 {
                    groups.extend(phrase.iter().filter_map(within_phrase));
                }
                used = length;
                break;
            }
        }
        at += used;
    }
    groups
}

fn within_phrase(word: &Word) -> Option<Group> {
    let (mut group, _) = translate(std::slice::from_ref(word))?;
    for alternative in &mut group.alternatives {
        alternative.weight *= WITHIN_PHRASE;
    }
    Some(group)
}

/// What a phrase may stand for, and whether it does so as a whole.
fn translate(phrase: &[Word]) -> Option<(Group, bool)> {
    let (first, last) = (phrase.first()?, phrase.last()?);
    let digits = |word: &Word| word.plain.chars().all(|c| c.is_ascii_digit());
    if first.terms.is_empty() || last.terms.is_empty() || phrase.iter().all(digits) {
        return None;
    }
    let plain: Vec<&str> = phrase.iter().map(|word| word.plain.as_str()).collect();
    let terms: Vec<String> = phrase
        .iter()
        .flat_map(|word| word.terms.iter().cloned())
        .collect();
    let mut candidates = candidates(&plain, &terms);
    if phrase.len() > 1 {
        candidates.retain(|candidate| candidate.certainty >= LEAST_OF_PHRASE);
    }
    let best = candidates
        .first()
        .map_or(0.0, |candidate| candidate.certainty);
    candidates.retain(|candidate| candidate.certainty >= NEAR_BEST * best);
    let all: f32 = candidates.iter().map(|candidate| candidate.certainty).sum();
    let scale = (phrase.len() as f32).powf(LENGTH_POWER) / all.max(1.0).powf(SHARE_POWER);
    let mut alternatives: Vec<Alternative> = candidates
        .iter()
        .take(MOST_CANDIDATES)
        .map(|candidate| Alternative {
            terms: parts(candidate.word),
            weight: scale * candidate.certainty,
        })
        .collect();
    let names = if phrase.iter().all(|word| word.capital) {
        names(&plain)
    } else {
        Vec::new()
    };
    let sure = best >= SURE || (!names.is_empty() && phrase.len() > 1);
    alternatives.extend(names);
    (!alternatives.is_empty()).then_some((
        Group {
            terms,
            alternatives,
        },
        sure,
    ))
}

/// Chinese words for a phrase, the likeliest first.
fn candidates(plain: &[&str], terms: &[String]) -> Vec<Candidate> {
    if let Some(names) = COUNTRIES.get(&plain.join(" ")) {
        return names
            .iter()
            .map(|word| Candidate {
                word,
                certainty: 1.0,
            })
            .collect();
    }
    let stems: Vec<&str> = terms.iter().map(String::as_str).collect();
    GLOSSES.find(&stems)
}

/// The terms of a word, itself last; a character of a longer word says too little.
fn parts(word: &str) -> Vec<String> {
    let mut terms = lexical::terms(word);
    terms.retain(|term| term != word && term.chars().nth(1).is_some());
    terms.push(word.to_owned());
    terms
}

/// Characters that given names are made of, the usual ones.
const GIVEN: &str = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文华建国志红玲辉鹏飞玉萍龙海波斌宇浩凯健俊帆雪荣爱琴梅莉东林春晓燕新亮江云峰子轩怡佳欣雨晨思嘉欢婷博彬成诚德东栋凡福富刚光广国翰豪和恒宏洪鸿虎怀继嘉坚金锦进京晶景敬靖均康可乐雷力立利良琳凌璐鲁美萌民铭宁培琦琪奇启谦乾青清庆琼权全群仁瑞润睿森善少绍申生胜圣诗石世仕守书淑树帅双顺松素泰天田廷同彤万维卫蔚吴武希喜夏贤献翔祥向小孝兴星雄旭学雅岩彦炎阳瑶耀一依义艺亦毅益音银影永友有瑜宇玉钰元远月悦越岳跃云泽增展长昭哲珍真振震征正政之芝植智中忠仲洲珠竹卓兹紫宗祖尊佐";

/// Han words that a name in Latin letters may be: those the dictionary reads so,
/// and a surname with the usual characters of given names.
fn names(words: &[&str]) -> Vec<Alternative> {
    let joined = words.concat().replace('\'', "");
    if words.len() > 3 || GLOSSES.syllables(&joined).is_empty() {
        return Vec::new();
    }
    let mut names: Vec<Alternative> = Vec::new();
    // Without its marks, ü is u; the dictionary has it as u:.
    let rounded = joined.replace("lu", "lu:").replace("nu", "nu:");
    let spellings = if rounded == joined {
        vec![joined]
    } else {
        vec![joined, rounded]
    };
    for entry in spellings
        .iter()
        .flat_map(|spelling| dictionary::by_pinyin(spelling))
    {
        let known = names
            .iter()
            .any(|name| name.terms.last().is_some_and(|t| t == entry.simplified));
        if !known && entry.simplified.chars().nth(1).is_some() {
            let name = entry
                .pinyin_numbers
                .starts_with(|c: char| c.is_ascii_uppercase());
            let weight = if name { NAME } else { LIKE_NAME };
            names.push(Alternative {
                terms: parts(entry.simplified),
                weight,
            });
        }
    }
    if let Some((surname, given)) = words.split_first() {
        names.extend(people(surname, &given.concat().replace('\'', "")));
    }
    names
}

/// People of this surname and given name, with the usual characters.
fn people(surname: &str, given: &str) -> Vec<Alternative> {
    let mut people = Vec::new();
    let mut alone = Vec::new();
    for cut in GLOSSES.syllables(given) {
        let given_names: Vec<String> = match cut.as_slice() {
            [only] => given_characters(only)
                .into_iter()
                .map(String::from)
                .collect(),
            [first, second] => given_characters(first)
                .into_iter()
                .flat_map(|first| {
                    given_characters(second)
                        .into_iter()
                        .map(move |second| format!("{first}{second}"))
                })
                .collect(),
            _ => continue,
        };
        for family in GLOSSES.surnames(surname) {
            people.extend(given_names.iter().map(|given| Alternative {
                terms: vec![format!("{family}{given}")],
                weight: NAME,
            }));
        }
        if cut.len() == 2 && !people.is_empty() {
            alone.extend(given_names.into_iter().map(|given| Alternative {
                terms: vec![given],
                weight: LIKE_NAME,
            }));
        }
    }
    people.truncate(MOST_NAMES);
    alone.truncate(MOST_NAMES);
    people.extend(alone);
    people
}

fn given_characters(syllable: &str) -> Vec<char> {
    let mut found: Vec<char> = Vec::new();
    for entry in dictionary::by_pinyin(syllable) {
        let mut chars = entry.simplified.chars();
        if let (Some(c), None) = (chars.next(), chars.next())
            && GIVEN.contains(c)
            && !found.contains(&c)
        {
            found.push(c);
        }
    }
    found
}

/// Chinese names of countries by their English names, adjectives and capitals.
static COUNTRIES: LazyLock<HashMap<String, Vec<&'static str>>> = LazyLock::new(|| {
    let mut countries: HashMap<String, Vec<&'static str>> = HashMap::new();
    for line in include_str!("facts/countries.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        let Some((chinese, english)) = line.split_once('|') else {
            continue;
        };
        let forms: Vec<&'static str> = chinese
            .split(',')
            .filter(|form| form.chars().count() > 1)
            .take(2)
            .collect();
        for name in english.split(',') {
            let known = countries.entry(name.to_lowercase()).or_default();
            known.extend(&forms);
        }
    }
    countries
});

fn from_chinese(query: &str) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for term in lexical::terms(query) {
        if !term.chars().all(is_han) || groups.iter().any(|group| group.terms[0] == term) {
            continue;
        }
        let entries = dictionary::entries(&term);
        let senses = entries
            .iter()
            .flat_map(|entry| entry.english.iter().enumerate());
        let mut alternatives: Vec<Alternative> = Vec::new();
        for (place, sense) in senses {
            let sense = sense.strip_prefix("surname ").unwrap_or(sense);
            for gloss in glosses::pieces(sense) {
                let terms = lexical::terms(&gloss);
                if (1..=3).contains(&terms.len()) {
                    let weight = 1.0 / ((1 + place) * terms.len()) as f32;
                    alternatives.push(Alternative { terms, weight });
                }
            }
        }
        alternatives.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        alternatives.truncate(MOST_SENSES);
        let all: f32 = alternatives
            .iter()
            .map(|alternative| alternative.weight)
            .sum();
        for alternative in &mut alternatives {
            alternative.weight *= ENGLISH / all.max(1.0);
        }
        if let Some(name) = entries
            .iter()
            .find_map(|entry| spelled(entry.pinyin_numbers))
        {
            alternatives.push(Alternative {
                terms: vec![name],
                weight: ENGLISH,
            });
        }
        if !alternatives.is_empty() {
            groups.push(Group {
                terms: vec![term],
                alternatives,
            });
        }
    }
    groups
}

/// A name as it stands in English texts: `Dong1 chang1 fu3` is `dongchangfu`.
fn spelled(pinyin: &str) -> Option<String> {
    let name = pinyin.starts_with(|c: char| c.is_ascii_uppercase()) && pinyin.contains(' ');
    let letters: String = pinyin.chars().filter(char::is_ascii_alphabetic).collect();
    name.then(|| lexical::terms(&letters).pop()).flatten()
}
