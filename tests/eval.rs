//! The evaluation as a whole: the golden set asked of the real pipeline with a scripted
//! model, and regressions planted in it, each of which the gates must find.

mod support;

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use dragoman::answer::Answer;
use dragoman::app::{App, Writer};
use dragoman::article::{Article, ArticleId, slice};
use dragoman::brief::Brief;
use dragoman::config::Config;
use dragoman::eval;
use dragoman::eval::cache::Cache;
use dragoman::eval::gate::{self, Breach};
use dragoman::eval::journal::{Heading, Journal};
use dragoman::eval::judge::{self, Bench};
use dragoman::eval::observe::{self, Observation, observe};
use dragoman::eval::report::{self, Report, Run};
use dragoman::eval::suite::{GoldBrief, Suite};
use dragoman::eval::system::{Identity, System};
use dragoman::llm::Role;
use dragoman::llm::openai::{OpenAiModel, OpenAiOptions};
use dragoman::passage::sentences;
use dragoman::retrieve::Mode;
use dragoman::store::edge::EdgeStore;
use dragoman::time::Time;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use support::embedder::WordEmbedder;
use support::model::{ModelServer, Reply, Seen};
use tempfile::TempDir;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("eval")
        .join(name)
}

fn golden() -> Arc<Suite> {
    let mut suites = Suite::read(&data("golden")).expect("the golden set");
    Arc::new(suites.remove(0))
}

/// The golden set in a collection, with a model that knows the gold: it answers with
/// the evidence where it is shown, refuses where there is none, and writes the
/// reference briefs.
struct Bed {
    suite: Arc<Suite>,
    app: Arc<App>,
    model: ModelServer,
    system: System,
    folder: TempDir,
}

impl Bed {
    async fn new() -> Bed {
        let suite = golden();
        let folder = TempDir::new().expect("a temporary folder");
        let store = EdgeStore::open(folder.path())
            .await
            .expect("the store opens");
        let now = "2026-01-01T08:00:00+08:00".parse().expect("a time");
        let app = App::new(
            Config::for_testing(folder.path()),
            Arc::new(store),
            Arc::new(move || now),
        )
        .expect("the built-in prompts are good");
        app.set_embedder(WordEmbedder::shared("words"));
        let notes = observe::take_in(&app, &suite, &|_| {})
            .await
            .expect("taken in");
        assert_eq!(notes, Vec::<String>::new());
        let mut progress = app.progress();
        progress
            .wait_for(|progress| progress.done >= progress.wanted)
            .await
            .expect("the vectors follow");
        let known = suite.clone();
        let model = ModelServer::scripted(move |seen| knowing(&known, seen)).await;
        let client = OpenAiModel::new(OpenAiOptions::for_testing(&*model.url)).expect("settings");
        app.set_writer(Writer::Model(Arc::new(client)));
        let system = System {
            name: "scripted".into(),
            // The toy vectors serve to show what a search by them alone would be.
            mode: Some(Mode::Lexical),
            ..System::default()
        };
        Bed {
            suite,
            app,
            model,
            system,
            folder,
        }
    }

    fn cache(&self) -> Cache {
        Cache::new(&self.folder.path().join("answers"), false)
    }

    async fn observed(&self) -> Vec<Observation> {
        self.observed_by(&self.system).await
    }

    async fn observed_by(&self, system: &System) -> Vec<Observation> {
        let mut journal = Journal::none();
        observe(
            &self.app,
            &self.suite,
            system,
            &self.cache(),
            &mut journal,
            &|_, _| {},
        )
        .await
        .expect("the store works")
    }

    async fn judged(&self, observations: &[Observation]) -> Run {
        let bench = Bench {
            articles: observe::articles(&self.app, &self.suite, observations)
                .await
                .expect("the store works"),
            ..Bench::default()
        };
        let cases = judge::judge(&self.suite, observations, &bench);
        let identity = self.system.identity(&self.app).await;
        Run::new(&self.suite, identity, Vec::new(), cases)
    }
}

