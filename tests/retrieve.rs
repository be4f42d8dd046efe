//! Finding passages: fusion, the time of a question, what speaks for an answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::embedder::WordEmbedder;
use crate::support::server::Server;
use async_trait::async_trait;
use dragoman::bridge;
use dragoman::embed::remember::Remembering;
use dragoman::embed::{EmbedError, Embedder, Role};
use dragoman::retrieve::{
    Query, Wanted, When, fuse, fuse_by_rank, level, prefer_saying, read, retrieve, signals, when,
};
use dragoman::store::{Filter, ModelIdentity, ScoredPassage, StoredPassage};
use jiff::civil::{Date, date};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

/// A Thursday.
const TODAY: Date = date(2025, 10, 30);

fn about(question: &str) -> Option<(Date, Date)> {
    when(question, TODAY).about
}

fn within(question: &str) -> Option<(Date, Date)> {
    when(question, TODAY).within
}

#[test]
fn a_day_or_month_with_its_year_bounds_the_articles() {
    let october = Some((date(2025, 10, 1), date(2025, 10, 31)));
    for question in [
        "2025年10月有哪些展会？",
        "２０２５年１０月有哪些展會？",
        "Which fairs opened in October 2025?",
        "二〇二五年十月有哪些展会",
    ] {
        assert_eq!(about(question), october, "{question}");
        let reach = within(question).expect("a month with its year");
        assert!(reach.0 < date(2025, 10, 1) && reach.1 > date(2025, 10, 31));
    }
    let day = (date(2025, 10, 12), date(2025, 10, 13));
    assert_eq!(about("2025年10月12日发生了什么"), Some(day));
    assert_eq!(
        about("What happened on October 12, 2025? 😀"),
        Some(day),
        "it stands in the next day's paper too"
    );
    assert_eq!(
        about("between October 1, 2025 and October 5, 2025").map(|d| d.0),
        Some(date(2025, 10, 1))
    );
}

#[test]
fn spans_that_count_from_today_bound_the_articles() {
    let last_week = (date(2025, 10, 20), date(2025, 10, 26));
    for question in ["What happened last week?", "上周发生了什么", "上星期的新聞"] {
        assert_eq!(about(question), Some(last_week), "{question}");
        assert_eq!(
            within(question),
            Some((last_week.0, date(2025, 10, 27))),
            "{question}"
        );
    }
    let three_days = Some((date(2025, 10, 27), TODAY));
    for question in [
        "过去三天的地震",
        "最近3天的地震",
        "earthquakes of the past three days",
    ] {
        assert_eq!(about(question), three_days, "{question}");
    }
    let yesterday = Some((date(2025, 10, 29), date(2025, 10, 29)));
    assert_eq!(about("昨天有什么新闻"), yesterday);
    assert_eq!(about("What was reported yesterday?"), yesterday);
}

#[test]
fn less_certain_times_are_preferred_and_no_bound() {
    for question in [
        "What was China's GDP in 2023?",
        "2023年的粮食产量是多少",
        "What did DouYu earn in the second quarter of 2023?",
        "10月12日开幕的展会",
        "去年的票房",
    ] {
        let when = when(question, TODAY);
        assert!(when.about.is_some() && when.within.is_none(), "{question}");
    }
    assert_eq!(
        about("10月12日开幕的展会").map(|d| d.0),
        Some(date(2025, 10, 12)),
        "the last such day"
    );
    assert_eq!(
        about("12月3日开幕的展会").map(|d| d.0),
        Some(date(2024, 12, 3))
    );
}

#[test]
fn a_question_without_a_time_has_none() {
    for question in [
        "第三季度营收是多少",
        "How many may attend?",
        "三天打鱼两天晒网是什么意思",
        "周一围的主张",
        "",
    ] {
        assert_eq!(when(question, TODAY).within, None, "{question}");
    }
    assert_eq!(when("葫芦种植面积多大", TODAY), When::default());
    for question in ["最新的地震消息", "What is the latest on the strike?"] {
        assert!(when(question, TODAY).newest, "{question}");
    }
}

async fn dated(articles: &[(&str, &str)]) -> Server {
    let server = Server::empty().await;
    let articles: Vec<Value> = articles
        .iter()
        .map(|(id, day)| {
            let text = format!("熊猫基地{id}迎来大熊猫幼崽，共有参观者三千人。编号{id}。");
            json!({"id": id, "text": text, "published_at": day})
        })
        .collect();
    server.post("/v1/articles", json!(articles)).await;
    server
}

