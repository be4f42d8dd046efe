//! Names of people in a Chinese text: surname and given name, or transcribed.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::sync::LazyLock;

use pinyin::ToPinyin;

use super::gloss::Lexeme;
use super::name::GAZETTEER;
use super::sound;
use super::text::{Text, is_han};
use crate::dictionary::{self, JIEBA};

/// A person that a Chinese text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The characters of the name, of a transcribed one with its dots.
    pub span: Range<usize>,
    /// Whether it is a Chinese name, surname first; otherwise a transcribed one.
    pub chinese: bool,
    /// Whether a title, a verb of speaking or a list beside it says that it is a person.
    pub sure: bool,
}

/// Words by what they tell of a name, read once at first use.
static LISTS: LazyLock<HashMap<&str, Vec<&str>>> = LazyLock::new(|| {
    let lines = include_str!("person.txt")
        .lines()
        .filter(|line| !line.starts_with('#'));
    let lists = lines.filter_map(|line| line.split_once(' '));
    lists
        .map(|(list, words)| (list, words.split(' ').collect()))
        .collect()
});

fn list(name: &str) -> &'static [&'static str] {
    LISTS.get(name).map_or(&[], Vec::as_slice)
}

/// Surnames of one character.
static SURNAMES: LazyLock<HashSet<char>> =
    LazyLock::new(|| list("single").iter().flat_map(|s| s.chars()).collect());

/// Spellings of surnames besides Hanyu Pinyin, by their characters.
static SPELLINGS: LazyLock<HashMap<&str, Vec<&str>>> = LazyLock::new(|| {
    include_str!("surnames.txt")
        .lines()
        .filter(|l| !l.starts_with('#'))
        .filter_map(|line| line.split_once(' '))
        .map(|(surname, spellings)| (surname, spellings.split(' ').collect()))
        .collect()
});

/// Surnames in pinyin.
static IN_PINYIN: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let all = list("single").iter().chain(list("double"));
    all.flat_map(|surname| {
        let text = Text::new(surname);
        sound::spellings(&text, &(0..text.chars.len()))
    })
    .collect()
});

/// Whether a lower-case Latin word is the pinyin of a surname.
pub fn is_surname(word: &str) -> bool {
    IN_PINYIN.contains(word)
}

/// Whether a lower-case Latin word spells the surname that begins a Chinese name, in pinyin or
/// as it is spelled in Hong Kong, Taiwan, Singapore, Korea or Vietnam.
pub fn spells_surname(word: &str, text: &Text, person: &Person) -> bool {
    let Some(length) = surname(text, person.span.start) else {
        return false;
    };
    let end = person.span.start + length;
    let characters = text.slice(person.span.start..end);
    let own = sound::spelled(word, text, &(person.span.start..person.span.start + 1));
    own.is_some_and(|span| span.end == end)
        || SPELLINGS
            .get(characters.as_str())
            .is_some_and(|s| s.contains(&word))
}

/// The people that a Chinese text names, in order; `lexemes` are its words, in order too.
pub fn people(text: &Text, lexemes: &[Lexeme]) -> Vec<Person> {
    let words = Words::new(text, lexemes);
    // By their first character; no two of them overlap.
    let mut out: BTreeMap<usize, Person> = BTreeMap::new();
    let known = known(text, lexemes);
    for person in known
        .into_iter()
        .chain(chinese(text, &words))
        .chain(transcribed(text, lexemes))
    {
        let before = out.range(..person.span.end).rev();
        let rivals: Vec<usize> = before
            .take_while(|(_, p)| p.span.end > person.span.start)
            .map(|(start, _)| *start)
            .collect();
        let surer = |start: &usize| {
            let rival = &out[start];
            rival.sure && rival.span.len() >= person.span.len()
        };
        if !rivals.iter().any(surer) {
            for rival in &rivals {
                out.remove(rival);
            }
            out.insert(person.span.start, person);
        }
    }
    out.into_values().collect()
}

/// The words of a text by character.
struct Words {
    /// Length of the word that begins at a character, 0 where none does.
    length: Vec<usize>,
    /// Whether the dictionary has that word as a name only.
    name: Vec<bool>,
}

impl Words {
    fn new(text: &Text, lexemes: &[Lexeme]) -> Words {
        let mut words = Words {
            length: vec![0; text.chars.len()],
            name: vec![false; text.chars.len()],
        };
        for lexeme in lexemes.iter().filter(|l| !l.part) {
            words.length[lexeme.span.0] = lexeme.span.1 - lexeme.span.0;
            words.name[lexeme.span.0] = lexeme.name;
        }
        words
    }
}

