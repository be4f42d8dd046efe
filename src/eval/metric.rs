//! Every metric by its name: what it means, where it comes from, and whether more of
//! it is better. None is blended with another.

/// Whether more is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// More is.
    Higher,
    /// Less is.
    Lower,
    /// It depends.
    Neither,
}

/// What a value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A share of one, shown in percent.
    Share,
    /// A number as it is.
    Number,
}

/// A metric: the mean of its value over the cases that have one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// Its name in reports and gates.
    pub name: &'static str,
    /// What a case's value is, and which cases have one.
    pub definition: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// Whether more is better.
    pub better: Better,
    /// What it counts.
    pub unit: Unit,
}

const OWN: &str = "dragoman";

const fn share(
    name: &'static str,
    better: Better,
    definition: &'static str,
    source: &'static str,
) -> Metric {
    Metric {
        name,
        definition,
        source,
        better,
        unit: Unit::Share,
    }
}

const fn number(name: &'static str, better: Better, definition: &'static str) -> Metric {
    Metric {
        name,
        definition,
        source: OWN,
        better,
        unit: Unit::Number,
    }
}

use Better::{Higher, Lower, Neither};

/// All metrics, in the order of reports.
pub static METRICS: &[Metric] = &[
    share(
        "Hit@1",
        Higher,
        "of answerable questions: 1 if the first article found is relevant",
        "TREC question answering",
    ),
    share(
        "Hit@5",
        Higher,
        "1 if one of the first five articles is relevant",
        "TREC question answering",
    ),
    share(
        "Hit@10",
        Higher,
        "1 if one of the first ten articles is relevant",
        "TREC question answering",
    ),
    share(
        "MRR@10",
        Higher,
        "one over the place of the first relevant article, 0 beyond ten",
        "Voorhees 1999",
    ),
    share(
        "nDCG@10",
        Higher,
        "gain of relevant places discounted by log2(place + 1), over the best possible",
        "Järvelin & Kekäläinen 2002",
    ),
    share(
        "Recall@10",
        Higher,
        "the share of relevant articles among the first ten",
        "common",
    ),
    share(
        "correct",
        Higher,
        "of answerable questions with known answers: 1 if the answer is not a refusal and holds one of \
         each group of answer strings, as whole words, or numbers and dates by value",
        "answer recall as in KILT and ALCE (arXiv 2305.14627), numbers by dragoman's facts",
    ),
    share(
        "sources cited",
        Higher,
        "of answered answerable questions: 1 if a citation is in a paragraph that the gold names, or \
         in a relevant article where it names none",
        OWN,
    ),
    share(
        "citation recall",
        Higher,
        "of answers: the share of claims that the check finds supported by all they cite together; \
         what is cited is the paragraphs that the citation's place lies in, read from the article",
        "ALCE, arXiv 2305.14627, with dragoman's check for the NLI model",
    ),
    share(
        "citation precision",
        Higher,
        "of answers with citations: the share of citations that belong to a supported claim and are \
         not idle (not enough alone, and not needed by the rest)",
        "ALCE, arXiv 2305.14627, with dragoman's check for the NLI model",
    ),
    share(
        "citation recall (judge)",
        Higher,
        "citation recall with a language model as the judge of support",
        "ALCE, arXiv 2305.14627",
    ),
    share(
        "citation precision (judge)",
        Higher,
        "citation precision with a language model as the judge of support",
        "ALCE, arXiv 2305.14627",
    ),
    share(
        "right refusals",
        Higher,
        "of unanswerable questions: 1 if refused",
        "recall of abstention, as for SQuAD 2.0 (arXiv 1806.03822)",
    ),
    share(
        "wrong refusals",
        Lower,
        "of answerable questions: 1 if refused",
        OWN,
    ),
    share(
        "right refusals (search)",
        Higher,
        "of unanswerable questions: 1 if the search alone finds nothing to be about it, so that no \
         model is asked",
        OWN,
    ),
    share(
        "wrong refusals (search)",
        Lower,
        "of answerable questions: 1 if the search alone finds nothing to be about it",
        OWN,
    ),
    share(
        "answer language",
        Higher,
        "of answered questions: 1 if the answer's words are in the language of the question",
        OWN,
    ),
    share(
        "facts covered",
        Higher,
        "of briefs: the share of must-state facts whose value a point states",
        OWN,
    ),
    share(
        "facts wrong",
        Lower,
        "of briefs: the share of points that the check finds contradicted by the whole article",
        OWN,
    ),
    share(
        "claims unsupported",
        Lower,
        "of briefs: the share of points that the check does not find supported by the words they cite",
        OWN,
    ),
    share(
        "paragraphs right",
        Higher,
        "of briefs that cover facts: the share of these facts that a point states and cites at the \
         paragraph of the gold",
        OWN,
    ),
    share(
        "brief in English",
        Higher,
        "of briefs: 1 if its words are English",
        OWN,
    ),
    number(
        "brief length",
        Neither,
        "of briefs: words, a Chinese character counted as half of one",
    ),
    number(
        "brief length over reference",
        Neither,
        "of briefs with a reference: its length over the reference's",
    ),
    share(
        "true claims supported",
        Higher,
        "of supported claims of the check's suite: 1 if found supported",
        OWN,
    ),
    share(
        "errors caught",
        Higher,
        "of contradicted and unsupported claims: 1 if not found supported",
        OWN,
    ),
    share(
        "errors named",
        Higher,
        "of contradicted claims that were caught: 1 if a finding has the right kind",
        OWN,
    ),
    share(
        "failed",
        Lower,
        "of all cases: 1 if the system gave an error",
        OWN,
    ),
    number(
        "prompt tokens",
        Neither,
        "of cases that asked a model: tokens read, as its server counts",
    ),
    number(
        "completion tokens",
        Neither,
        "of cases that asked a model: tokens written, as its server counts",
    ),
    number(
        "cost",
        Lower,
        "of cases that asked a model: tokens by the system's prices",
    ),
];

/// The metric of this name.
pub fn named(name: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.name == name)
}

/// A value of the metric as a reader sees it: shares in percent.
pub fn shown(name: &str, value: f64) -> String {
    match named(name).map(|metric| metric.unit) {
        Some(Unit::Number) if value.abs() < 10.0 => format!("{value:.2}"),
        Some(Unit::Number) => format!("{value:.0}"),
        _ => format!("{:.1}", value * 100.0),
    }
}