async fn found(server: &Server, query: &str, filter: Value) -> (Vec<String>, String) {
    let body = json!({"query": query, "filter": filter});
    let found = server.post("/v1/search", body).await.json();
    let hits = found["hits"].as_array().expect("hits");
    let ids = hits
        .iter()
        .map(|hit| hit["article_id"].as_str().expect("an id").to_owned())
        .collect();
    (ids, found["notes"].to_string())
}

#[tokio::test]
async fn articles_of_another_time_are_left_out_where_the_question_names_one() {
    let server = dated(&[
        ("甲", "2025-03-02"),
        ("乙", "2025-08-15"),
        ("丙", "2023-08-15"),
    ])
    .await;
    let (ids, notes) = found(&server, "2025年8月大熊猫幼崽参观者", json!({})).await;
    assert_eq!(ids, ["乙"]);
    assert!(notes.contains("as the question says"), "{notes}");
    // A filter of one's own counts, not the question's words.
    let own = json!({"from": "2023-01-01", "to": "2023-12-31"});
    let (ids, _) = found(&server, "2025年8月大熊猫幼崽参观者", own).await;
    assert_eq!(ids, ["丙"]);
    // Where nothing of the time answers, the time is no reason to find nothing.
    let (ids, notes) = found(&server, "2019年8月大熊猫幼崽参观者", json!({})).await;
    assert_eq!(ids.len(), 3, "{notes}");
}

#[tokio::test]
async fn the_newest_come_first_where_they_are_asked_for() {
    let server = dated(&[
        ("甲", "2025-10-28"),
        ("乙", "2025-03-15"),
        ("丙", "2023-08-15"),
    ])
    .await;
    let (ids, _) = found(&server, "丙大熊猫幼崽参观者", json!({})).await;
    assert_eq!(ids[0], "丙");
    let (ids, _) = found(&server, "最新大熊猫幼崽参观者", json!({})).await;
    assert_eq!(ids[0], "甲");
    let (ids, _) = found(&server, "2023年大熊猫幼崽参观者", json!({})).await;
    assert_eq!(ids[0], "丙", "a year is preferred");
}

#[tokio::test]
async fn today_is_the_day_that_the_question_is_asked_on() {
    let server = dated(&[("甲", "2025-10-28"), ("乙", "2025-03-15")]).await;
    let ask = async |as_of: Option<Date>| {
        let query = Query {
            text: "昨天大熊猫幼崽参观者".to_owned(),
            mode: None,
            filter: Filter::default(),
            limit: 10,
            per_article: 1,
            as_of,
        };
        let found = retrieve(&server.app, &query).await.expect("found");
        found.hits[0].article_id.to_string()
    };
    assert_eq!(ask(Some(date(2025, 3, 16))).await, "乙");
    assert_eq!(ask(Some(date(2025, 10, 29))).await, "甲");
}

#[tokio::test]
async fn what_the_collection_answers_scores_above_what_it_does_not() {
    let server = Server::with_sample().await;
    server.app.set_embedder(WordEmbedder::shared("words-a"));
    let score = async |text: &str| {
        let query = Query {
            text: text.to_owned(),
            mode: None,
            filter: Filter::default(),
            limit: 8,
            per_article: 3,
            as_of: None,
        };
        let found = retrieve(&server.app, &query).await.expect("found");
        (found.evidence.score, found.evidence.is_relevant())
    };
    let known = score("葫芦种植面积多少亩").await;
    let unknown = score("谁是火星殖民地的第一任总督").await;
    assert!(known.0 > unknown.0, "{known:?} {unknown:?}");
    assert!((0.0..=1.0).contains(&known.0));
    assert!(!unknown.1);
}

