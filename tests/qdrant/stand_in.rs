//! A stand-in for a Qdrant server: the real protocol over real connections, points kept
//! in memory, and failures on demand. It keeps to no condition and finds nothing near.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use qdrant_client::qdrant as api;
use qdrant_client::qdrant::collections_server::{Collections, CollectionsServer};
use qdrant_client::qdrant::condition::ConditionOneOf;
use qdrant_client::qdrant::r#match::MatchValue;
use qdrant_client::qdrant::points_server::{Points, PointsServer};
use qdrant_client::qdrant::qdrant_server::{Qdrant, QdrantServer};
use qdrant_client::qdrant::{Filter, PointId, PointStruct, RetrievedPoint};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request, Response, Status, async_trait};

/// What the server does with calls.
#[derive(Debug, Clone, Default)]
pub enum Mood {
    /// What they ask.
    #[default]
    Well,
    /// Nothing, and no answer either.
    Stalled,
    /// Refuses them.
    Refusing(Code, &'static str),
}

#[derive(Default)]
struct Inner {
    mood: watch::Sender<Mood>,
    key: Mutex<String>,
    points: Mutex<HashMap<String, PointStruct>>,
}

/// The server with a wire to it that can be cut.
pub struct StandIn {
    pub address: SocketAddr,
    inner: Arc<Inner>,
    server: SocketAddr,
    wire: Option<JoinHandle<()>>,
}

impl StandIn {
    /// Listens nowhere yet; its address is free.
    pub async fn away() -> StandIn {
        let free = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = free.local_addr().expect("an address");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let server = listener.local_addr().expect("an address");
        let inner = Arc::new(Inner::default());
        let parts = || Served(inner.clone());
        let serving = tonic::transport::Server::builder()
            .add_service(QdrantServer::new(parts()))
            .add_service(CollectionsServer::new(parts()))
            .add_service(PointsServer::new(parts()))
            .serve_with_incoming(TcpIncoming::from(listener));
        tokio::spawn(serving);
        StandIn {
            address,
            inner,
            server,
            wire: None,
        }
    }

    pub async fn there() -> StandIn {
        let mut stand_in = StandIn::away().await;
        stand_in.come().await;
        stand_in
    }

    /// Is there from now on.
    pub async fn come(&mut self) {
        let listener = TcpListener::bind(self.address).await.expect("its port");
        let server = self.server;
        self.wire = Some(tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut client, _)) = listener.accept().await {
                let Ok(mut server) = TcpStream::connect(server).await else {
                    return;
                };
                connections.spawn(async move {
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                });
            }
        }));
    }

    /// Is gone with all its connections; what it holds stays, as on a disk.
    pub async fn go(&mut self) {
        if let Some(wire) = self.wire.take() {
            wire.abort();
            let _ = wire.await;
        }
    }

    pub fn be(&self, mood: Mood) {
        self.inner.mood.send_replace(mood);
    }

    /// Asks for this key from now on.
    pub fn ask_for(&self, key: &str) {
        *self.inner.key.lock().expect("nobody panics") = key.to_owned();
    }
}

#[derive(Clone)]
struct Served(Arc<Inner>);

impl Served {
    async fn answer<Q, A>(
        &self,
        request: Request<Q>,
        answer: impl FnOnce(&mut HashMap<String, PointStruct>, Q) -> A,
    ) -> Result<Response<A>, Status> {
        let key = self.0.key.lock().expect("nobody panics").clone();
        let given = request.metadata().get("api-key").map(|key| key.as_bytes());
        if !key.is_empty() && given != Some(key.as_bytes()) {
            return Err(Status::unauthenticated("Invalid API key or JWT"));
        }
        let mood = self.0.mood.borrow().clone();
        match mood {
            Mood::Stalled => std::future::pending().await,
            Mood::Refusing(code, message) => Err(Status::new(code, message)),
            Mood::Well => {
                let mut points = self.0.points.lock().expect("nobody panics");
                Ok(Response::new(answer(&mut points, request.into_inner())))
            }
        }
    }
}

fn place(id: Option<&PointId>) -> String {
    format!("{id:?}")
}

/// Whether a point has the keywords that a filter asks for.
fn fits(point: &PointStruct, filter: &Option<Filter>) -> bool {
    filter
        .iter()
        .flat_map(|filter| &filter.must)
        .all(|condition| {
            let Some(ConditionOneOf::Field(field)) = &condition.condition_one_of else {
                return true;
            };
            match field
                .r#match
                .as_ref()
                .and_then(|wanted| wanted.match_value.as_ref())
            {
                Some(MatchValue::Keyword(word)) => {
                    point
                        .payload
                        .get(&field.key)
                        .and_then(|value| value.as_str())
                        == Some(word)
                }
                _ => true,
            }
        })
}

fn retrieved(point: &PointStruct) -> RetrievedPoint {
    RetrievedPoint {
        id: point.id.clone(),
        payload: point.payload.clone(),
        ..RetrievedPoint::default()
    }
}

/// What a call is answered by.
macro_rules! answer {
    ($request:ident $response:ident) => {
        |_: Kept, _: api::$request| api::$response::default()
    };
    ($request:ident $response:ident $answer:expr) => {
        $answer
    };
}

/// A service whose calls are answered by an empty response, but for those that are given.
macro_rules! service {
    ($service:ident { $($call:ident($request:ident) -> $response:ident $(= $answer:expr)?;)* }) => {
        #[async_trait]
        impl $service for Served {
            $(async fn $call(&self, request: Request<api::$request>) -> Result<Response<api::$response>, Status> {
                self.answer(request, answer!($request $response $($answer)?)).await
            })*
        }
    };
}

