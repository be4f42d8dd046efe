//! Regressions planted in what the system said; each fails on the metric that should
//! show it.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock};

use dragoman::answer::Answer;
use dragoman::article::{Article, ArticleId};
use dragoman::brief::Brief;
use dragoman::eval::gate::{self, Breach};
use dragoman::eval::judge::{self, Bench};
use dragoman::eval::observe::Observation;
use dragoman::eval::report::{self, Report, Run};
use dragoman::eval::suite::Suite;
use dragoman::eval::system::{Identity, System};
use dragoman::retrieve::Mode;

use crate::eval::golden::{Bed, article, data};

/// What the scripted model gives, and what is seen without the lexical part; asked once
/// for all tests that plant a regression in it.
struct Observed {
    suite: Arc<Suite>,
    right: Vec<Observation>,
    dense: Vec<Observation>,
    articles: HashMap<ArticleId, Article>,
    identity: Identity,
}

static OBSERVED: LazyLock<Observed> = LazyLock::new(|| {
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    runtime.block_on(async {
        let bed = Bed::new().await;
        let right = bed.observed().await;
        let without = System {
            mode: Some(Mode::Dense),
            answers: false,
            briefs: false,
            ..bed.system.clone()
        };
        let dense = bed.observed_by(&without).await;
        Observed {
            articles: bed
                .suite
                .corpus
                .iter()
                .filter_map(|input| input.id.as_deref())
                .map(|id| article(&bed.suite, id))
                .map(|article| (article.id.clone(), article))
                .collect(),
            identity: bed.system.identity(&bed.app).await,
            suite: bed.suite,
            right,
            dense,
        }
    })
});

impl Observed {
    fn judged(&self, observations: &[Observation]) -> Run {
        let bench = Bench {
            articles: self.articles.clone(),
            ..Bench::default()
        };
        let cases = judge::judge(&self.suite, observations, &bench);
        Run::new(&self.suite, self.identity.clone(), Vec::new(), cases)
    }

    /// The gates that these observations do not pass.
    fn breaches(&self, observations: &[Observation]) -> Vec<Breach> {
        let gates = gate::read(&data("gates.toml")).expect("good gates");
        gate::breaches(&gates, &[self.judged(observations)])
    }
}

fn metrics(breaches: &[Breach]) -> BTreeSet<&str> {
    breaches
        .iter()
        .map(|breach| breach.gate.metric.as_str())
        .collect()
}

#[test]
fn the_gates_pass_what_is_right() {
    let breaches = OBSERVED.breaches(&OBSERVED.right);
    let report = Report {
        runs: vec![OBSERVED.judged(&OBSERVED.right)],
        ..Report::default()
    };
    assert!(breaches.is_empty(), "{}", report::markdown(&report));
}

#[test]
fn citations_shifted_by_one_fail_on_what_is_cited() {
    let found = OBSERVED.breaches(&changed(
        |answer| {
            for citation in &mut answer.citations {
                let article = &OBSERVED.articles[&citation.article_id];
                let next = citation.paragraph as usize % article.paragraphs.len();
                let next = article.paragraphs[next];
                (citation.paragraph, citation.start, citation.end) = (next.n, next.start, next.end);
            }
        },
        |brief| {
            for citation in &mut brief.citations {
                citation.paragraph += 1;
            }
        },
    ));
    let metrics = metrics(&found);
    for metric in ["citation recall", "sources cited", "paragraphs right"] {
        assert!(metrics.contains(metric), "{metric}: {found:#?}");
    }
    assert!(!metrics.contains("correct"), "{found:#?}");
    assert!(!metrics.contains("facts covered"), "{found:#?}");
}

#[test]
fn numbers_multiplied_by_ten_fail_on_what_is_said() {
    let found = OBSERVED.breaches(&changed(
        |answer| {
            answer.answer = tenfold(&answer.answer);
            for claim in &mut answer.claims {
                claim.text = tenfold(&claim.text);
            }
        },
        |brief| {
            let lead = brief.lead.iter_mut().flat_map(|lead| &mut lead.points);
            let groups = brief.groups.iter_mut().flat_map(|group| &mut group.points);
            for point in lead.chain(groups) {
                point.text = tenfold(&point.text);
            }
        },
    ));
    let metrics = metrics(&found);
    for metric in ["correct", "citation recall", "facts covered", "facts wrong"] {
        assert!(metrics.contains(metric), "{metric}: {found:#?}");
    }
    assert!(!metrics.contains("sources cited"), "{found:#?}");
}

#[test]
fn always_answering_fails_on_right_refusals_and_names_the_cases() {
    let found = OBSERVED.breaches(&changed(
        |answer| {
            if answer.abstained {
                answer.abstained = false;
                answer.answer = "The article says so.".into();
            }
        },
        |_| {},
    ));
    assert!(metrics(&found).contains("right refusals"), "{found:#?}");
    let breach = found
        .iter()
        .find(|breach| breach.gate.metric == "right refusals")
        .expect("a breach");
    assert_eq!(breach.measured, Some(0.0));
    assert!(breach.cases.contains(&"gold-007".to_owned()), "{breach}");
    assert!(breach.to_string().contains("gold-007"), "{breach}");
}

#[test]
fn always_refusing_fails_on_wrong_refusals() {
    let found = OBSERVED.breaches(&changed(
        |answer| {
            answer.abstained = true;
            answer.claims.clear();
            answer.citations.clear();
        },
        |_| {},
    ));
    assert!(metrics(&found).contains("wrong refusals"), "{found:#?}");
    assert!(!metrics(&found).contains("right refusals"), "{found:#?}");
}

#[test]
fn retrieval_without_the_lexical_part_fails_on_the_first_hit() {
    let found = OBSERVED.breaches(&OBSERVED.dense);
    let breach = found
        .iter()
        .find(|breach| breach.gate.metric == "Hit@1")
        .expect("a breach");
    let whole = OBSERVED.judged(&OBSERVED.right);
    let whole = whole.metric("Hit@1").expect("a figure").interval.mean;
    assert!(breach.measured.is_some_and(|mean| mean < whole), "{breach}");
}

/// The right observations with each answer and brief changed.
fn changed(answer: impl Fn(&mut Answer), brief: impl Fn(&mut Brief)) -> Vec<Observation> {
    let mut changed = OBSERVED.right.clone();
    for observation in &mut changed {
        if let Some(of) = &mut observation.answer {
            answer(of);
        }
        if let Some(of) = &mut observation.brief {
            brief(of);
        }
    }
    changed
}

/// Every number of a text with a nought behind it.
fn tenfold(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        out.push(c);
        let more = chars
            .peek()
            .is_some_and(|c| c.is_ascii_digit() || matches!(c, '.' | ','));
        if c.is_ascii_digit() && !more {
            out.push('0');
        }
    }
    out
}
