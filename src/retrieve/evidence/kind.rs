//! What kind of thing a question asks for, and where a sentence has one. Pure.

use std::sync::LazyLock;

use regex::Regex;

use crate::retrieve::period::pattern;

/// A kind of answer that can be told by its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Date,
    Share,
    Number,
    Person,
    Place,
}

impl Kind {
    /// The kind that a folded question asks for, if it says one.
    pub(super) fn of(question: &str) -> Option<Kind> {
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
                        r"多少|几[个人名位家座次岁支块]|多大|多长|多高|多重|人数|数量|销量|营收|产量|票房(?:[^冠]|$)|震级|点数|吞吐量|价格|售价|规模|交付量|出口量|\bhow (many|much|long|old|large|far|high|big|tall)\b",
                    ),
                ),
                (
                    Kind::Person,
                    pattern(
                        r"谁|何人|主演|导演|编剧|主教练|指令长|成员|冠军|得主|金牌|首席|总统|总理|\bwho\b|\bwhom\b|\bwhose\b",
                    ),
                ),
                (
                    Kind::Place,
                    pattern(
                        r"哪里|哪儿|地点|在哪|何地|哪个国家|哪国|哪座|哪个城市|哪个省|举办地|起点|哪些国家|\bwhere\b|\bwhich (city|country|province|town|district|county)\b",
                    ),
                ),
            ]
        });
        ASKS.iter()
            .find(|(_, asks)| asks.is_match(question))
            .map(|(kind, _)| *kind)
    }

    /// The spans of a folded sentence, in bytes, that are things of this kind.
    pub(super) fn found(self, sentence: &str) -> Vec<(usize, usize)> {
        static PATTERNS: LazyLock<[Regex; 5]> = LazyLock::new(|| {
            [
                pattern(
                    r"\d{1,2}\s?月(\s?\d{1,2}\s?[日号])?|\d{4}年|[一二三四五六七八九十]+月|\d{4}[-/.]\d+|\d{1,2}[日号]|世纪|\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*|\b(1\d|20)\d\d\b",
                ),
                pattern(
                    r"\d[\d.]*\s?[%‰]|百分之[一二三四五六七八九十点]+|\d[\d.]*个百分点|\d[\d.]*倍|\bpercent",
                ),
                pattern(
                    r"\d[\d.,]*[万亿千百]?\p{Han}{0,2}|[一二两三四五六七八九十百千]+[个人名位家座次岁元倍成种项条所万亿支块枚]|[一二两三四五六七八九十百千][万亿]|\b(two|three|four|five|six|seven|eight|nine|ten|hundred|thousand|million|billion)\b",
                ),
                pattern(&format!(
                    r"[\p{{Han}}a-z]+·[\p{{Han}}·]+|[{SURNAMES}]\p{{Han}}{{1,2}}|《[^》]+》|\b[a-z]{{3,}}"
                )),
                pattern(
                    r"\p{Han}{2,6}?[省市区县州国镇乡村岛山路街院馆厅]|在\p{Han}{2}|\b(in|at|near)\b",
                ),
            ]
        });
        let spans = |text: &str| {
            PATTERNS[self as usize]
                .find_iter(text)
                .map(|found| (found.start(), found.end()))
                .collect()
        };
        if self == Kind::Number {
            let blot = |date: &regex::Captures<'_>| "_".repeat(date[0].len());
            spans(&DATE_NUMBER.replace_all(sentence, blot))
        } else {
            spans(sentence)
        }
    }
}

/// The usual surnames, with which most Chinese names begin.
const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温";

static DATE_NUMBER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\d{1,4}\s?[年月日时号]|\d{4}[-/]\d+"));
