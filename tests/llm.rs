//! The OpenAI protocol as servers really speak it, over HTTP on loopback.

#[path = "support/model.rs"]
mod model;

use std::time::Duration;

use dragoman::llm::{
    Ending, Format, LanguageModel, LlmError, Message, Phase, Piece, Request, Usage, json,
    openai::{self, OpenAiModel, OpenAiOptions, Retry, Timeouts},
    think::{ThinkFilter, strip_thinking},
};
use futures::StreamExt;
use model::{ModelServer, Reply};
use proptest::prelude::*;
use serde_json::{Value, json};

fn request() -> Request {
    Request {
        messages: vec![Message::system("Rules."), Message::user("葫芦产值是多少？")],
        max_tokens: 64,
        format: None,
    }
}

fn json_request() -> Request {
    Request {
        format: Some(Format {
            name: "answer".into(),
            schema: json!({"type": "object", "properties": {"a": {"type": "string", "maxLength": 9}}}),
        }),
        ..request()
    }
}

fn client(url: &str) -> OpenAiModel {
    OpenAiModel::new(OpenAiOptions::for_testing(url)).expect("the address is one")
}

async fn streamed(model: &OpenAiModel, request: &Request) -> Result<(String, Ending), LlmError> {
    let mut pieces = model.stream(request).await?;
    let mut text = String::new();
    while let Some(piece) = pieces.next().await {
        match piece? {
            Piece::Text(more) => text.push_str(&more),
            Piece::End(ending) => return Ok((text, ending)),
        }
    }
    panic!("a stream ends with an end or an error");
}

fn event(choice: Value) -> String {
    json!({"choices": [choice]}).to_string()
}

#[tokio::test]
async fn streams_and_whole_answers_say_the_same() {
    let server = ModelServer::scripted(|_| Reply::text("产值达16亿元。😀")).await;
    let model = client(&server.url);
    let (text, ending) = streamed(&model, &request()).await.unwrap();
    let whole = model.complete(&request()).await.unwrap();
    assert_eq!(text, "产值达16亿元。😀");
    assert_eq!(whole.text, text);
    let usage = Usage {
        prompt_tokens: Some(100),
        completion_tokens: Some(9),
    };
    assert_eq!(
        ending,
        Ending {
            usage,
            cut: false,
            prompt_truncated: false
        }
    );
    assert_eq!(whole.ending, ending);
    let chats = server.chats();
    assert_eq!(chats[0].body["stream"], true);
    assert_eq!(chats[1].body["stream"], false);
    assert_eq!(chats[0].body["messages"][1]["content"], "葫芦产值是多少？");
    assert!(
        chats[0].headers.get("authorization").is_none(),
        "no key, no header"
    );
}

#[tokio::test]
async fn the_key_is_sent_and_never_printed() {
    let server = ModelServer::replying([Reply::text("ok")]).await;
    let options = OpenAiOptions::new(&server.url, " sk-secret\n", "m");
    let printed = format!("{options:?}");
    let model = OpenAiModel::new(options).unwrap();
    model.complete(&request()).await.unwrap();
    assert_eq!(
        server.chats()[0].headers["authorization"],
        "Bearer sk-secret"
    );
    assert!(!printed.contains("secret"), "{printed}");
}

