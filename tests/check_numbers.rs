//! Numbers, ranks and scores of claims against Chinese sources.

use crate::support::claim::{contradicted, supported};
use dragoman::check::{FindingKind, Source, check};

#[test]
fn ranks_are_compared_with_ranks() {
    let prize = "他的作品获得全国书法大赛1等奖，共有3人获奖。";
    supported(
        "His work won first prize in a national calligraphy contest.",
        prize,
    );
    contradicted(
        "His work won second prize in a national calligraphy contest.",
        prize,
        FindingKind::Number,
    );
    contradicted(
        "His work won fourth prize in a national calligraphy contest.",
        prize,
        FindingKind::Number,
    );
    let fair = "首届博览会今年在上海举办，第二届明年举办。";
    supported("The first expo is held in Shanghai this year.", fair);
    contradicted(
        "The third expo is held in Shanghai this year.",
        fair,
        FindingKind::Number,
    );
    let team = "1963年，我国向阿尔及利亚派出第一支援外医疗队，三年后派出另一支。";
    contradicted(
        "In 1963 China sent its third medical team to Algeria.",
        team,
        FindingKind::Number,
    );
}

#[test]
fn a_score_is_one_thing() {
    let match_report = "主队在第20分钟和第30分钟进球，最终以2比0取胜。";
    supported("The home side won 2-0.", match_report);
    contradicted("The home side won 2-2.", match_report, FindingKind::Number);
}

#[test]
fn names_with_numbers_are_compared_with_their_like() {
    let meeting = "七国集团(G7)外长周六在利物浦讨论了5G安全问题，受新冠疫情影响改为线上。";
    supported(
        "G7 foreign ministers met online because of Covid-19.",
        meeting,
    );
    contradicted(
        "G8 foreign ministers met online.",
        meeting,
        FindingKind::Number,
    );
    contradicted(
        "The ministers met online because of Covid-29.",
        meeting,
        FindingKind::Number,
    );
}

#[test]
fn vague_numbers_bear_out_no_exact_one() {
    contradicted(
        "Five rounds of talks were held.",
        "双方进行了几轮会谈，涉及数十个项目。",
        FindingKind::Number,
    );
    contradicted(
        "More than 400 species live in the city.",
        "城市里生活着500余种野生动物。",
        FindingKind::Number,
    );
}

#[test]
fn the_first_of_many_is_no_rank() {
    let source = "这是今年以来完成的第23例远程手术，前２２例患者均已出院。";
    supported(
        "It was the 23rd remote operation this year; the first 22 patients have gone home.",
        source,
    );
    contradicted(
        "It was the 24th remote operation this year; the first 22 patients have gone home.",
        source,
        FindingKind::Number,
    );
}

#[test]
fn a_unit_is_no_rank_and_the_end_of_a_range_of_days_is_a_day() {
    supported(
        "The storm brought winds of 38 metres per second, the third landfall this year.",
        "登陆時最大風力13級（３８米/秒），这是今年第3个登陆的台风😀。",
    );
    let trial = "9月20日至30日试运行期间，共接待观众5.6万人次，每日限流8000人。";
    for range in [
        "September 20 to 30",
        "September 20–30",
        "September 20 and 30",
    ] {
        supported(
            &format!("The trial run of {range} drew 56,000 visits."),
            trial,
        );
    }
    contradicted(
        "The trial run of September 20 to 28 drew 56,000 visits.",
        trial,
        FindingKind::Date,
    );
}

#[test]
fn a_chinese_claim_has_numerals_that_count_nothing() {
    let made = "颱風過後，居民重建家園😀。";
    supported("一位居民说，他十分感激，几乎每天都来帮忙重建家園。", made);
    supported("第二天，居民們開始重建家園。", made);
    supported("这是唯一一次重建。", made);
    let signed = "The two sides signed a three-year agreement on A5 paper.";
    supported("双方在 A5 纸上签署了一份为期三年的协议。", signed);
    contradicted(
        "双方签署了一份为期五年的协议。",
        signed,
        FindingKind::Number,
    );
    contradicted(
        "三方签署了一份为期三年的协议。",
        signed,
        FindingKind::Number,
    );

    let team = "该校派出３名教师参赛。";
    supported("该校派出三名教师参加了一场比赛。", team);
    contradicted("该校派出一名教师参赛。", team, FindingKind::Number);
    supported("该校派出几名教师参赛。", team);
    let english = "The school sent three teachers to the contest.";
    supported("该校派出三名教师参加一场比赛。", english);
    contradicted("该校派出一名教师参赛。", english, FindingKind::Number);
}

#[test]
fn areas_and_volumes_by_a_raised_figure() {
    let hall = "展厅占地１２０００平方米，水库库容393亿立方米。";
    supported("The hall covers 12,000 m².", hall);
    supported("The hall covers 12,000m2 of land.", hall);
    supported("The reservoir holds 39.3 billion m³.", hall);
    contradicted("The hall covers 12,000 km².", hall, FindingKind::Unit);
    contradicted("The hall covers 13,000 m².", hall, FindingKind::Number);
}

