//! What fails: each message, what is tried again, and for how long.

use std::time::Duration;

use dragoman::llm::{
    LanguageModel, LlmError, Phase,
    openai::{OpenAiModel, OpenAiOptions, Retry, Timeouts},
};
use serde_json::json;

use super::{client, event, request, streamed};
use crate::support::model::{self, ModelServer, Reply};

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
