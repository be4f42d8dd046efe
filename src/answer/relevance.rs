//! Whether an answer is one: the evidence must speak of what the question names,
//! and a reply that says "the sources do not say" is no answer. Pure.

use super::source::{Source, about};
use crate::{
    bridge, dictionary,
    extract::overlap::{Words, differ},
    facts::gloss::{Stem, stem},
    language, latin, lexical, passage,
};

/// The least share of a question's words that the article must say, where both are in one
/// language.
const LEAST_COVERAGE: f32 = 0.34;
/// The same of all words that can be translated, where they are in two.
const LEAST_ACROSS: f32 = 0.4;

/// Whether the article of `source` speaks of what the question is about: every name and
/// number in it, what it quotes, and a fair part of its other words. Of several questions
/// in one, or of names between which it compares, one is enough.
pub(super) fn meets(question: &str, source: &Source<'_>, all: &[Source<'_>]) -> bool {
    let text = about(source, all);
    let across = differ(language::detect(question), &source.hit.language);
    questions(question)
        .into_iter()
        .any(|question| match across {
            true => meets_across(question, &text),
            false => meets_within(question, &text),
        })
}

/// The questions in one that each say what they are about; "And when?" does not.
fn questions(question: &str) -> Vec<&str> {
    const LEAST_TERMS: usize = 2;
    let says = |part: &&str| {
        let terms = lexical::terms(part);
        terms.iter().filter(|term| !lexical::asks(term)).count() >= LEAST_TERMS
    };
    let parts: Vec<&str> = question.split(['?', '？']).filter(says).collect();
    if parts.is_empty() {
        return vec![question];
    }
    parts
}

fn meets_within(question: &str, text: &str) -> bool {
    let (held, folded) = (Words::new(text, false), lexical::fold(text));
    let contains = |part: &str| part.chars().all(passage::is_cjk) && folded.contains(part);
    // A name that no dictionary has is cut otherwise in another sentence.
    let says = |term: &str| {
        held.say(term) || contains(term) || lexical::loosened(term).into_iter().any(contains)
    };
    let wanted = Words::new(question, false);
    let telling = || wanted.terms().filter(|term| !lexical::asks(term));
    let said = telling().filter(|term| says(term)).count();
    let quoted = quoted(question);
    let quoted_is_said = quoted.iter().all(|name| {
        folded.contains(&lexical::fold(name)) || Words::new(name, false).terms().all(says)
    });
    let named: Vec<Vec<String>> = compared(question)
        .iter()
        .map(|part| {
            lexical::terms(part)
                .into_iter()
                .filter(|t| is_name(t))
                .collect()
        })
        .collect();
    said as f32 >= LEAST_COVERAGE * telling().count() as f32
        && one_is_said(&named, |name| says(name))
        && quoted_is_said
}

/// Whether all names of one of the things that are compared are said, where any has names.
fn one_is_said(named: &[Vec<String>], says: impl Fn(&str) -> bool) -> bool {
    let mut names = named.iter().filter(|names| !names.is_empty()).peekable();
    names.peek().is_none() || names.any(|names| names.iter().all(|name| says(name)))
}

/// The parts of a question between which it compares, or which it names together.
fn compared(question: &str) -> Vec<&str> {
    const JOINING: &[&str] = &[
        "and", "or", "than", "versus", "还是", "還是", "和", "与", "與", "或", "或者", "比", "、",
    ];
    let mut parts = Vec::new();
    let mut start = 0;
    for word in lexical::words(question) {
        if JOINING.contains(&word) {
            // The words are slices of the question.
            let at = word.as_ptr() as usize - question.as_ptr() as usize;
            parts.push(&question[start..at]);
            start = at + word.len();
        }
    }
    parts.push(&question[start..]);
    parts
}

/// Words by which a question asks for a thing, and those by which it asks for more than one,
/// leaves a choice, or is one of yes and no.
const ASKING: &[&str] = &[
    "what", "which", "who", "whom", "whose", "when", "where", "why", "how",
];
const ASKING_HAN: &[&str] = &["谁", "什么", "哪", "何", "几", "多", "怎"];
const CHOOSING: &[&str] = &["and", "or", "both"];
const CHOOSING_HAN: &[&str] = &["吗", "是否", "有没有", "还是", "或", "和", "以及", "并"];
const OPENING_YES_OR_NO: &[&str] = &[
    "is", "are", "was", "were", "do", "does", "did", "has", "have", "had", "can", "could", "will",
    "would", "should", "may", "might",
];
/// Words that deny, which an answer may consist of.
const DENYING: &[&str] = &["no", "not", "none", "nobody", "nothing", "nowhere", "never"];
const DENYING_HAN: &[char] = &['没', '不', '未', '无'];

/// Whether a statement tells something that the question does not say itself: "A dam burst
/// in Qingpu." is no answer to which dam burst there.
pub(super) fn tells_more(question: &str, statement: &str) -> bool {
    let (asked, told) = (lexical::fold(question), lexical::fold(statement));
    let has = |text: &str, words: &[&str], han: &[&str]| {
        let mut tokens = text.split(|c: char| !c.is_ascii_alphabetic());
        tokens.any(|token| words.contains(&token)) || han.iter().any(|word| text.contains(word))
    };
    if !has(&asked, ASKING, ASKING_HAN)
        || has(&asked, CHOOSING, CHOOSING_HAN)
        || OPENING_YES_OR_NO.contains(&asked.split_whitespace().next().unwrap_or_default())
        || differ(language::detect(question), language::detect(statement))
        || has(&told, DENYING, &[])
        || told.contains("n't")
        || told.contains(DENYING_HAN)
    {
        return true;
    }
    let known: Vec<Stem> = lexical::terms(question).iter().map(|t| stem(t)).collect();
    // 10 is not said by 2010.
    let within = |term: &str| term.chars().nth(1).is_some() && term.chars().all(passage::is_cjk);
    let said = |term: &str| within(term) && asked.contains(term) || known.contains(&stem(term));
    lexical::terms(statement)
        .iter()
        .any(|term| !said(term) && !lexical::loosened(term).into_iter().any(said))
}

