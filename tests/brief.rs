//! Briefs: points on paragraphs that bear them out, faults put right once, the rest marked.

use crate::support::model::{ModelServer, Reply};
use dragoman::{
    article::{Article, ArticleInput, slice},
    brief::{Brief, Engine, PointEvent, write_brief},
    check::Verdict,
    llm::{
        LanguageModel,
        openai::{OpenAiModel, OpenAiOptions},
    },
    prompt::Prompts,
    time::Time,
    writing::WritingError,
};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

fn now() -> Time {
    let zone = TimeZone::get("Asia/Shanghai").unwrap();
    Time::new(Timestamp::from_second(1_761_700_000).unwrap(), &zone)
}

fn article(paragraphs: &[&str]) -> Article {
    let input = ArticleInput {
        id: Some("gourds".into()),
        title: Some("小葫芦串起大产业 年产值16亿元".into()),
        paragraphs: Some(paragraphs.iter().map(|p| p.to_string()).collect()),
        published_at: Some("2025-10-28".into()),
        ..ArticleInput::default()
    };
    Article::from_input(input, now(), &TimeZone::get("Asia/Shanghai").unwrap()).unwrap()
}

fn gourds() -> Article {
    article(&[
        "10月下旬，几名职校学生在葫芦种植基地学习选料。😀",
        "东昌府区葫芦种植面积3万余亩，占全国市场份额的75%。年综合效益达１６亿元。当地职业学校与近百家加工企业成立了产教联合体。",
        "山东省现有职业院校547所，在校生274.4万人。",
    ])
}

fn brief_json(headline: &str, lead: &str, points: &[(u32, &str)]) -> Value {
    let points: Vec<Value> = points
        .iter()
        .map(|(n, text)| json!({"paragraph": n, "text": text}))
        .collect();
    json!({
        "headline": headline,
        "lead": {"paragraph": 2, "text": lead},
        "sections": [{"heading": "Industry", "points": points}],
    })
}

async fn written(
    replies: Vec<Reply>,
    article: &Article,
    strict: bool,
) -> (Result<Brief, WritingError>, Vec<PointEvent>, ModelServer) {
    let server = ModelServer::replying(replies).await;
    let options = OpenAiOptions {
        context_tokens: Some(8192),
        ..OpenAiOptions::for_testing(&server.url)
    };
    let model = OpenAiModel::new(options).unwrap();
    let prompts = Prompts::load(None).unwrap();
    let mut events = Vec::new();
    let brief = write_brief(
        Some(&model as &dyn LanguageModel),
        &prompts,
        article,
        strict,
        now(),
        &mut |e| events.push(e),
    )
    .await;
    (brief, events, server)
}

/// What holds of every brief.
fn consistent(brief: &Brief, article: &Article) {
    for (citation, n) in brief.citations.iter().zip(1..) {
        assert_eq!(citation.n, n);
        let (start, end) = (citation.start.unwrap(), citation.end.unwrap());
        assert_eq!(
            citation.quote.as_deref(),
            Some(slice(&article.text, start, end))
        );
        let paragraph = article.paragraphs[citation.paragraph as usize - 1];
        assert!(paragraph.start <= start && end <= paragraph.end);
    }
    for point in brief.points() {
        assert!(!point.citations.is_empty());
        assert!(
            point
                .citations
                .iter()
                .all(|n| (*n as usize) <= brief.citations.len())
        );
    }
    assert_eq!(brief.check.claims as usize, brief.points().count());
}

