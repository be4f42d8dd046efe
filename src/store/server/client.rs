//! Calls to the server: consistency, time limits, retries of reads, errors with their remedy.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use qdrant_client::qdrant::vectors_config::Config;
use qdrant_client::qdrant::{
    Condition, CountPoints, CreateCollectionBuilder, CreateFieldIndexCollectionBuilder,
    CreateVectorNameRequestBuilder, DeletePoints, DeleteVectorNameRequestBuilder,
    DenseVectorCreationConfigBuilder, Distance, FieldType, Filter, GetPoints, Modifier,
    PointStruct, PointVectors, PointsOperationResponse, Query, QueryPoints, ReadConsistency,
    ReadConsistencyType, RetrievedPoint, ScoredPoint, ScrollPoints, SparseVectorParamsBuilder,
    SparseVectorsConfigBuilder, UpdateMode, UpdatePointVectors, UpdateStatus, UpsertPoints,
    WriteOrdering, WriteOrderingType, read_consistency,
};
use qdrant_client::{Qdrant, QdrantError};
use uuid::Uuid;

use super::ServerOptions;
use super::points::{engine_error, id, only, point};
use crate::store::{StoreError, payload};

/// Points that one call writes or lists.
const CALL: usize = 256;
/// Pauses between the tries of a read.
const PAUSES: [Duration; 3] = [
    Duration::from_millis(50),
    Duration::from_millis(250),
    Duration::from_secs(1),
];

/// gRPC status codes, by their numbers in its specification.
const DEADLINE_EXCEEDED: i32 = 4;
const PERMISSION_DENIED: i32 = 7;
const INTERNAL: i32 = 13;
const UNAVAILABLE: i32 = 14;
const UNAUTHENTICATED: i32 = 16;

/// A connection to one collection.
pub struct Client {
    qdrant: Qdrant,
    options: ServerOptions,
    /// For reads, so that they see what was acknowledged; `None` without copies.
    consistency: Option<ReadConsistency>,
}

impl Client {
    /// Connects and makes the collection with its indexes where they are missing.
    pub async fn connect(options: ServerOptions) -> Result<Client, StoreError> {
        let config = Qdrant::from_url(&options.url)
            .timeout(options.timeout)
            .connect_timeout(options.timeout.min(Duration::from_secs(5)))
            // It prints to standard output, which belongs to the commands.
            .skip_compatibility_check();
        let config = if options.api_key.is_empty() {
            config
        } else {
            config.api_key(options.api_key.as_str())
        };
        let qdrant = config.build().map_err(|error| StoreError::Unavailable {
            operation: "connecting".to_owned(),
            url: options.url.clone(),
            reason: error.to_string(),
        })?;
        let mut client = Client {
            qdrant,
            options,
            consistency: None,
        };
        client.make_collection().await?;
        let replication = client.check_collection().await?;
        if replication > 1 {
            let value = read_consistency::Value::Type(ReadConsistencyType::Majority.into());
            client.consistency = Some(ReadConsistency { value: Some(value) });
        }
        client.make_indexes().await?;
        Ok(client)
    }

    /// The points of these ids that exist.
    pub async fn get(
        &self,
        operation: &str,
        ids: &[Uuid],
        fields: &[&str],
    ) -> Result<HashMap<Uuid, RetrievedPoint>, StoreError> {
        let mut found = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(CALL) {
            let request = GetPoints {
                collection_name: self.options.collection.clone(),
                ids: ids.iter().copied().map(point).collect(),
                with_payload: Some(only(fields)),
                read_consistency: self.consistency,
                timeout: Some(self.options.timeout.as_secs().max(1)),
                ..GetPoints::default()
            };
            let response = self
                .read(operation, || self.qdrant.get_points(request.clone()))
                .await?;
            let points = response.result.into_iter();
            found.extend(points.filter_map(|point| Some((id(point.id.as_ref())?, point))));
        }
        Ok(found)
    }

    /// A page of points and where the next one starts.
    pub async fn scroll(
        &self,
        operation: &str,
        request: ScrollPoints,
    ) -> Result<(Vec<RetrievedPoint>, Option<qdrant_client::qdrant::PointId>), StoreError> {
        let request = ScrollPoints {
            collection_name: self.options.collection.clone(),
            read_consistency: self.consistency,
            timeout: Some(self.options.timeout.as_secs().max(1)),
            ..request
        };
        let response = self
            .read(operation, || self.qdrant.scroll(request.clone()))
            .await?;
        Ok((response.result, response.next_page_offset))
    }

