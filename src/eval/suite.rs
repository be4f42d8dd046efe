//! A suite: a folder of articles, questions about them, and what is known of both.
//!
//! Read as leniently as can be said plainly: what is missing is left out, what is
//! unknown is named in [`Suite::notes`], and a line that cannot be read is an error
//! with its place.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::article::{ArticleId, ArticleInput};
use crate::check::{FindingKind, Verdict};
use crate::llm::Message;

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

/// A question of a suite.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EvalQuery {
    /// Its name in reports; the line's number when absent.
    pub id: String,
    /// The question.
    pub query: String,
    /// Its language; detected when absent.
    pub language: Option<String>,
    /// What kind of question it is; reports are broken down by it.
    pub kind: Option<String>,
    /// The articles that answer it; none means that the right answer is to abstain.
    pub relevant: Vec<ArticleId>,
    /// What a right answer holds: any one of these.
    pub answers: Vec<String>,
    /// Where it is given: one of each group, in place of `answers`.
    pub all_of: Vec<Vec<String>>,
    /// Where the answer stands.
    pub evidence: Vec<GoldEvidence>,
    /// What was said before, oldest first.
    pub history: Vec<Message>,
    /// The day that "today" is.
    pub as_of: Option<String>,
    /// For whoever reads the suite.
    pub note: Option<String>,
    /// Why an unanswerable question tempts.
    pub trap: Option<String>,
    /// The article that tempts.
    pub about: Option<String>,
}

impl EvalQuery {
    /// Whether the suite's articles answer it.
    pub fn is_answerable(&self) -> bool {
        !self.relevant.is_empty()
    }

    /// Its language as a tag.
    pub fn language(&self) -> &str {
        match self.language.as_deref() {
            Some(tag) if !tag.is_empty() => tag,
            _ => crate::language::detect(&self.query),
        }
    }

    /// What a right answer holds: one of each of these groups; empty when nothing is known.
    pub fn expected(&self) -> Vec<Vec<String>> {
        if !self.all_of.is_empty() {
            return self.all_of.clone();
        }
        if self.answers.is_empty() {
            Vec::new()
        } else {
            vec![self.answers.clone()]
        }
    }
}

/// A place in an article that answers a question.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GoldEvidence {
    /// The article.
    pub article_id: String,
    /// Its paragraph, from 1.
    pub paragraph: Option<u32>,
    /// Words of it.
    pub quote: Option<String>,
    /// First character of the quote in the article's text.
    pub start: Option<usize>,
    /// One past the last.
    pub end: Option<usize>,
}

/// A fact that the brief of its article must state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GoldFact {
    /// The article.
    pub article_id: ArticleId,
    /// Where it stands.
    pub paragraph: u32,
    /// Its words there.
    pub quote: String,
    /// A number in `unit`, or a string for dates.
    pub value: Value,
    /// Such as `CNY`, `mu`, `percent`, `persons`, `date`; `/month` may follow.
    #[serde(default)]
    pub unit: String,
    /// The fact in words.
    #[serde(default)]
    pub text: String,
}

/// A reference brief.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GoldBrief {
    /// The article.
    pub article_id: ArticleId,
    /// The brief.
    #[serde(flatten)]
    pub brief: Map<String, Value>,
}

/// A claim and its sources with the right verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GoldClaim {
    /// Its name in reports.
    pub id: String,
    /// The claim.
    pub claim: String,
    /// What it is held against.
    pub sources: Vec<String>,
    /// The day that 去年 counts from.
    #[serde(default)]
    pub published_at: Option<String>,
    /// The right verdict.
    pub verdict: Verdict,
    /// What is wrong with it, for one that is contradicted.
    #[serde(default)]
    pub kind: Option<FindingKind>,
}

