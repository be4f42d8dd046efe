//! Input without measure: bodies of a gigabyte, a bad line in a million, texts that
//! unfold, characters that mislead, dates that no calendar has.

use std::io::{Cursor, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::server::Server;
use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use dragoman::reader::{Format, read_path, read_stream};
use futures::stream;
use serde_json::{Value, json};

const MIB: usize = 1 << 20;
/// Mebibytes of a body that is too long for anything.
const GIB: usize = 1024;

/// A body of a gigabyte, and how much of it was taken.
fn endless(begin: &'static str) -> (Body, Arc<AtomicUsize>) {
    let taken = Arc::new(AtomicUsize::new(0));
    let counted = taken.clone();
    let chunk = Bytes::from(vec![b'x'; MIB]);
    let pieces = (0..GIB).map(move |n| {
        counted.fetch_add(1, Ordering::Relaxed);
        let first = if n == 0 { begin } else { "" };
        Ok::<_, std::io::Error>(Bytes::from([first.as_bytes(), &chunk].concat()))
    });
    (Body::from_stream(stream::iter(pieces)), taken)
}

async fn sent(server: &Server, path: &str, kind: &str, body: Body) -> (StatusCode, String) {
    let request = Request::post(path).header("content-type", kind).body(body);
    let response = server.send(request.expect("a request")).await;
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), MIB).await;
    let text = String::from_utf8(bytes.expect("a body").to_vec());
    (status, text.expect("UTF-8"))
}

#[tokio::test]
async fn a_gigabyte_is_refused_as_soon_as_it_is_too_much() {
    let server = Server::empty().await;
    for path in [
        "/v1/articles",
        "/v1/search",
        "/v1/ask",
        "/v1/check",
        "/v1/chat/completions",
    ] {
        let (body, taken) = endless("{\"text\": \"");
        let (status, text) = sent(&server, path, "application/json", body).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{path}: {text}");
        let taken = taken.load(Ordering::Relaxed);
        assert!(taken <= 66, "{path}: {taken} MiB were taken");
    }
    let (body, taken) = endless(
        "--x\r\ncontent-disposition: form-data; name=\"files\"; filename=\"a.txt\"\r\n\r\n",
    );
    let kind = "multipart/form-data; boundary=x";
    let (status, _) = sent(&server, "/upload", kind, body).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(taken.load(Ordering::Relaxed) <= 66);
}

#[tokio::test]
async fn a_line_of_a_gigabyte_is_passed_over() {
    let server = Server::empty().await;
    let (line, _) = endless("{\"text\": \"");
    let after = format!("\n{}\n", json!({"id": "after", "text": "之后。"}));
    let body = stream::once(async { Ok(Bytes::from(after)) });
    let both = futures::StreamExt::chain(line.into_data_stream(), body);
    let (status, text) = sent(
        &server,
        "/v1/articles",
        "application/x-ndjson",
        Body::from_stream(both),
    )
    .await;
    assert_eq!(status, StatusCode::OK);
    let answers: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(answers[0]["error"]["status"], 413, "{text}");
    assert_eq!((answers.len(), &answers[1]["id"]), (2, &json!("after")));
}

#[test]
fn one_bad_line_in_a_million_is_named() {
    const LINES: usize = 1_000_000;
    const BAD: usize = 654_321;
    let mut text = String::with_capacity(LINES * 20);
    for n in 1..=LINES {
        text.push_str(if n == BAD {
            "{\"text\":一}\n"
        } else {
            "{\"text\":\"一。\"}\n"
        });
    }
    let (mut good, mut bad) = (0, Vec::new());
    for found in read_stream("all.ndjson", Format::Ndjson, Cursor::new(text.into_bytes())) {
        match found {
            Ok(_) => good += 1,
            Err(error) => bad.push(error.to_string()),
        }
    }
    assert_eq!(good, LINES - 1);
    assert_eq!(bad.len(), 1);
    assert!(
        bad[0].starts_with("reading all.ndjson line 654321:"),
        "{bad:?}"
    );
}

#[test]
fn a_small_file_that_unfolds_is_not_read_whole() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("bomb.ndjson.zst");
    let file = std::fs::File::create(&path).expect("a file");
    let mut packed = zstd::Encoder::new(file, 3).expect("an encoder");
    let line = vec![b'x'; MIB];
    for _ in 0..256 {
        packed.write_all(&line).expect("room");
    }
    packed
        .write_all("\n{\"text\": \"之后。\"}\n".as_bytes())
        .expect("room");
    packed.finish().expect("room");
    assert!(std::fs::metadata(&path).expect("it is there").len() < MIB as u64);
    let found: Vec<_> = read_path(&path).collect();
    assert_eq!(found.len(), 2);
    let refused = found[0].as_ref().expect_err("it is too long").to_string();
    assert!(
        refused.contains("line 1: it has more than 33554432 bytes"),
        "{refused}"
    );
    assert!(found[1].is_ok());
}

