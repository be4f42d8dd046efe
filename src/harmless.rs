//! Text of a model without what a reader's program would follow or draw: links,
//! images, tags, addresses, and characters that hide or turn round others. Pure.
//!
//! A model repeats what an article told it to write, so an address in an answer may
//! carry away a question, and an image is fetched without anybody's doing.

use std::{borrow::Cow, sync::LazyLock};

use regex::Regex;

/// `![words](address)` and `[words](address)`; the words are kept.
static LINK: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"!?\[([^\[\]]*)\]\([^()\s]*(?:\s[^()]*)?\)?"));

/// `[words]: address` at the start of a line, to which `[words]` elsewhere refers.
static DEFINITION: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?m)^[ \t]{0,3}\[[^\[\]]+\]:[ \t]*\S+.*$"));

/// A tag, also one that is not closed; `<3` and `a < b` are none.
static TAG: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"<[/!?]?[A-Za-z][^<>]*>?|<!--.*?(?:-->|$)"));

/// An address, as programs make links of them; ends where Chinese text goes on.
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)(?:[a-z][a-z0-9+.-]{1,15}://|www\.|(?:javascript|vbscript|mailto):|data:[a-z]+/)[^\s<>"'，。；：！？、（）「」『』“”》\p{Han}]*"#,
    )
});

/// What is left of a link whose address is gone.
static EMPTY: LazyLock<Regex> = LazyLock::new(|| pattern(r"!?\[\s*\]|\(\s*\)|（\s*）"));

/// `text` without what a program would follow or draw; markers such as `[1]` stay.
/// A text without any of it is given back as it is.
pub fn harmless(text: &str) -> Cow<'_, str> {
    let mut text = if text.chars().any(hides) {
        Cow::Owned(text.chars().filter(|c| !hides(*c)).collect())
    } else {
        Cow::Borrowed(text)
    };
    // What is taken out may join what stood around it to a new link.
    loop {
        let mut now = text.clone().into_owned();
        now = LINK.replace_all(&now, "$1").into_owned();
        now = DEFINITION.replace_all(&now, "").into_owned();
        now = TAG.replace_all(&now, "").into_owned();
        now = ADDRESS.replace_all(&now, "").into_owned();
        if now == *text {
            return text;
        }
        text = Cow::Owned(EMPTY.replace_all(&now, "").trim().to_owned());
    }
}

/// Where a link, a tag, an address or a hidden character may begin, or go on from what
/// came before.
static OPENING: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"\[|<(?:$|[A-Za-z/!?])|:(?:$|[^\s\d])|(?i:www(?:$|\.)|(?:javascript|vbscript|mailto):)",
        r"|[[\p{Cc}\p{Cf}\u{e0000}-\u{e0fff}]--[\n\t\r\u{200c}\u{200d}]]"
    ))
});

/// How many bytes of a text that is still being written can be shown: what comes after
/// them takes nothing of them away. `told` of them were shown already.
pub fn certain(text: &str, told: usize) -> usize {
    OPENING
        .find_iter(text)
        .find(|opening| opening.end() > told)
        .map_or(text.len(), |opening| opening.start().max(told))
}

/// What may be shown of `rest` after `told`, so that both together are harmless.
pub fn continuation(told: &str, rest: &str) -> String {
    let whole = format!("{told}{rest}");
    let clean = harmless(&whole);
    if let Some(rest) = clean.strip_prefix(told) {
        return rest.to_owned();
    }
    // What was told begins what is taken out now: the scheme of an address, say.
    let common: usize = told
        .chars()
        .zip(clean.chars())
        .take_while(|(a, b)| a == b)
        .map(|(c, _)| c.len_utf8())
        .sum();
    [harmless(rest), Cow::Borrowed(&clean[common..])]
        .into_iter()
        .find(|rest| {
            let joined = format!("{told}{rest}");
            harmless(&joined) == joined
        })
        .unwrap_or_default()
        .into_owned()
}

/// Characters that are not seen, or that turn round what is. Joiners are kept, as
/// Persian and emoji are written with them.
fn hides(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{feff}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{e0000}'..='\u{e0fff}')
        || (c.is_control() && !matches!(c, '\n' | '\t' | '\r'))
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("each pattern is used by a test")
}
