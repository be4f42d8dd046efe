//! Topics: saved queries with filters. An article's topics are decided when it comes
//! in, and for all articles when a topic is made.
//!
//! An article belongs to a topic when it passes the filter and its title and text hold
//! every word of the query: a Chinese word as it stands, in either kind of characters,
//! an English one in any of its forms, each also by what stands for it in the other
//! language ([`crate::bridge`]). `OR` in a query separates alternatives.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::article::{Article, normalize};
use crate::facts::text::is_han;
use crate::store::{Assignment, Filter, Record, RecordKind, Store, StoreError};
use crate::time::Time;
use crate::{bridge, latin, lexical};

/// Articles that are decided together.
const PAGE: usize = 200;

/// A saved query with filters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Topic {
    /// What articles and filters call it.
    pub id: String,
    /// What readers call it.
    pub name: String,
    /// Words that its articles hold; without it the filter alone decides, and without
    /// both only what senders assign belongs to it.
    pub query: Option<String>,
    /// Which articles count.
    pub filter: Filter,
}

/// What is wrong with a topic.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("reading the topic: {field} {value:?} {fault}")]
pub struct TopicError {
    /// `id`, `name` or `query`.
    pub field: &'static str,
    /// As it was given.
    pub value: String,
    /// How it is wrong, and what to do.
    pub fault: &'static str,
}

/// What making a topic did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Saved {
    /// Whether there was none of this id.
    pub created: bool,
    /// Articles that belong to it, those that their senders assigned among them.
    pub matched: u64,
}

impl Topic {
    /// A topic of these parts; without an `id` it is made from the name.
    ///
    /// # Errors
    /// When a part is empty, too long or not printable, or a query holds no word.
    pub fn new(
        id: Option<String>,
        name: String,
        query: Option<String>,
        filter: Filter,
    ) -> Result<Topic, TopicError> {
        let name = checked("name", &name)?;
        let query = query
            .filter(|query| !query.trim().is_empty())
            .map(|query| checked("query", &query))
            .transpose()?;
        if let Some(query) = &query
            && Query::new(query).alternatives.iter().any(Vec::is_empty)
        {
            return Err(TopicError {
                field: "query",
                value: query.clone(),
                fault: "has no word to look for, before or after an OR; name one",
            });
        }
        let id = match id {
            Some(id) => checked("id", &id)?,
            None => slug(&name),
        };
        if id == "." || id == ".." {
            return Err(TopicError {
                field: "id",
                value: id,
                fault: "cannot stand in an address; choose another",
            });
        }
        Ok(Topic {
            id,
            name,
            query,
            filter,
        })
    }
}

/// All topics, by name.
pub async fn all(store: &dyn Store) -> Result<Vec<Topic>, StoreError> {
    let records = store.records(RecordKind::Topic).await?;
    let read = |record: &Record| {
        serde_json::from_str(&record.json).map_err(|error| StoreError::Corrupt {
            what: format!("topic {}", record.id),
            reason: error.to_string(),
        })
    };
    let mut topics: Vec<Topic> = records.iter().map(read).collect::<Result<_, _>>()?;
    topics.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.id.cmp(&b.id)));
    Ok(topics)
}

/// Keeps a topic, in place of the one of its id, and decides for all articles whether
/// they belong to it.
pub async fn save(app: &App, topic: Topic) -> Result<Saved, StoreError> {
    let record = Record {
        kind: RecordKind::Topic,
        id: topic.id.clone(),
        json: serde_json::to_string(&topic).map_err(|error| StoreError::Engine {
            operation: format!("writing the topic {} as JSON", topic.id),
            reason: error.to_string(),
        })?,
    };
    let created;
    {
        // Whatever comes in from here on is decided by its own ingest.
        let _alone = app.deciding.write().await;
        created = !all(app.store.as_ref())
            .await?
            .iter()
            .any(|known| known.id == topic.id);
        app.store.put_record(record).await?;
    }
    let id = topic.id.clone();
    let decider = Decider::new(vec![topic]);
    decide_all(app, &id, decider).await?;
    let filter = Filter {
        topics: vec![id],
        ..Filter::default()
    };
    Ok(Saved {
        created,
        matched: app.store.count(&filter).await?,
    })
}

