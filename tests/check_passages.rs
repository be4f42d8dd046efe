//! Claims against passages of several sentences: what differs is looked for where the claim
//! is told, and what is told elsewhere is no rival of it.

use dragoman::check::{Finding, FindingKind, Source, Verdict, check};
use proptest::prelude::{Strategy, any, proptest};
use proptest::sample::subsequence;

const GALLERY: &str = "青浦县文化馆7月18日起展出画家贺云舟的４２幅水墨画。\
    开幕当天来了1600多名观众，馆长Elena Brandt致辞。\
    “他的画里没有一匹马是静止的。”策展人马丁·霍夫曼说。\
    贺云舟1957年出生在绍兴，18岁时随父亲迁到湖州，在一家丝绸厂工作了11年。\
    县里明年计划再建两座小型展馆，投资2300万元😀。";

const HARBOUR: &str = "港務局週一表示，新碼頭延後到明年三月啟用，原因是吊車的零件還沒有運到。\
    局長林佩真說，工程費用由5.2億元增為６.１億元。「我們不會提高收費。」她強調。\
    去年共有1,480艘貨輪停靠，比前年多了一成二。\
    航商代表托馬斯·林德伯格則擔心旺季時泊位不足，他說目前平均要等〇.八天。";

const SHOP: &str = "演员霍莉·温特沃斯三月在利物浦开了一家香皂店。有人把这家店比作小蜜罐品牌。\
    她的合伙人史蒂文·杰拉尔德负责送货，他说下周还会有新的货架。不过房东并未同意延长租约。";

fn judged(claim: &str, sources: &[&str]) -> (Verdict, Vec<Finding>) {
    let source = |text| Source {
        text,
        published: None,
    };
    let sources: Vec<Source<'_>> = sources.iter().copied().map(source).collect();
    let checked = check(claim, &sources, None);
    (checked.verdict(), checked.findings().to_vec())
}

#[track_caller]
fn supported(passage: &str, claims: &[&str]) {
    for claim in claims {
        let (verdict, findings) = judged(claim, &[passage]);
        assert_eq!(verdict, Verdict::Supported, "{claim}: {findings:?}");
    }
}

/// The claim is contradicted by one finding, of this kind and with these words of the source.
#[track_caller]
fn contradicted(passage: &str, claim: &str, kind: FindingKind, right: &str) {
    let (verdict, findings) = judged(claim, &[passage]);
    assert_eq!(verdict, Verdict::Contradicted, "{claim}");
    let found: Vec<_> = findings
        .iter()
        .map(|f| (f.kind, f.source.as_str()))
        .collect();
    assert_eq!(found, [(kind, right)], "{claim}");
}

#[test]
fn each_sentence_of_a_passage_bears_out_what_it_tells() {
    supported(
        GALLERY,
        &[
            "The Qingpu County Cultural Centre shows 42 ink paintings by He Yunzhou.",
            "More than 1,600 visitors came on the opening day.",
            "Director Elena Brandt gave a speech at the opening.",
            "Curator Martin Hoffmann said that no horse in his paintings stands still.",
            "He Yunzhou was born in Shaoxing in 1957.",
            "At 18 he moved to Huzhou with his father and worked in a silk mill for 11 years.",
            "The county plans to build two more small galleries next year for 23 million yuan.",
        ],
    );
    supported(
        HARBOUR,
        &[
            "The new pier will open in March next year because parts of the cranes have not arrived.",
            "The cost of the project rises from 520 million to 610 million yuan.",
            "“We will not raise fees,” director Lin Peizhen stressed.",
            "Last year 1,480 freighters called, 12% more than the year before.",
            "Thomas Lindberg, who speaks for the shipping companies, fears a lack of berths.",
            "Ships now wait 0.8 days on average.",
        ],
    );
}

#[test]
fn a_name_that_is_translated_is_not_one_of_another_sentence() {
    supported(
        SHOP,
        &[
            "Some have likened the shop to the Honeypot brand.",
            "Deliveries are done by her partner, and new racks come next week.",
        ],
    );
}

