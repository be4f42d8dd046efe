//! Places of claims against those of their sources, through the public interface.

use crate::names::{names, other, same};

#[test]
fn places_by_dictionary_and_by_sound() {
    let source = "首趟列车从重庆开往成都，途经芝加哥友谊广场。";
    same("The first train ran from Chongqing to Chengdu.", source);
    other(
        "The first train ran from Chongqing to Kunming.",
        source,
        "Kunming",
        "成都",
    );
    same("The train stops at Chicago Friendship Square.", source);
    let source = "加泰罗尼亚是最后一处对夜生活进行限制的地区。";
    same(
        "Catalonia is the last region to restrict nightlife.",
        source,
    );
    other(
        "Chicago is the last region to restrict nightlife.",
        source,
        "Chicago",
        "加泰罗尼亚",
    );
}

#[test]
fn a_place_that_sounds_like_another_is_another() {
    let source = "英国首相与德国总理在柏林会面。";
    other(
        "The British prime minister and the German chancellor met in Paris.",
        source,
        "Paris",
        "柏林",
    );
    same(
        "The British prime minister and the German chancellor met in Berlin.",
        source,
    );
}

#[test]
fn a_capital_stands_for_its_government() {
    same(
        "She wants to strike a deal with Brussels this year.",
        "她希望今年与欧盟达成协议。",
    );
    same("Tehran rejected the offer.", "伊朗拒絕了這一提議。");
    other(
        "Tehran rejected the offer.",
        "日本拒绝了这一提议。",
        "Tehran",
        "日本",
    );
    same("The UK's market grew.", "英国市场增长。");
    same(
        "Police in Baton Rouge, La., announced an arrest.",
        "路易斯安那州巴吞鲁日的警方宣布逮捕一人。",
    );
}

#[test]
fn a_place_is_no_part_of_other_words() {
    let plan = "德国队参加中，并将研究新方案。";
    other("Canada is taking part.", plan, "Canada", "德国");
    other("Singapore will study the plan.", plan, "Singapore", "德国");
    same(
        "Singapore and Canada welcomed it.",
        "新方与加方均表示欢迎。",
    );
    let moved = "5月14日，展览移至罗马举行。";
    other(
        "The exhibition was moved to Tokyo on 14 May.",
        moved,
        "Tokyo",
        "罗马",
    );
    let again = "德国将重新研究这一方案，以便明年实施。";
    other("Taiwan will study the plan again.", again, "Taiwan", "德国");
    other("Israel will study the plan again.", again, "Israel", "德国");
    other(
        "The talks in Germany went on.",
        "会谈在德黑兰继续举行。",
        "Germany",
        "德黑兰",
    );
    same("The talks in Tehran went on.", "会谈在德黑兰继续举行。");
    let both = "美国和伊朗都想扩大影响。";
    other(
        "Both America and London want more influence.",
        both,
        "London",
        "伊朗",
    );
    same(
        "Kiwi fruit is grown on both slopes.",
        "两面山坡都种猕猴桃。",
    );
    same("The turkey flock was tested.", "火鸡群接受了检测。");
    same("The Korean peninsula is calm.", "韩国半岛局势平静。");
    let flour = "这家面包房的面粉从中国进口。";
    other("The flour comes from England.", flour, "England", "中国");
    same(
        "He stood at the South Pole during the First World War.",
        "第一次世界大战期间他站在南极点上。",
    );
}

#[test]
fn chinese_news_leaves_its_country_unsaid() {
    let vessel = "这件西周青铜盉于1923年流失海外，2024年由一位法国藏家捐赠。";
    same("The vessel left China in 1923.", vessel);
}

#[test]
fn a_place_before_a_transcribed_name_is_a_place_still() {
    let wed = "这对新人六月在苏格兰莱斯利庄园成婚。";
    other(
        "The couple married in London in June.",
        wed,
        "London",
        "苏格兰",
    );
    same("The couple married in Scotland in June.", wed);
    same(
        "The storm reached Corpus Christi.",
        "风暴抵达科珀斯克里斯蒂。",
    );
}