#[test]
fn numbers_that_share_a_unit_a_name_or_an_hour() {
    let poll = "調查顯示，百分之 30 至 43 的選民將參加公投。";
    let claim = |share| {
        format!("Between 30 and {share} percent of voters will take part in the referendum.")
    };
    supported(&claim(43), poll);
    contradicted(&claim(53), poll, FindingKind::Number);
    let week = "工会支持每周四天工作制。";
    supported("The union supports a four-day work week.", week);
    contradicted(
        "The union supports a five-day work week.",
        week,
        FindingKind::Number,
    );
    supported("It was 80 degrees outside.", "室外气温高达80华氏度。");
    supported(
        "The country aims to be No. 1 in AI innovation by 2030.",
        "该国的目标是在2030年之前成为AI创新的领头羊。",
    );
    supported(
        "It was six in the morning when he called.",
        "他来电时是早上六点。",
    );
}

#[test]
fn codes_before_chinese_words() {
    let models = "波音787和空客A350是机身损失最少的机型，Ａ３８０客机也在其中。";
    supported(
        "The Boeing 787 and the Airbus A350 had the fewest hull losses.",
        models,
    );
    contradicted(
        "The Boeing 787 and the Airbus A320 had the fewest hull losses.",
        models,
        FindingKind::Number,
    );
    contradicted(
        "The C929 made its first flight.",
        "C919大型客机完成首飞。",
        FindingKind::Number,
    );
}

#[test]
fn tenths_of_a_second_the_first_two_thirds_and_number_one() {
    supported(
        "She missed it by four tenths of a second.",
        "她仅差十分之四秒。",
    );
    contradicted(
        "She missed it by three tenths of a second.",
        "她仅差十分之四秒。",
        FindingKind::Number,
    );
    supported(
        "The gene fills the first two-thirds of the strand.",
        "该基因占据链条的前三分之二。",
    );
    supported("It is public enemy number 1.", "它是头号公敌。");
    contradicted(
        "It is public enemy number 3.",
        "它是头号公敌。",
        FindingKind::Number,
    );
    supported(
        "Iran set aside five trillion rials for hospitals.",
        "伊朗为医院拨款五万亿里亚尔。",
    );
    supported(
        "The storm may cost $300+ billion.",
        "风暴造成的损失可能达3000多亿美元。",
    );
    supported(
        "Energies of several tens of MeV were seen.",
        "观测到几十兆电子伏的能量。",
    );
    supported("The team is back at ground zero.", "团队又回到了原点。");
}

#[test]
fn a_chinese_claim_about_english_words() {
    let report = "About 1000 beds and over a dozen nurses came within an hour, \
        and a 550 pound tent; the aid of the past decade had been less.";
    for claim in [
        "约１０００张床位运到。",
        "十多名護士在1個小時內趕到。",
        "那頂550磅重的帳篷也運到了😀。",
        "过去十年的援助比这次少。",
    ] {
        supported(claim, report);
    }
    for claim in [
        "约３０００张床位运到。",
        "三十多名护士赶到。",
        "护士在三个小时内赶到。",
        "那頂560磅重的帳篷也運到了😀。",
        "过去二十年的援助比这次少。",
    ] {
        contradicted(claim, report, FindingKind::Number);
    }
    supported(
        "第二年，她赢得铜牌。",
        "The following year she won a bronze medal.",
    );
    supported(
        "他谈到上一世纪的先辈。",
        "He spoke of ancestors in the previous century.",
    );
}

#[test]
fn dozens_eras_sides_and_half_miles() {
    let awards = "这个节目荣获二十多项大奖，收视率很高。";
    supported("The show has more than two-dozen awards.", awards);
    contradicted(
        "The show has more than four dozen awards.",
        awards,
        FindingKind::Number,
    );
    let arrival = "加勒比人大约于公元前 10000 年来到这个岛上。";
    supported("The Caribes arrived around 10,000 B.C., by boat.", arrival);
    contradicted(
        "The Caribes arrived around 9,000 BCE.",
        arrival,
        FindingKind::Date,
    );
    let film = "标准胶片（36x24mm 底片）是最常见的。";
    supported("Standard film (36 by 24 mm) is the commonest.", film);
    contradicted(
        "Standard film (36 by 26 mm) is the commonest.",
        film,
        FindingKind::Number,
    );
    let folding = "净土折纸一次只能进行一次折叠。";
    supported(
        "In Pureland origami only one fold may be done at a time.",
        folding,
    );
    let race = "在半英里赛跑中，耐力比速度重要。";
    supported("In the half mile endurance matters more than speed.", race);
    contradicted(
        "In the three mile run endurance matters more than speed.",
        race,
        FindingKind::Number,
    );
    let crash = "当地时间上午 9:30 左右（UTC 0230），飞机撞上跑道。";
    supported(
        "The plane hit the runway at around 9:30 am (0230 UTC).",
        crash,
    );
    contradicted(
        "The plane hit the runway at around 0430 UTC.",
        crash,
        FindingKind::Date,
    );
}

