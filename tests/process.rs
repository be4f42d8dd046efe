//! The program as a process: how it stops, what it does where the disk is full or not
//! its own, what it gives away, and what comes back from a backup.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::support::model::{ModelServer, Reply};
use crate::support::program::{Program, command, run, said};
use crate::support::server::SAMPLE;
use reqwest::{Body, Client, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_stream::wrappers::UnboundedReceiverStream;

const KEY: &str = "sk-test-5up3r-s3cr3t-0123456789";
const OWN_KEY: &str = "an-own-s3cr3t-key-0123456789";

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// A settings file that gives open responses one second.
fn hasty(folder: &Path) -> String {
    let file = folder.join("dragoman.toml");
    std::fs::write(&file, "[server]\ngrace_seconds = 1\n").expect("it can be written");
    file.display().to_string()
}

async fn get(http: &Client, url: String) -> (StatusCode, Value) {
    let response = http.get(url).send().await.expect("an answer");
    let status = response.status();
    (status, response.json().await.expect("JSON"))
}

async fn post(http: &Client, url: String, body: &Value) -> (StatusCode, Value) {
    let response = http.post(url).json(body).send().await.expect("an answer");
    let status = response.status();
    (status, response.json().await.expect("JSON"))
}

#[tokio::test(flavor = "multi_thread")]
async fn told_to_stop_it_cuts_off_what_does_not_end() {
    let folder = folder();
    let model = ModelServer::scripted(|_| Reply::Silent).await;
    let mut program = Program::serve(
        command(folder.path())
            .args(["--config", &hasty(folder.path())])
            .env("OPENAI_BASE_URL", &model.url)
            .env("OPENAI_MODEL", "scripted"),
    );
    let http = Client::new();
    let article = json!({"id": "kept", "text": "东昌府区葫芦种植面积3万余亩。"});
    let (status, _) = post(&http, format!("{}/v1/articles", program.base), &article).await;
    assert_eq!(status, StatusCode::CREATED);
    let mut stream = http
        .post(format!("{}/v1/ask", program.base))
        .json(&json!({"question": "葫芦种植面积有多大？", "stream": true}))
        .send()
        .await
        .expect("an answer");
    let first = stream.chunk().await.expect("it goes on").expect("an event");
    assert!(first.starts_with(b"event: hits"), "{first:?}");
    model.asked(1).await;

    program.terminate();
    program.wait_for("open responses have 1 s");
    while let Ok(Some(more)) = stream.chunk().await {
        assert!(!more.starts_with(b"event: done"), "the model says nothing");
    }
    let (status, log) = program.wait();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains("cut off"), "{log}");
    // Nothing is left to be put in order.
    assert!(folder.path().join("store/clean").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn told_to_stop_it_lets_an_upload_end() {
    let folder = folder();
    let mut program = Program::serve(&mut command(folder.path()));
    let (lines, sent) = tokio::sync::mpsc::unbounded_channel();
    let line =
        |id: &str| Ok::<_, std::io::Error>(format!("{}\n", json!({"id": id, "text": "正文。"})));
    lines.send(line("before")).expect("it is read");
    let mut answer = Client::new()
        .post(format!("{}/v1/articles", program.base))
        .header("content-type", "application/x-ndjson")
        .body(Body::wrap_stream(UnboundedReceiverStream::new(sent)))
        .send()
        .await
        .expect("an answer");
    let first = answer.chunk().await.expect("it goes on").expect("a line");
    assert!(String::from_utf8_lossy(&first).contains("created"));
    program.terminate();
    program.wait_for("stopping");
    lines.send(line("after")).expect("it is read");
    drop(lines);
    let second = answer.chunk().await.expect("it goes on").expect("a line");
    assert!(String::from_utf8_lossy(&second).contains("created"));
    let (status, log) = program.wait();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(!log.contains("cut off"), "{log}");
    let exported = run(command(folder.path()).arg("export"));
    let lines = exported.stdout.split_inclusive(|byte| *byte == b'\n');
    assert_eq!(lines.count(), 2, "{}", said(&exported));
}

#[test]
fn a_second_process_is_told_who_has_the_folder() {
    let folder = folder();
    let mut program = Program::serve(&mut command(folder.path()));
    for arguments in [&["search", "葫芦"][..], &["serve"], &["export"]] {
        let refused = run(command(folder.path()).args(arguments));
        assert_eq!(refused.status.code(), Some(1), "{arguments:?}");
        let words = said(&refused);
        assert!(words.contains("another dragoman holds it"), "{words}");
        assert!(words.contains("--server URL"), "{words}");
    }
    program.kill();
    let after = run(command(folder.path()).arg("export"));
    assert_eq!(after.status.code(), Some(0), "{}", said(&after));
}

/// A file system in memory, unmounted when it is dropped.
struct Disk(TempDir);

impl Disk {
    /// None where this user may not mount.
    fn of(size: &str) -> Option<Disk> {
        let folder = folder();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(folder.path())
            .output();
        match mounted {
            Ok(output) if output.status.success() => Some(Disk(folder)),
            other => {
                println!("not tested: no right to mount ({other:?})");
                None
            }
        }
    }

    fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        let done = Command::new("mount")
            .args(["-o", &options])
            .arg(self.0.path())
            .status();
        assert!(done.expect("it was mounted by it").success(), "{options}");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_writes_and_nothing_else() {
    let Some(disk) = Disk::of("170m") else { return };
    let data = disk.0.path();
    let program = Program::serve(&mut command(data));
    let http = Client::new();
    let articles = format!("{}/v1/articles", program.base);
    let text = "东昌府区葫芦种植面积3万余亩，产值达16亿元。".repeat(4_000);
    let mut taken = 0;
    let problem = loop {
        let article = json!({"id": format!("n{taken}"), "text": text});
        let (status, body) = post(&http, articles.clone(), &article).await;
        if !status.is_success() {
            break body;
        }
        taken += 1;
    };
    assert!(taken > 0, "{problem}");
    assert_eq!(
        (&problem["status"], &problem["type"]),
        (&json!(507), &json!("/problems/disk-full")),
        "{problem}"
    );
    let detail = problem["detail"].as_str().expect("a sentence");
    assert!(detail.contains(&data.display().to_string()), "{detail}");
    assert!(detail.contains("make room"), "{detail}");
    // A stream says so line by line.
    let lines = http
        .post(&articles)
        .header("content-type", "application/x-ndjson")
        .body(json!({"text": "一。"}).to_string())
        .send()
        .await
        .expect("an answer")
        .text()
        .await
        .expect("text");
    assert!(lines.contains("507"), "{lines}");

    let found = get(&http, format!("{}/v1/search?q=葫芦&limit=50", program.base)).await;
    assert_eq!(found.0, StatusCode::OK, "{}", found.1);
    let (status, ready) = get(&http, format!("{}/readyz", program.base)).await;
    assert_eq!(
        (status, &ready["articles"]),
        (StatusCode::OK, &json!(taken))
    );
    disk.remount("size=600m");
    let (status, body) = post(
        &http,
        articles.clone(),
        &json!({"id": "later", "text": "一。"}),
    )
    .await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    disk.remount("size=170m");

    program.terminate();
    let (status, log) = program.wait();
    assert_eq!(status.code(), Some(0), "{log}");
    let again = Program::serve(&mut command(data));
    let (_, ready) = get(&http, format!("{}/readyz", again.base)).await;
    assert_eq!(ready["articles"], taken + 1, "{ready}");
    again.terminate();
    assert_eq!(again.wait().0.code(), Some(0));
}

#[test]
fn a_folder_that_cannot_be_written_is_said_so() {
    let Some(disk) = Disk::of("16m") else { return };
    disk.remount("ro");
    let refused = run(command(disk.0.path()).args(["serve", "--addr", "127.0.0.1:0"]));
    let words = said(&refused);
    assert_eq!(refused.status.code(), Some(1), "{words}");
    assert!(words.contains("Read-only file system"), "{words}");
    assert!(
        words.contains("writable and with room on the disk"),
        "{words}"
    );
}

#[test]
fn what_export_prints_ingest_takes_back() {
    let (first, second) = (folder(), folder());
    let sample = first.path().join("sample.ndjson");
    std::fs::write(&sample, SAMPLE).expect("it can be written");
    let file = sample.display().to_string();
    let taken = run(command(first.path()).args(["ingest", &file]));
    assert!(taken.status.success(), "{}", said(&taken));
    let brief = run(command(first.path()).args(["brief", "sample-gourd"]));
    assert!(brief.status.success(), "{}", said(&brief));

    let exported = run(command(first.path()).arg("export"));
    let backup = second.path().join("backup.ndjson");
    std::fs::write(&backup, &exported.stdout).expect("it can be written");
    let restored = run(command(second.path()).args(["ingest", &backup.display().to_string()]));
    assert!(restored.status.success(), "{}", said(&restored));
    let again = run(command(second.path()).arg("export"));

    let articles = |bytes: &[u8]| -> BTreeSet<String> {
        let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
        text.lines().map(str::to_owned).collect()
    };
    let (before, after) = (articles(&exported.stdout), articles(&again.stdout));
    assert_eq!(before.len(), 12);
    assert!(before.iter().any(|line| line.contains("\"brief\":{")));
    for (one, other) in before.iter().zip(&after) {
        assert_eq!(one, other);
    }
    assert_eq!(before.len(), after.len());
}

/// A model server that repeats what it was sent: the key and the question.
async fn indiscreet() -> ModelServer {
    ModelServer::scripted(|seen| {
        let key = seen.headers["authorization"].to_str().expect("text");
        let said = format!("bad key {key} for {}", seen.prompt());
        Reply::error(
            500,
            &json!({"error": {"message": said.chars().take(250).collect::<String>()}}),
        )
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_is_told_to_anyone() {
    let folder = folder();
    let model = indiscreet().await;
    let secretive = || {
        let mut command = command(folder.path());
        command
            .env("OPENAI_BASE_URL", &model.url)
            .env("OPENAI_MODEL", "scripted")
            .env("OPENAI_API_KEY", KEY)
            .env("DRAGOMAN_API_KEYS", OWN_KEY)
            .env("RUST_LOG", "trace");
        command
    };
    let program = Program::serve(&mut secretive());
    let http = Client::builder()
        .default_headers(
            [(
                reqwest::header::AUTHORIZATION,
                format!("Bearer {OWN_KEY}").parse().expect("a header"),
            )]
            .into_iter()
            .collect(),
        )
        .build()
        .expect("a client");
    let article = json!({"id": "kept", "text": "东昌府区葫芦种植面积3万余亩。"});
    post(&http, format!("{}/v1/articles", program.base), &article).await;
    let question = json!({"question": "葫芦种植面积有多大？"});
    let (status, problem) = post(&http, format!("{}/v1/ask", program.base), &question).await;
    assert_eq!(status, StatusCode::BAD_GATEWAY, "{problem}");
    let mut told = problem.to_string();
    assert!(told.contains("bad key Bearer …"), "{told}");
    for path in [
        "/readyz",
        "/metrics",
        "/openapi.json",
        "/status",
        "/v1/models",
        "/key",
    ] {
        let answer = http.get(format!("{}{path}", program.base)).send().await;
        let text = answer.expect("an answer").text().await.expect("text");
        if path == "/readyz" {
            assert!(text.contains("last_failure"), "{text}");
            assert!(
                !text.contains("葫芦") && !text.contains("bad key"),
                "{text}"
            );
        }
        told.push_str(&text);
    }
    program.terminate();
    told.push_str(&program.wait().1);
    told.push_str(&said(&run(secretive().arg("check-config"))));
    for secret in [KEY, OWN_KEY] {
        let line = told.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "a key is told");
    }
}
