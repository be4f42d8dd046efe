//! Whether what was found answers the question: signals of the best passages, and a
//! calibrated score. Pure.

use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::fusion::Standard;
use crate::facts::date::month_name;
use crate::store::ScoredPassage;
use crate::{bridge, language, lexical};

/// Passages that are looked at.
const LOOKED_AT: usize = 8;
/// A passage that says at least this much of the question says it.
const SAYS: f32 = 0.75;
/// What a term of the question counts in the sentence before or the title, and
/// elsewhere in the passage.
const NEARBY: f32 = 0.6;
const ELSEWHERE: f32 = 0.3;

/// What speaks for the collection having an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Evidence {
    /// The share of the question's terms, weighted by their rarity, that the best
    /// sentence says with what stands around it, 0 to 1.
    pub coverage: f32,
    /// The best cosine similarity, -1 to 1, where vectors were searched.
    pub similarity: Option<f32>,
    /// Whether the question and the best passage are in different languages.
    pub across: bool,
    /// How likely the collection answers, 0 to 1: a logistic model of the signals.
    pub score: f32,
    /// Below this score, 0 to 1, it is taken not to answer.
    pub threshold: f32,
}

impl Evidence {
    /// Whether it is worth reading what was found.
    pub fn is_relevant(&self) -> bool {
        self.score >= self.threshold
    }
}

/// What is measured of the passages found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Signals {
    /// 1 where the question and most passages are in different languages.
    pub across: f32,
    /// Coverage of the best sentence.
    pub coverage: f32,
    /// Coverage of the best sentence that holds something of the kind asked for.
    pub typed: f32,
    /// The mean of that over the best three passages.
    pub typed_mean: f32,
    /// The share of the passages whose best such sentence says most of the question.
    pub typed_share: f32,
    /// 1 where the question names a year and the best passage does not.
    pub year_missing: f32,
    /// The logarithm of one more than the number of terms.
    pub terms: f32,
    /// The best cosine.
    pub similarity: f32,
    /// The mean of the best five.
    pub similarity_mean: f32,
    /// How far the best cosine is above the 21st.
    pub similarity_lead: f32,
    /// The best cosine as a standard score of its list.
    pub similarity_standard: f32,
    /// The best lexical score as a standard score of its list.
    pub lexical_standard: f32,
    /// How far the eleventh lexical score is below the best, as a share of it.
    pub lexical_lead: f32,
    /// The sum of the best passage's standard scores in both branches.
    pub agreement: f32,
    /// How far that is above the last passage that is looked at.
    pub lead: f32,
}

/// Judges what was found; `fused` is best first.
pub fn evidence(
    question: &str,
    fused: &[ScoredPassage],
    lexical: &[ScoredPassage],
    dense: &[ScoredPassage],
) -> Evidence {
    let signals = signals(question, fused, lexical, dense);
    let across = signals.across > 0.5;
    let model = if dense.is_empty() {
        &BY_WORDS
    } else {
        &WITH_VECTORS
    };
    Evidence {
        coverage: signals.coverage,
        similarity: dense.first().map(|best| best.score),
        across,
        score: if fused.is_empty() {
            0.0
        } else {
            model.score(&signals)
        },
        threshold: if across {
            model.threshold_across
        } else {
            model.threshold
        },
    }
}

