//! What is denied, turned round or only planned, in claims against Chinese sources.

use dragoman::check::{FindingKind, Source, check};

use crate::support::claim::{contradicted, supported, verdict};

#[track_caller]
fn turned(claim: &str, source: &str) {
    assert_eq!(
        verdict(claim, source, None).1,
        [FindingKind::Negation],
        "{claim}"
    );
}

#[test]
fn a_denial_put_in() {
    let opening = "北京人艺将严格执行预约措施，剧场本周重新开放。";
    supported("The theatre will reopen this week.", opening);
    turned("The theatre will not reopen this week.", opening);
    // 非常, 未来 and 无人机 deny nothing.
    let drones = "未来无人机将在非洲发挥非常重要的作用。";
    turned("Drones will not play an important role in Africa.", drones);
    turned(
        "Drones will never play an important role in Africa.",
        drones,
    );
    // What was refused or went wrong elsewhere says nothing of this.
    let harbour = "他拒絕評論事故原因，但確認港口將於５月開放🚢。";
    supported("He confirmed that the harbour will open in May.", harbour);
    turned(
        "He confirmed that the harbour will not open in May.",
        harbour,
    );
    // What is short, or opposed, is hardly ever said with a "not".
    let dam = "全镇缺水两周，居民反对修建水坝。";
    supported("The town was short of water for two weeks.", dam);
    turned("The town was not short of water for two weeks.", dam);
    // A denial of the source that the claim has in other words excuses no second one.
    let deal = "他沒有出席會議，但簽署了協議。";
    supported(
        "He was absent from the meeting but signed the agreement.",
        deal,
    );
    turned(
        "He was absent from the meeting and did not sign the agreement.",
        deal,
    );
    let plant = "他拒绝评论，工厂没有扩建，也未停工。";
    supported("The plant was not expanded and never stopped.", plant);
}

#[test]
fn a_denial_left_out() {
    turned(
        "The pandemic has affected the investors' appetite.",
        "疫情并未影响投资人的胃口。",
    );
    let pier = "這座碼頭不屬於港務局，由ＡＢＣ公司經營。";
    supported("The pier does not belong to the port authority.", pier);
    turned("The pier belongs to the port authority.", pier);
    let leg = "摔伤后她没办法走路😀。";
    supported("She could not walk after the fall.", leg);
    turned("She could walk after the fall.", leg);
    let alarm = "海啸来临时，人们未能及时撤离。";
    turned("People evacuated immediately when the tsunami came.", alarm);
}

#[test]
fn words_are_cut_as_the_sentence_means_them() {
    // 不|知道, 不|及时 and 從來|不能, where 不知, 不及 and 來不 would come first.
    let waterworks = "村民不知道水厂何时恢复供水。";
    turned(
        "Villagers know when the waterworks will resume supply.",
        waterworks,
    );
    supported(
        "Villagers do not know when the waterworks will resume supply.",
        waterworks,
    );
    turned(
        "The mill delivered the goods in time.",
        "造纸厂交货不及时，客户很生气。",
    );
    turned(
        "The new rule eased the housing problem.",
        "這項新規從來不能緩和住房問題。",
    );
    supported(
        "The mill was late in delivering the goods.",
        "造纸厂交货不及时，客户很生气。",
    );
    // One word of English says a quality.
    supported(
        "Workers at the plant suffered unfair treatment.",
        "厂里的工人遭到不公平的待遇。",
    );
}

#[test]
fn what_is_denied_is_quoted() {
    for (claim, source, quoted) in [
        (
            "The pier belongs to the port authority.",
            "這座碼頭不屬於港務局，由ＡＢＣ公司經營。",
            ("", "不屬於"),
        ),
        (
            "The museum will open on Sunday.",
            "博物馆周日不会开放😀。",
            ("", "不会"),
        ),
        (
            "The pandemic has affected the investors' appetite.",
            "疫情并未影响投资人的胃口。",
            ("", "并未"),
        ),
        (
            "博物馆周日不会开放。",
            "The museum will open on Sunday.",
            ("不会", ""),
        ),
    ] {
        let sources = [Source {
            text: source,
            published: None,
        }];
        let checked = check(claim, &sources, None);
        let found: Vec<(&str, &str)> = checked
            .findings()
            .iter()
            .map(|f| (f.claim.as_str(), f.source.as_str()))
            .collect();
        assert_eq!(found, [quoted], "{claim}");
    }
}

#[test]
fn qualities_and_verbs_that_begin_with_a_negative_character() {
    supported("The ferry's schedule is erratic.", "渡轮的班次很不规律。");
    supported("The red team lost to the blue team.", "红队不敌蓝队。");
    supported(
        "The judge called him unfit to serve on the board.",
        "法官称他不适合在董事会任职。",
    );
    supported(
        "An unlit lamp stood on the table.",
        "桌上放着一盏未点燃的灯。",
    );
    supported("The mayor is reticent to raise taxes.", "市长不愿意加税。");
    supported(
        "Bids must be in not later than July 5.",
        "投标须在7月5日前送达。",
    );
}