    /// All points that match.
    pub async fn scroll_all(
        &self,
        operation: &str,
        filter: Filter,
        fields: &[&str],
    ) -> Result<Vec<RetrievedPoint>, StoreError> {
        let mut all = Vec::new();
        let mut offset = None;
        loop {
            let request = ScrollPoints {
                filter: Some(filter.clone()),
                limit: Some(CALL as u32),
                with_payload: Some(only(fields)),
                offset,
                ..ScrollPoints::default()
            };
            let (page, next) = self.scroll(operation, request).await?;
            all.extend(page);
            offset = next;
            if offset.is_none() {
                return Ok(all);
            }
        }
    }

    /// The passages nearest to a query in the vectors `name`.
    pub async fn query(
        &self,
        name: &str,
        query: Query,
        conditions: Vec<Condition>,
        limit: usize,
    ) -> Result<Vec<ScoredPoint>, StoreError> {
        let request = QueryPoints {
            collection_name: self.options.collection.clone(),
            query: Some(query),
            using: Some(name.to_owned()),
            filter: (!conditions.is_empty()).then(|| Filter::must(conditions)),
            limit: Some(limit as u64),
            with_payload: Some(only(&[payload::PASSAGE, payload::WRITE])),
            read_consistency: self.consistency,
            timeout: Some(self.options.timeout.as_secs().max(1)),
            ..QueryPoints::default()
        };
        let response = self
            .read("searching", || self.qdrant.query(request.clone()))
            .await?;
        Ok(response.result)
    }

    /// How many points match.
    pub async fn count(&self, filter: Filter) -> Result<u64, StoreError> {
        let request = CountPoints {
            collection_name: self.options.collection.clone(),
            filter: Some(filter),
            exact: Some(true),
            read_consistency: self.consistency,
            timeout: Some(self.options.timeout.as_secs().max(1)),
            ..CountPoints::default()
        };
        let response = self
            .read("counting", || self.qdrant.count(request.clone()))
            .await?;
        Ok(response.result.map_or(0, |result| result.count))
    }

    /// Writes points that nobody else writes.
    pub async fn upsert(
        &self,
        operation: &str,
        points: Vec<PointStruct>,
    ) -> Result<(), StoreError> {
        for points in points.chunks(CALL) {
            let request = UpsertPoints {
                points: points.to_vec(),
                ..self.upsert_request()
            };
            let response = self.qdrant.upsert_points(request).await;
            self.done(operation, response)?;
        }
        Ok(())
    }

    /// Writes points over those for which `condition` holds; others are made if
    /// `new`, and passed over if not.
    pub async fn upsert_if(
        &self,
        operation: &str,
        points: Vec<PointStruct>,
        condition: Filter,
        new: bool,
    ) -> Result<(), StoreError> {
        let mode = if new {
            UpdateMode::InsertOnly
        } else {
            UpdateMode::UpdateOnly
        };
        let request = UpsertPoints {
            points,
            // Through one leader, so that every copy decides alike.
            ordering: Some(WriteOrdering {
                r#type: WriteOrderingType::Strong.into(),
            }),
            update_filter: Some(condition),
            update_mode: Some(mode.into()),
            ..self.upsert_request()
        };
        let response = self.qdrant.upsert_points(request).await;
        self.done(operation, response)
    }

    /// Removes the points that match.
    pub async fn delete(&self, operation: &str, filter: Filter) -> Result<(), StoreError> {
        let request = DeletePoints {
            collection_name: self.options.collection.clone(),
            wait: Some(true),
            points: Some(filter.into()),
            ordering: Some(WriteOrdering {
                r#type: WriteOrderingType::Strong.into(),
            }),
            timeout: Some(self.options.timeout.as_secs().max(1)),
            ..DeletePoints::default()
        };
        let response = self.qdrant.delete_points(request).await;
        self.done(operation, response)
    }

