//! What a model replied, read: thinking cut out, JSON as far as it goes.

use dragoman::llm::{
    LanguageModel, json as json_text,
    openai::{OpenAiModel, OpenAiOptions},
    think::{ThinkFilter, strip_thinking},
};
use proptest::prelude::*;
use serde_json::json;

#[test]
fn settings_that_cannot_work_are_named() {
    let error = |options| OpenAiModel::new(options).unwrap_err().to_string();
    insta::assert_snapshot!(error(OpenAiOptions::new("localhost:11434", "", "m")), @r#"setting up the model: OPENAI_BASE_URL is "localhost:11434", not an address; write such as http://127.0.0.1:11434/v1"#);
    insta::assert_snapshot!(error(OpenAiOptions::new("http://localhost", "密码", "m")), @r#"setting up the model: OPENAI_API_KEY is "…", it holds characters that no key has; copy it again"#);
    let local = |url| {
        OpenAiModel::new(OpenAiOptions::new(url, "", "m"))
            .unwrap()
            .is_local()
    };
    assert!(
        local("http://127.0.0.1:1/v1") && local("http://localhost/v1") && local("http://[::1]/v1")
    );
    assert!(!local("https://api.deepseek.com") && !local("http://192.168.1.5/v1"));
}

#[test]
fn thinking_is_cut_out() {
    assert_eq!(strip_thinking("<think>嗯</think>\n\n好"), "好");
    assert_eq!(strip_thinking("嗯，他问的是…</think>好"), "好");
    assert_eq!(strip_thinking("好 <b> 2 < 3"), "好 <b> 2 < 3");
    assert_eq!(strip_thinking("好<thin"), "好<thin");
}

#[test]
fn json_is_read_as_far_as_it_goes() {
    let read = |text| json_text::read(text).map(|p| (p.value, p.complete));
    assert_eq!(
        read("Sure:\n{\"a\": [1, 2, ], \"b\": true}"),
        Some((json!({"a": [1, 2], "b": true}), true))
    );
    assert_eq!(
        read(r#"{"a": "他说"你好"了", "b": null}"#),
        Some((json!({"a": "他说\"你好\"了", "b": null}), true))
    );
    assert_eq!(
        read(r#"{"a": "x\u4f60\ud83d\ude00\"""#),
        Some((json!({"a": "x你😀\""}), false))
    );
    assert_eq!(read(r#"{"a": "x\ud83d"#), Some((json!({"a": "x"}), false)));
    assert_eq!(read(r#"{"a": 12"#), Some((json!({}), false)));
    assert_eq!(read(r#"{"a": "#), Some((json!({}), false)));
    assert_eq!(read("no"), None);
    assert!(
        read(&"[".repeat(100_000)).is_some(),
        "no stack is exhausted"
    );
}

proptest! {
    #[test]
    fn thinking_is_cut_out_wherever_the_pieces_end(
        parts in proptest::collection::vec(
            prop_oneof![Just("<think>"), Just("</think>"), Just("好"), Just("<"), Just("a b"), Just("think>")], 0..12),
        size in 1usize..5,
    ) {
        let text: String = parts.concat();
        let chars: Vec<char> = text.chars().collect();
        let run = |pieces: Vec<String>| {
            let mut filter = ThinkFilter::default();
            let mut out: String = pieces.iter().map(|p| filter.push(p)).collect();
            out.push_str(&filter.finish());
            out
        };
        let pieces = chars.chunks(size).map(|c| c.iter().collect()).collect();
        prop_assert_eq!(run(pieces), run(vec![text]));
    }

    #[test]
    fn whole_json_is_read_as_it_is_and_its_beginnings_are_read(
        text in "[a-z\"\\\\\\n你😀]{0,8}", number in any::<i32>(), flag in any::<bool>(), cut in 0usize..120,
    ) {
        let value = json!({"items": [{"text": text, "n": number}, flag, null], "b": {}});
        let written = serde_json::to_string_pretty(&value).unwrap();
        let read = json_text::read(&written).unwrap();
        prop_assert!(read.complete);
        prop_assert_eq!(read.value, value);
        let start: String = written.chars().take(cut).collect();
        if let Some(partial) = json_text::read(&start) {
            prop_assert_eq!(partial.complete, cut >= written.chars().count());
        }
    }

    #[test]
    fn nothing_makes_the_reader_fail(text in ".{0,200}") {
        let _ = json_text::read(&text);
        let _ = json_text::read(&format!("{{{text}"));
    }
}
