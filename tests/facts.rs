//! Quantities, dates and their English renderings, through the public interface.

use dragoman::facts::{Bound, Date, Fact, Quantity, extract, render};
use jiff::civil::date;
use proptest::prelude::{any, proptest};

fn quantities(text: &str) -> Vec<Quantity> {
    extract(text, None)
        .into_iter()
        .filter_map(|fact| match fact {
            Fact::Quantity(quantity) => Some(quantity),
            Fact::Date(_) => None,
        })
        .collect()
}

fn dates(text: &str) -> Vec<Date> {
    extract(text, Some(date(2025, 10, 28)))
        .into_iter()
        .filter_map(|fact| match fact {
            Fact::Date(date) => Some(date),
            Fact::Quantity(_) => None,
        })
        .collect()
}

#[track_caller]
fn one(text: &str, low: f64, high: f64, unit: &str) {
    let found = quantities(text);
    assert_eq!(found.len(), 1, "{text}: {found:?}");
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.abs().max(1.0);
    assert!(
        close(found[0].low, low) && close(found[0].high, high),
        "{text}: {found:?}"
    );
    assert_eq!(found[0].unit.name, unit, "{text}");
}

#[test]
fn chinese_numerals_and_scales() {
    one("1.6亿", 1.6e8, 1.6e8, "");
    one("274.4万人", 2_744_000.0, 2_744_000.0, "");
    one("１２８元", 128.0, 128.0, "yuan");
    one("九十億元", 9e9, 9e9, "yuan");
    one("1亿2000万元", 1.2e8, 1.2e8, "yuan");
    one("三万五千", 35_000.0, 35_000.0, "");
    one("一百零五", 105.0, 105.0, "");
    one("壹贰叁", 123.0, 123.0, "");
    one("廿四", 24.0, 24.0, "");
    one("1.2万亿美元", 1.2e12, 1.2e12, "US dollars");
    one("两成", 2.0, 2.0, "tenths");
    one("兩成五", 2.5, 2.5, "tenths");
    one("三成半", 3.5, 3.5, "tenths");
    one("〇.八天", 0.8, 0.8, "days");
    one("百分之三点五", 3.5, 3.5, "%");
    one("一个半小时", 1.5, 1.5, "hours");
    one("半小时", 0.5, 0.5, "hours");
    one("新臺幣684億元", 6.84e10, 6.84e10, "New Taiwan dollars");
    one("135 万", 1_350_000.0, 1_350_000.0, "");
}

#[test]
fn ranges_and_vague_numbers() {
    one("两三百人", 200.0, 300.0, "");
    one("数十名", 20.0, 90.0, "");
    one("十几家", 10.0, 19.0, "");
    one("dozens", 12.0, 120.0, "");
    let pair = quantities("3至5年");
    assert_eq!((pair[0].unit.name, pair[1].unit.name), ("years", "years"));
    let pair = quantities("水温25-30℃");
    assert_eq!((pair[0].low, pair[1].low), (25.0, 30.0));
    one("-30℃", -30.0, -30.0, "°C");
    one("每半天", 0.5, 0.5, "days");
    one("every half day", 0.5, 0.5, "days");
    one("下调17个基本点", 17.0, 17.0, "basis points");
    let pair = quantities("two to three hundred");
    assert_eq!((pair[0].low, pair[1].low), (200.0, 300.0));
}

#[test]
fn multiples_tell_growth_by_from_growth_to() {
    one("增长3倍", 4.0, 4.0, "times");
    one("增至3倍", 3.0, 3.0, "times");
    one("翻一番", 2.0, 2.0, "times");
    one("翻了两番", 4.0, 4.0, "times");
}

#[test]
fn bounds_in_both_languages() {
    for (text, bound) in [
        ("3万余亩", Bound::Over),
        ("超过500人", Bound::Over),
        ("95%以上", Bound::Over),
        ("不足1%", Bound::Under),
        ("近百家", Bound::Nearly),
        ("约2000公顷", Bound::About),
        ("over 30,000 mu", Bound::Over),
        ("no fewer than 20", Bound::Over),
        ("fewer than 20", Bound::Under),
        ("nearly 100", Bound::Nearly),
        ("about 4,900 acres", Bound::About),
        ("20", Bound::Exact),
    ] {
        assert_eq!(quantities(text)[0].bound, bound, "{text}");
    }
}

#[test]
fn english_numbers() {
    one("two thousand", 2000.0, 2000.0, "");
    one("half a million", 5e5, 5e5, "");
    one("$1.6bn", 1.6e9, 1.6e9, "dollars");
    one("RMB 1,660", 1660.0, 1660.0, "yuan");
    one("two and a half years", 2.5, 2.5, "years");
    one("more than a decade", 1.0, 1.0, "decades");
    one("three in five", 0.6, 0.6, "");
    one("2,06,737", 206_737.0, 206_737.0, "");
    one("14 lakh", 1.4e6, 1.4e6, "");
    assert!(quantities("COVID-19, A380 and 5G").is_empty());
}