/// The reply of a model that knows the gold.
fn knowing(suite: &Suite, seen: &Seen) -> Reply {
    let prompt = seen.prompt();
    match seen.body["response_format"]["json_schema"]["name"].as_str() {
        Some("answer") => Reply::json(&json!({ "claims": claims(suite, &prompt) })),
        Some("question") => Reply::json(&json!({ "question": rewritten(suite, &prompt) })),
        Some("brief") => Reply::json(&brief(suite, &prompt)),
        _ => Reply::json(&json!({"points": []})),
    }
}

/// The sentences that hold the evidence, whatever the language of the question.
fn claims(suite: &Suite, prompt: &str) -> Vec<Value> {
    let asked = prompt
        .lines()
        .find_map(|line| line.strip_prefix("Question: "))
        .expect("a prompt asks");
    let query = suite
        .queries
        .iter()
        .filter(|query| asked.ends_with(&query.query))
        .max_by_key(|query| query.query.len())
        .expect("a question of the suite");
    query
        .evidence
        .iter()
        .filter_map(|place| {
            let quote = place.quote.as_deref()?;
            let article = article(suite, &place.article_id);
            let text = article.paragraph_text(place.paragraph?)?;
            let sentence = sentences(text)
                .into_iter()
                .find(|span| slice(text, span.start, span.end).contains(quote))
                .map(|span| slice(text, span.start, span.end).trim())?;
            Some(json!({"cited": 1, "evidence": sentence, "statement": sentence}))
        })
        .collect()
}

fn rewritten(suite: &Suite, prompt: &str) -> String {
    let query = suite
        .queries
        .iter()
        .find(|query| !query.history.is_empty() && prompt.contains(&query.query))
        .expect("a question with a history");
    let previous = query
        .history
        .iter()
        .rfind(|message| message.role == Role::User)
        .expect("a question before it");
    format!("{} {}", previous.content, query.query)
}

/// The reference brief in the form that the prompt asks for.
fn brief(suite: &Suite, prompt: &str) -> Value {
    // A title's numbers are shown in English, so it is told by its other characters.
    let shown = prompt
        .lines()
        .find_map(|line| line.strip_prefix("Title: "))
        .unwrap_or_default();
    let alike = |brief: &GoldBrief| {
        let title = article(suite, brief.article_id.as_str()).title;
        let held = title.chars().filter(|c| shown.contains(*c)).count();
        1000 * held / title.chars().count().max(1)
    };
    let brief = suite
        .briefs
        .iter()
        .max_by_key(|brief| alike(brief))
        .expect("a brief");
    let brief = Value::from(brief.brief.clone());
    let point = |point: &Value| {
        let n = &point["citations"][0];
        let citations = brief["citations"].as_array().expect("citations");
        let cited = citations.iter().find(|citation| citation["n"] == *n);
        json!({"text": point["text"], "paragraph": cited.expect("it resolves")["paragraph"]})
    };
    let points = |of: &Value| {
        of["points"]
            .as_array()
            .expect("points")
            .iter()
            .map(point)
            .collect()
    };
    let sections: Vec<Value> = brief["groups"]
        .as_array()
        .expect("groups")
        .iter()
        .map(|group| {
            let points: Vec<Value> = points(group);
            json!({"heading": group["title"], "points": points})
        })
        .collect();
    let lead: Vec<Value> = points(&brief["lead"]);
    json!({"headline": brief["title_en"], "lead": lead[0], "sections": sections})
}

fn article(suite: &Suite, id: &str) -> Article {
    let zone = TimeZone::get("Asia/Shanghai").expect("a zone");
    let input = suite
        .corpus
        .iter()
        .find(|input| input.id.as_deref() == Some(id))
        .expect("an article of the suite");
    let now = Time::new(Timestamp::UNIX_EPOCH, &zone);
    Article::from_input(input.clone(), now, &zone).expect("a good article")
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
    let client = OpenAiModel::new(OpenAiOptions::for_testing(&*broken.url)).expect("settings");
    bed.app.set_writer(Writer::Model(Arc::new(client)));
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
    let run = bed.judged(&observations).await;
    let failed = run.metric("failed").expect("a figure").interval.mean;
    assert!(failed > 0.5, "{failed}");
    let journal = Journal::open(&path, &heading, true).expect("it can be read");
    assert!(
        journal.len() < 40,
        "what failed is not kept: {}",
        journal.len()
    );
}
