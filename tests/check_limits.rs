//! Any input at all, and inputs of 1 MiB made to be slow: nothing panics, and nothing is
//! quadratic, or these tests would not end.

use dragoman::check::{Source, check};
use dragoman::facts::{self, Text, code, denial, direction, gloss, modality};
use proptest::prelude::{any, proptest};

/// What numbers, dates, names and denials are made of.
const PIECES: &[&str] = &[
    "0",
    "1,",
    "1.",
    "一",
    "两",
    "几",
    "百分之",
    "二十",
    "1元 ",
    "3万余亩，",
    "第",
    "不",
    "没有",
    "并非",
    "1-",
    "2:0 ",
    "A1",
    "G7 ",
    "新冠",
    "2025年10月",
    "十五五",
    "the first ",
    "not ",
    "refused ",
    "拒绝",
    "one hundred and ",
    "two to ",
    "7月",
    "7月1和",
    "1个半",
    "农历",
    "Li Ming ",
    "，",
    "增长",
    "将",
    "twenty-",
    "hundreds of ",
    "$",
    "°",
    "王明说",
    "教育部",
    "华为",
    "北京大学",
    "Peking University ",
    "Huawei ",
    "Zhang Wei, ",
    "7号",
    "六七十年代",
    "阿斯利康",
    "1/",
    "“十一”",
    "9月5日，",
    "将注意力",
];

fn read(text: &str) {
    let read = Text::new(text);
    let whole = 0..read.chars.len();
    for fact in facts::extract_from(&read, None) {
        assert!(fact.span().end <= read.chars.len(), "{text:?}: {fact:?}");
    }
    for code in code::codes(&read) {
        assert!(code.span.end <= read.chars.len(), "{text:?}: {code:?}");
    }
    for denied in denial::denials(&read) {
        assert!(denied.end <= read.chars.len(), "{text:?}: {denied:?}");
    }
    denial::strength(&read, whole.clone());
    direction::only_direction(&read, whole.clone());
    modality::told_as_done(&read);
    modality::planned(&read, whole);
    gloss::lexemes(&read);
    facts::render(text, None);
}

fn compare(claim: &str, source: &str) {
    let source = Source {
        text: source,
        published: None,
    };
    let checked = check(claim, &[source, source], None);
    for finding in checked.findings() {
        assert!(!finding.detail.is_empty());
        assert!(
            finding.claim.is_empty() || claim.contains(&finding.claim),
            "{finding:?}"
        );
    }
}

proptest! {
    #[test]
    fn any_text_is_read(text in any::<String>()) {
        read(&text);
    }

    #[test]
    fn any_claim_is_checked(claim in any::<String>(), source in any::<String>()) {
        compare(&claim, &source);
    }

    #[test]
    fn pieces_of_facts_in_any_order_are_read_and_checked(
        claim in proptest::collection::vec(proptest::sample::select(PIECES), 0..30),
        source in proptest::collection::vec(proptest::sample::select(PIECES), 0..30),
    ) {
        read(&source.concat());
        compare(&claim.concat(), &source.concat());
    }
}

#[test]
fn a_mebibyte_of_one_piece_is_read() {
    for piece in [
        "1,",
        "几",
        "百分之",
        "二十",
        "1元 ",
        "第",
        "没有",
        "1-",
        "G7 ",
        "2025年10月",
        "two to ",
        "7月1和",
        "六七十年代",
        "王明说",
    ] {
        read(&piece.repeat((1 << 20) / piece.len()));
    }
}

#[test]
fn claims_and_sources_of_a_mebibyte_are_checked() {
    let source = "北京今年不再出售首批3万元的葫芦，5月3日增长3成。";
    let claim = "The first 30,000 yuan, two thirds, was not sold in Beijing on May 3.";
    for piece in [
        "1,",
        "1-",
        "二十",
        "the first ",
        "没有",
        "Li Ming ",
        "7月1和",
        "王明说教育部",
        "力得可",
        "阿斯利康，",
        "没有会 ",
        "没有拒绝 refused ",
        "Zhang Wei, Huawei, two men. ",
    ] {
        let long = piece.repeat((1 << 20) / piece.len());
        compare(claim, &long);
        compare(&long, source);
        compare(&long, &long);
    }
}

#[test]
fn a_number_of_thousands_of_other_sentences_is_checked() {
    let source = "共有３３元。".repeat(20_000)
        + "天气晴朗。清溪县学校花了55元买公共汽车投入使用，学生很高兴😀。";
    let claim = "The school in Qingxi County spent 33 yuan to put buses into use.";
    compare(claim, &source);
}

#[test]
fn a_day_without_a_year_after_thousands_with_one_is_checked() {
    let source = "2015年８月1日開業，9月5日停業，".repeat(30_000);
    compare("The shop closed on September 5, 2024.", &source);
}

#[test]
fn a_change_to_a_number_that_a_source_tells_thousands_of_is_checked() {
    // One clause, which each of its numbers would be looked for the beginning of.
    compare("It rose to 5.", &"增加5戶".repeat(50_000));
    compare("它增加到5户。", &"it rose by ５ ".repeat(30_000));
    compare("It rose to 5.", &"rose by 5 ".repeat(30_000));
    // One sentence, in which each would be looked for the size of a change beside it.
    compare(
        "It grew by 19,000.",
        &"转移１.９万人，较3日增加7000人，😀".repeat(20_000),
    );
}
