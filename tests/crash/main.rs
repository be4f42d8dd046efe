//! The real program is killed at any moment while several clients write, and what
//! it acknowledged is compared with what it has after a restart.
//!
//! `DRAGOMAN_CRASH_ROUNDS=200 cargo test --release --test crash -- --nocapture` runs
//! the long form; `DRAGOMAN_CRASH_SEED` varies the moments.

mod clients;
mod compare;
mod known;
#[expect(dead_code, reason = "a part of it is used")]
#[path = "../support/program.rs"]
mod process;
mod program;

use std::collections::BTreeMap;
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use reqwest::Client;
use serde_json::Value;
use tokio::sync::watch;

use clients::{delete, sent, stream, write};
use compare::{assert_counted, compare};
use known::{Known, article};
use program::{Models, start};

const CLIENTS: usize = 3;
/// Articles of one more client, which are replaced or deleted all together.
const BULK: usize = 120;

/// What is under way when the program is killed, while the clients write anyway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum During {
    /// Whatever the clients do.
    Writes,
    /// A stream that replaces many articles.
    Replacement,
    /// Many articles deleted, one after the other.
    Deletion,
    /// A compaction.
    Compaction,
    /// All vectors made anew by another model.
    Reindex,
    /// A brief that a language model is writing.
    Brief,
    /// What a start does: putting in order what the kill before left, and optimising.
    Start,
}

/// Rounds go through these, so that seven see them all.
const ALL: [During; 7] = [
    During::Writes,
    During::Replacement,
    During::Compaction,
    During::Start,
    During::Deletion,
    During::Reindex,
    During::Brief,
];

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().expect("a number"))
}

/// From a microsecond to half a second, short times as often as long ones.
async fn pass(random: &mut SmallRng) -> Duration {
    let scale: u32 = random.random_range(0..19);
    let moment = Duration::from_micros(random.random_range(1_u64 << scale..2 << scale));
    #[expect(
        clippy::disallowed_methods,
        reason = "the moment of the kill is what is tested"
    )]
    tokio::time::sleep(moment).await;
    moment
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_the_program_is_killed() {
    let rounds = setting("DRAGOMAN_CRASH_ROUNDS", 7);
    let seed = setting("DRAGOMAN_CRASH_SEED", 1);
    let mut random = SmallRng::seed_from_u64(seed);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let models = Models::serve().await;
    let http = Client::builder()
        .timeout(Duration::from_secs(300))
        .build()
        .expect("a client");
    let told = watch::Sender::new(0);
    let mut clients: Vec<Known> = (0..CLIENTS)
        .map(|client| Known::new(&format!("c{client}"), &told))
        .collect();
    let mut bulk = Known::new("bulk", &told);
    let mut amid: BTreeMap<During, (u64, u64)> = BTreeMap::new();
    let mut embed = ["first", "second"];
    for round in 0..rounds {
        let during = ALL[usize::try_from(round).expect("small") % ALL.len()];
        if during == During::Reindex {
            embed.reverse();
        }
        let writer = (during == During::Brief).then_some("scripted");
        let mut running = start(folder.path(), &models, embed[0], writer);
        let base = running.base.clone();
        if during == During::Start {
            let moment = pass(&mut random).await;
            running.kill();
            println!("round {}: killed {moment:?} after it listened", round + 1);
            let count = amid.entry(during).or_default();
            *count = (count.0 + 1, count.1 + 1);
            continue;
        }
        let mut asked = models.asked.subscribe();
        let mut present = compare(&http, &base, &mut bulk).await;
        for known in &mut clients {
            present += compare(&http, &base, known).await;
        }
        if round % 5 == 4 {
            assert_counted(&http, &base, present).await;
        }
        if bulk
            .articles
            .values()
            .all(|known| known.acknowledged.is_none())
        {
            stream(&http, &base, &mut bulk, BULK)
                .await
                .expect("it runs");
        }
        let writers: Vec<_> = clients
            .drain(..)
            .map(|known| {
                let random = SmallRng::seed_from_u64(random.random());
                tokio::spawn(write(http.clone(), base.clone(), known, random))
            })
            .collect();
        // Counted in what was acknowledged, so that a slow machine does as much.
        let before: u64 = match during {
            During::Writes => random.random_range(0..60),
            During::Brief => 0,
            _ => random.random_range(0..10),
        };
        let mut acknowledged = told.subscribe();
        let goal = *acknowledged.borrow() + before;
        acknowledged
            .wait_for(|count| *count >= goal)
            .await
            .expect("the sender is here");
        let under_way = tokio::spawn(begin(during, http.clone(), base, bulk));
        if during == During::Brief {
            asked.changed().await.expect("the model server is here");
        }
        let moment = pass(&mut random).await;
        running.kill();
        let whole;
        (bulk, whole) = under_way.await.expect("nothing was refused");
        for writer in writers {
            clients.push(writer.await.expect("no write was refused"));
        }
        let count = amid.entry(during).or_default();
        *count = (count.0 + 1, count.1 + u64::from(!whole));
        let acknowledged: u64 = clients.iter().map(|known| known.acknowledged).sum();
        println!(
            "round {}: killed after {before} more writes and {moment:?}, {} {during:?}, {present} articles were there, {} writes acknowledged so far",
            round + 1,
            if whole { "after" } else { "amid" },
            acknowledged + bulk.acknowledged,
        );
    }
    for (during, (kills, amid)) in amid {
        println!("{during:?}: {kills} kills, {amid} amid it");
    }
    // It still works as a whole: vectors follow, and it stops when told to.
    let mut running = start(folder.path(), &models, embed[0], None);
    let mut present = compare(&http, &running.base, &mut bulk).await;
    for known in &mut clients {
        present += compare(&http, &running.base, known).await;
    }
    assert_counted(&http, &running.base, present).await;
    let last = http
        .post(format!("{}/v1/articles?wait=true", running.base))
        .json(&article("last", 7));
    let (status, body) = sent(last).await.expect("an answer");
    assert_eq!(status, 201, "{body}");
    assert!(body.contains("\"vectors\":\"ready\""), "{body}");
    running.kill();
}

/// Does what is to be under way; whether it came to its end before the kill.
async fn begin(during: During, http: Client, base: String, mut bulk: Known) -> (Known, bool) {
    let whole = match during {
        During::Writes | During::Start => None,
        During::Replacement => stream(&http, &base, &mut bulk, BULK).await,
        During::Deletion => remove_all(&http, &base, &mut bulk).await,
        During::Compaction => sent(http.post(format!("{base}/v1/compact")))
            .await
            .map(|_| ()),
        During::Reindex => until_ready(&http, &base).await,
        During::Brief => {
            // A deletion cut off before has begun with the first.
            let id = bulk.id(BULK - 1);
            let path = format!("{base}/v1/articles/{id}/brief?force=true");
            sent(http.post(path)).await.map(|_| ())
        }
    };
    (bulk, whole.is_some())
}

async fn remove_all(http: &Client, base: &str, known: &mut Known) -> Option<()> {
    for n in 0..BULK {
        let id = known.id(n);
        delete(http, base, known, &id).await?;
    }
    Some(())
}

/// Until every passage has a vector of the new model.
async fn until_ready(http: &Client, base: &str) -> Option<()> {
    loop {
        let (_, ready) = sent(http.get(format!("{base}/readyz"))).await?;
        let ready: Value = serde_json::from_str(&ready).expect("JSON");
        if ready["parts"]["dense"]["state"] == "ready" {
            return Some(());
        }
    }
}