#[tokio::test]
async fn odd_servers_are_understood() {
    let odd: &[(&str, Vec<String>)] = &[
        ("no index, finish_reason empty, usage empty", vec![
            json!({"choices": [{"delta": {"content": "好"}, "finish_reason": ""}], "usage": {}}).to_string(),
            json!({"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": {}}).to_string(),
        ]),
        ("no [DONE], content null first", vec![
            event(json!({"delta": {"role": "assistant", "content": null}})),
            event(json!({"delta": {"content": "好"}})),
            event(json!({"delta": {}, "finish_reason": "stop"})),
        ]),
        ("no finish_reason at all but [DONE]", vec![
            event(json!({"delta": {"content": "好"}})),
            "[DONE]".into(),
        ]),
        ("choices missing in the last chunk", vec![
            event(json!({"delta": {"content": "好"}, "finish_reason": "stop"})),
            json!({"usage": {"prompt_tokens": 7}}).to_string(),
        ]),
        ("reasoning apart", vec![
            event(json!({"delta": {"reasoning_content": "他问的是"}})),
            event(json!({"delta": {"reasoning": "then", "content": ""}})),
            event(json!({"delta": {"content": "好"}, "finish_reason": "stop"})),
        ]),
        ("thinking within, over several pieces", vec![
            event(json!({"delta": {"content": "<th"}})),
            event(json!({"delta": {"content": "ink>嗯 < 3</thi"}})),
            event(json!({"delta": {"content": "nk>\n\n好"}, "finish_reason": "stop"})),
        ]),
        ("content in parts", vec![
            event(json!({"delta": {"content": [{"type": "text", "text": "好"}]}, "finish_reason": "stop"})),
        ]),
    ];
    for (name, events) in odd {
        let server = ModelServer::replying([Reply::Events(events.clone())]).await;
        let (text, _) = streamed(&client(&server.url), &request())
            .await
            .expect(name);
        assert_eq!(text, "好", "{name}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_stream_is_read_whole() {
    let body = json!({"choices": [{"message": {"content": "好\n的"}, "finish_reason": "stop"}]});
    let reply = Reply::Http(
        200,
        vec![("content-type", "application/json".into())],
        format!("{body:#}"),
    );
    let server = ModelServer::replying([reply]).await;
    let (text, _) = streamed(&client(&server.url), &request()).await.unwrap();
    assert_eq!(text, "好\n的");
}

#[tokio::test]
async fn a_connection_closed_after_each_stream_is_opened_again() {
    let url = model::forgetful("好的").await;
    let model = client(&url);
    for _ in 0..3 {
        assert_eq!(streamed(&model, &request()).await.unwrap().0, "好的");
    }
}

#[tokio::test]
async fn every_failure_says_what_to_do() {
    let json_type = || vec![("content-type", "application/json".to_string())];
    let cases: Vec<(&str, Reply)> = vec![
        (
            "401",
            Reply::error(
                401,
                &json!({"error": {"message": "bad key", "code": "invalid_api_key"}}),
            ),
        ),
        (
            "403 text",
            Reply::Http(403, vec![], "forbidden here".into()),
        ),
        (
            "404",
            Reply::error(404, &json!({"error": {"message": "model 'x' not found"}})),
        ),
        (
            "404 page",
            Reply::Http(404, vec![], "<html><body>404</body></html>".into()),
        ),
        (
            "integer code",
            Reply::error(
                400,
                &json!({"error": {"code": 400, "message": "bad field", "type": "invalid_request_error"}}),
            ),
        ),
        (
            "error is a string",
            Reply::error(400, &json!({"error": "no such thing"})),
        ),
        (
            "detail",
            Reply::error(422, &json!({"detail": "field required"})),
        ),
        (
            "quota",
            Reply::error(
                429,
                &json!({"error": {"message": "You exceeded your current quota", "type": "insufficient_quota"}}),
            ),
        ),
        (
            "login page",
            Reply::Http(
                200,
                vec![("content-type", "text/html".into())],
                "<!DOCTYPE html><html><title>Sign in</title>".into(),
            ),
        ),
        ("text", Reply::Http(200, vec![], "it works!".into())),
        (
            "no choices",
            Reply::Http(200, json_type(), r#"{"result": "fine"}"#.into()),
        ),
        (
            "llama.cpp context",
            Reply::error(
                400,
                &json!({"error": {"code": 400, "message": "the request exceeds the available context size", "type": "exceed_context_size_error", "n_prompt_tokens": 9120, "n_ctx": 8192}}),
            ),
        ),
        (
            "OpenAI context",
            Reply::error(
                400,
                &json!({"error": {"code": "context_length_exceeded", "message": "This model's maximum context length is 8192 tokens. However, your messages resulted in 9120 tokens."}}),
            ),
        ),
        (
            "vLLM context",
            Reply::error(
                400,
                &json!({"object": "error", "message": "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens in the messages", "code": 400}),
            ),
        ),
        (
            "error amid the stream",
            Reply::events([
                event(json!({"delta": {"content": "好"}})),
                json!({"error": {"code": 500, "message": "out of memory"}}).to_string(),
            ]),
        ),
        (
            "no JSON amid the stream",
            Reply::events(["{oops".to_string()]),
        ),
        (
            "broken amid the stream",
            Reply::Broken(vec![event(json!({"delta": {"content": "好的"}}))]),
        ),
        (
            "ended without an end",
            Reply::events([event(json!({"delta": {"content": "好"}}))]),
        ),
        (
            "thinking only",
            Reply::events([event(
                json!({"delta": {"content": "<think>嗯"}, "finish_reason": "length"}),
            )]),
        ),
    ];
    let mut told = String::new();
    for (name, reply) in cases {
        let server = ModelServer::replying([reply]).await;
        let error = streamed(&client(&server.url), &request())
            .await
            .expect_err(name);
        let error = error.to_string().replace(&server.url, "URL");
        told.push_str(&format!("{name}: {error}\n"));
    }
    insta::assert_snapshot!(told);
}

#[tokio::test]
async fn what_passes_is_tried_again() {
    let busy = || {
        Reply::Http(
            429,
            vec![("retry-after", "0".into())],
            r#"{"error":{"message":"slow down"}}"#.into(),
        )
    };
    let loading = || {
        Reply::error(
            503,
            &json!({"error": {"message": "Loading model", "code": 503}}),
        )
    };
    let failing = || Reply::Http(502, vec![], String::new());
    for replies in [
        [busy(), loading(), failing()],
        [Reply::Closed, failing(), busy()],
    ] {
        let server = ModelServer::replying(replies.into_iter().chain([Reply::text("好")])).await;
        assert_eq!(
            streamed(&client(&server.url), &request()).await.unwrap().0,
            "好"
        );
        assert_eq!(server.chats().len(), 4);
    }
}

#[tokio::test]
async fn what_does_not_pass_is_not() {
    let server = ModelServer::scripted(|_| {
        Reply::error(503, &json!({"error": {"message": "Loading model"}}))
    })
    .await;
    let error = client(&server.url).complete(&request()).await.unwrap_err();
    assert!(matches!(error, LlmError::Loading { .. }), "{error}");
    assert_eq!(server.chats().len(), 4, "one call and three repetitions");

    let server = ModelServer::scripted(|_| Reply::error(401, &json!({}))).await;
    client(&server.url).complete(&request()).await.unwrap_err();
    assert_eq!(server.chats().len(), 1);

    let long = || Reply::Http(429, vec![("retry-after", "3600".into())], "{}".into());
    let server = ModelServer::scripted(move |_| long()).await;
    let error = client(&server.url).complete(&request()).await.unwrap_err();
    assert!(error.to_string().contains("try again in 3600 s"), "{error}");
    assert_eq!(server.chats().len(), 1);
}

#[test]
fn waits_grow_are_spread_and_end() {
    let retry = Retry {
        times: 3,
        base: Duration::from_secs(1),
        longest: Duration::from_secs(3),
    };
    let failed = LlmError::Server {
        url: String::new(),
        status: Some(500),
        detail: String::new(),
    };
    let waits: Vec<_> = (1..5)
        .map(|n| retry.wait(n, &failed, 0.0).map(|w| w.as_millis()))
        .collect();
    assert_eq!(waits, [Some(500), Some(1000), Some(1500), None]);
    assert_eq!(
        retry.wait(1, &failed, 0.999).map(|w| w.as_millis() > 990),
        Some(true)
    );
    let limited = |seconds| LlmError::RateLimited {
        url: String::new(),
        retry_after: Some(Duration::from_secs(seconds)),
        detail: String::new(),
    };
    assert_eq!(
        retry.wait(1, &limited(2), 0.5),
        Some(Duration::from_secs(2))
    );
    assert_eq!(retry.wait(1, &limited(4), 0.5), None);
}

#[tokio::test]
async fn nobody_there_and_no_such_host() {
    let url = model::nobody().await;
    let error = client(&url).complete(&request()).await.unwrap_err();
    assert_eq!(error, LlmError::Refused { url });
    let url = "http://no-such-host.invalid/v1";
    let error = client(url).complete(&request()).await.unwrap_err();
    assert_eq!(error, LlmError::Dns { url: url.into() });
    let server = ModelServer::informing(Vec::new()).await;
    let url = server.url.replace("http:", "https:");
    let error = client(&url).complete(&request()).await.unwrap_err();
    assert!(matches!(error, LlmError::Tls { .. }), "{error:?}");
}

#[tokio::test]
async fn each_phase_has_its_time() {
    let soon = Duration::from_millis(40);
    let long = Timeouts::default();
    let cases = [
        (
            Reply::Silent,
            Timeouts {
                first_token: soon,
                ..long
            },
            Phase::FirstToken,
        ),
        (
            Reply::Stalled(vec![event(json!({"delta": {"role": "assistant"}}))]),
            Timeouts {
                first_token: soon,
                ..long
            },
            Phase::FirstToken,
        ),
        (
            Reply::Stalled(vec![event(json!({"delta": {"content": "好"}}))]),
            Timeouts {
                next_token: soon,
                ..long
            },
            Phase::NextToken,
        ),
        (
            Reply::Stalled(vec![event(json!({"delta": {"content": "好"}}))]),
            Timeouts {
                total: soon,
                ..long
            },
            Phase::Total,
        ),
    ];
    for (reply, timeouts, expected) in cases {
        let server = ModelServer::replying([reply]).await;
        let options = OpenAiOptions {
            timeouts,
            ..OpenAiOptions::for_testing(&server.url)
        };
        let model = OpenAiModel::new(options).unwrap();
        match streamed(&model, &request()).await {
            Err(LlmError::Timeout { phase, .. }) => assert_eq!(phase, expected),
            other => panic!("{other:?}"),
        }
    }
    let server = ModelServer::replying([Reply::Silent]).await;
    let timeouts = Timeouts {
        total: soon,
        ..long
    };
    let options = OpenAiOptions {
        timeouts,
        ..OpenAiOptions::for_testing(&server.url)
    };
    let error = OpenAiModel::new(options)
        .unwrap()
        .complete(&request())
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            LlmError::Timeout {
                phase: Phase::Total,
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn json_is_had_by_what_the_server_knows_and_that_is_remembered() {
    let server = ModelServer::scripted(|seen| match seen.body["response_format"]["type"].as_str() {
        Some("json_schema") => Reply::error(400, &json!({"error": {"message": "response_format.type json_schema is not supported", "code": 400}})),
        Some(_) => Reply::error(400, &json!({"error": "unknown field response_format"})),
        None => Reply::text("Here it is:\n```json\n{\"a\": \"好\",}\n```"),
    })
    .await;
    let model = client(&server.url);
    for _ in 0..2 {
        let text = model.complete(&json_request()).await.unwrap().text;
        assert_eq!(json::read(&text).unwrap().value, json!({"a": "好"}));
    }
    let kinds: Vec<_> = server
        .chats()
        .iter()
        .map(|c| c.body["response_format"]["type"].clone())
        .collect();
    assert_eq!(
        kinds,
        [
            json!("json_schema"),
            json!("json_schema"),
            json!("json_object"),
            Value::Null,
            Value::Null
        ]
    );
    let schema =
        |n: usize| server.chats()[n].body["response_format"]["json_schema"]["schema"].to_string();
    assert!(schema(0).contains("maxLength") && !schema(1).contains("maxLength"));
    assert!(server.chats()[4].prompt().contains("JSON Schema"));
}

#[tokio::test]
async fn parameters_that_a_server_refuses_are_left_out() {
    let server = ModelServer::scripted(|seen| {
        let refuse = |message: &str| Reply::error(400, &json!({"error": {"message": message}}));
        if seen.body.get("max_tokens").is_some() {
            refuse("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")
        } else if seen.body.get("temperature").is_some() {
            refuse("Unsupported value: 'temperature' does not support 0.")
        } else if seen.body.get("stream_options").is_some() {
            refuse("extra field stream_options")
        } else {
            Reply::text("好")
        }
    })
    .await;
    let model = client(&server.url);
    assert_eq!(streamed(&model, &request()).await.unwrap().0, "好");
    assert_eq!(server.chats().len(), 4);
    assert_eq!(server.chats()[3].body["max_completion_tokens"], 64);
}

#[tokio::test]
async fn the_context_is_asked_of_the_server() {
    let cases = [
        (
            vec![(
                "/v1/models",
                json!({"data": [{"id": "scripted", "max_model_len": 32768}]}),
            )],
            32768,
        ),
        (
            vec![(
                "/props",
                json!({"default_generation_settings": {"n_ctx": 6144}, "total_slots": 1}),
            )],
            6144,
        ),
        (vec![("/props", json!({"n_ctx": 2048}))], 2048),
        (
            vec![(
                "/api/show",
                json!({"parameters": "stop \"<|im_end|>\"\nnum_ctx   16384"}),
            )],
            16384,
        ),
        (
            vec![(
                "/api/show",
                json!({"model_info": {"qwen2.context_length": 131072}}),
            )],
            4096,
        ),
        (
            vec![
                (
                    "/api/show",
                    json!({"model_info": {"qwen2.context_length": 131072}}),
                ),
                (
                    "/api/ps",
                    json!({"models": [{"model": "scripted", "context_length": 12000}]}),
                ),
            ],
            12000,
        ),
        (vec![], openai::DEFAULT_CONTEXT_TOKENS),
    ];
    for (info, tokens) in cases {
        let server = ModelServer::informing(info).await;
        let model = client(&server.url);
        assert_eq!(model.context_tokens().await, tokens);
        let asked = server.seen().len();
        assert_eq!(model.context_tokens().await, tokens);
        if tokens != openai::DEFAULT_CONTEXT_TOKENS {
            assert_eq!(
                server.seen().len(),
                asked,
                "what a server says is remembered"
            );
        }
    }
    let options = OpenAiOptions {
        context_tokens: Some(999),
        ..OpenAiOptions::for_testing(model::nobody().await)
    };
    assert_eq!(
        OpenAiModel::new(options).unwrap().context_tokens().await,
        999
    );
}

#[tokio::test]
async fn a_prompt_that_was_not_read_whole_is_noticed() {
    let server = ModelServer::scripted(|_| Reply::text("好")).await;
    let model = client(&server.url);
    let mut long = request();
    long.messages.push(Message::user("长江水位".repeat(1000)));
    let (_, ending) = streamed(&model, &long).await.unwrap();
    assert!(ending.prompt_truncated, "100 tokens read of some 4,000");
    let (_, ending) = streamed(&model, &request()).await.unwrap();
    assert!(!ending.prompt_truncated);
}

#[tokio::test]
async fn a_server_is_recognised_by_its_models() {
    let models = json!({"data": [{"id": "nomic-embed-text"}, {"id": "qwen3:4b"}]});
    let server = ModelServer::informing(vec![("/v1/models", models)]).await;
    let patience = Duration::from_secs(5);
    assert_eq!(
        openai::probe(&server.url, "", patience).await.as_deref(),
        Some("qwen3:4b")
    );
    assert_eq!(
        openai::probe(&model::nobody().await, "", patience).await,
        None
    );
}

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
    let read = |text| json::read(text).map(|p| (p.value, p.complete));
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
        let read = json::read(&written).unwrap();
        prop_assert!(read.complete);
        prop_assert_eq!(read.value, value);
        let start: String = written.chars().take(cut).collect();
        if let Some(partial) = json::read(&start) {
            prop_assert_eq!(partial.complete, cut >= written.chars().count());
        }
    }

    #[test]
    fn nothing_makes_the_reader_fail(text in ".{0,200}") {
        let _ = json::read(&text);
        let _ = json::read(&format!("{{{text}"));
    }
}
