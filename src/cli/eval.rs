//! `dragoman eval`: retrieval measured on suites of questions.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use super::ingest::wait_for_vectors;
use super::{Options, Session};
use crate::app::{App, Dense};
use crate::client::Client;
use crate::eval::{self, Suite};
use crate::http;
use crate::retrieve::Mode;

/// Measure retrieval.
#[derive(Debug, Args)]
pub(super) struct Eval {
    /// Folders with corpus.ndjson and queries.ndjson
    #[arg(required = true, value_name = "SUITE")]
    suites: Vec<PathBuf>,
    /// Questions of each suite at most
    #[arg(long)]
    limit: Option<usize>,
    /// Where report.json and report.md go
    #[arg(long, default_value = ".", value_name = "DIR")]
    out: PathBuf,
}

impl Eval {
    pub(super) async fn run(self, options: &Options) -> anyhow::Result<()> {
        let mut reports = Vec::new();
        // All are read first, so that a broken one costs no time.
        let suites = self
            .suites
            .iter()
            .map(|folder| Suite::read(folder))
            .collect::<Result<Vec<_>, _>>()?;
        for mut suite in suites {
            if let Some(limit) = self.limit {
                suite.queries.truncate(limit);
            }
            let mut config = options.config()?;
            let models = config.models_dir();
            config.models_dir = Some(models);
            // Each suite has a collection of its own, kept so that it is embedded once.
            config.data_dir = config.data_dir.join("eval").join(&suite.name);
            let app = App::open(config).await?;
            eprintln!(
                "{}: {} articles, {} questions",
                suite.name,
                suite.corpus.len(),
                suite.queries.len()
            );
            eval::take_in(&app, &suite).await?;
            let dense = matches!(app.dense_when_loaded().await, Dense::Ready(_));
            let session = Session {
                client: Client::Local(http::router(app.clone())),
                app: Some(app.clone()),
            };
            wait_for_vectors(&session, options.json).await?;
            let modes = if dense {
                vec![Mode::Lexical, Mode::Dense, Mode::Hybrid]
            } else {
                vec![Mode::Lexical]
            };
            for mode in modes {
                reports.push(eval::retrieval(&app, &suite, mode).await?);
            }
            session.close().await?;
        }
        let table = eval::markdown(&reports);
        std::fs::create_dir_all(&self.out)
            .with_context(|| format!("making {}", self.out.display()))?;
        for (file, text) in [
            ("report.json", serde_json::to_string_pretty(&reports)?),
            ("report.md", table.clone()),
        ] {
            let path = self.out.join(file);
            std::fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
        }
        print!("{table}");
        Ok(())
    }
}
