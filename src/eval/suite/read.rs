//! The files of a suite, line by line.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use figment::Figment;
use figment::providers::{Format, Toml};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{EvalQuery, Suite, SuiteError, hex};
use crate::article::ArticleInput;

/// Fields of an article that comes in; others are named and left out.
const ARTICLE_FIELDS: &[&str] = &[
    "id",
    "title",
    "text",
    "paragraphs",
    "html",
    "source",
    "url",
    "published_at",
    "language",
    "topics",
    "metadata",
    "brief",
];
const QUERY_FIELDS: &[&str] = &[
    "id", "query", "language", "kind", "relevant", "answers", "all_of", "evidence", "history",
    "as_of", "note", "trap", "about",
];
const FACT_FIELDS: &[&str] = &["article_id", "paragraph", "quote", "value", "unit", "text"];
const BRIEF_FIELDS: &[&str] = &[
    "article_id",
    "language",
    "title_en",
    "lead",
    "groups",
    "citations",
];
const CLAIM_FIELDS: &[&str] = &[
    "id",
    "claim",
    "sources",
    "published_at",
    "verdict",
    "kind",
    "note",
];

pub(super) fn articles(folder: &Path, name: String) -> Result<Suite, SuiteError> {
    let parts = Parts::read(folder)?;
    let mut files = Files::new(folder);
    let corpus: Vec<ArticleInput> = files.all(&parts.corpus, ARTICLE_FIELDS)?;
    let queries: Vec<EvalQuery> = files.all(&parts.queries, QUERY_FIELDS)?;
    let facts = files.all(&parts.facts, FACT_FIELDS)?;
    let briefs = files.all(&parts.briefs, BRIEF_FIELDS)?;
    let mut suite = Suite {
        name,
        corpus: files.last_of_each(corpus),
        queries: Vec::new(),
        facts,
        briefs,
        claims: Vec::new(),
        notes: Vec::new(),
        hash: files.hash(),
    };
    suite.queries = files.named_apart(queries);
    let known: HashSet<&str> = suite
        .corpus
        .iter()
        .filter_map(|article| article.id.as_deref())
        .collect();
    let missing: Vec<&str> = suite
        .queries
        .iter()
        .filter(|query| query.relevant.iter().any(|id| !known.contains(id.as_str())))
        .map(|query| query.id.as_str())
        .collect();
    if let Some(first) = missing.first() {
        files.notes.push(format!(
            "queries.ndjson: questions with relevant articles that the corpus does not have, which count as not found: {} (first {first})",
            missing.len()
        ));
    }
    suite.notes = files.notes;
    Ok(suite)
}

pub(super) fn claims(file: &Path, name: &str) -> Result<Suite, SuiteError> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut files = Files::new(folder);
    let file = file
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let claims = files.lines(&file, CLAIM_FIELDS)?;
    Ok(Suite {
        name: name.to_owned(),
        claims,
        hash: files.hash(),
        notes: files.notes,
        ..Suite::default()
    })
}

pub(super) fn name_of(path: &Path) -> String {
    path.canonicalize()
        .ok()
        .and_then(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
        .unwrap_or_else(|| path.display().to_string())
}

/// Which files a suite of articles is made of, relative to its folder: what
/// `suite.toml` says, or those of the usual names.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Parts {
    corpus: Vec<String>,
    queries: Vec<String>,
    facts: Vec<String>,
    briefs: Vec<String>,
}

impl Default for Parts {
    fn default() -> Parts {
        let usual = |name: &str| vec![format!("{name}.ndjson")];
        Parts {
            corpus: usual("corpus"),
            queries: usual("queries"),
            facts: usual("facts"),
            briefs: usual("briefs"),
        }
    }
}

impl Parts {
    fn read(folder: &Path) -> Result<Parts, SuiteError> {
        let path = folder.join("suite.toml");
        if !path.is_file() {
            return Ok(Parts::default());
        }
        let fail = |reason: String| SuiteError::Line {
            place: path.display().to_string(),
            reason,
        };
        let parts: Parts = Figment::from(Toml::file_exact(&path))
            .extract()
            .map_err(|error| fail(error.to_string()))?;
        match parts
            .corpus
            .iter()
            .find(|file| !folder.join(file).is_file())
        {
            Some(missing) => Err(fail(format!("there is no {missing} beside it"))),
            None => Ok(parts),
        }
    }
}

/// The files of a folder as they are read, with their hash and what is odd in them.
struct Files<'a> {
    folder: &'a Path,
    hash: Sha256,
    notes: Vec<String>,
}

