//! Observations against what the suite knows: the value of each metric, case by case.
//! Pure, but for a judge that is a model, whose opinions are asked for beforehand.

mod briefs;
mod citations;

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date as Civil;
use serde::{Deserialize, Serialize};

use super::gold::Reading;
use super::observe::{Observation, Place, Task};
use super::ranking::Judged;
use super::suite::{EvalQuery, GoldClaim, Suite};
use super::system::Prices;
use crate::answer::Answer;
use crate::article::{Article, ArticleId};
use crate::check::{FindingKind, Verdict};
use crate::language;
use crate::time::Time;

pub use citations::{Opinions, questions_of_support};

/// A case with the value of each metric that it has one for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// What it is.
    pub task: Task,
    /// The question's, article's or claim's id.
    pub id: String,
    /// What kind of question, or of error, it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Of the question or the article.
    pub language: String,
    /// The question, title or claim.
    pub text: String,
    /// What is right, in words.
    pub expected: String,
    /// By the metric's name.
    pub values: BTreeMap<String, f64>,
    /// The place of the first relevant article.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<usize>,
    /// What was found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub found: Vec<Place>,
    /// What was said: the answer, or the brief's points a line each, or the verdict.
    pub said: String,
    /// What the check has to say of it, and facts that are missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<String>,
    /// Where the answer's citations lead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cited: Vec<Cited>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A place that was cited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cited {
    /// Its number in the text.
    pub n: u32,
    /// The article.
    pub article_id: ArticleId,
    /// The paragraph.
    pub paragraph: u32,
}

/// What judging needs beside the suite and the observations.
#[derive(Debug, Default)]
pub struct Bench {
    /// The articles that the observations cite, and those of briefs.
    pub articles: HashMap<ArticleId, Article>,
    /// What a judging model said, if one was asked.
    pub opinions: Option<Opinions>,
    /// What tokens cost.
    pub prices: Option<Prices>,
}

/// Judges every observation, in their order.
pub fn judge(suite: &Suite, observations: &[Observation], bench: &Bench) -> Vec<Case> {
    let queries: HashMap<&str, &EvalQuery> = suite
        .queries
        .iter()
        .map(|query| (query.id.as_str(), query))
        .collect();
    let claims: HashMap<&str, &GoldClaim> = suite
        .claims
        .iter()
        .map(|claim| (claim.id.as_str(), claim))
        .collect();
    observations
        .iter()
        .filter_map(|observation| {
            let id = observation.id.as_str();
            let mut case = match observation.task {
                Task::Question => question(queries.get(id)?, observation, bench),
                Task::Claim => claim(claims.get(id)?, observation),
                Task::Brief => {
                    let article = bench
                        .articles
                        .iter()
                        .find(|(known, _)| known.as_str() == id)
                        .map(|(_, article)| article);
                    briefs::brief(suite, article, observation)
                }
            };
            case.calls(observation, bench.prices.as_ref());
            Some(case)
        })
        .collect()
}

impl Case {
    fn new(observation: &Observation) -> Case {
        Case {
            task: observation.task,
            id: observation.id.clone(),
            kind: None,
            language: String::new(),
            text: String::new(),
            expected: String::new(),
            values: BTreeMap::new(),
            rank: None,
            found: Vec::new(),
            said: String::new(),
            findings: Vec::new(),
            cited: Vec::new(),
            error: observation.error.clone(),
        }
    }

    fn set(&mut self, metric: &str, value: f64) {
        debug_assert!(super::metric::named(metric).is_some(), "{metric}");
        self.values.insert(metric.to_owned(), value);
    }

    fn flag(&mut self, metric: &str, holds: bool) {
        self.set(metric, f64::from(u8::from(holds)));
    }

    /// Failure, tokens and cost.
    fn calls(&mut self, observation: &Observation, prices: Option<&Prices>) {
        self.flag("failed", observation.error.is_some());
        if observation.calls.is_empty() {
            return;
        }
        let sum = |of: fn(&super::cache::Call) -> Option<u64>| {
            let counts: Vec<u64> = observation.calls.iter().filter_map(of).collect();
            (!counts.is_empty()).then(|| counts.iter().sum::<u64>() as f64)
        };
        let prompt = sum(|call| call.usage.prompt_tokens);
        let completion = sum(|call| call.usage.completion_tokens);
        if let Some(prompt) = prompt {
            self.set("prompt tokens", prompt);
        }
        if let Some(completion) = completion {
            self.set("completion tokens", completion);
        }
        if let (Some(prices), Some(prompt), Some(completion)) = (prices, prompt, completion) {
            let cost = (prompt * prices.prompt + completion * prices.completion) / 1e6;
            self.set("cost", cost);
        }
    }
}

