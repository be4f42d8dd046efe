//! The real embedding model through fastembed, where `DRAGOMAN_TEST_EMBED_MODEL`
//! names its folder; continuous integration always does.

use std::path::PathBuf;

use dragoman::embed::onnx::OnnxEmbedder;
use dragoman::embed::{EmbedError, Embedder, Role};
use dragoman::onnx::OnnxOptions;

const TEXTS: &[&str] = &[
    "东昌府区葫芦种植面积3万余亩，占全国市场份额的75%。",
    "山城農會推動「青年返鄉製茶計畫」，培育製茶師一百零六名。",
    "The cold chain needs engineers, and a college trains them.",
    "５Ｇ基站💡二〇二五年建成〇个",
    "短",
    "台风登陆后，沿海三市转移群众12.6万人，多条铁路停运，中小学停课一天，市场上的蔬菜价格当天上涨了一成左右。",
];

fn options(model: PathBuf) -> OnnxOptions {
    OnnxOptions {
        model: model.display().to_string(),
        library_folders: Vec::new(),
        cache_dir: std::env::temp_dir(),
        threads: Some(2),
    }
}

/// The model, or `None` with a line that says so.
fn model() -> Option<OnnxEmbedder> {
    let Some(folder) = std::env::var_os("DRAGOMAN_TEST_EMBED_MODEL") else {
        eprintln!(
            "not run: DRAGOMAN_TEST_EMBED_MODEL names no folder (make one with scripts/offline-model)"
        );
        return None;
    };
    Some(OnnxEmbedder::load(&options(folder.into())).expect("the model loads"))
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn texts() -> Vec<String> {
    TEXTS.iter().map(|text| (*text).to_owned()).collect()
}

#[tokio::test]
async fn vectors_come_in_order_have_unit_length_and_do_not_depend_on_the_batch() {
    let Some(model) = model() else { return };
    assert_eq!(model.identity().name, "multilingual-e5-small");
    assert_eq!(model.identity().dimension, 384);
    let together = model.embed(Role::Passage, texts()).await.expect("vectors");
    assert_eq!(together.len(), TEXTS.len());
    for (text, vector) in TEXTS.iter().zip(&together) {
        assert!(
            (cosine(vector, vector) - 1.0).abs() < 1e-4,
            "{text} has unit length"
        );
        let alone = model
            .embed(Role::Passage, vec![(*text).to_owned()])
            .await
            .expect("a vector");
        assert!(
            cosine(vector, &alone[0]) > 0.9999,
            "{text} alone and in a batch"
        );
    }
}

#[tokio::test]
async fn an_english_question_is_nearest_to_the_chinese_text_that_answers_it() {
    let Some(model) = model() else { return };
    // Among Chinese sentences: this model holds texts in the question's own language,
    // and very short ones, too near.
    let chinese: Vec<String> = texts()
        .into_iter()
        .filter(|text| !text.is_ascii() && text.chars().count() > 20)
        .collect();
    let passages = model
        .embed(Role::Passage, chinese.clone())
        .await
        .expect("vectors");
    for (question, answer) in [
        ("How large is the area where gourds are grown?", "葫芦"),
        ("How many young tea makers have been trained?", "製茶師"),
        (
            "How many people were evacuated because of the typhoon?",
            "台风",
        ),
    ] {
        let query = model
            .embed(Role::Query, vec![question.to_owned()])
            .await
            .expect("a vector");
        let best = (0..passages.len())
            .max_by(|a, b| {
                cosine(&query[0], &passages[*a]).total_cmp(&cosine(&query[0], &passages[*b]))
            })
            .expect("there are texts");
        assert!(
            chinese[best].contains(answer),
            "{question}: {}",
            chinese[best]
        );
    }
}

#[tokio::test]
async fn many_callers_at_once_get_their_own_vectors() {
    let Some(model) = model() else { return };
    let alone = model.embed(Role::Query, texts()).await.expect("vectors");
    let calls = (0..8).map(|_| model.embed(Role::Query, texts()));
    for vectors in futures::future::join_all(calls).await {
        for (expected, vector) in alone.iter().zip(vectors.expect("vectors")) {
            assert!(cosine(expected, &vector) > 0.9999);
        }
    }
}

#[test]
fn what_is_missing_is_named_with_the_remedy() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let error = OnnxEmbedder::load(&options(folder.path().to_path_buf()))
        .err()
        .expect("an empty folder is no model");
    assert!(
        matches!(error, EmbedError::Model { .. } | EmbedError::Runtime(_)),
        "{error}"
    );
    let message = error.to_string();
    assert!(message.contains("dragoman setup"), "{message}");
}