/// The people whom the dictionary knows: words with years of life, or told to be names.
fn known(text: &Text, lexemes: &[Lexeme]) -> Vec<Person> {
    let lived = |sense: &str| {
        sense.split('(').skip(1).any(|part| {
            let year = part.trim_start_matches("c. ");
            year.len() > 4
                && year.is_char_boundary(4)
                && year[..4].bytes().all(|b| b.is_ascii_digit())
                && year[4..].starts_with(['-', '–'])
        })
    };
    lexemes
        .iter()
        .filter(|l| l.name && !l.part && l.span.1 - l.span.0 >= 2 && is_han(text.at(l.span.0)))
        // 彼得 of 彼得罗夫 is half a name.
        .filter(|l| !goes_on(text, lexemes, (l.span.0, l.span.1)))
        .filter_map(|l| {
            let word = text.slice(l.span.0..l.span.1);
            let entries = dictionary::entries(&word);
            let senses = || entries.iter().flat_map(|e| e.english);
            let event = |s: &String| {
                let head = s.split('(').next().unwrap_or_default();
                let mut words = head.split(|c: char| !c.is_alphabetic());
                words.any(|word| EVENTS.contains(&word.to_lowercase().as_str()))
            };
            let person = senses().any(|s| lived(s) && !event(s))
                || senses().next().is_some_and(|s| s.contains("name)"));
            // A transcribed name does not read like the one that the dictionary gives.
            let chinese = surname(text, l.span.0).is_some_and(|length| {
                let letters: String = senses()
                    .flat_map(|s| s.chars())
                    .filter(char::is_ascii_alphabetic)
                    .collect();
                // Jack Ma has his surname alone in common with 马云.
                let whole = if l.span.1 - l.span.0 == 2 {
                    l.span.0..l.span.0 + length
                } else {
                    l.span.0..l.span.1
                };
                let own: String = text.chars[whole]
                    .iter()
                    .filter_map(|c| Some(c.to_pinyin()?.plain()))
                    .collect();
                l.span.1 - l.span.0 <= 4 && letters.to_ascii_lowercase().contains(&own)
            });
            // 将军 is what generals are called.
            let title = list("before").contains(&word.as_str());
            (person && !title && GAZETTEER.chinese(&word).is_empty()).then_some(Person {
                span: l.span.0..l.span.1,
                chinese,
                sure: true,
            })
        })
        .collect()
}

/// What the dictionary gives years of besides people.
const EVENTS: &[&str] = &[
    "revolution",
    "war",
    "rebellion",
    "uprising",
    "dynasty",
    "movement",
    "period",
    "republic",
    "empire",
    "battle",
    "kingdom",
];

/// Whether a transcribing character is no part of a longer word; `lexemes` are in order.
pub fn is_loose(text: &Text, lexemes: &[Lexeme], at: usize) -> bool {
    let first = lexemes.partition_point(|l| l.span.0 < at);
    let mut here = lexemes[first..].iter().take_while(|l| l.span.0 == at);
    sound::transcribes(text.at(at)) && here.any(|l| l.span.1 == at + 1)
}

/// Whether transcribing characters of no word stand beside a word that may be transcribed itself.
fn goes_on(text: &Text, lexemes: &[Lexeme], (start, end): (usize, usize)) -> bool {
    // 欧阳 of 欧阳欣怡 is a surname.
    if surname(text, start) == Some(end - start) {
        return false;
    }
    let two = (end..end + 2).all(|at| sound::transcribes(text.at(at)));
    // 曼城队 is a team.
    let other = |at: &usize| !sound::transcribes(text.at(*at));
    sound::transcribes(text.at(start))
        && (start..end).filter(other).count() < 2
        && (two || is_loose(text, lexemes, end) || start > 0 && is_loose(text, lexemes, start - 1))
}

/// Names of a surname and one or two characters more.
fn chinese(text: &Text, words: &Words) -> Vec<Person> {
    let mut out: Vec<Person> = Vec::new();
    let mut i = 0;
    while i < text.chars.len() {
        let found = surname(text, i).and_then(|surname| {
            titled(text, words, i, surname).or_else(|| given(text, words, i, surname))
        });
        match found {
            Some((length, sure)) => {
                let span = i..i + length;
                i = span.end;
                let chinese = true;
                out.push(Person {
                    span,
                    chinese,
                    sure,
                });
            }
            None => i += words.length[i].max(1),
        }
    }
    out
}

