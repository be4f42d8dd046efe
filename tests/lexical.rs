//! Text to terms: what is written in one way is found in another.

use dragoman::lexical;
use proptest::prelude::*;

/// How many of a query's places a text has.
fn shared(query: &str, text: &str) -> usize {
    let document = lexical::document(&[], text).vector;
    let query = lexical::query_vector(query);
    let holds = |index: &&u32| document.indices.contains(index);
    query.indices.iter().filter(holds).count()
}

#[test]
fn numbers_are_found_by_their_value() {
    let ways = [
        "３万",
        "三万",
        "30,000",
        "30000",
        "3 万",
        "叁万",
        "30 thousand",
    ];
    for query in ways {
        for text in ways {
            let sentence = format!("来了{text}游客");
            assert!(shared(query, &sentence) > 0, "{query} in {sentence}");
        }
    }
    for (query, text) in [
        ("二〇二五年", "2025年"),
        ("百分之五", "增长5%"),
        ("Shenzhou 13", "神舟十三号"),
        ("the 14th session", "第十四届"),
        ("1.2亿", "120 million"),
        ("1.2亿", "one hundred and twenty million"),
    ] {
        assert!(shared(query, text) > 0, "{query} in {text}");
    }
    for (query, text) in [("三万", "十三"), ("百度", "100度"), ("万科", "10000")] {
        assert_eq!(shared(query, text), 0, "{query} in {text}");
    }
}

#[test]
fn traditional_words_are_found_by_simplified_ones() {
    for (traditional, simplified) in [
        ("臺灣的颱風", "台湾的台风"),
        ("合作夥伴", "合作伙伴"),
        ("和平的象徵", "和平的象征"),
        ("蒐集２０件", "搜集20件"),
        ("菸草與摺扇😀", "烟草与折扇😀"),
    ] {
        let terms = lexical::terms(simplified);
        assert_eq!(lexical::terms(traditional), terms, "{traditional}");
    }
    // Names keep what both kinds of text have.
    assert_ne!(lexical::terms("沈阳"), lexical::terms("沉阳"));
}

#[test]
fn a_name_is_found_however_it_is_cut_there() {
    // None is in a dictionary, so that what stands around it decides where it ends.
    for (query, text) in [
        ("葛甲坪", "他们由葛甲坪出发💡"),
        ("葛甲坪在哪个县？", "「對葛甲坪家」的走訪"),
        ("莫克姆是谁", "老莫克姆去了２次"),
        ("邓紫棋", "邓紫棋村〇号"),
        ("力孜江", "小力孜江家的Wi-Fi"),
    ] {
        assert!(shared(query, text) > 0, "{query} in {text}");
    }
    for (query, text) in [("葛甲坪", "诸葛坪的甲鱼"), ("莫克姆", "克服姆指的伤")]
    {
        assert_eq!(shared(query, text), 0, "{query} in {text}");
    }
}

#[test]
fn codes_are_found_with_and_without_their_joints() {
    for (query, text) in [
        ("歼20", "歼-20"),
        ("歼-20", "新型歼20亮相"),
        ("KF-21", "kf21战斗机"),
        ("GB/T 19001", "按照GB/T19001"),
        ("GB/T19001", "按照GB/T 19001-2016"),
        ("B站", "b站发布"),
        ("５Ｇ", "5G网络"),
    ] {
        let both = (
            shared(query, text),
            shared(query, &format!("{text}，2024年")),
        );
        assert!(both.0 > 0 && both.1 > 0, "{query} in {text}");
    }
    let with = |text: &str| shared("歼-20", text);
    assert!(with("歼20试飞") > with("歼10与20架客机"));
}

#[test]
fn folding_agrees_with_the_normal_form_of_the_whole() {
    for (text, folded) in [
        ("ＧＢ／Ｔ　１９００１", "gb/t 19001"),
        ("Cafe\u{301}　Café", "café café"),
        ("東昌府區的葫蘆", "东昌府区的葫芦"),
        ("it’s 😀〇", "it's 😀〇"),
    ] {
        assert_eq!(lexical::fold(text), folded);
    }
}

proptest! {
    #[test]
    fn any_text_has_terms_in_order_and_without_repeats(text in "\\PC{0,80}|[0-9一二三十百千万亿,.年-]{0,30}") {
        for vector in [lexical::query_vector(&text), lexical::document(&[], &text).vector] {
            prop_assert!(vector.indices.is_sorted_by(|a, b| a < b));
            prop_assert!(vector.values.iter().all(|value| value.is_finite() && *value > 0.0));
        }
    }
}