/// Measures what was found.
pub fn signals(
    question: &str,
    fused: &[ScoredPassage],
    lexical: &[ScoredPassage],
    dense: &[ScoredPassage],
) -> Signals {
    let looked_at = &fused[..fused.len().min(LOOKED_AT)];
    let wanted = Wanted::new(question);
    let says: Vec<Says> = looked_at
        .iter()
        .map(|scored| wanted.in_passage(scored))
        .collect();
    let mut typed: Vec<f32> = says.iter().map(|says| says.typed).collect();
    typed.sort_by(|a, b| b.total_cmp(a));
    let best_typed = says.iter().max_by(|a, b| a.typed.total_cmp(&b.typed));
    let best = |list: &[ScoredPassage]| list.first().map_or(0.0, |best| best.score);
    let at = |list: &[ScoredPassage], place: usize| {
        list.get(place)
            .or(list.last())
            .map_or(0.0, |scored| scored.score)
    };
    let (by_words, by_meaning) = (Standard::of_list(lexical), Standard::of_list(dense));
    let sum = |scored: &ScoredPassage| {
        let place = |list: &[ScoredPassage], standard: &Standard| {
            list.iter()
                .find(|other| other.passage.passage_id == scored.passage.passage_id)
                .map_or(standard.floor, |other| standard.of(other.score))
        };
        (place(lexical, &by_words) + place(dense, &by_meaning)) / 2.0
    };
    let first = looked_at.first().map_or(0.0, sum);
    Signals {
        across: f32::from(u8::from(is_across(question, looked_at))),
        coverage: says.iter().map(|says| says.coverage).fold(0.0, f32::max),
        typed: typed.first().copied().unwrap_or(0.0),
        typed_mean: typed.iter().take(3).sum::<f32>() / 3.0,
        typed_share: typed.iter().filter(|typed| **typed >= SAYS).count() as f32 / LOOKED_AT as f32,
        year_missing: best_typed.map_or(0.0, |says| says.year_missing),
        terms: (1.0 + wanted.units.len() as f32).ln(),
        similarity: best(dense),
        similarity_mean: dense.iter().take(5).map(|scored| scored.score).sum::<f32>()
            / dense.len().clamp(1, 5) as f32,
        similarity_lead: best(dense) - at(dense, 20),
        similarity_standard: by_meaning.top,
        lexical_standard: by_words.top,
        lexical_lead: if best(lexical) > 0.0 {
            1.0 - at(lexical, 10) / best(lexical)
        } else {
            0.0
        },
        agreement: first,
        lead: first - looked_at.last().map_or(0.0, sum),
    }
}

/// Whether the question is in another language than most of the best passages.
pub fn is_across(question: &str, passages: &[ScoredPassage]) -> bool {
    let asked = language::is_chinese(language::detect(question));
    let others = passages
        .iter()
        .filter(|scored| language::is_chinese(&scored.passage.language) != asked)
        .count();
    others * 2 > passages.len()
}

/// What a sentence must say to answer the question.
struct Wanted {
    units: Vec<Unit>,
    /// The sum of all weights.
    total: f32,
    kind: Option<Kind>,
    years: Vec<String>,
}

/// A term of the question.
struct Unit {
    /// The term and the words of the other language that say it.
    forms: Vec<String>,
    weight: f32,
}

struct Says {
    coverage: f32,
    typed: f32,
    year_missing: f32,
}

/// Words that ask and say nothing of what about.
const ASKING: &[&str] = &[
    "时间", "地点", "日期", "名字", "多少", "什么", "哪里", "几", "谁", "哪家", "具体", "包括",
    "情况", "内容", "类型", "数量", "人数", "是", "会", "总共", "共有", "一共", "达到", "讲述",
    "叫", "增长",
];

impl Wanted {
    fn new(question: &str) -> Wanted {
        let bridged = bridge::words_for_terms(question);
        let mut units: Vec<Unit> = Vec::new();
        let mut years = Vec::new();
        for term in lexical::terms(question) {
            if ASKING.contains(&term.as_str()) || units.iter().any(|unit| unit.forms[0] == term) {
                continue;
            }
            if YEAR.is_match(&term) {
                years.push(term.clone());
            }
            let words = bridged.get(&term).map(Vec::as_slice).unwrap_or_default();
            let weight = if term.is_ascii() && !words.is_empty() {
                let likely = &words[..words.len().min(3)];
                let sum: f32 = likely.iter().map(|word| rarity(word)).sum();
                (sum / likely.len() as f32).clamp(0.3, 1.0)
            } else {
                rarity(&term)
            };
            let mut forms = vec![term];
            forms.extend(words.iter().cloned());
            units.push(Unit { forms, weight });
        }
        Wanted {
            total: units.iter().map(|unit| unit.weight).sum(),
            units,
            kind: Kind::of(&lexical::fold(question)),
            years,
        }
    }

