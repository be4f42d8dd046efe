//! What answers a question, and what does not.

use super::{answered, consistent, evidence, request};
use crate::support::model::Reply;
use serde_json::json;

#[tokio::test]
async fn what_is_not_in_the_sources_is_no_answer() {
    let cases = [
        ("nothing", "谁获得了冠军？", json!([])),
        (
            "a quotation that is in no source",
            "谁是区长？",
            json!([{"cited": 1, "evidence": "东昌府区区长为李强", "statement": "区长是李强。"}]),
        ),
        (
            "evidence of something else",
            "青岛有多少亩葫芦？",
            json!([{"cited": 1, "evidence": "东昌府区葫芦种植面积3万余亩", "statement": "青岛有3万余亩葫芦。"}]),
        ),
    ];
    for (name, question, claims) in cases {
        let (answer, events, _) = answered(evidence(claims), request(question)).await;
        consistent(&answer, &events);
        assert!(answer.abstained, "{name}");
        assert_eq!(answer.answer, "现有报道没有回答这个问题。", "{name}");
        assert!(answer.citations.is_empty(), "{name}");
    }
    let reply = Reply::text("The sources do not mention who won.");
    let (answer, _, _) = answered(reply, request("Who won?")).await;
    assert!(answer.abstained);
    assert_eq!(answer.answer, "The sources do not mention who won.");
}

#[tokio::test]
async fn what_says_the_question_again_is_no_answer() {
    let storm = "颱風「青鸞」5日深夜在石塘鎮登陸";
    let moved = "全市共有11.3萬名群眾轉移安置。";
    for (question, evidence_of, again, more) in [
        (
            "Where did the typhoon make landfall late on the 5th?",
            storm,
            "The typhoon made landfall late on the 5th.",
            "The typhoon made landfall in Shitang late on the 5th.",
        ),
        (
            "How many people in the city were moved?",
            moved,
            "People in the city were moved.",
            "The city moved １１３,000 people 😀.",
        ),
        (
            "颱風青鸞在哪個鎮登陸？",
            storm,
            "颱風青鸞在鎮登陸。",
            "颱風青鸞在石塘鎮登陸。",
        ),
        // 5 stands in 2025, and is no less an answer.
        (
            "Late on which day in 2025 did the typhoon make landfall?",
            storm,
            "The typhoon made landfall late on a day in 2025.",
            "The typhoon made landfall late on day 5 in 2025.",
        ),
        // Yes, and what was left to choose, is in the question.
        (
            "Did the typhoon make landfall, and when?",
            storm,
            "😀",
            "The typhoon made landfall.",
        ),
        (
            "Did the typhoon land where people were moved?",
            storm,
            "😀",
            "The typhoon landed where people were moved.",
        ),
    ] {
        for (statement, answers) in [(again, false), (more, true)] {
            let claims = json!([{"cited": 2, "evidence": evidence_of, "statement": statement}]);
            let (answer, events, _) = answered(evidence(claims), request(question)).await;
            consistent(&answer, &events);
            assert_eq!(!answer.abstained, answers, "{statement}");
        }
    }
}

/// English writes a capital where Chinese has a common word, in one of many forms.
#[tokio::test]
async fn a_common_word_in_capitals_is_no_name() {
    let claims = json!([{"cited": 1, "evidence": "东昌府区葫芦种植面积3万余亩", "statement": "Gourds cover over 30,000 mu there."}]);
    let question = "How many mu of gourds does Dongchangfu County plant?";
    let (answer, events, _) = answered(evidence(claims), request(question)).await;
    consistent(&answer, &events);
    assert_eq!(
        answer.answer, "Gourds cover over 30,000 mu there. [1]",
        "{:?}",
        answer.notes
    );
}

/// Of things that are compared each may stand in an article of its own.
#[tokio::test]
async fn an_article_on_one_of_what_is_compared_answers_its_part() {
    let area = "东昌府区葫芦种植面积3万余亩";
    for (question, statement) in [
        (
            "Which plants more gourds, Qingdao or Dongchangfu District?",
            "Dongchangfu District plants over 30,000 mu of gourds.",
        ),
        (
            "青岛还是东昌府区的葫芦种植面积大？",
            "东昌府区葫芦种植面积3万余亩。",
        ),
        (
            "青岛的冠军是谁？东昌府区葫芦种植面积有多大？",
            "东昌府区葫芦种植面积3万余亩。",
        ),
    ] {
        let claims = json!([{"cited": 1, "evidence": area, "statement": statement}]);
        let (answer, events, _) = answered(evidence(claims), request(question)).await;
        consistent(&answer, &events);
        assert!(!answer.abstained, "{question}");
    }
    for question in [
        "How many mu of gourds do Qingdao and Beijing plant?",
        "How many mu of gourds does Qingdao plant? And when?",
        "青岛和北京有多少亩葫芦？",
    ] {
        let claims =
            json!([{"cited": 1, "evidence": area, "statement": "Gourds cover over 30,000 mu."}]);
        let (answer, events, _) = answered(evidence(claims), request(question)).await;
        consistent(&answer, &events);
        assert!(answer.abstained, "{question}");
    }
}
