//! What was acknowledged is there after `kill -9`.

use std::collections::{BTreeSet, HashMap};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use dragoman::article::ArticleId;
use dragoman::store::edge::EdgeStore;
use dragoman::store::{BranchQuery, Filter, PutOutcome, Store};

use crate::support::{all_pages, article, id, put, terms};

/// Names the folder to the process that [`what_was_acknowledged_survives_a_kill`] kills.
const VICTIM: &str = "DRAGOMAN_TEST_VICTIM";

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_a_kill() {
    const ACKNOWLEDGED: [usize; 5] = [1, 7, 60, 200, 33];
    if let Ok(folder) = std::env::var(VICTIM) {
        return write_until_killed(Path::new(&folder)).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut revisions: HashMap<String, u64> = HashMap::new();
    for count in ACKNOWLEDGED {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "kill::what_was_acknowledged_survives_a_kill",
                "--nocapture",
            ])
            .env(VICTIM, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(victim.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok);
        let mut removed = Vec::new();
        let mut acknowledged = lines.filter_map(|line| {
            if let Some(name) = line.strip_prefix("removed ") {
                removed.push(name.to_owned());
                return None;
            }
            let (name, revision) = line.strip_prefix("acknowledged ")?.split_once(' ')?;
            Some((name.to_owned(), revision.parse::<u64>().unwrap()))
        });
        revisions.extend(acknowledged.by_ref().take(count));
        victim.kill().unwrap();
        revisions.extend(acknowledged.by_ref());
        drop(acknowledged);
        victim.wait().unwrap();

        let store = EdgeStore::open(folder.path()).await.unwrap();
        for (name, revision) in &revisions {
            let article = store.get(&[id(name)]).await.unwrap().remove(0).unwrap();
            assert!(
                article.revision >= *revision,
                "{name}: {} < {revision}",
                article.revision
            );
            let only = Filter {
                article_ids: vec![id(name)],
                ..Filter::default()
            };
            let query = BranchQuery::Lexical(terms("杀"));
            let hits = store.search(&query, &only, 10).await.unwrap();
            let of: BTreeSet<u64> = hits.iter().map(|hit| hit.passage.revision).collect();
            assert_eq!(
                (hits.len(), of),
                (2, BTreeSet::from([article.revision])),
                "{name}"
            );
        }
        for name in &removed {
            assert_eq!(
                store.get(&[id(name)]).await.unwrap(),
                [None],
                "{name} is back"
            );
            let only = Filter {
                article_ids: vec![id(name)],
                ..Filter::default()
            };
            let query = BranchQuery::Lexical(terms("杀"));
            assert_eq!(store.search(&query, &only, 10).await.unwrap(), [], "{name}");
        }
        // What unfinished writes left is removed before anything is optimized.
        store.optimize().await.unwrap();
        let counts = store.counts(None).await.unwrap();
        assert_eq!(
            counts.passages,
            2 * counts.articles,
            "a half article was left"
        );
        let listed = all_pages(&store, &Filter::default(), 200).await;
        assert_eq!(listed.len() as u64, counts.articles);
        assert!(
            !listed.iter().any(|name| removed.contains(name)),
            "{listed:?}"
        );
        store.close().await.unwrap();
    }
}

/// Writes twenty articles over and over and says which revision is durable.
async fn write_until_killed(folder: &Path) {
    let store = Arc::new(EdgeStore::open(folder).await.unwrap());
    tokio::spawn({
        let store = store.clone();
        async move { while store.compact().await.is_ok() {} }
    });
    let names: Vec<String> = (0..20).map(|n| format!("v{n}")).collect();
    let ids: Vec<ArticleId> = names.iter().map(|name| id(name)).collect();
    for round in 0.. {
        let short_lived = format!("removed-{}-{round}", std::process::id());
        put(
            store.as_ref(),
            vec![article(&short_lived, 1, &["杀一", "杀二"])],
        )
        .await;
        assert!(store.delete(&id(&short_lived)).await.unwrap());
        println!("removed {short_lived}");
        let current = store.get(&ids).await.unwrap();
        let next = |n: usize| current[n].as_ref().map_or(0, |article| article.revision) + 1;
        let writes = names
            .iter()
            .enumerate()
            .map(|(n, name)| store.put(vec![article(name, next(n), &["杀一", "杀二"])]));
        for (n, written) in futures::future::join_all(writes)
            .await
            .into_iter()
            .enumerate()
        {
            assert_eq!(written.unwrap(), [PutOutcome::Written]);
            println!("acknowledged {} {}", names[n], next(n));
        }
        std::io::stdout().flush().unwrap();
    }
}
