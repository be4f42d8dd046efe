//! Text to weighted terms for BM25: words of Chinese by jieba in search mode,
//! stemmed words of English, codes kept whole, numbers by their value. Pure.

mod forms;

use std::collections::HashMap;
use std::sync::LazyLock;

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;

use crate::bridge::{self, Group};
use crate::dictionary::{self, JIEBA};
use crate::store::SparseVector;

/// Term frequency saturation of BM25 (Robertson & Zaragoza 2009).
const K1: f32 = 1.2;
/// How much a long passage is held against its terms.
const B: f32 = 0.6;
/// Terms of a usual passage; passages are cut to one size, so a constant serves.
const AVERAGE_TERMS: f32 = 160.0;
/// How often a term of the title counts.
const TITLE_WEIGHT: f32 = 1.0;
/// What another form of a number or a code counts in a query, beside its own words.
const FORM: f32 = 0.5;

static STEMMER: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::create(Algorithm::English));

/// Words that say nothing of what a text is about.
const STOP_WORDS: &[&str] = &[
    "的", "了", "在", "是", "和", "与", "及", "或", "等", "也", "都", "就", "而", "被", "把", "对",
    "为", "于", "以", "中", "上", "下", "之", "其", "并", "将", "从", "到", "个", "有", "这", "那",
    "吗", "呢", "吧", "啊", "哪", "什么", "哪些", "哪个", "怎么", "如何", "多少", "谁", "何时",
    "是否", "a", "an", "the", "of", "in", "on", "at", "to", "for", "and", "or", "is", "are", "was",
    "were", "be", "been", "by", "with", "as", "from", "that", "this", "it", "its", "what", "which",
    "who", "whom", "when", "where", "how", "why", "did", "do", "does", "has", "have", "had",
    "many", "much", "there", "their", "his", "her", "about", "into", "than", "will", "would",
    "can", "could",
];

/// Words that ask and say nothing of what about.
const ASKING: &[&str] = &[
    "时间", "地点", "日期", "名字", "哪里", "几", "哪家", "具体", "包括", "情况", "内容", "类型",
    "数量", "人数", "会", "总共", "共有", "一共", "达到", "讲述", "叫", "增长",
];

/// Loads the dictionaries, so that the first search is as fast as the next.
pub fn warm_up() {
    dictionary::warm_up();
    let _ = terms("预热 warm-up");
    bridge::warm_up();
}

/// Words of `text` in the sense of jieba's default mode, as byte slices of it.
pub fn words(text: &str) -> Vec<&str> {
    JIEBA
        .cut(text, true)
        .into_iter()
        .map(|token| token.word)
        .collect()
}

/// How often a Chinese word stands in jieba's corpus, about; more for what it cuts
/// off whole anyway.
pub fn frequency(word: &str) -> usize {
    JIEBA.suggest_freq(word)
}

/// How much a term tells apart, 0 to 1, by how rare it is in general.
pub fn rarity(term: &str) -> f32 {
    /// Words in the corpus that jieba's frequencies come from.
    const CORPUS: f32 = 6.0e7;
    if term.chars().any(|c| c.is_ascii_digit()) {
        return 0.9;
    }
    if term.is_ascii() {
        return 0.8;
    }
    let frequency = frequency(term) as f32;
    let rare = (CORPUS / (frequency + 1.0)).ln() / CORPUS.ln() * 1.3;
    let single = if term.chars().nth(1).is_none() {
        0.4
    } else {
        1.0
    };
    rare.clamp(0.0, 1.0) * single
}

/// Whether a term asks and says nothing of what about.
pub fn asks(term: &str) -> bool {
    ASKING.contains(&term)
}

/// The terms of `text` in order, folded (NFKC, lower case, simplified characters)
/// and without stop words; a term stands as often as it occurs.
pub fn terms(text: &str) -> Vec<String> {
    Terms::of(&fold(text)).words
}

