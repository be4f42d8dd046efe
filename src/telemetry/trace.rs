//! Traces by OTLP over HTTP, where an endpoint is set: one for each request, with
//! the stages of a question as its spans.

use std::thread;

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{ExporterBuildError, SpanExporter};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::registry::LookupSpan;

/// Where traces go. Its exporter blocks, so it is made and ended on threads of its own.
pub struct Traces {
    provider: SdkTracerProvider,
}

/// Why traces cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum TracesError {
    /// The endpoint or another of the exporter's settings is wrong.
    #[error("sending traces to {endpoint}: {source}; check the OTEL_EXPORTER_OTLP_ variables")]
    Exporter {
        /// Where to.
        endpoint: String,
        /// Why not.
        #[source]
        source: ExporterBuildError,
    },
    /// The thread that makes the exporter failed.
    #[error("sending traces to {endpoint}: the exporter's thread failed")]
    Thread {
        /// Where to.
        endpoint: String,
    },
}

impl Traces {
    /// Sends traces to a collector. The exporter itself reads where that is and all
    /// else about it, from the variables of its specification; `endpoint` is what a
    /// message names.
    pub fn to(endpoint: &str) -> Result<Traces, TracesError> {
        let build = thread::spawn(|| {
            let exporter = SpanExporter::builder().with_http().build()?;
            let resource = Resource::builder().with_service_name("dragoman").build();
            Ok(SdkTracerProvider::builder()
                .with_batch_exporter(exporter)
                .with_resource(resource)
                .build())
        });
        match build.join() {
            Ok(Ok(provider)) => Ok(Traces { provider }),
            Ok(Err(source)) => Err(TracesError::Exporter {
                endpoint: endpoint.to_owned(),
                source,
            }),
            Err(_) => Err(TracesError::Thread {
                endpoint: endpoint.to_owned(),
            }),
        }
    }

    /// The layer of the log that makes spans traces: dragoman's own, never their
    /// events, which are for the log.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let spans = tracing_subscriber::filter::filter_fn(|metadata| metadata.is_span());
        tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer("dragoman"))
            .with_location(false)
            .with_threads(false)
            .with_filter(spans)
            .with_filter(Targets::new().with_target("dragoman", Level::INFO))
    }

    /// Sends what is left.
    pub fn end(self) {
        let flush = thread::spawn(move || {
            if let Err(error) = self.provider.shutdown() {
                tracing::warn!(%error, "sending the last traces");
            }
        });
        // It says itself what went wrong.
        let _ = flush.join();
    }
}
