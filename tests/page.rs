//! The reader's pages as the server renders them, without a browser.

use crate::support::model::{ModelServer, Reply};
use crate::support::server::{Server, write_with};
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use dragoman::http::router;
use serde_json::json;
use tower::ServiceExt;

struct Page {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Page {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("text"))
    }

    #[track_caller]
    fn holds(&self, parts: &[&str]) {
        for part in parts {
            assert!(self.text.contains(part), "no {part} in {}", self.text);
        }
    }
}

async fn send(server: &Server, request: Request<Body>) -> Page {
    let response = router(server.app.clone())
        .oneshot(request)
        .await
        .expect("the router never fails");
    let (status, headers) = (response.status(), response.headers().clone());
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 24)
        .await
        .expect("a body");
    Page {
        status,
        headers,
        text: String::from_utf8_lossy(&bytes).into_owned(),
    }
}

async fn get(server: &Server, path: &str) -> Page {
    get_with(server, path, &[]).await
}

async fn get_with(server: &Server, path: &str, headers: &[(&str, &str)]) -> Page {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(server, request.body(Body::empty()).expect("a request")).await
}

async fn post(server: &Server, path: &str, headers: &[(&str, &str)], body: &str) -> Page {
    let mut request = Request::post(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(
        server,
        request
            .body(Body::from(body.to_owned()))
            .expect("a request"),
    )
    .await
}

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

#[tokio::test]
async fn the_list_shows_articles_with_their_briefs_under_their_days() {
    let server = Server::with_sample().await;
    let page = get(&server, "/").await;
    assert_eq!(page.status, StatusCode::OK);
    page.holds(&[
        "Tuesday, 28 October 2025",
        "Undated",
        "source unknown · undated",
        "Xin Zhijiao Zhoubao",
        "<time datetime=\"2025-10-28T05:25:00+08:00\">28 October 2025, 05:25</time>",
        "<span class=\"differs\">30,000 acres</span>",
        "Differs from the source",
        "lang=\"zh-Hant\"",
        "href=\"/articles/sample-gourd?point=2&amp;paragraph=2#p2\"",
    ]);
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'self'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert!(
        !page.text.contains("style="),
        "the policy allows no inline style"
    );

    let first = get(&server, "/?limit=5").await;
    let next = first
        .text
        .split("rel=\"next\" href=\"")
        .nth(1)
        .expect("a next page");
    let second = get(&server, next.split('"').next().expect("an address")).await;
    assert_eq!(second.text.matches("class=\"item\"").count(), 5);
    assert!(!second.text.contains("sample-gourd"), "it was on the first");
}

#[tokio::test]
async fn a_citation_shows_the_sentence_and_what_both_say() {
    let server = Server::with_sample().await;
    let part = get(&server, "/articles/sample-gourd/source?point=2&paragraph=2").await;
    part.holds(&[
        "<mark class=\"quote\"><span class=\"same same-1 name\">东昌府</span>区葫芦种植面积<span class=\"differs\">3万余亩</span>",
        "</mark>今年春天",
        "<span class=\"same same-2 number\">75%</span>",
        "<span class=\"same same-3 number\">16亿元</span>",
        "<span class=\"same same-1 name\">Dongchangfu</span>",
        "<span class=\"same same-3 number\">1.6 billion yuan</span>",
        "the source states 3万余亩 (about 4,900 acres)",
    ]);
    // The same place in the article, as a link leads there without a script.
    let page = get(&server, "/articles/sample-gourd?point=2&paragraph=2").await;
    page.holds(&[
        "<mark class=\"quote\">",
        "id=\"p2\"",
        "rel=\"noreferrer external\"",
    ]);
    assert_eq!(page.text.matches("<mark").count(), 1);

    // A claim of an answer is checked against the span that it cites.
    let span = "/articles/sample-gourd/source?start=86&end=124&claim=Over%2040%2C000%20mu%20are%20planted.";
    get(&server, span).await.holds(&[
        "<span class=\"differs\">40,000 mu</span>",
        "<span class=\"differs\">3万余亩</span>",
    ]);
    for missing in [
        "?point=99&paragraph=2",
        "?point=2&paragraph=77",
        "?point=0",
        "",
    ] {
        let path = format!("/articles/sample-gourd/source{missing}");
        assert_eq!(get(&server, &path).await.status, 404, "{missing}");
    }
}

#[tokio::test]
async fn a_quote_is_had_in_english_and_checked() {
    let server = Server::with_sample().await;
    let place = "/articles/sample-gourd?point=2&paragraph=2";
    let none = get(&server, place).await;
    assert!(!none.text.contains("In English"), "there is no model");

    let english = |text: &str| Reply::json(&json!({ "english": text }));
    let model = ModelServer::replying(vec![
        english("Dongchangfu District plants over 30,000 mu of gourds, 75% of the national market, with comprehensive benefits of 1.6 billion yuan a year."),
        english("Dongchangfu District plants over 30,000 mu of gourds, 57% of the national market."),
        english("东昌府区葫芦种植面积3万余亩。"),
    ])
    .await;
    write_with(&server.app, &model);
    let part = get(&server, "/articles/sample-gourd/source?point=2&paragraph=2").await;
    let offered = "/articles/sample-gourd?point=2&paragraph=2&english=1#p2";
    part.holds(&[&format!("href=\"{offered}\">In English</a>")]);
    let path = offered.trim_end_matches("#p2");
    let page = get(&server, path).await;
    page.holds(&[
        "over 30,000 mu of gourds",
        "put into English by scripted, checked against the source",
    ]);
    let prompt = model.chats()[0].prompt();
    assert!(
        prompt.contains("over 30,000 mu") && !prompt.contains("3万余亩"),
        "numbers are put into English before the model reads them: {prompt}"
    );
    assert!(
        !prompt.contains("产教联合体"),
        "only what is quoted: {prompt}"
    );
    get(&server, path).await.holds(&[
        "<span class=\"differs\">57%</span>",
        "Differs from the source",
    ]);
    get(&server, path)
        .await
        .holds(&["its reply could not be used"]);
}

#[tokio::test]
async fn words_have_readings_and_senses_at_their_places() {
    let server = Server::empty().await;
    let text = "😀重庆银行，女儿说“沒有”。ABC";
    server
        .post("/v1/articles", json!({"id": "w", "text": text}))
        .await;
    let answer = server.get("/articles/w/words?paragraph=1").await.json();
    let chars: Vec<char> = text.chars().collect();
    let words: Vec<(String, &str)> = answer["words"]
        .as_array()
        .expect("words")
        .iter()
        .map(|word| {
            let place = |name: &str| word[name].as_u64().expect("a place") as usize;
            let words = chars[place("start")..place("end")].iter().collect();
            (
                words,
                word["readings"][0]["pinyin"].as_str().expect("pinyin"),
            )
        })
        .collect();
    let expected = [
        ("重庆", "Chóngqìng"),
        ("银行", "yínháng"),
        ("女儿", "nǚ'ér"),
        ("说", "shuō"),
        ("沒有", "méiyǒu"),
    ];
    assert_eq!(
        words,
        expected.map(|(word, pinyin)| (word.to_owned(), pinyin))
    );
    assert_eq!(
        server.get("/articles/w/words?paragraph=2").await.status,
        404
    );
}

#[tokio::test]
async fn a_topic_tells_what_is_new_to_this_reader() {
    let server = Server::with_sample().await;
    let topic = json!({"id": "风", "name": "Storms <b>", "query": "台风"});
    server.post("/v1/topics", topic).await;
    let path = "/topics/%E9%A3%8E";
    get(&server, "/")
        .await
        .holds(&["Storms &lt;b&gt;</span> <span class=\"count\" title=\"not yet seen\">2"]);
    let page = get(&server, path).await;
    page.holds(&["<q>台风</q>", "feed.xml", "aria-current=\"page\""]);
    assert!(
        !page.text.contains(">new<"),
        "nothing is new at the first look"
    );
    let cookie = page
        .header("set-cookie")
        .split(';')
        .next()
        .expect("a cookie")
        .to_owned();
    assert!(page.header("set-cookie").contains("SameSite=Lax; HttpOnly"));

    let seen = [("cookie", cookie.as_str())];
    let home = get_with(&server, "/", &seen).await;
    assert!(!home.text.contains("class=\"count\""), "all was seen");
    let earlier = format!("other=1; {}=1", cookie.split('=').next().expect("a name"));
    let page = get_with(&server, path, &[("cookie", &earlier)]).await;
    assert_eq!(page.text.matches("class=\"new\"").count(), 2);
    assert_eq!(get(&server, "/topics/none").await.status, 404);
}

#[tokio::test]
async fn near_identical_reports_are_told_once() {
    let server = Server::empty().await;
    let text = "本报讯，昨日凌晨，北岸市遭遇强降雨，市防汛指挥部启动二级应急响应，转移低洼地带居民三千余人，目前无人员伤亡。学校今日停课一天，地铁二号线部分区间停运，预计明日恢复。";
    for (id, change, source) in [
        ("a", "", "甲报"),
        ("b", "（记者张三）", "乙报"),
        ("c", "转载：", "丙报"),
    ] {
        let article = json!({
            "id": id, "title": format!("北岸市强降雨 {id}"), "source": source,
            "published_at": "2025-10-28", "text": format!("{change}{text}"),
        });
        server.post("/v1/articles", article).await;
    }
    let other = json!({
        "id": "d", "title": "别的", "published_at": "2025-10-28",
        "text": "北岸市博物馆新馆今日开放，展出青铜器一百二十件，其中多件为首次展出，市民可凭身份证免费入场，周一闭馆，开放时间为上午九时至下午五时。",
    });
    server.post("/v1/articles", other).await;
    let page = get(&server, "/").await;
    assert_eq!(page.text.matches("class=\"item\"").count(), 2);
    page.holds(&["2 more reports, nearly the same", "甲报", "乙报", "丙报"]);
}

#[tokio::test]
async fn the_feed_is_rss_with_each_brief() {
    let server = Server::with_sample().await;
    let topic = json!({"id": "t", "name": "Gourds & <more>", "query": "葫芦"});
    server.post("/v1/topics", topic).await;
    let feed = get_with(&server, "/topics/t/feed.xml", &[("host", "localhost:8640")]).await;
    assert_eq!(
        feed.header("content-type"),
        "application/rss+xml; charset=utf-8"
    );
    let parsed = feed_rs::parser::parse(feed.text.as_bytes()).expect("RSS");
    assert_eq!(parsed.title.expect("a title").content, "Gourds & <more>");
    let entry = &parsed.entries[0];
    assert_eq!(entry.id, "sample-gourd");
    assert_eq!(
        entry.links[0].href,
        "http://localhost:8640/articles/sample-gourd"
    );
    assert_eq!(
        entry.published.expect("a date").to_rfc3339(),
        "2025-10-27T21:25:00+00:00"
    );
    let words = &entry.summary.as_ref().expect("a summary").content;
    assert!(words.contains("<h4>Industry Integration</h4>"), "{words}");
    assert!(words.contains("(about 4,900 acres)"), "{words}");
}

#[tokio::test]
async fn a_question_is_answered_without_a_script() {
    let server = Server::with_sample().await;
    let page = get(&server, "/ask?q=%E8%91%AB%E8%8A%A6%20%3Ci%3E").await;
    page.holds(&["data-question=\"葫芦 &lt;i&gt;\"", "http-equiv=\"refresh\""]);
    let whole = get(
        &server,
        "/ask?whole=1&q=%E8%91%AB%E8%8A%A6%E7%A7%8D%E6%A4%8D%E9%9D%A2%E7%A7%AF",
    )
    .await;
    whole.holds(&[
        "东昌府区葫芦种植面积3万余亩",
        "href=\"#s1\"",
        "id=\"s1\" value=\"1\"",
        "sentences quoted from the source",
    ]);
    let unknown = get(&server, "/ask?whole=1&q=quantum%20chromodynamics").await;
    unknown.holds(&["class=\"abstained\""]);
}

#[tokio::test]
async fn a_search_marks_what_it_found_in_either_language() {
    let server = Server::with_sample().await;
    let page = get(&server, "/search?q=gourd&topic=&source=&from=&to=").await;
    page.holds(&["小<span class=\"found\">葫芦</span>串起大产业"]);
    let traditional = get(&server, "/search?q=%E5%88%B6%E8%8C%B6").await;
    traditional.holds(&["<span class=\"found\">製茶</span>"]);
    let filtered = get(&server, "/search?q=gourd&from=2025-10-29").await;
    filtered.holds(&["Nothing was found within these filters."]);
    assert_eq!(get(&server, "/search?q=x&from=neulich").await.status, 422);
}

#[tokio::test]
async fn files_and_pasted_text_are_taken_in_each_with_its_result() {
    let server = Server::empty().await;
    let part = |name: &str, file: Option<&str>, body: &str| {
        let file = file.map_or(String::new(), |file| format!("; filename=\"{file}\""));
        format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{body}\r\n")
    };
    let body = [
        part(
            "files",
            Some("two.ndjson"),
            "{\"id\":\"a\",\"text\":\"甲。\"}\nnot json\n",
        ),
        part("files", Some("<b>.exe"), "MZ"),
        part("files", Some(""), ""),
        part("text", None, "标题\n\n正文在此。"),
        "--edge--\r\n".into(),
    ]
    .concat();
    let media = ("content-type", "multipart/form-data; boundary=edge");
    let page = post(&server, "/upload", &[media], &body).await;
    page.holds(&[
        "href=\"/articles/a\"",
        "taken in",
        "two.ndjson line 2",
        "&lt;b&gt;.exe",
        "its name tells no known format",
        "pasted text",
        "标题</a>: taken in",
    ]);
    let foreign = [
        media,
        ("origin", "https://evil.example"),
        ("host", "localhost"),
    ];
    assert_eq!(post(&server, "/upload", &foreign, &body).await.status, 403);
}

#[tokio::test]
async fn a_form_of_another_site_is_refused() {
    let server = Server::with_sample().await;
    let form = "name=Gourds&query=%E8%91%AB%E8%8A%A6";
    let foreign = [
        FORM,
        ("origin", "https://evil.example"),
        ("host", "127.0.0.1:8640"),
    ];
    assert_eq!(post(&server, "/topics", &foreign, form).await.status, 403);
    let own = [
        FORM,
        ("origin", "http://127.0.0.1:8640"),
        ("host", "127.0.0.1:8640"),
    ];
    let made = post(&server, "/topics", &own, form).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER);
    assert_eq!(made.header("location"), "/topics/gourds");
    get(&server, "/topics/gourds")
        .await
        .holds(&["小葫芦串起大产业"]);
    let gone = post(&server, "/topics/gourds/unfollow", &[FORM], "").await;
    assert_eq!(gone.header("location"), "/");
    assert_eq!(get(&server, "/topics/gourds").await.status, 404);
    let brief = post(&server, "/articles/sample-tea/brief", &[FORM], "").await;
    assert_eq!(brief.header("location"), "/articles/sample-tea");
    get(&server, "/articles/sample-tea")
        .await
        .holds(&["sentences quoted from the source"]);
}

