//! Inputs made to break what reads them: those that once did, those that long runs kept,
//! and a short run of new ones. `tests/fuzz/run` is the long one.

mod corpus;
mod targets;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use targets::{LONGEST, TARGETS, Target};

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
fn what_long_runs_kept_holds() {
    for target in TARGETS {
        for (n, input) in corpus::inputs(target.name).iter().enumerate() {
            println!("{} {n}: {}", target.name, input.escape_ascii());
            (target.run)(input);
        }
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

/// A new input out of old ones: cut, joined, repeated, with words put in and bits turned.
fn mutate(target: &Target, corpus: &[Vec<u8>], random: &mut SmallRng) -> Vec<u8> {
    let mut input = corpus[random.random_range(0..corpus.len())].clone();
    for _ in 0..random.random_range(1..8) {
        let at = random.random_range(0..=input.len());
        let end = random.random_range(at..=input.len());
        match random.random_range(0..8) {
            0..3 => {
                let word = target.words[random.random_range(0..target.words.len())];
                input.splice(at..at, word.bytes());
            }
            3 => drop(input.drain(at..end)),
            4 => {
                let other = &corpus[random.random_range(0..corpus.len())];
                let from = random.random_range(0..=other.len());
                input.splice(at..end, other[from..].iter().copied());
            }
            5 => {
                // Many times the same, which is where work grows faster than the text.
                let end = end.min(at + 64);
                let times = 1_usize << random.random_range(0..12);
                let part = input[at..end].repeat(times);
                input.splice(at..at, part);
            }
            6 if at < input.len() => input[at] = random.random(),
            _ if at < input.len() => input[at] ^= 1 << random.random_range(0..8),
            _ => {}
        }
        input.truncate(LONGEST);
    }
    input
}