/// What a question has in quotation marks and is short enough for a name.
fn quoted(question: &str) -> Vec<String> {
    const LONGEST: usize = 12;
    const PAIRS: [(char, char); 4] = [('“', '”'), ('「', '」'), ('『', '』'), ('《', '》')];
    let within = |(open, close): (char, char)| {
        let parts = question.split(open).skip(1);
        parts.filter_map(move |part| part.split_once(close).map(|(name, _)| name.to_owned()))
    };
    let all = PAIRS.into_iter().flat_map(within);
    all.filter(|name| (1..=LONGEST).contains(&name.chars().count()))
        .collect()
}

fn meets_across(question: &str, text: &str) -> bool {
    let simplified = dictionary::to_simplified(text).to_lowercase();
    let translated = bridge::words_for_terms(question);
    let known: Vec<bool> = translated
        .iter()
        .filter(|(_, words)| !words.is_empty())
        .map(|(term, words)| {
            simplified.contains(term.as_str())
                || words
                    .iter()
                    .any(|word| simplified.contains(&word.to_lowercase()))
        })
        .collect();
    let said = known.iter().filter(|said| **said).count();
    if !known.is_empty() && (said as f32) < LEAST_ACROSS * known.len() as f32 {
        return false;
    }
    let held = Words::new(text, true);
    let parts = compared(question).into_iter().enumerate();
    let named: Vec<Vec<String>> = parts.map(|(k, part)| names(part, k == 0)).collect();
    one_is_said(&named, |name| says_across(text, &held, name))
}

/// Whether a text says that the sources do not answer.
pub(super) fn is_refusal(text: &str) -> bool {
    const SAYING: &[&str] = &[
        "sources do not",
        "sources don't",
        "source does not",
        "sources provided do not",
        "articles do not",
        "not mentioned in",
        "no information",
        "not provide",
        "cannot be answered",
        "cannot answer",
        "can't answer",
        "unable to answer",
        "没有提到",
        "沒有提到",
        "未提及",
        "未提到",
        "没有提供",
        "沒有提供",
        "没有相关",
        "沒有相關",
        "无法回答",
        "無法回答",
        "没有回答",
        "沒有回答",
        "无法确定",
    ];
    let lower = text.to_lowercase().replace('’', "'");
    lower.chars().count() < 400 && SAYING.iter().any(|saying| lower.contains(saying))
}

/// Names and codes of a part of an English question, which may open it: capitals within
/// a sentence, digits.
fn names(part: &str, opens: bool) -> Vec<String> {
    let mut names = Vec::new();
    let mut first = opens;
    for word in part.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '\''))) {
        let word = word
            .strip_suffix("'s")
            .unwrap_or(word)
            .trim_matches(['-', '\'']);
        if word.is_empty() {
            continue;
        }
        let capital = word.starts_with(char::is_uppercase);
        let code = word.chars().any(|c| c.is_ascii_digit());
        if (capital && !first && word.chars().count() > 1) || code {
            names.push(word.to_owned());
        }
        first = false;
    }
    names
}

/// Whether a Chinese text says an English name: by the dictionary, by its pinyin,
/// or as it is. A name that the dictionary does not know may be anything, and a common
/// word in capitals (`County`, `October`, `Third`) is put in many ways, so that the
/// absence of either proves nothing.
fn says_across(text: &str, held: &Words, name: &str) -> bool {
    if name.chars().all(|c| c.is_ascii_digit()) {
        return text.contains(name) || name.len() < 3;
    }
    let lower = name.to_lowercase();
    if text.to_lowercase().contains(&lower)
        || lexical::terms(name).iter().all(|term| held.say(term))
    {
        return true;
    }
    let simplified = dictionary::to_simplified(text);
    let mut entries = dictionary::by_english(name);
    entries.extend(dictionary::by_english(&lower));
    // Qingdao; Hong of Hong Kong is no 洪.
    let long = |entry: &dictionary::Entry| entry.simplified.chars().nth(1).is_some();
    let spelled_so = dictionary::by_pinyin(&lower).into_iter();
    entries.extend(spelled_so.filter(|entry| long(entry) && is_proper(entry)));
    entries.retain(|entry| entry.simplified.chars().all(passage::is_cjk));
    if entries.iter().any(|e| simplified.contains(e.simplified)) {
        return true;
    }
    let spelled = latin::from_chinese(text)
        .unwrap_or_default()
        .to_lowercase()
        .replace([' ', '\''], "");
    spelled.contains(&lower.replace(['-', '\''], "")) || !entries.iter().any(is_proper)
}

/// Whether a term names one thing among many: a number or code, or a Chinese word
/// that the dictionary spells with a capital.
fn is_name(term: &str) -> bool {
    if term.chars().any(|c| c.is_ascii_digit()) {
        return true;
    }
    term.chars().count() >= 2
        && term.chars().all(passage::is_cjk)
        && dictionary::readings(term)
            .first()
            .is_some_and(|r| r.starts_with(|c: char| c.is_ascii_uppercase()))
}

/// Whether the dictionary spells an entry with a capital.
fn is_proper(entry: &dictionary::Entry) -> bool {
    entry
        .pinyin_numbers
        .starts_with(|c: char| c.is_ascii_uppercase())
}
