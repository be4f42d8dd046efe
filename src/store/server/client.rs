//! Calls to the server: what each may see and must keep, time limits, further tries.

use std::collections::HashMap;
use std::sync::{OnceLock, PoisonError, RwLock};
use std::time::Duration;

use qdrant_client::qdrant::{
    Condition, CountPoints, DeletePoints, Filter, GetPoints, PointId, PointStruct, PointVectors,
    PointsOperationResponse, QuantizationSearchParamsBuilder, Query, QueryPoints, RetrievedPoint,
    ScoredPoint, ScrollPoints, SearchParamsBuilder, SetPayloadPoints, UpdateMode,
    UpdatePointVectors, UpdateStatus, UpsertPoints, WriteOrdering, WriteOrderingType,
};
use qdrant_client::{Payload, Qdrant, QdrantError};
use uuid::Uuid;

use super::ServerOptions;
use super::failure;
use super::points::{id, only, point};
use crate::store::{StoreError, payload};

/// Points that one call writes or lists.
const CALL: usize = 256;
/// Candidates of the graph for each search at least, and how many more than asked for
/// are compared by their exact vectors; as embedded.
const CANDIDATES: u64 = 128;
const OVERSAMPLING: f64 = 1.5;
/// Pauses between the tries of a call.
const PAUSES: [Duration; 3] = [
    Duration::from_millis(50),
    Duration::from_millis(250),
    Duration::from_secs(1),
];

/// A connection to one collection.
///
/// A write is acknowledged when every copy that takes part has it: the server
/// puts aside the others before it answers. So reads ask one copy; to ask for
/// more would fail with the first node that is away.
pub struct Client {
    pub(super) qdrant: Qdrant,
    pub(super) options: ServerOptions,
    /// The server's version, as it says.
    pub(super) version: OnceLock<String>,
    /// Why no call is made: the server or its collection has not been seen yet.
    pub(super) closed: RwLock<Option<StoreError>>,
}

impl Client {
    /// A connection that is made by the first call.
    pub fn new(options: ServerOptions) -> Result<Client, StoreError> {
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
        let qdrant = config
            .build()
            .map_err(|error| failure::unavailable("connecting", &options, None, &error))?;
        Ok(Client {
            qdrant,
            options,
            version: OnceLock::new(),
            closed: RwLock::default(),
        })
    }

    /// Makes the collection with its indexes where they are missing.
    pub async fn set_up(&self) -> Result<(), StoreError> {
        self.check_version().await?;
        self.make_collection().await?;
        self.check_collection().await?;
        self.make_indexes().await
    }

    /// Whether calls are made, or why not.
    fn seen(&self) -> Result<(), StoreError> {
        let closed = self.closed.read().unwrap_or_else(PoisonError::into_inner);
        closed.clone().map_or(Ok(()), Err)
    }

