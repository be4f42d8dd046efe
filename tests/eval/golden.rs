//! The golden set in a collection, and a model that knows the gold.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use dragoman::app::App;
use dragoman::article::{Article, slice};
use dragoman::config::Config;
use dragoman::eval::cache::Cache;
use dragoman::eval::journal::Journal;
use dragoman::eval::observe::{self, Observation, observe};
use dragoman::eval::suite::{GoldBrief, Suite};
use dragoman::eval::system::System;
use dragoman::facts;
use dragoman::llm::Role;
use dragoman::passage::sentences;
use dragoman::retrieve::Mode;
use dragoman::store::edge::EdgeStore;
use dragoman::time::Time;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::embedder::WordEmbedder;
use crate::support::model::{ModelServer, Reply, Seen};
use crate::support::server::write_with;

pub fn data(name: &str) -> PathBuf {
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
pub struct Bed {
    pub suite: Arc<Suite>,
    pub app: Arc<App>,
    pub model: ModelServer,
    pub system: System,
    pub folder: TempDir,
}

impl Bed {
    pub async fn new() -> Bed {
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
        write_with(&app, &model);
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

    pub fn cache(&self) -> Cache {
        Cache::new(&self.folder.path().join("answers"), false)
    }

    pub async fn observed(&self) -> Vec<Observation> {
        self.observed_by(&self.system).await
    }

    pub async fn observed_by(&self, system: &System) -> Vec<Observation> {
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
    let shown = prompt
        .lines()
        .find_map(|line| line.strip_prefix("Title: "))
        .unwrap_or_default();
    // Numbers and places of a Chinese title are shown in English.
    let is_shown = |brief: &&GoldBrief| {
        let article = article(suite, brief.article_id.as_str());
        let published = article.published_at.as_ref().map(Time::date);
        shown == article.title || shown == facts::render(&article.title, published).text
    };
    let brief = suite.briefs.iter().find(is_shown).expect("a brief");
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

pub fn article(suite: &Suite, id: &str) -> Article {
    let zone = TimeZone::get("Asia/Shanghai").expect("a zone");
    let input = suite
        .corpus
        .iter()
        .find(|input| input.id.as_deref() == Some(id))
        .expect("an article of the suite");
    let now = Time::new(Timestamp::UNIX_EPOCH, &zone);
    Article::from_input(input.clone(), now, &zone).expect("a good article")
}
