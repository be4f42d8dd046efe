//! What comes in wrong is told with its place, stores nothing by half, and never
//! brings the server down.

use crate::support::server::Server;
use axum::body::Body;
use axum::http::Request;
use dragoman::http;
use serde_json::{Value, json};
use tower::ServiceExt;

const JSON: &str = "application/json";
const LINES: &str = "application/x-ndjson";
/// Every path that takes a JSON body.
const PATHS: &[&str] = &[
    "/v1/articles",
    "/v1/search",
    "/v1/ask",
    "/v1/check",
    "/v1/topics",
    "/v1/chat/completions",
];

async fn send(
    server: &Server,
    path: &str,
    content_type: &str,
    body: impl Into<Vec<u8>>,
) -> (u16, String) {
    let request = Request::post(path)
        .header("content-type", content_type)
        .body(Body::from(body.into()))
        .expect("a request");
    let response = http::router(server.app.clone())
        .oneshot(request)
        .await
        .expect("the router never fails");
    let status = response.status().as_u16();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 26)
        .await
        .expect("a body");
    (status, String::from_utf8(bytes.to_vec()).expect("UTF-8"))
}

/// One line for a problem: status, what is wrong, and where.
fn told(status: u16, body: &str) -> String {
    let problem: Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("{status}: {body}"));
    let places: Vec<&str> = problem["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|error| error["pointer"].as_str())
        .collect();
    let detail: String = problem["detail"]
        .as_str()
        .unwrap_or("-")
        .chars()
        .take(200)
        .collect();
    format!("{status} {detail} {places:?}")
}