/// What a term may be without a character that was glued to it, where jieba only guesses
/// it: 潘淑是 of 潘淑是谁 is 潘淑.
pub fn loosened(term: &str) -> Vec<&str> {
    const SHORTEST: usize = 3;
    let starts: Vec<usize> = term.char_indices().map(|(at, _)| at).collect();
    if starts.len() < SHORTEST || !term.chars().all(is_ideograph) || JIEBA.has_word(term) {
        return Vec::new();
    }
    vec![&term[..starts[starts.len() - 1]], &term[starts[1]..]]
}

/// The terms of a title, for [`document`].
pub fn title_terms(title: &str) -> Vec<String> {
    let Terms { mut words, pairs } = Terms::of(&fold(title));
    words.extend(pairs);
    words
}

/// What a folded text is found by, beside other forms of its numbers and codes.
#[derive(Default)]
struct Terms {
    /// Its words without stop words, in order.
    words: Vec<String>,
    /// Pairs of characters of the words that jieba only guesses: such a word, a name
    /// mostly, is cut otherwise where other characters stand around it.
    pairs: Vec<String>,
}

impl Terms {
    fn of(folded: &str) -> Terms {
        let mut terms = Terms::default();
        let mut rest = folded;
        while let Some(first) = rest.chars().next() {
            let kind = Kind::of(first);
            let end = rest
                .char_indices()
                .find(|(_, c)| Kind::of(*c) != kind)
                .map_or(rest.len(), |(at, _)| at);
            let (run, after) = rest.split_at(end);
            match kind {
                Kind::Han => han_terms(run, &mut terms),
                Kind::Code => code_terms(run, &mut terms.words),
                Kind::Other => {}
            }
            rest = after;
        }
        terms
            .words
            .retain(|term| !STOP_WORDS.contains(&term.as_str()));
        terms
    }
}

/// A text as the store wants it.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// BM25's document side: for each term `tf·(k1+1) / (tf + k1·(1-b+b·len/avg))`;
    /// the engine multiplies by the term's IDF.
    pub vector: SparseVector,
    /// Differs in few bits where texts share most terms (SimHash, Charikar 2002).
    pub simhash: u64,
}

/// Weighs the terms of a passage and of its article's title.
pub fn document(title_terms: &[String], text: &str) -> Document {
    let folded = fold(text);
    let Terms {
        words: mut body,
        pairs,
    } = Terms::of(&folded);
    let length = body.len() as f32;
    body.extend(pairs);
    body.extend(forms::forms(&folded));
    let mut frequencies: HashMap<u32, f32> = HashMap::with_capacity(body.len());
    let mut sums = [0_i32; 64];
    for term in &body {
        let hash = fnv1a_64(term.as_bytes());
        *frequencies.entry(index(hash)).or_default() += 1.0;
        for (bit, sum) in sums.iter_mut().enumerate() {
            *sum += if hash >> bit & 1 == 1 { 1 } else { -1 };
        }
    }
    for term in title_terms {
        *frequencies
            .entry(index(fnv1a_64(term.as_bytes())))
            .or_default() += TITLE_WEIGHT;
    }
    let norm = K1 * (1.0 - B + B * length / AVERAGE_TERMS);
    Document {
        vector: sparse(
            frequencies
                .into_iter()
                .map(|(index, tf)| (index, tf * (K1 + 1.0) / (tf + norm))),
        ),
        simhash: sums
            .iter()
            .enumerate()
            .fold(0, |hash, (bit, sum)| hash | u64::from(*sum > 0) << bit),
    }
}

/// BM25's query side: each term once, and beside them the terms of the other
/// language that they may stand for.
pub fn query_vector(query: &str) -> SparseVector {
    query_vector_with(query, &bridge::groups(query))
}