type Kept<'a> = &'a mut HashMap<String, PointStruct>;

service!(Qdrant {
    health_check(HealthCheckRequest) -> HealthCheckReply = |_: Kept, _: api::HealthCheckRequest| api::HealthCheckReply {
        version: "1.18.0".into(),
        ..api::HealthCheckReply::default()
    };
});

service!(Collections {
    get(GetCollectionInfoRequest) -> GetCollectionInfoResponse = |_: Kept, _: api::GetCollectionInfoRequest| {
        let lexical = [("lexical".to_owned(), api::SparseVectorParams::default())];
        let params = api::CollectionParams {
            sparse_vectors_config: Some(api::SparseVectorConfig { map: lexical.into() }),
            ..api::CollectionParams::default()
        };
        let config = api::CollectionConfig { params: Some(params), ..api::CollectionConfig::default() };
        let info = api::CollectionInfo { config: Some(config), ..api::CollectionInfo::default() };
        api::GetCollectionInfoResponse { result: Some(info), ..api::GetCollectionInfoResponse::default() }
    };
    list(ListCollectionsRequest) -> ListCollectionsResponse;
    create(CreateCollection) -> CollectionOperationResponse;
    update(UpdateCollection) -> CollectionOperationResponse;
    delete(DeleteCollection) -> CollectionOperationResponse;
    update_aliases(ChangeAliases) -> CollectionOperationResponse;
    list_collection_aliases(ListCollectionAliasesRequest) -> ListAliasesResponse;
    list_aliases(ListAliasesRequest) -> ListAliasesResponse;
    collection_cluster_info(CollectionClusterInfoRequest) -> CollectionClusterInfoResponse;
    collection_exists(CollectionExistsRequest) -> CollectionExistsResponse = |_: Kept, _: api::CollectionExistsRequest| api::CollectionExistsResponse {
        result: Some(api::CollectionExists { exists: true }),
        ..api::CollectionExistsResponse::default()
    };
    update_collection_cluster_setup(UpdateCollectionClusterSetupRequest) -> UpdateCollectionClusterSetupResponse;
    create_shard_key(CreateShardKeyRequest) -> CreateShardKeyResponse;
    delete_shard_key(DeleteShardKeyRequest) -> DeleteShardKeyResponse;
    list_shard_keys(ListShardKeysRequest) -> ListShardKeysResponse;
});

service!(Points {
    upsert(UpsertPoints) -> PointsOperationResponse = |kept: Kept, request: api::UpsertPoints| {
        kept.extend(request.points.into_iter().map(|point| (place(point.id.as_ref()), point)));
        api::PointsOperationResponse::default()
    };
    delete(DeletePoints) -> PointsOperationResponse;
    get(GetPoints) -> GetResponse = |kept: Kept, request: api::GetPoints| api::GetResponse {
        result: request.ids.iter().filter_map(|id| kept.get(&place(Some(id)))).map(retrieved).collect(),
        ..api::GetResponse::default()
    };
    update_vectors(UpdatePointVectors) -> PointsOperationResponse;
    delete_vectors(DeletePointVectors) -> PointsOperationResponse;
    set_payload(SetPayloadPoints) -> PointsOperationResponse;
    overwrite_payload(SetPayloadPoints) -> PointsOperationResponse;
    delete_payload(DeletePayloadPoints) -> PointsOperationResponse;
    clear_payload(ClearPayloadPoints) -> PointsOperationResponse;
    create_field_index(CreateFieldIndexCollection) -> PointsOperationResponse;
    delete_field_index(DeleteFieldIndexCollection) -> PointsOperationResponse;
    create_vector_name(CreateVectorNameRequest) -> PointsOperationResponse;
    delete_vector_name(DeleteVectorNameRequest) -> PointsOperationResponse;
    search(SearchPoints) -> SearchResponse;
    search_batch(SearchBatchPoints) -> SearchBatchResponse;
    search_groups(SearchPointGroups) -> SearchGroupsResponse;
    scroll(ScrollPoints) -> ScrollResponse = |kept: Kept, request: api::ScrollPoints| api::ScrollResponse {
        result: kept.values().filter(|point| fits(point, &request.filter)).map(retrieved).collect(),
        ..api::ScrollResponse::default()
    };
    recommend(RecommendPoints) -> RecommendResponse;
    recommend_batch(RecommendBatchPoints) -> RecommendBatchResponse;
    recommend_groups(RecommendPointGroups) -> RecommendGroupsResponse;
    discover(DiscoverPoints) -> DiscoverResponse;
    discover_batch(DiscoverBatchPoints) -> DiscoverBatchResponse;
    count(CountPoints) -> CountResponse = |kept: Kept, request: api::CountPoints| {
        let count = kept.values().filter(|point| fits(point, &request.filter)).count() as u64;
        api::CountResponse { result: Some(api::CountResult { count }), ..api::CountResponse::default() }
    };
    update_batch(UpdateBatchPoints) -> UpdateBatchResponse;
    query(QueryPoints) -> QueryResponse;
    query_batch(QueryBatchPoints) -> QueryBatchResponse;
    query_groups(QueryPointGroups) -> QueryGroupsResponse;
    facet(FacetCounts) -> FacetResponse;
    search_matrix_pairs(SearchMatrixPoints) -> SearchMatrixPairsResponse;
    search_matrix_offsets(SearchMatrixPoints) -> SearchMatrixOffsetsResponse;
});
