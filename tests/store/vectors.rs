//! Vectors, changes of model, and what outlasts upkeep.

use std::collections::HashMap;

use dragoman::store::{BranchQuery, Counts, Filter, ModelIdentity, Store};
use uuid::Uuid;

use crate::support::{Form, all_pages, article, each, found, id, model, put, terms};

#[tokio::test(flavor = "multi_thread")]
async fn vectors_follow_and_are_searched() {
    each(async |store| {
        let small = model("multilingual-e5-small", 4);
        put(
            store,
            vec![article("a", 1, &["甲", "乙"]), article("b", 1, &["丙"])],
        )
        .await;
        let query = |vector: [f32; 4]| BranchQuery::Dense {
            model: small.clone(),
            vector: vector.to_vec(),
        };
        let all = Filter::default();
        assert_eq!(
            store
                .search(&query([1.0, 0.0, 0.0, 0.0]), &all, 10)
                .await
                .unwrap(),
            []
        );
        assert_eq!(store.without_vector(&small, 10).await.unwrap().len(), 3);
        assert_eq!(store.without_vector(&small, 2).await.unwrap().len(), 2);

        store.prepare_model(&small).await.unwrap();
        store.prepare_model(&small).await.unwrap();
        let waiting = store.without_vector(&small, 10).await.unwrap();
        let ids: HashMap<String, Uuid> = waiting
            .into_iter()
            .map(|passage| (passage.text, passage.passage_id))
            .collect();
        let first = vec![
            (ids["甲"], vec![2.0, 0.0, 0.0, 0.0]),
            (ids["丙"], vec![0.0, 1.0, 0.0, 0.0]),
            (Uuid::from_u128(7), vec![1.0, 0.0, 0.0, 0.0]),
        ];
        store.set_vectors(&small, first).await.unwrap();
        let pending = store
            .pending(&small, &[id("b"), id("a"), id("none")])
            .await
            .unwrap();
        assert_eq!(pending, [id("a")]);
        assert_eq!(store.counts(Some(&small)).await.unwrap().vectors, 2);
        store
            .set_vectors(&small, vec![(ids["乙"], vec![1.0, 1.0, 0.0, 0.0])])
            .await
            .unwrap();
        assert_eq!(store.without_vector(&small, 10).await.unwrap(), []);
        let counts = store.counts(Some(&small)).await.unwrap();
        assert_eq!(
            counts,
            Counts {
                articles: 2,
                passages: 3,
                vectors: 3
            }
        );

        let hits = store
            .search(&query([1.0, 0.1, 0.0, 0.0]), &all, 10)
            .await
            .unwrap();
        let texts: Vec<&str> = hits.iter().map(|hit| hit.passage.text.as_str()).collect();
        assert_eq!(texts, ["甲", "乙", "丙"]);
        assert!((hits[0].score - 0.995).abs() < 0.001, "{}", hits[0].score);
        let only_b = Filter {
            article_ids: vec![id("b")],
            ..Filter::default()
        };
        assert_eq!(
            store
                .search(&query([1.0, 0.1, 0.0, 0.0]), &only_b, 10)
                .await
                .unwrap()
                .len(),
            1
        );
        // Lexical weights stay beside the vectors.
        assert_eq!(found(store, "甲", &all).await, ["a"]);

        let wrong = store
            .set_vectors(&small, vec![(ids["甲"], vec![1.0])])
            .await
            .unwrap_err();
        assert!(
            wrong.to_string().contains(&ids["甲"].to_string()),
            "{wrong}"
        );

        put(store, vec![article("a", 2, &["甲"])]).await;
        assert_eq!(store.pending(&small, &[id("a")]).await.unwrap(), [id("a")]);
        assert_eq!(store.counts(Some(&small)).await.unwrap().vectors, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_model_takes_over_when_it_is_told_to() {
    for form in Form::all() {
        let store = form.open().await;
        let (old, new) = (model("old/model", 2), model("new-model", 3));
        assert_eq!(store.current_model().await.unwrap(), None);
        put(store.as_ref(), vec![article("a", 1, &["甲"])]).await;
        let passage = store.without_vector(&old, 1).await.unwrap()[0].passage_id;
        store.prepare_model(&old).await.unwrap();
        store.switch_model(&old).await.unwrap();
        store
            .set_vectors(&old, vec![(passage, vec![1.0, 0.0])])
            .await
            .unwrap();

        store.prepare_model(&new).await.unwrap();
        assert_eq!(store.without_vector(&new, 9).await.unwrap().len(), 1);
        store
            .set_vectors(&new, vec![(passage, vec![0.0, 0.0, 1.0])])
            .await
            .unwrap();
        let with_old = BranchQuery::Dense {
            model: old.clone(),
            vector: vec![1.0, 0.0],
        };
        let all = Filter::default();
        assert_eq!(
            store.search(&with_old, &all, 9).await.unwrap().len(),
            1,
            "the old one serves"
        );
        assert_eq!(store.current_model().await.unwrap().as_ref(), Some(&old));

        store.switch_model(&new).await.unwrap();
        store.close().await.unwrap();
        drop(store);
        let store = form.open().await;
        assert_eq!(store.current_model().await.unwrap().as_ref(), Some(&new));
        let with_new = BranchQuery::Dense {
            model: new.clone(),
            vector: vec![0.0, 0.0, 2.0],
        };
        assert_eq!(store.search(&with_new, &all, 9).await.unwrap().len(), 1);
        assert_eq!(store.search(&with_old, &all, 9).await.unwrap(), []);
        assert_eq!(store.counts(Some(&old)).await.unwrap().vectors, 0);
        assert_eq!(store.counts(Some(&new)).await.unwrap().vectors, 1);
        store.close().await.unwrap();
        drop(store);
        form.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_outlasts_optimizing_compacting_and_reopening() {
    for form in Form::all() {
        let store = form.open().await;
        let small = model("small", 2);
        store.prepare_model(&small).await.unwrap();
        store.switch_model(&small).await.unwrap();
        for revision in 1..=3 {
            let texts: Vec<String> = (0..400).map(|n| format!("第{n}篇第{revision}版")).collect();
            let articles = texts.iter().enumerate();
            let articles = articles.map(|(n, text)| article(&format!("n{n}"), revision, &[text]));
            put(store.as_ref(), articles.collect()).await;
        }
        let waiting = store.without_vector(&small, 1_000).await.unwrap();
        assert_eq!(waiting.len(), 400);
        let vectors = waiting
            .iter()
            .map(|passage| (passage.passage_id, vec![1.0, 0.5]));
        store.set_vectors(&small, vectors.collect()).await.unwrap();
        store.optimize().await.unwrap();
        let (before, after) = store.compact().await.unwrap();
        assert!(after <= before, "{before} bytes became {after}");

        all_there(store.as_ref(), &small).await;
        store.close().await.unwrap();
        drop(store);
        let store = form.open().await;
        all_there(store.as_ref(), &small).await;
        store.close().await.unwrap();
        drop(store);
        form.remove().await;
    }
}

async fn all_there(store: &dyn Store, model: &ModelIdentity) {
    let counts = store.counts(Some(model)).await.unwrap();
    assert_eq!(
        counts,
        Counts {
            articles: 400,
            passages: 400,
            vectors: 400
        }
    );
    assert_eq!(all_pages(store, &Filter::default(), 150).await.len(), 400);
    let one = Filter {
        article_ids: vec![id("n7")],
        ..Filter::default()
    };
    let query = BranchQuery::Lexical(terms("7"));
    let hits = store.search(&query, &one, 2).await.unwrap();
    assert_eq!(hits[0].passage.text, "第7篇第3版");
    // The store takes writes as before.
    put(store, vec![article("later", 1, &["又"])]).await;
    put(store, vec![article("later", 2, &["还"])]).await;
    assert_eq!(found(store, "又还", &Filter::default()).await, ["later"]);
    assert!(store.delete(&id("later")).await.unwrap());
}
