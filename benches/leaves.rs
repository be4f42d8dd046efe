//! The functions that everything passes through, on a page of Chinese news:
//!
//! ```sh
//! cargo bench --bench leaves
//! ```

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dragoman::retrieve::Wanted;
use dragoman::store::{ScoredPassage, StoredPassage};
use dragoman::{bridge, facts, lexical, passage, retrieve};
use serde_json::json;
use uuid::Uuid;

/// A paragraph of our own, as the news writes them.
const PARAGRAPH: &str = "10月28日，东昌府区举行葫芦文化节，来自全国的3万余名游客参加。\
    “今年种植面积达到3万余亩，产值12.5亿元，同比增长8.6%。”主办方负责人介绍，\
    葫芦雕刻技艺已传承四百多年，被列入国家级非物质文化遗产名录。According to GB/T 19001, \
    quality is checked twice. 2025年前三季度，全区接待游客上升到120万人次。";

fn leaves(criterion: &mut Criterion) {
    lexical::warm_up();
    let text = PARAGRAPH.repeat(10);
    let mut group = criterion.benchmark_group("article");
    group.throughput(Throughput::Elements(text.chars().count() as u64));
    group.bench_function("split into passages", |b| {
        b.iter(|| passage::passages(black_box(&text), &[]));
    });
    group.bench_function("weigh terms", |b| {
        b.iter(|| lexical::document(&[], black_box(&text)));
    });
    group.bench_function("extract facts", |b| {
        b.iter(|| facts::extract(black_box(&text), None));
    });
    group.finish();

    let mut group = criterion.benchmark_group("query");
    for (name, query) in [
        ("Chinese", "2025年东昌府区的葫芦种植面积有多少亩？"),
        (
            "English",
            "How many acres of gourds were planted in Dongchangfu in 2025?",
        ),
        ("a name", "When did Wu Jing visit Liaocheng?"),
    ] {
        group.bench_function(format!("terms with bridge, {name}"), |b| {
            b.iter(|| lexical::query_vector(black_box(query)));
        });
        group.bench_function(format!("bridge, {name}"), |b| {
            b.iter(|| bridge::words_for_terms(black_box(query)));
        });
    }
    group.finish();

    let list = |step: u128, top: f32| -> Vec<ScoredPassage> {
        (0..100_u16)
            .map(|rank| ScoredPassage {
                passage: passage_of(u128::from(rank) * step),
                score: top / (1.0 + f32::from(rank) / 50.0),
            })
            .collect()
    };
    let (words, meaning) = (list(2, 30.0), list(3, 0.9));
    criterion.bench_function("fuse two lists of 100", |b| {
        b.iter(|| retrieve::fuse(black_box(&words), black_box(&meaning), 0.45, 100));
    });
    let fused = retrieve::fuse(&words, &meaning, 0.45, 100);
    let question = "2025年葫芦种植面积有多少亩？";
    let wanted = Wanted::new(question, &bridge::groups(question));
    criterion.bench_function("judge what was found", |b| {
        b.iter(|| {
            let read = retrieve::read(black_box(&wanted), false, &fused);
            retrieve::signals(&wanted, &read, &fused, &words, &meaning)
        });
    });
}

fn passage_of(number: u128) -> StoredPassage {
    serde_json::from_value(json!({
        "passage_id": Uuid::from_u128(number), "article_id": format!("a{number}"), "revision": 1,
        "ordinal": 0, "title": "葫芦文化节举行", "source": "示例", "url": null,
        "published_at": "2025-10-28T00:00:00+08:00", "language": "zh-Hans", "paragraph": 1,
        "start": 0, "end": 300, "origin": "text", "text": PARAGRAPH, "simhash": 0,
    }))
    .expect("a passage as it is stored")
}

criterion_group!(benches, leaves);
criterion_main!(benches);
