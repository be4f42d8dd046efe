//! Places of an English claim against those of Chinese sources.

use std::cell::LazyCell;
use std::ops::Range;

use super::{RENDERS, Reading, finding};
use crate::check::{Finding, FindingKind};
use crate::dictionary;
use crate::facts::gloss;
use crate::facts::name::{GAZETTEER, Mention, Place};
use crate::facts::text::{Text, is_han};
use crate::facts::{person, sound};

/// The places that the claim has in place of others that the sources name.
pub(super) fn compare(
    claim: &Reading,
    sources: &[Reading],
    near: &[Reading],
    mentions: &[Mention],
) -> Vec<Finding> {
    let gazetteer = &*GAZETTEER;
    let strange: Vec<_> = mentions
        .iter()
        .filter(|m| {
            let next = with_next(claim, m);
            let translations =
                LazyCell::new(|| [&m.name, &next].map(|name| translated(name)).concat());
            !sources.iter().any(|s| {
                s.names_any(&m.places)
                    || translations.iter().any(|word| s.contains(word))
                    || m.name
                        .split_once(' ')
                        .is_some_and(|(of, _)| s.names_any(gazetteer.english(of)))
                    || m.places.iter().any(|p| means(s, gazetteer.place(*p)))
                    || m.name.split(' ').all(|w| s.says(w))
                    || sound::is_pinyin_of(&m.name.replace(' ', ""), &s.text)
                    || sounds_like(s, &m.name)
                    || sound::directed(&m.name, &s.text)
                    || m.name == "african" && claim.text.has(m.span.end, "-American")
            })
        })
        .collect();
    if strange.is_empty() {
        return Vec::new();
    }
    let unmatched = near
        .iter()
        .find_map(|s| unmatched_place(claim, mentions, s).map(|span| (s, span)));
    strange
        .iter()
        .filter_map(|m| match &unmatched {
            Some((source, span)) => Some(finding(claim, &m.span, source, span)),
            None => is_at_odds(&m.places, sources).then(|| {
                let said = claim.quote(&m.span);
                Finding {
                    kind: FindingKind::Name,
                    detail: format!("The source does not name {said}."),
                    claim: said,
                    source: String::new(),
                }
            }),
        })
        .collect()
}

/// Whether a place is at odds with sources by itself that do not name it in any way: a country,
/// and a province, a city or a county of China, unless they speak of one without its name
/// (我省) or with a character of it (广深港).
fn is_at_odds(places: &[usize], sources: &[Reading]) -> bool {
    let say = |word: &str| sources.iter().any(|s| s.contains(word));
    let country = || places.iter().any(|p| GAZETTEER.is_country(*p));
    let province = || places.iter().any(|p| GAZETTEER.is_province(*p)) && !say("省");
    let city = || {
        let cities: Vec<&str> = places.iter().filter_map(|p| GAZETTEER.city(*p)).collect();
        let short = |city: &&str| city.chars().next().is_some_and(|c| say(&c.to_string()));
        !cities.is_empty() && !cities.iter().any(short) && !OUR_CITY.iter().any(|word| say(word))
    };
    country() || province() || city()
}

/// What texts say of a city or a county whose name they leave out.
const OUR_CITY: &[&str] = &[
    "该市",
    "全市",
    "本市",
    "我市",
    "市内",
    "市民",
    "市委",
    "市政府",
    "市区",
    "该县",
    "全县",
    "本县",
    "我县",
    "县委",
    "县政府",
    "县城",
    "当地",
    "本地",
];

/// Characters to either side of a word that may belong to one name with it.
const MOST_LOOSE: usize = 5;
/// Words of such a name in the claim, and words of a claim that are looked at.
const MOST_NAMED: usize = 3;
const MOST_WORDS: usize = 60;
/// Places of a source that are looked at.
const MOST_PLACES: usize = 1_000;
/// No word of the dictionary is longer.
const MOST_WORD: usize = 20;

/// Places that news leaves unsaid or words otherwise.
const VAGUE: &[&str] = &[
    "欧洲",
    "亚洲",
    "非洲",
    "亚太",
    "大陆",
    "内地",
    "中东",
    "欧盟",
    "城区",
    "市区",
    "东区",
    "西区",
    "南区",
    "北区",
    "首都",
    "国会山",
];
/// Whether a Chinese word is of a place that texts leave unsaid or word otherwise.
pub(super) fn is_vague(word: &str) -> bool {
    VAGUE.contains(&word)
}