/// What may be Chinese names of three characters, with nothing beside them to tell: a common
/// surname and two characters, none of them part of a word; and what jieba's model of unknown
/// words takes for a word that begins with a surname.
pub fn possible(text: &Text, lexemes: &[Lexeme]) -> Vec<Person> {
    const COMMON: usize = 60;
    let words = Words::new(text, lexemes);
    let common = |start: &usize| {
        let mut common = list("single").iter().take(COMMON);
        common.any(|s| s.starts_with(text.at(*start)))
    };
    let loose = (0..text.chars.len().saturating_sub(2)).filter(|start| {
        let part = |k: usize| {
            is_han(text.at(k)) && words.length[k] <= 1 && !NEVER_GIVEN.contains(text.at(k))
        };
        (*start..start + 3).all(part) && common(start) && !NEVER_LAST.contains(text.at(start + 2))
    });
    let loose = loose.map(|start| start..start + 3);
    let guessed = guessed(text).into_iter().filter(|span| {
        surname(text, span.start).is_some() && !NEVER_LAST.contains(text.at(span.end - 1))
    });
    let mut spans: Vec<Range<usize>> = loose.chain(guessed).collect();
    spans.sort_by_key(|span| span.start);
    spans
        .into_iter()
        .map(|span| Person {
            span,
            chinese: true,
            sure: false,
        })
        .collect()
}

/// Words that jieba has as names of people, and those of three characters that it guesses.
fn guessed(text: &Text) -> Vec<Range<usize>> {
    let plain: String = text.chars.iter().collect();
    let mut end = 0;
    let spans = JIEBA.tag(&plain, true).into_iter().map(|token| {
        let start = end;
        end += token.word.chars().count();
        (token, start..end)
    });
    spans
        .filter(|(token, span)| {
            let named = token.tag == "nr" && matches!(span.len(), 2 | 3);
            let unknown = span.len() == 3 && !JIEBA.has_word(token.word);
            (named || unknown) && token.word.chars().all(is_han)
        })
        .map(|(_, span)| span)
        .collect()
}

/// The length of a surname that a title follows: 李教授, 文先生.
fn titled(text: &Text, words: &Words, start: usize, surname: usize) -> Option<(usize, bool)> {
    let before = text.before(start);
    let apart =
        words.length[start] == surname && !sound::transcribes(before) && !before.is_ascii_digit();
    let follows = || {
        list("titled")
            .iter()
            .any(|title| text.has(start + surname, title))
    };
    (apart && follows()).then_some((surname, true))
}

/// Runs of transcribing characters.
fn transcribed(text: &Text, lexemes: &[Lexeme]) -> Vec<Person> {
    runs(text, lexemes)
        .into_iter()
        .map(|span| Person {
            // Only people have names of two parts, but for a ship or a brand now and then.
            sure: is_told_as_person(text, &span) || span.clone().any(|k| dot(text.at(k))),
            chinese: false,
            span,
        })
        .collect()
}

/// The length of the surname that begins at a character.
fn surname(text: &Text, i: usize) -> Option<usize> {
    if list("double").iter().any(|c| text.has(i, c)) {
        return Some(2);
    }
    SURNAMES.contains(&text.at(i)).then_some(1)
}

/// Characters with which a body or a place ends, and seldom a name.
const NEVER_LAST: &str = "报社会院队党省市县区镇村路街站店厂校台局部派系族语人国州河江湖岛山语";

/// Whether a title before or a verb of speaking after a span says that it names a person.
pub fn is_told_as_person(text: &Text, span: &Range<usize>) -> bool {
    led(text, text.back_spaces(span.start)) || followed(text, text.skip_spaces(span.end))
}

/// Whether a word that a name may follow ends just before a character.
fn led(text: &Text, at: usize) -> bool {
    list("before").iter().any(|word| text.ends(at, word))
}

/// Whether a word that may follow a name begins at a character.
fn followed(text: &Text, at: usize) -> bool {
    list("after").iter().any(|word| text.has(at, word))
}

/// Characters that are seldom part of a given name.
const NEVER_GIVEN: &str = "的了在是和与及说将被把对为从到于以等也都就不没我你他她它们这那其此年月日时分元个万亿余多名位人者次第";