fn question(query: &EvalQuery, observation: &Observation, bench: &Bench) -> Case {
    let mut case = Case::new(observation);
    case.kind.clone_from(&query.kind);
    case.language = query.language().to_owned();
    case.text.clone_from(&query.query);
    case.expected = if query.is_answerable() {
        query
            .expected()
            .iter()
            .map(|group| group.join(" / "))
            .collect::<Vec<_>>()
            .join(" + ")
    } else {
        "a refusal".into()
    };
    case.found.clone_from(&observation.ranking);
    let answerable = query.is_answerable();
    if let Some(evidence) = observation.evidence {
        let name = if answerable {
            "wrong refusals (search)"
        } else {
            "right refusals (search)"
        };
        case.flag(name, !evidence.is_relevant());
        if answerable {
            let ranking: Vec<Vec<ArticleId>> = observation
                .ranking
                .iter()
                .map(|place| place.articles.clone())
                .collect();
            let judged = Judged::new(&ranking, &query.relevant);
            case.rank = judged.first_rank();
            case.set("Hit@1", judged.hit(1));
            case.set("Hit@5", judged.hit(5));
            case.set("Hit@10", judged.hit(10));
            case.set("MRR@10", judged.reciprocal_rank(10));
            case.set("nDCG@10", judged.ndcg(10));
            case.set("Recall@10", judged.recall(10));
        }
    }
    if let Some(answer) = &observation.answer {
        answered(&mut case, query, answer, bench);
    }
    case
}

fn answered(case: &mut Case, query: &EvalQuery, answer: &Answer, bench: &Bench) {
    case.said.clone_from(&answer.answer);
    let refusal = if query.is_answerable() {
        "wrong refusals"
    } else {
        "right refusals"
    };
    case.flag(refusal, answer.abstained);
    let expected = query.expected();
    if query.is_answerable() && !expected.is_empty() {
        let said = Reading::new(&words(answer), day_of(answer));
        let correct = !answer.abstained && said.holds_all(&expected, day_of(answer));
        case.flag("correct", correct);
    }
    if answer.abstained {
        return;
    }
    let asked = query.language();
    case.flag(
        "answer language",
        same_language(language::detect(&words(answer)), asked),
    );
    if query.is_answerable() {
        case.flag("sources cited", cites_gold(query, answer));
    }
    case.cited = answer
        .citations
        .iter()
        .map(|citation| Cited {
            n: citation.n,
            article_id: citation.article_id.clone(),
            paragraph: citation.paragraph,
        })
        .collect();
    let graded = citations::by_check(answer, &bench.articles);
    case.set("citation recall", graded.recall);
    if let Some(precision) = graded.precision {
        case.set("citation precision", precision);
    }
    case.findings = graded.findings;
    if let Some(opinions) = &bench.opinions {
        let graded = citations::by_opinion(answer, &bench.articles, opinions);
        case.set("citation recall (judge)", graded.recall);
        if let Some(precision) = graded.precision {
            case.set("citation precision (judge)", precision);
        }
    }
}

/// The answer's claims without the markers of citations, which are numbers too.
fn words(answer: &Answer) -> String {
    if answer.claims.is_empty() {
        return answer.answer.clone();
    }
    answer
        .claims
        .iter()
        .map(|claim| claim.text.as_str())
        .collect::<Vec<_>>()
        .join("\n")
}

/// The day that 去年 in an answer counts from: that of the first article it cites.
fn day_of(answer: &Answer) -> Option<Civil> {
    answer
        .citations
        .first()
        .and_then(|citation| citation.published_at.as_ref())
        .map(Time::date)
}

fn cites_gold(query: &EvalQuery, answer: &Answer) -> bool {
    answer.citations.iter().any(|citation| {
        if query.evidence.is_empty() {
            return query.relevant.contains(&citation.article_id);
        }
        query.evidence.iter().any(|place| {
            place.article_id == citation.article_id.as_str()
                && place.paragraph.is_none_or(|n| n == citation.paragraph)
        })
    })
}

/// Whether two tags are of one language; of no language known, none is another.
fn same_language(one: &str, other: &str) -> bool {
    let first = |tag: &str| {
        tag.split('-')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    let (one, other) = (first(one), first(other));
    one == other || one == "und" || other == "und"
}

fn claim(gold: &GoldClaim, observation: &Observation) -> Case {
    let mut case = Case::new(observation);
    case.kind = Some(match gold.kind {
        Some(kind) => name(&kind),
        None => name(&gold.verdict),
    });
    case.language = language::detect(&gold.claim).to_owned();
    case.text.clone_from(&gold.claim);
    case.expected = name(&gold.verdict);
    let Some(checked) = &observation.checked else {
        return case;
    };
    case.said = name(&checked.verdict);
    case.findings = checked
        .findings
        .iter()
        .map(|finding| format!("{}: {}", name(&finding.kind), finding.detail))
        .collect();
    let passed = checked.verdict == Verdict::Supported;
    match gold.verdict {
        Verdict::Supported => case.flag("true claims supported", passed),
        Verdict::Contradicted | Verdict::Unsupported => {
            case.flag("errors caught", !passed);
            if let (false, Some(kind)) = (passed, gold.kind) {
                let right = checked.findings.iter().any(|finding| finding.kind == kind)
                    || kind == FindingKind::Coverage && checked.verdict == Verdict::Unsupported;
                case.flag("errors named", right);
            }
        }
        Verdict::Uncited => {}
    }
    case
}

/// A value's name as it is sent.
fn name<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}
