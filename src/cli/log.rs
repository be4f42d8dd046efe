//! The log, on standard error as text or JSON, and traces where a collector is named.

use std::io::IsTerminal;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::telemetry::{Traces, TracesError};

/// Starts the log. Without `RUST_LOG` a server tells what it does, other commands
/// only what fails. `collector` is where traces go by OTLP over HTTP.
pub(super) fn start(
    json: bool,
    serving: bool,
    collector: Option<&str>,
) -> Result<Option<Traces>, TracesError> {
    let default = if serving {
        "dragoman=info,error"
    } else {
        "error"
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let log = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let log = if json {
        log.json().boxed()
    } else {
        log.boxed()
    };
    let traces = collector.map(Traces::to).transpose()?;
    let spans = traces.as_ref().map(Traces::layer);
    // A second logger in one process is a test's affair, and harmless.
    let _ = tracing_subscriber::registry()
        .with(spans)
        .with(log.with_filter(filter))
        .try_init();
    Ok(traces)
}
