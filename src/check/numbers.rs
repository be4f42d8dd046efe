//! Quantities of the claim against those of the sources.

use super::counted::{counted, people, things};
use super::ranks::{self, Rank};
use super::{Finding, FindingKind, Reading, order, subject, tally, unsaid};
use crate::facts::numeral::Form;

use crate::facts::unit::{self, Dimension};
use crate::facts::{Bound, Code, Quantity};

/// The quantities that the sources do not bear out, `near` being the sentences of theirs
/// that the claim is about.
pub(super) fn compare(claim: &Reading, sources: &[Reading], near: &[Reading]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = claim
        .quantities
        .iter()
        .filter_map(|q| judge(q, claim, sources, near))
        .chain(codes(claim, sources))
        .collect();
    if findings.is_empty()
        && let Some((quantity, source, other)) = tally::other_score(claim, sources)
            .or_else(|| tally::told_too_often(claim, near))
            .or_else(|| order::turned_round(claim, sources))
    {
        let meant = Some((source, other));
        findings.push(finding(FindingKind::Number, quantity, claim, meant));
    }
    findings
}

/// Names with a number in them (G7, 5G, COVID-19) that the sources have with another number.
fn codes(claim: &Reading, sources: &[Reading]) -> Vec<Finding> {
    let stated = || {
        sources
            .iter()
            .flat_map(|s| s.codes.iter().map(move |c| (s, c)))
    };
    let other = |code: &Code| {
        let mut alike = stated()
            .filter(|(_, c)| c.letters == code.letters)
            .peekable();
        let first = alike.peek().copied();
        alike
            .all(|(_, c)| c.number != code.number)
            .then_some(first)
            .flatten()
    };
    claim
        .codes
        .iter()
        .filter_map(|code| {
            let (source, right) = other(code)?;
            let (said, right) = (claim.quote(&code.span), source.quote(&right.span));
            Some(Finding {
                kind: FindingKind::Number,
                detail: format!("The claim says {said}; the source states {right}."),
                claim: said,
                source: right,
            })
        })
        .collect()
}

fn judge(
    quantity: &Quantity,
    claim: &Reading,
    sources: &[Reading],
    near: &[Reading],
) -> Option<Finding> {
    let weighed = pounds(quantity, sources);
    let quantity = weighed.as_ref().unwrap_or(quantity);
    let number = |nearest| Some(finding(FindingKind::Number, quantity, claim, nearest));
    if quantity.ordinal {
        if unsaid::the_next(quantity, claim) {
            return None;
        }
        return match ranks::judge(quantity, claim, sources, near) {
            Rank::Given => None,
            Rank::Missing(nearest) => number(nearest),
        };
    }
    let Given {
        same,
        other_unit,
        turned,
        of_things,
    } = given(quantity, claim, sources);
    let stated = || {
        sources
            .iter()
            .flat_map(|s| s.quantities.iter().map(move |q| (s, q)))
    };
    // A value that is not converted is not excused by one that is, and nearly the same.
    let unconverted = |q: &Quantity| {
        q.unit.dimension == quantity.unit.dimension
            && q.unit.factor == quantity.unit.factor
            && distance(quantity, q) < 0.1
    };
    if same.iter().all(|(_, q)| !unconverted(q))
        && let Some(nearest) = stated().find(|(_, q)| unconverted(q))
        && quantity.unit.dimension != Dimension::Count
    {
        return number(Some(nearest));
    }
    if !same.is_empty() {
        let here = given(quantity, claim, near).same;
        let meant = if here.is_empty() && !unsaid::carried(quantity, claim, near) {
            subject::of_another_sentence(quantity, claim, &same, near)
        } else {
            subject::of_something_else(quantity, claim, &here)
        };
        return meant.and_then(|meant| number(Some(meant)));
    }
    if let Some((source, other)) = other_unit.or(turned) {
        let ratio = |q: &Quantity| q.unit.dimension == Dimension::Ratio;
        let kind = if other_unit.is_none() || ratio(quantity) || ratio(other) {
            FindingKind::Number
        } else {
            FindingKind::Unit
        };
        return Some(finding(kind, quantity, claim, Some((source, other))));
    }
    if let Some((source, other)) = of_things
        && let (Some(people), Some(things)) = (people(quantity, claim), things(source, other))
    {
        let (said, stated) = (claim.quote(&people), source.quote(&things));
        return Some(Finding {
            kind: FindingKind::Number,
            detail: format!(
                "The claim counts people ({said}); the source, something else ({stated})."
            ),
            claim: said,
            source: stated,
        });
    }
    if unsaid::carried(quantity, claim, sources) {
        return None;
    }
    number(nearest(quantity, near).or_else(|| nearest(quantity, sources)))
}

/// The number of the sources that is nearest to one of the claim, of the same dimension.
fn nearest<'a>(quantity: &Quantity, sources: &'a [Reading]) -> Option<(&'a Reading, &'a Quantity)> {
    sources
        .iter()
        .flat_map(|s| s.quantities.iter().map(move |q| (s, q)))
        .filter(|(_, q)| q.unit.dimension == quantity.unit.dimension && !q.ordinal)
        .min_by(|(_, a), (_, b)| distance(quantity, a).total_cmp(&distance(quantity, b)))
}

