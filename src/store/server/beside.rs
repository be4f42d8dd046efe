//! Writes beside articles and passages on a server: annotations and topics.

use std::collections::{HashMap, HashSet};

use qdrant_client::qdrant::{Condition, Filter as Conditions, PointStruct};

use super::ServerStore;
use super::points::{any, field, point};
use crate::article::{Article, ArticleId};
use crate::store::payload;
use crate::store::{Assignment, Store, StoreError};

impl ServerStore {
    /// Writes articles whose passages stay, each if it still comes from the write
    /// whose token is given with it.
    pub(super) async fn rewrite(
        &self,
        operation: &str,
        articles: Vec<(Article, String)>,
    ) -> Result<(), StoreError> {
        let (mut points, mut unchanged) = (Vec::new(), Vec::new());
        for (article, write) in articles {
            let at = point(payload::article_point(&article.id));
            let mut fields = payload::of_article(&article)?;
            fields.insert(payload::WRITE.into(), write.clone().into());
            let none = HashMap::<String, Vec<f32>>::new();
            points.push(PointStruct::new(at.clone(), none, fields));
            let this = [Condition::has_id([at]), field(payload::WRITE, &write)];
            unchanged.push(Condition::from(Conditions::must(this)));
        }
        let unchanged = Conditions::should(unchanged);
        self.client
            .upsert_if(operation, points, unchanged, false)
            .await
    }

    /// Rewrites articles, and the topics of the passages of the same write, those of
    /// the same topics at once.
    pub(super) async fn assign_topics(
        &self,
        assignments: Vec<Assignment>,
    ) -> Result<(), StoreError> {
        let mut wanted: HashMap<ArticleId, Vec<Assignment>> = HashMap::new();
        for one in assignments {
            wanted.entry(one.article.clone()).or_default().push(one);
        }
        let ids: Vec<ArticleId> = wanted.keys().cloned().collect();
        // The tokens first: an article that is replaced meanwhile has another one then.
        let present = self.present(&ids).await?;
        let articles = self.get(&ids).await?;
        let mut changed = Vec::new();
        let mut by_topics: HashMap<Vec<String>, HashSet<String>> = HashMap::new();
        for (there, article) in present.into_iter().zip(articles) {
            let (Some(there), Some(mut article)) = (there, article) else {
                continue;
            };
            let mut differs = false;
            for one in wanted.get(&article.id).into_iter().flatten() {
                differs |= article.assign(&one.topic, one.belongs);
            }
            if differs {
                let alike = by_topics.entry(article.topics.clone()).or_default();
                alike.insert(there.write.clone());
                changed.push((article, there.write));
            }
        }
        if changed.is_empty() {
            return Ok(());
        }
        self.rewrite("assigning topics", changed).await?;
        for (topics, writes) in by_topics {
            let passages = Conditions::must([
                field(payload::KIND, payload::PASSAGE),
                any(payload::WRITE, writes.into_iter().collect()),
            ]);
            let mut fields = qdrant_client::Payload::new();
            fields.insert(payload::TOPICS, topics);
            self.client
                .set_payload("assigning topics to passages", passages, fields)
                .await?;
        }
        Ok(())
    }
}
