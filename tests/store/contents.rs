//! What is put, replaced, annotated and deleted, and what is read of it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dragoman::store::{BranchQuery, Counts, Filter, PutOutcome};

use crate::support::{Form, all_pages, article, each, found, id, put, terms};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_put_is_read_back() {
    each(async |store| {
        let first = article("重庆/1", 1, &["长江边的城市。", "山城😀"]);
        let second = article("b", 1, &["别的"]);
        put(store, vec![first.clone(), second.clone()]).await;

        let got = store
            .get(&[id("b"), id("none"), id("重庆/1"), id("b")])
            .await
            .unwrap();
        let expected = vec![
            Some(second.article.clone()),
            None,
            Some(first.article.clone()),
            Some(second.article),
        ];
        assert_eq!(got, expected);

        let query = BranchQuery::Lexical(terms("😀"));
        let hits = store.search(&query, &Filter::default(), 10).await.unwrap();
        assert_eq!(hits.len(), 1);
        let mut expected = first.passages[1].passage.clone();
        // A store may give passages other ids, as long as it keeps to them.
        expected.passage_id = hits[0].passage.passage_id;
        assert_eq!(hits[0].passage, expected);
        let counts = store.counts(None).await.unwrap();
        assert_eq!(
            counts,
            Counts {
                articles: 2,
                passages: 3,
                vectors: 0
            }
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_from_an_old_revision_is_refused() {
    each(async |store| {
        put(store, vec![article("a", 1, &["一"])]).await;
        let outcomes = store
            .put(vec![
                article("a", 1, &["二"]),
                article("b", 1, &["三"]),
                article("c", 2, &["四"]),
                article("a", 3, &["五"]),
            ])
            .await
            .unwrap();
        use PutOutcome::{Conflict, Written};
        assert_eq!(outcomes, [Conflict, Written, Conflict, Conflict]);
        assert_eq!(found(store, "一", &Filter::default()).await, ["a"]);
        for refused in ["二", "四", "五"] {
            assert_eq!(found(store, refused, &Filter::default()).await, [""; 0]);
        }
        assert_eq!(store.counts(None).await.unwrap().passages, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_writers_of_one_revision_one_wins() {
    each(async |store| {
        put(store, vec![article("a", 1, &["初"])]).await;
        let texts: Vec<String> = (0..8).map(|n| format!("甲{n}")).collect();
        let writes = texts
            .iter()
            .map(|text| store.put(vec![article("a", 2, &[text.as_str(), "乙"])]));
        let outcomes = futures::future::join_all(writes).await;
        let won: Vec<usize> = (0..8)
            .filter(|n| outcomes[*n].as_ref().unwrap() == &[PutOutcome::Written])
            .collect();
        assert_eq!(won.len(), 1, "{outcomes:?}");
        let article = store.get(&[id("a")]).await.unwrap().remove(0).unwrap();
        assert_eq!(article.text, format!("{}\n乙", texts[won[0]]));
        assert_eq!(found(store, "甲", &Filter::default()).await, ["a"]);
        assert_eq!(found(store, "乙", &Filter::default()).await, ["a"]);
        assert_eq!(store.counts(None).await.unwrap().passages, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replacement_leaves_nothing_of_the_old_text() {
    each(async |store| {
        put(
            store,
            vec![
                article("a", 1, &["旧文", "旧章", "旧句"]),
                article("b", 1, &["旧友"]),
            ],
        )
        .await;
        put(store, vec![article("a", 2, &["新文"])]).await;
        assert_eq!(found(store, "旧", &Filter::default()).await, ["b"]);
        assert_eq!(found(store, "新", &Filter::default()).await, ["a"]);
        let counts = store.counts(None).await.unwrap();
        assert_eq!(
            counts,
            Counts {
                articles: 2,
                passages: 2,
                vectors: 0
            }
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_search_sees_half_of_a_replacement() {
    const REVISIONS: u64 = 40;
    for form in Form::all() {
        let store = form.open().await;
        put(
            store.as_ref(),
            vec![article("a", 1, &["共一", "共二", "共三"])],
        )
        .await;
        let done = Arc::new(AtomicBool::new(false));
        let reader = tokio::spawn({
            let (store, done) = (store.clone(), done.clone());
            async move {
                let mut searches = 0;
                while !done.load(Ordering::Relaxed) || searches == 0 {
                    let query = BranchQuery::Lexical(terms("共"));
                    let hits = store.search(&query, &Filter::default(), 10).await.unwrap();
                    let revisions: BTreeSet<u64> =
                        hits.iter().map(|hit| hit.passage.revision).collect();
                    assert_eq!((hits.len(), revisions.len()), (3, 1), "{hits:?}");
                    searches += 1;
                }
            }
        });
        for revision in 2..=REVISIONS {
            put(
                store.as_ref(),
                vec![article("a", revision, &["共一", "共二", "共三"])],
            )
            .await;
        }
        done.store(true, Ordering::Relaxed);
        reader.await.unwrap();
        store.close().await.unwrap();
        drop(store);
        form.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_article_is_gone_from_every_answer() {
    each(async |store| {
        put(
            store,
            vec![
                article("a", 1, &["甲文", "甲章"]),
                article("b", 1, &["甲友"]),
            ],
        )
        .await;
        assert!(store.delete(&id("a")).await.unwrap());
        assert!(!store.delete(&id("a")).await.unwrap());
        assert_eq!(store.get(&[id("a")]).await.unwrap(), [None]);
        assert_eq!(found(store, "甲", &Filter::default()).await, ["b"]);
        assert_eq!(all_pages(store, &Filter::default(), 10).await, ["b"]);
        assert_eq!(store.counts(None).await.unwrap().passages, 1);
        put(store, vec![article("a", 1, &["丙文"])]).await;
        assert_eq!(found(store, "丙", &Filter::default()).await, ["a"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_annotation_keeps_the_passages() {
    each(async |store| {
        let new = article("a", 1, &["甲文"]);
        put(store, vec![new.clone()]).await;
        let mut annotated = new.article.clone();
        annotated.title_en = Some("A title".to_owned());
        assert_eq!(
            store.annotate(annotated.clone()).await.unwrap(),
            PutOutcome::Written
        );
        assert_eq!(
            store.get(&[id("a")]).await.unwrap(),
            [Some(annotated.clone())]
        );
        assert_eq!(found(store, "甲", &Filter::default()).await, ["a"]);

        put(store, vec![article("a", 2, &["乙文"])]).await;
        assert_eq!(
            store.annotate(annotated.clone()).await.unwrap(),
            PutOutcome::Conflict
        );
        annotated.id = id("none");
        assert_eq!(
            store.annotate(annotated).await.unwrap(),
            PutOutcome::Conflict
        );
    })
    .await;
}
