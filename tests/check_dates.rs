//! Dates and times of claims against Chinese sources.

use crate::support::claim::{contradicted, supported, verdict};
use dragoman::check::{FindingKind, Verdict};
use jiff::civil::date;

#[test]
fn a_day_without_its_month_takes_that_of_the_dates_round_it() {
    let report = "新华社北京7月26日电 记者25日从水利部获悉，汛情平稳。";
    supported(
        "Floods are stable, the water ministry said on July 25.",
        report,
    );
    contradicted(
        "Floods are stable, the water ministry said on April 25.",
        report,
        FindingKind::Date,
    );
    let undated = "他25日宣布了这一消息。";
    let july = Some(date(2020, 7, 26));
    assert_eq!(
        verdict("He announced it on July 25.", undated, july).0,
        Verdict::Supported
    );
    assert_eq!(
        verdict("He announced it on March 25.", undated, july).0,
        Verdict::Contradicted
    );
    assert_eq!(
        verdict("He announced it on March 25.", undated, None).0,
        Verdict::Supported
    );
    let turn = Some(date(2020, 8, 1));
    let last = "他31日宣布了这一消息。";
    assert_eq!(
        verdict("He announced it on July 31.", last, turn).0,
        Verdict::Supported
    );
    contradicted(
        "It was charged in September 2022.",
        "2022年7月提出指控，涉及2019年10月至2021年9月。",
        FindingKind::Date,
    );
    let summer = "只有七八月份才能看到青草。";
    supported("Grass is seen only in July and August.", summer);
    contradicted("Grass is seen only in June.", summer, FindingKind::Date);
}

#[test]
fn a_translator_may_add_the_year_to_a_day_that_the_source_gives_without_it() {
    let fair = "首届博览会2018年举办。7月２６日，新馆在上海揭幕🏛。";
    let july = Some(date(2020, 7, 27));
    let told = |claim: &str, published| verdict(claim, fair, published).0;
    let (right, past) = (
        "The hall opened in Shanghai on July 26, 2020.",
        "The hall opened in Shanghai on July 26, 2017.",
    );
    assert_eq!(told(right, july), Verdict::Supported);
    assert_eq!(told(right, None), Verdict::Supported);
    assert_eq!(told(past, july), Verdict::Contradicted);
    assert_eq!(told(past, None), Verdict::Contradicted);
    contradicted(
        "The hall opened in Shanghai on July 27, 2020.",
        fair,
        FindingKind::Date,
    );
}

#[test]
fn today_is_the_day_that_is_given_and_yesterday_any() {
    let rally = "集會將在今天（２０１８年９月２９日）晚上７點舉行。";
    supported("The rally is at 7 p.m. on September 29, 2018.", rally);
    contradicted(
        "The rally is at 7 p.m. on September 5, 2018.",
        rally,
        FindingKind::Date,
    );
    supported(
        "The bridge was opened on September 28.",
        "大桥昨天开通，9月29日起收费😀。",
    );
    let voters = "「昨天的事，明天不會忘記，11月也不會忘記。」";
    supported("They will not forget it in November.", voters);
    contradicted(
        "They will not forget it in October.",
        voters,
        FindingKind::Date,
    );
}

#[test]
fn months_that_are_names_or_possess_a_score() {
    let win = "自二月以4比1获胜以来，这是球队的首场客场胜利。";
    supported(
        "It was the first away win of the team since February's 4-1 triumph.",
        win,
    );
    contradicted(
        "It was the first away win of the team since April's 4-1 triumph.",
        win,
        FindingKind::Date,
    );
    supported(
        "One of Theresa May's own MPs proposed the candidate.",
        "特里萨·梅的一名议员提名了这位候选人。",
    );
}