/// What sources have of a number: the same, the same in another unit, with the opposite bound,
/// or of things where the claim counts people.
struct Given<'a> {
    same: Vec<(&'a Reading, &'a Quantity)>,
    other_unit: Option<(&'a Reading, &'a Quantity)>,
    turned: Option<(&'a Reading, &'a Quantity)>,
    of_things: Option<(&'a Reading, &'a Quantity)>,
}

fn given<'a>(quantity: &Quantity, claim: &Reading, sources: &'a [Reading]) -> Given<'a> {
    let stated = sources
        .iter()
        .flat_map(|s| s.quantities.iter().map(move |q| (s, q)));
    let mut other_unit = None;
    let mut turned = None;
    let mut of_things = None;
    let mut same = Vec::new();
    let counts = unsaid::counts(quantity, claim);
    let people = people(quantity, claim).is_some();
    for (source, other) in stated {
        // "three schools" is not 第三.
        let nth_year = || source.text.has(other.span.end, "个年头");
        if other.ordinal && counts && quantity.form == Form::Words && !nth_year() {
            continue;
        }
        let measured = quantity.unit.dimension != Dimension::Count;
        match relation(quantity, other) {
            // "16 months" is not 16届 nor "100 yuan" 100家, and "70 million passengers" not 7000万吨.
            Relation::Agrees
                if measured && counted(source, other) && quantity.unit.name != "years"
                    || counts
                        && other.unit.dimension.is_physical()
                        && !measured
                        && !unit_follows(quantity, claim, other) =>
            {
                other_unit = other_unit.or(Some((source, other)))
            }
            Relation::Agrees if people && things(source, other).is_some() => {
                of_things = of_things.or(Some((source, other)))
            }
            Relation::Agrees => same.push((source, other)),
            Relation::OtherUnit
                if local_dollar(quantity, source, other) || weight(quantity, source, other) =>
            {
                same.push((source, other))
            }
            Relation::OtherUnit => other_unit = other_unit.or(Some((source, other))),
            Relation::OtherBound => turned = turned.or(Some((source, other))),
            Relation::Differs => {}
        }
    }
    Given {
        same,
        other_unit,
        turned,
        of_things,
    }
}

/// 元 in a text of Taiwan, Hong Kong or Macao is the dollar there.
fn local_dollar(claim: &Quantity, source: &Reading, stated: &Quantity) -> bool {
    let local = match claim.unit.name {
        "New Taiwan dollars" => source.contains("台"),
        "Hong Kong dollars" => source.contains("港"),
        _ => return false,
    };
    let plain = stated.unit.name == "yuan" && !source.contains("人民币");
    plain && (local || source.is_traditional()) && within(claim, stated, false)
}

/// "10,541 passing yards": the unit comes after another word; "80 degrees" leaves it open.
fn unit_follows(quantity: &Quantity, claim: &Reading, stated: &Quantity) -> bool {
    let k = claim.text.word_from(quantity.span.end);
    let open = claim.text.word(k) == "degrees" && stated.unit.dimension == Dimension::Temperature;
    open || (k + 1..k + 3).any(|k| {
        unit::english(&claim.text, k)
            .is_some_and(|(unit, _)| unit.dimension == stated.unit.dimension)
    })
}

/// "pounds" that the sources have nothing in sterling for are a weight.
fn pounds(quantity: &Quantity, sources: &[Reading]) -> Option<Quantity> {
    let has = |dimension| {
        sources
            .iter()
            .flat_map(|s| &s.quantities)
            .any(|q| q.unit.dimension == dimension)
    };
    let sterling = Dimension::Money("GBP");
    let weight = quantity.unit.dimension == sterling && !has(sterling) && has(Dimension::Mass);
    weight.then(|| Quantity {
        unit: unit::sign("lbs").unwrap_or(quantity.unit),
        ..quantity.clone()
    })
}

/// "a 550 pound hog" for 550磅: no money.
fn weight(claim: &Quantity, source: &Reading, stated: &Quantity) -> bool {
    let pound = || source.text.slice(stated.span.clone()).ends_with("pound");
    claim.unit.dimension == Dimension::Mass
        && stated.unit.dimension == Dimension::Money("GBP")
        && pound()
        && within(claim, stated, false)
}

fn finding(
    kind: FindingKind,
    quantity: &Quantity,
    claim: &Reading,
    nearest: Option<(&Reading, &Quantity)>,
) -> Finding {
    let said = claim.quote(&hedged(claim, quantity));
    let (right, detail) = match nearest {
        Some((source, other)) => {
            let right = source.quote(&hedged(source, other));
            let detail = format!(
                "The claim says {said}; the source states {right}{}.",
                converted(quantity, other)
            );
            (right, detail)
        }
        None => (String::new(), format!("The source does not state {said}.")),
    };
    Finding {
        kind,
        claim: said,
        source: right,
        detail,
    }
}

