//! The Model Context Protocol over HTTP, message by message.

use crate::support::server::Server;
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

/// The messages that answer one request, the last of them its result.
async fn messages(server: &Server, method: &str, params: Value) -> Vec<Value> {
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    let request = Request::post("/mcp")
        .header("host", "localhost")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2025-06-18")
        .body(Body::from(body.to_string()))
        .expect("a request");
    let response = server.send(request).await;
    assert_eq!(response.status().as_u16(), 200, "{method}");
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 22)
        .await
        .expect("a body");
    let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
    if text.starts_with('{') {
        return vec![serde_json::from_str(&text).expect("JSON")];
    }
    text.lines()
        .filter_map(|line| line.strip_prefix("data:"))
        .filter(|data| !data.trim().is_empty())
        .map(|data| serde_json::from_str(data).expect("JSON"))
        .collect()
}

async fn result(server: &Server, method: &str, params: Value) -> Value {
    messages(server, method, params)
        .await
        .pop()
        .expect("an answer")
}

async fn call(server: &Server, tool: &str, arguments: Value) -> Value {
    result(
        server,
        "tools/call",
        json!({"name": tool, "arguments": arguments}),
    )
    .await["result"]
        .clone()
}

#[tokio::test]
async fn a_client_learns_what_there_is() {
    let server = Server::empty().await;
    let hello = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}});
    let hello = result(&server, "initialize", hello).await;
    assert_eq!(hello["result"]["serverInfo"]["name"], "dragoman");
    assert!(hello["result"]["capabilities"]["tools"].is_object());
    assert!(hello["result"]["capabilities"]["resources"].is_object());
    let tools = result(&server, "tools/list", json!({})).await;
    for tool in tools["result"]["tools"].as_array().expect("tools") {
        assert_eq!(tool["annotations"]["readOnlyHint"], true, "{tool}");
        assert_eq!(tool["inputSchema"]["additionalProperties"], false, "{tool}");
        assert!(tool["outputSchema"]["required"].is_array(), "{tool}");
    }
    insta::assert_json_snapshot!(tools["result"]["tools"]);
}

#[tokio::test]
async fn connectors_search_and_fetch() {
    let server = Server::with_sample().await;
    let found = call(
        &server,
        "search",
        json!({"query": "葫芦种植面积", "limit": 1}),
    )
    .await;
    let first = found["structuredContent"]["results"][0].clone();
    assert_eq!(first["id"], "sample-gourd");
    let text: Value =
        serde_json::from_str(found["content"][0]["text"].as_str().expect("text")).expect("JSON");
    assert_eq!(text, found["structuredContent"]);
    let article =
        call(&server, "fetch", json!({"id": first["id"]})).await["structuredContent"].clone();
    assert_eq!(article["url"], first["url"]);
    assert!(
        article["text"]
            .as_str()
            .expect("text")
            .contains(first["text"].as_str().expect("text"))
    );
    assert_eq!(article["metadata"]["language"], "zh-Hans");
}

#[tokio::test]
async fn an_answer_is_told_as_it_grows() {
    let server = Server::with_sample().await;
    let params = json!({
        "name": "ask", "arguments": {"question": "葫芦种植面积有多大？"}, "_meta": {"progressToken": "p-1"},
    });
    let told = messages(&server, "tools/call", params).await;
    let (result, progress) = told.split_last().expect("messages");
    let answer = &result["result"]["structuredContent"];
    let words: String = progress
        .iter()
        .map(|message| {
            assert_eq!(message["method"], "notifications/progress");
            assert_eq!(message["params"]["progressToken"], "p-1");
            message["params"]["message"].as_str().expect("words")
        })
        .collect();
    assert_eq!(answer["answer"], words);
    assert_eq!(answer["citations"][0]["article_id"], "sample-gourd");
    assert!(answer.get("hits").is_none());
    let text = result["result"]["content"][0]["text"]
        .as_str()
        .expect("text");
    assert!(
        text.contains("3万余亩") && text.contains("paragraph 2"),
        "{text}"
    );
}

#[tokio::test]
async fn articles_are_listed_and_read_as_resources() {
    let server = Server::empty().await;
    let articles: Vec<Value> = (0..60)
        .map(|n| json!({"id": format!("号/{n}"), "title": format!("题 {n}"), "text": "第一段。\n第二段😀。"}))
        .collect();
    server.post("/v1/articles", json!(articles)).await;
    let first = result(&server, "resources/list", json!({})).await;
    let cursor = first["result"]["nextCursor"].clone();
    let second = result(&server, "resources/list", json!({ "cursor": cursor })).await;
    let count = |page: &Value| page["result"]["resources"].as_array().map(Vec::len);
    assert_eq!((count(&first), count(&second)), (Some(50), Some(10)));
    assert!(second["result"]["nextCursor"].is_null());
    let uri = &second["result"]["resources"][0]["uri"];
    let read = result(&server, "resources/read", json!({ "uri": uri })).await;
    let text = read["result"]["contents"][0]["text"]
        .as_str()
        .expect("text");
    assert!(
        text.starts_with("# 题 ") && text.contains("[2] 第二段😀。"),
        "{text}"
    );
    let listed = call(&server, "list_articles", json!({"limit": 2})).await;
    assert_eq!(
        listed["structuredContent"]["articles"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );
    assert!(listed["structuredContent"]["next_cursor"].is_string());
}

#[tokio::test]
async fn what_fails_says_so_to_the_agent() {
    let server = Server::with_sample().await;
    for (tool, arguments, says) in [
        ("fetch", json!({"id": "nowhere"}), "nowhere"),
        ("fetch", json!({"name": "x"}), "name"),
        ("search", json!({"query": " "}), "query is empty"),
        ("ask", json!({"question": "x", "as_of": "昨天吗"}), "昨天吗"),
        ("brief", json!({"id": "nowhere"}), "nowhere"),
        ("list_articles", json!({"limit": 1000}), "1000"),
    ] {
        let failed = call(&server, tool, arguments).await;
        assert_eq!(failed["isError"], true, "{tool}: {failed}");
        let text = failed["content"][0]["text"].as_str().expect("text");
        assert!(text.contains(says), "{tool}: {text}");
    }
    let unknown = result(&server, "tools/call", json!({"name": "sing"})).await;
    assert!(
        unknown["error"]["message"]
            .as_str()
            .expect("words")
            .contains("sing")
    );
    for uri in ["dragoman://articles/nowhere", "file:///etc/passwd"] {
        let none = result(&server, "resources/read", json!({ "uri": uri })).await;
        assert!(none["error"]["code"].is_i64(), "{none}");
    }
}