#[tokio::test]
async fn points_rest_on_the_sentences_that_bear_them_out() {
    let article = gourds();
    let reply = brief_json(
        "Small Gourds, an Industry of 1.6 Billion Yuan",
        "Gourds cover over 30,000 mu in Dongchangfu District.",
        &[
            (2, "The industry yields 1.6 billion yuan a year."),
            (
                1,
                "Shandong has 547 vocational schools with 2.744 million students.",
            ),
            (2, "The industry yields 1.6 billion yuan a year."),
        ],
    );
    let (brief, events, server) = written(vec![Reply::json(&reply)], &article, false).await;
    let brief = brief.unwrap();
    consistent(&brief, &article);
    let prompt = server.chats()[0].prompt();
    assert!(
        prompt.contains("Paragraph 2: ") && prompt.contains("over 30,000 mu"),
        "{prompt}"
    );
    assert!(
        !prompt.contains("亿"),
        "no number is left to the model, not in the title either: {prompt}"
    );
    assert_eq!(
        events.len(),
        3,
        "each point once, the repetition not at all"
    );
    let version = [(r#""version": "[0-9a-f]{12}""#, r#""version": "[version]""#)];
    insta::with_settings!({filters => version}, {
        insta::assert_json_snapshot!(brief);
    });
}

#[tokio::test]
async fn a_fault_is_put_right_once() {
    let article = gourds();
    let first = brief_json(
        "Small Gourds",
        "Gourds cover over 30,000 acres in Dongchangfu District.",
        &[(2, "The industry yields 1.6 billion yuan a year.")],
    );
    let repaired = json!({"points": [{"n": 1, "text": "Gourds cover over 30,000 mu in Dongchangfu District."}]});
    let (brief, events, server) = written(
        vec![Reply::json(&first), Reply::json(&repaired)],
        &article,
        false,
    )
    .await;
    let brief = brief.unwrap();
    consistent(&brief, &article);
    assert_eq!(
        brief.lead.as_ref().unwrap().points[0].text,
        "Gourds cover over 30,000 mu in Dongchangfu District."
    );
    assert_eq!((brief.check.supported, brief.check.contradicted), (2, 0));
    let prompt = server.chats()[1].prompt();
    assert!(
        prompt.contains("30,000 acres") && prompt.contains("Fault: "),
        "{prompt}"
    );
    assert!(prompt.contains("over 30,000 mu"), "{prompt}");
    assert_eq!(
        events.len(),
        1,
        "what failed first is not told before it is settled: {events:?}"
    );
}

#[tokio::test]
async fn what_still_fails_is_marked_or_left_out() {
    let article = gourds();
    let reply = || {
        let wrong = brief_json(
            "Small Gourds",
            "Gourds cover over 30,000 acres in Dongchangfu District.",
            &[(2, "The industry yields 1.6 billion yuan a year.")],
        );
        vec![Reply::json(&wrong), Reply::text("I cannot.")]
    };
    let (brief, events, _) = written(reply(), &article, false).await;
    let brief = brief.unwrap();
    consistent(&brief, &article);
    let lead = &brief.lead.as_ref().unwrap().points[0];
    assert_eq!(lead.verdict, Verdict::Contradicted);
    assert!(
        lead.findings[0].claim.contains("30,000 acres"),
        "{:?}",
        lead.findings
    );
    assert_eq!((brief.check.claims, brief.check.contradicted), (2, 1));
    assert_eq!(events.len(), 2);
    let (brief, events, _) = written(reply(), &article, true).await;
    let brief = brief.unwrap();
    assert!(brief.lead.is_none());
    assert_eq!((brief.check.claims, events.len()), (1, 1));
}

#[tokio::test]
async fn a_headline_that_misleads_is_put_right_or_not_shown() {
    let article = gourds();
    let reply = || {
        Reply::json(&brief_json(
            "Gourds Earn 16 Billion Yuan",
            "Gourds cover over 30,000 mu in Dongchangfu.",
            &[],
        ))
    };
    let better = json!({"points": [{"n": 1, "text": "Gourds Earn 1.6 Billion Yuan"}]});
    let (brief, _, _) = written(vec![reply(), Reply::json(&better)], &article, false).await;
    assert_eq!(
        brief.unwrap().title_en.as_deref(),
        Some("Gourds Earn 1.6 Billion Yuan")
    );
    let (brief, _, _) = written(
        vec![reply(), Reply::json(&json!({"points": []}))],
        &article,
        false,
    )
    .await;
    assert_eq!(brief.unwrap().title_en, None);
}

#[tokio::test]
async fn a_reply_cut_at_the_limit_gives_the_points_that_are_whole() {
    let article = gourds();
    let whole = brief_json(
        "Small Gourds",
        "Gourds cover over 30,000 mu in Dongchangfu District.",
        &[
            (2, "The industry yields 1.6 billion yuan a year."),
            (3, "Shandong has 547 vocational schools."),
        ],
    )
    .to_string();
    let cut: String = whole
        .chars()
        .take(whole.find("vocational").unwrap())
        .collect();
    let (brief, _, _) = written(
        vec![Reply::text(format!("```json\n{cut}"))],
        &article,
        false,
    )
    .await;
    let brief = brief.unwrap();
    let texts: Vec<&str> = brief.points().map(|p| p.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "Gourds cover over 30,000 mu in Dongchangfu District.",
            "The industry yields 1.6 billion yuan a year.",
        ]
    );
}

#[tokio::test]
async fn words_that_are_not_english_are_put_right_or_left_out() {
    let article = gourds();
    let reply = brief_json(
        "小葫芦",
        "东昌府区葫芦种植面积3万余亩，占全国市场份额的75%。",
        &[(2, "The industry yields 1.6 billion yuan a year.")],
    );
    let (brief, events, _) = written(
        vec![Reply::json(&reply), Reply::text("{}")],
        &article,
        false,
    )
    .await;
    let brief = brief.unwrap();
    assert_eq!(brief.title_en, None);
    assert!(brief.lead.is_none());
    assert!(!format!("{events:?}").contains("text: \"东"), "{events:?}");
}

#[tokio::test]
async fn a_reply_without_a_brief_is_an_error_that_says_so() {
    let (brief, _, server) =
        written(vec![Reply::text("I would rather not.")], &gourds(), false).await;
    insta::assert_snapshot!(brief.unwrap_err(), @r#"writing a brief of gourds: the model's reply holds no point that can be used ("I would rather not."); try again, or use a larger model"#);
    assert_eq!(server.chats().len(), 1);
}

#[tokio::test]
async fn a_long_article_is_read_in_parts() {
    let texts: Vec<String> = (1..=40)
        .map(|n| {
            format!("第{n}所学校今年招收了{}名学生，", n * 11)
                + &"学校与企业合作培养技能人才，".repeat(12)
                + "成效明显。"
        })
        .collect();
    let article = article(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    let server = ModelServer::scripted(|seen| {
        let prompt = seen.prompt();
        let n: u32 = prompt
            .split("Paragraph ")
            .nth(1)
            .unwrap()
            .split(':')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        let point = format!("School number {n} enrolled {} students this year.", n * 11);
        let brief = brief_json(
            &format!("Schools from {n}"),
            &format!("Schools enrol students, from number {n} on."),
            &[(n, &point)],
        );
        Reply::Read(brief.to_string(), 1700)
    })
    .await;
    let options = OpenAiOptions {
        context_tokens: Some(3000),
        ..OpenAiOptions::for_testing(&server.url)
    };
    let model = OpenAiModel::new(options).unwrap();
    let prompts = Prompts::load(None).unwrap();
    let brief = write_brief(Some(&model), &prompts, &article, false, now(), &mut |_| {})
        .await
        .unwrap();
    consistent(&brief, &article);
    let parts: Vec<_> = server
        .chats()
        .into_iter()
        .filter(|c| c.prompt().contains("Paragraph "))
        .collect();
    assert!(parts.len() > 2, "{}", parts.len());
    let read: usize = parts
        .iter()
        .map(|c| c.prompt().matches("Paragraph ").count())
        .sum();
    assert_eq!(read, 40, "each paragraph is read once");
    for part in &parts {
        assert!(model.tokens(&part.prompt()) < 3000 - 1000, "and fits");
    }
    assert_eq!(brief.title_en.as_deref(), Some("Schools from 1"));
    assert_eq!(brief.groups.len(), 1, "groups of one title are one");
    assert_eq!(brief.groups[0].points.len(), parts.len());
}

#[tokio::test]
async fn without_a_model_key_sentences_are_quoted() {
    let article = gourds();
    let prompts = Prompts::load(None).unwrap();
    let mut events = Vec::new();
    let brief = write_brief(None, &prompts, &article, false, now(), &mut |e| {
        events.push(e)
    })
    .await
    .unwrap();
    consistent(&brief, &article);
    assert_eq!(
        (brief.engine, brief.language.as_str()),
        (Engine::Extractive, "zh-Hans")
    );
    assert_eq!(
        (&brief.title_en, &brief.model, &brief.prompt),
        (&None, &None, &None)
    );
    assert_eq!(brief.check.supported, brief.check.claims);
    assert_eq!(events.len(), brief.points().count());
    for point in brief.points() {
        let n = point.citations[0] as usize;
        assert_eq!(
            brief.citations[n - 1].quote.as_deref(),
            Some(point.text.as_str())
        );
    }
    assert!(brief.points().any(|p| p.text.contains("葫芦种植面积")));
}

#[tokio::test]
async fn a_point_is_whole_sentences_each_said_once() {
    let fact = "Gourds are planted on over 30,000 mu.";
    let twice = format!("{fact} {fact}");
    let endless = format!(
        "{fact} The base works with nearly 100 firms {}",
        "and firms ".repeat(30)
    );
    let cut: String = endless.chars().take(280).collect();
    let reply = brief_json(
        "Small gourds, a large industry",
        fact,
        &[
            (2, &twice),
            (2, &cut),
            (
                3,
                "Shandong has 547 vocational schools. Shandong has 547 vocational schools.",
            ),
        ],
    );
    let (brief, _, _) = written(vec![Reply::json(&reply)], &gourds(), false).await;
    let brief = brief.expect("a brief");
    let texts: Vec<&str> = brief
        .groups
        .iter()
        .flat_map(|group| &group.points)
        .map(|point| point.text.as_str())
        .collect();
    assert_eq!(texts, ["Shandong has 547 vocational schools."]);
    assert_eq!(brief.lead.expect("a lead").points[0].text, fact);
}