    /// Sets vectors on points, all of which must exist.
    pub async fn update_vectors(
        &self,
        operation: &str,
        points: Vec<PointVectors>,
    ) -> Result<(), StoreError> {
        for points in points.chunks(CALL) {
            let request = UpdatePointVectors {
                collection_name: self.options.collection.clone(),
                wait: Some(true),
                points: points.to_vec(),
                timeout: Some(self.options.timeout.as_secs().max(1)),
                ..UpdatePointVectors::default()
            };
            let response = self.qdrant.update_vectors(request).await;
            self.done(operation, response)?;
        }
        Ok(())
    }

    /// Names of the collection's dense vectors.
    pub async fn dense_names(&self) -> Result<HashSet<String>, StoreError> {
        let info = self
            .read("reading the collection", || {
                self.qdrant.collection_info(self.options.collection.clone())
            })
            .await?;
        let params = info
            .result
            .and_then(|info| info.config)
            .and_then(|config| config.params);
        let vectors = params.and_then(|params| params.vectors_config);
        Ok(match vectors.and_then(|vectors| vectors.config) {
            Some(Config::ParamsMap(named)) => named.map.into_keys().collect(),
            _ => HashSet::new(),
        })
    }

    /// Makes room for dense vectors; nothing happens where there is.
    pub async fn add_vectors(&self, name: &str, dimension: usize) -> Result<(), StoreError> {
        let config = DenseVectorCreationConfigBuilder::new(dimension as u64, Distance::Cosine);
        let request = CreateVectorNameRequestBuilder::new(&self.options.collection, name, config)
            .wait(true)
            .timeout(self.options.timeout.as_secs().max(1));
        let response = self.qdrant.create_vector_name(request).await;
        match self.done(&format!("making room for vectors {name}"), response) {
            // Another process may have been first.
            Err(error) if !self.dense_names().await?.contains(name) => Err(error),
            _ => Ok(()),
        }
    }

    /// Drops dense vectors; nothing happens where there are none.
    pub async fn drop_vectors(&self, name: &str) -> Result<(), StoreError> {
        let request = DeleteVectorNameRequestBuilder::new(&self.options.collection, name)
            .wait(true)
            .timeout(self.options.timeout.as_secs().max(1));
        let response = self.qdrant.delete_vector_name(request).await;
        match self.done(&format!("dropping the vectors {name}"), response) {
            Err(error) if self.dense_names().await?.contains(name) => Err(error),
            _ => Ok(()),
        }
    }

    async fn make_collection(&self) -> Result<(), StoreError> {
        if self.exists().await? {
            return Ok(());
        }
        let mut lexical = SparseVectorsConfigBuilder::default();
        lexical.add_named_vector_params(
            payload::LEXICAL,
            SparseVectorParamsBuilder::default().modifier(Modifier::Idf),
        );
        let mut request = CreateCollectionBuilder::new(&self.options.collection)
            .sparse_vectors_config(lexical)
            .on_disk_payload(true)
            .timeout(self.options.timeout.as_secs().max(1));
        if let Some(shards) = self.options.shards {
            request = request.shard_number(shards);
        }
        if let Some(copies) = self.options.replication {
            // With a majority of copies written and a majority read, a read
            // meets at least one copy with what was acknowledged.
            let majority = copies / 2 + 1;
            request = request
                .replication_factor(copies)
                .write_consistency_factor(self.options.write_consistency.unwrap_or(majority));
        } else if let Some(consistency) = self.options.write_consistency {
            request = request.write_consistency_factor(consistency);
        }
        match self.qdrant.create_collection(request).await {
            Ok(_) => Ok(()),
            // Another process may have been first.
            Err(_) if self.exists().await? => Ok(()),
            Err(error) => Err(self.error("making the collection", &error)),
        }
    }

    /// The number of copies, if the collection is one of dragoman's.
    async fn check_collection(&self) -> Result<u32, StoreError> {
        let info = self
            .read("reading the collection", || {
                self.qdrant.collection_info(self.options.collection.clone())
            })
            .await?;
        let params = info
            .result
            .and_then(|info| info.config)
            .and_then(|config| config.params);
        let lexical = params
            .as_ref()
            .and_then(|params| params.sparse_vectors_config.as_ref())
            .is_some_and(|vectors| vectors.map.contains_key(payload::LEXICAL));
        if !lexical {
            return Err(StoreError::Open {
                path: format!("{}/{}", self.options.url, self.options.collection),
                reason: "the collection is not one of dragoman's; \
                         DRAGOMAN_QDRANT_COLLECTION names another one"
                    .to_owned(),
            });
        }
        Ok(params
            .and_then(|params| params.replication_factor)
            .unwrap_or(1))
    }

