//! The real program is killed at any moment while several clients write, and what
//! it acknowledged is compared with what it has after a restart.
//!
//! `DRAGOMAN_CRASH_ROUNDS=200 cargo test --release --test crash -- --nocapture` runs
//! the long form; `DRAGOMAN_CRASH_SEED` varies the moments.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use axum::routing::post;
use axum::{Json, Router};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

const CLIENTS: usize = 3;
/// Articles of each client.
const ARTICLES: usize = 8;
/// After this many rounds another embedding model is configured, so that its
/// vectors fill up while the old ones are there.
const ROUNDS_OF_A_MODEL: u64 = 4;

/// What is known of an article: its version, or that there is none.
type State = Option<u64>;

/// What one client knows of its articles.
struct Known {
    articles: BTreeMap<String, Knowledge>,
    versions: u64,
    acknowledged: u64,
    told: watch::Sender<u64>,
}

#[derive(Default, Clone, Copy)]
struct Knowledge {
    acknowledged: State,
    /// What was sent and not answered; either may be there after a crash.
    sent: Option<State>,
    /// A brief was acknowledged for this version.
    brief: Option<u64>,
}

impl Known {
    fn next_version(&mut self) -> u64 {
        self.versions += 1;
        self.versions
    }

    fn send(&mut self, id: &str, state: State) {
        self.articles.entry(id.to_owned()).or_default().sent = Some(state);
    }

    fn acknowledge(&mut self, id: &str) {
        let known = self.articles.entry(id.to_owned()).or_default();
        if let Some(state) = known.sent.take() {
            known.acknowledged = state;
            self.acknowledged += 1;
            self.told.send_modify(|count| *count += 1);
        }
    }
}

/// A word that only this version of this article holds.
fn word(id: &str, version: u64) -> String {
    const LETTERS: &[u8] = b"bcdfgjkmpvxz";
    let letters = format!("{id}-{version}")
        .bytes()
        .flat_map(|byte| {
            [
                LETTERS[usize::from(byte / 12) % 12],
                LETTERS[usize::from(byte % 12)],
            ]
        })
        .map(char::from)
        .collect::<String>();
    format!("zx{letters}")
}

fn article(id: &str, version: u64) -> Value {
    let mut text = format!(
        "{}。东昌府区葫芦种植面积{version}万余亩，产值达{version}亿元。",
        word(id, version)
    );
    for n in 0..version % 5 * 8 {
        text.push_str(&format!(
            "第{n}个村今年种葫芦{version}亩，比去年多{n}亩，村民的收入也随之增加。"
        ));
    }
    json!({"id": id, "title": format!("第{version}版"), "text": text, "published_at": "2025-10-28"})
}

/// The program on a folder, and where it listens.
struct Running {
    process: Child,
    base: String,
}

fn start(folder: &Path, embeddings: &str, model: &str) -> Running {
    let mut process = Command::new(env!("CARGO_BIN_EXE_dragoman"))
        .args(["serve", "--addr", "127.0.0.1:0"])
        .env_clear()
        .env("DRAGOMAN_DATA_DIR", folder)
        .env("DRAGOMAN_EMBED_MODEL", format!("openai:{model}"))
        .env("OPENAI_BASE_URL", embeddings)
        .env("RUST_LOG", "dragoman=info,warn")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut lines = BufReader::new(process.stderr.take().expect("piped")).lines();
    let mut log = String::new();
    let base = loop {
        let Some(Ok(line)) = lines.next() else {
            panic!("the program does not start: {log}");
        };
        log.push_str(&line);
        log.push('\n');
        if let Some((_, address)) = line.split_once("listening on ") {
            break address.trim().to_owned();
        }
    };
    // A pipe that nobody reads would block the program.
    std::thread::spawn(move || lines.for_each(drop));
    Running { process, base }
}

impl Running {
    fn kill(&mut self) {
        // SIGKILL on Unix: nothing of the program's own runs after it.
        self.process.kill().expect("it runs");
        self.process.wait().expect("it has ended");
    }
}

