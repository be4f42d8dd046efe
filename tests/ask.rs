//! Asking and briefing over HTTP with a scripted model that speaks the real protocol.

use crate::support::model::{ModelServer, Reply};
use crate::support::server::{Server, events};
use axum::http::StatusCode;
use dragoman::answer::standalone;
use dragoman::app::{App, BRIEFS_WAITING};
use dragoman::article::{Article, ArticleId, ArticleInput};
use dragoman::brief::{BriefStatus, Engine};
use dragoman::config::{BriefsWhen, Config};
use dragoman::ingest;
use dragoman::llm::openai::{OpenAiModel, OpenAiOptions};
use dragoman::llm::{LanguageModel, Message, Role};
use dragoman::prompt::Prompts;
use serde_json::{Value, json};
use tempfile::TempDir;

const QUESTION: &str = "葫芦种植面积有多大？";

/// The sample collection with a model that gives these replies.
fn claims(claims: &[(&str, &str)]) -> Reply {
    let claims: Vec<Value> = claims
        .iter()
        .map(|(quote, claim)| json!({"cited": 1, "evidence": quote, "statement": claim}))
        .collect();
    Reply::json(&json!({ "claims": claims }))
}

#[tokio::test]
async fn an_answer_cites_the_sentence_that_bears_it_out() {
    let reply = claims(&[("葫芦种植面积3万余亩", "葫芦种植面积超过3万亩。")]);
    let (server, model) = Server::with_model(vec![reply]).await;
    let answer = server
        .post("/v1/ask", json!({"question": QUESTION}))
        .await
        .json();
    assert_eq!(answer["engine"], "llm");
    assert_eq!(answer["abstained"], false);
    assert_eq!(answer["language"], "zh-Hans");
    assert!(
        answer["answer"].as_str().expect("text").ends_with("[1]"),
        "{answer}"
    );
    assert_eq!(answer["claims"][0]["verdict"], "supported");
    let citation = &answer["citations"][0];
    assert_eq!(citation["article_id"], "sample-gourd");
    assert_eq!(citation["paragraph"], 2);
    let article = server.get("/v1/articles/sample-gourd").await.json();
    let text: Vec<char> = article["text"].as_str().expect("text").chars().collect();
    let at =
        |field: &str| usize::try_from(citation[field].as_u64().expect("a place")).expect("small");
    let span: String = text[at("start")..at("end")].iter().collect();
    assert_eq!(citation["quote"], span);
    assert_eq!(model.chats().len(), 1);
}

#[tokio::test]
async fn a_stream_tells_hits_text_claims_and_the_whole() {
    let reply = claims(&[("葫芦种植面积3万余亩", "葫芦种植面积超过3万亩。")]);
    let (server, _model) = Server::with_model(vec![reply]).await;
    let body = json!({"question": QUESTION, "stream": true});
    let stream = server.post("/v1/ask", body).await;
    assert_eq!(stream.content_type, "text/event-stream");
    let events = events(&stream.text);
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.first(), Some(&"hits"));
    assert_eq!(names.last(), Some(&"done"));
    assert!(
        names.contains(&"delta") && names.contains(&"claim"),
        "{names:?}"
    );
    let told: String = events
        .iter()
        .filter(|(name, _)| name == "delta")
        .filter_map(|(_, data)| data["text"].as_str())
        .collect();
    let (_, done) = events.last().expect("an event");
    assert_eq!(done["answer"], told, "the deltas are the answer");
    let (_, claim) = events
        .iter()
        .find(|(name, _)| name == "claim")
        .expect("a claim");
    assert_eq!(claim["index"], 0);
    assert_eq!(claim["verdict"], "supported");
}

