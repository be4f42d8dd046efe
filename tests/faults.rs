//! What a reader hears when the model's server fails, in each way that real ones
//! do: the whole message, the same in an answer and at the end of a stream.

mod breaker;

use std::sync::Arc;
use std::time::Duration;

use crate::support::model::{self, ModelServer, Reply};
use crate::support::server::{Answer, Server, events};
use dragoman::app::Writer;
use dragoman::config::Fallback;
use dragoman::llm::openai::{OpenAiModel, OpenAiOptions, Timeouts};
use dragoman::llm::{LanguageModel, LlmError};
use serde_json::{Value, json};

const QUESTION: &str = "葫芦种植面积有多大？";
const CLAIM: &str = r#"{"claims": [{"cited": 1, "evidence": "葫芦种植面积3万余亩", "statement": "葫芦种植面积超过3万亩。"}]}"#;

fn event(choice: Value) -> String {
    json!({"choices": [choice]}).to_string()
}

fn typed(content_type: &str, body: &str) -> Reply {
    Reply::Http(
        200,
        vec![("content-type", content_type.to_owned())],
        body.to_owned(),
    )
}

fn use_model(server: &Server, options: OpenAiOptions) {
    let client = OpenAiModel::new(options).expect("good settings");
    server.app.set_writer(Writer::Model(Arc::new(client)));
}

/// Short enough for a test, long enough for a busy machine to answer.
fn hasty() -> Timeouts {
    Timeouts {
        first_token: Duration::from_millis(300),
        next_token: Duration::from_millis(300),
        ..Timeouts::default()
    }
}

async fn ask(server: &Server) -> Answer {
    server
        .post("/v1/ask", json!({ "question": QUESTION }))
        .await
}

async fn ask_streamed(server: &Server) -> Vec<(String, Value)> {
    let body = json!({ "question": QUESTION, "stream": true });
    let stream = server.post("/v1/ask", body).await;
    assert_eq!(stream.status, 200);
    events(&stream.text)
}

/// The problem in a few lines: what a program reads, then what a person does.
fn told(name: &str, answer: &Answer, url: &str) -> String {
    let problem = answer.json();
    let retry = match answer.headers.get("retry-after") {
        Some(after) => format!(", retry after {}", after.to_str().expect("digits")),
        None => String::new(),
    };
    format!(
        "{name}: {} {}{retry}\n  {}\n",
        problem["status"],
        problem["type"].as_str().expect("a type"),
        problem["detail"]
            .as_str()
            .expect("a detail")
            .replace(url, "URL"),
    )
}

