//! Briefs as they are asked for: read the article, write its brief, keep it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::write::{PointEvent, write_brief};
use super::{Brief, BriefStatus};
use crate::app::{App, Writer};
use crate::article::{Article, ArticleId};
use crate::llm::LanguageModel;
use crate::store::{PutOutcome, StoreError};
use crate::telemetry;
use crate::writing::WritingError;

/// How often a brief is written for an article whose text changes meanwhile.
const ATTEMPTS: usize = 3;
/// How long to wait after the store has failed.
const PAUSE: Duration = Duration::from_secs(5);
/// Articles that are looked through at once for briefs still to be written.
const PAGE: usize = 200;

/// Why there is no brief.
#[derive(Debug, thiserror::Error)]
pub enum BriefTaskError {
    /// There is no such article.
    #[error("article {0}: there is none with this id")]
    NoArticle(ArticleId),
    /// The article has no text of its own.
    #[error("article {0} is only a brief: there is no text to write another from")]
    NoText(ArticleId),
    /// The text was replaced again and again.
    #[error("writing the brief of {0}: its text changed {ATTEMPTS} times meanwhile; try again")]
    Changing(ArticleId),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The brief could not be written.
    #[error(transparent)]
    Brief(#[from] WritingError),
}

/// The brief of an article: the one that is kept if it fits the text, unless
/// `again`; else a new one, kept before it is returned.
pub async fn brief(
    app: &App,
    id: &ArticleId,
    again: bool,
    tell: &mut (dyn FnMut(PointEvent) + Send),
) -> Result<Brief, BriefTaskError> {
    for _ in 0..ATTEMPTS {
        let article = load(app, id).await?;
        if article.origin == crate::article::Origin::Brief {
            return match article.brief {
                Some(brief) if !again => Ok(brief),
                _ => Err(BriefTaskError::NoText(id.clone())),
            };
        }
        if let (false, BriefStatus::Ready, Some(brief)) =
            (again, article.brief_status, &article.brief)
        {
            return Ok(brief.clone());
        }
        let _under_way = app.brief_under_way(id);
        let writer = app.writer();
        let model = match &writer {
            Writer::Model(model) => Some(model.as_ref() as &dyn LanguageModel),
            Writer::Extractive(_) => None,
        };
        let kept = match write_brief(model, &app.prompts, &article, false, app.now(), tell).await {
            Ok(brief) => Article {
                title_en: brief.title_en.clone().or_else(|| article.title_en.clone()),
                brief: Some(brief),
                brief_status: BriefStatus::Ready,
                brief_error: None,
                ..article
            },
            Err(error) => {
                let failed = Article {
                    brief_status: BriefStatus::Failed,
                    brief_error: Some(error.to_string()),
                    ..article
                };
                app.store.annotate(failed).await?;
                return Err(error.into());
            }
        };
        if let (PutOutcome::Written, Some(brief)) =
            (app.store.annotate(kept.clone()).await?, kept.brief)
        {
            telemetry::briefed(&brief);
            return Ok(brief);
        }
    }
    Err(BriefTaskError::Changing(id.clone()))
}

async fn load(app: &App, id: &ArticleId) -> Result<Article, BriefTaskError> {
    app.store
        .get(std::slice::from_ref(id))
        .await?
        .pop()
        .flatten()
        .ok_or_else(|| BriefTaskError::NoArticle(id.clone()))
}

/// Writes the briefs of articles as they come in, one after the other, first
/// those that an earlier run or a full queue left unwritten.
pub async fn write_as_they_come(app: Arc<App>, mut queue: mpsc::Receiver<ArticleId>) {
    loop {
        for id in left_unwritten(&app).await {
            write_one(&app, &id).await;
        }
        while !(queue.is_empty() && app.briefs_left_out()) {
            let Some(id) = queue.recv().await else { return };
            write_one(&app, &id).await;
        }
    }
}

/// [`unwritten`], asked again until the store answers.
async fn left_unwritten(app: &App) -> Vec<ArticleId> {
    loop {
        match unwritten(app).await {
            Ok(ids) => return ids,
            Err(error) => {
                tracing::error!(%error, "looking for briefs that are still to be written");
                #[expect(clippy::disallowed_methods, reason = "a pause before trying again")]
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn write_one(app: &App, id: &ArticleId) {
    match brief(app, id, false, &mut |_| {}).await {
        Ok(_) | Err(BriefTaskError::NoArticle(_) | BriefTaskError::NoText(_)) => {}
        Err(error) => tracing::warn!(%error, article = id.as_str(), "writing a brief"),
    }
}

async fn unwritten(app: &App) -> Result<Vec<ArticleId>, StoreError> {
    let mut ids = Vec::new();
    let mut after = None;
    loop {
        let page = app
            .store
            .list(&Default::default(), after.as_ref(), PAGE)
            .await?;
        ids.extend(
            page.articles
                .into_iter()
                .filter(|article| {
                    !matches!(
                        article.brief_status,
                        BriefStatus::Ready | BriefStatus::Failed
                    )
                })
                .map(|article| article.id),
        );
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(ids),
        }
    }
}
