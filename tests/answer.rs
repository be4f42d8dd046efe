//! Answers: what a model says becomes claims with citations that exist.

mod quoted;
mod relevance;
mod schema;

use std::time::Duration;

use crate::support::model::{ModelServer, Reply};
use dragoman::{
    answer::{Answer, AskEvent, AskRequest, ask, citation::strip},
    article::{Article, ArticleInput, slice},
    check::{FindingKind, Verdict},
    llm::openai::{OpenAiModel, OpenAiOptions},
    passage,
    prompt::Prompts,
    retrieve::Hit,
    time::Time,
};
use jiff::{Timestamp, civil::date, tz::TimeZone};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

const GOURDS: &str = "10月下旬，几名职校学生在葫芦种植基地学习选料。\n东昌府区葫芦种植面积3万余亩，占全国市场份额的75%，年综合效益达16亿元。当地职业学校与近百家加工企业成立了产教联合体。";
const STORM: &str =
    "颱風「青鸞」5日深夜在石塘鎮登陸😀，最大風力達１３級。全市共有11.3萬名群眾轉移安置。";

fn article(id: &str, title: &str, text: &str) -> Article {
    let zone = TimeZone::get("Asia/Shanghai").unwrap();
    let now = Time::new(Timestamp::from_second(1_761_700_000).unwrap(), &zone);
    let input = ArticleInput {
        id: Some(id.into()),
        title: Some(title.into()),
        text: Some(text.into()),
        source: Some("新职教周报".into()),
        published_at: Some("2025-10-28".into()),
        ..ArticleInput::default()
    };
    Article::from_input(input, now, &zone).unwrap()
}

fn collection() -> Vec<Article> {
    vec![
        article("gourds", "小葫芦串起大产业", GOURDS),
        article("storm", "颱風「青鸞」登陸", STORM),
    ]
}

fn hits(articles: &[Article]) -> Vec<Hit> {
    let mut hits = Vec::new();
    for article in articles {
        for passage in passage::passages(&article.text, &article.paragraphs) {
            hits.push(Hit {
                article_id: article.id.clone(),
                passage_id: Uuid::nil(),
                title: article.title.clone(),
                source: article.source.clone(),
                url: None,
                published_at: article.published_at.clone(),
                language: article.language.clone(),
                paragraph: passage.paragraph,
                start: passage.start,
                end: passage.end,
                text: slice(&article.text, passage.start, passage.end).to_owned(),
                score: 1.0,
                origin: article.origin,
                also: Vec::new(),
            });
        }
    }
    hits
}

fn request(question: &str) -> AskRequest {
    let articles = collection();
    AskRequest {
        question: question.into(),
        language: None,
        hits: hits(&articles),
        paragraphs: articles
            .iter()
            .map(|a| (a.id.clone(), a.paragraphs.clone()))
            .collect(),
        relevant: true,
        style: None,
        strict: false,
        today: date(2025, 10, 29),
        retrieved_in: Duration::from_millis(7),
        notes: Vec::new(),
    }
}

fn client(url: &str) -> OpenAiModel {
    OpenAiModel::new(OpenAiOptions {
        context_tokens: Some(8192),
        ..OpenAiOptions::for_testing(url)
    })
    .unwrap()
}

/// The answer, what was told on the way, and the server for what it was asked.
async fn answered(reply: Reply, request: AskRequest) -> (Answer, Vec<AskEvent>, ModelServer) {
    let server = ModelServer::replying([reply]).await;
    let prompts = Prompts::load(None).unwrap();
    let mut events = Vec::new();
    let model = client(&server.url);
    let answer = ask(Some(&model), &prompts, &request, &mut |e| events.push(e))
        .await
        .unwrap();
    (answer, events, server)
}

fn evidence(claims: Value) -> Reply {
    Reply::json(&json!({"claims": claims}))
}

