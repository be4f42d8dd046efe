//! What a model wrote, made whole: repetitions and cut ends left out.

use dragoman::phrase::whole_sentences;
use proptest::prelude::*;

#[test]
fn each_sentence_is_told_once_and_none_that_lacks_its_end() {
    let cases = [
        ("The team won. The team won.", Some("The team won.")),
        ("  One\nline  only ", Some("One line only")),
        (
            "It yields 16亿元。It yields 16亿元。",
            Some("It yields 16亿元。"),
        ),
        // A stop alone is often left out; a word that needs another is no end.
        ("The area is 3万余亩", Some("The area is 3万余亩")),
        ("The students of the institute won the", None),
        (
            "It opened in 1997. It was named by",
            Some("It opened in 1997."),
        ),
        // Nor is a sign that joins or opens.
        (
            "It opened in 1997. It holds the production and service-",
            Some("It opened in 1997."),
        ),
        ("它于1997年启用。校名是「", Some("它于1997年启用。")),
        ("He said “yes”", Some("He said “yes”")),
        ("種植面積3萬餘畝🙂", Some("種植面積3萬餘畝🙂")),
        ("…", None),
        ("", None),
    ];
    for (text, whole) in cases {
        assert_eq!(whole_sentences(text, 400).as_deref(), whole, "{text:?}");
    }
}

#[test]
fn a_statement_as_long_as_is_allowed_ends_with_its_last_whole_sentence() {
    let text = "Schools and firms opened 31 courses. They train welders, cutters and fitt";
    let longest = text.chars().count() + 3;
    assert_eq!(
        whole_sentences(text, longest).as_deref(),
        Some("Schools and firms opened 31 courses.")
    );
    assert_eq!(whole_sentences(text, 400).as_deref(), Some(text));
}

proptest! {
    #[test]
    fn made_whole_once_is_whole(text in "([a-zA-Z０-９ 「」“”。.!?！？〇萬亩🙂\n]|the |won ){0,60}", longest in 1usize..80) {
        let Some(once) = whole_sentences(&text, longest) else { return Ok(()) };
        prop_assert!(once.chars().any(char::is_alphanumeric));
        prop_assert!(once.chars().count() <= text.chars().count());
        prop_assert_eq!(once.trim(), once.as_str());
        // Nothing is cut off twice where there was room.
        if once.chars().count() + 12 < longest {
            prop_assert_eq!(whole_sentences(&once, longest), Some(once));
        }
    }
}
