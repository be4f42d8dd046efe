//! Names of people in an English text: their capitals, and what stands beside them.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use super::gloss;
use super::name::{GAZETTEER, Mention};
use super::text::{Text, is_han};
use super::{date, person, sound};

/// A person named in Latin letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The words of the name.
    pub words: Range<usize>,
    /// Its characters.
    pub span: Range<usize>,
    /// Whether it is a Chinese name in pinyin, of surname and given name.
    pub pinyin: bool,
    /// Whether it is of the known given names and surnames.
    pub known: bool,
    /// Whether it is sure to be a person: by a title, a verb of speaking, or a known given name.
    pub sure: bool,
}

struct Lists {
    given: HashSet<&'static str>,
    surnames: HashSet<&'static str>,
}

static LISTS: LazyLock<Lists> = LazyLock::new(|| {
    let mut lines = include_str!("people.txt")
        .lines()
        .filter(|l| !l.starts_with('#'))
        .map(|line| line.split(' ').collect());
    Lists {
        given: lines.next().unwrap_or_default(),
        surnames: lines.next().unwrap_or_default(),
    }
});

/// Words before a name that say whose it is.
const TITLES: &[&str] = &[
    "president",
    "minister",
    "mr",
    "mrs",
    "ms",
    "miss",
    "dr",
    "sir",
    "lady",
    "lord",
    "secretary",
    "professor",
    "prof",
    "chancellor",
    "coach",
    "general",
    "king",
    "queen",
    "prince",
    "princess",
    "director",
    "spokesman",
    "spokeswoman",
    "spokesperson",
    "economist",
    "judge",
    "justice",
    "senator",
    "governor",
    "mayor",
    "captain",
    "actor",
    "actress",
    "singer",
    "author",
    "explorer",
    "astronaut",
    "analyst",
    "scientist",
    "chairman",
    "chairwoman",
    "chair",
    "premier",
    "reporter",
    "journalist",
    "correspondent",
    "by",
    "editor",
    "writer",
    "sen",
    "rep",
    "gov",
    "congressman",
    "congresswoman",
    "commissioner",
    "ambassador",
    "officer",
    "striker",
    "midfielder",
    "defender",
    "goalkeeper",
    "winger",
    "manager",
    "ceo",
    "founder",
    "expert",
    "researcher",
    "lawyer",
    "attorney",
    "representative",
    "pope",
    "detective",
    "sergeant",
    "lieutenant",
    "colonel",
    "major",
    "inspector",
    "doctor",
    "teacher",
    "student",
    "artist",
    "director-general",
    "named",
    "called",
    "wife",
    "husband",
    "son",
    "daughter",
    "brother",
    "sister",
    "father",
    "mother",
    "father-in-law",
    "leader",
    "candidate",
    "player",
    "quarterback",
    "champion",
    "footballer",
    "presenter",
    "star",
    "comrade",
    "principal",
    "dean",
    "academician",
    "host",
    "pilot",
    "farmer",
    "villager",
    "driver",
];

/// Words after a name that only a person can do.
const SPEECH: &[&str] = &[
    "said",
    "says",
    "told",
    "added",
    "believes",
    "expects",
    "argued",
    "claimed",
    "tweeted",
    "wrote",
    "explained",
    "stated",
    "announced",
    "noted",
    "recalled",
    "admitted",
    "insisted",
    "warned",
    "revealed",
    "emphasized",
    "stressed",
    "introduced",
    "pointed",
    "commented",
    "replied",
    "asked",
    "thinks",
    "hopes",
    "scored",
    "testified",
    "joked",
    "remembers",
    "confirmed",
    "suggested",
    "expressed",
    "mentioned",
    "declared",
    "denied",
    "tells",
    "adds",
    "vowed",
    "promised",
    "signed",
];

/// Verbs that show that the name before them is a subject.
const ACTS: &[&str] = &[
    "is", "was", "has", "had", "did", "does", "will", "would", "took", "made", "came", "went",
    "won", "lost", "became", "joined", "began", "played", "met", "also", "who", "could", "can",
    "then", "later",
];

/// Words that stand between the parts of a name.
const PARTICLES: &[&str] = &[
    "de", "van", "von", "der", "bin", "al", "da", "di", "la", "el", "del", "dos", "den", "le",
    "ibn", "y",
];