#[test]
fn nearness_says_little_where_there_is_much_on_the_subject() {
    let crowded = |question: &str, cosine: f32, near: u8| {
        let wanted = Wanted::new(question, &bridge::groups(question));
        let dense: Vec<(u128, f32)> = (0..60_u8)
            .map(|n| (n.into(), if n < near { cosine } else { 0.8 }))
            .collect();
        let (dense, lexical) = (scored(&dense), scored(&[(1, 5.0)]));
        let fused = fuse(&lexical, &dense, 0.45, 100);
        let read = read(&wanted, wanted.is_across(&fused), &fused);
        signals(&wanted, &read, &fused, &lexical, &dense).is_crowded()
    };
    assert!(crowded("「冰雪節」的總導演是誰？", 0.92, 40));
    assert!(!crowded("「冰雪節」的總導演是誰？", 0.92, 3), "one report");
    assert!(
        !crowded("「冰雪節」的總導演是誰？", 0.85, 60),
        "other subjects"
    );
    // Cosines across languages are lower and were judged apart.
    assert!(!crowded("Who directed the ice festival?", 0.92, 40));
}

#[test]
fn across_languages_what_a_passage_says_counts_more_than_its_branches_do() {
    let first = |question: &str| {
        let mut fused = scored(&[(1, 1.0), (2, 0.5)]);
        fused[0].passage.text = "清浦縣的洪水正在消退，縣裡召開了會議。".to_owned();
        fused[1].passage.text = "「洪水沖毀了清浦縣１２座橋樑。」🌊".to_owned();
        let wanted = Wanted::new(question, &bridge::groups(question));
        let read = read(&wanted, wanted.is_across(&fused), &fused);
        prefer_saying(&mut fused, &read, read.gain());
        assert!(fused.iter().all(|scored| scored.score <= 1.0));
        order(&fused)[0]
    };
    assert_eq!(
        first("How many bridges did the flood destroy in Qingpu?"),
        2
    );
    assert_eq!(first("清浦县的洪水冲毁了多少座桥梁？"), 1);
}

fn scored(list: &[(u128, f32)]) -> Vec<ScoredPassage> {
    list.iter()
        .map(|(id, score)| ScoredPassage {
            passage: passage(*id),
            score: *score,
        })
        .collect()
}

fn passage(id: u128) -> StoredPassage {
    serde_json::from_value(json!({
        "passage_id": Uuid::from_u128(id), "article_id": format!("a{id}"), "revision": 1,
        "ordinal": 0, "title": "", "source": null, "url": null, "published_at": null,
        "language": "zh-Hans", "paragraph": 1, "start": 0, "end": 2, "origin": "text",
        "text": "文字", "simhash": 0,
    }))
    .expect("a passage")
}

fn order(fused: &[ScoredPassage]) -> Vec<u128> {
    fused
        .iter()
        .map(|scored| scored.passage.passage_id.as_u128())
        .collect()
}

#[test]
fn the_best_of_both_branches_scores_one_and_comes_first() {
    let lexical = scored(&[(1, 20.0), (2, 12.0), (3, 4.0)]);
    let dense = scored(&[(1, 0.9), (3, 0.88), (4, 0.8)]);
    let fused = fuse(&lexical, &dense, 0.45, 100);
    assert_eq!(order(&fused)[0], 1);
    assert!((fused[0].score - 1.0).abs() < 1e-5);
    assert_eq!(fused.len(), 4);
}

#[test]
fn a_single_match_by_words_counts_beside_vectors_that_hardly_differ() {
    let lexical = scored(&[(30, 5.0)]);
    let dense: Vec<(u128, f32)> = (0..50_u8)
        .map(|n| (n.into(), 0.84 - f32::from(n) * 0.001))
        .collect();
    assert_eq!(order(&fuse(&lexical, &scored(&dense), 0.45, 100))[0], 30);
}

#[test]
fn one_branch_alone_keeps_its_order() {
    let list = scored(&[(3, 9.0), (1, 5.0), (2, 1.0)]);
    assert_eq!(order(&fuse(&list, &[], 1.0, 100)), [3, 1, 2]);
    assert_eq!(order(&fuse(&[], &list, 0.0, 100)), [3, 1, 2]);
    assert_eq!(order(&fuse(&[], &list, 0.45, 3)), [3, 1, 2]);
    assert_eq!(order(&fuse_by_rank(&[&list, &[]], 60.0)), [3, 1, 2]);
    assert!(fuse(&[], &[], 0.45, 100).is_empty());
}

/// Passages whose ids are odd are in the question's language.
fn is_own(scored: &ScoredPassage) -> bool {
    scored.passage.passage_id.as_u128() % 2 == 1
}