/// Every way in which a server answers wrongly or not at all.
fn failures() -> Vec<(&'static str, Reply)> {
    let limited = |after: Option<&str>| {
        Reply::Http(
            429,
            after
                .map(|after| ("retry-after", after.to_owned()))
                .into_iter()
                .collect(),
            r#"{"error": {"message": "slow down"}}"#.into(),
        )
    };
    let begun = || event(json!({"delta": {"content": "{\"claims\": ["}}));
    vec![
        (
            "401",
            Reply::error(401, &json!({"error": {"message": "Incorrect API key"}})),
        ),
        (
            "403 in plain text",
            Reply::Http(403, vec![], "not for you".into()),
        ),
        (
            "404 model",
            Reply::error(
                404,
                &json!({"error": {"message": "model \"m\" not found, try pulling it first"}}),
            ),
        ),
        (
            "404 page",
            Reply::Http(404, vec![], "<html><body>404</body></html>".into()),
        ),
        ("429 for an hour", limited(Some("3600"))),
        ("429 for good", limited(None)),
        (
            "429 without credit",
            Reply::error(
                429,
                &json!({"error": {"message": "You exceeded your current quota"}}),
            ),
        ),
        (
            "500",
            Reply::error(500, &json!({"error": {"message": "CUDA out of memory"}})),
        ),
        (
            "502 of a proxy",
            Reply::Http(
                502,
                vec![("content-type", "text/html".into())],
                "<html>Bad Gateway</html>".into(),
            ),
        ),
        (
            "503 loading",
            Reply::error(
                503,
                &json!({"error": {"message": "Loading model", "code": 503}}),
            ),
        ),
        (
            "a login page",
            typed("text/html", "<!DOCTYPE html><html><title>Sign in</title>"),
        ),
        ("an empty body", typed("application/json", "")),
        ("text", typed("text/plain", "It works!")),
        (
            "other JSON",
            typed("application/json", r#"{"result": "fine"}"#),
        ),
        (
            "a choice that is odd",
            typed("application/json", r#"{"choices": ["yes"]}"#),
        ),
        ("closed at once", Reply::Closed),
        ("silent", Reply::Silent),
        (
            "stalled before a word",
            Reply::Stalled(vec![event(json!({"delta": {"role": "assistant"}}))]),
        ),
        ("stalled amid the answer", Reply::Stalled(vec![begun()])),
        ("broken amid the answer", Reply::Broken(vec![begun()])),
        ("ended without an end", Reply::events([begun()])),
        (
            "an error event amid the answer",
            Reply::events([
                begun(),
                json!({"error": {"code": 500, "message": "slot crashed"}}).to_string(),
            ]),
        ),
        (
            "no JSON amid the answer",
            Reply::events([begun(), "{oops".into()]),
        ),
        (
            "thinking without an answer",
            Reply::events([event(
                json!({"delta": {"content": "<think>嗯"}, "finish_reason": "length"}),
            )]),
        ),
        ("nothing but an end", Reply::events(["[DONE]".to_owned()])),
        (
            "a context that is too short",
            Reply::error(
                400,
                &json!({"error": {"type": "exceed_context_size_error", "message": "the request exceeds the available context size", "n_prompt_tokens": 9120, "n_ctx": 512}}),
            ),
        ),
        (
            "a request that it does not take",
            Reply::error(
                400,
                &json!({"error": {"message": "messages: role system is not supported"}}),
            ),
        ),
    ]
}

#[tokio::test]
async fn each_failure_of_a_model_server_is_told_whole() {
    let server = Server::with_sample().await;
    let mut text = String::new();
    for (name, reply) in failures() {
        let model = ModelServer::scripted(move |_| reply.clone()).await;
        let options = || OpenAiOptions {
            timeouts: hasty(),
            ..OpenAiOptions::for_testing(&model.url)
        };
        use_model(&server, options());
        let answer = ask(&server).await;
        assert!(answer.status.is_server_error(), "{name}: {}", answer.text);
        assert_eq!(answer.content_type, "application/problem+json", "{name}");
        text.push_str(&told(name, &answer, &model.url));
        // The same at the end of a stream, after what was found.
        use_model(&server, options());
        let events = ask_streamed(&server).await;
        assert_eq!(events.first().expect("an event").0, "hits", "{name}");
        let (last, problem) = events.last().expect("an event");
        assert_eq!(
            (last.as_str(), problem),
            ("error", &answer.json()),
            "{name}"
        );
    }
    insta::assert_snapshot!(text);
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_told_whole() {
    let server = Server::with_sample().await;
    let plain = ModelServer::informing(Vec::new()).await;
    let mut text = String::new();
    for (name, url) in [
        ("refused", model::nobody().await),
        ("no such host", "http://no-such-host.invalid/v1".to_owned()),
        ("no TLS there", plain.url.replace("http:", "https:")),
    ] {
        use_model(&server, OpenAiOptions::for_testing(&url));
        let answer = ask(&server).await;
        text.push_str(&told(name, &answer, &url));
    }
    insta::assert_snapshot!(text);
}

#[tokio::test]
async fn odd_streams_give_the_same_answer() {
    let server = Server::with_sample().await;
    let pieces: Vec<String> = CLAIM
        .chars()
        .collect::<Vec<_>>()
        .chunks(7)
        .map(|piece| piece.iter().collect())
        .collect();
    let said = |text: &str| event(json!({"delta": {"content": text}}));
    let each: Vec<String> = pieces.iter().map(|piece| said(piece)).collect();
    let ended = |mut events: Vec<String>| {
        events.push(event(json!({"delta": {}, "finish_reason": "stop"})));
        Reply::Events(events)
    };
    let so_far = (1..=pieces.len()).map(|n| said(&pieces[..n].concat()));
    let mut thinking = vec![said("<think>他问的是葫芦。[1]</thi"), said("nk>\n")];
    thinking.extend(each.clone());
    let empty_fields = each.iter().map(|event| {
        let mut event: Value = serde_json::from_str(event).expect("JSON");
        event["choices"][0]["finish_reason"] = json!("");
        event["usage"] = json!({});
        event.to_string()
    });
    // In UTF-8 each Chinese character is three bytes: pieces of four cut most of them.
    let bytes: Vec<u8> = each
        .iter()
        .chain([&"[DONE]".to_owned()])
        .flat_map(|data| format!("data: {data}\r\n\r\n").into_bytes())
        .collect();
    let cases = [
        ("as the protocol says", Reply::text(CLAIM)),
        ("cumulative", ended(so_far.collect())),
        ("thinking first", ended(thinking)),
        (
            "finish_reason and usage empty",
            Reply::Events(empty_fields.chain(["[DONE]".into()]).collect()),
        ),
        ("without [DONE]", ended(each.clone())),
        (
            "characters cut",
            Reply::Bytes(bytes.chunks(4).map(<[u8]>::to_vec).collect()),
        ),
        (
            "not streamed",
            typed(
                "application/json",
                &json!({"choices": [{"message": {"content": CLAIM}}], "usage": {}}).to_string(),
            ),
        ),
    ];
    for (name, reply) in cases {
        let model = ModelServer::replying([reply]).await;
        use_model(&server, OpenAiOptions::for_testing(&model.url));
        let answer = ask(&server).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.text);
        let answer = answer.json();
        assert_eq!(answer["answer"], "葫芦种植面积超过3万亩。[1]", "{name}");
        assert_eq!(answer["claims"][0]["verdict"], "supported", "{name}");
    }
}

#[tokio::test]
async fn json_that_a_server_does_not_write_is_asked_for_in_words() {
    let server = Server::with_sample().await;
    let model = ModelServer::scripted(|seen| {
        match seen.body["response_format"]["type"].as_str() {
            Some("json_schema") => Reply::error(400, &json!({"error": {"message": "'response_format.type' must be 'text' or 'json_object', not json_schema"}})),
            Some(_) => Reply::error(422, &json!({"detail": "response_format: extra inputs are not permitted"})),
            None => Reply::text(format!("```json\n{CLAIM}\n```")),
        }
    })
    .await;
    use_model(&server, OpenAiOptions::for_testing(&model.url));
    let answer = ask(&server).await.json();
    assert_eq!(answer["answer"], "葫芦种植面积超过3万亩。[1]");
    let formats: Vec<_> = model
        .chats()
        .iter()
        .map(|chat| chat.body["response_format"]["type"].clone())
        .collect();
    assert_eq!(
        formats,
        [
            json!("json_schema"),
            json!("json_schema"),
            json!("json_object"),
            Value::Null
        ]
    );
}

#[tokio::test]
async fn passages_are_left_out_until_the_prompt_fits() {
    let server = Server::with_sample().await;
    let too_long = json!({"error": {"message": "This model's maximum context length is 1500 tokens. However, your messages resulted in 2000 tokens."}});
    let model = ModelServer::replying([Reply::error(400, &too_long), Reply::text(CLAIM)]).await;
    use_model(&server, OpenAiOptions::for_testing(&model.url));
    let answer = server
        .post("/v1/ask", json!({"question": QUESTION}))
        .await
        .json();
    let prompts: Vec<usize> = model
        .chats()
        .iter()
        .map(|chat| chat.prompt().len())
        .collect();
    assert!(prompts[1] < prompts[0], "{prompts:?}");
    let notes = answer["notes"].to_string();
    assert!(
        notes.contains(" passages were read: more do not fit the model's context"),
        "{answer}"
    );
    assert_eq!(answer["claims"][0]["verdict"], "supported", "{answer}");
}

#[tokio::test]
async fn a_prompt_that_the_server_cuts_in_silence_is_noticed() {
    let server = Server::empty().await;
    // The scripted server counts 100 tokens whatever it is sent.
    for (id, place) in [("long", "东昌府区"), ("b", "苍南县"), ("c", "章丘区")] {
        let text: Vec<String> = (1..200)
            .map(|n| {
                format!("{place}葫芦种植面积{n}万余亩，产值达{n}亿元，{place}的{n}个村种葫芦。")
            })
            .collect();
        let article = json!({"id": id, "title": format!("{place}葫芦"), "text": text.concat()});
        assert_eq!(server.post("/v1/articles", article).await.status, 201);
    }
    let points = json!({"headline": "Gourds", "lead": {"paragraph": 1, "text": "Gourds cover over 30,000 mu."}, "sections": []});
    let model = ModelServer::scripted(move |seen| {
        if seen.prompt().contains("Question:") {
            Reply::text(CLAIM)
        } else {
            Reply::json(&points)
        }
    })
    .await;
    use_model(&server, OpenAiOptions::for_testing(&model.url));
    let answer = ask(&server).await.json();
    let notes = answer["notes"].to_string();
    assert!(
        notes.contains(
            "the model's server read only a part of the prompt; set its context length higher"
        ),
        "{answer}"
    );
    let brief = server.call("POST", "/v1/articles/long/brief", "", "").await;
    insta::assert_snapshot!("brief_of_a_cut_prompt", told("brief", &brief, &model.url));
    let article = server.get("/v1/articles/long").await.json();
    assert_eq!(article["brief_status"], "failed");
    assert_eq!(article["brief_error"], brief.json()["detail"]);
}

#[tokio::test]
async fn when_told_so_sentences_are_quoted_where_the_model_fails() {
    let server = Server::with_config(|config| config.model.fallback = Fallback::Extractive).await;
    server.fill().await;
    let model = ModelServer::scripted(|_| Reply::error(401, &json!({"error": "no key"}))).await;
    use_model(&server, OpenAiOptions::for_testing(&model.url));
    let answer = ask(&server).await.json();
    assert_eq!(answer["engine"], "extractive");
    assert_eq!(answer["abstained"], false);
    assert!(answer["answer"].as_str().expect("text").contains("3万余亩"));
    let notes: Vec<&str> = answer["notes"]
        .as_array()
        .expect("notes")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let note = notes.join("\n");
    insta::assert_snapshot!("fallback_note", note.replace(&model.url, "URL"));
    let events = ask_streamed(&server).await;
    let (last, whole) = events.last().expect("an event");
    assert_eq!(
        (last.as_str(), &whole["engine"]),
        ("done", &json!("extractive"))
    );
    // A follow-up needs the model twice, and gets it neither time.
    let follow_up =
        json!({"question": "产值呢？", "history": [{"role": "user", "content": QUESTION}]});
    assert_eq!(
        server.post("/v1/ask", follow_up).await.json()["engine"],
        "extractive"
    );
    // Who asks for the model by name is told that it failed.
    let by_name = json!({"question": QUESTION, "engine": "llm"});
    assert_eq!(server.post("/v1/ask", by_name).await.status, 502);
}

#[tokio::test]
async fn an_answer_that_breaks_off_amid_its_words_is_not_replaced() {
    let server = Server::with_config(|config| config.model.fallback = Fallback::Extractive).await;
    server.fill().await;
    let events = [event(json!({"delta": {"content": CLAIM}}))];
    let model = ModelServer::replying([Reply::Broken(events.into())]).await;
    use_model(&server, OpenAiOptions::for_testing(&model.url));
    let events = ask_streamed(&server).await;
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["hits", "delta", "claim", "error"]);
}

#[tokio::test]
async fn retries_end_with_the_time_for_the_whole() {
    let model = ModelServer::scripted(|_| Reply::error(500, &json!({"error": "busy"}))).await;
    let mut options = OpenAiOptions::for_testing(&model.url);
    options.retry.base = Duration::from_secs(3600);
    options.retry.longest = Duration::from_secs(3600);
    let client = OpenAiModel::new(options).expect("good settings");
    let request = dragoman::llm::Request {
        messages: vec![dragoman::llm::Message::user("好")],
        max_tokens: 8,
        format: None,
    };
    // A repetition in an hour would be after the quarter of an hour that a call may take.
    let error = client.complete(&request).await.unwrap_err();
    assert!(matches!(error, LlmError::Server { .. }), "{error}");
    assert_eq!(model.chats().len(), 1);
}
