//! What is there after a restart, compared with what was acknowledged.

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::clients::sent;
use crate::known::{Knowledge, Known, State, article, word};

/// Compares what is there with what may be, and notes which it is; how many are there.
pub async fn compare(http: &Client, base: &str, known: &mut Known) -> u64 {
    let mut present = 0;
    for (id, known) in &mut known.articles {
        let response = http
            .get(format!("{base}/v1/articles/{id}"))
            .send()
            .await
            .expect("an answer");
        let allowed: Vec<State> = [Some(known.acknowledged), known.sent]
            .into_iter()
            .flatten()
            .collect();
        let state = match response.status() {
            StatusCode::NOT_FOUND => None,
            StatusCode::OK => {
                let found: Value = response.json().await.expect("JSON");
                let version = allowed
                    .iter()
                    .flatten()
                    .find(|version| found["text"] == article(id, **version)["text"]);
                let version = version
                    .unwrap_or_else(|| panic!("{id}: {allowed:?} may be there, not {found}"));
                let status = found["brief_status"].as_str().expect("a status");
                if known.brief == Some(*version) && known.sent.is_none() {
                    assert_eq!(status, "ready", "the brief of {id} was acknowledged");
                }
                assert!(
                    ["none", "ready", "stale"].contains(&status),
                    "{id}: {status}"
                );
                Some(*version)
            }
            other => panic!("{id}: {other}"),
        };
        assert!(
            allowed.contains(&state),
            "{id}: {allowed:?} may be there, not {state:?}"
        );
        // Each version that may have been there has a word of its own.
        for version in allowed.iter().flatten() {
            let found = is_found(http, base, id, *version).await;
            assert_eq!(
                found,
                state == Some(*version),
                "{id} is at {state:?}; looking for version {version}"
            );
        }
        present += u64::from(state.is_some());
        *known = Knowledge {
            acknowledged: state,
            sent: None,
            brief: known.brief.filter(|brief| state == Some(*brief)),
        };
    }
    present
}

async fn is_found(http: &Client, base: &str, id: &str, version: u64) -> bool {
    let query =
        json!({"query": word(id, version), "mode": "lexical", "filter": {"article_ids": [id]}});
    let answer = http
        .post(format!("{base}/v1/search"))
        .json(&query)
        .send()
        .await
        .expect("an answer");
    let answer: Value = answer.json().await.expect("JSON");
    let hits = answer["hits"]
        .as_array()
        .unwrap_or_else(|| panic!("{answer}"));
    hits.iter().any(|hit| {
        hit["text"]
            .as_str()
            .is_some_and(|text| text.contains(&word(id, version)))
    })
}

/// Once what the kill left is put in order, there is no article more or less. Before
/// that, points move between segments, and a count sees one twice or not at all.
pub async fn assert_counted(http: &Client, base: &str, present: u64) {
    let (status, body) = sent(http.post(format!("{base}/v1/compact")))
        .await
        .expect("an answer");
    assert_eq!(status, 200, "{body}");
    let (_, ready) = sent(http.get(format!("{base}/readyz")))
        .await
        .expect("an answer");
    let ready: Value = serde_json::from_str(&ready).expect("JSON");
    assert_eq!(ready["articles"], present, "{ready}");
    let mut listed = 0;
    let mut cursor = String::new();
    loop {
        let (_, page) = sent(http.get(format!("{base}/v1/articles?limit=200{cursor}")))
            .await
            .expect("an answer");
        let page: Value = serde_json::from_str(&page).expect("JSON");
        listed += page["articles"].as_array().expect("articles").len() as u64;
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(listed, present);
}
