//! What kind of thing a question asks for, where a sentence shows whether it has one. Pure.

use crate::facts::{self, Fact, unit::Dimension};

/// A number, a sum of money or a date.
#[derive(Debug)]
pub(super) struct Asked {
    kind: Kind,
    /// What the question says itself, which is no answer to it.
    given: Vec<Fact>,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Number,
    Money,
    Date,
}

const DATE: &[&str] = &[
    "何时",
    "何時",
    "哪年",
    "哪一年",
    "哪天",
    "几月",
    "几号",
    "什么时候",
    "什麼時候",
    "and when ",
    "what year",
    "which year",
    "what date",
    "what day",
    "which day",
];
const MONEY: &[&str] = &[
    "多少钱",
    "多少錢",
    "多少元",
    "票价",
    "票價",
    "价格",
    "價格",
    "补贴",
    "補貼",
    " cost",
    " price",
    " pay",
    " paid",
    " salary",
    " fine ",
    " yuan",
    " worth",
    " wage",
];
const NUMBER: &[&str] = &[
    "多少",
    "几",
    "幾",
    "多大",
    "多长",
    "多長",
    "多远",
    "多遠",
    "多久",
    "多高",
    "多重",
    "how many",
    "how much",
    "how long",
    "how far",
    "how large",
    "how big",
    "how high",
    "how deep",
    "how fast",
    "how old",
    "how often",
    "what percentage",
    "what share",
];

impl Asked {
    /// What `question` asks for, if it says so.
    pub(super) fn of(question: &str) -> Option<Asked> {
        let lower = question.to_lowercase();
        let any = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        let kind = if any(DATE) || lower.starts_with("when ") {
            Kind::Date
        } else if any(MONEY) && (any(NUMBER) || lower.contains("what")) {
            Kind::Money
        } else if any(NUMBER) {
            Kind::Number
        } else {
            return None;
        };
        let given = facts::extract(question, None);
        Some(Asked { kind, given })
    }

    /// Whether `sentence` has one that the question does not say itself.
    pub(super) fn is_held(&self, sentence: &str) -> bool {
        let is_given = |low: f64| {
            self.given
                .iter()
                .any(|fact| matches!(fact, Fact::Quantity(given) if given.low == low))
        };
        facts::extract(sentence, None)
            .iter()
            .any(|fact| match (self.kind, fact) {
                (Kind::Date, Fact::Date(_)) => true,
                (Kind::Money, Fact::Quantity(found)) => {
                    matches!(found.unit.dimension, Dimension::Money(_))
                }
                (Kind::Number, Fact::Quantity(found)) => !found.ordinal && !is_given(found.low),
                _ => false,
            })
    }
}
