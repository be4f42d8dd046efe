//! Claims against their sources, through the public interface.

use dragoman::check::{FindingKind, Source, Verdict, bad_citation, check, check_line, uncited};
use jiff::civil::date;
use proptest::prelude::{any, proptest};

use crate::support::claim::{supported, verdict};

const GOURDS: &str = "东昌府区葫芦种植面积3万余亩，占全国市场份额的75%，年综合效益16亿元。";

#[track_caller]
fn refuted(claim: &str, source: &str, kind: FindingKind) {
    let (verdict, kinds) = verdict(claim, source, None);
    assert_ne!(verdict, Verdict::Supported, "{claim}");
    assert!(kinds.contains(&kind), "{claim}: {kinds:?}");
}

#[test]
fn units_convert_within_the_precision_of_the_claim() {
    supported(
        "The gourd-growing area of Dongchangfu District is over 30,000 mu.",
        GOURDS,
    );
    supported("Dongchangfu grows gourds on about 2,000 hectares.", GOURDS);
    supported(
        "Gourds are planted on about 4,900 acres in Dongchangfu.",
        GOURDS,
    );
    refuted(
        "Gourds are planted on over 30,000 acres in Dongchangfu.",
        GOURDS,
        FindingKind::Unit,
    );
}

#[test]
fn a_unit_finding_says_what_would_be_right() {
    let source = Source {
        text: GOURDS,
        published: None,
    };
    let checked = check(
        "Gourds are planted on over 30,000 acres in Dongchangfu.",
        &[source],
        None,
    );
    insta::assert_json_snapshot!(checked.findings(), @r#"
    [
      {
        "kind": "unit",
        "claim": "30,000 acres",
        "source": "3万余亩",
        "detail": "The claim says 30,000 acres; the source states 3万余亩 (about 4,900 acres)."
      }
    ]
    "#);
}

#[test]
fn numbers() {
    supported("Gourds hold three quarters of the national market.", GOURDS);
    supported(
        "The gourd business brings in 1.6 billion yuan a year.",
        GOURDS,
    );
    refuted(
        "The gourd business brings in 16 billion yuan a year.",
        GOURDS,
        FindingKind::Number,
    );
    refuted(
        "Gourds hold 57% of the national market.",
        GOURDS,
        FindingKind::Number,
    );
    let growth = "五年来，当地高铁里程翻了一番。";
    supported("High-speed rail mileage doubled over five years.", growth);
    refuted(
        "High-speed rail mileage tripled over five years.",
        growth,
        FindingKind::Number,
    );
    let rate = "该行不良贷款率不足1%。";
    refuted(
        "The bank's bad loan ratio is more than 1%.",
        rate,
        FindingKind::Number,
    );
}

#[test]
fn traditional_sources_read_like_simplified_ones() {
    let source = "臺北市長表示，捷運新線預計2027年底通車，總經費新臺幣684億元。";
    supported(
        "Taipei's mayor said the new metro line should open at the end of 2027 at a cost of NT$68.4 billion.",
        source,
    );
    refuted(
        "Taipei's mayor said the new metro line should open at the end of 2028.",
        source,
        FindingKind::Date,
    );
}

#[test]
fn dates_relative_to_the_article() {
    let source = Source {
        text: "去年全省接待游客2.3亿人次。",
        published: Some(date(2025, 10, 28)),
    };
    let verdict = |claim: &str| check(claim, &[source], None).verdict();
    assert_eq!(
        verdict("The province received 230 million tourists in 2024."),
        Verdict::Supported
    );
    assert_eq!(
        verdict("The province received 230 million tourists in 2023."),
        Verdict::Contradicted
    );
    // The same words a year earlier are another statement, and without a date none of a year.
    let earlier = Source {
        published: Some(date(2024, 10, 28)),
        ..source
    };
    for (claim, told) in [
        (
            "The province received 230 million tourists in 2023.",
            Verdict::Supported,
        ),
        (
            "The province received 230 million tourists in 2024.",
            Verdict::Contradicted,
        ),
    ] {
        assert_eq!(check(claim, &[earlier], None).verdict(), told, "{claim}");
    }
}

#[test]
fn places_by_any_of_their_names() {
    let source = "土耳其外长周三在柏林会见了德国总理。";
    supported(
        "The Turkish foreign minister met the German chancellor in Berlin on Wednesday.",
        source,
    );
    refuted(
        "The Brazilian foreign minister met the German chancellor in Berlin on Wednesday.",
        source,
        FindingKind::Name,
    );
}

#[test]
fn directions_and_denials() {
    let source = "该公司营收同比增长12.5%。";
    supported("The company's revenue rose 12.5% year on year.", source);
    refuted(
        "The company's revenue fell 12.5% year on year.",
        source,
        FindingKind::Negation,
    );
    let fire = "火灾未造成人员伤亡。";
    supported("The fire caused no casualties.", fire);
    refuted("The fire caused casualties.", fire, FindingKind::Negation);
    let plan = "该公司拟投资20亿元在合肥建设第二座工厂。";
    refuted(
        "The company has built a second factory in Hefei for 2 billion yuan.",
        plan,
        FindingKind::Negation,
    );
}

#[test]
fn a_claim_about_something_else_is_unsupported() {
    let source = "台风导致该市停水两天，超市货架被抢购一空。";
    let claim =
        "Share prices in Tokyo closed higher as chipmakers gained ground on strong earnings.";
    let checked = check(
        claim,
        &[Source {
            text: source,
            published: None,
        }],
        None,
    );
    assert!(
        checked
            .findings()
            .iter()
            .any(|f| f.kind == FindingKind::Coverage),
        "{checked:?}"
    );
}

#[test]
fn words_mean_what_translators_write_for_them_however_spelled() {
    // 议员 is a member of an assembly and 指责 to criticise in the dictionary.
    let court = "议员指责律师不当、裁员和盗窃，并已起诉😀。";
    for (claim, source) in [
        (
            "Lawmakers blamed the attorney for misconduct, layoffs and theft, and sued.",
            court,
        ),
        (
            "Kids, players and viewers apologised for the chaos after the exam was delayed by the \
             outbreak, causing frustration, outrage and fear among cops.",
            "疫情令考試推遲，選手、孩子和觀眾為亂象抱歉，民警感到沮喪、憤怒和擔憂。",
        ),
    ] {
        supported(claim, source);
    }
    let verdict = verdict(
        "Lawmakers blamed the attorney for misconduct, layoffs and theft, and sued.",
        "雨停以後，村民到田裏收割水稻，孩子们在旁边帮忙。",
        None,
    );
    assert_eq!(verdict, (Verdict::Unsupported, vec![FindingKind::Coverage]));
}

#[test]
fn words_that_a_translator_never_leaves_out_tell_of_another_subject() {
    let restaurants = "小镇的餐馆昨晚坐满了客人，老闆说生意比去年好，「鱼湯」卖得最快😀。";
    let chess = "村里的老人每天下午在樹下下棋，孩子们在旁边看。";
    for (claim, source) in [
        (
            "The tourists complained about the price of the boat.",
            restaurants,
        ),
        ("The movie was shown to tourists in the morning.", chess),
    ] {
        let apart = (Verdict::Unsupported, vec![FindingKind::Coverage]);
        assert_eq!(verdict(claim, source, None), apart, "{claim}");
    }
    supported(
        "The restaurants were full of guests last night.",
        restaurants,
    );
    supported("Old people play chess under a tree every afternoon.", chess);
}

#[test]
fn several_sources_support_by_their_union() {
    let sources = [GOURDS, "全省现有职业院校547所。"].map(|text| Source {
        text,
        published: None,
    });
    let claim =
        "Gourds hold 75% of the national market, and the province has 547 vocational schools.";
    assert_eq!(check(claim, &sources, None).verdict(), Verdict::Supported);
    assert_ne!(
        check(claim, &sources[..1], None).verdict(),
        Verdict::Supported
    );
}

#[test]
fn claims_without_a_citation_or_with_one_that_does_not_exist() {
    assert_eq!(uncited("It rained.").verdict(), Verdict::Uncited);
    assert_eq!(check("It rained.", &[], None).verdict(), Verdict::Uncited);
    let checked = bad_citation("It rained.", "[7]");
    assert_eq!(checked.verdict(), Verdict::Unsupported);
    assert_eq!(checked.findings()[0].kind, FindingKind::Citation);
}

#[test]
fn lines_are_answered_in_place() {
    assert_eq!(
        check_line(r#"{"id": 7, "claim": "The sky is blue."}"#),
        r#"{"id":7,"verdict":"uncited","findings":[]}"#
    );
    assert!(check_line("{").starts_with(r#"{"error":"#));
    assert!(
        check_line(r#"{"claim": "a", "sources": ["b"], "published_at": "soon"}"#)
            .contains("published_at")
    );
}

proptest! {
    #[test]
    fn no_pair_of_texts_makes_the_check_panic(claim in any::<String>(), source in any::<String>()) {
        check(&claim, &[Source { text: &source, published: None }], None);
    }

    #[test]
    fn nor_does_news_like_text(
        claim in "[A-Z][a-z0-9 ,.%$'-]{0,60}",
        source in "[第一二三十百万亿0-9年月日美国中不未没增长，。·a-zA-Z]{0,60}",
    ) {
        check(&claim, &[Source { text: &source, published: None }], Some(0.5));
    }
}
