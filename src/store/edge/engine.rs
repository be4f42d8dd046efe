//! The embedded engine behind calls that return errors and never panic.

mod order;

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use qdrant_edge::{
    Condition, CountRequest, CreateIndex, CreateVectorName, DeleteVectorName, DenseVectorConfig,
    Direction, Distance, EdgeShard, FieldIndexOperations, HasIdCondition, NamedQuery, OrderBy,
    OrderByInterface, Payload, PayloadFieldSchema, PayloadOps, PayloadSchemaType, PointId,
    PointInsertOperations, PointOperations, PointStructPersisted, PointVectorsPersisted, QueryEnum,
    QueryRequest, Record, ScoredPoint, ScoringQuery, ScrollRequest, SetPayloadOp, UpdateOperation,
    UpdateVectorsOp, VectorInternal, VectorNameConfig, VectorNameOperations, VectorOperations,
    VectorPersisted, VectorStructPersisted, WithVector,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::folder::{Folder, Found};
use super::guard::{guarded, panic_message};
use super::points::{
    all, any, conditions, engine_error, only, path, range, revision, sparse, text, word,
};
use super::settings;
use crate::article::ArticleId;
use crate::store::payload;
use crate::store::{Cursor, Filter, ModelIdentity, SparseVector, StoreError};

/// Points that one operation writes. A search waits while one is under way, for a
/// millisecond and more a point where words are in every article.
const OPERATION: usize = 4;
/// How long the optimizer's swap of segments may keep a flush waiting.
const FLUSH_PATIENCE: Duration = Duration::from_secs(30);

/// The shard with what the process knows about it.
pub struct Engine {
    shard: EdgeShard,
    /// Dropped after the shard, so that the lock outlasts its last flush.
    pub folder: Folder,
    /// Articles in the midst of a write, with the revision that searches may show.
    pub replacing: RwLock<HashMap<ArticleId, Option<u64>>>,
    /// The model of dense searches.
    pub model: RwLock<Option<ModelIdentity>>,
    /// Whether a stop may have left old revisions and repeated points, still to be removed.
    pub repairing: AtomicBool,
    /// Whether two segments hold points that are alike, version and all, as a stop at the
    /// end of an optimisation leaves them. The engine reads and writes such points as one,
    /// but counts each until it merges their segments.
    pub doubled: AtomicBool,
    /// Points written or removed since the last optimisation began.
    pub unordered: AtomicUsize,
    /// Segments after the last optimisation.
    segments: AtomicUsize,
}

/// A point to be written.
pub struct Point {
    /// Its id.
    pub id: Uuid,
    /// Weights for [`payload::LEXICAL`].
    pub lexical: Option<SparseVector>,
    /// Its fields.
    pub payload: Map<String, Value>,
}

impl Engine {
    /// Opens or makes the shard of a folder.
    pub fn open(folder: Folder, found: Found) -> Result<Engine, StoreError> {
        let path = folder.shard();
        let shard = if found == Found::Nothing {
            guarded("making the store", || {
                EdgeShard::new(&path, settings::new())
            })
        } else {
            let settings = settings::of(&path, folder.size());
            guarded("opening the store", || {
                EdgeShard::load(&path, settings.clone())
            })
        }
        .map_err(|error| folder.open_error(&error))?;
        let engine = Engine {
            shard,
            folder,
            replacing: RwLock::default(),
            model: RwLock::default(),
            repairing: AtomicBool::new(found == Found::Torn),
            doubled: AtomicBool::new(false),
            unordered: AtomicUsize::new(0),
            segments: AtomicUsize::new(0),
        };
        engine.count_segments();
        // Making an index that is there does nothing; an older version may have made fewer.
        engine.make_indexes()?;
        if found == Found::Nothing {
            engine.flush()?;
            engine
                .folder
                .finish_new()
                .map_err(|error| engine.folder.open_error(&error))?;
        }
        let model = engine.retrieve(&[payload::meta_point()], &[payload::MODEL])?;
        if let Some(point) = model.first() {
            let model =
                payload::decode(payload::MODEL, text(point.payload.as_ref(), payload::MODEL))?;
            *engine.model.write().unwrap_or_else(PoisonError::into_inner) = Some(model);
        }
        Ok(engine)
    }

    /// Makes what was written durable.
    ///
    /// The engine's flush panics, before it has done anything, where the
    /// optimizer swaps segments at that moment: so it is tried again.
    #[expect(
        clippy::disallowed_methods,
        reason = "the optimizer gives no sign of its end"
    )]
    pub fn flush(&self) -> Result<(), StoreError> {
        let start = Instant::now();
        loop {
            let Err(panic) = catch_unwind(AssertUnwindSafe(|| self.shard.flush())) else {
                return Ok(());
            };
            let reason = panic_message(panic.as_ref());
            if !reason.contains("lock acquired") || start.elapsed() > FLUSH_PATIENCE {
                let reason = format!("{reason}; is there room on the disk?");
                return Err(engine_error("flushing", reason));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Writes points, over those of the same ids.
    pub fn upsert(&self, points: Vec<Point>) -> Result<(), StoreError> {
        let points = points.into_iter().map(|point| PointStructPersisted {
            id: PointId::Uuid(point.id),
            vector: VectorStructPersisted::Named(
                point
                    .lexical
                    .filter(|lexical| !lexical.indices.is_empty())
                    .map(|lexical| {
                        (
                            payload::LEXICAL.to_owned(),
                            VectorPersisted::Sparse(sparse(lexical)),
                        )
                    })
                    .into_iter()
                    .collect(),
            ),
            payload: Some(Payload(point.payload)),
        });
        self.write("writing points", points, |chunk| {
            let insert = PointInsertOperations::PointsList(chunk);
            UpdateOperation::PointOperation(PointOperations::UpsertPoints(insert))
        })
    }

    /// Writes a few points at a time, so that searches come between.
    fn write<T>(
        &self,
        operation: &str,
        mut points: impl Iterator<Item = T>,
        update: impl Fn(Vec<T>) -> UpdateOperation,
    ) -> Result<(), StoreError> {
        loop {
            let chunk: Vec<T> = points.by_ref().take(OPERATION).collect();
            if chunk.is_empty() {
                return Ok(());
            }
            self.unordered.fetch_add(chunk.len(), Ordering::Relaxed);
            self.update(operation, update(chunk))?;
        }
    }

    /// Removes points.
    pub fn remove(&self, ids: Vec<PointId>) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        self.unordered.fetch_add(ids.len(), Ordering::Relaxed);
        self.update(
            "removing points",
            UpdateOperation::PointOperation(PointOperations::DeletePoints { ids }),
        )
    }

    /// Those of these points that more than one segment holds.
    ///
    /// Searches show the newest of them, but lists and counts all.
    pub fn repeated(&self, ids: &[PointId]) -> Result<Vec<PointId>, StoreError> {
        let these = Condition::HasId(ids.iter().copied().collect());
        if self.copies(all(vec![these], Vec::new()))? == ids.len() as u64 {
            return Ok(Vec::new());
        }
        if ids.len() == 1 {
            return Ok(ids.to_vec());
        }
        let (left, right) = ids.split_at(ids.len() / 2);
        let mut repeated = self.repeated(left)?;
        repeated.extend(self.repeated(right)?);
        Ok(repeated)
    }

    /// Writes the topics of the passages of articles.
    pub fn set_topics(&self, articles: Vec<String>, topics: &[String]) -> Result<(), StoreError> {
        let passages = all(
            vec![
                word(payload::KIND, payload::PASSAGE),
                any(payload::ARTICLE_ID, articles),
            ],
            Vec::new(),
        );
        let fields = [(payload::TOPICS.to_owned(), json!(topics))];
        let set = PayloadOps::SetPayload(SetPayloadOp {
            payload: Payload(fields.into_iter().collect()),
            points: None,
            filter: Some(passages),
            key: None,
        });
        self.update(
            "writing the topics of passages",
            UpdateOperation::PayloadOperation(set),
        )
    }

    /// Leaves the newest of each of these points alone; any update does that, but for
    /// those that are alike.
    pub fn unify(&self, ids: Vec<PointId>) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let repeated = ids.clone();
        let nothing = PayloadOps::SetPayload(SetPayloadOp {
            payload: Payload(Map::new()),
            points: Some(ids),
            filter: None,
            key: None,
        });
        self.update(
            "removing repeated points",
            UpdateOperation::PayloadOperation(nothing),
        )?;
        if !self.repeated(&repeated)?.is_empty() {
            self.doubled.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Gives points their vectors; those that do not exist are passed over.
    pub fn set_vectors(
        &self,
        model: &ModelIdentity,
        vectors: Vec<(Uuid, Vec<f32>)>,
    ) -> Result<(), StoreError> {
        let name = payload::vector_name(model);
        let ids: Vec<Uuid> = vectors.iter().map(|(id, _)| *id).collect();
        let there: HashSet<PointId> = self
            .retrieve(&ids, &[])?
            .into_iter()
            .map(|record| record.id)
            .collect();
        let points = vectors
            .into_iter()
            .map(|(id, vector)| (PointId::Uuid(id), vector))
            .filter(|(id, _)| there.contains(id))
            .map(|(id, vector)| PointVectorsPersisted {
                id,
                vector: VectorStructPersisted::Named(
                    [(name.clone(), VectorPersisted::Dense(vector))].into(),
                ),
            });
        let operation = format!("writing vectors of {}", model.name);
        self.write(&operation, points, |points| {
            let update = UpdateVectorsOp {
                points,
                update_filter: None,
            };
            UpdateOperation::VectorOperation(VectorOperations::UpdateVectors(update))
        })
    }

    /// Whether vectors of `model` can be stored.
    pub fn has_model(&self, model: &ModelIdentity) -> bool {
        self.shard
            .config()
            .vectors
            .contains_key(&payload::vector_name(model))
    }

    /// Makes room for the vectors of `model`.
    pub fn add_model(&self, model: &ModelIdentity) -> Result<(), StoreError> {
        let config = DenseVectorConfig {
            size: model.dimension,
            distance: Distance::Cosine,
            multivector_config: None,
            datatype: None,
        };
        let create = CreateVectorName {
            vector_name: payload::vector_name(model),
            config: VectorNameConfig::dense(config),
        };
        self.update(
            &format!("making room for vectors of {}", model.name),
            UpdateOperation::VectorNameOperation(VectorNameOperations::CreateVectorName(create)),
        )
    }

    /// Drops the vectors of every model but `model`.
    pub fn keep_only(&self, model: &ModelIdentity) -> Result<(), StoreError> {
        let keep = payload::vector_name(model);
        let others: Vec<String> = self
            .shard
            .config()
            .vectors
            .keys()
            .filter(|name| **name != keep)
            .cloned()
            .collect();
        for vector_name in others {
            let operation = format!("dropping the vectors {vector_name}");
            let delete = VectorNameOperations::DeleteVectorName(DeleteVectorName { vector_name });
            self.update(&operation, UpdateOperation::VectorNameOperation(delete))?;
        }
        Ok(())
    }

    /// The points of these ids that exist, in their order, with some of their fields.
    pub fn retrieve(&self, ids: &[Uuid], fields: &[&str]) -> Result<Vec<Record>, StoreError> {
        let ids: Vec<PointId> = ids.iter().copied().map(PointId::Uuid).collect();
        guarded("reading points", || {
            self.shard
                .retrieve(&ids, Some(only(fields)), Some(WithVector::Bool(false)))
        })
    }

    /// The revisions that are there, in the order of `ids`.
    pub fn revisions(&self, ids: &[ArticleId]) -> Result<Vec<Option<u64>>, StoreError> {
        let points: Vec<Uuid> = ids.iter().map(payload::article_point).collect();
        let there: HashMap<PointId, Option<u64>> = self
            .retrieve(&points, &[payload::REVISION])?
            .into_iter()
            .map(|record| (record.id, revision(record.payload.as_ref())))
            .collect();
        let at = |point: &Uuid| there.get(&PointId::Uuid(*point)).copied().flatten();
        Ok(points.iter().map(at).collect())
    }

    /// Points that match, by id from `offset` on, and where the next page starts.
    pub fn scroll(
        &self,
        filter: qdrant_edge::Filter,
        fields: &[&str],
        offset: Option<PointId>,
        limit: usize,
    ) -> Result<(Vec<Record>, Option<PointId>), StoreError> {
        guarded("listing points", || {
            self.shard.scroll(ScrollRequest {
                offset,
                limit: Some(limit),
                filter: Some(filter.clone()),
                with_payload: Some(only(fields)),
                with_vector: WithVector::Bool(false),
                order_by: None,
            })
        })
    }

    /// Articles that match, newest first.
    pub fn newest(
        &self,
        filter: &Filter,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let mut conditions = conditions(filter);
        let mut must_not = Vec::new();
        if let Some(cursor) = after {
            conditions.push(range(payload::SORT_KEY, None, Some(cursor.key as f64)));
            let seen = cursor
                .seen
                .iter()
                .map(|id| PointId::Uuid(payload::article_point(id)));
            must_not.push(Condition::HasId(seen.collect::<HasIdCondition>()));
        }
        conditions.push(word(payload::KIND, payload::ARTICLE));
        guarded("listing articles", || {
            self.shard.scroll(ScrollRequest {
                offset: None,
                limit: Some(limit),
                filter: Some(all(conditions.clone(), must_not.clone())),
                with_payload: Some(only(&[payload::ARTICLE])),
                with_vector: WithVector::Bool(false),
                order_by: Some(OrderByInterface::Struct(OrderBy {
                    key: path(payload::SORT_KEY),
                    direction: Some(Direction::Desc),
                    start_from: None,
                })),
            })
        })
        .map(|(records, _)| records)
    }

    /// The nearest passages to a query in the vectors `name`.
    pub fn search(
        &self,
        name: &str,
        query: VectorInternal,
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<ScoredPoint>, StoreError> {
        let conditions = conditions(filter);
        let filter = (!conditions.is_empty()).then(|| all(conditions, Vec::new()));
        guarded("searching", || {
            self.shard.query(QueryRequest {
                prefetches: Vec::new(),
                query: Some(ScoringQuery::Vector(QueryEnum::Nearest(NamedQuery::new(
                    query.clone(),
                    name,
                )))),
                filter: filter.clone(),
                score_threshold: None,
                limit,
                offset: 0,
                params: Some(settings::search(self.segments.load(Ordering::Relaxed))),
                with_vector: WithVector::Bool(false),
                with_payload: only(&[payload::PASSAGE]),
            })
        })
    }

    /// How many points match.
    pub fn count(&self, filter: qdrant_edge::Filter) -> Result<u64, StoreError> {
        if !self.doubled.load(Ordering::Relaxed) {
            return self.copies(filter);
        }
        let (points, _) = self.scroll(filter, &[], None, usize::MAX - 1)?;
        let points: HashSet<PointId> = points.into_iter().map(|point| point.id).collect();
        Ok(points.len() as u64)
    }

    /// How many forms of points match: more than there are points while a stop is repaired.
    fn copies(&self, filter: qdrant_edge::Filter) -> Result<u64, StoreError> {
        let request = CountRequest {
            filter: Some(filter),
            exact: true,
        };
        guarded("counting points", || self.shard.count(request.clone())).map(|count| count as u64)
    }

    fn make_indexes(&self) -> Result<(), StoreError> {
        let words = payload::KEYWORD_FIELDS.map(|field| (field, PayloadSchemaType::Keyword));
        let numbers = payload::INTEGER_FIELDS.map(|field| (field, PayloadSchemaType::Integer));
        for (field, schema) in words.into_iter().chain(numbers) {
            let create = CreateIndex {
                field_name: path(field),
                field_schema: Some(PayloadFieldSchema::FieldType(schema)),
            };
            self.update(
                &format!("indexing {field}"),
                UpdateOperation::FieldIndexOperation(FieldIndexOperations::CreateIndex(create)),
            )?;
        }
        Ok(())
    }

    fn update(&self, operation: &str, update: UpdateOperation) -> Result<(), StoreError> {
        let mut update = Some(update);
        guarded(operation, || match update.take() {
            Some(update) => self.shard.update(update),
            None => Ok(()),
        })
    }
}