/// [`query_vector`] of a query whose groups are known.
pub fn query_vector_with(query: &str, groups: &[Group]) -> SparseVector {
    let place = |term: &str| index(fnv1a_64(term.as_bytes()));
    let mut weights: HashMap<u32, f32> = bridge::terms(groups)
        .iter()
        .map(|(term, weight)| (place(term), *weight))
        .collect();
    let folded = fold(query);
    let forms = forms::forms(&folded);
    weights.extend(forms.iter().map(|form| (place(form), FORM)));
    let Terms { words, pairs } = Terms::of(&folded);
    let words = words.iter().chain(&pairs);
    weights.extend(words.map(|word| (place(word), 1.0)));
    sparse(weights)
}

#[derive(PartialEq, Eq, Clone, Copy)]
enum Kind {
    Han,
    Code,
    Other,
}

impl Kind {
    fn of(c: char) -> Kind {
        match c {
            '\u{3400}'..='\u{9fff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{3ffff}'
            | '〇' => Kind::Han,
            _ if c.is_alphanumeric()
                || matches!(c, '-' | '/' | '.' | '+' | '#' | '_' | '\'' | '%') =>
            {
                Kind::Code
            }
            _ => Kind::Other,
        }
    }
}

/// A text in the form whose words are its terms: NFKC, lower case, simplified
/// characters.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        // Chinese characters are in normal form as they are, and most of a Chinese text.
        let end = rest
            .find(|c| is_ideograph(c) != is_ideograph(first))
            .unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        if is_ideograph(first) {
            folded.extend(run.chars().map(dictionary::simplified_char));
        } else if run.is_ascii() {
            folded.extend(run.chars().map(|c| c.to_ascii_lowercase()));
        } else {
            let compatible: String = run.nfkc().collect::<String>().to_lowercase();
            folded.push_str(&dictionary::to_simplified(&compatible.replace('’', "'")));
        }
        rest = after;
    }
    folded
}

fn is_ideograph(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

fn han_terms(run: &str, terms: &mut Terms) {
    for token in JIEBA.cut_for_search(run, true) {
        let word = token.word;
        terms.words.push(word.to_owned());
        if JIEBA.has_word(word) {
            continue;
        }
        let bounds: Vec<usize> = word
            .char_indices()
            .map(|(at, _)| at)
            .chain([word.len()])
            .collect();
        // A guess of two characters is its own pair.
        if bounds.len() > 3 {
            let pairs = bounds.windows(3).map(|bounds| &word[bounds[0]..bounds[2]]);
            // Search mode gives the pairs that are words by itself.
            let guessed = pairs.filter(|pair| !JIEBA.has_word(pair));
            terms.pairs.extend(guessed.map(str::to_owned));
        }
    }
}

/// A code such as `gb/t` or `5g-a` as a whole and by its parts; a word by its stem.
fn code_terms(run: &str, terms: &mut Vec<String>) {
    let trimmed = run.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '%' | '+' | '#'));
    let whole = trimmed.strip_suffix("'s").unwrap_or(trimmed);
    if whole.is_empty() {
        return;
    }
    let parts: Vec<&str> = whole
        .split(|c: char| !c.is_alphanumeric() && c != '.')
        .map(|part| part.trim_matches('.'))
        .filter(|part| !part.is_empty())
        .collect();
    if parts.len() > 1 || parts.first().is_some_and(|part| *part != whole) {
        terms.push(whole.to_owned());
    }
    for part in parts {
        if part.chars().all(|c| c.is_ascii_alphabetic()) {
            terms.push(STEMMER.stem(part).into_owned());
        } else {
            terms.push(part.to_owned());
        }
    }
}

fn sparse(weights: impl IntoIterator<Item = (u32, f32)>) -> SparseVector {
    let mut pairs: Vec<(u32, f32)> = weights.into_iter().collect();
    pairs.sort_unstable_by_key(|(index, _)| *index);
    let (indices, values) = pairs.into_iter().unzip();
    SparseVector { indices, values }
}

/// A term's place in the sparse vector: its hash folded to 32 bits, so that no
/// vocabulary has to be kept. Of a million terms some hundred share a place.
fn index(hash: u64) -> u32 {
    (hash ^ (hash >> 32)) as u32
}

/// FNV-1a, whose values never change, since they are stored.
fn fnv1a_64(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
