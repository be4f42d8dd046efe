//! Names of claims against those of their sources, through the public interface.

use dragoman::check::{Finding, FindingKind, Source, check};
use proptest::prelude::{any, proptest};

pub fn names(claim: &str, source: &str) -> Vec<Finding> {
    let source = Source {
        text: source,
        published: None,
    };
    let checked = check(claim, &[source], None);
    let findings = checked.findings().iter().cloned();
    findings.filter(|f| f.kind == FindingKind::Name).collect()
}

#[track_caller]
pub fn same(claim: &str, source: &str) {
    assert_eq!(names(claim, source), [], "{claim}");
}

/// The claim's name and the source's in its place.
#[track_caller]
pub fn other(claim: &str, source: &str, said: &str, right: &str) {
    let findings = names(claim, source);
    assert!(
        findings
            .iter()
            .any(|f| f.claim == said && f.source == right && f.detail.contains(right)),
        "{claim}: {findings:?}"
    );
}

const VILLAGE: &str = "村党支部书记林晓东介绍，村里的民宿已有26家。";

#[test]
fn chinese_names_in_either_order_and_spacing() {
    same("Lin Xiaodong said the village had 26 guesthouses.", VILLAGE);
    same("Xiaodong Lin said the village had 26 guesthouses.", VILLAGE);
    same(
        "Lin Xiao-dong said the village had 26 guesthouses.",
        VILLAGE,
    );
    same("Lín Xiǎodōng said the village had 26 guesthouses.", VILLAGE);
    other(
        "Chen Xiaodong said the village had 26 guesthouses.",
        VILLAGE,
        "Chen Xiaodong",
        "林晓东",
    );
    other(
        "Wang Wei said the village had 26 guesthouses.",
        VILLAGE,
        "Wang Wei",
        "林晓东",
    );
}

#[test]
fn every_reading_of_a_character_is_a_reading_of_the_name() {
    same(
        "The director is Shan Yuhang.",
        "院长单宇航表示，项目已经启动。",
    );
    same("Zeng Xiaole said so.", "曾晓乐说，项目已经启动。");
    same("Lü Jinhu told reporters.", "副主任吕金虎告诉记者。");
    same("Ouyang Yu attended.", "司长欧阳瑜出席典礼。");
}

#[test]
fn traditional_characters_and_spellings_of_hong_kong_and_taiwan() {
    let source = "政務司司長張建宗表示，疫情持續嚴峻。";
    same(
        "Matthew Cheung Kin-chung said the epidemic was severe.",
        source,
    );
    same("Zhang Jianzong said the epidemic was severe.", source);
    other(
        "Li Na said the epidemic was severe.",
        source,
        "Li Na",
        "張建宗",
    );
}

#[test]
fn a_surname_alone_is_anybody_of_that_name() {
    same("Mr. Lin said the village had 26 guesthouses.", VILLAGE);
    same("Zhang said it was too late.", "他说，已经太晚了。");
}

#[test]
fn foreign_names_by_sound() {
    let source = "德国经济学家弗里德里希认为，通胀将在明年回落。";
    same(
        "German economist Friedrich believes inflation will ease.",
        source,
    );
    other(
        "German economist Hoffmann believes inflation will ease.",
        source,
        "Hoffmann",
        "弗里德里希",
    );
    let source = "联邦航空局局长史蒂夫·迪克森承认，监管上犯了错。";
    same(
        "Steve Dickson, the head of the agency, admitted mistakes.",
        source,
    );
    other(
        "Peter Miller, the head of the agency, admitted mistakes.",
        source,
        "Peter Miller",
        "史蒂夫·迪克森",
    );
}

#[test]
fn known_people_by_dictionary() {
    same(
        "President Trump rejected it.",
        "美国总统特朗普拒绝了这一提议。",
    );
    other(
        "President Smith rejected it.",
        "美国总统特朗普拒绝了这一提议。",
        "Smith",
        "特朗普",
    );
    same("Jack Ma was summoned.", "阿里巴巴创始人马云被传唤。");
}

