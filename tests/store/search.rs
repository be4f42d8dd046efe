//! Pages, filters and lexical search.

use std::collections::BTreeSet;

use dragoman::store::{BranchQuery, Filter, NewArticle, SparseVector};
use serde_json::json;

use crate::support::{all_pages, article, article_with, each, found, put, terms};

#[tokio::test(flavor = "multi_thread")]
async fn pages_go_through_every_article_once_newest_first() {
    each(async |store| {
        let mut articles = Vec::new();
        for n in 0..25 {
            // All of one day, as files without a time give them.
            articles.push(article_with(&format!("day-{n}"), 1, &["文"], |value| {
                value["published_at"] = json!("2025-10-28T00:00:00+08:00");
            }));
        }
        for n in 0..5 {
            articles.push(article_with(&format!("undated-{n}"), 1, &["文"], |value| {
                value["published_at"] = json!(null);
                value["ingested_at"] = json!(format!("2025-10-29T00:00:00.{}Z", n + 1));
            }));
        }
        articles.push(article_with("old", 1, &["文"], |value| {
            value["published_at"] = json!("1949-10-01T15:00:00+08:00");
        }));
        articles.push(article_with("new", 1, &["文"], |value| {
            value["published_at"] = json!("2026-01-01T00:00:00Z");
        }));
        put(store, articles).await;

        for limit in [1, 2, 7, 24, 25, 31, 32, 33] {
            let names = all_pages(store, &Filter::default(), limit).await;
            let distinct: BTreeSet<&String> = names.iter().collect();
            assert_eq!(
                (names.len(), distinct.len()),
                (32, 32),
                "limit {limit}: {names:?}"
            );
            assert_eq!(names[0], "new");
            let undated = [
                "undated-4",
                "undated-3",
                "undated-2",
                "undated-1",
                "undated-0",
            ];
            assert_eq!(names[1..6], undated);
            assert_eq!(names[31], "old");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_hold_in_lists_and_searches() {
    each(async |store| {
        let hans = article_with("hans", 1, &["文"], |value| {
            value["topics"] = json!(["经济", "port"]);
            value["source"] = json!("新华网");
            value["published_at"] = json!("2025-10-01T00:00:00Z");
        });
        let hant = article_with("hant", 1, &["文"], |value| {
            value["language"] = json!("zh-Hant");
            value["source"] = json!("中央社");
            value["published_at"] = json!("2025-10-02T00:00:00Z");
        });
        let en = article_with("en", 1, &["文"], |value| {
            value["language"] = json!("en");
            value["topics"] = json!(["port"]);
            value["published_at"] = json!("2025-10-03T00:00:00Z");
        });
        let undated = article_with("undated", 1, &["文"], |value| {
            value["language"] = json!("zh");
            value["source"] = json!(null);
            value["published_at"] = json!(null);
        });
        put(store, vec![hans, hant, en, undated]).await;

        let cases = [
            (json!({}), vec!["en", "hans", "hant", "undated"]),
            (json!({"topics": ["port"]}), vec!["en", "hans"]),
            (json!({"topics": ["经济", "nothing"]}), vec!["hans"]),
            (json!({"topics": ["nothing"]}), vec![]),
            (json!({"sources": ["中央社"]}), vec!["hant"]),
            (
                json!({"languages": ["zh"]}),
                vec!["hans", "hant", "undated"],
            ),
            (json!({"languages": ["ZH-hant", "en"]}), vec!["en", "hant"]),
            (json!({"languages": ["z"]}), vec![]),
            (json!({"from": "2025-10-02T00:00:00Z"}), vec!["en", "hant"]),
            (json!({"to": "2025-10-02T00:00:00Z"}), vec!["hans", "hant"]),
            (
                json!({"from": "2025-10-01T00:00:00.000001Z", "to": "2025-10-02T23:59:59Z"}),
                vec!["hant"],
            ),
            (
                json!({"article_ids": ["undated", "en", "none"]}),
                vec!["en", "undated"],
            ),
            (
                json!({"article_ids": ["undated", "en"], "topics": ["port"]}),
                vec!["en"],
            ),
        ];
        for (filter, expected) in cases {
            let said = filter.to_string();
            let filter: Filter = serde_json::from_value(filter).unwrap();
            let mut searched = found(store, "文", &filter).await;
            searched.sort();
            assert_eq!(searched, expected, "search with {said}");
            for limit in [1, 10] {
                let mut listed = all_pages(store, &filter, limit).await;
                listed.sort();
                assert_eq!(listed, expected, "list with {said}");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rare_words_weigh_more_than_common_ones() {
    each(async |store| {
        let mut articles: Vec<NewArticle> = (0..30)
            .map(|n| article(&format!("common-{n}"), 1, &["的是在港"]))
            .collect();
        articles.push(article("rare", 1, &["的粤"]));
        put(store, articles).await;
        let names = found(store, "是在粤", &Filter::default()).await;
        assert_eq!(names[0], "rare");
        assert_eq!(names.len(), 31);
        assert_eq!(found(store, "𠮷", &Filter::default()).await, [""; 0]);
        let nothing = BranchQuery::Lexical(SparseVector::default());
        assert_eq!(
            store
                .search(&nothing, &Filter::default(), 10)
                .await
                .unwrap(),
            []
        );
        let query = BranchQuery::Lexical(terms("的"));
        assert_eq!(
            store
                .search(&query, &Filter::default(), 5)
                .await
                .unwrap()
                .len(),
            5
        );
    })
    .await;
}