#[test]
fn dates_whole_in_part_and_relative() {
    let first = |text: &str| dates(text).remove(0);
    let whole = first("2025年10月28日");
    assert_eq!(
        (whole.year, whole.month, whole.day),
        (Some(2025), Some(10), Some(28))
    );
    assert_eq!(first("二〇二五年").year, Some(2025));
    let spaced = first("7 月 25 日");
    assert_eq!((spaced.month, spaced.day), (Some(7), Some(25)));
    assert_eq!(first("去年").year, Some(2024));
    assert_eq!(first("昨日").day, Some(27));
    assert_eq!(first("上世纪90年代").decade, Some(1990));
    assert_eq!(first("the 1990s").decade, Some(1990));
    assert_eq!(first("“十五五”时期").plan, Some(15));
    assert_eq!(first("the 15th Five-Year Plan").plan, Some(15));
    assert_eq!(first("民国109年").year, Some(2020));
    assert!(first("农历正月初五").foreign);
    assert_eq!(first("周三").weekday, Some(3));
    assert_eq!(first("通讯社周日报道").weekday, Some(7));
    assert!(dates("《每周日报》").is_empty());
    assert_eq!(first("第三季度").quarter, Some(3));
    assert_eq!(first("前三季度").quarters, Some(3));
    let english = first("On 11 July 2020");
    assert_eq!(
        (english.year, english.month, english.day),
        (Some(2020), Some(7), Some(11))
    );
    assert_eq!(first("21时").clock, first("9 p.m.").clock);
    assert_eq!(first("早上 ８ 点 30 分").clock, Some(8 * 60 + 30));
    let dotted = first("2021.6.11开馆");
    assert_eq!(
        (dotted.year, dotted.month, dotted.day),
        (Some(2021), Some(6), Some(11))
    );
    assert!(dates("版本2021.6.11.2").is_empty());
    let named = first("六四");
    assert_eq!((named.month, named.day), (Some(6), Some(4)));
    assert!(dates("利润四六开，五四式手枪").is_empty());
    assert!(dates("You may go").is_empty());
}

#[test]
fn spans_are_characters_of_the_original() {
    let text = "🙂共計 ３萬餘畝，佔75%。";
    let chars: Vec<char> = text.chars().collect();
    let said: Vec<String> = extract(text, None)
        .iter()
        .map(|f| chars[f.span()].iter().collect())
        .collect();
    assert_eq!(said, ["３萬餘畝", "75%"]);
}

#[test]
fn rendering_puts_values_into_english_and_maps_back() {
    let text = "种植面积3万余亩，年综合效益16亿元，10月28日开工。";
    let rendered = render(text, None);
    assert_eq!(
        rendered.text,
        "种植面积over 30,000 mu (about 2,000 hectares)，年综合效益1.6 billion yuan，October 28开工。"
    );
    let chars: Vec<char> = text.chars().collect();
    let at = rendered
        .text
        .chars()
        .position(|c| c == '1')
        .unwrap_or_default();
    let span = rendered.original_span(at..at + 3);
    assert_eq!(chars[span].iter().collect::<String>(), "16亿元");
}

#[test]
fn rendering_gives_both_ends_of_a_range_their_scale() {
    for (chinese, english) in [
        (
            "年薪3-5万元，罚款四到二十万元",
            "年薪30,000 yuan-50,000 yuan，罚款40,000 yuan到200,000 yuan",
        ),
        (
            "产量1.5至２亿吨",
            "产量150 million tonnes至200 million tonnes",
        ),
        ("３至5年，2萬至3万人", "３至5 years，20,000至30,000人"),
        (
            "今年1-4月份，8、9月份",
            "今年January-April，August、September",
        ),
        ("一至四月", "January至April"),
        ("“6·23”洪灾，七七事变", "“June 23”洪灾，July 7事变"),
        ("里氏6.2地震，５·12地震", "里氏6.2地震，May 12地震"),
        (
            "长三百一十二点五米，占百分之五十二点四",
            "长312.5 meters，占52.4%",
        ),
        ("３个亿😀，两个来小时", "300 million😀，over 2 hours"),
    ] {
        assert_eq!(render(chinese, None).text, english);
    }
}

#[test]
fn rendering_gives_a_day_the_month_of_the_article() {
    let rendered = |text| render(text, Some(date(2025, 8, 8))).text;
    assert_eq!(rendered("６日的大會"), "August 6的大會");
    assert_eq!(rendered("将于28日举行"), "将于the 28th举行");
    assert_eq!(rendered("7号展厅"), "the 7th展厅");
    assert_eq!(render("6日", None).text, "the 6th");
}

#[test]
fn rendering_names_places_and_leaves_what_may_be_another_word() {
    let text = "湖南省长沙市与煙台职业学院合作，平安到达清远县😀，美军近几年在「上海」２次演习。";
    let rendered = render(text, None);
    assert_eq!(
        rendered.text,
        "Hunan Province Changsha与Yantai职业学院合作，平安到达Qingyuan县😀，美军近几年在「Shanghai」２次演习。"
    );
    let chars: Vec<char> = text.chars().collect();
    let at = rendered.text.find("Yantai").expect("it is there");
    let at = rendered.text[..at].chars().count();
    let span = rendered.original_span(at..at + 6);
    assert_eq!(chars[span].iter().collect::<String>(), "煙台");
}

#[test]
fn a_mebibyte_of_anything_takes_linear_time() {
    // A quadratic parser would need minutes for any of these.
    for unit in [
        "1",
        "第",
        "百",
        "十",
        "1,",
        "三分之",
        "万亿",
        "1至",
        "one ",
        "July ",
        "“十五五",
        "翻",
        "半",
        "农历",
        "no less than ",
    ] {
        let text = unit.repeat((1 << 20) / unit.len());
        extract(&text, None);
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_parsers_panic(text in any::<String>()) {
        let length = text.chars().count();
        for fact in extract(&text, None) {
            assert!(fact.span().start < fact.span().end && fact.span().end <= length);
        }
    }

    #[test]
    fn nor_does_a_text_of_numerals(text in "[0-9０-９一二两三百千万亿兆十几数余多半点第分之成倍年月日时%,. 至到约近超$a-e]{0,40}") {
        let rendered = render(&text, Some(date(2025, 10, 28)));
        let length = text.chars().count();
        for i in 0..rendered.text.chars().count() {
            let span = rendered.original_span(i..i + 1);
            assert!(span.start < span.end && span.end <= length, "{text}");
        }
    }
}