    /// Has calls fail with `reason`, or made from now on.
    pub fn close(&self, reason: Option<StoreError>) {
        *self.closed.write().unwrap_or_else(PoisonError::into_inner) = reason;
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
                timeout: Some(self.seconds()),
                ..GetPoints::default()
            };
            let response = self
                .call(operation, || self.qdrant.get_points(request.clone()))
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
    ) -> Result<(Vec<RetrievedPoint>, Option<PointId>), StoreError> {
        let request = ScrollPoints {
            collection_name: self.options.collection.clone(),
            timeout: Some(self.seconds()),
            ..request
        };
        let response = self
            .call(operation, || self.qdrant.scroll(request.clone()))
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
            // 8-bit copies find the candidates, exact vectors put them in order.
            params: Some(
                SearchParamsBuilder::default()
                    .hnsw_ef(CANDIDATES)
                    .quantization(
                        QuantizationSearchParamsBuilder::default()
                            .rescore(true)
                            .oversampling(OVERSAMPLING),
                    )
                    .build(),
            ),
            timeout: Some(self.seconds()),
            ..QueryPoints::default()
        };
        let response = self
            .call("searching", || self.qdrant.query(request.clone()))
            .await?;
        Ok(response.result)
    }

    /// How many points match.
    pub async fn count(&self, filter: Filter) -> Result<u64, StoreError> {
        let request = CountPoints {
            collection_name: self.options.collection.clone(),
            filter: Some(filter),
            exact: Some(true),
            timeout: Some(self.seconds()),
            ..CountPoints::default()
        };
        let response = self
            .call("counting", || self.qdrant.count(request.clone()))
            .await?;
        Ok(response.result.map_or(0, |result| result.count))
    }

    /// Writes points that nobody else writes; these may be many.
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
            self.write(operation, || self.qdrant.upsert_points(request.clone()))
                .await?;
        }
        Ok(())
    }

    /// Writes one point over what anybody else wrote there.
    pub async fn set(&self, operation: &str, point: PointStruct) -> Result<(), StoreError> {
        let request = UpsertPoints {
            points: vec![point],
            ordering: in_order(),
            ..self.upsert_request()
        };
        self.write(operation, || self.qdrant.upsert_points(request.clone()))
            .await
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
            ordering: in_order(),
            update_filter: Some(condition),
            update_mode: Some(mode.into()),
            ..self.upsert_request()
        };
        self.write(operation, || self.qdrant.upsert_points(request.clone()))
            .await
    }

    /// Removes the points that match.
    pub async fn delete(&self, operation: &str, filter: Filter) -> Result<(), StoreError> {
        let request = DeletePoints {
            collection_name: self.options.collection.clone(),
            wait: Some(true),
            points: Some(filter.into()),
            ordering: in_order(),
            timeout: Some(self.seconds()),
            ..DeletePoints::default()
        };
        self.write(operation, || self.qdrant.delete_points(request.clone()))
            .await
    }

    /// Sets fields of the points that match.
    pub async fn set_payload(
        &self,
        operation: &str,
        filter: Filter,
        fields: Payload,
    ) -> Result<(), StoreError> {
        let request = SetPayloadPoints {
            collection_name: self.options.collection.clone(),
            wait: Some(true),
            payload: fields.into(),
            points_selector: Some(filter.into()),
            ordering: in_order(),
            timeout: Some(self.seconds()),
            ..SetPayloadPoints::default()
        };
        self.write(operation, || self.qdrant.set_payload(request.clone()))
            .await
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
                timeout: Some(self.seconds()),
                ..UpdatePointVectors::default()
            };
            self.write(operation, || self.qdrant.update_vectors(request.clone()))
                .await?;
        }
        Ok(())
    }

    fn upsert_request(&self) -> UpsertPoints {
        UpsertPoints {
            collection_name: self.options.collection.clone(),
            wait: Some(true),
            timeout: Some(self.seconds()),
            ..UpsertPoints::default()
        }
    }

    /// The time limit that the server keeps, in seconds.
    pub(super) fn seconds(&self) -> u64 {
        self.options.timeout.as_secs().max(1)
    }

    /// Makes a call, again after a pause where the server could not answer. Every
    /// call may be repeated: what a write does, it does not do a second time.
    #[expect(
        clippy::disallowed_methods,
        reason = "a server gives no sign that it is back"
    )]
    pub(super) async fn call<T, F>(
        &self,
        operation: &str,
        call: impl Fn() -> F,
    ) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, QdrantError>>,
    {
        self.seen()?;
        let mut pauses = PAUSES.iter();
        loop {
            match call().await {
                Ok(value) => return Ok(value),
                Err(error) => match pauses.next().filter(|_| failure::is_passing(&error)) {
                    Some(pause) => tokio::time::sleep(*pause).await,
                    None => return Err(self.failed(operation, &error)),
                },
            }
        }
    }

    /// Makes a call that writes: it is applied, or there is an error.
    pub(super) async fn write<F>(
        &self,
        operation: &str,
        call: impl Fn() -> F,
    ) -> Result<(), StoreError>
    where
        F: Future<Output = Result<PointsOperationResponse, QdrantError>>,
    {
        let response = self.call(operation, call).await?;
        match response.result.map(|result| result.status()) {
            Some(UpdateStatus::WaitTimeout) => Err(StoreError::Unavailable {
                operation: operation.to_owned(),
                url: self.options.url.clone(),
                reason: format!(
                    "not applied after {} s; the server is busy, try again later",
                    self.seconds()
                ),
            }),
            _ => Ok(()),
        }
    }

    /// What the server's error means.
    pub(super) fn failed(&self, operation: &str, error: &QdrantError) -> StoreError {
        let version = self.version.get().map(String::as_str);
        failure::unavailable(operation, &self.options, version, error)
    }
}

/// One after the other, so that every copy comes to the same: through the one
/// leader among the copies that are there.
fn in_order() -> Option<WriteOrdering> {
    Some(WriteOrdering {
        r#type: WriteOrderingType::Medium.into(),
    })
}