#[test]
fn a_few_passages_of_the_question_s_language_do_not_come_first_for_that_alone() {
    let list = [
        (1, 0.86),
        (3, 0.85),
        (2, 0.84),
        (4, 0.78),
        (6, 0.77),
        (8, 0.76),
    ];
    let of = |list: &[(u128, f32)]| order(&level(&scored(list), is_own));
    assert_eq!(of(&list), [2, 1, 4, 3, 6, 8]);
    // What answers in that language still does.
    let answered = [(1, 0.92), (3, 0.85), (2, 0.80), (4, 0.78), (6, 0.77)];
    assert_eq!(of(&answered)[0], 1);
    // One passage tells nothing of its language.
    assert_eq!(of(&[(1, 0.86), (2, 0.84), (4, 0.78)]), [1, 2, 4]);
}

proptest! {
    #[test]
    fn levelled_lists_keep_what_they_hold_and_the_order_within_a_language(
        scores in proptest::collection::vec(-1.0f32..1.0, 0..40))
    {
        let mut list: Vec<(u128, f32)> = (0..).zip(scores).collect();
        list.sort_by(|a, b| b.1.total_cmp(&a.1));
        let before = scored(&list);
        let levelled = level(&before, is_own);
        prop_assert_eq!(levelled.len(), list.len());
        prop_assert!(levelled.is_sorted_by(|a, b| a.score >= b.score));
        for own in [0, 1] {
            let of = |ids: Vec<u128>| ids.into_iter().filter(|id| id % 2 == own).collect::<Vec<_>>();
            prop_assert_eq!(of(order(&levelled)), of(list.iter().map(|(id, _)| *id).collect()));
        }
    }

    #[test]
    fn fused_scores_are_between_0_and_1_whatever_the_branches_scale(
        mut lexical in prop::collection::vec((0_u128..40, 0.0_f32..50.0), 0..30),
        mut dense in prop::collection::vec((0_u128..40, -1.0_f32..1.0), 0..30),
        weight in 0.0_f32..=1.0,
        scale in 0.1_f32..100.0,
    ) {
        for list in [&mut lexical, &mut dense] {
            list.sort_by(|a, b| b.1.total_cmp(&a.1));
            let mut seen = std::collections::HashSet::new();
            list.retain(|(id, _)| seen.insert(*id));
        }
        let fused = fuse(&scored(&lexical), &scored(&dense), weight, 30);
        for passage in &fused {
            prop_assert!((-1e-4..=1.0001).contains(&passage.score), "{}", passage.score);
        }
        prop_assert!(fused.windows(2).all(|pair| pair[0].score >= pair[1].score));
        let scaled: Vec<(u128, f32)> = lexical.iter().map(|(id, s)| (*id, s * scale)).collect();
        let again = fuse(&scored(&scaled), &scored(&dense), weight, 30);
        for (a, b) in fused.iter().zip(&again) {
            prop_assert!((a.score - b.score).abs() < 1e-3);
        }
    }
}

/// Counts what it is asked.
struct Counting {
    inner: Arc<WordEmbedder>,
    texts: AtomicUsize,
}

#[async_trait]
impl Embedder for Counting {
    fn identity(&self) -> &ModelIdentity {
        self.inner.identity()
    }

    async fn embed(&self, role: Role, texts: Vec<String>) -> Result<Vec<Vec<f32>>, EmbedError> {
        self.texts.fetch_add(texts.len(), Ordering::Relaxed);
        self.inner.embed(role, texts).await
    }
}

#[tokio::test]
async fn a_query_that_comes_again_is_embedded_once_and_a_passage_each_time() {
    let counting = Arc::new(Counting {
        inner: WordEmbedder::shared("words-a"),
        texts: AtomicUsize::new(0),
    });
    let remembering = Remembering::new(counting.clone());
    let ask = async |role, texts: &[&str]| {
        let texts = texts.iter().map(ToString::to_string).collect();
        remembering.embed(role, texts).await.expect("embedded")
    };
    let first = ask(Role::Query, &["葫芦", "gourd"]).await;
    let again = ask(Role::Query, &["gourd", "新", "葫芦"]).await;
    assert_eq!(counting.texts.load(Ordering::Relaxed), 3);
    assert_eq!((&again[0], &again[2]), (&first[1], &first[0]));
    ask(Role::Passage, &["葫芦"]).await;
    ask(Role::Passage, &["葫芦"]).await;
    assert_eq!(counting.texts.load(Ordering::Relaxed), 5);
}