/// A response, or nothing where the program was killed.
async fn sent(request: RequestBuilder) -> Option<(StatusCode, String)> {
    let response = request.send().await.ok()?;
    let status = response.status();
    let body = response.text().await.ok()?;
    assert!(!status.is_server_error(), "{status}: {body}");
    Some((status, body))
}

/// Writes until the program is gone.
async fn write(
    client: usize,
    http: Client,
    base: String,
    mut known: Known,
    mut random: SmallRng,
) -> Known {
    while step(client, &http, &base, &mut known, &mut random)
        .await
        .is_some()
    {}
    known
}

async fn step(
    client: usize,
    http: &Client,
    base: &str,
    known: &mut Known,
    random: &mut SmallRng,
) -> Option<()> {
    let articles = format!("{base}/v1/articles");
    let id = format!("c{client}-{}", random.random_range(0..ARTICLES));
    match random.random_range(0..20) {
        0..8 => {
            let version = known.next_version();
            known.send(&id, Some(version));
            let (status, body) = sent(http.post(&articles).json(&article(&id, version))).await?;
            assert!(status.is_success(), "{status}: {body}");
            known.acknowledge(&id);
        }
        8..12 => {
            // A stream, each line of which is acknowledged by itself.
            let versions: Vec<(String, u64)> = (0..ARTICLES)
                .map(|n| (format!("c{client}-{n}"), known.next_version()))
                .collect();
            let mut lines = String::new();
            for (id, version) in &versions {
                known.send(id, Some(*version));
                lines.push_str(&format!("{}\n", article(id, *version)));
            }
            let mut response = http
                .post(&articles)
                .header("content-type", "application/x-ndjson")
                .body(lines)
                .send()
                .await
                .ok()?;
            let mut text = Vec::new();
            while let Some(chunk) = response.chunk().await.ok()? {
                text.extend_from_slice(&chunk);
                while let Some(end) = text.iter().position(|byte| *byte == b'\n') {
                    let line: Vec<u8> = text.drain(..=end).collect();
                    let answer: Value = serde_json::from_slice(&line).expect("JSON");
                    known.acknowledge(answer["id"].as_str().unwrap_or_else(|| panic!("{answer}")));
                }
            }
        }
        12..15 => {
            known.send(&id, None);
            let (status, body) = sent(http.delete(format!("{articles}/{id}"))).await?;
            assert!(
                status.is_success() || status == StatusCode::NOT_FOUND,
                "{status}: {body}"
            );
            known.acknowledge(&id);
        }
        15..18 => {
            let version = known.articles.get(&id).and_then(|known| known.acknowledged);
            let (status, body) = sent(http.post(format!("{articles}/{id}/brief"))).await?;
            match version {
                Some(version) => {
                    assert_eq!(status, 200, "{body}");
                    known.articles.entry(id).or_default().brief = Some(version);
                }
                None => assert_eq!(status, 404, "{body}"),
            }
        }
        18 => {
            sent(http.get(format!("{base}/v1/search?q=葫芦&limit=50"))).await?;
        }
        _ => {
            sent(http.post(format!("{base}/v1/compact"))).await?;
        }
    }
    Some(())
}

