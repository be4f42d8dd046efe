//! People of an English claim against those of Chinese sources.

use std::ops::Range;

use pinyin::ToPinyin;

use super::{RENDERS, Reading, finding};
use crate::check::Finding;
use crate::facts::gloss::{self, stem};
use crate::facts::mention::{self, Named};
use crate::facts::name::GAZETTEER;
use crate::facts::organisation::ORGANISATIONS;
use crate::facts::person::{self, Person};
use crate::facts::sound;

/// Two names in full that are as likely as this do, by the mean of their parts.
const WHOLE: f32 = 0.4;
/// Those that are less likely than this do not.
const FOREIGN: f32 = 0.0;

/// The people that the claim has in place of others whom the sources name.
pub(super) fn compare(
    claim: &Reading,
    sources: &[Reading],
    near: &[Reading],
    named: &[Named],
) -> Vec<Finding> {
    if named.is_empty() {
        return Vec::new();
    }
    let people = |s: &Reading| person::people(&s.text, &s.lexemes);
    // Chinese news leaves some foreign names in Latin letters.
    let latin = |s: &Reading| mention::people(&s.text, &GAZETTEER.mentions(&s.text));
    let told: Vec<(&Reading, Vec<Person>, Vec<Named>)> =
        sources.iter().map(|s| (s, people(s), latin(s))).collect();
    let strange: Vec<&Named> = named
        .iter()
        .filter(|n| {
            !told
                .iter()
                .any(|(source, people, latin)| knows(source, people, latin, claim, n))
        })
        .collect();
    if strange.is_empty() {
        return Vec::new();
    }
    let rivals: Vec<(&Reading, Person)> = near
        .iter()
        .flat_map(|source| {
            // AstraZeneca is nobody.
            let bodies = in_organisations(source);
            let person = move |p: &Person| !bodies[p.span.clone()].contains(&true);
            people(source)
                .into_iter()
                .filter(person)
                .map(move |p| (source, p))
        })
        .take(super::MOST)
        .filter(|(source, p)| !is_told(claim, named, source, p))
        .collect();
    let latin: Vec<(&Reading, Named)> = near
        .iter()
        .flat_map(|s| latin(s).into_iter().map(move |n| (s, n)))
        .take(super::MOST)
        .filter(|(s, n)| {
            let words = words(s, n);
            let told = |w: &&str| super::says_like(claim, w);
            !words.iter().any(told) || words.len() > 1 && !words.last().is_some_and(told)
        })
        .collect();
    let whole = |n: &Named| n.pinyin && n.words.len() > 1;
    let possible = strange
        .iter()
        .any(|n| whole(n))
        .then(|| possible(claim, named, near))
        .flatten();
    strange
        .iter()
        .filter_map(|n| {
            let rival = rivals
                .iter()
                .find(|(source, rival)| may_stand_for(claim, n, source, rival));
            let (source, right) = match rival {
                Some((source, rival)) => (*source, rival.span.clone()),
                None => possible.clone().filter(|_| whole(n)).or_else(|| {
                    latin
                        .iter()
                        .find(|(source, rival)| {
                            n.sure
                                || n.known
                                || n.words.len() > 1 && rival.words.len() > 1
                                || person::is_told_as_person(&source.text, &rival.span)
                        })
                        .map(|(source, rival)| (*source, rival.span.clone()))
                })?,
            };
            Some(finding(claim, &n.span, source, &right))
        })
        .collect()
}

/// Which characters of a text are part of an organisation's name.
fn in_organisations(reading: &Reading) -> Vec<bool> {
    let mut within = vec![false; reading.text.chars.len()];
    for organisation in ORGANISATIONS.mentions(&reading.text) {
        within[organisation.span].fill(true);
    }
    within
}

/// What may be names of the sources that the claim does not tell.
fn possible<'a>(
    claim: &Reading,
    named: &[Named],
    sources: &'a [Reading],
) -> Option<(&'a Reading, Range<usize>)> {
    sources.iter().find_map(|source| {
        let people = person::possible(&source.text, &source.lexemes).into_iter();
        let rival = people
            .take(super::MOST)
            .find(|p| !is_told(claim, named, source, p))?;
        Some((source, rival.span))
    })
}

/// Whether a name of the claim may have been put in the place of a person.
fn may_stand_for(claim: &Reading, named: &Named, source: &Reading, person: &Person) -> bool {
    let words = words(claim, named);
    let characters = &source.text.chars[person.span.clone()];
    // 黑田东彦 is read in Japanese, which no table tells; but 佩雷拉 is Pereira.
    let japanese = words.iter().all(|w| is_romaji(w))
        && (words.len() > 1 || !characters.iter().all(|c| sound::transcribes(*c)))
        && !characters.iter().any(|c| person::dot(*c));
    if japanese && !named.pinyin && !named.known {
        return false;
    }
    match (named.pinyin, person.chinese) {
        // A surname alone says less than a whole name.
        (true, true) => named.words.len() > 1 || named.sure && person.sure,
        (false, false) => person.sure || named.sure || named.known,
        (true, false) => named.words.len() > 1 && person.sure,
        // Foreigners with a Chinese name often keep the first sound of their own.
        (false, true) => {
            let begins = |c: char| c.to_pinyin().and_then(|p| p.plain().chars().next());
            let first = begins(source.text.at(person.span.start));
            let alike = words.iter().any(|w| w.chars().next() == first);
            named.sure && person.sure && !alike
        }
    }
}