#[test]
fn a_name_is_held_against_those_of_its_sentence() {
    let name = FindingKind::Name;
    contradicted(
        GALLERY,
        "He Yunzhou was born in Hangzhou in 1957.",
        name,
        "绍兴",
    );
    contradicted(
        HARBOUR,
        "Robert Sandberg, who speaks for the shipping companies, fears a lack of berths.",
        name,
        "托馬斯·林德伯格",
    );
}

#[test]
fn a_number_of_another_sentence_bears_nothing_out() {
    let number = FindingKind::Number;
    contradicted(
        GALLERY,
        "The cultural centre shows 1,600 ink paintings.",
        number,
        "４２",
    );
    contradicted(HARBOUR, "Last year 610 freighters called.", number, "1,480");
}

#[test]
fn a_denial_elsewhere_excuses_none_here() {
    let negation = FindingKind::Negation;
    contradicted(
        GALLERY,
        "He did not work in a silk mill in Huzhou.",
        negation,
        "",
    );
    contradicted(
        HARBOUR,
        "The director stressed that they will raise fees.",
        negation,
        "不會",
    );
}

#[test]
fn what_somebody_says_belongs_to_who_says_it() {
    let bank = "市場很安靜。「從來沒有人問過我們😀。」上海的這位投資銀行家在採訪中說。雨停了。";
    supported(
        bank,
        &["“Nobody has asked us,” the investment banker from Shanghai said in an interview."],
    );
    contradicted(
        bank.replace("從來沒有人", "２０個人").as_str(),
        "“Nobody has asked us,” the investment banker from Shanghai said in an interview.",
        FindingKind::Negation,
        "",
    );
}

/// Sentences that tell the same of many things but for their numbers.
#[test]
fn a_list_of_like_sentences_tells_each_of_its_numbers() {
    let list: String = (1..=40)
        .map(|n| format!("第{n}所学校今年招收了{}名学生。", n * 11))
        .collect();
    let claims = (1..=40).map(|n| format!("School number {n} enrolled {} students.", n * 11));
    for claim in claims {
        supported(&list, &[&claim]);
    }
}

#[test]
fn a_claim_may_put_sentences_together() {
    let flood = "清溪县9月2日夜间起普降暴雨，最大雨量287毫米。\
        县里3日下午通报，已转移群众１.２万人，设置安置点37处。目前有3人失联😀，正在搜寻。";
    supported(
        flood,
        &[
            "Torrential rain has hit Qingxi County since the night of September 2; 12,000 people \
             have been moved and three are missing.",
        ],
    );
}

#[test]
fn a_claim_over_two_passages_is_about_a_sentence_of_each() {
    let claim = "The county shows 42 ink paintings, and 1,480 freighters called last year.";
    let (verdict, findings) = judged(claim, &[GALLERY, HARBOUR]);
    assert_eq!(verdict, Verdict::Supported, "{findings:?}");
}

const SENTENCES: &[&str] = &[
    "县图书馆有８万册藏书。",
    "「他們沒有遲到。」老師說。",
    "今年的荔枝卖到每公斤46元！",
    "G60高速上午〇时起封闭？",
    "The lake froze over in January.",
    "没有标点的一行\n",
    "😀",
    "",
];

proptest! {
    /// A sentence bears itself out wherever it stands, and no text is refused.
    #[test]
    fn sentences_around_change_nothing_true(
        around in subsequence(SENTENCES, 0..SENTENCES.len()).prop_shuffle(),
        at in any::<proptest::sample::Index>(),
    ) {
        let told = "青浦县去年新修公路128公里，投入3.4亿元。";
        let mut passage = around;
        passage.insert(at.index(passage.len() + 1), told);
        let claim = "Qingpu County built 128 km of roads last year for 340 million yuan.";
        let (verdict, findings) = judged(claim, &[&passage.concat()]);
        assert_eq!(verdict, Verdict::Supported, "{findings:?}");
    }
}