/// Words of the names of bodies, works and places, which no person's name has.
const NO_PERSON: &[&str] = &[
    "university",
    "company",
    "party",
    "committee",
    "street",
    "lake",
    "park",
    "institute",
    "river",
    "airport",
    "agency",
    "news",
    "league",
    "cup",
    "group",
    "bank",
    "school",
    "college",
    "hospital",
    "station",
    "road",
    "avenue",
    "bay",
    "island",
    "islands",
    "mountain",
    "mountains",
    "council",
    "court",
    "association",
    "organization",
    "organisation",
    "center",
    "centre",
    "department",
    "ministry",
    "office",
    "bureau",
    "commission",
    "government",
    "county",
    "province",
    "city",
    "district",
    "village",
    "town",
    "township",
    "state",
    "states",
    "republic",
    "kingdom",
    "union",
    "times",
    "post",
    "daily",
    "press",
    "tv",
    "television",
    "radio",
    "network",
    "plan",
    "project",
    "act",
    "law",
    "bill",
    "festival",
    "award",
    "awards",
    "prize",
    "games",
    "olympics",
    "olympic",
    "championship",
    "stadium",
    "square",
    "bridge",
    "tower",
    "hall",
    "museum",
    "library",
    "theater",
    "theatre",
    "church",
    "cathedral",
    "temple",
    "club",
    "team",
    "united",
    "fc",
    "corporation",
    "corp",
    "inc",
    "ltd",
    "co",
    "limited",
    "holdings",
    "technology",
    "technologies",
    "motors",
    "airlines",
    "airways",
    "railway",
    "highway",
    "house",
    "palace",
    "castle",
    "forest",
    "garden",
    "gardens",
    "valley",
    "canyon",
    "desert",
    "sea",
    "ocean",
    "beach",
    "port",
    "harbor",
    "harbour",
    "day",
    "week",
    "month",
    "year",
    "war",
    "revolution",
    "dynasty",
    "system",
    "program",
    "programme",
    "conference",
    "summit",
    "forum",
    "meeting",
    "treaty",
    "agreement",
    "pact",
    "fund",
    "foundation",
    "academy",
    "society",
    "federation",
    "alliance",
    "front",
    "army",
    "navy",
    "force",
    "forces",
    "police",
    "guard",
    "space",
    "international",
    "national",
    "world",
    "people",
    "chinese",
    "american",
    "british",
    "covid",
    "xinhua",
    "weibo",
    "wechat",
    "douyin",
    "bilibili",
    "twitter",
    "facebook",
    "google",
    "apple",
    "amazon",
    "microsoft",
    "tesla",
    "instagram",
    "youtube",
    "tiktok",
    "netflix",
    "huawei",
    "alibaba",
    "tencent",
    "ecns",
    "expo",
    "belt",
    "spirit",
    "class",
    "type",
    "model",
    "series",
    "edition",
    "version",
    "show",
    "prime",
    "bowl",
    "trophy",
    "medal",
    "hotel",
    "mall",
    "plaza",
    "market",
    "store",
    "app",
    "app's",
    "pro",
    "mini",
    "max",
    "plus",
    "ultra",
    "reserve",
    "zone",
    "area",
    "region",
    "base",
    "mission",
    "gate",
    "dam",
    "reservoir",
    "plateau",
    "basin",
    "peninsula",
    "strait",
    "canal",
    "line",
    "route",
    "mile",
    "arena",
    "lodge",
    "interstate",
];

/// Whether a lower-case word is a given name that is met with in English news.
pub fn is_given_name(word: &str) -> bool {
    LISTS.given.contains(word)
}

/// The people that an English text seems to name, in order; `places` are its mentions of places.
pub fn people(text: &Text, places: &[Mention]) -> Vec<Named> {
    let mut out = Vec::new();
    let mut k = 0;
    while k < text.words.len() {
        if !text.words[k].capital {
            k += 1;
            continue;
        }
        let end = run(text, k);
        out.extend(named(text, k..end, places));
        k = end;
    }
    out
}

/// One past the last word of the capitals that begin with word `k`.
fn run(text: &Text, k: usize) -> usize {
    let mut end = k + 1;
    let initial = |k: usize| text.words[k].end - text.words[k].start == 1;
    while end < text.words.len() {
        let close = text.joined(end - 1)
            || initial(end - 1)
                && text.slice(text.words[end - 1].end..text.words[end].start) == ". ";
        if !close || text.word(end - 1).ends_with("'s") {
            break;
        }
        if text.words[end].capital {
            end += 1;
        } else if text.at(text.words[end - 1].end) == '-'
            && text.words[end].start == text.words[end - 1].end + 1
        {
            // Jong-un, Kin-chung
            end += 1;
        } else if PARTICLES.contains(&text.word(end))
            && (1..=2).any(|n| {
                (0..n).all(|i| text.joined(end + i))
                    && text.words.get(end + n).is_some_and(|w| w.capital)
            })
        {
            end += 1;
        } else {
            break;
        }
    }
    end
}