/// Words for the country that the news is from.
const HOME: &[&str] = &["我国", "全国", "国内"];
/// What an English text says of it.
const AT_HOME: &[&str] = &[
    "country",
    "nation",
    "domestic",
    "nationwide",
    "national",
    "our",
    "home",
    "mainland",
];

/// A place of the source that the claim does not name, or names less often.
fn unmatched_place(
    claim: &Reading,
    mentions: &[Mention],
    source: &Reading,
) -> Option<Range<usize>> {
    let places: Vec<(Range<usize>, &[usize])> = source
        .lexemes
        .iter()
        .filter(|l| !l.part && l.span.1 - l.span.0 >= 2 && is_han(source.text.at(l.span.0)))
        .filter_map(|l| {
            let word = source.text.slice(l.span.0..l.span.1);
            let places = GAZETTEER.chinese(&word);
            let home = HOME.contains(&word.as_str());
            let told = l.name || home || !word.ends_with('元') && GAZETTEER.lists_country(places);
            let unsaid =
                VAGUE.contains(&word.as_str()) || home && AT_HOME.iter().any(|w| claim.says(w));
            (told && !unsaid && !places.is_empty()).then_some((l.span.0..l.span.1, places))
        })
        .take(MOST_PLACES)
        .filter(|(span, _)| !is_part(claim, source, span))
        .collect();
    let named = |places: &[usize]| {
        let by_mention = |m: &&Mention| m.places.iter().any(|p| places.contains(p));
        let english = || places.iter().flat_map(|p| &GAZETTEER.place(*p).english);
        let worded = |e: &String| e.split(' ').all(|w| super::says_like(claim, w));
        let said = |e: &String| {
            let first = e.split(' ').next().unwrap_or_default();
            let root = first.get(..5).unwrap_or(first);
            let begins = claim
                .text
                .words
                .iter()
                .filter(|w| w.lower.starts_with(root));
            begins.count()
        };
        match mentions.iter().filter(by_mention).count() {
            0 => english().filter(|e| worded(e)).map(said).max().unwrap_or(0),
            count => count,
        }
    };
    let unnamed = |(span, places): &&(Range<usize>, &[usize])| {
        named(places) == 0 && !spells(claim, source, span)
    };
    if let Some((span, _)) = places.iter().find(unnamed) {
        return Some(span.clone());
    }
    let transcribed = person::people(&source.text, &source.lexemes)
        .into_iter()
        .find(|p| !p.chinese && !super::people::is_told(claim, &[], source, p));
    transcribed.map(|p| p.span).or_else(|| {
        let often = |wanted: &[usize]| {
            let same =
                |(_, places): &&(Range<usize>, &[usize])| places.iter().any(|p| wanted.contains(p));
            places.iter().filter(same).count()
        };
        places
            .iter()
            .find(|(_, p)| named(p) > 0 && often(p) > named(p))
            .map(|(span, _)| span.clone())
    })
}

/// Whether a word is part of a longer name that the claim has: 珀斯 of 科珀斯克里斯蒂.
fn is_part(claim: &Reading, source: &Reading, span: &Range<usize>) -> bool {
    let (start, end) = (span.start, span.end);
    let chars = &source.text.chars;
    let loose = |at: &usize| person::is_loose(&source.text, &source.lexemes, *at);
    let from = start - (0..start).rev().take(MOST_LOOSE).take_while(loose).count();
    let to = end
        + (end..chars.len())
            .take(MOST_LOOSE)
            .take_while(loose)
            .count();
    if (from, to) == (start, end) {
        return false;
    }
    let words = &claim.text.words;
    let named = |k: usize| {
        let last = (k..words.len() - 1)
            .take(MOST_NAMED - 1)
            .take_while(|next| claim.text.joined(*next) && words[next + 1].capital);
        let name = |last: usize| -> String { (k..=last).map(|w| claim.text.word(w)).collect() };
        let longer = last.map(|next| name(next + 1));
        [name(k)]
            .into_iter()
            .chain(longer)
            .any(|name| sound::likeness(&name, &chars[from..to]) >= RENDERS)
    };
    (0..words.len().min(MOST_WORDS)).any(|k| words[k].capital && named(k))
}