#[test]
fn denials_of_a_chinese_claim() {
    let museum = "The museum will open on Sunday, the curator said.";
    supported("馆长说，博物馆将于周日开放。", museum);
    turned("馆长说，博物馆周日不会开放。", museum);
    turned("館長說，博物館週日不會開放😀。", museum);
    // What English has other words for is told as well.
    supported(
        "往来各岛之间不是件容易的事。",
        "Traveling between the islands is challenging.",
    );
    supported(
        "裁判并未理会，比赛继续。",
        "The referee looked away, and play went on.",
    );
}

#[test]
fn denials_in_other_words() {
    supported(
        "The council has yet to approve the stadium.",
        "市议会尚未批准建设体育场。",
    );
    supported(
        "Tours in French are planned for next year.",
        "馆方计划明年推出法语讲解，目前还没有外语导览。",
    );
    supported("The problem can be solved.", "这一问题并非没有办法解决。");
    supported(
        "The council exempted Spain from the rules.",
        "市议会决定对西班牙不执行这些规定。",
    );
    supported(
        "The battery is not ready for mass production yet.",
        "电池距离量产仍有距离。",
    );
    supported(
        "It is about whether the talks go on or not.",
        "关键是会谈是否继续。",
    );
    supported(
        "The festival isn't only for tourists.",
        "艺术节不仅面向游客。",
    );
}

#[test]
fn a_claim_may_leave_out_the_clause_that_denies() {
    supported(
        "The defendant was given a seven-year prison term.",
        "法院一审判处被告人有期徒刑七年，被告人当庭表示不上诉。",
    );
}

#[test]
fn rises_and_falls() {
    let demand = "近年来，红色旅游需求逐步增大。";
    supported("Demand for red tourism has gradually increased.", demand);
    turned("Demand for red tourism has gradually decreased.", demand);
    let prices = "物价同比涨幅由3月份的4.3%回落到6月份的2.5%。";
    supported(
        "Inflation fell back to 2.5% in June from 4.3% in March.",
        prices,
    );
    supported(
        "China's purchases still fall short of the target.",
        "中国已提高采购量，但距离目标仍有一段距离。",
    );
}

#[test]
fn what_is_planned_is_not_done() {
    let film = "电影《征途》将于7月24日上线，首映式将实时向全国直播。";
    supported("The premiere will be broadcast live.", film);
    turned("The premiere was broadcast live.", film);
    let homes = "半数以上的受灾家庭已经搬入新居，其余将于春节前入住。";
    supported(
        "Over half of the families have moved into new homes.",
        homes,
    );
    supported(
        "The show has been put off for a week.",
        "演出原定于周六举行，现推迟一周。",
    );
}

#[test]
fn refusals_and_denials_taken_back_deny_nothing() {
    supported(
        "The captain refused to leave the bridge of the ship.",
        "船长仍坚守在船的驾驶台上。😀",
    );
    supported(
        "Washington has resisted calls to relax the sanctions.",
        "華盛頓拒絕放鬆制裁。",
    );
    supported("I do not think that is uncommon.", "“我认为这是正常的。”");
    supported(
        "The storm could not have come at a worse time for farmers.",
        "暴风雨在对农民来说最糟糕的时候到来。",
    );
    supported(
        "Shelters are not a common sight on the coast.",
        "避难所在沿海地区极为罕见。",
    );
}

#[test]
fn words_with_a_negative_character_excuse_no_denial() {
    turned(
        "The museum is not open to visitors.",
        "博物馆对参观者开放，反映良好。",
    );
    turned(
        "Moscow has not signed the agreement.",
        "莫斯科已签署该协议。",
    );
    turned(
        "Visitors can not take the bus to the villa.",
        "游客可以免费乘坐公交车前往这座别墅。",
    );
}

#[test]
fn denials_until_something_and_questions_deny_nothing() {
    supported(
        "The frigate won't be ready until next year.",
        "护卫舰最快要到明年才能建成。",
    );
    supported(
        "Disarmament won't come unless the North can trust the South.",
        "北方裁军的前提是它可以信任南方。",
    );
    supported("Why not plant trees by the river?", "可以在河边植树啊！");
    supported("It is not hard to match things up.", "给物品配对很容易。");
    supported(
        "The family feared that he would not make it.",
        "家人担心他撑不过去。",
    );
    supported(
        "An analyst who spoke on condition of anonymity confirmed it.",
        "一位不愿透露姓名的分析师证实了这一点。",
    );
    supported(
        "The meeting was delayed by a week.",
        "为避免冲突，双方将会谈时间延后一周。",
    );
}

