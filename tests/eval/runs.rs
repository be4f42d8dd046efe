//! Runs that are repeated, interrupted or fail.

use dragoman::eval;
use dragoman::eval::cache::Cache;
use dragoman::eval::journal::{Heading, Journal};
use dragoman::eval::observe::{Observation, observe};
use dragoman::eval::report::{Report, Run};

use crate::eval::golden::Bed;
use crate::support::model::ModelServer;
use crate::support::server::write_with;

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_is_the_same_and_costs_nothing() {
    let bed = Bed::new().await;
    let run = async || {
        let journal = Journal::none();
        let tell = |_, _| {};
        eval::run(
            &bed.app,
            &bed.suite,
            &bed.system,
            &bed.cache(),
            journal,
            Vec::new(),
            &tell,
        )
        .await
        .expect("it runs")
        .0
    };
    let first = run().await;
    let asked = bed.model.chats().len();
    let second = run().await;
    assert_eq!(bed.model.chats().len(), asked, "nothing is asked twice");
    let text = |run: Run| {
        let report = Report {
            runs: vec![run],
            ..Report::default()
        };
        serde_json::to_string_pretty(&report).expect("it can be written")
    };
    assert!(text(first) == text(second), "the reports differ");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_run_goes_on_where_it_was() {
    let bed = Bed::new().await;
    let path = bed.folder.path().join("cases.ndjson");
    let heading = Heading {
        suite: bed.suite.hash.clone(),
        system: "a".into(),
    };
    let all = bed.observed().await;
    let mut journal = Journal::open(&path, &heading, false).expect("it can be written");
    for observation in &all[..100] {
        journal.add(observation).expect("written");
    }
    drop(journal);
    // The line that was being written when the run was stopped.
    let mut text = std::fs::read_to_string(&path).expect("the journal");
    text.push_str("{\"task\": \"question\", \"id\": \"go");
    std::fs::write(&path, text).expect("written");

    let mut journal = Journal::open(&path, &heading, true).expect("it can be read");
    assert_eq!(journal.len(), 100);
    let asked = bed.model.chats().len();
    let fresh = Cache::new(&bed.folder.path().join("other"), false);
    let again = observe(
        &bed.app,
        &bed.suite,
        &bed.system,
        &fresh,
        &mut journal,
        &|_, _| {},
    )
    .await
    .expect("it runs");
    assert_eq!(again.len(), all.len());
    let ids = |list: &[Observation]| list.iter().map(|o| o.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&again), ids(&all), "in the order of the suite");
    assert!(
        bed.model.chats().len() < asked + 100,
        "the rest alone is asked"
    );

    let other = Heading {
        system: "b".into(),
        ..heading
    };
    let journal = Journal::open(&path, &other, true).expect("it can be read");
    assert!(
        journal.is_empty(),
        "another system's cases are not taken over"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_fails_is_counted_and_asked_again() {
    let bed = Bed::new().await;
    let broken = ModelServer::replying([]).await;
    write_with(&bed.app, &broken);
    let path = bed.folder.path().join("cases.ndjson");
    let heading = Heading {
        suite: String::new(),
        system: String::new(),
    };
    let mut journal = Journal::open(&path, &heading, false).expect("it can be written");
    let observations = observe(
        &bed.app,
        &bed.suite,
        &bed.system,
        &bed.cache(),
        &mut journal,
        &|_, _| {},
    )
    .await
    .expect("the run goes on");
    let failed = observations.iter().filter(|o| o.error.is_some()).count();
    assert!(failed > 80, "{failed}");
    let journal = Journal::open(&path, &heading, true).expect("it can be read");
    assert!(
        journal.len() < 40,
        "what failed is not kept: {}",
        journal.len()
    );
}
