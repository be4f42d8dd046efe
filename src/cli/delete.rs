//! `dragoman delete`: articles removed by id or by filter.

use anyhow::bail;
use clap::Args;
use serde_json::{Value, json};

use super::Options;
use crate::client::segment;

/// Remove articles with their passages and briefs.
#[derive(Debug, Args)]
pub(super) struct Delete {
    /// Ids of articles
    #[arg(value_name = "ID", conflicts_with_all = ["source", "topic", "language", "from", "to"])]
    ids: Vec<String>,
    /// All articles of this source
    #[arg(long)]
    source: Option<String>,
    /// All articles of this topic
    #[arg(long)]
    topic: Option<String>,
    /// All articles in this language
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
    /// All articles published at or after this time
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// All articles published before or at this time
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
}

impl Delete {
    pub(super) async fn run(self, options: &Options) -> anyhow::Result<()> {
        let filter = self.filter();
        if self.ids.is_empty() && filter.is_empty() {
            bail!("deleting articles: name ids, or what they have in common, such as --source");
        }
        let session = options.open().await?;
        let mut deleted = self.ids.len() as u64;
        for id in &self.ids {
            session
                .client
                .delete(&format!("/v1/articles/{}", segment(id)))
                .await?;
        }
        if !filter.is_empty() {
            let path = format!("/v1/articles?{filter}");
            let answer: Value = session.client.delete_many(&path).await?;
            deleted = answer["deleted"].as_u64().unwrap_or_default();
        }
        if options.json {
            println!("{}", json!({ "deleted": deleted }));
        } else {
            println!("{deleted} articles deleted");
        }
        session.close().await
    }

    /// The filter as a query.
    fn filter(&self) -> String {
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("source", &self.source),
            ("topic", &self.topic),
            ("language", &self.language),
            ("from", &self.from),
            ("to", &self.to),
        ] {
            if let Some(value) = value {
                pairs.append_pair(name, value);
            }
        }
        pairs.finish()
    }
}