#[test]
fn a_century_that_began_and_a_growth_nearly_threefold() {
    supported(
        "The firm tested a joint venture with the chemist in the early 2000s.",
        "该公司早在本世纪之初就与这家药店试办合资企业。",
    );
    let ratings = "收视率翻了近两倍，达到160万。";
    supported("Ratings nearly tripled to 1.6 million.", ratings);
    contradicted(
        "Ratings nearly quadrupled to 1.6 million.",
        ratings,
        FindingKind::Number,
    );
    supported(
        "Jan Smit of the Red Cross said help was on its way.",
        "红十字会的斯密特说，救援正在路上。",
    );
}

#[test]
fn ranges_of_years_years_before_christ_and_parts_by_number() {
    let closed = "1957-1958年疫情期间停课。";
    supported("Schools closed in the 1957–58 outbreak.", closed);
    contradicted(
        "Schools closed in the 1957–59 outbreak.",
        closed,
        FindingKind::Date,
    );
    let consul = "他于公元前285年和273年任执政官。";
    supported("He was consul in 285 and 273 BC.", consul);
    contradicted(
        "He was consul in 285 and 271 BC.",
        consul,
        FindingKind::Date,
    );
    supported(
        "The wall was built circa 250 BC.",
        "这道墙建于公元前250年左右。",
    );
    supported(
        "Tests were rare in February 2020.",
        "2020年的整个二月，检测都很少。",
    );
    contradicted(
        "Tests were rare in March 2020.",
        "2020年的整个二月，检测都很少。",
        FindingKind::Date,
    );
    contradicted(
        "August can be hot here.",
        "这里十月份可能很热。",
        FindingKind::Date,
    );
    supported(
        "The house was painted by Jan van der Heyden.",
        "这座房子由扬·范德海登绘制。",
    );
    let read = "第五章吸引了66万观众。";
    supported("Chapter Five drew 0.66 million viewers.", read);
    contradicted(
        "Chapter Four drew 0.66 million viewers.",
        read,
        FindingKind::Number,
    );
}

#[test]
fn hours_of_four_digits_years_before_christ_in_taiwan_and_millions_for_short() {
    supported("The column left at 0430.", "纵队在凌晨四点半出发。");
    supported("Warnings resumed at 1500 UTC.", "下午3点起恢复预警。");
    contradicted(
        "Warnings resumed at 1700 UTC.",
        "下午3点起恢复预警。",
        FindingKind::Date,
    );
    supported("Warnings resumed at 1500 hours.", "下午3点起恢复预警。");
    supported("The battery lasts 1500 hours.", "电池可用１５００小时。");
    contradicted(
        "The battery lasts 1600 hours.",
        "电池可用１５００小时。",
        FindingKind::Number,
    );
    supported("The town was founded in 1500.", "该镇建于1500年。");
    supported(
        "The lighthouse was built in 280 BC.",
        "燈塔建於西元前２８０年。",
    );
    contradicted(
        "The lighthouse was built in 270 BC.",
        "燈塔建於西元前２８０年。",
        FindingKind::Date,
    );
    supported(
        "The club refused his $17 mil.",
        "俱乐部拒绝了他的1700万美元。",
    );
    supported(
        "It features heroes of 90's comics.",
        "它有90年代漫画的主角。",
    );
}

#[test]
fn the_year_of_a_range_of_days_and_of_a_season() {
    let games = "残奥会将于 2021 年 8 月 24 日至 9 月 5 日举行。";
    supported("The Games end on 5 September 2021.", games);
    contradicted(
        "The Games end on 5 September 2026.",
        games,
        FindingKind::Date,
    );
    supported(
        "The fair ran from 24 December 2021 to 5 January 2022.",
        "展會於２０２１年１２月２４日開幕，１月５日閉幕。",
    );
    supported(
        "The shop closed on September 5, 2024.",
        "商店2015年8月1日開業！9月5日停業；",
    );
    let funding = "国会从 2005 财年开始资助该倡议，并指派 10 名探员。";
    supported("Congress began funding it in fiscal 2005.", funding);
    contradicted(
        "Congress began funding it in fiscal 2010.",
        funding,
        FindingKind::Date,
    );
}
