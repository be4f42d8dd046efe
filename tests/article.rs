//! Articles from what comes in: normal form, paragraphs, identity, faults.

use dragoman::article::{
    Article, ArticleError, ArticleId, ArticleInput, Origin, Slices, normalize, slice,
};
use dragoman::brief::{BriefInput, BriefStatus, Engine};
use dragoman::check::Verdict;
use dragoman::time::Time;
use dragoman::{language, latin};
use jiff::{Timestamp, tz::TimeZone};
use proptest::prelude::*;
use serde_json::{Value, json};

fn now() -> Time {
    Time::new(Timestamp::UNIX_EPOCH, &TimeZone::UTC)
}

fn zone() -> TimeZone {
    TimeZone::get("Asia/Shanghai").expect("the time zone data is bundled")
}

fn input(value: Value) -> ArticleInput {
    serde_json::from_value(value).expect("an article")
}

fn article(value: Value) -> Article {
    Article::from_input(input(value), now(), &zone()).expect("a valid article")
}

fn faults(value: Value) -> Vec<(String, String)> {
    let error: ArticleError =
        Article::from_input(input(value), now(), &zone()).expect_err("faults");
    error
        .faults
        .into_iter()
        .map(|fault| (fault.pointer, fault.detail))
        .collect()
}

fn texts(article: &Article) -> Vec<&str> {
    article
        .paragraphs
        .iter()
        .filter_map(|p| article.paragraph_text(p.n))
        .collect()
}

#[test]
fn an_article_is_kept_in_normal_form() {
    let article = article(json!({
        "title": " 产教融合\u{3000}\u{3000}结硕果\u{200b} ",
        "text": "\u{feff}\u{3000}\u{3000}第一段，２０２５年。\r\n\r\n\u{3000}\u{3000}第二\u{a0}\u{a0}段。\rCafe\u{301}\u{202e}\u{0}。",
        "source": "中国新闻网",
        "url": "https://example.com/a",
        "published_at": "2025年10月28日 05:25",
        "topics": ["教育", "教育 "],
        "metadata": {"b": 1, "a": [2]},
    }));
    insta::assert_json_snapshot!(article);
}

#[test]
fn a_block_is_split_into_paragraphs_and_lines_are_kept() {
    let block = "甲地今年新建了两所职业学校，在校学生达到三千人。".repeat(40);
    let split = article(json!({"text": block}));
    assert_eq!(split.text, block);
    assert_eq!(texts(&split).concat(), block);
    for text in texts(&split) {
        assert!(
            text.ends_with('。') && (250..=400).contains(&text.chars().count()),
            "{text}"
        );
    }
    let english = "The school opened two new workshops last year. ".repeat(60);
    let split = article(json!({"text": english}));
    assert_eq!(split.text, english.trim());
    let counts: Vec<usize> = texts(&split)
        .iter()
        .map(|text| text.split(' ').count())
        .collect();
    assert!(
        counts.iter().all(|count| (70..=260).contains(count)),
        "{counts:?}"
    );

    let lines = article(json!({"text": "第一段。\n\n\n第二段。\n第三段。"}));
    assert_eq!(lines.text, "第一段。\n第二段。\n第三段。");
    assert_eq!(texts(&lines), ["第一段。", "第二段。", "第三段。"]);

    let given = article(json!({"paragraphs": ["一\n行。", " ", "两行。"]}));
    assert_eq!(texts(&given), ["一 行。", "两行。"]);

    // A long quotation is not torn apart.
    let quote = format!(
        "{}他说：“{}”{}",
        "前文一句。".repeat(55),
        "引文一句。".repeat(30),
        "后文一句。".repeat(60)
    );
    for text in texts(&article(json!({"text": quote}))) {
        assert_eq!(
            text.matches('“').count(),
            text.matches('”').count(),
            "{text}"
        );
    }
}