/// A quantity's span with a Chinese hedge before it.
fn hedged(reading: &Reading, quantity: &Quantity) -> std::ops::Range<usize> {
    let start = quantity.span.start;
    let hedge = ["超过", "不足", "不到", "近", "约", "逾", "超"]
        .iter()
        .find(|h| reading.text.ends(start, h));
    start - hedge.map_or(0, |h| h.chars().count())..quantity.span.end
}

fn distance(a: &Quantity, b: &Quantity) -> f64 {
    let (x, y) = (a.base(a.low).abs().max(1e-9), b.base(b.low).abs().max(1e-9));
    (x / y).ln().abs()
}

/// `(about 2,000 hectares)` where the claim's unit is another than the source's.
fn converted(claim: &Quantity, source: &Quantity) -> String {
    let same = claim.unit.dimension == source.unit.dimension;
    if !same
        || claim.unit == source.unit
        || claim.unit.factor == 0.0
        || source.unit.factor == 0.0
        || claim.unit.name.is_empty()
    {
        return String::new();
    }
    let value = source.base(source.low) / claim.unit.factor;
    format!(
        " (about {} {})",
        crate::facts::render::number(crate::facts::render::rounded(value, 2)),
        claim.unit.name
    )
}

/// Whether two quantities are the same, within the precision that the claim states.
pub(super) fn agrees(claim: &Quantity, source: &Quantity) -> bool {
    matches!(relation(claim, source), Relation::Agrees)
}

pub(super) enum Relation {
    Agrees,
    OtherBound,
    OtherUnit,
    Differs,
}

pub(super) fn relation(claim: &Quantity, source: &Quantity) -> Relation {
    let (a, b) = (claim.unit.dimension, source.unit.dimension);
    let agrees = || match (claim.bound, source.bound) {
        (Bound::Under, Bound::Over) | (Bound::Over, Bound::Under | Bound::Nearly)
            if close(claim, source) =>
        {
            Relation::OtherBound
        }
        _ => Relation::Agrees,
    };
    if a == b && a != Dimension::Count {
        if within(claim, source, true) {
            return agrees();
        }
        if claim.unit != source.unit && within(claim, source, false) {
            return Relation::OtherUnit;
        }
        return Relation::Differs;
    }
    if !within(claim, source, false) {
        return Relation::Differs;
    }
    let unknown = |d: Dimension| matches!(d, Dimension::Count);
    if unknown(a) || unknown(b) {
        let ratio = a == Dimension::Ratio || b == Dimension::Ratio;
        return if ratio && !(claim.unit == &unit::RATIO || source.unit == &unit::RATIO) {
            Relation::OtherUnit
        } else {
            agrees()
        };
    }
    // "$" stands for the dollar of several countries.
    match (claim.unit.name, source.unit.name) {
        ("dollars", name) if name.ends_with("dollars") => agrees(),
        (name, "dollars") if name.ends_with("dollars") => agrees(),
        _ if a == Dimension::Multiple || b == Dimension::Multiple => Relation::Agrees,
        _ => Relation::OtherUnit,
    }
}

/// Whether the two are the same number, hedges aside.
fn close(claim: &Quantity, source: &Quantity) -> bool {
    let (a, b) = (claim.base(claim.low), source.base(source.low));
    (a - b).abs() <= 1e-6 * a.abs().max(b.abs())
}

/// Whether the claim's value, within the precision that it states, is the source's.
fn within(claim: &Quantity, source: &Quantity, convert: bool) -> bool {
    // 几 and 数十 bear out no exact number.
    let vague = source.low > 0.0 && source.high > source.low * 2.0;
    if vague && claim.low == claim.high && claim.bound == Bound::Exact {
        return false;
    }
    let to = |q: &Quantity, v: f64| if convert { q.base(v) } else { v };
    let (mut low, mut high) = (to(claim, claim.low), to(claim, claim.high));
    let unit = if convert {
        claim.quantum * claim.unit.factor.max(1e-30)
    } else {
        claim.quantum
    };
    let converted = convert && claim.unit.factor != source.unit.factor;
    let size = high.abs().max(low.abs());
    // "2.7 million" is a rounding by its nature; "2,013" is not.
    let scaled =
        claim.form == Form::Digits && claim.quantum >= 1e5 && claim.quantum * 100.0 > claim.high;
    let share = if converted || scaled || claim.bound == Bound::About {
        0.06
    } else if claim.quantum.fract() != 0.0 {
        0.1
    } else {
        0.012
    };
    let mut slack = (unit / 2.0).min(size * share);
    if converted {
        slack = slack.max(size * 0.015);
    }
    // A hedge that both have leaves nothing open.
    let hedged = claim.bound == source.bound;
    match claim.bound {
        Bound::Over if !hedged => high += (unit * 0.999).min(size * 0.6) - slack,
        Bound::Under | Bound::Nearly if !hedged => low -= (unit * 0.5).min(size * 0.15),
        _ => {}
    }
    let (from, upto) = (to(source, source.low), to(source, source.high));
    let dust = size * 1e-9 + 1e-12;
    low - slack - dust <= upto && high + slack + dust >= from
}