/// What holds of every answer, whatever a model says.
fn consistent(answer: &Answer, events: &[AskEvent]) {
    let (mut text, mut claims) = (String::new(), Vec::new());
    for event in events {
        match event {
            AskEvent::Delta { text: more } => text.push_str(more),
            AskEvent::Claim { index, claim } => {
                assert_eq!(*index, claims.len());
                claims.push(claim.clone());
            }
        }
    }
    assert_eq!(text, answer.answer, "the deltas are the answer");
    assert_eq!(claims, answer.claims);
    let articles = collection();
    for (citation, n) in answer.citations.iter().zip(1..) {
        assert_eq!(citation.n, n);
        let article = articles
            .iter()
            .find(|a| a.id == citation.article_id)
            .unwrap();
        assert_eq!(
            slice(&article.text, citation.start, citation.end),
            citation.quote
        );
        assert_eq!(
            citation.paragraph,
            passage::paragraph_at(&article.paragraphs, citation.start)
        );
    }
    let (_, shown) = strip(&answer.answer);
    let all: Vec<u32> = answer.citations.iter().map(|c| c.n).collect();
    assert!(shown.iter().all(|n| all.contains(n)), "{}", answer.answer);
    for claim in &answer.claims {
        assert!(claim.citations.iter().all(|n| all.contains(n)));
        assert_eq!(
            claim.verdict == Verdict::Uncited,
            claim.citations.is_empty() && claim.findings.is_empty()
        );
    }
}