#[test]
fn identity_comes_from_url_else_from_words() {
    let with = |url: &str| article(json!({"url": url, "text": "文。"})).id;
    assert_eq!(
        with("https://example.com/a"),
        with("https://EXAMPLE.com/a#top")
    );
    assert_ne!(with("https://example.com/a"), with("https://example.com/b"));
    let words = |value| article(value).id;
    let first = words(json!({"title": "题", "text": "文。", "published_at": "2025-10-28"}));
    assert_eq!(
        first,
        words(json!({"title": "题 ", "text": "文。\r\n", "published_at": "2025年10月28日"}))
    );
    assert_eq!(
        first,
        words(json!({"title": "题", "paragraphs": ["文。"], "published_at": "2025/10/28"}))
    );
    assert_ne!(
        first,
        words(json!({"title": "题", "text": "文！", "published_at": "2025-10-28"}))
    );
    assert_ne!(
        first,
        words(json!({"title": "题", "text": "文。", "published_at": "2025-10-29"}))
    );
    assert!(
        first.as_str().starts_with("text-") && first.as_str().len() == 21,
        "{first}"
    );
}

#[test]
fn equal_content_has_equal_hashes() {
    let hash = |value| article(value).content_hash;
    let base = json!({"id": "x", "title": "题", "text": "文。", "metadata": {"a": 1, "b": {"c": 2, "d": 3}}});
    let first = hash(base.clone());
    assert_eq!(first.len(), 64);
    assert_eq!(
        first,
        hash(
            json!({"metadata": {"b": {"d": 3, "c": 2}, "a": 1}, "text": " 文。\u{200b}", "title": "题", "id": "x"})
        )
    );
    for (key, value) in [
        ("title", json!("题二")),
        ("text", json!("文二。")),
        ("source", json!("新华社")),
        ("topics", json!(["教育"])),
        ("metadata", json!({})),
        ("published_at", json!("2025-10-28")),
        (
            "brief",
            json!({"groups": [{"points": [{"text": "A point."}]}]}),
        ),
    ] {
        let mut changed = base.clone();
        changed[key] = value;
        assert_ne!(hash(changed), first, "{key}");
    }
}

#[test]
fn all_faults_are_named_at_once() {
    let found = faults(json!({
        "id": " a\u{0}",
        "text": "文。",
        "html": "<p>文。</p>",
        "url": "javascript:alert(1)",
        "published_at": "昨天",
        "language": "中文",
        "topics": ["好", " "],
        "brief": {"lead": {"points": [{"text": "\u{200b}"}]}},
    }));
    insta::assert_json_snapshot!(found);
    assert_eq!(faults(json!({"title": "题", "text": " \n "}))[0].0, "");
    assert_eq!(faults(json!({"text": "\u{200b}"}))[0].0, "/text");
    assert_eq!(faults(json!({"html": "<script>x</script>"}))[0].0, "/html");
    assert_eq!(
        faults(json!({"text": "文".repeat(2_000_001)}))[0].0,
        "/text"
    );
    let brief = json!({"groups": [{"points": [{"text": "A.", "citations": [2]}]}]});
    assert_eq!(
        faults(json!({"paragraphs": ["一。", "", "二。"], "brief": brief}))[0].0,
        "/paragraphs/1"
    );
}

#[test]
fn ids_are_what_a_path_can_carry() {
    for id in ["a", "新闻/2025 年#1?", "x".repeat(200).as_str(), "🇨🇳"] {
        assert!(ArticleId::new(id).is_ok(), "{id}");
    }
    for id in [
        "",
        " a",
        "a ",
        ".",
        "..",
        "a\nb",
        "a\u{202e}b",
        "a\u{200b}",
        "x".repeat(201).as_str(),
    ] {
        assert!(ArticleId::new(id).is_err(), "{id:?}");
    }
    let unknown = serde_json::from_value::<ArticleInput>(json!({"text": "文。", "autor": "x"}))
        .expect_err("unknown");
    assert!(unknown.to_string().contains("`autor`"), "{unknown}");
}

fn imported(text: Value, brief: Value) -> Article {
    article(json!({"title": "职校招生", "paragraphs": text, "brief": brief}))
}