/// The person that a run of capitals names, titles and other words before it taken off.
fn named(text: &Text, run: Range<usize>, places: &[Mention]) -> Option<Named> {
    let lists = &*LISTS;
    let bare = |k: usize| text.word(k).trim_end_matches("'s");
    let given = |k: usize| {
        lists.given.contains(bare(k))
            || !GAZETTEER.person(bare(k)).is_empty() && !gloss::is_english(bare(k))
    };
    let surname = |k: usize| lists.surnames.contains(bare(k));
    let place = |k: usize| {
        places
            .iter()
            .find(|m| m.span.contains(&text.words[k].start))
    };
    // A title, or else the first given name, is where the name begins: "US Secretary of State", "FAA
    // Administrator Steve Dickson".
    let foreign =
        |k: usize| text.word(k).len() > 2 && !gloss::is_english(bare(k)) && place(k).is_none();
    let title = run
        .clone()
        .rev()
        .skip(1)
        .find(|k| TITLES.contains(&bare(*k)));
    let mut start = title.map_or(run.start, |k| k + 1);
    let mut titled = title.is_some();
    if let Some(k) = (start..run.end.saturating_sub(1)).find(|k| given(*k))
        && !pinyin(text, start..run.end)
        && (start..k).all(|k| !foreign(k) || abbreviation(text, k))
    {
        start = k;
    }
    while start < run.end {
        let word = bare(start);
        let begins = start == run.start && starts_sentence(text, start);
        let drop = TITLES.contains(&word)
            || gloss::is_function_word(word) && word.len() > 2
            || word.len() < 2 && start + 1 == run.end
            || date::is_calendar_word(word)
            || place(start).is_some() && !given(start)
            || begins
                && gloss::is_english(word)
                && !given(start)
                && !(surname(start) && run.len() == 1);
        if !drop || pinyin(text, start..run.end) {
            break;
        }
        titled = TITLES.contains(&word);
        start += 1;
    }
    let words = start..run.end;
    if words.is_empty() || words.len() > 5 {
        return None;
    }
    // All capitals are an abbreviation or a headline.
    if words.clone().any(|k| abbreviation(text, k))
        || words.clone().any(|k| NO_PERSON.contains(&bare(k)))
    {
        return None;
    }
    let span = text.words[start].start..text.words[run.end - 1].end;
    if places
        .iter()
        .any(|m| m.span.start <= span.start && m.span.end >= span.end)
        && !(words.len() == 1 && surname(start) && titled)
    {
        return None;
    }
    let before =
        start > 0 && !starts_sentence(text, start) && TITLES.contains(&text.word(start - 1));
    let after = SPEECH.contains(&text.word(run.end)) && text.words[run.end].start <= span.end + 2;
    let context = titled || before || after;
    let long = |k: &usize| text.words[*k].end - text.words[*k].start > 1;
    let pinyin = pinyin(text, words.clone());
    let known = |k: usize| surname(k) || given(k);
    // "Brown did", "Brown's": more than an adjective at the head of a sentence.
    let acts = text.word(start).ends_with("'s") || ACTS.contains(&text.word(run.end));
    let sure = match words.len() {
        _ if pinyin => words.len() > 1 || context,
        1 => context && (foreign(start) || known(start)) || acts && known(start),
        _ => {
            given(start)
                && (surname(run.end - 1)
                    || words.clone().skip(1).filter(long).all(foreign)
                    || context)
                || context && words.clone().any(foreign)
        }
    };
    let likely = sure
        || match words.len() {
            1 if starts_sentence(text, start) => known(start) && foreign(start),
            1 => foreign(start) || surname(start),
            _ => words
                .clone()
                .filter(long)
                .all(|k| foreign(k) || given(k) || surname(k) || PARTICLES.contains(&bare(k))),
        };
    let known = words.clone().any(known);
    likely.then_some(Named {
        words,
        span,
        pinyin,
        known,
        sure,
    })
}

/// Whether a word is written in capitals: an abbreviation, or a headline's.
fn abbreviation(text: &Text, k: usize) -> bool {
    let word = &text.words[k];
    let letters = &text.chars[word.start..word.end];
    letters.len() > 1 && letters.iter().filter(|c| c.is_uppercase()).count() > letters.len() / 2 + 1
}

/// Whether a sentence or a quotation begins with word `k`.
pub fn starts_sentence(text: &Text, k: usize) -> bool {
    // A Latin word within Chinese has its capital for being a name.
    if is_han(text.at(text.skip_spaces(text.words[k].end))) {
        return false;
    }
    k == 0
        || matches!(
            text.before(text.back_spaces(text.words[k].start)),
            '.' | '!' | '?' | '"' | ':' | '“' | '”' | '\n' | '(' | ';'
        )
}

/// Surnames that are common words of English.
const COMMON: &[&str] = &[
    "he", "she", "you", "can", "long", "man", "hang", "ban", "an", "a", "bin", "die", "fan",
    "gang", "pan", "song", "sun", "tie", "wan",
];

/// Whether words are a Chinese name in pinyin: a surname and one or two syllables, in either
/// order, or a surname alone.
fn pinyin(text: &Text, words: Range<usize>) -> bool {
    let word = |k: usize| text.word(k).trim_end_matches("'s");
    if words.len() == 1 {
        return person::is_surname(word(words.start)) && !COMMON.contains(&word(words.start));
    }
    if !(2..=3).contains(&words.len()) {
        return false;
    }
    let (first, last) = (words.start, words.end - 1);
    let rest = |range: Range<usize>| -> String { range.map(word).collect() };
    let name = |surname: usize, given: Range<usize>| {
        let given = rest(given);
        person::is_surname(word(surname))
            && matches!(sound::syllables(&given), Some(1 | 2))
            && !(gloss::is_english(&given) && COMMON.contains(&word(surname)))
    };
    words.clone().all(|k| text.words[k].capital || k == last)
        && (name(first, first + 1..words.end) || name(last, first..last))
}