impl Files<'_> {
    fn new(folder: &Path) -> Files<'_> {
        Files {
            folder,
            hash: Sha256::new(),
            notes: Vec::new(),
        }
    }

    /// The lines of several files.
    fn all<T: DeserializeOwned>(
        &mut self,
        files: &[String],
        fields: &[&str],
    ) -> Result<Vec<T>, SuiteError> {
        let mut all = Vec::new();
        for file in files {
            all.extend(self.lines(file, fields)?);
        }
        Ok(all)
    }

    /// The lines of a file that may be missing.
    fn lines<T: DeserializeOwned>(
        &mut self,
        file: &str,
        fields: &[&str],
    ) -> Result<Vec<T>, SuiteError> {
        let path = self.folder.join(file);
        let fail = |number: usize, reason: String| SuiteError::Line {
            place: if number == 0 {
                path.display().to_string()
            } else {
                format!("{}, line {number}", path.display())
            },
            reason,
        };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(fail(0, error.to_string())),
        };
        self.hash.update(text.as_bytes());
        let mut unknown: BTreeMap<String, usize> = BTreeMap::new();
        let mut read = Vec::new();
        // A byte order mark before the first line is a habit of some editors.
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        for (number, line) in (1..).zip(text.lines()) {
            if line.trim().is_empty() {
                continue;
            }
            let mut object: Map<String, Value> = serde_json::from_str(line)
                .map_err(|error| fail(number, format!("{error}; each line is a JSON object")))?;
            object.retain(|name, _| {
                let known = fields.contains(&name.as_str());
                if !known {
                    unknown.entry(name.clone()).or_insert(number);
                }
                known
            });
            lenient(&mut object, number);
            let value = serde_path_to_error::deserialize(Value::Object(object))
                .map_err(|error| fail(number, error.to_string()))?;
            read.push(value);
        }
        for (name, number) in unknown {
            self.notes.push(format!(
                "{file}: the field {name:?} is not known and was left out (first in line {number})"
            ));
        }
        Ok(read)
    }

    /// Of several articles with one id the last, as `ingest` would have it.
    fn last_of_each(&mut self, corpus: Vec<ArticleInput>) -> Vec<ArticleInput> {
        let mut last: HashMap<String, usize> = HashMap::new();
        for (place, article) in corpus.iter().enumerate() {
            if let Some(id) = &article.id {
                last.insert(id.clone(), place);
            }
        }
        let count = corpus.len();
        let kept: Vec<ArticleInput> = corpus
            .into_iter()
            .enumerate()
            .filter(|(place, article)| article.id.as_ref().is_none_or(|id| last[id] == *place))
            .map(|(_, article)| article)
            .collect();
        if kept.len() < count {
            self.notes.push(format!(
                "corpus.ndjson: articles with the id of a later one, which was taken in their place: {}",
                count - kept.len()
            ));
        }
        kept
    }

    /// Questions with an id each, no two the same; those without words are left out.
    fn named_apart(&mut self, queries: Vec<EvalQuery>) -> Vec<EvalQuery> {
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut twice = 0;
        let mut wordless = 0;
        let mut kept = Vec::with_capacity(queries.len());
        for (number, mut query) in (1..).zip(queries) {
            if query.query.trim().is_empty() {
                wordless += 1;
                continue;
            }
            if query.id.is_empty() {
                query.id = format!("question-{number}");
            }
            let count = seen.entry(query.id.clone()).or_default();
            *count += 1;
            if *count > 1 {
                twice += 1;
                query.id = format!("{}#{count}", query.id);
            }
            kept.push(query);
        }
        if twice > 0 {
            self.notes.push(format!(
                "queries.ndjson: questions with the id of an earlier one, with \"#2\" and so on put behind it: {twice}"
            ));
        }
        if wordless > 0 {
            self.notes.push(format!(
                "queries.ndjson: lines without \"query\", left out: {wordless}"
            ));
        }
        kept
    }

    fn hash(&self) -> String {
        hex(&self.hash.clone().finalize(), 8)
    }
}

/// What public sets write otherwise: numbers for ids, null for nothing, one string for
/// a list of one, answers as lists of alternatives (one of each is needed).
fn lenient(object: &mut Map<String, Value>, number: usize) {
    object.retain(|_, value| !value.is_null());
    if let Some(Value::Number(id)) = object.get("id") {
        let id = id.to_string();
        object.insert("id".into(), id.into());
    }
    if !object.contains_key("id") && object.contains_key("claim") {
        object.insert("id".into(), format!("claim-{number}").into());
    }
    if let Some(relevant) = object.get_mut("relevant") {
        *relevant = list(relevant.take());
    }
    if let Some(answers) = object.remove("answers") {
        let Value::Array(answers) = list(answers) else {
            return;
        };
        if answers.iter().any(Value::is_array) && !object.contains_key("all_of") {
            let groups: Vec<Value> = answers.into_iter().map(list).collect();
            object.insert("all_of".into(), groups.into());
        } else {
            let flat: Vec<Value> = answers
                .into_iter()
                .flat_map(|answer| match list(answer) {
                    Value::Array(items) => items,
                    other => vec![other],
                })
                .collect();
            object.insert("answers".into(), flat.into());
        }
    }
}

/// A list of strings, of one where there is but one.
fn list(value: Value) -> Value {
    let text = |value: Value| match value {
        Value::Number(number) => Value::String(number.to_string()),
        Value::Bool(flag) => Value::String(flag.to_string()),
        other => other,
    };
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(text).collect()),
        other => Value::Array(vec![text(other)]),
    }
}
