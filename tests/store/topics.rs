//! Topics of articles, what came in since a time, and records.

use dragoman::store::{Assignment, Filter, PutOutcome, Record, RecordKind, Store};
use serde_json::json;

use crate::support::{Form, all_pages, article, article_with, each, found, id, put};

fn belongs(name: &str, topic: &str, belongs: bool) -> Assignment {
    Assignment {
        article: id(name),
        topic: topic.to_owned(),
        belongs,
    }
}

fn of(topic: &str) -> Filter {
    Filter {
        topics: vec![topic.to_owned()],
        ..Filter::default()
    }
}

async fn topics(store: &dyn Store, name: &str) -> Vec<String> {
    let article = store.get(&[id(name)]).await.unwrap().remove(0).unwrap();
    article.topics
}

#[tokio::test(flavor = "multi_thread")]
async fn an_article_is_taken_into_a_topic_and_out_of_it_with_its_passages() {
    each(async |store| {
        let sent = article_with("b", 1, &["甲友"], |value| {
            value["topics"] = json!(["教育"]);
        });
        put(store, vec![article("a", 1, &["甲文", "甲章"]), sent]).await;
        store
            .assign(vec![
                belongs("a", "教育", true),
                belongs("b", "教育", true),
                belongs("none", "教育", true),
            ])
            .await
            .unwrap();
        assert_eq!(topics(store, "a").await, ["教育"]);
        assert_eq!(store.count(&of("教育")).await.unwrap(), 2);
        let mut names = found(store, "甲", &of("教育")).await;
        names.sort();
        assert_eq!(names, ["a", "a", "b"]);

        store
            .assign(vec![
                belongs("a", "教育", false),
                belongs("b", "教育", false),
            ])
            .await
            .unwrap();
        assert_eq!(topics(store, "a").await, [""; 0]);
        assert_eq!(topics(store, "b").await, ["教育"], "its sender named it");
        assert_eq!(found(store, "甲", &of("教育")).await, ["b"]);
        assert_eq!(all_pages(store, &of("教育"), 10).await, ["b"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_annotation_from_before_leaves_the_topics() {
    each(async |store| {
        let new = article("a", 1, &["甲文"]);
        put(store, vec![new.clone()]).await;
        store.assign(vec![belongs("a", "t", true)]).await.unwrap();
        let mut annotated = new.article;
        annotated.title_en = Some("A title".to_owned());
        assert_eq!(
            store.annotate(annotated).await.unwrap(),
            PutOutcome::Written
        );
        let article = store.get(&[id("a")]).await.unwrap().remove(0).unwrap();
        assert_eq!(article.title_en.as_deref(), Some("A title"));
        assert_eq!(article.topics, ["t"]);
        assert_eq!(article.topics_matched, ["t"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_in_since_a_time_is_counted_by_when_it_came_in() {
    each(async |store| {
        let at = |name: &str, published: &str, ingested: &str| {
            article_with(name, 1, &["文"], |value| {
                value["published_at"] = json!(published);
                value["ingested_at"] = json!(ingested);
            })
        };
        put(
            store,
            vec![
                at("early", "2025-10-28T00:00:00Z", "2025-10-28T08:00:00Z"),
                at("at", "2025-10-28T00:00:00Z", "2025-10-28T09:00:00Z"),
                at(
                    "late",
                    "2019-01-01T00:00:00Z",
                    "2025-10-28T09:00:00.000001Z",
                ),
            ],
        )
        .await;
        let since = Filter {
            since: Some(
                String::from("2025-10-28T17:00:00+08:00")
                    .try_into()
                    .unwrap(),
            ),
            ..Filter::default()
        };
        assert_eq!(store.count(&since).await.unwrap(), 1);
        assert_eq!(all_pages(store, &since, 10).await, ["late"]);
        assert_eq!(found(store, "文", &since).await, ["late"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_kept_replaced_and_removed() {
    for form in Form::all() {
        let record = |id: &str, json: &str| Record {
            kind: RecordKind::Topic,
            id: id.to_owned(),
            json: json.to_owned(),
        };
        let store = form.open().await;
        assert_eq!(store.records(RecordKind::Topic).await.unwrap(), []);
        for (id, json) in [("乙", "1"), ("a", "2"), ("乙", "{\"三\":3}")] {
            store.put_record(record(id, json)).await.unwrap();
        }
        put(store.as_ref(), vec![article("a", 1, &["文"])]).await;
        assert!(store.delete_record(RecordKind::Topic, "a").await.unwrap());
        assert!(!store.delete_record(RecordKind::Topic, "a").await.unwrap());
        store.close().await.unwrap();
        drop(store);

        let store = form.open().await;
        let kept = store.records(RecordKind::Topic).await.unwrap();
        assert_eq!(kept, [record("乙", "{\"三\":3}")]);
        assert_eq!(
            all_pages(store.as_ref(), &Filter::default(), 10).await,
            ["a"]
        );
        store.put_record(record("a", "4")).await.unwrap();
        assert_eq!(store.records(RecordKind::Topic).await.unwrap().len(), 2);
        store.close().await.unwrap();
        drop(store);
        form.remove().await;
    }
}
