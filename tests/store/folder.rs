//! The embedded store's folder: locks, forms, its log, stops half way.

use std::path::{Path, PathBuf};

use dragoman::store::edge::EdgeStore;
use dragoman::store::{BranchQuery, Filter, Store, StoreError};

use crate::support::{article, found, id, model, put};

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_in_use_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = EdgeStore::open(folder.path()).await.unwrap();
    let refused = EdgeStore::open(folder.path()).await.err().unwrap();
    assert!(matches!(&refused, StoreError::Locked { .. }), "{refused}");
    store.close().await.unwrap();
    drop(store);
    EdgeStore::open(folder.path())
        .await
        .unwrap()
        .close()
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_another_form_or_none_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    EdgeStore::open(folder.path())
        .await
        .unwrap()
        .close()
        .await
        .unwrap();
    std::fs::write(folder.path().join("store/format"), "99").unwrap();
    let refused = EdgeStore::open(folder.path())
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(
        refused.contains("\"99\"") && refused.contains("export"),
        "{refused}"
    );

    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let refused = EdgeStore::open(&file).await.err().unwrap();
    assert!(matches!(&refused, StoreError::Open { .. }), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_replaced_articles_takes_no_room() {
    let folder = tempfile::tempdir().unwrap();
    let store = EdgeStore::open(folder.path()).await.unwrap();
    let long = "长".repeat(20_000);
    for revision in 1..=10 {
        let names = (0..20).map(|n| format!("a{n}"));
        put(
            &store,
            names
                .map(|name| article(&name, revision, &[&long]))
                .collect(),
        )
        .await;
    }
    let log: u64 = std::fs::read_dir(folder.path().join("store/shard/wal"))
        .unwrap()
        .map(|file| file.unwrap().metadata().unwrap().len())
        .sum();
    assert!(log < 16 << 20, "{log} bytes");
    store.close().await.unwrap();
    drop(store);
    // The numbering of operations goes on: replaced points are really replaced.
    let store = EdgeStore::open(folder.path()).await.unwrap();
    put(&store, vec![article("a7", 11, &["短"])]).await;
    assert_eq!(found(&store, "短", &Filter::default()).await, ["a7"]);
    assert_eq!(found(&store, "长", &Filter::default()).await.len(), 19);
    let articles = store.get(&[id("a7")]).await.unwrap();
    assert_eq!(articles[0].as_ref().unwrap().text, "短");
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_short_runs_replace_takes_no_room() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = 0;
    for revision in 1..=6 {
        let store = EdgeStore::open(folder.path()).await.unwrap();
        let paragraphs: Vec<String> = (0..30)
            .map(|n| format!("第{revision}次第{n}段，種植面積３萬畝😀。").repeat(12))
            .collect();
        let paragraphs: Vec<&str> = paragraphs.iter().map(String::as_str).collect();
        let articles = (0..60).map(|n| article(&format!("a{n}"), revision, &paragraphs));
        put(&store, articles.collect()).await;
        let counts = store.counts(None).await.unwrap();
        assert_eq!((counts.articles, counts.passages), (60, 1800));
        store.close().await.unwrap();
        drop(store);
        if first == 0 {
            first = size(folder.path());
        }
    }
    let last = size(folder.path());
    assert!(last < 2 * first, "{last} bytes after {first}");
    let store = EdgeStore::open(folder.path()).await.unwrap();
    let counts = store.counts(None).await.unwrap();
    assert_eq!((counts.articles, counts.passages), (60, 1800));
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_amid_a_change_of_model_is_made_good() {
    for forgetful in ["edge_config.json", "segment.json"] {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (model("old", 2), model("new", 3));
        let store = EdgeStore::open(folder.path()).await.unwrap();
        put(&store, vec![article("a", 1, &["甲"])]).await;
        let passage = store.without_vector(&old, 1).await.unwrap()[0].passage_id;
        store.prepare_model(&old).await.unwrap();
        store
            .set_vectors(&old, vec![(passage, vec![1.0, 0.0])])
            .await
            .unwrap();
        store.prepare_model(&new).await.unwrap();
        store.close().await.unwrap();
        drop(store);

        // What a stop leaves: one of the files does not know of the new vectors yet.
        std::fs::remove_file(folder.path().join("store/clean")).unwrap();
        let files = walkdir::WalkDir::new(folder.path())
            .into_iter()
            .map(Result::unwrap);
        let file = files
            .filter(|file| file.file_name() == forgetful)
            .last()
            .unwrap();
        let mut json: serde_json::Value =
            serde_json::from_slice(&std::fs::read(file.path()).unwrap()).unwrap();
        let at = if forgetful == "segment.json" {
            "/config/vector_data"
        } else {
            "/vectors"
        };
        let names = json.pointer_mut(at).unwrap().as_object_mut().unwrap();
        assert_eq!(names.len(), 2);
        names.retain(|name, _| name.starts_with("old"));
        assert_eq!(names.len(), 1);
        std::fs::write(file.path(), json.to_string()).unwrap();

        let store = EdgeStore::open(folder.path()).await.unwrap();
        assert_eq!(store.counts(Some(&old)).await.unwrap().vectors, 1);
        assert_eq!(store.counts(Some(&new)).await.unwrap().vectors, 0);
        store.prepare_model(&new).await.unwrap();
        store
            .set_vectors(&new, vec![(passage, vec![0.0, 1.0, 0.0])])
            .await
            .unwrap();
        let query = BranchQuery::Dense {
            model: new,
            vector: vec![0.0, 1.0, 0.0],
        };
        let hits = store.search(&query, &Filter::default(), 5).await.unwrap();
        assert_eq!(hits.len(), 1);
        store.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_amid_a_flush_leaves_no_article_out_of_lists() {
    let folder = tempfile::tempdir().unwrap();
    let store = EdgeStore::open(folder.path()).await.unwrap();
    put(&store, vec![article("a", 1, &["甲"])]).await;
    store.close().await.unwrap();
    drop(store);
    let store = EdgeStore::open(folder.path()).await.unwrap();
    let before = indexes(folder.path());
    assert!(!before.is_empty());
    put(&store, vec![article("b", 1, &["乙"])]).await;
    store.close().await.unwrap();
    drop(store);

    // What a stop leaves: the indexes of fields as they were, beside the new fields.
    std::fs::remove_file(folder.path().join("store/clean")).unwrap();
    for (path, content) in before {
        std::fs::write(path, content).unwrap();
    }

    let store = EdgeStore::open(folder.path()).await.unwrap();
    let page = store.list(&Filter::default(), None, 10).await.unwrap();
    let listed: Vec<String> = page.articles.iter().map(|a| a.id.to_string()).collect();
    assert_eq!(listed.len(), 2, "{listed:?}");
    assert_eq!(store.counts(None).await.unwrap().articles, 2);
    assert_eq!(found(&store, "乙", &Filter::default()).await, ["b"]);
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_amid_an_optimisation_counts_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let store = EdgeStore::open(folder.path()).await.unwrap();
    let articles = ["a", "b", "c"].map(|name| article(name, 1, &["葫芦", "二段😀"]));
    put(&store, articles.into()).await;
    store.close().await.unwrap();
    drop(store);

    // What a stop leaves: the old segment beside the new one, which holds the same.
    std::fs::remove_file(folder.path().join("store/clean")).unwrap();
    let segments = folder.path().join("store/shard/segments");
    let old = std::fs::read_dir(&segments)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let old = old.max_by_key(|path| size(path)).unwrap();
    copy(&old, &segments.join(uuid::Uuid::from_u128(7).to_string()));

    for removed in ["a", "b"] {
        let store = EdgeStore::open(folder.path()).await.unwrap();
        // Only once the start has put all in order.
        store.optimize().await.unwrap();
        let left = if removed == "a" { 3 } else { 2 };
        let counts = store.counts(None).await.unwrap();
        assert_eq!((counts.articles, counts.passages), (left, 2 * left));
        let page = store.list(&Filter::default(), None, 10).await.unwrap();
        assert_eq!(page.articles.len() as u64, left);
        assert!(store.delete(&id(removed)).await.unwrap());
        let there = found(&store, "葫芦", &Filter::default()).await;
        assert!(
            there.len() as u64 == left - 1 && !there.contains(&removed.to_owned()),
            "{there:?}"
        );
        store.close().await.unwrap();
        drop(store);
    }
}

/// Bytes of a folder's files.
fn size(folder: &Path) -> u64 {
    let files = walkdir::WalkDir::new(folder).into_iter();
    let files = files.map(|file| file.unwrap().metadata().unwrap());
    files
        .filter(|file| file.is_file())
        .map(|file| file.len())
        .sum()
}

fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.unwrap();
        let target = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(target).unwrap();
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The files of the indexes of fields, with what they hold.
fn indexes(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    walkdir::WalkDir::new(folder.join("store/shard/segments"))
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.is_file() && path.iter().any(|part| part == "payload_index"))
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect()
}
