//! When feeds are asked, and what becomes of their items.

use std::time::Duration;

use dragoman::feed;
use serde_json::{Value, json};

use crate::feed::site::{Page, Site, rss};
use crate::support::server::Server;

async fn server() -> Server {
    Server::with_config(|config| config.feeds.private = vec!["127.0.0.1".into()]).await
}

/// Follows a site's feed; its id.
async fn follow(server: &Server, site: &Site, more: Value) -> String {
    let mut body = json!({"url": site.url("/rss.xml")});
    let fields = more.as_object().expect("fields").clone();
    body.as_object_mut().expect("an object").extend(fields);
    let feed = server.post("/v1/feeds", body).await;
    assert!(feed.status.is_success(), "{}", feed.text);
    feed.json()["id"].as_str().expect("an id").to_owned()
}

async fn fetch(server: &Server, id: &str) -> Value {
    let answer = server
        .post(&format!("/v1/feeds/{id}/fetch"), json!({}))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

async fn articles(server: &Server) -> Vec<Value> {
    let page = server.get("/v1/articles").await.json();
    let mut articles = page["articles"].as_array().expect("articles").clone();
    articles.sort_by_key(|article| article["title"].to_string());
    articles
}

#[tokio::test]
async fn the_items_of_a_feed_become_articles() {
    let items = rss(&[
        ("1", "甲", "一。二。"),
        ("2", "乙", ""),
        ("1", "甲", "又一次。"),
    ]);
    let site = Site::of([Page::feed(items)]).await;
    let server = server().await;
    let id = follow(&server, &site, json!({"topics": ["教育"]})).await;
    let feed = fetch(&server, &id).await;
    assert_eq!(
        feed["items"],
        json!({"created": 2, "updated": 0, "unchanged": 0, "failed": 0})
    );
    assert_eq!(feed["articles"], 2);
    assert_eq!(feed["last_error"], Value::Null);
    assert_eq!(feed["last_fetched_at"], "2025-10-30T08:00:00+08:00");
    assert_eq!(feed["next_fetch_at"], "2025-10-30T08:30:00+08:00");

    let articles = articles(&server).await;
    assert_eq!(articles[0]["title"], "乙");
    assert_eq!(
        articles[0]["summary"], "乙",
        "a headline alone is an article too"
    );
    let article = &articles[1];
    assert_eq!(article["source"], "某某社", "the feed's title");
    assert_eq!(article["url"], "https://news.example/1");
    assert_eq!(article["published_at"], "2025-10-28T05:25:00+08:00");
    assert_eq!(article["topics"], json!(["教育"]));
    assert_eq!(article["metadata"], json!({"feed": id}));
    let hits = server
        .post("/v1/search", json!({"query": "一"}))
        .await
        .json();
    assert_eq!(hits["hits"][0]["title"], "甲");
}

#[tokio::test]
async fn atom_and_json_feeds_are_read_with_relative_links() {
    let atom = r#"<feed xmlns="http://www.w3.org/2005/Atom"><title>某某社</title><id>x</id><updated>2025-10-28T00:00:00Z</updated>
<entry><title>丙</title><id>y</id><link href="/3"/><updated>2025-10-28T05:25:00+08:00</updated><summary>三。</summary></entry></feed>"#;
    let list = r#"{"version":"https://jsonfeed.org/version/1.1","title":"某某报","items":[{"id":"1","url":"https://news.example/4","title":"丁","content_text":"四。"}]}"#;
    let server = server().await;
    for (kind, body) in [
        ("application/atom+xml", atom),
        ("application/feed+json", list),
    ] {
        let site = Site::of([Page::feed(body).with("content-type", kind)]).await;
        let id = follow(&server, &site, json!({"source": "新华社"})).await;
        let feed = fetch(&server, &id).await;
        assert_eq!(feed["items"]["created"], 1, "{feed}");
    }
    let articles = articles(&server).await;
    let url = articles
        .iter()
        .map(|article| article["url"].as_str().expect("a url"));
    let urls: Vec<&str> = url.collect();
    assert_eq!(urls[0], "https://news.example/4");
    assert!(
        urls[1].starts_with("http://127.0.0.1:") && urls[1].ends_with("/3"),
        "{urls:?}"
    );
    assert!(articles.iter().all(|article| article["source"] == "新华社"));
}

#[tokio::test]
async fn a_feed_is_asked_whether_it_has_changed() {
    let date = "Tue, 28 Oct 2025 00:00:00 GMT";
    let page = Page::feed(rss(&[("1", "甲", "一。")]))
        .with("etag", "\"v1\"")
        .with("last-modified", date);
    let site = Site::of([page, Page::status(304)]).await;
    let server = server().await;
    let id = follow(&server, &site, json!({})).await;
    fetch(&server, &id).await;
    server.later(Duration::from_secs(60));
    let feed = fetch(&server, &id).await;
    assert_eq!(feed["items"]["created"], 0);
    assert_eq!(feed["articles"], 1);
    assert_eq!(feed["last_fetched_at"], "2025-10-30T08:01:00+08:00");
    let asked = site.asked();
    assert_eq!(asked[0].header("if-none-match"), None);
    assert_eq!(asked[1].header("if-none-match"), Some("\"v1\""));
    assert_eq!(asked[1].header("if-modified-since"), Some(date));
    let agent = asked[0].header("user-agent").expect("it says who asks");
    assert!(agent.starts_with("dragoman/"), "{agent}");

    // Given again, its items are read again.
    follow(&server, &site, json!({"topics": ["t"]})).await;
    fetch(&server, &id).await;
    assert_eq!(site.asked()[2].header("if-none-match"), None);
}

#[tokio::test]
async fn feeds_are_polled_when_they_are_due() {
    let often = Site::of([Page::feed(rss(&[("1", "甲", "一。")]))]).await;
    let seldom = Site::of([Page::feed(rss(&[("2", "乙", "二。")]))]).await;
    let server = server().await;
    follow(&server, &often, json!({"every": "10m"})).await;
    follow(&server, &seldom, json!({"every": "2h"})).await;
    let next = feed::poll_due(&server.app).await.expect("a round");
    assert_eq!(
        next.expect("a time").to_string(),
        "2025-10-30T08:10:00+08:00"
    );
    assert_eq!(articles(&server).await.len(), 2);
    for (minutes, polls) in [(9, (1, 1)), (1, (2, 1)), (10, (3, 1)), (100, (4, 2))] {
        server.later(Duration::from_secs(60 * minutes));
        feed::poll_due(&server.app).await.expect("a round");
        assert_eq!(
            (often.asked().len(), seldom.asked().len()),
            polls,
            "{minutes}"
        );
    }
}

#[tokio::test]
async fn a_feed_that_fails_is_left_alone_for_longer_each_time() {
    let good = Page::feed(rss(&[("1", "甲", "一。")]));
    let busy = Page::status(503).with("retry-after", "7200");
    let page = Page::feed("<html><body>no feed</body></html>").with("content-type", "text/html");
    let pages = [
        Page::status(500),
        Page::status(404),
        page,
        busy,
        good,
        Page::status(410),
    ];
    let site = Site::of(pages).await;
    let server = server().await;
    let id = follow(&server, &site, json!({"every": "10m"})).await;
    for (error, next) in [
        (Some("the server answers 500"), "2025-10-30T08:10:00+08:00"),
        (Some("the server answers 404"), "2025-10-30T08:20:00+08:00"),
        (
            Some("it is no RSS, Atom or JSON feed"),
            "2025-10-30T08:40:00+08:00",
        ),
        (Some("the server answers 503"), "2025-10-30T10:00:00+08:00"),
        (None, "2025-10-30T08:10:00+08:00"),
        (Some("the server answers 410"), "2025-10-30T08:10:00+08:00"),
    ] {
        let feed = fetch(&server, &id).await;
        match error {
            None => assert_eq!(feed["last_error"], Value::Null),
            Some(error) => {
                let told = feed["last_error"].as_str().expect("an error");
                assert!(told.contains(error), "{told}");
                assert!(told.contains(&site.url("/rss.xml")), "{told}");
            }
        }
        assert_eq!(feed["next_fetch_at"], next, "{error:?}");
    }
    let feed = fetch(&server, &id).await;
    assert_eq!(feed["articles"], 1);
    assert_eq!(feed["last_fetched_at"], "2025-10-30T08:00:00+08:00");
}

#[tokio::test]
async fn an_item_that_changes_replaces_its_article_and_others_are_left() {
    let first = Page::feed(rss(&[
        ("1", "甲", "一。"),
        ("2", "乙", "二。"),
        ("3", "丙", "三。"),
    ]));
    let again = Page::feed(rss(&[
        ("1", "甲", "改。"),
        ("2", "乙", "二。"),
        ("3", "丙", "三。"),
    ]));
    let site = Site::of([first, again]).await;
    let server = server().await;
    // One of its items came in before, whole, from somebody else.
    let whole = json!({"title": "丙", "text": "全文。", "url": "https://news.example/3"});
    let theirs = server.post("/v1/articles", whole).await.json();
    let id = follow(&server, &site, json!({"topics": ["t"]})).await;
    assert_eq!(fetch(&server, &id).await["items"]["created"], 2);
    // One is removed, and stays so as long as the feed shows it.
    let removed = articles(&server).await[1]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let path = format!("/v1/articles/{removed}");
    assert_eq!(server.call("DELETE", &path, "", "").await.status, 204);

    let feed = fetch(&server, &id).await;
    assert_eq!(
        feed["items"],
        json!({"created": 0, "updated": 1, "unchanged": 0, "failed": 0})
    );
    assert_eq!(feed["articles"], 2);
    let kept = articles(&server).await;
    let titles: Vec<&str> = kept
        .iter()
        .map(|article| article["title"].as_str().expect("one"))
        .collect();
    assert_eq!(titles.len(), 2, "{titles:?}");
    let path = format!("/v1/articles/{}", theirs["id"].as_str().expect("an id"));
    let theirs = server.get(&path).await.json();
    assert_eq!(theirs["text"], "全文。");
    assert_eq!(
        theirs["topics"],
        json!(["t"]),
        "it belongs to the feed's topics all the same"
    );
    assert_eq!(theirs["revision"], 1);
}

#[tokio::test]
async fn an_item_that_cannot_be_taken_stops_no_other() {
    let mut items = rss(&[("1", "甲", "一。"), ("2", "乙", "二。")]);
    items = items.replace("https://news.example/2", "javascript:alert(1)");
    let site = Site::of([Page::feed(items)]).await;
    let server = server().await;
    let id = follow(&server, &site, json!({})).await;
    let feed = fetch(&server, &id).await;
    assert_eq!(feed["items"]["created"], 1);
    let error = feed["last_error"].as_str().expect("an error");
    assert!(
        error.starts_with("1 of 2 items were not taken; the first: "),
        "{error}"
    );
    assert_eq!(
        feed["next_fetch_at"], "2025-10-30T08:30:00+08:00",
        "it is no failure"
    );
}

#[tokio::test]
async fn feeds_outlast_a_restart_and_are_removed() {
    let site = Site::of([Page::feed(rss(&[("1", "甲", "一。")]))]).await;
    let server = server().await;
    let id = follow(&server, &site, json!({"every": "2h", "source": "报"})).await;
    fetch(&server, &id).await;
    let before = server.get("/v1/feeds").await.json();
    let server = server.restarted().await;
    assert_eq!(server.get("/v1/feeds").await.json(), before);
    let path = format!("/v1/feeds/{id}");
    let shown = server.get(&path).await.json();
    assert_eq!(before["feeds"], json!([shown]));
    assert_eq!(shown["every"], "2h");
    assert_eq!(server.call("DELETE", &path, "", "").await.status, 204);
    assert_eq!(server.call("DELETE", &path, "", "").await.status, 404);
    assert_eq!(server.get(&path).await.status, 404);
    assert_eq!(
        server
            .post(&format!("{path}/fetch"), json!({}))
            .await
            .status,
        404
    );
    assert_eq!(articles(&server).await.len(), 1, "its articles stay");
}

#[tokio::test]
async fn a_wrong_feed_is_refused_with_its_field() {
    let server = Server::empty().await;
    let url = "https://news.example/rss.xml";
    for (body, pointer) in [
        (json!({"url": "news.example"}), "/url"),
        (json!({"url": "ftp://news.example/"}), "/url"),
        (json!({"url": "file:///etc/passwd"}), "/url"),
        (json!({"url": "https://user:geheim@news.example/"}), "/url"),
        (json!({"url": url, "every": "soon"}), "/every"),
        (json!({"url": url, "every": "1s"}), "/every"),
        (json!({"url": url, "every": "-1h"}), "/every"),
        (json!({"url": url, "topics": [" "]}), "/topics"),
        (json!({"url": url, "topic": "x"}), "/topic"),
        (json!({"source": "x"}), ""),
    ] {
        let answer = server.post("/v1/feeds", body.clone()).await;
        assert_eq!(answer.status, 422, "{body}");
        let problem = answer.json();
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        assert!(!answer.text.contains("geheim"), "{}", answer.text);
    }
    let first = server.post("/v1/feeds", json!({"url": url})).await;
    assert_eq!(first.status, 201);
    assert_eq!(first.json()["every"], "30m");
    let again = json!({"url": format!("{url}#top"), "every": "1h"});
    let again = server.post("/v1/feeds", again).await;
    assert_eq!(again.status, 200, "the same address is the same feed");
    assert_eq!(again.json()["id"], first.json()["id"]);
    assert_eq!(again.json()["every"], "1h");
}