/// Removes a topic and takes the articles out of it that its query brought in; false
/// if there was none.
pub async fn remove(app: &App, id: &str) -> Result<bool, StoreError> {
    {
        let _alone = app.deciding.write().await;
        if !app.store.delete_record(RecordKind::Topic, id).await? {
            return Ok(false);
        }
    }
    decide_all(app, id, Decider::new(Vec::new())).await?;
    Ok(true)
}

/// Takes every article into the topic `id` or out of it, as `decider` says.
async fn decide_all(app: &App, id: &str, decider: Decider) -> Result<(), StoreError> {
    let decider = std::sync::Arc::new(decider);
    let mut after = None;
    loop {
        let page = app
            .store
            .list(&Filter::default(), after.as_ref(), PAGE)
            .await?;
        let (decider, id, articles) = (decider.clone(), id.to_owned(), page.articles);
        let work = tokio::task::spawn_blocking(move || {
            let decide = |article: Article| {
                let belongs = decider.topics_of(&article).any(|topic| topic == id);
                let is_new = article.clone().assign(&id, belongs);
                is_new.then(|| Assignment {
                    article: article.id,
                    topic: id.clone(),
                    belongs,
                })
            };
            articles.into_iter().filter_map(decide).collect::<Vec<_>>()
        });
        let assignments = match work.await {
            Ok(assignments) => assignments,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        };
        if !assignments.is_empty() {
            app.store.assign(assignments).await?;
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}

/// Decides which of some topics an article belongs to.
#[derive(Debug)]
pub struct Decider(Vec<(Topic, Option<Query>)>);

impl Decider {
    /// For these topics.
    pub fn new(topics: Vec<Topic>) -> Decider {
        let read = |topic: Topic| {
            let query = topic.query.as_deref().map(Query::new);
            (topic, query)
        };
        // A topic without query and filter takes nothing in by itself.
        let decides = |topic: &Topic| topic.query.is_some() || topic.filter != Filter::default();
        Decider(topics.into_iter().filter(decides).map(read).collect())
    }

    /// Takes the article into the topics that it belongs to.
    pub fn decide(&self, article: &mut Article) {
        let ids: Vec<String> = self.topics_of(article).map(str::to_owned).collect();
        for id in ids {
            article.assign(&id, true);
        }
    }

    /// Ids of the topics that the article belongs to by filter and query.
    fn topics_of<'a>(&'a self, article: &'a Article) -> impl Iterator<Item = &'a str> {
        let words = std::cell::OnceCell::new();
        self.0.iter().filter_map(move |(topic, query)| {
            let belongs = admits(&topic.filter, article)
                && query
                    .as_ref()
                    .is_none_or(|query| query.is_met(words.get_or_init(|| Words::of(article))));
            belongs.then_some(topic.id.as_str())
        })
    }
}

/// Whether an article passes a filter, as the store decides it; of topics those count
/// that its sender named.
fn admits(filter: &Filter, article: &Article) -> bool {
    let any = |wanted: &[String], test: &dyn Fn(&String) -> bool| {
        wanted.is_empty() || wanted.iter().any(test)
    };
    let date = article.published_at.as_ref();
    let language = article.language.to_lowercase();
    any(&filter.topics, &|topic| {
        article.topics.contains(topic) && !article.topics_matched.contains(topic)
    }) && any(&filter.sources, &|source| {
        article.source.as_ref() == Some(source)
    }) && any(&filter.languages, &|tag| {
        let tag = tag.to_lowercase();
        language == tag || language.starts_with(&format!("{tag}-"))
    }) && (filter.article_ids.is_empty() || filter.article_ids.contains(&article.id))
        && filter
            .from
            .as_ref()
            .is_none_or(|from| date.is_some_and(|date| date >= from))
        && filter
            .to
            .as_ref()
            .is_none_or(|to| date.is_some_and(|date| date <= to))
        && filter
            .since
            .as_ref()
            .is_none_or(|since| article.ingested_at > *since)
}

/// A query as alternatives of words, all of which an article must hold.
#[derive(Debug)]
struct Query {
    alternatives: Vec<Vec<Word>>,
}

/// A word of a query: held by what any of these says.
#[derive(Debug)]
struct Word {
    /// Stands in the folded text.
    han: Vec<String>,
    /// All terms of one of these stand in the text.
    latin: Vec<Vec<String>>,
}

impl Query {
    fn new(query: &str) -> Query {
        let tokens: Vec<&str> = query.split_whitespace().collect();
        let alternatives = tokens.split(|token| *token == "OR");
        Query {
            alternatives: alternatives.map(|part| words(&part.join(" "))).collect(),
        }
    }

    fn is_met(&self, words: &Words) -> bool {
        let holds = |word: &Word| {
            word.han.iter().any(|han| words.folded.contains(han))
                || word
                    .latin
                    .iter()
                    .any(|terms| terms.iter().all(|term| words.latin.contains(term)))
        };
        self.alternatives
            .iter()
            .any(|alternative| alternative.iter().all(holds))
    }
}

fn words(query: &str) -> Vec<Word> {
    let folded = lexical::fold(query);
    let bridged = bridge::words_for_terms(query);
    let groups = bridge::groups(query);
    let mut words = Vec::new();
    for run in runs(&folded) {
        if run.chars().any(is_han) {
            let same = |group: &&bridge::Group| group.terms.iter().any(|term| term == run);
            let senses = groups
                .iter()
                .filter(same)
                .flat_map(|group| &group.alternatives);
            let latin = senses.map(|sense| sense.terms.clone()).collect();
            words.push(Word {
                han: vec![run.to_owned()],
                latin,
            });
            continue;
        }
        for term in lexical::terms(run) {
            let han = bridged.get(&term).into_iter().flatten();
            let han = han.filter(|word| word.chars().any(is_han));
            words.push(Word {
                han: han.cloned().collect(),
                latin: vec![vec![term]],
            });
        }
    }
    words
}

/// Runs of Han characters, and what lies between them.
fn runs(text: &str) -> Vec<&str> {
    let mut runs = Vec::new();
    for part in text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '/' | '.' | '\'')) {
        let mut rest = part;
        while let Some(first) = rest.chars().next() {
            let han = is_han(first);
            let end = rest.find(|c| is_han(c) != han).unwrap_or(rest.len());
            runs.push(&rest[..end]);
            rest = &rest[end..];
        }
    }
    runs
}

