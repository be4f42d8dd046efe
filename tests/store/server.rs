//! What goes wrong between dragoman and a server, and what is said of it.

use std::sync::Arc;

use dragoman::store::server::ServerStore;
use dragoman::store::{BranchQuery, Filter, Store, StoreError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::support::{Form, article, found, id, model, options, put, terms};

/// The server under test, if there is one.
async fn server() -> Option<(Form, String, String)> {
    match Form::all().pop()? {
        Form::Edge(_) => None,
        Form::Server { url, collection } => {
            let (u, c) = (url.clone(), collection.clone());
            Some((Form::Server { url, collection }, u, c))
        }
    }
}

/// The error of a connection to `url`, which must be one that names `remedy`.
async fn refusal(url: &str, remedy: &str) {
    let refused = ServerStore::connect(options(url, "none")).await;
    unavailable(refused.map(|_| ()), &[url, remedy]);
}

fn unavailable<T: std::fmt::Debug>(result: Result<T, StoreError>, said: &[&str]) {
    let error = result.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    let message = error.to_string();
    for words in said {
        assert!(message.contains(words), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_said_so() {
    refusal("http://127.0.0.1:1", "QDRANT_URL").await;
    refusal("127.0.0.1:1", "http://").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_qdrant_server_is_said_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let web = tokio::spawn(async move {
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            let _ = client.read(&mut request).await;
            let answer = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
            let _ = client.write_all(answer).await;
        }
    });
    refusal(&url, "QDRANT_URL is its gRPC address").await;
    web.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_said_so() {
    let (Some((_, url, collection)), Ok(_)) = (server().await, std::env::var("QDRANT_API_KEY"))
    else {
        return println!("not tested: no QDRANT_URL with a QDRANT_API_KEY");
    };
    for wrong in ["", "not-the-key"] {
        let mut options = options(&url, &collection);
        options.api_key = wrong.to_owned();
        let refused = ServerStore::connect(options).await;
        unavailable(refused.map(|_| ()), &[&url, "QDRANT_API_KEY"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_collection_is_said_so() {
    let Some((form, _, collection)) = server().await else {
        return;
    };
    let store = form.open().await;
    form.remove().await;
    unavailable(
        store.get(&[id("a")]).await,
        &[&collection, "start dragoman again"],
    );
    let put = store.put(vec![article("a", 1, &["甲"])]).await;
    unavailable(put, &[&collection, "start dragoman again"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_of_others_is_refused() {
    let Some((form, url, collection)) = server().await else {
        return;
    };
    let request = qdrant_client::qdrant::CreateCollectionBuilder::new(&collection);
    form.client().create_collection(request).await.unwrap();
    let refused = ServerStore::connect(options(&url, &collection)).await.err();
    assert!(
        matches!(&refused, Some(StoreError::Open { reason, .. })
            if reason.contains("DRAGOMAN_QDRANT_COLLECTION")),
        "{refused:?}"
    );
    form.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_of_another_dimension_is_said_so() {
    let Some((form, ..)) = server().await else {
        return;
    };
    let store = form.open().await;
    let small = model("small", 2);
    store.prepare_model(&small).await.unwrap();
    let query = BranchQuery::Dense {
        model: small,
        vector: vec![1.0; 3],
    };
    let refused = store.search(&query, &Filter::default(), 5).await;
    unavailable(refused, &["imension", "reindex"]);
    form.remove().await;
}

/// Passes bytes on to a server until it is dropped, with all its connections.
struct Wire {
    task: JoinHandle<()>,
}

impl Wire {
    async fn new(listener: Arc<TcpListener>, server: String) -> Wire {
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (mut client, _) = listener.accept().await.unwrap();
                let mut server = TcpStream::connect(&server).await.unwrap();
                connections.spawn(async move {
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                });
            }
        });
        Wire { task }
    }

    async fn cut(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_away_is_used_again() {
    let Some((form, url, collection)) = server().await else {
        return;
    };
    let Some(address) = url.strip_prefix("http://") else {
        return println!("not tested over TLS");
    };
    let address = address.trim_end_matches('/').to_owned();
    let listener = Arc::new(TcpListener::bind("127.0.0.1:0").await.unwrap());
    let port = listener.local_addr().unwrap();
    let wire = Wire::new(listener.clone(), address.clone()).await;
    let store = ServerStore::connect(options(&format!("http://{port}"), &collection))
        .await
        .unwrap();
    put(&store, vec![article("a", 1, &["甲"])]).await;

    // A connection that broke meanwhile is made anew, for a read or a write.
    wire.cut().await;
    let wire = Wire::new(listener.clone(), address.clone()).await;
    put(&store, vec![article("a", 2, &["乙"])]).await;
    wire.cut().await;
    let wire = Wire::new(listener.clone(), address.clone()).await;
    assert_eq!(found(&store, "乙", &Filter::default()).await, ["a"]);

    // While nothing answers there, that is what is said.
    wire.cut().await;
    drop(listener);
    let query = BranchQuery::Lexical(terms("乙"));
    let refused = store.search(&query, &Filter::default(), 5).await;
    unavailable(refused, &["QDRANT_URL"]);
    let refused = store.put(vec![article("a", 3, &["丙"])]).await;
    unavailable(refused, &["QDRANT_URL"]);

    let listener = Arc::new(TcpListener::bind(port).await.unwrap());
    let wire = Wire::new(listener, address).await;
    put(&store, vec![article("a", 3, &["丙"])]).await;
    assert_eq!(found(&store, "丙", &Filter::default()).await, ["a"]);
    wire.cut().await;
    form.remove().await;
}