/// The length of the name that begins at a surname, and whether it is sure to be one.
fn given(text: &Text, words: &Words, start: usize, surname: usize) -> Option<(usize, bool)> {
    // A surname within a word is none: 王 of 王国; but a word of two may be a name itself.
    let name =
        |from: usize| words.name[from] && GAZETTEER.chinese(&text.slice(from..from + 2)).is_empty();
    match words.length[start] {
        0 | 1 => {}
        2 if surname == 2 || name(start) => {}
        _ => return None,
    }
    let before = text.before(start);
    // 贾斯汀·托马斯 has no surname of ours.
    if dot(before) {
        return None;
    }
    let titled = list("before")
        .iter()
        .any(|word| word.len() > 3 && text.ends(start, word));
    let led = led(text, start) || !is_han(before) && !before.is_ascii_digit();
    let first = start + surname;
    // 周三, 周末: a day of the week.
    if text.at(start) == '周' && "一二三四五六日末边围年期岁".contains(text.at(first))
    {
        return None;
    }
    let mut best: Option<(usize, u32, bool)> = None;
    if "多余数几两亿千百十万一二三四五六七八九这那每各该".contains(before) && start > 0
    {
        return None;
    }
    for length in [2usize, 1] {
        let end = first + length;
        if NEVER_LAST.contains(text.at(end - 1)) {
            continue;
        }
        if (first..end).any(|k| !is_han(text.at(k)) || NEVER_GIVEN.contains(text.at(k)))
            || dot(text.at(end))
        {
            continue;
        }
        let followed = followed(text, end);
        // A name ends where a word does, but for a verb within what the dictionary took for
        // a word: 葛|平坦|言.
        let whole = (start..end).all(|k| k + words.length[k] <= end);
        if !(whole || followed && length == 1) {
            continue;
        }
        let loose = (first..end).all(|k| words.length[k] <= 1);
        let ends = followed || !is_han(text.at(end));
        let score = 2 * u32::from(led) + 2 * u32::from(ends) + u32::from(loose);
        if best.is_none_or(|(_, other, _)| score > other) {
            best = Some((length, score, led && ends || titled && loose));
        }
    }
    let (length, score, sure) = best?;
    (score >= 2).then_some((surname + length, sure))
}

/// Characters that are ordinary words but transcribe sounds in names of several parts: 大卫,
/// 彼得, 道格拉斯, 鲁滨逊, 普京.
const BESIDE_DOTS: &str = "大文卫力得可道让当来乐京立白牛滨逖迦蓉诗娥芭贞菈崔凡帝璐蔓纪俊依艺历杭雪灵盛钱露珊谟梭莲富哥简通素昌赞虎";

/// Characters of a part of a name at most, so that a text of nothing else is read but once.
const LONGEST_PART: usize = 12;

/// Runs of characters that look like a transcribed name: transcribing characters that are no
/// ordinary words, parts joined by dots.
fn runs(text: &Text, lexemes: &[Lexeme]) -> Vec<Range<usize>> {
    let mut ordinary = vec![false; text.chars.len()];
    // 彼得 of 彼得雷乌斯 and 贾斯汀 of 贾斯汀·托马斯, whose 得 and 汀 transcribe nothing elsewhere.
    let mut begun = vec![false; text.chars.len()];
    // One past the last character of the name that begins at a character.
    let mut name_from = vec![0; text.chars.len()];
    for lexeme in lexemes {
        let length = lexeme.span.1 - lexeme.span.0;
        let joined = dot(text.before(lexeme.span.0)) || dot(text.at(lexeme.span.1));
        if lexeme.name && !lexeme.part {
            if joined || goes_on(text, lexemes, lexeme.span) {
                begun[lexeme.span.0..lexeme.span.1].fill(true);
            } else {
                name_from[lexeme.span.0] = lexeme.span.1;
            }
        }
        let word = || text.slice(lexeme.span.0..lexeme.span.1);
        // 托马斯 is an island too, but not after a dot.
        let place = || !joined && !GAZETTEER.chinese(&word()).is_empty();
        if length >= 2 && !lexeme.part && (!lexeme.name || place()) {
            ordinary[lexeme.span.0..lexeme.span.1].fill(true);
        }
    }
    let run = |start: usize, beside_dots: bool| {
        let goes_on = |at: &usize| {
            let c = text.chars[*at];
            let sounds = sound::transcribes(c) || begun[*at];
            (sounds || beside_dots && BESIDE_DOTS.contains(c)) && !dot(c) && !ordinary[*at]
        };
        let most = if beside_dots {
            LONGEST_PART
        } else {
            text.chars.len()
        };
        let places = (start..text.chars.len()).take(most);
        start + places.take_while(goes_on).count()
    };
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut i = 0;
    while i < text.chars.len() {
        let start = i;
        let longer = run(start, true);
        i = if dot(text.before(start)) || dot(text.at(longer)) {
            longer
        } else {
            run(start, false)
        };
        let part = dot(text.before(start)) || dot(text.at(i));
        let named = i > start && name_from[start] == i;
        let context = || led(text, start) && followed(text, i);
        if i - start >= 3
            || i - start == 2 && (part || named || context())
            || i - start == 1 && part
        {
            match parts.last_mut() {
                Some(last) if last.end + 1 == start && dot(text.at(last.end)) => last.end = i,
                _ => parts.push(start..i),
            }
        }
        i = i.max(start + 1);
    }
    // 新 of 日报·新湖南
    parts.retain(|part| part.len() > 1);
    parts
}

/// Whether a character joins the parts of a transcribed name.
pub fn dot(c: char) -> bool {
    matches!(c, '·' | '•' | '・' | '‧' | '．')
}