/// Compares what is there with what may be, and notes which it is.
async fn compare(http: &Client, base: &str, known: &mut Known) -> u64 {
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
            let query = json!({"query": word(id, *version), "mode": "lexical", "filter": {"article_ids": [id]}});
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
            let found = hits.iter().any(|hit| {
                hit["text"]
                    .as_str()
                    .is_some_and(|text| text.contains(&word(id, *version)))
            });
            assert_eq!(
                found,
                state == Some(*version),
                "{id} is at {state:?}; looking for version {version}: {answer}"
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

/// Once what the kill left is put in order, there is no article more or less. Before
/// that, points move between segments, and a count sees one twice or not at all.
async fn assert_counted(http: &Client, base: &str, present: u64) {
    let (status, body) = sent(http.post(format!("{base}/v1/compact")))
        .await
        .expect("an answer");
    assert_eq!(status, 200, "{body}");
    let (_, ready) = sent(http.get(format!("{base}/readyz")))
        .await
        .expect("an answer");
    let ready: Value = serde_json::from_str(&ready).expect("JSON");
    assert_eq!(ready["articles"], present, "{ready}");
    let (_, list) = sent(http.get(format!("{base}/v1/articles?limit=200")))
        .await
        .expect("an answer");
    let list: Value = serde_json::from_str(&list).expect("JSON");
    let listed = list["articles"].as_array().expect("articles").len();
    assert_eq!(u64::try_from(listed).expect("small"), present, "{list}");
}

/// Vectors of eight numbers, the same for the same text.
async fn embeddings() -> String {
    let embed = async |Json(body): Json<Value>| {
        let vector = |text: &str| {
            let mut vector = [1.0_f32; 8];
            for byte in text.bytes() {
                vector[usize::from(byte) % 8] += 1.0;
            }
            vector
        };
        let texts = body["input"].as_array().cloned().unwrap_or_default();
        let data: Vec<Value> = texts
            .iter()
            .enumerate()
            .map(|(index, text)| json!({"index": index, "embedding": vector(text.as_str().unwrap_or_default())}))
            .collect();
        Json(json!({ "data": data }))
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let router = Router::new().route("/v1/embeddings", post(embed));
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/v1")
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().expect("a number"))
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_the_program_is_killed() {
    let rounds = setting("DRAGOMAN_CRASH_ROUNDS", 4);
    let seed = setting("DRAGOMAN_CRASH_SEED", 1);
    let mut random = SmallRng::seed_from_u64(seed);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let embeddings = embeddings().await;
    let http = Client::builder()
        .timeout(Duration::from_secs(120))
        .build()
        .expect("a client");
    let told = watch::Sender::new(0);
    let mut clients: Vec<Known> = (0..CLIENTS)
        .map(|_| Known {
            articles: BTreeMap::new(),
            versions: 0,
            acknowledged: 0,
            told: told.clone(),
        })
        .collect();
    for round in 0..rounds {
        let model =
            ["first", "second"][usize::try_from(round / ROUNDS_OF_A_MODEL % 2).expect("small")];
        let mut running = start(folder.path(), &embeddings, model);
        let mut present = 0;
        for known in &mut clients {
            present += compare(&http, &running.base, known).await;
        }
        if round % 3 == 2 {
            assert_counted(&http, &running.base, present).await;
        }
        let writers: Vec<_> = std::mem::take(&mut clients)
            .into_iter()
            .enumerate()
            .map(|(client, known)| {
                let random = SmallRng::seed_from_u64(random.random());
                tokio::spawn(write(
                    client,
                    http.clone(),
                    running.base.clone(),
                    known,
                    random,
                ))
            })
            .collect();
        // Counted in what was acknowledged, so that a slow machine does as much.
        let before: u64 = random.random_range(0..60);
        let moment = Duration::from_micros(random.random_range(0..40_000));
        let mut acknowledged = told.subscribe();
        let goal = *acknowledged.borrow() + before;
        acknowledged
            .wait_for(|count| *count >= goal)
            .await
            .expect("the sender is here");
        #[expect(
            clippy::disallowed_methods,
            reason = "the moment of the kill is what is tested"
        )]
        tokio::time::sleep(moment).await;
        running.kill();
        for writer in writers {
            clients.push(writer.await.expect("no write was refused"));
        }
        let acknowledged: u64 = clients.iter().map(|known| known.acknowledged).sum();
        println!(
            "round {}: killed after {before} more writes and {moment:?}, {present} articles were there, {acknowledged} writes acknowledged so far",
            round + 1
        );
    }
    // It still works as a whole: vectors follow, and it stops when told to.
    let mut running = start(folder.path(), &embeddings, "first");
    for known in &mut clients {
        compare(&http, &running.base, known).await;
    }
    let last = http
        .post(format!("{}/v1/articles?wait=true", running.base))
        .json(&article("last", 7));
    let (status, body) = sent(last).await.expect("an answer");
    assert_eq!(status, 201, "{body}");
    assert!(body.contains("\"vectors\":\"ready\""), "{body}");
    running.kill();
}