#[test]
fn entities_that_unfold_stay_as_they_are() {
    let laughs: String = (1..10)
        .map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10)))
        .collect();
    let feed = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE rss [<!ENTITY l0 \"lol\">{laughs}]><rss version=\"2.0\"><channel><item><title>a</title><description>&l9;</description></item></channel></rss>"
    );
    let html =
        format!("<!DOCTYPE html [<!ENTITY l0 \"lol\">{laughs}]><p>&l9;葫芦种植面积3万余亩。</p>");
    for (format, text) in [(Format::Feed, feed), (Format::Html, html)] {
        for found in read_stream("bomb", format, Cursor::new(text.into_bytes())) {
            let Ok(found) = found else { continue };
            let read = serde_json::to_string(&found.input).expect("JSON");
            assert!(read.len() < 10_000, "{format:?}: {} bytes", read.len());
        }
    }
}

#[tokio::test]
async fn half_a_surrogate_pair_is_named_by_its_place() {
    let server = Server::empty().await;
    for (path, body) in [
        ("/v1/articles", "{\"id\": \"a\",\n \"text\": \"\\ud83d\"}"),
        (
            "/v1/articles",
            "{\"text\": \"a\",\n \"metadata\": {\"\\ude00\": 1}}",
        ),
        ("/v1/search", "{\"limit\": 3,\n \"query\": \"\\ud83dx\"}"),
        ("/v1/ask", "{\"strict\": true,\n \"question\": \"\\udc00\"}"),
        (
            "/v1/check",
            "{\"claim\": \"a\",\n \"sources\": [\"\\ud800\\ud800\"]}",
        ),
    ] {
        let body = Body::from(body.to_owned());
        let (status, text) = sent(&server, path, "application/json", body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path}: {text}");
        assert!(text.contains("line 2 column"), "{path}: {text}");
    }
    let lines = "{\"text\": \"\\ud83d\"}\n{\"id\": \"b\", \"text\": \"😀 好。\"}\n";
    let (_, text) = sent(
        &server,
        "/v1/articles",
        "application/x-ndjson",
        Body::from(lines),
    )
    .await;
    let answers: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(
        (&answers[0]["line"], &answers[0]["error"]["status"]),
        (&json!(1), &json!(400))
    );
    assert_eq!(answers[1]["id"], "b");
    assert_eq!(server.get("/readyz").await.json()["articles"], 1);
}

#[tokio::test]
async fn dates_that_no_calendar_has_are_refused_by_their_field() {
    let server = Server::with_sample().await;
    for date in [
        "2025-13-01",
        "2025-02-30",
        "10000-01-01",
        "2025-10-28T25:00:00Z",
        "9".repeat(90).as_str(),
        "二〇二五年十三月一日",
    ] {
        for (path, body, pointer) in [
            (
                "/v1/articles",
                json!({"text": "一。", "published_at": date}),
                "/published_at",
            ),
            (
                "/v1/search",
                json!({"query": "葫芦", "filter": {"from": date}}),
                "/filter/from",
            ),
            (
                "/v1/search",
                json!({"query": "葫芦", "filter": {"to": date}}),
                "/filter/to",
            ),
            (
                "/v1/ask",
                json!({"question": "葫芦？", "as_of": date}),
                "/as_of",
            ),
            (
                "/v1/check",
                json!({"claim": "a", "sources": ["b"], "published_at": date}),
                "/published_at",
            ),
        ] {
            // Of a check's date only the day is read.
            if path == "/v1/check" && date.contains('T') {
                continue;
            }
            let answer = server.post(path, body).await;
            assert_eq!(
                answer.status,
                StatusCode::UNPROCESSABLE_ENTITY,
                "{path} {date}: {}",
                answer.text
            );
            assert_eq!(
                answer.json()["errors"][0]["pointer"],
                pointer,
                "{date}: {}",
                answer.text
            );
        }
    }
}

#[tokio::test]
async fn characters_that_turn_text_round_do_not_name_things() {
    let server = Server::empty().await;
    for hidden in [
        "\u{202e}",
        "\u{2066}",
        "\u{200f}",
        "\u{200b}",
        "\u{feff}",
        "\u{e0041}",
    ] {
        let named = json!({"id": format!("a{hidden}b"), "text": "一。"});
        let refused = server.post("/v1/articles", named).await;
        assert_eq!(
            refused.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{hidden:?}: {}",
            refused.text
        );
        assert_eq!(refused.json()["errors"][0]["pointer"], "/id");
        // In a source or a title they are left out, so that none can look like another.
        let posed = json!({"id": "posed", "title": format!("葫{hidden}芦"), "source": format!("新{hidden}华网"), "text": "一。"});
        let kept = server.post("/v1/articles", posed).await.json();
        assert_eq!(
            (&kept["title"], &kept["source"]),
            (&json!("葫芦"), &json!("新华网")),
            "{hidden:?}"
        );
    }
}

#[tokio::test]
async fn ids_with_slashes_are_reached_everywhere() {
    let server = Server::empty().await;
    let article = json!({"id": "a/b/../c", "text": "东昌府区葫芦种植面积3万余亩。"});
    assert_eq!(
        server.post("/v1/articles", article).await.status,
        StatusCode::CREATED
    );
    let path = "/v1/articles/a%2Fb%2F..%2Fc";
    assert_eq!(server.get(path).await.status, StatusCode::OK);
    let brief = server.post(&format!("{path}/brief"), json!({})).await;
    assert_eq!(brief.status, StatusCode::OK, "{}", brief.text);
    assert_eq!(
        server.get("/articles/a%2Fb%2F..%2Fc").await.status,
        StatusCode::OK
    );
    assert_eq!(
        server.call("DELETE", path, "", "").await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(server.get(path).await.status, StatusCode::NOT_FOUND);
}