#[test]
fn a_brief_alone_stands_for_the_text() {
    let brief = json!({
        "title_en": "Schools enrol",
        "lead": {"label": "Core Insights", "points": [{"text": "Enrolment rose [sic].", "citations": [1, 4]}]},
        "groups": [{"title": "Places", "points": [{"text": "Two schools.", "citations": [2]}, {"text": "No source."}]}],
    });
    let article = article(json!({"title": "职校招生趋热", "brief": brief}));
    assert_eq!(
        (article.origin, article.brief_status),
        (Origin::Brief, BriefStatus::Ready)
    );
    assert_eq!(
        (article.language.as_str(), article.text_language()),
        ("zh-Hans", "en")
    );
    assert_eq!(
        texts(&article),
        ["Enrolment rose [sic].", "Two schools.", "No source."]
    );
    assert_eq!(article.title_en.as_deref(), Some("Schools enrol"));
    let brief = article.brief.expect("a brief");
    assert_eq!(
        brief
            .citations
            .iter()
            .map(|c| (c.n, c.paragraph, c.start))
            .collect::<Vec<_>>(),
        [(1, 1, None), (2, 2, None), (4, 4, None)]
    );
    assert_eq!(brief.groups[0].points[0].citations, [2]);
    assert_eq!(
        (brief.engine, brief.check.claims, brief.check.uncited),
        (Engine::Imported, 3, 3)
    );
    assert!(
        brief.groups[0]
            .points
            .iter()
            .all(|point| point.verdict == Verdict::Uncited)
    );
}

#[test]
fn spans_of_an_imported_brief_agree_with_the_text_or_go() {
    let brief = |citation: Value| json!({"groups": [{"points": [{"text": "A.", "citations": [1]}]}], "citations": [citation]});
    let text = json!(["甲校招生三百人。", "乙校招生五百人。"]);
    let span = |citation| {
        let article = imported(text.clone(), brief(citation));
        let citation = article.brief.expect("a brief").citations.remove(0);
        (
            citation.paragraph,
            citation.start,
            citation.end,
            citation.quote,
        )
    };
    let placed = (2, Some(11), Some(16), Some("招生五百人".to_owned()));
    assert_eq!(
        span(json!({"n": 1, "paragraph": 2, "start": 11, "end": 16})),
        placed
    );
    assert_eq!(
        span(json!({"n": 1, "paragraph": 2, "quote": "招生五百人"})),
        placed
    );
    assert_eq!(
        span(json!({"n": 1, "paragraph": 2, "start": 11, "end": 16, "quote": "别的话语啊"})),
        (2, None, None, None)
    );
    assert_eq!(
        span(json!({"n": 1, "paragraph": 2, "start": 11, "end": 99})),
        (2, None, None, None)
    );
    assert_eq!(span(json!({"n": 1, "paragraph": 2})), (2, None, None, None));
}

#[test]
fn a_whole_brief_can_be_sent_back() {
    let first = imported(
        json!(["甲校招生三百人。"]),
        json!({"groups": [{"points": [{"text": "A.", "citations": [1]}]}]}),
    );
    let brief = serde_json::to_value(first.brief.as_ref().expect("a brief")).expect("JSON");
    let again: BriefInput =
        serde_json::from_value(brief).expect("the input form takes the output form");
    assert_eq!(again.groups[0].points[0].citations, [1]);
}

#[test]
fn a_summary_is_the_first_sentence() {
    let summary = |text: &str| article(json!({"text": text})).summary();
    assert_eq!(
        summary("今年职业院校招生人数大幅增长，达到一万人。第二句。"),
        "今年职业院校招生人数大幅增长，达到一万人。"
    );
    assert_eq!(
        summary("本报讯。今年职业院校招生人数增长。第三句。"),
        "本报讯。今年职业院校招生人数增长。"
    );
    let long = summary(&"这是一个没有句号的分句，".repeat(50));
    assert!(
        long.ends_with("分句…") && long.chars().count() <= 201,
        "{long}"
    );
    assert_eq!(summary("好"), "好");
}