/// Whether a word may be Japanese in Latin letters, whose characters are read in another way:
/// syllables of a vowel, most with a consonant before it, and n.
fn is_romaji(word: &str) -> bool {
    let mut rest = word;
    while !rest.is_empty() {
        let begin = rest.trim_start_matches(|c: char| !"aiueo".contains(c));
        let consonants = &rest[..rest.len() - begin.len()];
        let known = consonants.strip_prefix('n').unwrap_or(consonants);
        if begin.is_empty() {
            return matches!(consonants, "n");
        }
        if !known.is_empty() && !ONSETS.contains(&known) && !ONSETS.contains(&consonants) {
            return false;
        }
        rest = &begin[1..];
    }
    true
}

/// Consonants before a vowel in Japanese (Hepburn).
const ONSETS: &[&str] = &[
    "k", "g", "s", "z", "t", "d", "n", "h", "b", "p", "m", "y", "r", "w", "ky", "gy", "sh", "ch",
    "ny", "hy", "by", "py", "my", "ry", "j", "ts", "f", "kk", "ss", "tt", "pp", "ssh", "tch",
];

/// The words of a name in lower case that tell it from others.
fn words<'a>(text: &'a Reading, named: &Named) -> Vec<&'a str> {
    named
        .words
        .clone()
        .map(|k| text.text.word(k).trim_end_matches("'s"))
        .filter(|word| word.len() > 1)
        .collect()
}

/// Whether a source names a person of the claim, as far as can be told.
fn knows(
    source: &Reading,
    people: &[Person],
    latin: &[Named],
    claim: &Reading,
    named: &Named,
) -> bool {
    let words = words(claim, named);
    // Alma Artmane is not Alma Snell, but Dightman may be Dighman.
    let namesake = |other: &Named| {
        let theirs = self::words(source, other);
        let near = |a: &str, b: &str| b.contains(a) || sound::distance(a, b) * 3 <= a.len();
        let last = words.last().copied().unwrap_or_default();
        theirs.len() > 1
            && theirs.first() == words.first()
            && !theirs.iter().any(|theirs| near(last, theirs))
    };
    let in_full = words.len() > 1 && latin.iter().any(namesake);
    let said = if in_full {
        &words[words.len() - 1..]
    } else {
        &words[..]
    };
    if said.iter().any(|w| source.says(w) || misspells(source, w))
        || misspells(source, &words.concat())
    {
        return true;
    }
    if named.pinyin {
        return knows_pinyin(source, people, &words);
    }
    let text = &source.text;
    let whole: String = words.concat();
    let fits = |p: &Person, word: &str| match renders_whole(&words, source, &p.span) {
        Some(fit) => fit >= WHOLE,
        None => renders(word, source, &p.span) >= RENDERS,
    };
    words.is_empty()
        || said.iter().any(|word| {
            source.names(stem(word))
                || word.len() > 3 && sound::is_pinyin_of(word, text)
                || GAZETTEER
                    .person(word)
                    .iter()
                    .any(|form| source.contains(form))
                || people
                    .iter()
                    .any(|p| p.chinese && person::spells_surname(word, text, p) || fits(p, word))
        })
        || people
            .iter()
            .any(|p| sound::likeness(&whole, &text.chars[p.span.clone()]) >= RENDERS)
        || {
            // 雷克 of 杰夫·弗雷克 is not the Luke of Luke Walton.
            let other = |p: &&Person| {
                let fit = renders_whole(&words, source, &p.span);
                fit.is_some_and(|fit| fit < FOREIGN)
            };
            let others: Vec<&Range<usize>> = people.iter().filter(other).map(|p| &p.span).collect();
            said.iter().any(|word| {
                word.len() > 3
                    && (heard_anywhere(word, source, &others) || sound::directed(word, text))
            })
        }
}

/// Whether a Latin word of a Chinese source is a long name but for a letter in five: Bigorns
/// for Bighorns, LongTan for Long Tan.
fn misspells(source: &Reading, name: &str) -> bool {
    let near = |word: &str| sound::distance(word, name) * 5 <= name.len();
    let mut words = source.text.words.iter();
    name.len() > 4 && words.any(|w| w.lower.len().abs_diff(name.len()) < 3 && near(&w.lower))
}

/// Whether some characters of a source, be they a name or not, sound very much like a word;
/// but not those of names that are surely others.
fn heard_anywhere(word: &str, source: &Reading, others: &[&Range<usize>]) -> bool {
    let text = &source.text;
    let most = (word.len() / 2 + 2).min(6);
    let heard = |at: usize| {
        sound::transcribes(text.at(at)) && !others.iter().any(|other| other.contains(&at))
    };
    (0..text.chars.len()).any(|start| {
        heard(start)
            && (2..=most)
                .take_while(|n| heard(start + n - 1))
                .any(|n| sound::likeness(word, &text.chars[start..start + n]) >= 1.1)
    })
}