#[tokio::test]
async fn assets_are_named_after_their_content_and_kept() {
    let server = Server::empty().await;
    let page = get(&server, "/status").await;
    page.holds(&["Search by meaning", "DRAGOMAN_EMBED_MODEL", "0 articles"]);
    let addresses: Vec<&str> = page
        .text
        .split('"')
        .filter(|part| part.starts_with("/assets/"))
        .collect();
    assert!(addresses.len() >= 4, "{addresses:?}");
    for address in addresses {
        let asset = get(&server, address).await;
        assert_eq!(asset.status, StatusCode::OK, "{address}");
        assert!(
            asset.header("cache-control").contains("immutable"),
            "{address}"
        );
        // What a script imports is there too.
        for import in asset.text.split("from \"./").skip(1) {
            let name = import.split('"').next().expect("a name");
            assert_eq!(
                get(&server, &format!("/assets/{name}")).await.status,
                200,
                "{name}"
            );
        }
        let tag = asset.header("etag").to_owned();
        let again = get_with(&server, address, &[("if-none-match", &tag)]).await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{address}");
        let packed = get_with(&server, address, &[("accept-encoding", "gzip")]).await;
        if asset.text.len() > 1000 {
            assert_eq!(packed.header("content-encoding"), "gzip", "{address}");
        }
    }
    assert_eq!(
        get(&server, "/assets/page-000000000000.css").await.status,
        404
    );
}