#[tokio::test]
async fn bodies_that_are_no_json_are_refused_everywhere() {
    let server = Server::empty().await;
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        ("empty", vec![]),
        ("half", b"{\"query\": \"a".to_vec()),
        ("not UTF-8", b"{\"query\": \"\xff\xfe\"}".to_vec()),
        ("a NUL", b"{\"query\": \"a\0b\"}".to_vec()),
        ("half a surrogate pair", br#"{"query": "\ud83d"}"#.to_vec()),
        ("two values", br#"{"query": "a"} {"query": "b"}"#.to_vec()),
        (
            "very deep",
            [b"{\"query\": ".to_vec(), b"[".repeat(200_000)].concat(),
        ),
        (
            "a number beyond all bounds",
            br#"{"query": 1e999}"#.to_vec(),
        ),
        ("a byte order mark", b"\xef\xbb\xbf{}".to_vec()),
        ("a page", b"<html></html>".to_vec()),
    ];
    for path in PATHS {
        for (name, body) in &bodies {
            let (status, text) = send(&server, path, JSON, body.clone()).await;
            assert!(
                (400..500).contains(&status),
                "{path}, {name}: {status} {text}"
            );
            let problem: Value = serde_json::from_str(&text).expect("a problem");
            assert!(
                !text.is_empty() && problem.is_object(),
                "{path}, {name}: {text}"
            );
        }
    }
    assert_eq!(
        server.get("/v1/articles").await.json()["articles"],
        json!([])
    );
}

#[tokio::test]
async fn values_of_another_type_are_refused_everywhere() {
    let server = Server::empty().await;
    for path in PATHS {
        for body in [
            "null", "true", "3", "-1e30", "\"text\"", "[3]", "[[]]", "{}",
        ] {
            let (status, text) = send(&server, path, JSON, body).await;
            // An array of articles is answered element by element.
            let by_element = status == 200 && *path == "/v1/articles" && text.contains("\"error\"");
            assert!(
                (400..500).contains(&status) || by_element,
                "{path} {body}: {status} {text}"
            );
        }
    }
    assert_eq!(
        server.get("/v1/articles").await.json()["articles"],
        json!([])
    );
}

/// serde takes a list for the fields of a structure in their order.
#[tokio::test]
async fn a_list_of_values_is_no_object() {
    let server = Server::empty().await;
    let topic = json!({"id": "gourds", "name": "葫芦"});
    assert_eq!(server.post("/v1/topics", topic).await.status, 201);
    for (path, body) in [
        ("/v1/search", r#"["葫芦"]"#),
        ("/v1/ask", r#"["葫芦？"]"#),
        ("/v1/topics", r#"["other", "〇"]"#),
        ("/v1/topics/gourds/digest", "[null, null]"),
        ("/v1/topics/gourds/digest", "[]"),
    ] {
        let (status, text) = send(&server, path, JSON, body).await;
        assert_eq!(
            told(status, &text),
            "422 reading the body: invalid type: a list, expected an object [\"\"]",
            "{path} {body}"
        );
    }
    let (_, text) = send(
        &server,
        "/v1/articles",
        LINES,
        "[\"a\", \"题\", \"文。\"]\n",
    )
    .await;
    assert!(text.contains("a list, expected an object"), "{text}");
}

#[tokio::test]
async fn each_fault_of_a_field_is_told_with_its_place() {
    let server = Server::empty().await;
    let long = "长".repeat(5000);
    let cases: Vec<(&str, &str, Value)> = vec![
        (
            "unknown field",
            "/v1/articles",
            json!({"text": "正文。", "colour": "red"}),
        ),
        ("text is a number", "/v1/articles", json!({"text": 16})),
        ("no text at all", "/v1/articles", json!({"title": "标题"})),
        ("blank text", "/v1/articles", json!({"text": " \u{3000}\n"})),
        (
            "paragraphs of other types",
            "/v1/articles",
            json!({"paragraphs": ["一。", 2]}),
        ),
        (
            "text and html",
            "/v1/articles",
            json!({"text": "一。", "html": "<p>二。"}),
        ),
        (
            "a date that is none",
            "/v1/articles",
            json!({"text": "一。", "published_at": "2025-02-30"}),
        ),
        (
            "a year out of range",
            "/v1/articles",
            json!({"text": "一。", "published_at": "99999-01-01"}),
        ),
        (
            "a date far off",
            "/v1/articles",
            json!({"text": "一。", "published_at": "-9999-01-01T00:00:00Z"}),
        ),
        (
            "an empty id",
            "/v1/articles",
            json!({"id": "", "text": "一。"}),
        ),
        (
            "an id of a thousand characters",
            "/v1/articles",
            json!({"id": "x".repeat(1000), "text": "一。"}),
        ),
        (
            "an id with a line feed",
            "/v1/articles",
            json!({"id": "a\nb", "text": "一。"}),
        ),
        (
            "an address that is none",
            "/v1/articles",
            json!({"text": "一。", "url": "not an address"}),
        ),
        (
            "a script as address",
            "/v1/articles",
            json!({"text": "一。", "url": "javascript:alert(1)"}),
        ),
        (
            "metadata that is a list",
            "/v1/articles",
            json!({"text": "一。", "metadata": [1]}),
        ),
        (
            "topics that are a word",
            "/v1/articles",
            json!({"text": "一。", "topics": "葫芦"}),
        ),
        (
            "a brief of another form",
            "/v1/articles",
            json!({"text": "一。", "brief": {"groups": [{"points": [{"text": 1}]}]}}),
        ),
        ("no query", "/v1/search", json!({"query": " "})),
        (
            "a query as long as a text",
            "/v1/search",
            json!({"query": long}),
        ),
        (
            "a limit of none",
            "/v1/search",
            json!({"query": "葫芦", "limit": 0}),
        ),
        (
            "a limit below none",
            "/v1/search",
            json!({"query": "葫芦", "limit": -1}),
        ),
        (
            "a limit beyond bounds",
            "/v1/search",
            json!({"query": "葫芦", "limit": 18_446_744_073_709_551_615_u64}),
        ),
        (
            "an unknown mode",
            "/v1/search",
            json!({"query": "葫芦", "mode": "magic"}),
        ),
        (
            "a filter by no date",
            "/v1/search",
            json!({"query": "葫芦", "filter": {"from": "yesterday-ish"}}),
        ),
        (
            "an unknown filter",
            "/v1/search",
            json!({"query": "葫芦", "filter": {"colour": ["red"]}}),
        ),
        (
            "an unknown engine",
            "/v1/ask",
            json!({"question": "葫芦？", "engine": "oracle"}),
        ),
        (
            "an unknown speaker",
            "/v1/ask",
            json!({"question": "葫芦？", "history": [{"role": "system", "content": "x"}]}),
        ),
        (
            "a language that is none",
            "/v1/ask",
            json!({"question": "葫芦？", "language": "!!"}),
        ),
        ("no claim", "/v1/check", json!({"sources": ["一。"]})),
        (
            "sources that are a text",
            "/v1/check",
            json!({"claim": "One.", "sources": "一。"}),
        ),
    ];
    let mut text = String::new();
    for (name, path, body) in cases {
        let (status, answer) = send(&server, path, JSON, body.to_string()).await;
        text.push_str(&format!("{name}: {}\n", told(status, &answer)));
    }
    insta::assert_snapshot!(text);
}

#[tokio::test]
async fn keys_that_come_twice_are_refused() {
    let server = Server::empty().await;
    for (path, body) in [
        ("/v1/articles", r#"{"text": "一。", "text": "二。"}"#),
        ("/v1/search", r#"{"query": "一", "query": "二"}"#),
        ("/v1/ask", r#"{"question": "一", "question": "二"}"#),
    ] {
        let (status, text) = send(&server, path, JSON, body).await;
        assert_eq!(status, 422, "{path}: {text}");
        assert!(text.contains("duplicate field"), "{path}: {text}");
    }
}

#[tokio::test]
async fn odd_characters_are_taken_and_found_again() {
    let server = Server::empty().await;
    for (id, text) in [
        ("a/b?c=d#e%20f", "斜线葫芦一。"),
        ("..", "两点葫芦二。"),
        ("葫芦 😀", "表情葫芦三😀。"),
        ("bidi", "\u{202e}葫芦四\u{202c}。"),
        ("nul", "葫\u{0}芦\u{1}五葫芦。"),
        ("joined", "👩‍👩‍👧葫芦六，〇壹２３。"),
    ] {
        let (status, body) = send(
            &server,
            "/v1/articles",
            JSON,
            json!({"id": id, "text": text}).to_string(),
        )
        .await;
        if status == 422 {
            assert!(body.contains("/id"), "{id}: {body}");
            continue;
        }
        assert_eq!(status, 201, "{id}: {body}");
        let kept: Value = serde_json::from_str(&body).expect("JSON");
        let chars: Vec<char> = kept["text"].as_str().expect("text").chars().collect();
        for paragraph in kept["paragraphs"].as_array().expect("paragraphs") {
            let at = |name: &str| {
                usize::try_from(paragraph[name].as_u64().expect("a place")).expect("small")
            };
            let words: String = chars[at("start")..at("end")].iter().collect();
            assert_eq!(paragraph["text"], words, "{id}");
        }
        let encoded: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
        let path = format!("/v1/articles/{}", encoded.replace('+', "%20"));
        let shown = server.get(&path).await;
        assert_eq!(
            (shown.status.as_u16(), &shown.json()["id"]),
            (200, &json!(id)),
            "{path}"
        );
    }
}

#[tokio::test]
async fn one_bad_line_of_many_is_told_and_stops_none() {
    let server = Server::empty().await;
    const COUNT: usize = 300;
    let mut lines = Vec::new();
    for n in 0..COUNT {
        match n {
            77 => lines.extend_from_slice(b"{\"text\": \"\xff\"}\n"),
            111 => lines.extend_from_slice(b"not json\n"),
            _ => lines.extend_from_slice(
                format!(
                    "{}\n",
                    json!({"id": format!("n{n}"), "text": format!("第{n}篇葫芦。")})
                )
                .as_bytes(),
            ),
        }
    }
    // A last line that breaks off.
    lines.extend_from_slice(r#"{"id": "half", "text": "半"#.as_bytes());
    let (status, body) = send(&server, "/v1/articles", LINES, lines).await;
    assert_eq!(status, 200);
    let answers: Vec<Value> = body
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(answers.len(), COUNT + 1);
    let bad: Vec<u64> = answers
        .iter()
        .filter(|answer| answer.get("error").is_some())
        .filter_map(|answer| answer["line"].as_u64())
        .collect();
    assert_eq!(bad, [78, 112, 301]);
    assert_eq!(server.get("/readyz").await.json()["articles"], COUNT - 2);
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_it_is_read() {
    let server = Server::with_config(|config| config.server.max_body_bytes = 100_000).await;
    for path in PATHS {
        let (status, text) = send(&server, path, JSON, vec![b' '; 100_001]).await;
        assert_eq!(status, 413, "{path}: {text}");
    }
    // A stream has no limit but that of a line, which is passed over.
    let mut lines = vec![b'x'; 17 << 20];
    lines.extend_from_slice(format!("\n{}\n", json!({"id": "after", "text": "之后。"})).as_bytes());
    let (_, body) = send(&server, "/v1/articles", LINES, lines).await;
    let answers: Vec<Value> = body
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(answers[0]["error"]["status"], 413, "{body}");
    assert_eq!(answers[1]["id"], "after");
}

#[tokio::test]
async fn pages_made_to_burst_are_read() {
    let server = Server::empty().await;
    for (name, html) in [
        (
            "nested",
            format!("{}<p>葫芦种植面积3万余亩。</p>", "<div>".repeat(20_000)),
        ),
        (
            "entities",
            format!(
                "<p>{}葫芦种植面积3万余亩。</p>",
                "&lt;&#x9f9f;&amp;".repeat(20_000)
            ),
        ),
        (
            "attributes",
            format!("<p {}>葫芦种植面积3万余亩。</p>", "a=1 ".repeat(20_000)),
        ),
        (
            "unclosed",
            "<p><b><i><table><tr>葫芦种植面积3万余亩。<!-- ".to_owned(),
        ),
        (
            "no entity",
            "<p>&nosuch;&#xffffffff;&#0;葫芦种植面积3万余亩。</p>".to_owned(),
        ),
    ] {
        let (status, body) = send(
            &server,
            "/v1/articles",
            JSON,
            json!({"id": name, "html": html}).to_string(),
        )
        .await;
        assert!(
            status == 201 || status == 422,
            "{name}: {status} {}",
            &body[..body.len().min(300)]
        );
    }
}