    fn in_passage(&self, scored: &ScoredPassage) -> Says {
        // An article's date is said by its head as much as its title.
        let date = scored.passage.published_at.as_ref().map(|time| {
            let date = time.date();
            let (year, month, day) = (date.year(), date.month(), date.day());
            let name = month_name(i32::from(month));
            format!(" {year}年{month}月{day}日 {name}")
        });
        let head = scored.passage.title.clone() + &date.unwrap_or_default();
        let title = lexical::fold(&head);
        let text = lexical::fold(&scored.passage.text);
        // Few of a name's many spellings occur at all, so that each sentence is asked for those alone.
        let held: Vec<(f32, Vec<&str>, bool)> = self
            .units
            .iter()
            .map(|unit| {
                let forms: Vec<&str> = unit
                    .forms
                    .iter()
                    .map(String::as_str)
                    .filter(|form| text.contains(form))
                    .collect();
                let titled = unit.forms.iter().any(|form| title.contains(form.as_str()));
                (unit.weight, forms, titled)
            })
            .collect();
        let mut says = Says {
            coverage: 0.0,
            typed: 0.0,
            year_missing: 0.0,
        };
        let mut before = "";
        for sentence in SENTENCE_END
            .split(&text)
            .filter(|piece| !piece.trim().is_empty())
        {
            let said: f32 = held
                .iter()
                .map(|(weight, forms, titled)| {
                    let any = |place: &str| forms.iter().any(|form| place.contains(form));
                    weight
                        * if any(sentence) {
                            1.0
                        } else if *titled || any(before) {
                            NEARBY
                        } else if !forms.is_empty() {
                            ELSEWHERE
                        } else {
                            0.0
                        }
                })
                .sum();
            let coverage = if self.total > 0.0 {
                said / self.total
            } else {
                0.0
            };
            says.coverage = says.coverage.max(coverage);
            if coverage > says.typed && self.is_kind(sentence) {
                says.typed = coverage;
            }
            before = sentence;
        }
        let dated = |year: &String| text.contains(year) || title.contains(year);
        says.year_missing = f32::from(u8::from(
            !self.years.is_empty() && !self.years.iter().any(dated),
        ));
        says
    }

    /// Whether a sentence holds something of the kind asked for, beside the
    /// question's own words.
    fn is_kind(&self, sentence: &str) -> bool {
        let Some(kind) = self.kind else { return true };
        let mut rest = sentence.to_owned();
        for unit in &self.units {
            if unit.forms[0].chars().nth(1).is_some() {
                rest = rest.replace(&unit.forms[0], "");
            }
        }
        if kind == Kind::Number {
            rest = DATE_NUMBER.replace_all(&rest, "").into_owned();
        }
        kind.pattern().is_match(&rest)
    }
}

/// How much a term tells apart, 0 to 1, by how rare it is in general.
fn rarity(term: &str) -> f32 {
    /// Words in the corpus that jieba's frequencies come from.
    const CORPUS: f32 = 6.0e7;
    if term.chars().any(|c| c.is_ascii_digit()) {
        return 0.9;
    }
    if term.is_ascii() {
        return 0.8;
    }
    let frequency = lexical::frequency(term) as f32;
    let rare = (CORPUS / (frequency + 1.0)).ln() / CORPUS.ln() * 1.3;
    let single = if term.chars().nth(1).is_none() {
        0.4
    } else {
        1.0
    };
    rare.clamp(0.0, 1.0) * single
}

/// What kind of thing a question asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Date,
    Share,
    Number,
    Person,
    Place,
}

impl Kind {
    /// The kind that a folded question asks for, if it says one.
    fn of(question: &str) -> Option<Kind> {
        static ASKS: LazyLock<[(Kind, Regex); 5]> = LazyLock::new(|| {
            [
                (
                    Kind::Date,
                    pattern(
                        r"什么时候|何时|时间|哪年|哪一年|日期|几月|几号|哪天|年份|\bwhen\b|\bwhat year\b|\bwhich year\b|\bwhat date\b",
                    ),
                ),
                (
                    Kind::Share,
                    pattern(r"增长了?多少|率|百分|占比|\bwhat share\b|\bpercent|\bpercentage\b"),
                ),
                (
                    Kind::Number,
                    pattern(
                        r"多少|几[个人名位家座次岁支块]|多大|多长|多高|多重|人数|数量|销量|营收|产量|票房|震级|点数|吞吐量|价格|售价|\bhow (many|much|long|old|large|far|high|big|tall)\b",
                    ),
                ),
                (
                    Kind::Person,
                    pattern(r"谁|何人|主演|导演|编剧|主教练|\bwho\b|\bwhom\b|\bwhose\b"),
                ),
                (
                    Kind::Place,
                    pattern(
                        r"哪里|哪儿|地点|在哪|何地|哪个国家|哪国|哪座|哪个城市|哪个省|举办地|\bwhere\b|\bwhich (city|country|province|town|district|county)\b",
                    ),
                ),
            ]
        });
        ASKS.iter()
            .find(|(_, asks)| asks.is_match(question))
            .map(|(kind, _)| *kind)
    }

