//! The command line: each command calls the same API as any other client, in
//! this process or on a running server.

mod ask;
mod check;
mod delete;
mod demo;
mod eval;
mod feed;
mod ingest;
mod log;
mod serve;
mod setup;
mod show;
mod topic;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, CommandFactory, Parser, Subcommand};
use url::Url;

use crate::app::App;
use crate::client::Client;
use crate::config::Config;
use crate::http;
use crate::mcp;

/// Reads the news that you cannot: English briefs of Chinese articles and cited
/// answers about them, every sentence checked against its source.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
struct Options {
    /// Settings file [default: dragoman.toml, if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of the collection
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Work on a running server instead of the folder
    #[arg(long, global = true, env = "DRAGOMAN_URL", value_name = "URL")]
    server: Option<Url>,
    /// Key for that server
    #[arg(
        long,
        global = true,
        env = "DRAGOMAN_API_KEY",
        value_name = "KEY",
        hide_env_values = true
    )]
    api_key: Option<String>,
    /// Embedding model: a fastembed name, a folder, openai:NAME, or off
    #[arg(long, global = true, value_name = "MODEL")]
    embed_model: Option<String>,
    /// Print JSON, for programs
    #[arg(long, global = true)]
    json: bool,
    /// Log as JSON lines
    #[arg(long, global = true)]
    log_json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Open the sample collection in a server, ready to be asked
    Demo(serve::Listen),
    /// Put in place what dense retrieval needs: library and model
    Setup,
    /// Run the server
    Serve(serve::Listen),
    /// Take in articles from files and folders, or standard input (-)
    Ingest(ingest::Ingest),
    /// Answer a question from the collection, with sources
    Ask(ask::Ask),
    /// Find passages
    Search(show::Search),
    /// Write the briefs of articles and show them
    Brief(show::Brief),
    /// Check claims against sources, a line each
    Check(check::Check),
    /// Measure systems on suites of questions, briefs and claims
    Eval(eval::Eval),
    /// Saved queries: add, list, show or remove them
    #[command(subcommand)]
    Topic(topic::Topic),
    /// Feeds to follow: add, list, fetch or remove them
    #[command(subcommand)]
    Feed(feed::Feed),
    /// Print the settings, secrets hidden
    CheckConfig,
    /// Serve agents by the Model Context Protocol, on standard input and output
    Mcp,
    /// Remove articles by id, or by source, topic, language or date
    Delete(delete::Delete),
    /// Print all articles as NDJSON that `ingest` takes back
    Export,
    /// Give all passages vectors of the configured embedding model
    Reindex,
    /// Give back the room that replaced articles take
    Compact,
    /// Print the OpenAPI document of the HTTP API
    Openapi,
    /// Print a completion script for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

impl Cli {
    /// Runs the command; 0 done, 1 failed (2, wrong usage, is said before).
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let serving = matches!(self.command, Command::Serve(_) | Command::Demo(_));
        let collector = [
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            "OTEL_EXPORTER_OTLP_ENDPOINT",
        ]
        .iter()
        .find_map(|name| std::env::var(name).ok())
        .filter(|endpoint| !endpoint.is_empty());
        let traces = log::start(self.options.log_json, serving, collector.as_deref())?;
        let result = self.command.run(&self.options).await;
        if let Some(traces) = traces {
            traces.end();
        }
        result
    }
}

impl Command {
    async fn run(self, options: &Options) -> anyhow::Result<ExitCode> {
        match self {
            Command::Demo(listen) => demo::run(options, listen).await?,
            Command::Setup => setup::run(&options.config()?).await?,
            Command::Serve(listen) => serve::run(options.config_with(listen.flags())?).await?,
            Command::Ingest(command) => return command.run(options).await,
            Command::Ask(command) => command.run(options).await?,
            Command::Search(command) => command.run(options).await?,
            Command::Brief(command) => command.run(options).await?,
            Command::Check(command) => command.run(options).await?,
            Command::Eval(command) => return command.run(options).await,
            Command::Topic(command) => command.run(options).await?,
            Command::Feed(command) => command.run(options).await?,
            Command::CheckConfig => {
                println!("{}", serde_json::to_string_pretty(&options.config()?)?);
            }
            Command::Mcp => {
                let session = options.open().await?;
                mcp::over_stdio(session.client).await?;
                if let Some(app) = session.app {
                    app.close().await.context("closing the store")?;
                }
            }
            Command::Delete(command) => command.run(options).await?,
            Command::Export => show::export(options).await?,
            Command::Reindex => setup::reindex(options).await?,
            Command::Compact => setup::compact(options).await?,
            Command::Openapi => {
                let document = http::openapi::document();
                println!("{}", serde_json::to_string_pretty(&document)?);
            }
            Command::Completions { shell } => clap_complete::generate(
                shell,
                &mut Cli::command(),
                "dragoman",
                &mut std::io::stdout(),
            ),
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Options {
    fn config(&self) -> anyhow::Result<Config> {
        self.config_with(Vec::new())
    }

    fn config_with(&self, mut flags: Vec<(&'static str, String)>) -> anyhow::Result<Config> {
        if let Some(dir) = &self.data_dir {
            flags.push(("data_dir", dir.display().to_string()));
        }
        if let Some(model) = &self.embed_model {
            flags.push(("embed.model", model.clone()));
        }
        Ok(Config::load(
            self.config.as_deref(),
            |name| std::env::var(name).ok(),
            &flags,
        )?)
    }

    /// Whether an embedding model is asked for by name rather than by default.
    fn names_embedder(&self) -> bool {
        self.embed_model.is_some() || std::env::var_os("DRAGOMAN_EMBED_MODEL").is_some()
    }

    /// The API, on the server if one is named, else over the data folder.
    async fn open(&self) -> anyhow::Result<Session> {
        match &self.server {
            Some(base) => Ok(Session {
                client: Client::remote(base.clone(), self.api_key.as_deref())?,
                app: None,
            }),
            None => {
                let app = App::open(self.config()?).await?;
                Ok(Session {
                    client: Client::Local(http::api(app.clone())),
                    app: Some(app),
                })
            }
        }
    }
}

/// The API with what keeps it open.
struct Session {
    client: Client,
    app: Option<Arc<App>>,
}

impl Session {
    /// Whether dense retrieval works; waits while its model, or one that reranks, is
    /// loading.
    async fn has_dense(&self) -> anyhow::Result<bool> {
        loop {
            let state: serde_json::Value = self.client.get("/readyz").await?;
            let is = |part: &str, wanted: &str| state["parts"][part]["state"] == wanted;
            if !is("dense", "loading") && !is("rerank", "loading") {
                return Ok(!is("dense", "off"));
            }
            #[expect(
                clippy::disallowed_methods,
                reason = "a server is asked, which cannot call back"
            )]
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Lets go of the data folder, everything on disk.
    async fn close(self) -> anyhow::Result<()> {
        if let Some(app) = self.app {
            app.close().await.context("closing the store")?;
        }
        Ok(())
    }
}
