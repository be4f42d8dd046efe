//! Reports, gates and differences, of runs made by hand.

use std::fs;

use dragoman::eval::bootstrap::interval;
use dragoman::eval::diff;
use dragoman::eval::gate::{self, Gate};
use dragoman::eval::judge::{Case, Cited};
use dragoman::eval::metric::{METRICS, named};
use dragoman::eval::observe::{Place, Task};
use dragoman::eval::report::{Report, Run, Times, html, markdown};
use dragoman::eval::suite::Suite;
use dragoman::eval::system::{Identity, System};
use tempfile::TempDir;

fn id(text: &str) -> dragoman::article::ArticleId {
    dragoman::article::ArticleId::new(text).expect("an id")
}

fn case(name: &str, values: &[(&str, f64)]) -> Case {
    Case {
        task: Task::Question,
        id: name.into(),
        kind: Some(if name < "q3" { "number" } else { "none" }.into()),
        language: "en".into(),
        text: format!("How many <b>{name}</b>?"),
        expected: "90 / 90名".into(),
        values: values
            .iter()
            .map(|(metric, value)| ((*metric).to_owned(), *value))
            .collect(),
        rank: values
            .iter()
            .find(|(metric, _)| *metric == "MRR@10")
            .map(|(_, value)| (1.0 / value) as usize),
        found: vec![Place {
            articles: vec![id("g1")],
            paragraph: 2,
            start: 10,
            end: 20,
            excerpt: "至少需要90名<script>alert(1)</script>".into(),
        }],
        said: "At least 90 “mentors”. [1]".into(),
        findings: vec!["The claim says 90; the source states 38.".into()],
        cited: vec![Cited {
            n: 1,
            article_id: id("g1"),
            paragraph: 2,
        }],
        error: None,
    }
}

fn run(system: &str, cases: Vec<Case>) -> Run {
    let suite = Suite {
        name: "small".into(),
        hash: "0123456789abcdef".into(),
        ..Suite::default()
    };
    let identity = Identity {
        name: system.into(),
        engine: "extractive".into(),
        fusion: "none".into(),
        dragoman: "0".into(),
        hash: format!("{system}-hash"),
        ..Identity::default()
    };
    Run::new(&suite, identity, vec!["a <note>".into()], cases)
}

fn before() -> Run {
    run(
        "before",
        vec![
            case("q1", &[("Hit@1", 1.0), ("MRR@10", 1.0), ("correct", 1.0)]),
            case("q2", &[("Hit@1", 0.0), ("MRR@10", 0.5), ("correct", 0.0)]),
            case("q3", &[("right refusals", 0.0)]),
        ],
    )
}

fn after() -> Run {
    let mut last = case("q3", &[("right refusals", 1.0)]);
    last.said = "The articles at hand do not answer this question.".into();
    run(
        "after",
        vec![
            case("q1", &[("Hit@1", 1.0), ("MRR@10", 1.0), ("correct", 1.0)]),
            case("q2", &[("Hit@1", 1.0), ("MRR@10", 1.0), ("correct", 0.0)]),
            last,
        ],
    )
}

fn gates(text: &str) -> Result<Vec<Gate>, gate::GateError> {
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("gates.toml");
    fs::write(&file, text).expect("written");
    gate::read(&file)
}

fn report() -> Report {
    let gates = gates(
        "[[gate]]\nsuite = \"small\"\nsystem = \"before\"\nmetric = \"Hit@1\"\nfloor = 0.8\n",
    )
    .expect("a good gate");
    let runs = vec![before(), after()];
    Report {
        breaches: gate::breaches(&gates, &runs),
        times: [(
            runs[0].name(),
            Times {
                totals: vec![100, 250, 900],
                first_tokens: vec![80],
                total_ms: interval(&[100.0, 250.0, 900.0]),
                first_token_ms: interval(&[80.0]),
            },
        )]
        .into(),
        runs,
    }
}

#[test]
fn a_report_in_markdown() {
    insta::assert_snapshot!(markdown(&report()));
}

#[test]
fn a_page_shows_all_and_trusts_no_text() {
    let page = html(&report());
    assert!(!page.contains("<script"), "text is escaped");
    assert!(!page.contains("<b>q1"), "text is escaped");
    assert!(
        !page.contains("http://") && !page.contains("https://"),
        "nothing from elsewhere"
    );
    for part in [
        "retrieval curves",
        "latency distribution",
        "<polyline",
        "Below the gates",
        "q2",
    ] {
        assert!(page.contains(part), "{part}");
    }
    insta::assert_snapshot!(page.split_once("</style>").expect("a style").1);
}

