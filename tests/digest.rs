//! Digests of topics: events told once, every point with its articles, checked.

use std::sync::Arc;

use crate::support::model::{ModelServer, Reply, Seen};
use crate::support::server::{Server, events};
use dragoman::app::Writer;
use dragoman::llm::openai::{OpenAiModel, OpenAiOptions};
use serde_json::{Value, json};

/// Two reports of one event nearly alike, a third in other words, and another event.
fn articles() -> Vec<Value> {
    let gourd = "聊城市东昌府区葫芦种植面积3万余亩，占全国市场份额的75%。年综合效益达16亿元。当地职业学校与近百家加工企业成立了产教联合体。";
    let article = |id: &str, source: &str, day: &str, title: &str, text: &str| json!({"id": id, "title": title, "text": text, "source": source, "published_at": day, "topics": ["t"]});
    vec![
        article("gourd", "新华社", "2025-10-28", "小葫芦串起大产业", gourd),
        article(
            "gourd-again",
            "中新社",
            "2025-10-29",
            "小葫芦串起大产业",
            &format!("{gourd}（完）"),
        ),
        article(
            "robot",
            "人民网",
            "2025-10-27",
            "重庆机器人大赛开幕",
            "全国职业院校机器人大赛27日在重庆开幕。共有213支队伍参加。比赛将持续三天。",
        ),
        article(
            "old",
            "人民网",
            "2025-09-01",
            "北岸新馆开放",
            "北岸市博物馆新馆1日正式开放。新馆面积2万平方米。",
        ),
    ]
}

async fn server() -> Server {
    let server = Server::empty().await;
    let topic = json!({"id": "t", "name": "Vocational schools"});
    server.post("/v1/topics", topic).await;
    let taken = server.post("/v1/articles", json!(articles())).await.json();
    assert_eq!(taken["results"].as_array().expect("results").len(), 4);
    server
}

async fn with_model(
    server: &Server,
    script: impl FnMut(&Seen) -> Reply + Send + 'static,
) -> ModelServer {
    with_context(server, 8192, script).await
}

async fn with_context(
    server: &Server,
    tokens: usize,
    script: impl FnMut(&Seen) -> Reply + Send + 'static,
) -> ModelServer {
    let model = ModelServer::scripted(script).await;
    let options = OpenAiOptions {
        context_tokens: Some(tokens),
        ..OpenAiOptions::for_testing(&model.url)
    };
    let there = OpenAiModel::new(options).expect("a model");
    server.app.set_writer(Writer::Model(Arc::new(there)));
    model
}

