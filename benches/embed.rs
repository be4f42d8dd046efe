//! How fast passages are embedded, beside fastembed's own `embed` in the order in which
//! they come and with its default batch size, in one run:
//!
//! ```sh
//! cargo bench --bench embed -- MODEL_FOLDER CORPUS.ndjson [PASSAGES]
//! ```

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use dragoman::embed::onnx::{OnnxEmbedder, Plain};
use dragoman::embed::{Embedder, Role};
use dragoman::onnx::OnnxOptions;
use dragoman::passage;
use serde_json::Value;

/// Passages unless said otherwise.
const PASSAGES: usize = 600;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let [model, corpus, rest @ ..] = arguments.as_slice() else {
        println!("not run: it needs a model and a corpus (see the top of benches/embed.rs)");
        return Ok(());
    };
    let count = rest
        .first()
        .map_or(Ok(PASSAGES), |count| count.parse())
        .context("PASSAGES")?;
    let options = OnnxOptions {
        model: model.clone(),
        library_folders: vec![PathBuf::from(model)],
        cache_dir: std::env::temp_dir(),
        threads: None,
    };
    let texts = passages(corpus, count)?;
    let embedder = OnnxEmbedder::load(&options)?;
    let mut fastembed = Plain::load(&options)?;
    embedder.embed(Role::Passage, texts[..8].to_vec()).await?;

    let began = Instant::now();
    let ours = embedder.embed(Role::Passage, texts.clone()).await?;
    let our_time = began.elapsed();
    let prefixed: Vec<String> = texts
        .iter()
        .map(|text| format!("passage: {text}"))
        .collect();
    let began = Instant::now();
    let theirs = fastembed.embed(&prefixed)?;
    let their_time = began.elapsed();
    let least = ours
        .iter()
        .zip(&theirs)
        .map(|(a, b)| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>())
        .fold(1.0, f32::min);
    let rate = |time: std::time::Duration| texts.len() as f64 / time.as_secs_f64();
    println!(
        "{} passages: dragoman {:.1}/s, fastembed {:.1}/s, ratio {:.2}; cosine of the two at least {least:.5}",
        texts.len(),
        rate(our_time),
        rate(their_time),
        rate(our_time) / rate(their_time)
    );
    Ok(())
}

fn passages(corpus: &str, count: usize) -> anyhow::Result<Vec<String>> {
    let text = std::fs::read_to_string(corpus).context("reading the corpus")?;
    let mut passages = Vec::new();
    for line in text.lines() {
        let article: Value = serde_json::from_str(line).context("reading an article")?;
        let text = article["text"].as_str().unwrap_or_default();
        let chars: Vec<char> = text.chars().collect();
        passages.extend(
            passage::passages(text, &[])
                .into_iter()
                .map(|passage| chars[passage.start..passage.end].iter().collect::<String>()),
        );
        if passages.len() >= count {
            break;
        }
    }
    passages.truncate(count);
    Ok(passages)
}
