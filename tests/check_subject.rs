//! What a number is said of: a value that the source states of something else.

use crate::support::claim::{contradicted, supported};
use dragoman::check::FindingKind;

#[test]
fn one_number_is_not_told_of_two_things() {
    contradicted(
        "The share will recover to between 60% and 60%.",
        "这一比例将恢复至三成至六成。",
        FindingKind::Number,
    );
}

#[test]
fn a_number_belongs_to_what_it_is_said_of() {
    let fire = "接警后出动7辆消防车、35名消防员赶赴现场。";
    supported("Seven fire engines were sent to the scene.", fire);
    supported("Thirty-five firefighters were sent to the scene.", fire);
    contradicted(
        "Seven firefighters were sent to the scene.",
        fire,
        FindingKind::Number,
    );
    contradicted(
        "The railway has carried over 70 million passengers.",
        "铁路累计发送旅客超过6000万人次，发送货物逾7000万吨。",
        FindingKind::Unit,
    );
}

#[test]
fn two_numbers_of_a_claim_stand_each_in_its_own_place() {
    for (claim, exchanged, source) in [
        (
            "The school has 62 teachers and 173 students.",
            "The school has 173 teachers and 62 students.",
            "学校有62名教师和173名学生。",
        ),
        (
            "The commonest signs were fever (88%) and dry cough (68%).",
            "The commonest signs were fever (68%) and dry cough (88%).",
            "最常見的是發燒（88%）和乾咳（68%）。",
        ),
        (
            "The fire destroyed 40 houses and 12 fishing boats.",
            "The fire destroyed 12 houses and 40 fishing boats.",
            "大火烧毁了４０间房屋和１２艘渔船🔥。",
        ),
        (
            "The yard is 48 metres long and 19 metres wide.",
            "The yard is 19 metres long and 48 metres wide.",
            "船厂的院子长48米，宽19米。",
        ),
        (
            "Output went from 3.6 million tonnes in 2019 to 4.1 million tonnes in 2022.",
            "Output went from 4.1 million tonnes in 2019 to 3.6 million tonnes in 2022.",
            "產量由2019年的360萬噸增加到2022年的４１０萬噸😀。",
        ),
        (
            "It was 4.1 million in 2019 and 3.6 million in 2022.",
            "It was 3.6 million in 2019 and 4.1 million in 2022.",
            "2019年为410万人，2022年为３６０万人。",
        ),
    ] {
        supported(claim, source);
        contradicted(exchanged, source, FindingKind::Number);
    }
    // These tell one thing together, or a rate, or are parts of a code.
    supported(
        "Only 13 of the 29 engines were repainted.",
        "29台机车中，只有13台重新涂装。",
    );
    supported("The home side won 16.5 to 10.5.", "主队以16.5比10.5获胜。");
    supported(
        "There are 29.2 beds per 100,000 people in the north and 4.2 in the south.",
        "每10万人拥有的床位数，北部为29.2张，南部为4.2张。",
    );
    supported(
        "Call 101, or 0800 555 111 to stay unnamed.",
        "请拨打101；不愿留名者请拨打0800 555 111。",
    );
}

#[test]
fn a_range_is_not_turned_round_nor_a_part_larger_than_its_whole() {
    for (claim, turned, source) in [
        (
            "The desert gets 2 to 4 inches of rain.",
            "The desert gets 4 to 2 inches of rain.",
            "沙漠将有２至４英寸的降雨😀。",
        ),
        (
            "Those held are between 13 and 54 years old.",
            "Those held are between 54 and 13 years old.",
            "「被捕者」年齡從13歲到54歲不等。",
        ),
        (
            "A fund of 30-50 million yuan is planned.",
            "A fund of 50-30 million yuan is planned.",
            "拟设三千万至五千万元的基金。",
        ),
        (
            "Northern Ireland elects 18 of the House of Commons' 650 members.",
            "Northern Ireland elects 650 of the House of Commons' 18 members.",
            "北爱尔兰在英国下议院650名议员中选举了18名。",
        ),
        (
            "He completed 17 of 37 passes.",
            "He completed 37 of 17 passes.",
            "他三十七次传球只完成了其中的17次。",
        ),
        (
            "The race had 22 drivers, of whom 13 finished.",
            "The race had 13 drivers, of whom 22 finished.",
            "比赛有22名选手，其中13人完成。",
        ),
    ] {
        supported(claim, source);
        contradicted(turned, source, FindingKind::Number);
    }
    // Downwards in the source too, a score, and kinds of which there are many each.
    for (claim, source) in [
        ("The share fell from 54 to 13 percent.", "占比由54%到13%。"),
        ("They lost 1 to 2.", "他们1-2落败，对手2-1取胜。"),
        ("It sent 200 of these 3 species.", "这3种动物送出了200只。"),
        (
            "Six kinds of goods came, including 1.35 million bags.",
            "135万个袋子等6类物资运到。",
        ),
    ] {
        supported(claim, source);
    }
}

#[test]
fn a_number_that_counts_the_same_has_not_changed_places() {
    let outbreak = "２３ 个州爆发疫情，已致 212 人感染🦠。";
    supported(
        "The outbreak has infected 212 people in 23 states.",
        outbreak,
    );
    contradicted(
        "The outbreak has infected 23 people in 212 states.",
        outbreak,
        FindingKind::Number,
    );
}

#[test]
fn numbers_in_the_order_of_the_source_have_not_changed_places() {
    supported(
        "The swimmer, who took the 50 metres and the 100 metres in Suzhou, has six medals in all.",
        "这名游泳选手在苏州拿下50米和100米两项冠军，而她总共有六枚奖牌。",
    );
    supported(
        "Eight of the captain's twelve deckhands escaped.",
        "船长的十二个小伙子有八个逃脱了。",
    );
    supported(
        "The plan was adopted with 86 votes for it and eleven abstentions.",
        "「方案」以８６票同意、十一票弃权获得通过。",
    );
}