async fn digest(server: &Server, body: Value) -> Value {
    let answer = server.post("/v1/topics/t/digest", body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let digest = answer.json();
    consistent(&digest);
    digest
}

fn points(digest: &Value) -> Vec<Value> {
    let lead = digest["lead"]["points"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let groups = digest["groups"].as_array().expect("groups").iter();
    let rest = groups.flat_map(|group| group["points"].as_array().cloned().expect("points"));
    lead.into_iter().chain(rest).collect()
}

/// What holds of every digest.
fn consistent(digest: &Value) {
    let citations = digest["citations"].as_array().expect("citations");
    let texts = articles();
    for (citation, n) in citations.iter().zip(1..) {
        assert_eq!(citation["n"], n);
        let text = texts
            .iter()
            .find(|article| article["id"] == citation["article_id"]);
        let text = text.expect("an article")["text"].as_str().expect("a text");
        let quote = citation["quote"].as_str().expect("a quote");
        assert!(text.contains(quote), "{quote}");
    }
    for point in points(digest) {
        let numbers = point["citations"].as_array().expect("numbers");
        assert!(
            numbers
                .iter()
                .all(|n| n.as_u64().expect("one") as usize <= citations.len())
        );
    }
    assert_eq!(digest["check"]["claims"], points(digest).len());
}

fn place(prompt: &str, words: &str) -> u64 {
    let line = prompt
        .lines()
        .find(|line| line.starts_with("Paragraph ") && line.contains(words));
    let line = line.unwrap_or_else(|| panic!("{words}: {prompt}"));
    line["Paragraph ".len()..]
        .split(':')
        .next()
        .expect("a number")
        .parse()
        .expect("a number")
}

fn reply(lead: (u64, &str), points: &[(u64, &str)]) -> Reply {
    let points: Vec<Value> = points
        .iter()
        .map(|(n, text)| json!({"paragraph": n, "text": text}))
        .collect();
    Reply::json(&json!({
        "lead": {"paragraph": lead.0, "text": lead.1},
        "sections": [{"heading": "Schools", "points": points}],
    }))
}

#[tokio::test]
async fn a_digest_cites_the_articles_that_its_points_rest_on() {
    let server = server().await;
    let model = with_model(&server, |seen| {
        let prompt = seen.prompt();
        let (area, teams) = (place(&prompt, "30,000 mu"), place(&prompt, "213"));
        reply(
            (area, "Gourds cover over 30,000 mu in Dongchangfu District."),
            &[
                (
                    teams,
                    "213 teams take part in the robot contest in Chongqing.",
                ),
                (area, "The gourd industry yields 1.6 billion yuan a year."),
            ],
        )
    })
    .await;
    let digest = digest(&server, json!({"from": "2025-10-01", "to": "2025-10-31"})).await;
    assert_eq!(
        (&digest["articles"], &digest["events"]),
        (&json!(3), &json!(2))
    );
    assert_eq!(
        (&digest["engine"], &digest["language"]),
        (&json!("llm"), &json!("en"))
    );
    assert_eq!(digest["prompt"]["name"], "digest");
    assert_eq!(
        digest["check"],
        json!({"claims": 3, "supported": 3, "contradicted": 0, "unsupported": 0, "uncited": 0})
    );
    assert_eq!(digest["to"], "2025-10-31T23:59:59.999999+08:00");
    let lead = &digest["citations"][0];
    assert_eq!(lead["article_id"], "gourd-again", "the fullest of the two");
    assert_eq!(lead["also"][0]["article_id"], "gourd");
    assert_eq!(digest["citations"][1]["article_id"], "robot");
    assert_eq!(
        digest["citations"][1]["quote"],
        "全国职业院校机器人大赛27日在重庆开幕。共有213支队伍参加。",
        "the place is in the one sentence, the number in the other"
    );

    let prompt = model.chats()[0].prompt();
    assert_eq!(
        prompt.matches("30,000 mu").count(),
        1,
        "told once: {prompt}"
    );
    assert!(
        !prompt.contains('亿'),
        "no number is left to the model: {prompt}"
    );
    assert!(!prompt.contains("北岸"), "of another time: {prompt}");
    assert!(prompt.contains("Vocational schools") && prompt.contains("2025-10-01 to 2025-10-31"));
}

#[tokio::test]
async fn one_event_in_two_wordings_is_told_once_with_both_reports() {
    let server = server().await;
    let other = json!({"id": "teams", "title": "机器人大赛队伍云集", "text": "记者获悉，此次机器人大赛的参赛队伍共有213支。", "source": "光明网", "published_at": "2025-10-27", "topics": ["t"]});
    server.post("/v1/articles", other).await;
    with_model(&server, |seen| {
        let prompt = seen.prompt();
        let one = place(&prompt, "共有213支");
        let two = prompt.lines().filter(|line| line.contains("213"));
        let two = two.map(|line| line["Paragraph ".len()..].split(':').next().expect("one"));
        let two = two
            .map(|n| n.parse::<u64>().expect("a number"))
            .find(|n| *n != one);
        reply(
            (one, "A robot contest opened in Chongqing."),
            &[
                (one, "213 teams take part in the robot contest."),
                (
                    two.expect("another report"),
                    "In the robot contest, 213 teams take part.",
                ),
            ],
        )
    })
    .await;
    let answer = server
        .post("/v1/topics/t/digest", json!({"from": "2025-10-01"}))
        .await
        .json();
    let points = points(&answer);
    assert_eq!(points.len(), 2, "{points:?}");
    let cited: Vec<&Value> = points[1]["citations"]
        .as_array()
        .expect("numbers")
        .iter()
        .map(|n| &answer["citations"][n.as_u64().expect("one") as usize - 1]["article_id"])
        .collect();
    assert_eq!(cited.len(), 2, "{cited:?}");
    assert!(cited.contains(&&json!("robot")) && cited.contains(&&json!("teams")));
}

#[tokio::test]
async fn what_does_not_hold_is_put_right_marked_or_left_out() {
    let server = server().await;
    let script = |seen: &Seen| {
        let prompt = seen.prompt();
        if prompt.contains("Fault: ") {
            return Reply::text("I cannot.");
        }
        reply(
            (
                place(&prompt, "213"),
                "213 teams take part in the robot contest in Chongqing.",
            ),
            &[(
                place(&prompt, "30,000 mu"),
                "Gourds cover over 30,000 acres in Dongchangfu District.",
            )],
        )
    };
    with_model(&server, script).await;
    let period = json!({"from": "2025-10-01"});
    let marked = digest(&server, period).await;
    assert_eq!(
        (
            &marked["check"]["supported"],
            &marked["check"]["contradicted"]
        ),
        (&json!(1), &json!(1))
    );
    let point = &marked["groups"][0]["points"][0];
    assert_eq!(point["verdict"], "contradicted");
    assert!(
        point["findings"][0]["claim"]
            .as_str()
            .expect("words")
            .contains("30,000 acres")
    );
    let strict = digest(&server, json!({"from": "2025-10-01", "strict": true})).await;
    assert_eq!(strict["check"]["claims"], 1);
    assert_eq!(strict["groups"], json!([]));
}

#[tokio::test]
async fn a_digest_streams_its_points() {
    let server = server().await;
    with_model(&server, |seen| {
        let prompt = seen.prompt();
        reply(
            (
                place(&prompt, "213"),
                "213 teams take part in the robot contest in Chongqing.",
            ),
            &[(
                place(&prompt, "30,000 mu"),
                "Gourds cover over 30,000 mu in Dongchangfu District.",
            )],
        )
    })
    .await;
    let body = json!({"from": "2025-10-01", "stream": true});
    let answer = server.post("/v1/topics/t/digest", body).await;
    assert!(answer.content_type.starts_with("text/event-stream"));
    let events = events(&answer.text);
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["point", "point", "done"]);
    assert_eq!(events[0].1["group"], Value::Null, "the lead");
    assert_eq!(events[0].1["quotes"][0]["article_id"], "robot");
    assert_eq!(events[1].1["group"], "Schools");
    consistent(&events[2].1);
}

#[tokio::test]
async fn a_long_topic_is_read_in_parts_that_fit() {
    let server = server().await;
    let many: Vec<Value> = (0..36)
        .map(|n| {
            let school = ["东", "南", "西", "北", "中", "高"][n % 6].to_owned() + &"山水田林湖草"[n / 6 * 3..n / 6 * 3 + 3];
            let text = format!("{school}学校今年招收了{}名学生。", n * 11 + 11)
                + &format!("{school}开设了{}门课程，学生在工厂里学习手艺，成效明显。", n + 3);
            json!({"id": format!("n{n}"), "title": format!("{school}招生"), "text": text, "published_at": format!("2025-08-{:02}", n % 28 + 1), "topics": ["t"]})
        })
        .collect();
    server.post("/v1/articles", json!(many)).await;
    let model = with_context(&server, 2500, |seen| {
        let prompt = seen.prompt();
        let n: u64 = prompt
            .split("Paragraph ")
            .nth(1)
            .and_then(|rest| rest.split(':').next())
            .expect("one")
            .parse()
            .expect("a number");
        reply(
            (n, "Schools enrol students this year."),
            &[(n, "A school has enrolled students this year.")],
        )
    })
    .await;
    let body = json!({"from": "2025-08-01", "to": "2025-08-31"});
    let answer = server.post("/v1/topics/t/digest", body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json()["articles"], 36);
    let chats = model.chats();
    let parts = chats
        .iter()
        .filter(|chat| chat.prompt().contains("part "))
        .count();
    assert!(parts > 1, "{}", chats.len());
    let options = OpenAiOptions::for_testing(&model.url);
    let counter = OpenAiModel::new(options).expect("a model");
    for chat in &chats {
        use dragoman::llm::LanguageModel;
        assert!(counter.tokens(&chat.prompt()) < 2500 - 800, "it fits");
    }
}

#[tokio::test]
async fn without_a_model_key_sentences_are_quoted() {
    let server = server().await;
    let digest = digest(&server, json!({})).await;
    assert_eq!(
        (&digest["engine"], &digest["language"]),
        (&json!("extractive"), &json!("zh-Hans"))
    );
    assert_eq!(
        (&digest["articles"], &digest["events"]),
        (&json!(4), &json!(3))
    );
    assert_eq!(digest["check"]["supported"], digest["check"]["claims"]);
    for point in points(&digest) {
        let n = point["citations"][0].as_u64().expect("a number") as usize;
        assert_eq!(digest["citations"][n - 1]["quote"], point["text"]);
    }
    let told: Vec<Value> = points(&digest)
        .iter()
        .map(|point| point["text"].clone())
        .collect();
    let area = told
        .iter()
        .filter(|text| text.as_str().expect("words").contains("3万余亩"));
    assert_eq!(area.count(), 1, "{told:?}");
    assert!(
        digest["notes"][0]
            .as_str()
            .expect("a note")
            .contains("no model")
    );
}

#[tokio::test]
async fn without_a_model_what_briefs_say_is_quoted() {
    let server = server().await;
    let mut articles = articles();
    articles[2]["brief"] = json!({
        "title_en": "Robot Contest Opens",
        "lead": {"points": [{"text": "213 teams take part in the robot contest in Chongqing.", "citations": [1]}]},
        "groups": [{"title": "Wrong", "points": [{"text": "500 teams take part.", "citations": [1]}]}],
    });
    server.post("/v1/articles", articles[2].clone()).await;
    let digest = digest(&server, json!({"from": "2025-10-27", "to": "2025-10-27"})).await;
    let points = points(&digest);
    assert_eq!(
        points.len(),
        1,
        "what the check refused is not quoted: {points:?}"
    );
    assert_eq!(digest["language"], "en");
    assert_eq!(points[0]["verdict"], "supported");
    assert_eq!(digest["citations"][0]["article_id"], "robot");
}

#[tokio::test]
async fn a_topic_without_articles_in_the_period_has_an_empty_digest() {
    let server = server().await;
    let digest = digest(&server, json!({"from": "2026-01-01"})).await;
    assert_eq!(
        (&digest["lead"], &digest["groups"]),
        (&Value::Null, &json!([]))
    );
    assert_eq!(
        digest["notes"],
        json!(["no article of the topic is of this time"])
    );
    let bare = server.call("POST", "/v1/topics/t/digest", "", "").await;
    assert_eq!(bare.status, 200, "a body is not needed");
    assert_eq!(
        server.post("/v1/topics/t/digest", Value::Null).await.status,
        200
    );
    assert_eq!(
        server
            .post("/v1/topics/none/digest", json!({}))
            .await
            .status,
        404
    );
    for (body, pointer) in [
        (json!({"from": "gestern"}), "/from"),
        (json!({"since": "2025-01-01"}), "/since"),
        (json!({"engine": "imported"}), "/engine"),
    ] {
        let answer = server.post("/v1/topics/t/digest", body).await;
        assert_eq!(answer.status, 422, "{}", answer.text);
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer);
    }
    let named = server
        .post("/v1/topics/t/digest", json!({"engine": "llm"}))
        .await;
    assert_eq!(named.status, 503, "{}", named.text);
}

