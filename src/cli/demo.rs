//! `dragoman demo`: the sample collection in a server, ready to be asked.

use std::net::SocketAddr;

use anyhow::Context;

use super::serve::{self, Listen};
use super::{Options, setup};
use crate::app::App;
use crate::article::ArticleInput;
use crate::config::Config;
use crate::ingest;

const SAMPLE: &str = include_str!("../../eval/sample/articles.ndjson");

/// Sets up dense retrieval where that is possible, takes in the sample, serves.
pub(super) async fn run(options: &Options, listen: Listen) -> anyhow::Result<()> {
    let mut config = options.config_with(listen.flags())?;
    if let Err(error) = setup::run(&config).await {
        eprintln!("Going on without dense retrieval: {error:#}");
    }
    // The sample keeps to itself, so that it never mixes with a real collection.
    let models = config.models_dir();
    if config.data_dir == Config::default().data_dir {
        config.data_dir = config.data_dir.join("demo");
    }
    config.models_dir = Some(models);
    let app = App::open(config).await?;
    let articles: Vec<ArticleInput> = SAMPLE
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()
        .context("reading the sample collection")?;
    let count = articles.len();
    for result in ingest::ingest(&app, articles).await {
        result.context("taking in the sample collection")?;
    }
    serve::serve(app, |addr| eprint!("{}", invitation(count, addr))).await
}

fn invitation(count: usize, addr: SocketAddr) -> String {
    format!(
        "\n{count} sample articles are in. Ask them:\n\n  \
         curl -s http://{addr}/v1/ask -H 'content-type: application/json' \\\n    \
         -d '{{\"question\": \"How large is the area planted with gourds in Dongchangfu District?\"}}'\n  \
         curl -s 'http://{addr}/v1/search?q=产教融合'\n  \
         curl -s -X POST http://{addr}/v1/articles/sample-gourd/brief\n\n\
         or open http://{addr}/ in a browser. Ctrl-C stops it.\n\n"
    )
}