    fn pattern(self) -> &'static Regex {
        static PATTERNS: LazyLock<[Regex; 5]> = LazyLock::new(|| {
            [
                pattern(
                    r"\d{1,2}\s?月|\d{1,2}[日号]|\d{4}年|[一二三四五六七八九十]+月|\d{4}[-/.]\d|世纪|\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|\b(1\d|20)\d\d\b",
                ),
                pattern(r"\d[\d.]*\s?[%％‰]|百分之|个百分点|倍|\bpercent"),
                pattern(
                    r"\d|[一二两三四五六七八九十百千]+[个人名位家座次岁元倍成种项条所万亿支块枚]|[一二两三四五六七八九十百千][万亿]|\b(two|three|four|five|six|seven|eight|nine|ten|hundred|thousand|million|billion)\b",
                ),
                pattern(&format!(r"·|[{SURNAMES}]\p{{Han}}{{1,2}}|\b[a-z]{{3,}}")),
                pattern(r"[省市区县州国镇乡村岛山路街院馆厅]|在[\p{Han}]{2}|\b(in|at|near)\b"),
            ]
        });
        &PATTERNS[self as usize]
    }
}

/// The usual surnames, with which most Chinese names begin.
const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温";

static YEAR: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(1[5-9]|20)\d\d$"));
static DATE_NUMBER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\d{1,4}\s?[年月日时号]|\d{4}[-/]\d+"));
static SENTENCE_END: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"[。!?;\n]|\s?\.\.\.\s?|\s·\s|---|\. "));

fn pattern(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the patterns are constants, and every search runs them")
}

/// A logistic model: a weight for each signal and the bias.
struct Model {
    weights: [f32; 17],
    bias: f32,
    threshold: f32,
    threshold_across: f32,
}

impl Model {
    fn score(&self, signals: &Signals) -> f32 {
        let sum: f32 = signals
            .values()
            .iter()
            .zip(&self.weights)
            .map(|(value, weight)| value * weight)
            .sum();
        1.0 / (1.0 + (-(sum + self.bias)).exp())
    }
}

impl Signals {
    /// The signals in the models' order, with the products that they use.
    pub fn values(&self) -> [f32; 17] {
        [
            self.across,
            self.coverage,
            self.typed,
            self.typed_mean,
            self.typed_share,
            self.year_missing,
            self.terms,
            self.similarity,
            self.similarity_mean,
            self.similarity_lead,
            self.similarity_standard,
            self.lexical_standard,
            self.lexical_lead,
            self.agreement,
            self.lead,
            self.across * self.coverage,
            self.across * self.similarity,
        ]
    }
}

/// Logistic regression (L2, C = 0.3) on three sets of questions, each asked of the
/// whole collection and of one without the articles that answer it; the thresholds
/// refuse at most 4.5 % of the questions of each set that have an answer. What this
/// gives on halves that were not fitted is in `docs/performance.md`.
const WITH_VECTORS: Model = Model {
    weights: [
        1.487, -0.027, 4.453, -4.672, 2.801, -5.302, -0.122, 55.198, -31.179, 35.262, -0.559,
        -0.226, -1.214, 0.375, 0.494, 5.169, 1.992,
    ],
    bias: -23.794,
    threshold: 0.249,
    threshold_across: 0.185,
};
const BY_WORDS: Model = Model {
    weights: [
        -0.183, 2.433, 4.4, -4.319, 2.917, -2.096, 0.103, 0.0, 0.0, 0.0, 0.0, -0.246, 1.05, 0.0,
        0.817, 3.76, 0.0,
    ],
    bias: -4.169,
    threshold: 0.194,
    threshold_across: 0.25,
};