#[test]
fn a_report_is_read_back_as_it_was_written() {
    let text = serde_json::to_string(&report()).expect("written");
    let again: Report = serde_json::from_str(&text).expect("read");
    assert_eq!(again, report());
}

#[test]
fn a_difference_names_cases_and_tells_noise_from_more() {
    let one = |run: Run| Report {
        runs: vec![run],
        ..Report::default()
    };
    insta::assert_snapshot!(diff::markdown(&diff::diff(&one(before()), &one(after()))));
    let many = |value: f64| {
        let cases = (0..60)
            .map(|n| {
                let value = if n % 4 == 0 { value } else { 0.0 };
                case(&format!("q{n}"), &[("correct", value)])
            })
            .collect();
        one(run("many", cases))
    };
    let row = |from, to| diff::diff(&from, &to)[0].metrics[0].clone();
    assert!(row(many(0.0), many(1.0)).more_than_noise);
    assert!(!row(many(0.0), many(0.0)).more_than_noise);
}

#[test]
fn a_gate_that_means_nothing_is_an_error_that_says_so() {
    let gate = |rest: &str| {
        let text = format!("[[gate]]\nsuite = \"small\"\nsystem = \"a\"\n{rest}\n");
        gates(&text).expect_err("it means nothing").to_string()
    };
    assert!(gate("metric = \"Hit@3\"\nfloor = 1.0").contains("no metric \"Hit@3\""));
    assert!(gate("metric = \"Hit@1\"").contains("neither floor nor ceiling"));
    assert!(gate("metric = \"wrong refusals\"\nfloor = 0.1").contains("give a ceiling"));
    assert!(gate("metric = \"Hit@1\"\nflor = 0.1").contains("flor"));
}

#[test]
fn a_gate_without_cases_is_not_passed() {
    let gates = gates(
        "[[gate]]\nsuite = \"small\"\nsystem = \"before\"\nmetric = \"facts covered\"\nfloor = 0.1\n",
    )
    .expect("a good gate");
    let breaches = gate::breaches(&gates, &[before()]);
    assert_eq!(breaches.len(), 1);
    assert!(
        breaches[0].to_string().contains("no cases"),
        "{}",
        breaches[0]
    );
    assert!(
        gate::breaches(&gates, &[after()]).is_empty(),
        "of another system"
    );
}

#[test]
fn a_system_is_read_with_its_own_settings() {
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("mine.toml");
    let read = |text: &str| {
        fs::write(&file, text).expect("written");
        System::read(&file)
    };
    let system =
        read("mode = \"lexical\"\n[settings.retrieval]\nfusion = \"rank\"\n").expect("good");
    assert_eq!(system.name, "mine");
    let config = dragoman::config::Config::for_testing(folder.path());
    let own = system.config(&config).expect("good settings");
    assert_eq!(own.retrieval.fusion, dragoman::config::Fusion::Rank);
    assert_eq!(
        own.retrieval.lexical_weight,
        config.retrieval.lexical_weight
    );
    let error = read("modus = 1\n").expect_err("no such field").to_string();
    assert!(error.contains("modus"), "{error}");
    let system = read("[settings.retrieval]\nlexical_weight = 7.0\n").expect("it can be read");
    let error = system
        .config(&config)
        .expect_err("out of range")
        .to_string();
    assert!(
        error.contains("mine") && error.contains("lexical_weight"),
        "{error}"
    );
}

#[test]
fn every_metric_says_what_it_is() {
    for metric in METRICS {
        assert!(
            !metric.definition.is_empty() && !metric.source.is_empty(),
            "{}",
            metric.name
        );
        assert_eq!(named(metric.name), Some(metric));
    }
}

#[test]
fn an_interval_holds_its_mean_and_is_the_same_every_time() {
    let values: Vec<f64> = (0..50).map(|n| f64::from(n % 3)).collect();
    let once = interval(&values);
    assert_eq!(once, interval(&values));
    assert!(once.low < once.mean && once.mean < once.high, "{once:?}");
    assert_eq!(interval(&[]), interval(&[0.0; 0]));
}
