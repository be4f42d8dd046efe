//! The API in this process: the real router over the embedded store, without a model.

use crate::support::server::{SAMPLE, Server};
use axum::http::StatusCode;
use serde_json::{Value, json};

#[tokio::test]
async fn an_article_is_created_updated_and_left_alone() {
    let server = Server::empty().await;
    let article = json!({
        "id": "a/1", "title": "低空經濟試驗", "source": "海東晚報",
        "published_at": "2025年10月28日 05:25", "text": "第一段說了３萬餘畝。\n第二段說「好」。😀",
    });
    let created = server.post("/v1/articles", article.clone()).await;
    assert_eq!(created.status, StatusCode::CREATED);
    let created = created.json();
    assert_eq!(created["status"], "created");
    assert_eq!(created["revision"], 1);
    assert_eq!(created["published_at"], "2025-10-28T05:25:00+08:00");
    assert_eq!(created["language"], "zh-Hant");
    assert_eq!(created["vectors"], "off");
    assert_eq!(created["paragraphs"][1]["text"], "第二段說「好」。😀");

    let again = server.post("/v1/articles", article.clone()).await;
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(again.json()["status"], "unchanged");

    let mut changed = article;
    changed["text"] = json!("只有一段。");
    let updated = server.post("/v1/articles", changed).await.json();
    assert_eq!(updated["status"], "updated");
    assert_eq!(updated["revision"], 2);

    let shown = server.get("/v1/articles/a%2F1").await.json();
    assert_eq!(shown["text"], "只有一段。");
    let old = server
        .post("/v1/search", json!({"query": "畝"}))
        .await
        .json();
    assert_eq!(old["hits"], json!([]), "nothing of the old text is found");

    assert_eq!(
        server
            .call("DELETE", "/v1/articles/a%2F1", "", "")
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        server.get("/v1/articles/a%2F1").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        server
            .call("DELETE", "/v1/articles/a%2F1", "", "")
            .await
            .status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_stream_is_answered_line_by_line_and_a_bad_line_stops_no_other() {
    let server = Server::empty().await;
    let lines = concat!(
        "{\"id\": \"one\", \"text\": \"第一篇。\"}\n",
        "\n",
        "{\"id\": \"two\", \"text\": \n",
        "{\"id\": \"three\", \"words\": \"x\"}\n",
        "{\"id\": \"one\", \"text\": \"第一篇，改过。\"}\n",
        "{\"id\": \"four\", \"text\": \"第四篇。\"}",
    );
    let answer = server
        .call("POST", "/v1/articles", "application/x-ndjson", lines)
        .await;
    assert_eq!(answer.content_type, "application/x-ndjson");
    let lines = answer.lines();
    let summary: Vec<(u64, String)> = lines
        .iter()
        .map(|line| {
            let what = match line["status"].as_str() {
                Some(status) => status.to_owned(),
                None => line["error"]["status"].to_string(),
            };
            (line["line"].as_u64().expect("a line number"), what)
        })
        .collect();
    let expected = [
        (1, "created"),
        (3, "400"),
        (4, "422"),
        (5, "updated"),
        (6, "created"),
    ];
    assert_eq!(
        summary,
        expected.map(|(line, what)| (line, what.to_owned()))
    );
    assert!(
        lines[2]["error"]["detail"]
            .as_str()
            .expect("a detail")
            .contains("words")
    );
    assert_eq!(
        server.get("/v1/articles/one").await.json()["text"],
        "第一篇，改过。"
    );
}

#[tokio::test]
async fn an_array_answers_in_its_order() {
    let server = Server::empty().await;
    let body = json!([{"id": "a", "text": "甲。"}, {"id": "b"}, {"id": "c", "text": "丙。"}]);
    let results = server.post("/v1/articles", body).await.json();
    assert_eq!(
        results["results"][0],
        json!({"id": "a", "status": "created"})
    );
    assert_eq!(results["results"][1]["error"]["status"], 422);
    assert_eq!(results["results"][2]["status"], "created");
}

#[tokio::test]
async fn what_is_wrong_is_a_problem_that_names_the_place() {
    let server = Server::empty().await;
    for (method, path, body, status, names) in [
        ("POST", "/v1/search", "{\"query\": ", 400, "line 1"),
        (
            "POST",
            "/v1/search",
            "{\"query\": \"x\", \"top_k\": 3}",
            422,
            "top_k",
        ),
        (
            "POST",
            "/v1/search",
            "{\"query\": \"  \"}",
            422,
            "query is empty",
        ),
        (
            "POST",
            "/v1/search",
            "{\"query\": \"x\", \"limit\": 0}",
            422,
            "limit = 0",
        ),
        (
            "POST",
            "/v1/search",
            "{\"query\": \"x\", \"filter\": {\"from\": \"昨天吗\"}}",
            422,
            "昨天吗",
        ),
        (
            "POST",
            "/v1/search",
            "{\"query\": \"x\", \"mode\": \"dense\"}",
            503,
            "dense retrieval is off",
        ),
        (
            "POST",
            "/v1/articles",
            "{\"text\": \"x\", \"published_at\": \"2025-13-40\"}",
            422,
            "2025-13-40",
        ),
        ("GET", "/v1/articles?limit=1000", "", 422, "limit = 1000"),
        ("GET", "/v1/articles?cursor=zzz", "", 422, "cursor = zzz"),
        ("GET", "/v1/articles?colour=red", "", 422, "colour"),
        ("GET", "/v1/articles/none", "", 404, "article none"),
        ("GET", "/v1/nothing", "", 404, "/v1/nothing"),
        ("PUT", "/v1/ask", "", 405, "PUT"),
    ] {
        let answer = server.call(method, path, "application/json", body).await;
        let problem = answer.json();
        assert_eq!(
            answer.status.as_u16(),
            status,
            "{method} {path} {body}: {problem}"
        );
        assert_eq!(answer.content_type, "application/problem+json", "{path}");
        assert!(answer.request_id, "{path}");
        assert_eq!(problem["status"], status);
        let detail = problem["detail"].as_str().expect("a detail");
        assert!(detail.contains(names), "{path}: {detail}");
    }
}

#[tokio::test]
async fn a_wrong_field_has_a_pointer() {
    let server = Server::empty().await;
    let body = json!({"query": "x", "filter": {"topics": ["a", 7]}});
    let problem = server.post("/v1/search", body).await.json();
    assert_eq!(problem["errors"][0]["pointer"], "/filter/topics/1");
}

#[tokio::test]
async fn search_finds_the_best_passage_of_each_article() {
    let server = Server::with_sample().await;
    let answer = server
        .post("/v1/search", json!({"query": "葫芦种植面积"}))
        .await
        .json();
    assert_eq!(answer["mode"], "lexical");
    assert!(
        answer["notes"][0]
            .as_str()
            .expect("a note")
            .contains("lexical search only")
    );
    let hit = &answer["hits"][0];
    assert_eq!(hit["article_id"], "sample-gourd");
    let article = server.get("/v1/articles/sample-gourd").await.json();
    let text: Vec<char> = article["text"].as_str().expect("a text").chars().collect();
    let span = |field: &str| usize::try_from(hit[field].as_u64().expect("a place")).expect("small");
    let passage: String = text[span("start")..span("end")].iter().collect();
    assert_eq!(hit["text"], passage);

    let by_address = server
        .get("/v1/search?q=%E8%91%AB%E8%8A%A6%E7%A7%8D%E6%A4%8D%E9%9D%A2%E7%A7%AF")
        .await;
    assert_eq!(by_address.json()["hits"][0]["article_id"], "sample-gourd");
}

#[tokio::test]
async fn codes_and_traditional_characters_are_found_as_they_are() {
    let server = Server::with_sample().await;
    let code = server
        .post("/v1/search", json!({"query": "GB/T", "limit": 1}))
        .await
        .json();
    assert_eq!(code["hits"][0]["article_id"], "sample-standard");
    let simplified = server
        .post("/v1/search", json!({"query": "制茶", "limit": 1}))
        .await
        .json();
    assert_eq!(
        simplified["hits"][0]["article_id"], "sample-tea",
        "written 製茶 there"
    );
}

#[tokio::test]
async fn filters_hold_in_search_and_lists() {
    let server = Server::with_sample().await;
    let filter = json!({"from": "2025-10-20", "to": "2025-10-22"});
    let hits = server
        .post(
            "/v1/search",
            json!({"query": "台风 葫芦 无人机 粮食", "filter": filter}),
        )
        .await
        .json();
    for hit in hits["hits"].as_array().expect("hits") {
        let date = &hit["published_at"].as_str().expect("a date")[..10];
        assert!(("2025-10-20"..="2025-10-22").contains(&date), "{hit}");
    }
    let listed = server
        .get("/v1/articles?from=2025-10-20&to=2025-10-22")
        .await
        .json();
    assert!(
        listed["articles"]
            .as_array()
            .is_some_and(|articles| !articles.is_empty())
    );
    let chinese = server.get("/v1/articles?language=zh").await.json();
    assert_eq!(
        chinese["articles"].as_array().map(Vec::len),
        Some(12),
        "zh takes in both scripts"
    );
    let traditional = server.get("/v1/articles?language=zh-Hant").await.json();
    assert_eq!(traditional["articles"][0]["id"], "sample-tea");
}

#[tokio::test]
async fn a_list_pages_through_everything_once() {
    let server = Server::with_sample().await;
    let mut seen = Vec::new();
    let mut path = "/v1/articles?limit=5".to_owned();
    loop {
        let page = server.get(&path).await.json();
        for article in page["articles"].as_array().expect("articles") {
            assert!(
                article.get("text").is_none(),
                "lists have a summary instead"
            );
            seen.push(article["id"].as_str().expect("an id").to_owned());
        }
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/articles?limit=5&cursor={cursor}"),
            None => break,
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 12);
}

#[tokio::test]
async fn imported_briefs_are_checked_and_the_planted_fault_is_found() {
    let server = Server::with_sample().await;
    let mut faults = Vec::new();
    for line in SAMPLE.lines() {
        let id = serde_json::from_str::<Value>(line).expect("JSON")["id"].clone();
        let article = server
            .get(&format!("/v1/articles/{}", id.as_str().expect("an id")))
            .await
            .json();
        let groups = article["brief"]["groups"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let lead = article["brief"]["lead"]["points"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let points = groups
            .iter()
            .flat_map(|group| group["points"].as_array().cloned().unwrap_or_default());
        faults.extend(
            lead.into_iter()
                .chain(points)
                .filter(|point| point["verdict"] != "supported")
                .map(|point| (id.clone(), point)),
        );
    }
    assert_eq!(faults.len(), 1, "{faults:#?}");
    let (id, point) = &faults[0];
    assert_eq!(id, "sample-gourd");
    assert_eq!(point["verdict"], "contradicted");
    assert_eq!(point["findings"][0]["kind"], "unit");
    let finding = point["findings"][0].to_string();
    assert!(
        finding.contains("acres") && finding.contains("3万余亩"),
        "{finding}"
    );
}

#[tokio::test]
async fn an_article_with_only_a_brief_is_found_by_its_points() {
    let server = Server::empty().await;
    let article = json!({
        "id": "brief-only", "title": "冷链新篇",
        "brief": {"lead": {"label": "Core", "points": [{"text": "The firm trained 10,000 welders.", "citations": [1]}]}, "groups": []},
    });
    assert_eq!(
        server.post("/v1/articles", article).await.status,
        StatusCode::CREATED
    );
    let hit = &server
        .post("/v1/search", json!({"query": "welders"}))
        .await
        .json()["hits"][0];
    assert_eq!(hit["article_id"], "brief-only");
    assert_eq!(hit["origin"], "brief");
    assert_eq!(hit["language"], "en");
}

#[tokio::test]
async fn health_says_what_works() {
    let server = Server::with_sample().await;
    assert_eq!(server.get("/healthz").await.json(), json!({"status": "ok"}));
    let ready = server.get("/readyz").await.json();
    assert_eq!(ready["status"], "ready");
    assert_eq!(ready["articles"], 12);
    assert_eq!(ready["parts"]["dense"]["state"], "off");
    assert_eq!(ready["parts"]["engine"]["state"], "extractive");
}

#[tokio::test]
async fn pages_escape_what_articles_say() {
    let server = Server::empty().await;
    let article = json!({
        "id": "x\"><script>", "title": "<script>alert(1)</script>", "source": "<b>报</b>",
        "url": "https://example.org/\"onmouseover=1", "text": "<img src=x onerror=alert(1)>正文。",
    });
    let created = server.post("/v1/articles", article).await;
    assert!(
        created.status.is_success() || created.status.as_u16() == 422,
        "{}",
        created.text
    );
    for path in ["/", "/articles/x%22%3E%3Cscript%3E"] {
        let page = server.get(path).await;
        for planted in ["<script>alert", "<img src=x", "<b>报"] {
            assert!(!page.text.contains(planted), "{path} holds {planted}");
        }
    }
}

#[tokio::test]
async fn check_compares_a_claim_with_its_sources() {
    let server = Server::empty().await;
    let wrong = json!({"id": 7, "claim": "The area is over 30,000 acres.", "sources": ["葫芦种植面积3万余亩。"]});
    let right =
        json!({"claim": "The area is over 30,000 mu.", "sources": ["葫芦种植面积3万余亩。"]});
    let one = server.post("/v1/check", wrong.clone()).await.json();
    assert_eq!(one["verdict"], "contradicted");
    assert_eq!(one["id"], 7);
    let both = server.post("/v1/check", json!([wrong, right])).await.json();
    assert_eq!(both[1]["verdict"], "supported");
    let lines = format!("{wrong}\nnot json\n{right}\n");
    let stream = server
        .call("POST", "/v1/check", "application/x-ndjson", &lines)
        .await
        .lines();
    assert_eq!(stream.len(), 3);
    assert!(stream[1].get("error").is_some());
    assert_eq!(stream[2]["verdict"], "supported");
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_restart() {
    let server = Server::empty().await;
    server
        .post(
            "/v1/articles",
            json!({"id": "kept", "text": "留下来的文章。"}),
        )
        .await;
    let server = server.restarted().await;
    assert_eq!(
        server.get("/v1/articles/kept").await.json()["text"],
        "留下来的文章。"
    );
    let found = server
        .post("/v1/search", json!({"query": "文章"}))
        .await
        .json();
    assert_eq!(found["hits"][0]["article_id"], "kept");
}

#[tokio::test]
async fn a_served_collection_gives_back_room_and_stays_whole() {
    let server = Server::with_sample().await;
    for round in 0..3 {
        let articles: Vec<Value> = (0..40)
            .map(|n| {
                let text = format!("第{n}项第{round}次改写：种植面积3万余亩，產值１.6億元。😀");
                json!({"id": format!("rewritten-{n}"), "text": text.repeat(20)})
            })
            .collect();
        let answer = server.post("/v1/articles", json!(articles)).await;
        assert!(answer.status.is_success(), "{}", answer.text);
    }
    let room = server.post("/v1/compact", json!({})).await.json();
    let bytes = |field: &str| room[field].as_u64().expect("bytes");
    assert!(
        0 < bytes("after_bytes") && bytes("after_bytes") < bytes("before_bytes"),
        "{room}"
    );
    let state = server.get("/readyz").await.json();
    assert_eq!(state["articles"], 52);
    let found = server
        .post(
            "/v1/search",
            json!({"query": "第7项第2次改写", "mode": "lexical"}),
        )
        .await
        .json();
    assert_eq!(found["hits"][0]["article_id"], "rewritten-7");
}
