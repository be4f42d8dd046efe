//! Runs inputs made to break what reads them (`tests/fuzz`) for as long as is wanted, and
//! prints those that do, and those that take long for their length.
//!
//! `cargo run --release --example fuzz -- SECONDS [SEED [TARGET…]]`, each target for so long.

#[path = "../tests/fuzz/targets.rs"]
mod targets;

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use anyhow::Context;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use targets::{TARGETS, Target, mutate};

/// Inputs that are built upon, besides the seeds.
const CORPUS: usize = 500;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let seconds = arguments.next().context("how many SECONDS?")?.parse()?;
    let seed = arguments.next().unwrap_or_else(|| "1".to_owned()).parse()?;
    let names: Vec<String> = arguments.collect();
    let mut broken = 0;
    for target in TARGETS {
        if names.is_empty() || names.iter().any(|name| name == target.name) {
            broken += run(target, Duration::from_secs(seconds), seed);
        }
    }
    anyhow::ensure!(broken == 0, "{broken} inputs break what reads them");
    Ok(())
}

/// How many different inputs broke it.
fn run(target: &Target, length: Duration, seed: u64) -> usize {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut corpus: Vec<Vec<u8>> = target
        .seeds
        .iter()
        .map(|seed| seed.as_bytes().to_vec())
        .collect();
    let (start, mut inputs, mut broken) = (Instant::now(), 0_u64, HashSet::new());
    let mut slowest = (Duration::ZERO, Vec::new());
    while start.elapsed() < length {
        let input = mutate(target, &corpus, &mut random);
        let begun = Instant::now();
        let result = catch_unwind(AssertUnwindSafe(|| (target.run)(&input)));
        let took = begun.elapsed();
        inputs += 1;
        if let Err(panic) = result {
            let message = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
                .unwrap_or_default();
            let kind: String = message
                .chars()
                .filter(|c| !c.is_ascii_digit())
                .take(60)
                .collect();
            if broken.insert(kind) {
                println!(
                    "{} BROKEN ({message}): {}",
                    target.name,
                    input.escape_ascii()
                );
            }
            continue;
        }
        if took > slowest.0 {
            slowest = (took, input.clone());
        }
        // What has been built upon drifts away from the seeds, a step now and then.
        if random.random_range(0..20) == 0 && input.len() < 4_000 {
            if corpus.len() < CORPUS {
                corpus.push(input);
            } else {
                let place = random.random_range(target.seeds.len()..CORPUS);
                corpus[place] = input;
            }
        }
    }
    let head = &slowest.1[..slowest.1.len().min(120)];
    println!(
        "{}: {inputs} inputs in {:.0?}, {} broken; the slowest {:.1?} for {} bytes: {}",
        target.name,
        start.elapsed(),
        broken.len(),
        slowest.0,
        slowest.1.len(),
        head.escape_ascii()
    );
    broken.len()
}