#[test]
fn names_left_in_latin_letters() {
    let source = "O’Brien 将这段视频上传到网上，并接受了采访。";
    same("O'Brien uploaded the video.", source);
    other("Moore uploaded the video.", source, "Moore", "O’Brien");
    let source = "演员Enn Reitel说，「电影」已经完成😀。";
    same("The actor Enn Reitel said the film was finished.", source);
    other(
        "The actor Enn Hartwell said the film was finished.",
        source,
        "Enn Hartwell",
        "Enn Reitel",
    );
    same(
        "Myrtis Dightman, 30, won.",
        "Myrtis Dighman，３０岁，赢得比赛。",
    );
}

#[test]
fn a_name_that_cannot_be_found_is_no_contradiction() {
    same(
        "Susan Clark said the plan was ready.",
        "她说，计划已经准备好了。",
    );
    same(
        "Wang Wei said the plan was ready.",
        "他说，计划已经准备好了。",
    );
}

#[test]
fn english_claims_on_english_sources() {
    let source = "Mayor Peter Miller said on Monday that the bridge in Hamburg would reopen.";
    same("Miller said the Hamburg bridge would reopen.", source);
    other(
        "Mayor John Brown said the Hamburg bridge would reopen.",
        source,
        "John Brown",
        "Peter Miller",
    );
    other(
        "Miller said the bridge in Munich would reopen.",
        source,
        "Munich",
        "Hamburg",
    );
}

#[test]
fn chinese_claims_on_chinese_sources() {
    let source = "臺北市長王大同表示，捷運新線將於明年通車。";
    same("台北市长王大同说，新线明年通车。", source);
    other(
        "台北市长李明华说，新线明年通车。",
        source,
        "李明华",
        "王大同",
    );
    other("高雄市长王大同说，新线明年通车。", source, "高雄市", "臺北");
}

proptest! {
    #[test]
    fn no_names_make_the_check_panic(
        claim in "[A-Z][a-z·’' -]{0,12}( [A-Z][a-zé'-]{0,8}){0,4}",
        source in "[王李欧阳司马弗里德·史密斯说主席（）Ａa 𠮷。，]{0,40}",
    ) {
        let _ = names(&claim, &source);
        let _ = names(&source, &claim);
    }

    #[test]
    fn nor_does_any_text(claim in any::<String>(), source in any::<String>()) {
        let _ = names(&claim, &source);
    }
}

#[test]
fn organisations_by_any_of_their_names() {
    let source = "教育部与清华大学9日发布报告，世卫组织参与了调查。";
    same("The Ministry of Education published the report.", source);
    same("Tsinghua and the WHO took part in the survey.", source);
    same("Who took part in the survey is not said.", source);
    other(
        "The Ministry of Finance published the report.",
        source,
        "Ministry of Finance",
        "教育部",
    );
    other(
        "Peking University published the report.",
        source,
        "Peking University",
        "清华大学",
    );
    other(
        "The IMF took part in the survey.",
        source,
        "IMF",
        "世卫组织",
    );
    other(
        "国际货币基金组织参与了调查。",
        source,
        "国际货币基金组织",
        "世卫组织",
    );
}

#[test]
fn an_organisation_alone_is_told_apart_where_its_name_is_its_own() {
    let source = "该公司上半年营收增长8%。";
    assert_eq!(
        names("Huawei's revenue grew 8% in the half year.", source).len(),
        1
    );
    same("The company's revenue grew 8% in the half year.", source);
}

#[test]
fn companies_and_parties_are_no_people() {
    same(
        "The regulator approved a fund of Blackrock.",
        "监管机构批准了贝莱德的基金。",
    );
    same(
        "The president spoke of Republican turnout.",
        "特朗普总统谈到共和党投票率。",
    );
    same(
        "Lee is the chief executive of Sinovation Ventures.",
        "李开复是创新工场的首席执行官。",
    );
}