#[test]
fn a_country_may_be_told_by_its_first_character() {
    // Alone, where a clause begins, after what news is sent to, and beside another's.
    same(
        "Russian engineers tested the new icebreaker.",
        "试航期间，俄工程师测试了新破冰船🚢。",
    );
    same("French unions called a strike.", "法工會27日號召罷工。");
    same(
        "The ban is an answer to US tariffs.",
        "中国的禁令是对美方关税的回应。",
    );
    same(
        "Vietnam and Laos opened a joint market.",
        "越老联合市场开张。",
    );
    same(
        "The earthquake in Turkey and Syria cut the cable.",
        "土叙地震切断了电缆。",
    );
    same(
        "The museum shows a street under Japanese occupation, and the Anti-Japanese War.",
        "博物馆复原了日据时期的街景，也介绍抗战历史。",
    );
    same(
        "The dialect of southern Fujian is spoken on the island.",
        "岛上通行闽南方言。",
    );
    // 日 that counts days, and what another word holds, are no country.
    for (claim, source) in [
        (
            "The test in Japan went as planned.",
            "试验于26日据计划进行。",
        ),
        ("The committee of Russia met.", "委员会在俄顷之间散会。"),
    ] {
        assert_eq!(names(claim, source).len(), 1, "{claim}");
    }
}

#[test]
fn the_country_of_a_currency_is_none_of_the_story() {
    let budget = "旅游局将拨出1.1億新元推广夜市。";
    same(
        "The board will spend 110 million Singapore dollars on night markets.",
        budget,
    );
}

#[test]
fn countries_by_one_character_as_diplomats_name_them() {
    let support = "柬方始终给予中方坚定支持。";
    same("Cambodia has always given China strong support.", support);
    assert_eq!(
        names("Vietnam has always given China strong support.", support).len(),
        1
    );
    same(
        "They will build a community with a shared Sino-Cambodian future.",
        "雙方攜手打造牢不可破的中柬命運共同體。",
    );
    same(
        "Leaders mediated the tension between the United States and Iran.",
        "多位领导人斡旋美伊紧张关系。",
    );
    same(
        "They oppose leaving the Iran nuclear deal.",
        "他们反对退出伊核协议。",
    );
    let thanks = "埃方感谢中方，秘方代表也出席。";
    same("Egypt thanked China.", thanks);
    for (claim, source) in [
        ("The Middle East thanked Egypt.", "中方感谢埃方。"),
        ("Peru keeps the recipe.", "这个秘方由希腊人保存。"),
        ("Singapore praised the plan.", "希方称赞新方案。"),
    ] {
        assert_eq!(names(claim, source).len(), 1, "{claim}");
    }
    // 新方案 and 南方 are of no country.
    assert_eq!(
        names("Singapore praised the plan.", "希腊称赞新方案。").len(),
        1
    );
    assert_eq!(
        names("South Africa has heavy rain.", "南方有大雨。").len(),
        1
    );
}

#[test]
fn a_city_that_the_source_does_not_name_is_at_odds_with_it() {
    let contest = "湖南工學院的學生在「金相技能大賽」中獲得一等獎。";
    let found = names(
        "Students of Hunan Institute of Technology won first prize in Huangshi.",
        contest,
    );
    let said: Vec<&str> = found.iter().map(|finding| finding.claim.as_str()).collect();
    assert_eq!(said, ["Huangshi"]);
    assert_eq!(found[0].detail, "The source does not name Huangshi.");
    for (claim, source) in [
        (
            "Students won first prize in Huangshi.",
            "黃石的學生獲得一等獎。",
        ),
        // By one of its characters, or as the city that a report is of.
        (
            "The Guangzhou railway adds 104 trains.",
            "广铁增开104趟列车。",
        ),
        (
            "Hami has built solar farms 🌞.",
            "近年来，该市大力发展光伏产业🌞。",
        ),
        // A surname, and what texts of the capital leave out.
        ("Christopher Hui gave a speech.", "許正宇發表講話。"),
        ("The Beijing Stock Exchange opened.", "北交所开市。"),
    ] {
        same(claim, source);
    }
}
