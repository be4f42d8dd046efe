//! What servers leave out, add and spell otherwise, and what is asked of them.

use std::time::Duration;

use dragoman::llm::{
    Ending, LanguageModel, Message, Usage, json as json_text,
    openai::{self, OpenAiModel, OpenAiOptions},
};
use serde_json::{Value, json};

use super::{client, event, json_request, request, streamed};
use crate::support::model::{self, ModelServer, Reply};

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
        assert_eq!(json_text::read(&text).unwrap().value, json!({"a": "好"}));
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