/// Whether a source has a Chinese name, given in pinyin, or one that is nearly so spelled.
fn knows_pinyin(source: &Reading, people: &[Person], words: &[&str]) -> bool {
    let text = &source.text;
    let (Some(first), Some(last)) = (words.first(), words.last()) else {
        return true;
    };
    let whole = words.concat();
    let turned = format!("{last}{}", words[..words.len() - 1].concat());
    let other = format!("{}{first}", words[1..].concat());
    let spelled = |name: &str| sound::is_pinyin_of(name, text);
    if spelled(&whole) || spelled(&turned) || spelled(&other) {
        return true;
    }
    people.iter().any(|p| {
        // 习主席
        if p.chinese && p.span.len() == 1 {
            return [first, last]
                .iter()
                .any(|w| person::spells_surname(w, text, p));
        }
        if !p.chinese {
            return renders(&whole, source, &p.span) >= 1.0;
        }
        let spellings = sound::spellings(text, &p.span);
        [&whole, &turned, &other].iter().any(|name| {
            spellings.iter().any(|s| {
                sound::distance(s, name) * 6 <= s.len()
                    || sound::romanised(s) == sound::romanised(name)
            })
        })
    })
}

/// How well a name of several words renders a transcribed one of several parts: both the
/// first and the last of either, in either order, or the whole. `None` where one of them is of one part.
fn renders_whole(words: &[&str], source: &Reading, span: &Range<usize>) -> Option<f32> {
    let characters = &source.text.chars[span.clone()];
    let parts: Vec<&[char]> = characters.split(|c| person::dot(*c)).collect();
    let ([first, .., last], [begin, .., end]) = (words, &parts[..]) else {
        return None;
    };
    let both = |one, other| (sound::likeness(first, one) + sound::likeness(last, other)) / 2.0;
    // Hungarians have their surname first.
    let parts = both(begin, end).max(both(end, begin));
    Some(parts.max(sound::likeness(&words.concat(), characters)))
}

/// How well a word renders the likeliest part of a transcribed name.
fn renders(word: &str, source: &Reading, span: &Range<usize>) -> f32 {
    let characters = &source.text.chars[span.clone()];
    characters
        .split(|c| person::dot(*c))
        .chain([characters])
        .map(|part| sound::likeness(word, part))
        .fold(-4.0, f32::max)
}

/// Whether the claim names a person of a source, as far as can be told.
pub(super) fn is_told(claim: &Reading, named: &[Named], source: &Reading, person: &Person) -> bool {
    let capitals: Vec<usize> = (0..claim.text.words.len())
        .filter(|k| claim.text.words[*k].capital)
        .collect();
    // What the dictionary tells of a name (特朗普: president of the US) counts for names only.
    let means = super::lexemes_within(source, &person.span)
        .into_iter()
        .any(|l| {
            let has = |k: usize| l.stems.binary_search(&stem(claim.text.word(k))).is_ok();
            l.span.1 - l.span.0 >= 2
                && if l.name {
                    named.iter().any(|n| n.words.clone().any(has))
                } else {
                    capitals.iter().any(|k| has(*k))
                }
        });
    if means {
        return true;
    }
    if person.chinese {
        let whole: Vec<String> = sound::spellings(&source.text, &person.span);
        return capitals.iter().any(|k| {
            let word = claim.text.word(*k).trim_end_matches("'s");
            match named.iter().find(|n| n.words.contains(k)) {
                Some(n) if n.pinyin => {
                    let words = words(claim, n);
                    let name = words.concat();
                    let turned = format!("{}{}", words[1..].concat(), words[0]);
                    whole.iter().any(|s| {
                        [&name, &turned]
                            .iter()
                            .any(|n| sound::distance(s, n) * 4 <= s.len())
                    })
                }
                _ => {
                    person::spells_surname(word, &source.text, person)
                        || sound::spells(word, &source.text, &person.span)
                }
            }
        });
    }
    let whole = |n: &Named| {
        sound::likeness(
            &words(claim, n).concat(),
            &source.text.chars[person.span.clone()],
        )
    };
    let of_a_name = |k: usize| named.iter().any(|n| n.words.contains(&k));
    let fits = |n: &Named| renders_whole(&words(claim, n), source, &person.span);
    let in_full = |k: usize| {
        let name = named.iter().find(|n| n.words.contains(&k));
        name.is_some_and(|n| fits(n).is_some())
    };
    let fit = named.iter().filter_map(fits).any(|fit| fit >= FOREIGN);
    fit || capitals.iter().filter(|k| !in_full(**k)).any(|k| {
        let word = claim.text.word(*k).trim_end_matches("'s");
        // "County" is no name: it must sound more like one.
        let least = if gloss::is_english(word) && !of_a_name(*k) {
            RENDERS
        } else {
            FOREIGN
        };
        word.len() > 1 && renders(word, source, &person.span) >= least
    }) || named.iter().any(|n| whole(n) >= FOREIGN)
}