#[tokio::test]
async fn a_wrong_number_is_marked_and_withheld_when_strict() {
    let wrong = || claims(&[("葫芦种植面积3万余亩", "葫芦种植面积超过30万亩。")]);
    let (server, _model) = Server::with_model(vec![wrong(), wrong()]).await;
    let marked = server
        .post("/v1/ask", json!({"question": QUESTION}))
        .await
        .json();
    assert_eq!(marked["claims"][0]["verdict"], "contradicted", "{marked}");
    assert_eq!(marked["claims"][0]["findings"][0]["kind"], "number");
    let strict = server
        .post("/v1/ask", json!({"question": QUESTION, "strict": true}))
        .await
        .json();
    assert_eq!(strict["claims"], json!([]));
    assert_eq!(strict["abstained"], true);
    assert!(!strict["answer"].as_str().expect("text").contains("30万"));
}

#[tokio::test]
async fn nothing_relevant_is_refused_without_asking_the_model() {
    let (server, model) = Server::with_model(Vec::new()).await;
    let body = json!({"question": "量子纠缠的退相干时间是几微秒？"});
    let answer = server.post("/v1/ask", body).await.json();
    assert_eq!(answer["abstained"], true, "{answer}");
    assert_eq!(answer["claims"], json!([]));
    assert!(model.chats().is_empty());
}