    async fn make_indexes(&self) -> Result<(), StoreError> {
        let words = payload::KEYWORD_FIELDS
            .iter()
            .map(|field| (*field, FieldType::Keyword));
        let tokens = [(payload::WRITE, FieldType::Keyword)];
        let numbers = payload::INTEGER_FIELDS
            .iter()
            .map(|field| (*field, FieldType::Integer));
        for (field, kind) in words.chain(tokens).chain(numbers) {
            let request =
                CreateFieldIndexCollectionBuilder::new(&self.options.collection, field, kind)
                    .wait(true);
            let operation = format!("indexing {field}");
            // Making an index that is there does nothing, so it may be repeated.
            self.read(&operation, || {
                self.qdrant.create_field_index(request.clone())
            })
            .await?;
        }
        Ok(())
    }

    async fn exists(&self) -> Result<bool, StoreError> {
        self.read("looking for the collection", || {
            self.qdrant
                .collection_exists(self.options.collection.clone())
        })
        .await
    }

    fn upsert_request(&self) -> UpsertPoints {
        UpsertPoints {
            collection_name: self.options.collection.clone(),
            wait: Some(true),
            timeout: Some(self.options.timeout.as_secs().max(1)),
            ..UpsertPoints::default()
        }
    }

    /// Runs what may be repeated, again after a pause where the server did not answer.
    #[expect(
        clippy::disallowed_methods,
        reason = "a server gives no sign that it is back"
    )]
    async fn read<T, F>(&self, operation: &str, call: impl Fn() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, QdrantError>>,
    {
        let mut pauses = PAUSES.iter();
        loop {
            match call().await {
                Ok(value) => return Ok(value),
                Err(error) => match pauses.next().filter(|_| is_passing(&error)) {
                    Some(pause) => tokio::time::sleep(*pause).await,
                    None => return Err(self.error(operation, &error)),
                },
            }
        }
    }

    /// The end of a write: applied, or an error.
    fn done(
        &self,
        operation: &str,
        response: Result<PointsOperationResponse, QdrantError>,
    ) -> Result<(), StoreError> {
        let response = response.map_err(|error| self.error(operation, &error))?;
        match response.result.map(|result| result.status()) {
            Some(UpdateStatus::WaitTimeout) => Err(StoreError::Unavailable {
                operation: operation.to_owned(),
                url: self.options.url.clone(),
                reason: format!(
                    "not applied after {} s; the server is busy, try again later",
                    self.options.timeout.as_secs()
                ),
            }),
            _ => Ok(()),
        }
    }

    fn error(&self, operation: &str, error: &QdrantError) -> StoreError {
        let reason = match error {
            QdrantError::ResponseError { status }
            | QdrantError::ResourceExhaustedError { status, .. } => {
                let message = status.message();
                match status.code() as i32 {
                    UNAUTHENTICATED | PERMISSION_DENIED => {
                        format!("{message}; QDRANT_API_KEY is missing or wrong")
                    }
                    DEADLINE_EXCEEDED => {
                        format!(
                            "no answer within {} s: {message}",
                            self.options.timeout.as_secs()
                        )
                    }
                    UNAVAILABLE => format!("{message}; is the whole cluster running?"),
                    INTERNAL if is_passing(error) => format!(
                        "{message}; is Qdrant running there? QDRANT_URL is its gRPC address, \
                         usually port 6334"
                    ),
                    _ => return engine_error(operation, message),
                }
            }
            QdrantError::InvalidUri(error) => format!("{error}; QDRANT_URL is wrong"),
            error => return engine_error(operation, error),
        };
        StoreError::Unavailable {
            operation: operation.to_owned(),
            url: self.options.url.clone(),
            reason,
        }
    }
}

/// Whether the server may answer a moment later.
fn is_passing(error: &QdrantError) -> bool {
    match error {
        QdrantError::ResponseError { status } => match status.code() as i32 {
            UNAVAILABLE => true,
            // What the client says of a connection that it could not make.
            INTERNAL => status.message().starts_with("Failed to connect"),
            _ => false,
        },
        QdrantError::ResourceExhaustedError { .. } => true,
        _ => false,
    }
}