#[tokio::test]
async fn a_reader_has_a_digest_written_from_a_form() {
    let server = Server::with_sample().await;
    let topic = json!({"id": "t", "name": "葫芦 & <b>", "query": "葫芦"});
    server.post("/v1/topics", topic).await;
    let holds = async |path: &str, parts: &[&str]| {
        let page = server.get(path).await;
        for part in parts {
            assert!(page.text.contains(part), "no {part} in {}", page.text);
        }
        page.text
    };
    holds("/topics/t", &["href=\"/topics/t/digest\""]).await;
    // The clock of the tests stands at October 30.
    let days = ["value=\"2025-10-24\"", "value=\"2025-10-30\""];
    let form = holds("/topics/t/digest", &days).await;
    assert!(
        !form.contains("class=\"sources\""),
        "nothing is written yet"
    );
    holds(
        "/topics/t/digest?from=2025-10-01&to=2025-10-31&write=1",
        &[
            "&amp; &lt;b&gt;",
            "Vocational schools in Shandong",
            "class=\"cite\" href=\"/articles/sample-gourd?start=",
            "&claim=Vocational",
            "class=\"sources\"",
            "value=\"2025-10-01\"",
            "1 article, 1 event · sentences of the articles and their briefs, quoted",
        ],
    )
    .await;
    let empty = "/topics/t/digest?from=2026-01-01&to=&write=1";
    holds(empty, &["no article of the topic is of this time"]).await;
    let wrong = server.get("/topics/t/digest?from=bald&write=1").await;
    assert_eq!(wrong.status, 422);
    assert_eq!(server.get("/topics/none/digest").await.status, 404);
}