#[test]
fn languages_are_told_apart() {
    for (text, expected) in [
        ("职业教育与产业深度融合，培养高素质人才。", "zh-Hans"),
        ("職業教育與產業深度融合，培養高素質人才。", "zh-Hant"),
        ("台北市長", "zh-Hant"),
        ("產教融合 AI 應用", "zh-Hant"),
        ("日本の首相は今日、記者会見を行った。", "ja"),
        ("東京都知事選挙の投票が始まった", "ja"),
        ("서울시는 오늘 새로운 정책을 발표했다.", "ko"),
        ("The integration of industry and education", "en"),
        ("Chongqing schools open to the world", "en"),
        (
            "Le président de la République a annoncé hier de nouvelles mesures pour les écoles.",
            "fr",
        ),
        ("Президент объявил о новых мерах поддержки школ.", "ru"),
        // Questions are short, and have none of the words that every longer text has.
        ("Who won?", "en"),
        ("How much did Taishun's economy produce last year?", "en"),
        ("Does BYD raise prices 🚗？", "en"),
        ("gourd planting area", "en"),
        ("Tell me about Lei Jun", "en"),
        ("Wie hoch sind die Preise in Deutschland?", "de"),
        ("¿Cuánto cuesta el robot quirúrgico chino?", "es"),
        ("Quem ganhou?", "und"),
        ("Qui a gagné?", "und"),
        ("Zhang Wei", "und"),
        ("", "und"),
        ("2025 — 100%", "und"),
    ] {
        assert_eq!(language::detect(text), expected, "{text}");
    }
    assert_eq!(
        article(json!({"text": "文。", "language": "ZH_hant"})).language,
        "zh-Hant"
    );
    assert_eq!(
        language::canonical("zh-hant-tw").as_deref(),
        Some("zh-Hant-TW")
    );
    assert!(
        language::is_chinese("zh-TW")
            && language::is_chinese("yue")
            && !language::is_chinese("zhx")
    );
}

#[test]
fn sources_are_spelt_by_words() {
    for (name, expected) in [
        ("中国新闻网", "Zhongguo Xinwen Wang"),
        ("重庆晨报", "Chongqing Chenbao"),
        ("长江日报", "Chang Jiang Ribao"),
        ("厦门日报", "Xiamen Ribao"),
        ("经济日报", "Jingji Ribao"),
        ("人民日报", "Renmin Ribao"),
        ("新华社", "Xinhuashe"),
        ("西安晚报", "Xi'an Wanbao"),
        ("CCTV新闻", "CCTV Xinwen"),
        ("《重慶日報》", "Chongqing Ribao"),
        ("36氪", "36 Ke"),
        ("环球网", "Huanqiu Wang"),
        ("扬子晚报网", "Yangzi Wanbao Wang"),
        ("广西日报", "Guangxi Ribao"),
        ("新浪财经", "Xinlang Caijing"),
        ("旅行社", "Lüxingshe"),
        ("Zhong Guo Xin Wen Wang", "Zhong Guo Xin Wen Wang"),
        ("Reuters", "Reuters"),
    ] {
        assert_eq!(
            latin::from_chinese(name).as_deref(),
            Some(expected),
            "{name}"
        );
    }
    assert_eq!(latin::from_chinese("朝日新聞デジタル"), None);
    assert_eq!(latin::from_chinese("Известия"), None);
}

proptest! {
    #[test]
    fn normal_text_stays_as_it_is(raw in "\\PC{0,60}|(?s:.{0,60})") {
        let once = normalize::text(&raw);
        prop_assert_eq!(normalize::text(&once), once.clone());
        prop_assert!(!once.contains('\r') && !once.contains("  ") && !once.contains('\0'));
        prop_assert!(!normalize::line(&raw).contains('\n'));
    }

    #[test]
    fn slices_are_by_character(text in "\\PC{0,40}", start in 0_usize..50, length in 0_usize..50) {
        let expected: String = text.chars().skip(start).take(length).collect();
        prop_assert_eq!(slice(&text, start, start + length), expected.as_str());
        prop_assert_eq!(Slices::new(&text).get(start..start + length), expected.as_str());
    }

    #[test]
    fn paragraphs_are_spans_of_the_text(raw in "(?s)[一二三。！\n “”a-z.é\u{3000}]{1,400}") {
        let Ok(article) = Article::from_input(ArticleInput { text: Some(raw), ..ArticleInput::default() }, now(), &zone()) else {
            return Ok(());
        };
        let mut last = 0;
        for paragraph in &article.paragraphs {
            prop_assert!(paragraph.start >= last && paragraph.end > paragraph.start);
            let text = article.paragraph_text(paragraph.n).expect("it exists");
            prop_assert!(!text.contains('\n') && text.trim() == text);
            last = paragraph.end;
        }
        prop_assert_eq!(last, article.text.chars().count());
    }
}
