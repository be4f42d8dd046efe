//! The engine without a model: which sentences it quotes.

use dragoman::article::ArticleId;
use dragoman::extract::answers;
use dragoman::language;
use dragoman::retrieve::Hit;
use uuid::Uuid;

fn hit(title: &str, text: &str) -> Hit {
    Hit {
        article_id: ArticleId::new(title).expect("an id"),
        passage_id: Uuid::nil(),
        title: title.into(),
        source: None,
        url: None,
        published_at: None,
        language: language::detect(text).into(),
        paragraph: 1,
        start: 0,
        end: text.chars().count(),
        text: text.into(),
        score: 1.0,
        origin: dragoman::article::Origin::Text,
        also: Vec::new(),
    }
}

fn first(question: &str, hits: &[Hit]) -> Option<String> {
    let hits: Vec<&Hit> = hits.iter().collect();
    let picks = answers(question, language::detect(question), &hits);
    picks.into_iter().next().map(|pick| pick.text)
}

const COLLEGE: &str = "渝西理工大学与两家企业共建的先进材料现代产业学院迎来首批60名学生。\
学费与普通专业相同。学生每月领到2600元补贴，由企业发放。有人问：补贴够生活吗？食堂一餐约12元。";

#[test]
fn what_a_passage_is_about_is_said_once_and_the_answer_elsewhere() {
    let hits = [hit("把课堂搬进晶圆厂", COLLEGE)];
    let question = "先进材料现代产业学院的学生每月能拿到多少补贴？";
    assert_eq!(
        first(question, &hits).as_deref(),
        Some("学生每月领到2600元补贴，由企业发放。")
    );
}

#[test]
fn a_name_that_every_sentence_has_tells_more_than_words_that_none_has() {
    let hits = [
        hit(
            "祝青禾",
            "祝青禾（），湖州人，昆曲演员。祝青禾十二岁进校。祝青禾三十岁得奖。祝青禾現居杭州😀。",
        ),
        hit("籍贯", "填表时籍贯一栏常常写错。"),
    ];
    for question in ["祝青禾的籍贯是哪里？", "祝青禾是哪里人呀？"] {
        assert_eq!(
            first(question, &hits).as_deref(),
            Some("祝青禾（），湖州人，昆曲演员。"),
            "{question}"
        );
    }
}

#[test]
fn a_question_in_a_source_is_no_answer() {
    let hits = [hit(
        "召回",
        "自费更换过电池管理模块的怎么办？凭发票全额退还，每车最高3200元。",
    )];
    let question = "自费更换过电池管理模块的车主每车最高退还多少元？";
    assert_eq!(
        first(question, &hits).as_deref(),
        Some("凭发票全额退还，每车最高3200元。")
    );
}

#[test]
fn a_sentence_with_what_is_asked_for_comes_first() {
    let text = "云岭电站首台机组并网。云岭电站工程由省能源集团承建。云岭电站工程总投资84.6亿元。\
云岭电站工程于2019年开工。";
    let hits = [hit("云岭电站", text)];
    for (question, answer) in [
        ("云岭电站工程花了多少钱？", "云岭电站工程总投资84.6亿元。"),
        ("云岭电站工程何时开工？", "云岭电站工程于2019年开工。"),
        (
            "When did the Yunling project begin?",
            "云岭电站工程于2019年开工。",
        ),
    ] {
        assert_eq!(
            first(question, &hits).as_deref(),
            Some(answer),
            "{question}"
        );
    }
}

#[test]
fn a_passage_about_something_else_answers_nothing() {
    let hits = [hit("把课堂搬进晶圆厂", COLLEGE)];
    assert_eq!(first("世界杯冠军是哪个国家？", &hits), None);
}