#[tokio::test]
async fn evidence_becomes_claims_with_the_sentence_that_bears_them_out() {
    let reply = evidence(json!([
        {"cited": 2, "evidence": "东昌府区葫芦种植面积over 30,000 mu (about 2,000 hectares)，占全国市场份额的75%", "statement": "Gourds are grown on over 30,000 mu in Dongchangfu."},
        {"cited": 1, "evidence": "全市共有11.3万名群众转移安置", "statement": "Some 113,000 people were moved to safety. [1]"},
    ]));
    let (mut answer, events, server) = answered(
        reply,
        request("How large is the gourd area in Dongchangfu?"),
    )
    .await;
    consistent(&answer, &events);
    let prompt = server.chats()[0].prompt();
    assert!(
        prompt.contains("over 30,000 mu (about 2,000 hectares)"),
        "{prompt}"
    );
    assert!(
        !prompt.contains("3万余亩"),
        "the model sees no number that it would have to convert"
    );
    answer.hits.clear();
    answer.timings_ms = Default::default();
    let version = [(r#""version": "[0-9a-f]{12}""#, r#""version": "[version]""#)];
    insta::with_settings!({filters => version}, {
        insta::assert_json_snapshot!(answer);
    });
}

#[tokio::test]
async fn no_model_converts_a_number_however_short_the_question() {
    for (question, language) in [
        ("Who grows 葫芦?", None),
        ("How much did gourds yield?", None),
        ("Kohteet?", None),
        ("面积？", Some("en")),
    ] {
        let asked = AskRequest {
            language: language.map(str::to_owned),
            ..request(question)
        };
        let (answer, _, server) = answered(evidence(json!([])), asked).await;
        let prompt = server.chats()[0].prompt();
        assert!(prompt.contains("sentence in English"), "{question}");
        assert!(prompt.contains("over 30,000 mu"), "{question}: {prompt}");
        assert_eq!(answer.language, "en", "{question}");
    }
}

#[tokio::test]
async fn evidence_beside_the_point_is_put_right() {
    let area = "东昌府区葫芦种植面积3万余亩，占全国市场份额的75%，年综合效益达16亿元。";
    let statement = "东昌府区葫芦种植面积3万余亩。东昌府区葫芦种植面积3万余亩。";
    for beside in [
        "2025-10-28",
        "10月下旬，几名职校学生在葫芦种植基地学习选料。",
        "",
    ] {
        let reply = evidence(json!([{"cited": 2, "evidence": beside, "statement": statement}]));
        let (answer, events, _) = answered(reply, request("东昌府区葫芦种植面积多大？")).await;
        consistent(&answer, &events);
        assert_eq!(
            answer.answer, "东昌府区葫芦种植面积3万余亩。[1]",
            "{beside}"
        );
        assert_eq!(answer.citations[0].quote, area, "{beside}");
    }
    // A sentence that has some words of a statement passes the check, but another says it.
    let reply = evidence(json!([{
        "cited": 2,
        "evidence": "几名职校学生在葫芦种植基地学习选料",
        "statement": "Local vocational schools and processing enterprises set up a consortium.",
    }]));
    let (answer, events, _) = answered(reply, request("Who set up the gourd consortium?")).await;
    consistent(&answer, &events);
    assert_eq!(
        answer.citations[0].quote,
        "当地职业学校与近百家加工企业成立了产教联合体。"
    );
}

#[tokio::test]
async fn nothing_relevant_asks_no_model() {
    for request in [
        AskRequest {
            relevant: false,
            ..request("Who won the race?")
        },
        AskRequest {
            hits: Vec::new(),
            ..request("Who won the race?")
        },
    ] {
        let (answer, events, server) = answered(Reply::text("never"), request).await;
        consistent(&answer, &events);
        assert!(answer.abstained && server.seen().is_empty());
        assert_eq!(
            answer.answer,
            "The articles at hand do not answer this question."
        );
    }
}

#[tokio::test]
async fn a_wrong_unit_is_contradicted_and_strict_withholds_it() {
    let claims = || {
        evidence(json!([
            {"cited": 1, "evidence": "东昌府区葫芦种植面积3万余亩", "statement": "Gourds cover over 30,000 acres in Dongchangfu District."},
            {"cited": 1, "evidence": "年综合效益达16亿元", "statement": "The yearly benefit is 1.6 billion yuan."},
        ]))
    };
    let question = "How large is the gourd area of Dongchangfu, and what does it yield?";
    let (answer, events, _) = answered(claims(), request(question)).await;
    consistent(&answer, &events);
    let verdicts: Vec<Verdict> = answer.claims.iter().map(|c| c.verdict).collect();
    assert_eq!(verdicts, [Verdict::Contradicted, Verdict::Supported]);
    assert_eq!(answer.claims[0].findings[0].kind, FindingKind::Unit);

    let strict = AskRequest {
        strict: true,
        ..request(question)
    };
    let (answer, events, _) = answered(claims(), strict).await;
    consistent(&answer, &events);
    assert_eq!(answer.answer, "The yearly benefit is 1.6 billion yuan. [1]");
    assert!(
        !events.iter().any(|e| format!("{e:?}").contains("acres")),
        "not even on the way"
    );
    assert!(answer.notes[0].contains("1 claim"), "{:?}", answer.notes);
}

#[tokio::test]
async fn prose_with_markers_is_read_as_well() {
    let pieces = [
        "葫芦种植",
        "面积3万余亩[",
        "1]，年综合效",
        "益达16亿元【1",
        "】。台风期间转移",
        "11.3万人。［２］据称",
        "还有更多[9][^",
        "1]。",
    ];
    let (answer, events, _) = answered(Reply::pieces(pieces), request("葫芦和台风怎样？")).await;
    consistent(&answer, &events);
    assert_eq!(
        answer.answer,
        "葫芦种植面积3万余亩[1]，年综合效益达16亿元。台风期间转移11.3万人。[2]据称还有更多[3]。"
    );
    let claims: Vec<_> = answer
        .claims
        .iter()
        .map(|c| (c.text.as_str(), c.citations.clone()))
        .collect();
    assert_eq!(
        claims[0],
        ("葫芦种植面积3万余亩，年综合效益达16亿元。", vec![1])
    );
    assert_eq!(claims[1], ("台风期间转移11.3万人。", vec![2]));
    assert_eq!(claims.len(), 3);
    assert_eq!(
        answer.claims[2].findings.last().unwrap().kind,
        FindingKind::Citation
    );
    assert!(
        answer.claims[2]
            .findings
            .last()
            .unwrap()
            .claim
            .contains('9')
    );
    let told: Vec<&str> = events
        .iter()
        .filter_map(|event| match event {
            AskEvent::Delta { text } => Some(text.as_str()),
            AskEvent::Claim { .. } => None,
        })
        .collect();
    // Words are told as they come, a marker once it is whole.
    assert_eq!(
        told.join("|"),
        "葫芦种植|面积3万余亩|[1]|，年综合效|益达16亿元|。|台风期间转移|11.3万人。|[2]|据称|还有更多|[3]|。"
    );
    let uncited = answered(Reply::text("It is large."), request("How large?"))
        .await
        .0;
    assert_eq!(uncited.claims[0].verdict, Verdict::Uncited);
}

#[tokio::test]
async fn evidence_is_told_with_the_brace_that_ends_its_claim() {
    let claim = json!({"cited": 1, "evidence": "东昌府区葫芦种植面积3万余亩", "statement": "葫芦种植面积超过３万亩。"});
    let begun = format!("{{\"claims\": [{claim}");
    let event = json!({"choices": [{"index": 0, "delta": {"content": begun}}]}).to_string();
    let server = ModelServer::replying([Reply::Broken(vec![event])]).await;
    let prompts = Prompts::load(None).unwrap();
    let mut events = Vec::new();
    let question = request("葫芦种植面积有多大？");
    let model = client(&server.url);
    let answer = ask(Some(&model), &prompts, &question, &mut |e| events.push(e)).await;
    assert!(answer.is_err(), "the reply breaks off after it");
    let told = |event: &AskEvent| matches!(event, AskEvent::Claim { claim, .. } if claim.text == "葫芦种植面积超过３万亩。");
    assert!(events.iter().any(told), "{events:?}");
}

#[tokio::test]
async fn strict_prose_is_told_claim_by_claim() {
    let reply =
        Reply::text("Gourds cover over 30,000 acres [1]. They earn 1.6 billion yuan a year [1].");
    let (answer, events, _) = answered(
        reply,
        AskRequest {
            strict: true,
            ..request("How large?")
        },
    )
    .await;
    consistent(&answer, &events);
    assert_eq!(
        answer.answer.trim(),
        "They earn 1.6 billion yuan a year [1]."
    );
}

#[tokio::test]
async fn a_prompt_that_does_not_fit_is_made_smaller_and_that_is_noted() {
    let mut long = request("葫芦面积多大？");
    let (first, other) = (long.hits[0].clone(), long.hits[1].clone());
    long.hits = std::iter::once(first)
        .chain(std::iter::repeat_n(other, 60))
        .collect();
    let server = ModelServer::scripted(|seen| {
        let sources = seen.prompt().matches("Source ").count();
        if sources > 9 {
            return Reply::error(400, &json!({"error": {"code": 400, "type": "exceed_context_size_error", "message": "too long", "n_prompt_tokens": sources * 100, "n_ctx": 1800}}));
        }
        evidence(json!([{"cited": 1, "evidence": "葫芦种植面积3万余亩", "statement": "葫芦种植面积3万余亩。"}]))
    })
    .await;
    let model = OpenAiModel::new(OpenAiOptions {
        context_tokens: Some(4000),
        ..OpenAiOptions::for_testing(&server.url)
    })
    .unwrap();
    let answer = ask(
        Some(&model),
        &Prompts::load(None).unwrap(),
        &long,
        &mut |_| {},
    )
    .await
    .unwrap();
    assert_eq!(answer.claims[0].verdict, Verdict::Supported);
    assert!(server.chats().len() > 1, "the server's own figure counts");
    assert!(
        answer
            .notes
            .iter()
            .any(|n| n.contains("of 61 passages were read")),
        "{:?}",
        answer.notes
    );
}

#[tokio::test]
async fn a_reply_without_words_is_a_refusal_with_nothing_before_it() {
    let (answer, events, _) = answered(Reply::text("[7]\n\n"), request("葫芦？")).await;
    assert!(answer.abstained);
    consistent(&answer, &events);
}

proptest! {
    #[test]
    fn whatever_a_model_says_citations_exist(reply in proptest::collection::vec(
        prop_oneof![Just("[1]"), Just("[2]"), Just("[7]"), Just("。"), Just(". "), Just("葫芦3万亩"), Just("Gourds"), Just("\n\n"), Just("“好。”"), Just("- "), Just("{"), Just("www."), Just("http:"), Just("//a.example"), Just("<b "), Just("](")], 1..16),
        strict in any::<bool>())
    {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let text: String = reply.concat();
            if text.trim().is_empty() {
                return;
            }
            let (answer, events, _) = answered(Reply::text(text), AskRequest { strict, ..request("葫芦？") }).await;
            consistent(&answer, &events);
        });
    }
}
