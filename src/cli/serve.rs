//! `dragoman serve`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use tokio::net::TcpListener;
use tokio::signal;
use tokio_util::task::AbortOnDropHandle;

use crate::app::App;
use crate::config::Config;
use crate::feed;
use crate::http;
use crate::http::connections::{Limits, serve as serve_connections};
use crate::lexical;
use crate::retention;
use crate::telemetry;

/// How long a connection may be open without the head of another request.
const SILENCE: Duration = Duration::from_secs(75);
/// How often metrics that nobody has asked for are put together, so that they do not pile up.
const UPKEEP: Duration = Duration::from_secs(5);

/// Where to listen.
#[derive(Debug, Args)]
pub(super) struct Listen {
    /// Address to listen on [default: 127.0.0.1:8640]
    #[arg(long, value_name = "ADDRESS")]
    addr: Option<SocketAddr>,
    /// Serve other machines without keys: everyone who reaches it may read and change all
    #[arg(long)]
    open: bool,
}

impl Listen {
    /// As settings.
    pub(super) fn flags(&self) -> Vec<(&'static str, String)> {
        let addr = self.addr.map(|addr| ("server.addr", addr.to_string()));
        let open = self.open.then(|| ("access.open", "true".to_owned()));
        addr.into_iter().chain(open).collect()
    }
}

/// Serves until it is told to stop.
pub(super) async fn run(config: Config) -> anyhow::Result<()> {
    let app = App::open_to_serve(config).await?;
    serve(app, |_| {}).await
}

/// Serves an open collection until SIGINT or SIGTERM, then flushes and closes it.
/// `announce` is told the address once it is listened on.
pub(super) async fn serve(app: Arc<App>, announce: impl FnOnce(SocketAddr)) -> anyhow::Result<()> {
    let addr = app.config.server.addr;
    if !addr.ip().is_loopback() && app.access.is_open() && !app.config.access.open {
        bail!(
            "listening on {addr} without keys: everyone who reaches it could read and change the collection; set DRAGOMAN_API_KEYS, or say with --open (DRAGOMAN_OPEN=true) that they may"
        );
    }
    let listener = TcpListener::bind(addr).await.with_context(|| {
        format!(
            "listening on {addr}; if the port is taken, choose another with --addr or DRAGOMAN_ADDR"
        )
    })?;
    let addr = listener.local_addr()?;
    // The dictionaries take a second to load, which the first reader should not wait for.
    tokio::task::spawn_blocking(lexical::warm_up);
    let state = app.state();
    tracing::info!("listening on http://{addr}");
    tracing::info!("store: {}, {}", state.store, app.config.data_dir.display());
    tracing::info!("dense retrieval: {}", state.dense_detail);
    tracing::info!("reranking: {}", state.rerank_detail);
    tracing::info!("engine: {}, {}", state.engine, state.engine_detail);
    announce(addr);

    let _upkeep = AbortOnDropHandle::new(tokio::spawn(async {
        let mut ticks = tokio::time::interval(UPKEEP);
        loop {
            ticks.tick().await;
            telemetry::collect().run_upkeep();
        }
    }));
    let polling = AbortOnDropHandle::new(tokio::spawn(feed::follow(Arc::downgrade(&app))));
    let expiry = AbortOnDropHandle::new(tokio::spawn(retention::follow(Arc::downgrade(&app))));
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let server = &app.config.server;
    let served = serve_connections(
        listener,
        http::router(app.clone()),
        Limits {
            connections: server.max_connections,
            silence: SILENCE,
        },
        async {
            let _ = stopped.await;
        },
    );
    let grace = Duration::from_secs(server.grace_seconds);
    tokio::select! {
        () = served => {}
        () = async {
            signal_to_stop().await;
            tracing::info!("stopping; open responses have {} s", grace.as_secs());
            let _ = stop.send(());
            #[expect(clippy::disallowed_methods, reason = "the time that streams are given")]
            tokio::time::sleep(grace).await;
        } => tracing::warn!("streams were cut off"),
    }
    drop((polling, expiry));
    app.close().await.context("closing the store")?;
    Ok(())
}

async fn signal_to_stop() {
    let interrupt = async {
        let _ = signal::ctrl_c().await;
    };
    #[cfg(unix)]
    let terminate = async {
        match signal::unix::signal(signal::unix::SignalKind::terminate()) {
            Ok(mut terminate) => {
                terminate.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}
