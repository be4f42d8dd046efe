//! Markers in what models write, and quotations as they copy them.

use dragoman::answer::citation::{Markers, Token, strip};
use dragoman::article::slice;
use dragoman::extract::overlap::locate;
use proptest::prelude::*;

#[test]
fn markers_are_told_from_brackets() {
    let cases: &[(&str, &str, &[u32])] = &[
        ("a[1]b", "ab", &[1]),
        ("a[1,2]", "a", &[1, 2]),
        ("a[1、2] [3]", "a ", &[1, 2, 3]),
        ("a[1-3]", "a", &[1, 2, 3]),
        ("好【1】", "好", &[1]),
        ("好【2†source】", "好", &[2]),
        ("好［１，２］", "好", &[1, 2]),
        ("a[^1]", "a", &[1]),
        ("a[Source 2]", "a", &[2]),
        ("好[来源1]", "好", &[1]),
        ("好[來源 1][資料2]", "好", &[1, 2]),
        ("[2025] [年] [a1] []", "[2025] [年] [a1] []", &[]),
        ("[1-90]", "[1-90]", &[]),
        ("a [unclosed", "a [unclosed", &[]),
        ("[[1]]", "[]", &[1]),
    ];
    for (text, words, numbers) in cases {
        assert_eq!(strip(text), (words.to_string(), numbers.to_vec()), "{text}");
    }
}

#[test]
fn quotations_are_found_as_models_copy_them() {
    let text = "他说：“ＧＢ/Ｔ 99317，是新标准。”東昌府區葫蘆種植面積3萬餘畝，佔75%。";
    let found = |quote| locate(quote, text).map(|r| slice(text, r.start, r.end));
    assert_eq!(
        found("GB/T 99317 是新标准"),
        Some("ＧＢ/Ｔ 99317，是新标准")
    );
    assert_eq!(
        found("东昌府区葫芦种植面积3万余亩"),
        Some("東昌府區葫蘆種植面積3萬餘畝")
    );
    assert!(
        found("东昌府区的葫芦种植面积3万余亩，占75%").is_some(),
        "one character too many"
    );
    assert_eq!(found("青岛葫芦种植面积8万亩"), None);
    assert_eq!(found("。"), None);
}

proptest! {
    #[test]
    fn markers_are_the_same_wherever_the_pieces_end(
        parts in proptest::collection::vec(prop_oneof![
            Just("[1]"), Just("【２】"), Just("["), Just("]"), Just("[^3"), Just("好。"), Just("a b"), Just("[1,"), Just("😀"), Just("\n")], 0..14),
        size in 1usize..4,
    ) {
        let text: String = parts.concat();
        let chars: Vec<char> = text.chars().collect();
        let tokens = |pieces: Vec<String>| {
            let mut markers = Markers::default();
            let mut tokens: Vec<Token> = pieces.iter().flat_map(|p| markers.push(p)).collect();
            tokens.extend(markers.finish());
            tokens.into_iter().fold((String::new(), Vec::new()), |(mut words, mut all), token| {
                match token {
                    Token::Text(text) => words.push_str(&text),
                    Token::Marker(numbers) => all.extend(numbers),
                }
                (words, all)
            })
        };
        let pieces = chars.chunks(size).map(|c| c.iter().collect()).collect();
        prop_assert_eq!(tokens(pieces), strip(&text));
    }

    #[test]
    fn a_part_of_a_text_is_found_where_it_stands(text in "[a-z，。 东昌府區３3😀]{0,40}", from in 0usize..40, length in 0usize..20) {
        let quote = slice(&text, from, from + length);
        if let Some(range) = locate(quote, &text) {
            prop_assert!(range.start < range.end && range.end <= text.chars().count());
        }
    }
}
