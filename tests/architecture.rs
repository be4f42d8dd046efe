//! What `ARCHITECTURE.md` promises and a compiler does not check.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const DOCUMENT: &str = include_str!("../ARCHITECTURE.md");
const MANIFEST: &str = include_str!("../Cargo.toml");
const TESTS: &str = include_str!("main.rs");

/// Words that stand in the code of no file but those that begin so.
const ONLY_IN: &[(&[&str], &[&str])] = &[
    (
        &["qdrant_edge", "qdrant_client"],
        &["store/edge", "store/server"],
    ),
    (&["async_openai"], &["llm/openai", "embed/openai"]),
    (
        &["fastembed::", "use ort::"],
        &["onnx.rs", "embed/onnx", "rerank/onnx"],
    ),
    (
        &["StatusCode"],
        &["http", "client.rs", "llm/openai", "embed/openai"],
    ),
    (
        &["metrics::", "metrics_process", "opentelemetry"],
        &["telemetry"],
    ),
    (&["env::var"], &["cli.rs", "cli/", "config.rs", "onnx.rs"]),
    (&["println!"], &["cli", "main.rs"]),
];

/// Files that only compute, and what they therefore have no use for.
const PURE: &[&str] = &[
    "article",
    "bridge",
    "check",
    "dictionary",
    "extract",
    "facts",
    "harmless",
    "language",
    "latin",
    "lexical",
    "passage",
    "phrase",
    "time",
];
const IMPURE: &[&str] = &[
    "async fn",
    ".await",
    "tokio::",
    "std::fs",
    "std::net",
    "std::process",
    "::now()",
    "crate::app",
    "crate::llm",
    "crate::embed",
    "crate::http",
];

#[test]
fn every_dependency_has_its_reason() {
    let wanted: BTreeSet<&str> = MANIFEST
        .lines()
        .skip_while(|line| *line != "[dependencies]")
        .take_while(|line| !line.starts_with("[["))
        .filter_map(|line| Some(line.split_once(" = ")?.0))
        .collect();
    let rows = DOCUMENT
        .lines()
        .skip_while(|line| *line != "## Dependencies")
        .filter_map(|line| line.strip_prefix("| `"))
        .filter_map(|row| row.split_once("` |"));
    let told: BTreeSet<&str> = rows.map(|(name, _)| name).collect();
    assert_eq!(told, wanted, "rows of ARCHITECTURE.md against Cargo.toml");
}

#[test]
fn the_map_shows_what_there_is() {
    let wanted: BTreeSet<String> = sources()
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| !name.contains('/'))
        .collect();
    let told: BTreeSet<String> = DOCUMENT
        .lines()
        .skip_while(|line| *line != "## Map")
        .take_while(|line| !line.starts_with("## Invariants"))
        .filter_map(|line| Some(line.strip_prefix("| `src/")?.split_once('`')?.0.to_owned()))
        .collect();
    assert_eq!(told, wanted, "rows of ARCHITECTURE.md against src/");
}

#[test]
fn what_is_kept_apart_stays_apart() {
    let mut faults = Vec::new();
    for (name, code) in sources() {
        for (words, homes) in ONLY_IN {
            for word in *words {
                if code.contains(word) && !homes.iter().any(|home| name.starts_with(home)) {
                    faults.push(format!("src/{name} has {word}, which belongs in {homes:?}"));
                }
            }
        }
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn what_is_pure_stays_pure() {
    let mut faults = Vec::new();
    for (name, code) in sources() {
        let module = name.split(['/', '.']).next().unwrap();
        if PURE.contains(&module) {
            let found = IMPURE.iter().filter(|word| code.contains(**word));
            faults.extend(found.map(|word| format!("src/{name} has {word}")));
        }
    }
    assert_eq!(faults, Vec::<String>::new());
}

/// A file that no program has as a module would be left out without a word.
#[test]
fn every_test_is_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let names = fs::read_dir(root).unwrap().filter_map(|entry| {
        let path = entry.unwrap().path();
        let is_code = path.extension().is_some_and(|ending| ending == "rs");
        is_code.then(|| path.file_stem().unwrap().to_str().unwrap().to_owned())
    });
    let left_out: Vec<String> = names
        .filter(|name| name != "main")
        .filter(|name| !TESTS.lines().any(|line| line == format!("mod {name};")))
        .filter(|name| !MANIFEST.contains(&format!("[[test]]\nname = \"{name}\"\n")))
        .collect();
    assert_eq!(left_out, Vec::<String>::new());
}

/// Path below `src` with `/` between its parts, and the code without its comments.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(files.len() > 10, "no sources below {}", root.display());
    files
        .into_iter()
        .map(|path| {
            let name: Vec<_> = path
                .strip_prefix(&root)
                .unwrap()
                .iter()
                .map(|part| part.to_str().unwrap())
                .collect();
            let text = fs::read_to_string(&path).unwrap();
            let code: Vec<&str> = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect();
            (name.join("/"), code.join("\n"))
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
}