#[test]
fn holidays_by_their_day_and_fractions_with_a_stroke() {
    let week = "约8亿人次将在即将到来的“十一”黄金周出游！";
    supported(
        "Some 800 million trips will be made in the National Day golden week.",
        week,
    );
    supported(
        "Some 800 million trips will be made around October 1.",
        week,
    );
    contradicted(
        "Some 800 million trips will be made around May 1.",
        week,
        FindingKind::Date,
    );
    supported(
        "The family of three left in the May Day holiday.",
        "一家三口「五一」期間出發。",
    );
    let firms = "已收集800多家企业的需求，占近三分之一。";
    supported(
        "It knows the needs of over 800 firms, nearly 1/3 of all.",
        firms,
    );
    contradicted(
        "It knows the needs of over 800 firms, nearly 2/3 of all.",
        firms,
        FindingKind::Number,
    );
    let cases = "２/５出现早产，４/５需要住院。";
    supported(
        "Two of five were born early and four of five were admitted.",
        cases,
    );
    contradicted(
        "Three of five were born early and four of five were admitted.",
        cases,
        FindingKind::Number,
    );
    supported("They reached the 1/4 finals.", "他们闯入1/4决赛。");
    supported("The Double Ninth performance opened.", "重阳曲会启幕。");
    let age = "中国经历了５，０００多年的风雨。";
    supported("China has seen more than 5,000 years of storms.", age);
    contradicted(
        "China has seen more than 6,000 years of storms.",
        age,
        FindingKind::Number,
    );
    let ratings = "收视率增长了不止一倍。";
    supported("Ratings more than doubled.", ratings);
    contradicted("Ratings more than tripled.", ratings, FindingKind::Number);
}

#[test]
fn a_change_by_a_number_is_none_to_it() {
    for (by, to, grown, reached) in [
        (
            "The village grew by 410 households.",
            "The village grew to 410 households.",
            "全村增加了410户。",
            "全村增加到４１０户😀。",
        ),
        (
            "Exports rose by about 30%.",
            "Exports rose to about 30%.",
            "「出口」增長約30%。",
            "「出口」占比升至約30%。",
        ),
        (
            "The ticket price was cut in May by 35 yuan.",
            "The ticket price was cut in May to 35 yuan.",
            "5月票价下调35元。",
            "5月票价下调至三十五元。",
        ),
    ] {
        supported(by, grown);
        supported(to, reached);
        contradicted(by, reached, FindingKind::Number);
        contradicted(to, grown, FindingKind::Number);
    }
    // What is told of both ways, or from where it changes, is let pass.
    for (claim, source) in [
        ("Speed rose by 2,695 MHz.", "速度从2685MHz提高2695MHz。"),
        (
            "The soap cut germs by up to 76%.",
            "肥皂使细菌最多减少76%。",
        ),
        (
            "Wages rose to 500 yuan.",
            "工资涨至500元，比去年增加500元。",
        ),
    ] {
        supported(claim, source);
    }
}

#[test]
fn things_are_no_people() {
    let college = "「产业学院」与两家半导体企业共建😀，首批学生６０名，另有3个旁听生。";
    for claim in [
        "The college works with two companies.",
        "The college takes in 60 students.",
        "It has 3 students who only listen.",
    ] {
        supported(claim, college);
    }
    for claim in [
        "The college takes in 2 doctoral students.",
        "Two visiting professors teach at the college.",
    ] {
        contradicted(claim, college, FindingKind::Number);
    }
    let checked = check(
        "The college takes in 2 doctoral students.",
        &[Source {
            text: college,
            published: None,
        }],
        None,
    );
    assert_eq!(
        checked.findings()[0].detail,
        "The claim counts people (2 doctoral students); the source, something else (两家)."
    );
    supported("Two residents were helped.", "社区帮助了两家人。");
    supported(
        "Some 200 passengers were carried.",
        "運送旅客200件次，即約200人次。",
    );
}

#[test]
fn the_size_of_a_change_is_not_the_number_beside_it() {
    let moved = "😀截至6日12时，「清浦」全县累计转移群众１．９万人，较3日通报时增加7000人。";
    for (size, number) in [
        (
            "The number of people moved rose by 7,000.",
            "The number of people moved rose by 19,000.",
        ),
        (
            "The people moved grew by a rise of 7,000.",
            "There was a rise of 19,000 in people moved.",
        ),
        (
            "转移群众从3日到6日增加了7000人。",
            "转移群众从3日到6日增加了1.9万人。",
        ),
        ("轉移群眾增加7000人。", "轉移群眾增加一萬九千人。"),
    ] {
        supported(size, moved);
        contradicted(number, moved, FindingKind::Number);
    }
    // Where both are told as changes, or the claim gives both, either may be meant.
    for (claim, source) in [
        (
            "Members rose by 19,000.",
            "会员净增1.9万人，较上年多增加7000人。",
        ),
        (
            "Members rose by 19,000, 7,000 more than the year before.",
            "会员新入1.9万人，比上年增加7000人。",
        ),
    ] {
        supported(claim, source);
    }
}
