//! libFuzzer over what reads strangers' text (`tests/fuzz/targets.rs`): it keeps inputs
//! that reach new code and builds on them. `tests/fuzz/run` builds and runs it.
//!
//! `DRAGOMAN_FUZZ` names the target. Before libFuzzer reads its own arguments, the
//! target's seeds, the inputs that are kept of it and its dictionary are written into the
//! folder `DRAGOMAN_FUZZ_SEEDS`. With `DRAGOMAN_FUZZ_KEEP`, a folder of inputs, those take
//! the place of the ones that are kept, and that is all.

#![no_main]
#![allow(unsafe_code, reason = "the entry point that libFuzzer calls")]

#[path = "../tests/fuzz/corpus.rs"]
mod corpus;
#[path = "../tests/fuzz/targets.rs"]
mod targets;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{env, fs, panic, process};

use corpus::Input;
use libfuzzer_sys::fuzz_target;
use targets::{LONGEST, TARGETS, Target};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

static CHOSEN: LazyLock<&Target> = LazyLock::new(choose);

fuzz_target!(
    init: {
        // A panic that dragoman itself catches, of a library, breaks nothing.
        panic::set_hook(Box::new(|panic| eprintln!("{panic}")));
        survive_closed_pipes();
        LazyLock::force(&CHOSEN);
    },
    |input: &[u8]| {
        (CHOSEN.run)(&input[..input.len().min(LONGEST)]);
    }
);

/// A peer that hangs up ends a program without Rust's own `main` unless it takes SIGPIPE.
fn survive_closed_pipes() {
    let runtime = Runtime::new().expect("a runtime");
    let _within = runtime.enter();
    let _taken = signal(SignalKind::pipe()).expect("a handler, which stays");
}

fn choose() -> &'static Target {
    let name = env::var("DRAGOMAN_FUZZ").unwrap_or_default();
    let Some(target) = TARGETS.iter().find(|target| target.name == name) else {
        for target in TARGETS {
            println!("{}", target.name);
        }
        process::exit(2);
    };
    let folder = |name: &str| env::var_os(name).map(PathBuf::from);
    if let Some(folder) = folder("DRAGOMAN_FUZZ_SEEDS") {
        write_seeds(target, &folder).expect("a folder to write seeds into");
    }
    if let Some(folder) = folder("DRAGOMAN_FUZZ_KEEP") {
        keep(target, &folder).expect("a folder of inputs, and a place for them");
        process::exit(0);
    }
    target
}

fn write_seeds(target: &Target, folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    for (n, seed) in target.seeds.iter().enumerate() {
        fs::write(folder.join(format!("seed-{n}")), seed)?;
    }
    for (n, input) in corpus::inputs(target.name).iter().enumerate() {
        fs::write(folder.join(format!("kept-{n}")), input)?;
    }
    let mut dictionary = String::new();
    for word in target.words {
        dictionary.push('"');
        for byte in word.bytes() {
            write!(dictionary, "\\x{byte:02x}").expect("a string takes any text");
        }
        dictionary.push_str("\"\n");
    }
    fs::write(folder.with_extension("dict"), dictionary)
}

fn keep(target: &Target, folder: &Path) -> std::io::Result<()> {
    let mut inputs = fs::read_dir(folder)?
        .map(|entry| fs::read(entry?.path()))
        .collect::<std::io::Result<Vec<Vec<u8>>>>()?;
    inputs.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
    let mut lines = String::new();
    for bytes in inputs {
        let input = String::from_utf8(bytes)
            .map_or_else(|error| Input::Bytes(error.into_bytes()), Input::Text);
        lines.push_str(&serde_json::to_string(&input)?);
        lines.push('\n');
    }
    fs::write(corpus::path(target.name), lines)
}
