//! What a model is bound to reply with.

use regex::Regex;
use serde_json::{Value, json};

use super::{answered, article, collection, evidence, hits, request};
use dragoman::answer::AskRequest;

#[tokio::test]
async fn evidence_in_another_language_is_asked_for_in_that_of_its_source() {
    let chinese = hits(&collection()[..1]);
    let english = hits(&[article("mill", "A mill", "The mill employs 40 people.")]);
    let copied = [
        "东昌府区葫芦种植面积over 30,000 mu (about 2,000 hectares)，",
        "「青鸞」5日深夜在石塘鎮登陸，最大風力達１３級",
        "１３級",
    ];
    let translated = [
        "Gourds are grown on over 30,000 mu.",
        "The mill (工厂) employs 40.",
    ];
    let (gourds, mill) = (copied.as_slice(), &translated[..1]);
    // What each source's evidence may be where it is bound, in the sources' order.
    for (question, bound) in [
        (
            "How large is the gourd area?",
            [Some((gourds, &translated[..])), None],
        ),
        ("葫芦种植面积多大？", [None, Some((mill, gourds))]),
    ] {
        for shown in [0..1, 1..2, 0..2] {
            let sources = [chinese.clone(), english.clone()];
            let asked = AskRequest {
                hits: sources[shown.clone()].concat(),
                ..request(question)
            };
            let (_, _, server) = answered(evidence(json!([])), asked).await;
            let schema = &server.chats()[0].body["response_format"]["json_schema"]["schema"];
            for (n, bound) in (1..).zip(&bound[shown]) {
                let evidence = evidence_of_source(schema, n);
                let pattern = evidence["pattern"].as_str();
                assert_eq!(pattern.is_some(), bound.is_some(), "{question}: {schema}");
                let (Some(pattern), Some((may, may_not))) = (pattern, bound) else {
                    continue;
                };
                let takes = Regex::new(pattern).unwrap();
                assert!(may.iter().all(|text| takes.is_match(text)), "{pattern}");
                assert!(
                    !may_not.iter().any(|text| takes.is_match(text)),
                    "{pattern}"
                );
            }
        }
    }
}

/// What the schema of a reply has for the evidence of source `n`.
fn evidence_of_source(schema: &Value, n: u64) -> &Value {
    let claim = &schema["properties"]["claims"]["items"];
    let kinds = claim["anyOf"]
        .as_array()
        .map_or(std::slice::from_ref(claim), |all| all);
    let of_source = |kind: &&Value| {
        let cited = kind["properties"]["cited"]["enum"].as_array().unwrap();
        cited.contains(&json!(n))
    };
    let mut kinds = kinds.iter().filter(of_source);
    let (Some(kind), None) = (kinds.next(), kinds.next()) else {
        panic!("source {n} has one kind of claim: {schema}");
    };
    &kind["properties"]["evidence"]
}