/// A folder with whatever it has of `corpus.ndjson`, `queries.ndjson`, `facts.ndjson`,
/// `briefs.ndjson`, or a file of claims.
#[derive(Debug, Clone, Default)]
pub struct Suite {
    /// The folder's name, or the file's.
    pub name: String,
    /// The articles; of one id the last.
    pub corpus: Vec<ArticleInput>,
    /// The questions.
    pub queries: Vec<EvalQuery>,
    /// What briefs must state.
    pub facts: Vec<GoldFact>,
    /// Reference briefs.
    pub briefs: Vec<GoldBrief>,
    /// Pairs for the check.
    pub claims: Vec<GoldClaim>,
    /// What a reader of its figures should know.
    pub notes: Vec<String>,
    /// First 16 hexadecimal digits of the SHA-256 of its files.
    pub hash: String,
}

/// Why a suite cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SuiteError {
    /// A file is missing or broken.
    #[error("reading the suite's {place}: {reason}")]
    Line {
        /// The file, with a line where one is meant.
        place: String,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// There is nothing to measure.
    #[error(
        "reading the suite {0}: no such folder, or none of corpus.ndjson with queries.ndjson, or a file of claims, in it"
    )]
    Nothing(String),
}

impl Suite {
    /// Reads a folder with `corpus.ndjson` and, as far as they are there, `queries.ndjson`,
    /// `facts.ndjson` and `briefs.ndjson`; or else each of its `.ndjson` files as claims
    /// with their verdicts. A path to one file of claims is read as that.
    ///
    /// # Errors
    /// When there is nothing of the kind, or a line cannot be read.
    pub fn read(path: &Path) -> Result<Vec<Suite>, SuiteError> {
        let name = name_of(path);
        if path.is_file() {
            return Ok(vec![claims(path, &name)?]);
        }
        if path.join("corpus.ndjson").is_file() {
            return Ok(vec![articles(path, name)?]);
        }
        let mut files: Vec<PathBuf> = std::fs::read_dir(path)
            .map_err(|_| SuiteError::Nothing(path.display().to_string()))?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|file| file.extension().is_some_and(|ending| ending == "ndjson"))
            .collect();
        files.sort();
        if files.is_empty() || path.join("queries.ndjson").is_file() {
            return Err(SuiteError::Nothing(path.display().to_string()));
        }
        files
            .iter()
            .map(|file| claims(file, &format!("{name}-{}", name_of(file))))
            .collect()
    }

    /// Leaves `most` of the questions, briefs and claims each.
    pub fn limit(&mut self, most: usize) {
        self.queries.truncate(most);
        self.claims.truncate(most);
        let mut kept: Vec<ArticleId> = Vec::new();
        for id in self.brief_articles() {
            if kept.len() < most {
                kept.push(id);
            }
        }
        self.facts.retain(|fact| kept.contains(&fact.article_id));
        self.briefs.retain(|brief| kept.contains(&brief.article_id));
    }

    /// The articles whose briefs are measured, in the order of the corpus.
    pub fn brief_articles(&self) -> Vec<ArticleId> {
        let wanted: HashSet<&str> = self
            .facts
            .iter()
            .map(|fact| fact.article_id.as_str())
            .chain(self.briefs.iter().map(|brief| brief.article_id.as_str()))
            .collect();
        self.corpus
            .iter()
            .filter_map(|article| article.id.as_deref())
            .filter(|id| wanted.contains(id))
            .filter_map(|id| ArticleId::new(id).ok())
            .collect()
    }
}

fn articles(folder: &Path, name: String) -> Result<Suite, SuiteError> {
    let mut files = Files::new(folder);
    let corpus: Vec<ArticleInput> = files.lines("corpus.ndjson", ARTICLE_FIELDS)?;
    let queries: Vec<EvalQuery> = files.lines("queries.ndjson", QUERY_FIELDS)?;
    let facts = files.lines("facts.ndjson", FACT_FIELDS)?;
    let briefs = files.lines("briefs.ndjson", BRIEF_FIELDS)?;
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

fn claims(file: &Path, name: &str) -> Result<Suite, SuiteError> {
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

fn name_of(path: &Path) -> String {
    path.canonicalize()
        .ok()
        .and_then(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
        .unwrap_or_else(|| path.display().to_string())
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

/// The first `bytes` of a digest in hexadecimal.
pub(super) fn hex(digest: &[u8], bytes: usize) -> String {
    digest
        .iter()
        .take(bytes)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