#[test]
fn what_only_looks_like_a_denial_or_a_rise() {
    supported(
        "The soap cut germs by up to 76%.",
        "这种肥皂使细菌最多减少76%。",
    );
    supported("They rode under Brigadier Ward.", "他们由沃德准将率领。");
    supported(
        "Many leaders are in exile or in custody.",
        "许多领导人不是流亡，就是在押。",
    );
    supported(
        "Divers go from future champions to the cup.",
        "跳水运动员从未来冠军走向奖杯。",
    );
    supported(
        "How the germ spreads is still being studied.",
        "这种病菌如何传播还尚未研究清楚。",
    );
    supported("His memoirs omit the letter.", "他的回忆录没有提到这封信。");
    supported(
        "The gap is too great to tell a parent.",
        "差距太大，无法确定亲代。",
    );
    turned(
        "We will track your working hours.",
        "我们不会跟踪您的工作时间。",
    );
    supported(
        "He won in no small part because of the rain😀.",
        "他的胜利在很大程度上要归功于雨水😀。",
    );
}

#[test]
fn a_longer_word_denies_although_it_holds_one_that_does_not() {
    // 不过 is "however" and 不管 "whatever", but not in these.
    supported(
        "The strait cannot be bypassed.",
        "這條海峽是繞不過的航道🚢。",
    );
    supported(
        "If the pump does not work, switch it off.",
        "如果水泵不管用，就关掉它。",
    );
    supported(
        "The course is for those who have no experience.",
        "零经验的人也能报名。",
    );
    supported(
        "The port is by no means closed; it offers a second berth to ships.",
        "港口绝不是关闭了，而是给船只提供另一个泊位。",
    );
    turned("However, the strait was not closed.", "不过，海峡开放了。");
}

#[test]
fn what_is_below_a_number_or_goes_for_all_denies_nothing() {
    supported(
        "Apprentices aged 16 to 18 need the consent of a parent.",
        "年满１６周岁、未达到18周岁的学徒须经家长同意。",
    );
    supported("Even the ferries were checked.", "渡轮也不例外，同样受检。");
    supported(
        "Please do not hesitate to call the harbour office.",
        "欢迎随时致电港务局。",
    );
    supported(
        "He vowed never to stop working on the ship.",
        "他发誓要继续修这艘船。",
    );
    supported("More often than not the ferry is late.", "渡轮经常晚点。");
    turned("The output reached the forecast.", "产量未达到预期。");
}

#[test]
fn what_is_acted_upon_is_no_plan() {
    let list = "国家还将船舶修理工等25个职业列为新职业。";
    supported("The country has listed 25 occupations as new.", list);
    turned(
        "The country has opened 25 schools.",
        "国家还将开办25所学校。",
    );
}

#[test]
fn a_refusal_that_the_source_tells_too_excuses_no_denial_taken_out() {
    let treaty = "該黨一直沒有決定退出條約。";
    supported(
        "The party has not decided to withdraw from the treaty.",
        treaty,
    );
    turned("The party has decided to withdraw from the treaty.", treaty);
    let market = "违法捕捞的问题还没有解决。";
    supported(
        "The problem of illegal fishing has not been resolved.",
        market,
    );
    turned("The problem of illegal fishing has been resolved.", market);
    // "will" elsewhere in the claim does not make what is told as done a plan.
    let palace = "总统府尚未确认家属是否会出席🎓。";
    supported(
        "The palace has not confirmed whether the family will attend.",
        palace,
    );
    turned(
        "The palace has confirmed whether the family will attend.",
        palace,
    );
    supported("The company denied the report.", "该公司否认了这一报道。");
    supported(
        "He forgot the name of the ship.",
        "他记不得那艘船的名字了。",
    );
}

#[test]
fn devoid_denies() {
    let moon = "月球上不存在任何地质活动。";
    supported("The moon is completely devoid of geologic activity.", moon);
    contradicted(
        "The moon is full of geologic activity.",
        moon,
        FindingKind::Negation,
    );
}

#[test]
fn words_that_only_look_denied_turned_or_planned() {
    supported(
        "People take part to varying degrees.",
        "各方面从不同程度参与。",
    );
    turned("He always agrees to changes.", "他从不同意改动。");
    supported("The judge's future hangs in the balance.", "法官前途未卜。");
    supported(
        "Viruses don't adopt only the two known forms.",
        "病毒不仅仅采用两种已知的形式。",
    );
    supported("It never had consistency.", "它缺乏一致性。");
    supported(
        "The sights of Hukou Falls arranged extra staff.",
        "壺口瀑布景區增加了人員安排。",
    );
    supported(
        "The agency has turned its attention to the cartel.",
        "该局将注意力转向贩毒集团。",
    );
    supported(
        "The governor has made better roads his main task.",
        "州长将改良公路作为核心任务。",
    );
    turned(
        "The agency has opened an office in the capital.",
        "该局将开设首都办事处。",
    );
}
