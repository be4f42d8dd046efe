//! Suites: how they are read, what the gold finds in a text, and the proof that a
//! suite's own words hold.

use std::fs;
use std::path::{Path, PathBuf};

use dragoman::eval::gold::Reading;
use dragoman::eval::suite::Suite;
use dragoman::eval::verify::verify;
use dragoman::time::Time;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tempfile::TempDir;

fn eval(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("eval")
        .join(name)
}

fn faults(path: &Path) -> Vec<String> {
    let zone = TimeZone::get("Asia/Shanghai").expect("a zone");
    let now = Time::new(Timestamp::UNIX_EPOCH, &zone);
    Suite::read(path)
        .expect("it can be read")
        .iter()
        .flat_map(|suite| verify(suite, &now, &zone))
        .collect()
}

/// A copy of the golden set with one word of one of its files replaced.
fn golden_with(file: &str, from: &str, to: &str) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    for entry in fs::read_dir(eval("golden")).expect("the golden set") {
        let path = entry.expect("a file").path();
        let name = path.file_name().expect("a name").to_owned();
        let text = fs::read_to_string(&path).expect("text");
        let text = if name == file {
            assert!(text.contains(from), "{file} has no {from}");
            text.replacen(from, to, 1)
        } else {
            text
        };
        fs::write(folder.path().join(name), text).expect("written");
    }
    folder
}

fn write(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("written");
    }
    folder
}

#[test]
fn what_the_suites_say_of_their_articles_holds() {
    assert_eq!(faults(&eval("golden")), Vec::<String>::new());
    assert_eq!(faults(&eval("check")), Vec::<String>::new());
}

#[test]
fn the_golden_set_is_as_large_and_varied_as_it_says() {
    let golden = &Suite::read(&eval("golden")).expect("it can be read")[0];
    assert!(golden.corpus.len() >= 24);
    assert!(golden.queries.len() >= 120);
    let unanswerable = golden.queries.iter().filter(|q| !q.is_answerable()).count();
    assert!(unanswerable >= 25, "{unanswerable}");
    assert_eq!(golden.brief_articles().len(), golden.corpus.len());
    for kind in [
        "fact",
        "number",
        "comparison",
        "two",
        "date",
        "followup",
        "code",
        "injection",
        "none",
    ] {
        let has = |language: &str| {
            golden
                .queries
                .iter()
                .any(|q| q.kind.as_deref() == Some(kind) && q.language() == language)
        };
        assert!(has("en") || has("zh"), "no question of kind {kind}");
    }
}

#[test]
fn a_corrupt_span_is_named() {
    let quote = r#""quote": "双方都没有签订就业协议""#;
    let folder = golden_with(
        "queries.ndjson",
        quote,
        r#""quote": "双方都签订了就业协议""#,
    );
    let faults = faults(folder.path());
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].starts_with("gold-004: the quote"), "{faults:?}");
    assert!(faults[0].contains("paragraph 4 of g01"), "{faults:?}");
}

#[test]
fn a_corrupt_value_is_named() {
    let folder = golden_with(
        "facts.ndjson",
        r#""value": 38000000"#,
        r#""value": 380000000"#,
    );
    let faults = faults(folder.path());
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(
        faults[0].contains("equipment worth 38 million yuan of g01"),
        "{faults:?}"
    );
}

#[test]
fn a_changed_article_is_found_out_by_what_is_said_of_it() {
    let folder = golden_with("corpus.ndjson", "3800万元", "3900万元");
    let faults = faults(folder.path());
    assert!(
        faults.iter().any(|fault| fault.starts_with("gold-001")),
        "{faults:?}"
    );
    assert!(
        faults
            .iter()
            .any(|fault| fault.starts_with("fact equipment")),
        "{faults:?}"
    );
}

#[test]
fn answers_are_found_by_value_in_any_language_and_unit() {
    let holds = |text: &str, answer: &str| Reading::new(text, None).holds(answer, None);
    for (text, answer) in [
        ("两家企业投入设备3800万元。", "38 million yuan"),
        ("The equipment cost 38 million yuan.", "3800万元"),
        ("葫芦种植面积３万余亩", "30,000 mu"),
        ("About 2,000 hectares of gourds", "3万亩"),
        ("最高设计车速保持25km/h。", "25 km/h"),
        ("Of the 12 batches, three batches failed.", "3 batches"),
        ("新規定自2026年9月1日起施行", "September 1, 2026"),
        ("标准编号GB 99761-2025", "GB 99761-2025"),
        ("这家企业来自福建泉州。😀", "泉州"),
        ("It comes from Quanzhou, in Fujian.", "quanzhou"),
        ("从7.8%降到2.1%", "from 7.8% to 2.1%"),
    ] {
        assert!(holds(text, answer), "{answer} in {text}");
    }
    for (text, answer) in [
        ("两家企业投入设备3.8亿元。", "38 million yuan"),
        ("The price was 38 million dollars.", "3800万元"),
        ("占全国市场份额的90%", "90"),
        ("面积3万余亩", "3"),
        ("面积1,380亩", "380"),
        ("约2.6万人", "2"),
        ("The Quanzhous came.", "Quanzhou"),
        ("自2026年9月起施行", "2026年9月1日"),
        ("第3批", "3 batches"),
        ("", "90"),
    ] {
        assert!(!holds(text, answer), "{answer} in {text}");
    }
}

#[test]
fn a_suite_of_other_habits_is_read_and_what_is_odd_is_said() {
    let folder = write(&[
        (
            "corpus.ndjson",
            "\u{feff}{\"id\": \"a\", \"text\": \"旧文。\", \"score\": 1}\n\n{\"id\": \"a\", \"text\": \"新文。\", \"title\": null}\n",
        ),
        (
            "queries.ndjson",
            concat!(
                "{\"id\": 7, \"query\": \"新文？\", \"relevant\": \"a\", \"answers\": \"新文\"}\n",
                "{\"id\": \"7\", \"query\": \"多少？\", \"relevant\": [\"a\", \"b\"], \"answers\": [[\"131万\", 1310000], \"新\"]}\n",
                "{\"query\": \"无？\", \"relevant\": null, \"difficulty\": \"hard\"}\n",
                "{\"id\": \"x\"}\n",
            ),
        ),
    ]);
    let suite = &Suite::read(folder.path()).expect("it can be read")[0];
    assert_eq!(suite.corpus.len(), 1);
    assert_eq!(suite.corpus[0].text.as_deref(), Some("新文。"));
    let ids: Vec<&str> = suite.queries.iter().map(|q| q.id.as_str()).collect();
    assert_eq!(ids, ["7", "7#2", "question-3"]);
    assert_eq!(
        suite.queries[1].expected(),
        [vec!["131万", "1310000"], vec!["新"]]
    );
    assert!(!suite.queries[2].is_answerable());
    insta::assert_snapshot!(suite.notes.join("\n"));
}

#[test]
fn a_broken_line_is_an_error_with_its_place() {
    let folder = write(&[
        ("corpus.ndjson", "{\"id\": \"a\", \"text\": \"文。\"}\n"),
        (
            "queries.ndjson",
            "{\"query\": \"?\", \"relevant\": [\"a\"]}\n{\"query\": 3}\n",
        ),
    ]);
    let error = Suite::read(folder.path())
        .expect_err("it is broken")
        .to_string();
    assert!(error.contains("queries.ndjson, line 2"), "{error}");
    assert!(error.contains("query"), "{error}");
    let error = Suite::read(&folder.path().join("none")).expect_err("nothing is there");
    assert!(error.to_string().contains("corpus.ndjson"), "{error}");
}
