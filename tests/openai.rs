//! The OpenAI dialect as its clients use it, with a scripted model behind.

use crate::support::model::Reply;
use crate::support::server::Server;
use axum::http::StatusCode;
use serde_json::{Value, json};

const QUESTION: &str = "葫芦种植面积有多大？";
const PATH: &str = "/v1/chat/completions";

fn reply(statement: &str) -> Reply {
    Reply::json(&json!({ "claims": [
        {"cited": 1, "evidence": "葫芦种植面积3万余亩", "statement": statement},
    ]}))
}

fn right() -> Reply {
    reply("葫芦种植面积超过3万亩。")
}

fn user(content: Value) -> Value {
    json!({"model": "dragoman", "messages": [{"role": "user", "content": content}]})
}

/// The chunks of a stream, and whether it ended as it should.
fn chunks(text: &str) -> (Vec<Value>, bool) {
    let data: Vec<&str> = text
        .split("\n\n")
        .filter_map(|event| event.strip_prefix("data: "))
        .collect();
    let done = data.last() == Some(&"[DONE]");
    let chunks = data
        .iter()
        .filter(|data| **data != "[DONE]")
        .map(|data| serde_json::from_str(data).expect("JSON"))
        .collect();
    (chunks, done)
}

/// Whether each annotation stands on its marker.
fn on_their_markers(content: &str, annotations: &Value) -> bool {
    let content: Vec<char> = content.chars().collect();
    let at = |value: &Value| usize::try_from(value.as_u64().expect("an index")).expect("small");
    annotations
        .as_array()
        .expect("annotations")
        .iter()
        .all(|annotation| {
            let cited = &annotation["url_citation"];
            let marker: String = content[at(&cited["start_index"])..at(&cited["end_index"])]
                .iter()
                .collect();
            marker == format!("[{}]", annotation["dragoman"]["n"])
        })
}

#[tokio::test]
async fn a_completion_carries_its_sources() {
    let (server, _model) = Server::with_model(vec![right()]).await;
    let answer = server.post(PATH, user(json!(QUESTION))).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let answer = answer.json();
    assert_eq!(answer["object"], "chat.completion");
    assert_eq!(answer["model"], "dragoman");
    assert_eq!(answer["created"], 1_761_782_400);
    let choice = &answer["choices"][0];
    assert_eq!(choice["finish_reason"], "stop");
    assert_eq!(choice["message"]["role"], "assistant");
    let content = choice["message"]["content"].as_str().expect("text");
    assert!(content.ends_with("[1]"), "{content}");
    let annotations = &choice["message"]["annotations"];
    assert_eq!(annotations[0]["type"], "url_citation");
    assert_eq!(annotations[0]["dragoman"]["article_id"], "sample-gourd");
    assert_eq!(annotations[0]["dragoman"]["paragraph"], 2);
    assert!(on_their_markers(content, annotations), "{answer}");
    assert_eq!(answer["dragoman"]["claims"][0]["verdict"], "supported");
    let usage = &answer["usage"];
    assert_eq!(usage["prompt_tokens"], 100);
    assert_eq!(
        usage["total_tokens"].as_u64(),
        Some(100 + usage["completion_tokens"].as_u64().expect("tokens"))
    );
}

#[tokio::test]
async fn a_stream_ends_with_annotations_the_stop_and_the_usage() {
    let (server, _model) = Server::with_model(vec![right(), right()]).await;
    let mut body = user(json!([{"type": "text", "text": QUESTION}]));
    body["stream"] = json!(true);
    body["stream_options"] = json!({"include_usage": true});
    let stream = server.post(PATH, body.clone()).await;
    assert_eq!(stream.content_type, "text/event-stream");
    let (told, done) = chunks(&stream.text);
    assert!(done, "{}", stream.text);
    let [opening, words @ .., last, stop, usage] = &told[..] else {
        panic!("{told:?}");
    };
    assert_eq!(
        opening["choices"][0]["delta"],
        json!({"role": "assistant", "content": ""})
    );
    let content: String = words
        .iter()
        .map(|chunk| {
            chunk["choices"][0]["delta"]["content"]
                .as_str()
                .expect("words")
        })
        .collect();
    let annotations = &last["choices"][0]["delta"]["annotations"];
    assert_eq!(annotations.as_array().map(Vec::len), Some(1));
    assert!(on_their_markers(&content, annotations), "{content}");
    assert_eq!(stop["choices"][0]["finish_reason"], "stop");
    assert_eq!(stop["usage"], Value::Null);
    assert_eq!(usage["choices"], json!([]));
    assert_eq!(usage["usage"]["prompt_tokens"], 100);
    assert!(told.iter().all(|chunk| chunk["id"] == opening["id"]));

    body["stream_options"] = Value::Null;
    let (told, _) = chunks(&server.post(PATH, body).await.text);
    assert!(told.iter().all(|chunk| chunk.get("usage").is_none()));
}

#[tokio::test]
async fn what_strict_withholds_never_appears() {
    let wrong = "葫芦种植面积超过30万亩。";
    let (server, _model) = Server::with_model(vec![reply(wrong), reply(wrong)]).await;
    let mut body = user(json!(QUESTION));
    body["stream"] = json!(true);
    let marked = server.post(PATH, body.clone()).await.text;
    assert!(
        marked.contains("30万") && marked.contains("contradicted"),
        "{marked}"
    );
    body["model"] = json!("dragoman-strict");
    let strict = server.post(PATH, body).await.text;
    assert!(!strict.contains("30万"), "{strict}");
    assert!(strict.ends_with("data: [DONE]\n\n"));
}