#[tokio::test]
async fn without_a_model_sentences_are_quoted() {
    let server = Server::with_sample().await;
    let answer = server
        .post("/v1/ask", json!({"question": QUESTION}))
        .await
        .json();
    assert_eq!(answer["engine"], "extractive");
    assert!(
        answer["citations"][0]["quote"]
            .as_str()
            .expect("a quote")
            .contains("3万余亩"),
        "{answer}"
    );
    let refused = server
        .post("/v1/ask", json!({"question": QUESTION, "engine": "llm"}))
        .await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_model_that_fails_is_a_problem_that_says_what_to_do() {
    let failing = Reply::error(401, &json!({"error": {"message": "bad key", "code": 401}}));
    let (server, _model) = Server::with_model(vec![failing]).await;
    let answer = server.post("/v1/ask", json!({"question": QUESTION})).await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
    let detail = answer.json()["detail"]
        .as_str()
        .expect("a detail")
        .to_owned();
    assert!(
        detail.contains("401") && detail.contains("OPENAI_API_KEY"),
        "{detail}"
    );
}

#[tokio::test]
async fn a_brief_is_written_kept_and_written_again_only_when_forced() {
    let reply = || {
        Reply::json(&json!({
            "headline": "Typhoon moves 113,000 people",
            "lead": {"paragraph": 2, "text": "A total of 113,000 people were moved to safety."},
            "sections": [{"heading": "Schools", "points": [
                {"paragraph": 2, "text": "412 schools suspended classes."},
                {"paragraph": 2, "text": "As many as 4,120 schools suspended classes in the city."},
            ]}],
        }))
    };
    let repaired = || {
        Reply::json(
            &json!({"points": [{"n": 1, "text": "As many as 4,120 schools stayed shut in the city."}]}),
        )
    };
    let (server, model) = Server::with_model(vec![reply(), repaired(), reply(), repaired()]).await;
    let path = "/v1/articles/sample-typhoon-a/brief";
    assert_eq!(
        server.get("/v1/articles/sample-canteen/brief").await.status,
        StatusCode::NOT_FOUND
    );
    let brief = server.post(path, json!({})).await.json();
    // The article came with a reference brief, which fits and is kept.
    assert_eq!(brief["engine"], "imported");
    assert!(model.chats().is_empty());
    let brief = server
        .post(&format!("{path}?force=true"), json!({}))
        .await
        .json();
    assert_eq!(brief["engine"], "llm");
    assert_eq!(brief["article_id"], "sample-typhoon-a");
    assert_eq!(brief["title_en"], "Typhoon moves 113,000 people");
    assert_eq!(
        brief["lead"]["points"][0]["verdict"], "supported",
        "{brief}"
    );
    let wrong = brief["groups"][0]["points"]
        .as_array()
        .expect("points")
        .iter()
        .find(|point| {
            point["text"]
                .as_str()
                .is_some_and(|text| text.contains("4,120"))
        })
        .expect("what could not be put right stays, marked");
    assert_eq!(wrong["verdict"], "contradicted");
    let kept = server.get("/v1/articles/sample-typhoon-a").await.json();
    assert_eq!(kept["brief"], brief);
    assert_eq!(kept["brief_status"], "ready");
    assert_eq!(kept["title_en"], "Typhoon moves 113,000 people");
}

#[tokio::test]
async fn a_brief_of_a_replaced_text_is_stale() {
    let (server, _model) = Server::with_model(Vec::new()).await;
    let article =
        json!({"id": "sample-typhoon-a", "title": "台风", "text": "全文改过，另有新消息。"});
    server.post("/v1/articles", article).await;
    let kept = server.get("/v1/articles/sample-typhoon-a").await.json();
    assert_eq!(kept["brief_status"], "stale");
}

#[tokio::test]
async fn automatic_briefs_are_written_also_of_what_had_no_place_in_the_queue() {
    let folder = TempDir::new().unwrap();
    let mut config = Config::for_testing(folder.path());
    let app = App::open(config.clone()).await.unwrap();
    let text = "颱風「青鸞」5日深夜在石塘鎮登陸😀，全市共有11.3萬名群眾轉移安置。";
    let input = ArticleInput {
        id: Some("storm".into()),
        text: Some(text.into()),
        ..ArticleInput::default()
    };
    let prepared = ingest::prepare(&app, vec![input]).await;
    let id = ingest::commit(&app, prepared)
        .await
        .remove(0)
        .unwrap()
        .article
        .id;
    app.close().await.unwrap();
    drop(app);

    // What an earlier run left unwritten is written at the start.
    config.briefs.when = BriefsWhen::Auto;
    let app = App::open(config).await.unwrap();
    let briefed = briefed(&app, &id).await;
    assert_eq!(briefed.brief.as_ref().unwrap().engine, Engine::Extractive);

    let without = Article {
        brief: None,
        brief_status: BriefStatus::None,
        ..briefed
    };
    app.store.annotate(without).await.unwrap();
    let other = ArticleId::new("none").unwrap();
    for _ in 0..BRIEFS_WAITING {
        app.brief_wanted(&other);
    }
    app.brief_wanted(&id);
    assert_eq!(app.briefs_waiting(), BRIEFS_WAITING);
    self::briefed(&app, &id).await;
    assert_eq!(app.briefs_waiting(), 0);
}

/// The article once it has its brief.
async fn briefed(app: &App, id: &ArticleId) -> Article {
    loop {
        let article = app.store.get(std::slice::from_ref(id)).await.unwrap();
        let article = article.into_iter().next().flatten().unwrap();
        if article.brief_status == BriefStatus::Ready {
            return article;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_follow_up_is_made_to_stand_alone() {
    let prompts = Prompts::load(None).expect("the built-in prompts");
    let history = vec![
        Message::user("东昌府区种什么？"),
        Message {
            role: Role::Assistant,
            content: "葫芦。".into(),
        },
    ];
    let asked = async |reply: &str, history: &[Message]| {
        let server = ModelServer::replying([Reply::text(reply)]).await;
        let model =
            OpenAiModel::new(OpenAiOptions::for_testing(&*server.url)).expect("good settings");
        let model: &dyn LanguageModel = &model;
        (
            standalone(Some(model), &prompts, "那里种了多少亩？", history)
                .await
                .expect("an answer"),
            server.chats(),
        )
    };
    let (question, chats) = asked(r#"{"question": "东昌府区种了多少亩葫芦？"}"#, &history).await;
    assert_eq!(question, "东昌府区种了多少亩葫芦？");
    assert!(
        chats[0]
            .prompt()
            .contains("Reader: 东昌府区种什么？\nAnswer: 葫芦。")
    );
    let joined = "东昌府区种什么？ 那里种了多少亩？";
    assert_eq!(
        asked(
            r#"{"question": "How many mu of gourds are there?"}"#,
            &history
        )
        .await
        .0,
        joined
    );
    let (question, chats) = asked("never", &[]).await;
    assert_eq!((question.as_str(), chats.len()), ("那里种了多少亩？", 0));
    assert_eq!(
        standalone(None, &prompts, "那里种了多少亩？", &history)
            .await
            .expect("an answer"),
        joined
    );
}
