//! Citation recall and precision in ALCE's sense (Gao et al. 2023, arXiv 2305.14627).

use std::collections::HashMap;

use jiff::civil::Date as Civil;

use crate::answer::Answer;
use crate::article::{Article, ArticleId, Paragraph, slice};
use crate::check::{self, Source, Verdict};
use crate::time::Time;

/// What a judging model said of a claim and the passages that are to support it.
pub type Opinions = HashMap<(String, Vec<String>), bool>;

/// An answer's grades.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Grades {
    /// The share of claims that all they cite together supports.
    pub recall: f64,
    /// The share of citations that are needed or enough; none without citations.
    pub precision: Option<f64>,
    /// What speaks against claims that are not supported.
    pub findings: Vec<String>,
}

/// Whether passages support a claim, and if not, why.
type Support<'f, 'a> = dyn FnMut(&str, &[&Passage<'a>]) -> (bool, Vec<String>) + 'f;

/// A cited place with its words, read from the article itself.
struct Passage<'a> {
    text: &'a str,
    published: Option<Civil>,
}

/// With the check as the judge of support.
pub(super) fn by_check(answer: &Answer, articles: &HashMap<ArticleId, Article>) -> Grades {
    grade(answer, articles, &mut |claim, passages| {
        let published = passages.iter().find_map(|passage| passage.published);
        let texts: Vec<&str> = passages.iter().map(|passage| passage.text).collect();
        check_support(claim, &texts, published)
    })
}

/// With a model's opinions; what it was not asked or did not say counts as no support.
pub(super) fn by_opinion(
    answer: &Answer,
    articles: &HashMap<ArticleId, Article>,
    opinions: &Opinions,
) -> Grades {
    grade(answer, articles, &mut |claim, passages| {
        let key = (
            claim.to_owned(),
            passages
                .iter()
                .map(|passage| passage.text.to_owned())
                .collect(),
        );
        (opinions.get(&key).copied().unwrap_or(false), Vec::new())
    })
}

/// All pairs of a claim and passages that grading an answer may ask about.
pub fn questions_of_support(
    answer: &Answer,
    articles: &HashMap<ArticleId, Article>,
) -> Vec<(String, Vec<String>)> {
    let mut asked = Vec::new();
    // Taken as supported all along, every question is put.
    for all in [true, false] {
        grade(answer, articles, &mut |claim, passages| {
            let key = (
                claim.to_owned(),
                passages
                    .iter()
                    .map(|passage| passage.text.to_owned())
                    .collect::<Vec<_>>(),
            );
            if !asked.contains(&key) {
                asked.push(key);
            }
            // Alone not enough, so that what the rest gives is asked as well.
            (all || passages.len() > 1, Vec::new())
        });
    }
    asked
}

/// Whether the check finds `claim` supported by `texts`, and if not, why. A sentence
/// that is quoted whole bears itself out.
pub(super) fn check_support(
    claim: &str,
    texts: &[&str],
    published: Option<Civil>,
) -> (bool, Vec<String>) {
    if texts.is_empty() {
        return (false, vec!["it cites nothing".into()]);
    }
    if texts.iter().any(|text| text.contains(claim.trim())) {
        return (true, Vec::new());
    }
    let sources: Vec<Source<'_>> = texts
        .iter()
        .map(|text| Source { text, published })
        .collect();
    let checked = check::check(claim, &sources, None);
    let findings = checked
        .findings()
        .iter()
        .map(|finding| finding.detail.clone())
        .collect();
    (checked.verdict() == Verdict::Supported, findings)
}

fn grade<'a>(
    answer: &Answer,
    articles: &'a HashMap<ArticleId, Article>,
    supports: &mut Support<'_, 'a>,
) -> Grades {
    let mut grades = Grades::default();
    let (mut supported, mut cited, mut good) = (0, 0, 0);
    for claim in &answer.claims {
        let passages: Vec<Passage<'a>> = claim
            .citations
            .iter()
            .filter_map(|n| passage(answer, *n, articles))
            .collect();
        cited += claim.citations.len();
        let all: Vec<&Passage<'a>> = passages.iter().collect();
        let (holds, findings) = if all.is_empty() {
            (false, vec!["it cites nothing".into()])
        } else {
            supports(&claim.text, &all)
        };
        if !holds {
            let why = findings
                .into_iter()
                .map(|why| format!("{}: {why}", claim.text));
            grades.findings.extend(why);
            continue;
        }
        supported += 1;
        good += (0..all.len())
            .filter(|place| {
                let mut rest = all.clone();
                let alone = rest.remove(*place);
                rest.is_empty()
                    || supports(&claim.text, &[alone]).0
                    || !supports(&claim.text, &rest).0
            })
            .count();
    }
    if !answer.claims.is_empty() {
        grades.recall = f64::from(supported) / answer.claims.len() as f64;
    }
    if cited > 0 {
        grades.precision = Some(good as f64 / cited as f64);
    }
    grades
}

/// The paragraphs that the place of the answer's citation `n` lies in, which is what a
/// reader is sent to.
fn passage<'a>(
    answer: &Answer,
    n: u32,
    articles: &'a HashMap<ArticleId, Article>,
) -> Option<Passage<'a>> {
    let citation = answer.citations.iter().find(|citation| citation.n == n)?;
    let article = articles.get(&citation.article_id)?;
    let touched =
        |paragraph: &&Paragraph| paragraph.start < citation.end && citation.start < paragraph.end;
    let first = article.paragraphs.iter().find(touched)?;
    let last = article.paragraphs.iter().rfind(touched)?;
    Some(Passage {
        text: slice(&article.text, first.start, last.end),
        published: article.published_at.as_ref().map(Time::date),
    })
}
