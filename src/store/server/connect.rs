//! The first contact with the server, also with one that is not there yet.

use std::sync::{Arc, RwLock, Weak};
use std::time::Duration;

use super::client::Client;
use super::{ServerOptions, ServerStore};
use crate::store::StoreError;

/// How long a start waits for a server, and until it looks again for one that was not there.
const PATIENCE: Duration = Duration::from_secs(5);
const LOOK_AGAIN: Duration = Duration::from_secs(2);

impl ServerStore {
    /// Connects, makes the collection and its indexes where they are missing,
    /// and cleans up what a stopped process left.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the server does not answer or refuses
    /// the key or is too old, [`StoreError::Open`] when the collection is not dragoman's.
    pub async fn connect(options: ServerOptions) -> Result<ServerStore, StoreError> {
        let store = ServerStore::new(options)?;
        store.set_up().await?;
        Ok(store)
    }

    /// The same for one who goes on without a server: where it does not answer, calls
    /// fail with the reason, at once, until a task in the background has found it.
    ///
    /// # Errors
    /// What no wait mends: an address that is none, a collection that is not dragoman's.
    pub async fn connect_or_wait(options: ServerOptions) -> Result<Arc<ServerStore>, StoreError> {
        let store = Arc::new(ServerStore::new(options.clone())?);
        let answered = tokio::time::timeout(PATIENCE, store.set_up()).await;
        let reason = match answered {
            Ok(Ok(())) => return Ok(store),
            Ok(Err(reason @ StoreError::Unavailable { .. })) => reason,
            Ok(Err(other)) => return Err(other),
            Err(_) => StoreError::Unavailable {
                operation: "connecting".to_owned(),
                url: options.url.clone(),
                reason: format!("no answer within {} s", PATIENCE.as_secs()),
            },
        };
        tracing::warn!(%reason, "going on without the Qdrant server, and looking for it");
        store.client.close(Some(reason));
        tokio::spawn(look_again(Arc::downgrade(&store), options));
        Ok(store)
    }

    fn new(options: ServerOptions) -> Result<ServerStore, StoreError> {
        Ok(ServerStore {
            client: Client::new(options)?,
            known: RwLock::default(),
            latest: RwLock::default(),
        })
    }

    async fn set_up(&self) -> Result<(), StoreError> {
        self.client.set_up().await?;
        self.clean_up().await
    }
}

/// Sets up the collection through a connection of its own, until that comes to its end.
async fn look_again(store: Weak<ServerStore>, options: ServerOptions) {
    loop {
        #[expect(
            clippy::disallowed_methods,
            reason = "a server cannot say that it is there"
        )]
        tokio::time::sleep(LOOK_AGAIN).await;
        let found = ServerStore::connect(options.clone()).await;
        let Some(store) = store.upgrade() else { return };
        match found {
            Ok(found) => {
                if let Some(version) = found.client.version.get() {
                    store.client.version.get_or_init(|| version.clone());
                }
                store.client.close(None);
                tracing::info!(url = options.url, "the Qdrant server is there now");
                return;
            }
            Err(reason) => store.client.close(Some(reason)),
        }
    }
}