/// What an article holds.
struct Words {
    folded: String,
    latin: HashSet<String>,
}

impl Words {
    fn of(article: &Article) -> Words {
        let title_en = article.title_en.as_deref().unwrap_or_default();
        let folded = lexical::fold(&format!("{}\n{title_en}\n{}", article.title, article.text));
        // Only what is not Chinese is cut into terms, which is fast.
        let latin: String = folded
            .chars()
            .map(|c| if is_han(c) { ' ' } else { c })
            .collect();
        Words {
            latin: lexical::terms(&latin).into_iter().collect(),
            folded,
        }
    }
}

fn checked(field: &'static str, value: &str) -> Result<String, TopicError> {
    normalize::label(value).map_err(|fault| TopicError {
        field,
        value: value.chars().take(60).collect(),
        fault,
    })
}

/// A name as an address likes it: `职业教育 2025` gives `zhiye-jiaoyu-2025`.
fn slug(name: &str) -> String {
    let latin = latin::from_chinese(name).unwrap_or_else(|| name.to_owned());
    let words = latin
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    let slug = words.collect::<Vec<_>>().join("-").to_lowercase();
    if slug.is_empty() {
        name.to_owned()
    } else {
        slug
    }
}

/// How many articles belong to each topic, and came in after a time if one is given.
pub async fn counts(
    store: &dyn Store,
    topics: &[Topic],
    since: Option<&Time>,
) -> Result<HashMap<String, u64>, StoreError> {
    let mut counts = HashMap::with_capacity(topics.len());
    for topic in topics {
        let filter = Filter {
            topics: vec![topic.id.clone()],
            since: since.cloned(),
            ..Filter::default()
        };
        counts.insert(topic.id.clone(), store.count(&filter).await?);
    }
    Ok(counts)
}
