//! Inputs made to break what reads them: those that once did, and a short run of new
//! ones. `cargo run --release --example fuzz` is the long one.

mod targets;

use rand::SeedableRng;
use rand::rngs::SmallRng;
use targets::{TARGETS, mutate};

/// Of each target, made from one seed.
const INPUTS: usize = 200;

#[test]
fn what_once_broke_a_reader_no_longer_does() {
    let found = include_str!("found.txt");
    for line in found.lines().filter(|line| !line.starts_with('#')) {
        let (name, input) = line.split_once(' ').expect("a target and an input");
        let target = TARGETS.iter().find(|target| target.name == name);
        let input: String = serde_json::from_str(input).expect("a JSON string");
        (target.expect("a target").run)(input.as_bytes());
    }
}

#[test]
fn nothing_that_is_made_of_seeds_breaks_a_reader() {
    for target in TARGETS {
        let mut random = SmallRng::seed_from_u64(1);
        let corpus: Vec<Vec<u8>> = target
            .seeds
            .iter()
            .map(|seed| seed.as_bytes().to_vec())
            .collect();
        for seed in &corpus {
            (target.run)(seed);
        }
        for n in 0..INPUTS {
            let input = mutate(target, &corpus, &mut random);
            println!("{} {n}: {}", target.name, input.escape_ascii());
            (target.run)(&input);
        }
    }
}
