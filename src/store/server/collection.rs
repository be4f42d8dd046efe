//! The collection: made at the first start with its indexes, and its dense vectors as models come.

use std::collections::HashSet;

use qdrant_client::qdrant::vectors_config::Config;
use qdrant_client::qdrant::{
    CollectionParams, CreateCollectionBuilder, CreateFieldIndexCollectionBuilder,
    CreateVectorNameRequestBuilder, DeleteVectorNameRequestBuilder,
    DenseVectorCreationConfigBuilder, Distance, FieldType, Modifier, QuantizationType,
    ScalarQuantizationBuilder, SparseVectorParamsBuilder, SparseVectorsConfigBuilder,
};

use super::client::Client;
use crate::store::{StoreError, payload};

/// The first version with conditional writes: older ones write whatever the condition says.
const OLDEST: (u64, u64) = (1, 16);

impl Client {
    /// Names of the collection's dense vectors.
    pub async fn dense_names(&self) -> Result<HashSet<String>, StoreError> {
        let vectors = self.params().await?.vectors_config;
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
            .timeout(self.seconds());
        let operation = format!("making room for vectors {name}");
        let response = self.write(&operation, || {
            self.qdrant.create_vector_name(request.clone())
        });
        match response.await {
            // Another process may have been first.
            Err(error) if !self.dense_names().await?.contains(name) => Err(error),
            _ => Ok(()),
        }
    }

    /// Drops dense vectors; nothing happens where there are none.
    pub async fn drop_vectors(&self, name: &str) -> Result<(), StoreError> {
        let request = DeleteVectorNameRequestBuilder::new(&self.options.collection, name)
            .wait(true)
            .timeout(self.seconds());
        let operation = format!("dropping the vectors {name}");
        let response = self.write(&operation, || {
            self.qdrant.delete_vector_name(request.clone())
        });
        match response.await {
            Err(error) if self.dense_names().await?.contains(name) => Err(error),
            _ => Ok(()),
        }
    }

    /// Refuses what is not a Qdrant server, and one that is too old.
    pub(super) async fn check_version(&self) -> Result<(), StoreError> {
        let operation = "asking for the version";
        let health = self.call(operation, || self.qdrant.health_check()).await?;
        let mut numbers = health.version.split('.').map_while(|n| n.parse().ok());
        if let (Some(major), Some(minor)) = (numbers.next(), numbers.next())
            && (major, minor) < OLDEST
        {
            return Err(StoreError::Unavailable {
                operation: operation.to_owned(),
                url: self.options.url.clone(),
                reason: format!(
                    "it is Qdrant {}; install {}.{} or newer, for dense retrieval 1.18 or newer",
                    health.version, OLDEST.0, OLDEST.1
                ),
            });
        }
        self.version.get_or_init(|| health.version);
        Ok(())
    }

    /// Makes the collection where it is missing.
    pub(super) async fn make_collection(&self) -> Result<(), StoreError> {
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
            // Of vectors that come later too; the exact ones are read for a few only.
            .quantization_config(
                ScalarQuantizationBuilder::default()
                    .r#type(QuantizationType::Int8.into())
                    .quantile(0.99)
                    .always_ram(true),
            )
            .timeout(self.seconds());
        if let Some(shards) = self.options.shards {
            request = request.shard_number(shards);
        }
        if let Some(copies) = self.options.replication {
            request = request.replication_factor(copies);
        }
        if let Some(consistency) = self.options.write_consistency {
            request = request.write_consistency_factor(consistency);
        }
        let made = self.call("making the collection", || {
            self.qdrant.create_collection(request.clone())
        });
        match made.await {
            // Another process may have been first.
            Err(error) if !self.exists().await? => Err(error),
            _ => Ok(()),
        }
    }

    /// Refuses a collection that is not one of dragoman's.
    pub(super) async fn check_collection(&self) -> Result<(), StoreError> {
        let sparse = self.params().await?.sparse_vectors_config;
        if sparse.is_some_and(|vectors| vectors.map.contains_key(payload::LEXICAL)) {
            return Ok(());
        }
        Err(StoreError::Open {
            path: format!("{}/{}", self.options.url, self.options.collection),
            reason: "the collection is not one of dragoman's; \
                     DRAGOMAN_QDRANT_COLLECTION names another one"
                .to_owned(),
        })
    }

    /// Makes the indexes of the fields that filters and orders use.
    pub(super) async fn make_indexes(&self) -> Result<(), StoreError> {
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
            self.call(&operation, || {
                self.qdrant.create_field_index(request.clone())
            })
            .await?;
        }
        Ok(())
    }

    async fn exists(&self) -> Result<bool, StoreError> {
        self.call("looking for the collection", || {
            self.qdrant
                .collection_exists(self.options.collection.clone())
        })
        .await
    }

    async fn params(&self) -> Result<CollectionParams, StoreError> {
        let info = self
            .call("reading the collection", || {
                self.qdrant.collection_info(self.options.collection.clone())
            })
            .await?;
        let config = info.result.and_then(|info| info.config);
        Ok(config.and_then(|config| config.params).unwrap_or_default())
    }
}
