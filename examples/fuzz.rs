//! libFuzzer over what reads strangers' text (`tests/fuzz/targets.rs`): it keeps inputs
//! that reach new code and builds on them. `tests/fuzz/run` builds and runs it.
//!
//! `DRAGOMAN_FUZZ` names the target. Before libFuzzer reads its own arguments, the
//! target's seeds and its dictionary are written into the folder `DRAGOMAN_FUZZ_SEEDS`.

#![no_main]
#![allow(unsafe_code, reason = "the entry point that libFuzzer calls")]

#[path = "../tests/fuzz/targets.rs"]
mod targets;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{env, fs, panic, process};

use libfuzzer_sys::fuzz_target;
use targets::{LONGEST, TARGETS, Target};

static CHOSEN: LazyLock<&Target> = LazyLock::new(choose);

fuzz_target!(
    init: {
        // A panic that dragoman itself catches, of a library, breaks nothing.
        panic::set_hook(Box::new(|panic| eprintln!("{panic}")));
        LazyLock::force(&CHOSEN);
    },
    |input: &[u8]| {
        (CHOSEN.run)(&input[..input.len().min(LONGEST)]);
    }
);

fn choose() -> &'static Target {
    let name = env::var("DRAGOMAN_FUZZ").unwrap_or_default();
    let Some(target) = TARGETS.iter().find(|target| target.name == name) else {
        for target in TARGETS {
            println!("{}", target.name);
        }
        process::exit(2);
    };
    if let Some(folder) = env::var_os("DRAGOMAN_FUZZ_SEEDS").map(PathBuf::from) {
        write_seeds(target, &folder).expect("a folder to write seeds into");
    }
    target
}

fn write_seeds(target: &Target, folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    for (n, seed) in target.seeds.iter().enumerate() {
        fs::write(folder.join(format!("seed-{n}")), seed)?;
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