/// A name with the word that follows it: "kiwi fruit" is of no country.
fn with_next(claim: &Reading, mention: &Mention) -> String {
    let next = claim.text.word_after(mention.span.end);
    format!(
        "{} {}",
        mention.name,
        next.map_or("", |k| claim.text.word(k))
    )
}

/// The Chinese words of which a name is a whole sense: 韩半岛, but 火鸡 too.
fn translated(name: &str) -> Vec<&'static str> {
    // The dictionary answers with parts of a phrase too.
    let whole = |sense: &String| {
        let head = sense.split([',', '(', ';']).next().unwrap_or_default();
        head.trim().eq_ignore_ascii_case(name)
    };
    dictionary::by_english(name)
        .into_iter()
        .filter(|e| e.english.iter().any(whole))
        .map(|e| e.simplified)
        .filter(|word| word.chars().count() > 1)
        .collect()
}

/// Whether a source's words mean a place, or it has the first character of a Chinese one
/// (徐兰 for Xuzhou), one that is not in every other text.
fn means(source: &Reading, place: &Place) -> bool {
    const FREQUENT: &str = "上天南北东西中大海山江河广长新平安成三重四青云吉太石开保金高永和乐";
    // Chinese news leaves its own country unsaid: any word that is explained by it will do.
    let home = place.english.iter().any(|name| name == "china");
    let stems = if home { &source.stems } else { &source.named };
    let has = |w: &str| stems.binary_search(&gloss::stem(w)).is_ok();
    let short = |form: &str| {
        let first = form.chars().next().filter(|c| !FREQUENT.contains(*c));
        form.chars().count() <= 3 && first.is_some_and(|c| source.text.chars.contains(&c))
    };
    // The dictionary tells of loanwords from English and Japanese.
    const OF_WORDS: &[&str] = &[
        "english", "japanese", "french", "german", "russian", "american", "chinese",
    ];
    let names = place.english.iter();
    names
        .filter(|name| !OF_WORDS.contains(&name.as_str()))
        .any(|name| {
            name.split(' ').all(has)
                || name
                    .split_once(' ')
                    .is_some_and(|(first, _)| first.len() > 4 && first != "united" && has(first))
                || place
                    .chinese
                    .iter()
                    .any(|form| short(form) && sound::is_pinyin_of(name, &Text::new(form)))
        })
}

/// Whether some transcribing characters of a source sound like a name.
pub(super) fn sounds_like(source: &Reading, name: &str) -> bool {
    let text = &source.text;
    let name = name.replace(' ', "");
    let most = (name.len() / 2 + 2).min(8);
    if name.len() <= 3 {
        return false;
    }
    let heard = |span: Range<usize>| {
        let likeness = sound::likeness(&name, &text.chars[span.clone()]);
        likeness >= 0.9 && likeness > own_likeness(source, &span)
    };
    (0..text.chars.len()).any(|start| {
        (1..=most)
            .take_while(|n| sound::transcribes(text.at(start + n - 1)))
            .any(|n| n > 1 && heard(start..start + n))
    })
}

/// How much a word that shares a character with a span sounds like the place that it names itself: 柏林
/// is rather Berlin than Paris. Of a word that is no name nothing is heard.
fn own_likeness(source: &Reading, span: &Range<usize>) -> f32 {
    let near = span.start.saturating_sub(MOST_WORD)..span.end;
    let words = source.lexemes_in(&near).iter();
    words
        .filter(|l| !l.part && l.span.1 > span.start && l.span.1 - l.span.0 >= 2)
        .map(|l| {
            if !l.name {
                return f32::INFINITY;
            }
            let places = GAZETTEER.chinese(&source.text.slice(l.span.0..l.span.1));
            let names = places.iter().flat_map(|p| &GAZETTEER.place(*p).english);
            let heard = &source.text.chars[l.span.0..l.span.1];
            names
                .map(|name| sound::likeness(name, heard))
                .fold(0.0, f32::max)
        })
        .fold(0.0, f32::max)
}

/// Whether one of the claim's capitalised words is the pinyin of a span of a source.
fn spells(claim: &Reading, source: &Reading, span: &Range<usize>) -> bool {
    claim
        .text
        .words
        .iter()
        .any(|w| w.capital && sound::spells(w.lower.trim_end_matches("'s"), &source.text, span))
}