/// A place is named where a text names it: not by a day, a character of another word, or a
/// word that the dictionary explains by a place.
#[test]
fn a_name_in_full_is_told_by_all_of_it() {
    let crown = "冠军贾斯汀·托马斯向观众致谢。";
    same("The winner, Justin Thomas, thanked the crowd.", crown);
    other(
        "The winner, Ben Miller, thanked the crowd.",
        crown,
        "Ben Miller",
        "贾斯汀·托马斯",
    );
    // Each part is quoted to its end, also where its characters are words of their own.
    other(
        "Peter Deer, 62, sang in Linz.",
        "盖尔·鲁滨逊，62岁，在林茨演唱。",
        "Peter Deer",
        "盖尔·鲁滨逊",
    );
    other(
        "The tenor Ben Miller signed.",
        "男高音大卫·道格拉斯签了约。",
        "Ben Miller",
        "大卫·道格拉斯",
    );
    // 雷克 is no Luke within the name of somebody else.
    other(
        "Senator Luke Walton said he had doubts.",
        "參議員傑夫·弗雷克表示懷疑。",
        "Luke Walton",
        "傑夫·弗雷克",
    );
    same(
        "Viktor Orban thanked the miners.",
        "欧尔班·维克托向矿工们致谢。",
    );
    same(
        "Archbishop Torkom Manukian led the mass.",
        "大主教托尔库姆·马努基扬主持弥撒。",
    );
    // 彼得 and 麦克 are names too, but half of these.
    same("Petrova won in two sets.", "彼得罗瓦两盘取胜。");
    same(
        "General Petraeus led the division.",
        "彼得雷乌斯将军率领该师。",
    );
    same("McFarlane came second.", "麦克法兰名列第二。");
    // Japanese characters are read in another way.
    same(
        "Actress Tomoko Kaneda opened the fair.",
        "女演员金田友子为展会揭幕。",
    );
    // The dictionary gives years of events too.
    same(
        "Goethe's play was staged during the French Revolution.",
        "法国大革命期间，歌德的剧作上演了。",
    );
    same(
        "He likens Berlusconism to Gaullism.",
        "他把贝卢斯科尼主义比作戴高乐主义。",
    );
    same(
        "The Lutherans and the Calvinists merged their parishes.",
        "路德宗与加尔文的追随者合并了堂区。",
    );
    // A general is nobody's name, and names are misspelt.
    same(
        "General Beckman had the Turners watched.",
        "贝克曼将军派人监视特纳夫妇。",
    );
    same(
        "Lin thanked the Bighorns' coach, Eric Musselman.",
        "林感谢Bigorns队教练Eric Musselman😀。",
    );
    same(
        "They crossed the Long Tan plantation.",
        "他们穿过了LongTan橡胶园。",
    );
}

#[test]
fn a_name_that_nothing_beside_it_tells() {
    let plot = "烈日下，村民李元忠在菜地里除草。";
    same("Villager Li Yuanzhong was weeding the plot.", plot);
    other(
        "Villager Tang Fei was weeding the plot.",
        plot,
        "Tang Fei",
        "李元忠",
    );
    let party = "原巡視員李元忠被開除黨籍😀。";
    same("Inspector Li Yuanzhong was expelled from the party.", party);
    other(
        "Inspector Tang Fei was expelled from the party.",
        party,
        "Tang Fei",
        "李元忠",
    );
    // Nobody is named there.
    same(
        "Villager Tang Fei was weeding the plot.",
        "村民在菜地里除草。",
    );
}

#[test]
fn names_read_in_japanese_or_with_rare_characters() {
    // 黑田 is no Heitian there, nor is 齊藤 a Qiteng.
    same(
        "Haruhiko Kuroda said the easing would go on.",
        "黑田东彦说，宽松政策还将继续😀。",
    );
    same(
        "Coach Saito retired after ２０ years.",
        "齊藤仁教練在20年後退休。",
    );
    // 珀, 墨, 薇 and 卓 transcribe, and 杭 beside a dot.
    same(
        "Murphy sold his boat to Cooper.",
        "墨菲把他的船卖给了库珀先生。",
    );
    same(
        "Alexandra Valencia of Mexico came third.",
        "墨西哥的亚力杭德拉·瓦伦西亚获得第三名。",
    );
    same(
        "Researcher Berzofsky called it promising.",
        "研究员博卓夫斯基表示，前景看好。",
    );
    same(
        "Professor Czeisler advises nine hours of sleep.",
        "切斯勒教授建议睡九个小时，并少看“蓝光”。",
    );
    other(
        "Hannah Peterson of Mexico came third.",
        "墨西哥的亚力杭德拉·墨菲获得第三名。",
        "Hannah Peterson",
        "亚力杭德拉·墨菲",
    );
}
