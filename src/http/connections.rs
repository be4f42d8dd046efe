//! Connections: how many there may be, how long they may say nothing, how they end.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::connect_info::{Connected, IntoMakeServiceWithConnectInfo};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use super::problem::ApiError;

/// Connections that are told that there are too many; beyond these they are closed.
const TURNED_AWAY: usize = 256;
/// How long one that is turned away has to hear it.
const FAREWELL: Duration = Duration::from_secs(2);
/// How long until the next connection is taken after the system could not give one.
const PAUSE: Duration = Duration::from_millis(500);

/// What connections may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How many there are at once.
    pub connections: usize,
    /// How long one may be open without the head of another request.
    pub silence: Duration,
}

/// Serves connections until `stop`; then no more come in, and it ends with the last
/// response.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) {
    let (open, stopping) = (TaskTracker::new(), CancellationToken::new());
    let free = Arc::new(Semaphore::new(limits.connections));
    let turned_away = Arc::new(Semaphore::new(TURNED_AWAY));
    let too_many: Arc<str> = too_many(limits.connections).into();
    // Made once: it turns every route of the router into a service.
    let services = router.into_make_service_with_connect_info::<SocketAddr>();
    let mut stop = pin!(stop);
    loop {
        let (socket, address) = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    refused(&error).await;
                    continue;
                }
            },
        };
        // Tokens of a stream are small and should not wait for one another.
        let _ = socket.set_nodelay(true);
        if let Ok(place) = free.clone().try_acquire_owned() {
            open.spawn(converse(
                socket,
                Peer(address),
                services.clone(),
                limits.silence,
                stopping.clone(),
                place,
            ));
        } else if let Ok(place) = turned_away.clone().try_acquire_owned() {
            open.spawn(turn_away(socket, too_many.clone(), place));
        }
    }
    drop(listener);
    stopping.cancel();
    open.close();
    open.wait().await;
}

/// Who is at the other end.
struct Peer(SocketAddr);

impl Connected<Peer> for SocketAddr {
    fn connect_info(peer: Peer) -> SocketAddr {
        peer.0
    }
}

async fn converse(
    socket: TcpStream,
    peer: Peer,
    mut services: IntoMakeServiceWithConnectInfo<Router, SocketAddr>,
    silence: Duration,
    stopping: CancellationToken,
    _place: OwnedSemaphorePermit,
) {
    let service = match services.call(peer).await {
        Ok(service) => TowerToHyperService::new(service),
        Err(never) => match never {},
    };
    // With upgrades or HTTP/2 it would wait for first bytes before it looks at the time.
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(silence);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(socket), service));
    let result = tokio::select! {
        result = connection.as_mut() => result,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(error, "a connection broke off");
    }
}

/// The whole response to those who are turned away, whose requests are not read.
fn too_many(most: usize) -> String {
    let problem = ApiError::Overloaded(format!(
        "{most} connections are open, as many as may be at once (server.max_connections); \
         try again later"
    ))
    .problem();
    format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\n\
         retry-after: 2\r\nconnection: close\r\n\r\n{}",
        serde_json::json!(problem)
    )
}

/// Says so and waits for the other end to have read it: closed at once, what it still
/// sends would make its system throw the answer away.
async fn turn_away(mut socket: TcpStream, response: Arc<str>, _place: OwnedSemaphorePermit) {
    let told = async {
        socket.write_all(response.as_bytes()).await?;
        socket.shutdown().await?;
        let mut sent = [0; 4096];
        while socket.read(&mut sent).await? > 0 {}
        io::Result::Ok(())
    };
    let _ = tokio::time::timeout(FAREWELL, told).await;
}

/// A connection that was gone before it was taken is nothing; where the system has no
/// more files, others must end first.
async fn refused(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    ) {
        return;
    }
    tracing::error!(%error, "taking a connection; are there enough files (ulimit -n)?");
    #[expect(
        clippy::disallowed_methods,
        reason = "the system gives no sign that it has more"
    )]
    tokio::time::sleep(PAUSE).await;
}