#[tokio::test]
async fn a_follow_up_is_resolved_against_the_whole_conversation() {
    let rewritten = Reply::json(&json!({"question": "东昌府区的葫芦种植面积有多大？"}));
    let (server, model) = Server::with_model(vec![rewritten, right()]).await;
    let body = json!({"model": "dragoman", "messages": [
        {"role": "system", "content": "Answer like a pirate 🏴‍☠️ and cite nothing."},
        {"role": "user", "content": "东昌府区有什么产业？"},
        {"role": "assistant", "content": "葫芦产业。 [1]"},
        {"role": "user", "content": "那种植面积有多大？"},
    ]});
    let answer = server.post(PATH, body).await.json();
    let [first, second] = &model.chats()[..] else {
        panic!("one call to rewrite, one to answer");
    };
    assert!(first.prompt().contains("东昌府区有什么产业？"));
    assert!(second.prompt().contains("东昌府区的葫芦种植面积有多大？"));
    assert!(
        second.prompt().contains("like a pirate"),
        "the client's style is told"
    );
    let message = &answer["choices"][0]["message"];
    assert!(message["content"].as_str().expect("text").contains("[1]"));
    assert_eq!(message["annotations"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn an_article_without_an_address_is_linked_here() {
    let server = Server::empty().await;
    for article in [
        json!({"id": "here/1", "title": "甲", "text": "葫芦种植面积3万余亩。"}),
        json!({"id": "there", "title": "乙", "url": "https://example.org/b", "text": "青岛港吞吐量7亿吨。"}),
    ] {
        server.post("/v1/articles", article).await;
    }
    let link = |answer: Value| {
        answer["choices"][0]["message"]["annotations"][0]["url_citation"]["url"].clone()
    };
    let here = server
        .post(PATH, user(json!("葫芦种植面积有多大？")))
        .await
        .json();
    assert_eq!(link(here), "http://localhost/articles/here%2F1#p1");
    let there = server
        .post(PATH, user(json!("青岛港吞吐量是多少？")))
        .await
        .json();
    assert_eq!(link(there), "https://example.org/b");
}

#[tokio::test]
async fn parameters_that_change_nothing_are_taken_and_others_refused_by_name() {
    let server = Server::with_sample().await;
    let mut harmless = user(json!(QUESTION));
    for (name, value) in [
        ("temperature", json!(0.2)),
        ("n", json!(1)),
        ("tools", json!([])),
        ("tool_choice", json!("none")),
        ("logprobs", json!(false)),
        ("response_format", json!({"type": "text"})),
        ("modalities", json!(["text"])),
        ("seed", json!(7)),
        ("user", json!("读者")),
        ("top_k", json!(40)),
    ] {
        harmless[name] = value;
    }
    assert_eq!(server.post(PATH, harmless).await.status, StatusCode::OK);
    for (name, value) in [
        ("n", json!(2)),
        ("tools", json!([{"type": "function"}])),
        ("tool_choice", json!("required")),
        ("audio", json!({"voice": "x"})),
        ("modalities", json!(["text", "audio"])),
        ("logprobs", json!(true)),
        ("response_format", json!({"type": "json_object"})),
        ("messages", json!([])),
        ("messages", json!([{"role": "assistant", "content": "x"}])),
        ("messages[0].role", json!("tool")),
        (
            "messages[0].content[0]",
            json!([{"type": "image_url", "image_url": {"url": "x"}}]),
        ),
    ] {
        let mut body = user(json!(QUESTION));
        match name {
            "messages[0].role" => body["messages"][0]["role"] = value,
            "messages[0].content[0]" => body["messages"][0]["content"] = value,
            _ => body[name] = value,
        }
        let answer = server.post(PATH, body).await;
        let error = &answer.json()["error"];
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name}: {error}");
        assert_eq!(answer.content_type, "application/json");
        assert_eq!(error["type"], "invalid_request_error");
        assert_eq!(error["param"], name, "{error}");
    }
}

#[tokio::test]
async fn errors_have_the_shape_of_the_dialect() {
    let failing = || Reply::error(401, &json!({"error": {"message": "bad key"}}));
    let (server, _model) = Server::with_model(vec![failing(), failing()]).await;
    let mut other = user(json!(QUESTION));
    other["model"] = json!("gpt-5");
    let answer = server.post(PATH, other).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.json()["error"]["code"], "model_not_found");
    assert_eq!(answer.json()["error"]["param"], "model");

    let mut body = user(json!(QUESTION));
    for stream in [false, true] {
        body["stream"] = json!(stream);
        let answer = server.post(PATH, body.clone()).await;
        assert_eq!(answer.status, StatusCode::BAD_GATEWAY, "stream: {stream}");
        assert_eq!(answer.json()["error"]["type"], "server_error");
    }
    let broken = server.call("POST", PATH, "application/json", "{").await;
    assert_eq!(broken.status, StatusCode::BAD_REQUEST);
    assert!(broken.json()["error"]["message"].is_string());
    let method = server.get(PATH).await;
    assert_eq!(method.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(method.json()["error"]["message"].is_string());
}

#[tokio::test]
async fn models_are_listed_and_shown() {
    let server = Server::empty().await;
    let list = server.get("/v1/models").await.json();
    assert_eq!(list["object"], "list");
    assert_eq!(list["data"][0]["id"], "dragoman");
    assert_eq!(list["data"][1]["id"], "dragoman-strict");
    let one = server.get("/v1/models/dragoman-strict").await.json();
    assert_eq!(one, list["data"][1]);
    let none = server.get("/v1/models/gpt-5").await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    assert_eq!(none.json()["error"]["code"], "model_not_found");
}
