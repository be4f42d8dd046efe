//! A suite: a folder of articles, questions about them, and what is known of both.
//!
//! Read as leniently as can be said plainly: what is missing is left out, what is
//! unknown is named in [`Suite::notes`], and a line that cannot be read is an error
//! with its place.

mod read;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::article::{ArticleId, ArticleInput};
use crate::check::{FindingKind, Verdict};
use crate::llm::Message;

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
    /// `facts.ndjson` and `briefs.ndjson`, or the files that its `suite.toml` lists under
    /// these names; or else each of its `.ndjson` files as claims
    /// with their verdicts. A path to one file of claims is read as that.
    ///
    /// # Errors
    /// When there is nothing of the kind, or a line cannot be read.
    pub fn read(path: &Path) -> Result<Vec<Suite>, SuiteError> {
        let name = read::name_of(path);
        if path.is_file() {
            return Ok(vec![read::claims(path, &name)?]);
        }
        if path.join("corpus.ndjson").is_file() || path.join("suite.toml").is_file() {
            return Ok(vec![read::articles(path, name)?]);
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
            .map(|file| read::claims(file, &format!("{name}-{}", read::name_of(file))))
            .collect()
    }

    /// Leaves `most` of the questions and of the claims each, as many of every kind and
    /// language as there are, and `briefs` of the briefs.
    pub fn limit(&mut self, most: usize, briefs: usize) {
        let groups = self
            .queries
            .iter()
            .map(|query| (query.kind.clone(), query.language().to_owned()));
        let kept = spread(groups, most);
        keep(&mut self.queries, &kept);
        let groups = self.claims.iter().map(|claim| (claim.verdict, claim.kind));
        let kept = spread(groups, most);
        keep(&mut self.claims, &kept);
        let kept: Vec<ArticleId> = self.brief_articles().into_iter().take(briefs).collect();
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

/// `most` places, the first of each group, then the second of each, and so on.
fn spread<G: std::hash::Hash + Eq>(groups: impl Iterator<Item = G>, most: usize) -> HashSet<usize> {
    let mut counts: HashMap<G, usize> = HashMap::new();
    let mut order: Vec<(usize, usize)> = groups
        .enumerate()
        .map(|(place, group)| {
            let count = counts.entry(group).or_default();
            *count += 1;
            (*count, place)
        })
        .collect();
    order.sort_unstable();
    order
        .into_iter()
        .take(most)
        .map(|(_, place)| place)
        .collect()
}

fn keep<T>(list: &mut Vec<T>, kept: &HashSet<usize>) {
    let mut place = 0..;
    list.retain(|_| place.next().is_some_and(|place| kept.contains(&place)));
}

/// The first `bytes` of a digest in hexadecimal.
pub(super) fn hex(digest: &[u8], bytes: usize) -> String {
    digest
        .iter()
        .take(bytes)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
