//! `dragoman demo`: the sample collection in a server, ready to be asked.

use std::net::SocketAddr;

use anyhow::Context;

use super::serve::{self, Listen};
use super::{Options, setup};
use crate::app::App;
use crate::article::ArticleInput;
use crate::config::Config;
use crate::ingest;
use crate::store::Filter;
use crate::topic::{self, Topic};

const SAMPLE: &str = include_str!("../../eval/sample/articles.ndjson");

/// Topics of the sample: id, name, query.
const TOPICS: [(&str, &str, &str); 4] = [
    (
        "education",
        "Industry and education",
        "产教融合 OR 职业学校 OR 职教",
    ),
    ("storms", "台风 · Storms and relief", "台风"),
    ("farming", "Food and farming", "秋粮 OR 冷链 OR 茶鄉"),
    ("technology", "New technology", "低空 OR 5G OR 新能源汽车"),
];

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
    for (id, name, query) in TOPICS {
        let query = Some(query.to_owned());
        let topic = Topic::new(Some(id.into()), name.into(), query, Filter::default())?;
        topic::save(&app, topic)
            .await
            .context("making the sample's topics")?;
    }
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
