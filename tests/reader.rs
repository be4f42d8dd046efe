//! Every format that is read, and what is said of what cannot be.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use dragoman::article::ArticleInput;
use dragoman::reader::{Format, html, read_path, read_stream, topic_page};
use serde_json::{Value, json};

fn read(format: Format, content: impl AsRef<[u8]>) -> Vec<Result<(String, ArticleInput), String>> {
    let stream = Cursor::new(content.as_ref().to_vec());
    let found = read_stream("in", format, stream);
    found
        .map(|one| {
            one.map(|found| (found.place, found.input))
                .map_err(|error| error.to_string())
        })
        .collect()
}

/// The only article in `content`, as JSON.
fn one(format: Format, content: &str) -> Value {
    let mut found = read(format, content);
    assert_eq!(found.len(), 1, "{found:?}");
    let (_, input) = found.remove(0).expect("an article");
    serde_json::to_value(input).expect("JSON")
}

#[test]
fn a_bad_line_never_stops_the_rest() {
    let lines = "\u{feff}{\"text\":\"一。\"}\r\n\n{\"text\":\n{\"text\":\"二。\",\"autor\":\"x\"}\n[1]\n{\"text\":\"三。\"}";
    let found = read(Format::Ndjson, lines);
    let brief: Vec<String> = found
        .iter()
        .map(|one| match one {
            Ok((place, input)) => format!("{place}: {}", input.text.clone().unwrap_or_default()),
            Err(error) => error
                .split(", expected")
                .next()
                .unwrap_or_default()
                .to_owned(),
        })
        .collect();
    insta::assert_json_snapshot!(brief);
    let broken = [b"{\"text\":\"\xff\"}\n".as_slice(), b"{\"text\":\"ok\"}\n"].concat();
    let found = read(Format::Ndjson, broken);
    assert!(found[0].is_err() && found[1].is_ok(), "{found:?}");
}

#[test]
fn json_is_an_article_or_many() {
    assert_eq!(
        one(Format::Json, "{\n \"text\": \"一。\"\n}"),
        json!({"text": "一。"})
    );
    let found = read(
        Format::Json,
        "[{\"text\":\"一。\"},{\"text\":1},{\"text\":\"三。\"}] {\"text\":\"四。\"}",
    );
    let places: Vec<&str> = found
        .iter()
        .map(|one| one.as_ref().map_or("", |(place, _)| place.as_str()))
        .collect();
    assert_eq!(places, ["in item 1", "", "in item 3", "in item 4"]);
    assert!(
        found[1]
            .as_ref()
            .is_err_and(|error| error.starts_with("reading in item 2: invalid type"))
    );
    let found = read(Format::Json, "{\"text\":\"一。\"} {oops");
    assert_eq!(found.len(), 2);
    assert!(
        found[1]
            .as_ref()
            .is_err_and(|error| error.starts_with("reading in: it is not JSON")),
        "{found:?}"
    );
}

#[test]
fn markdown_with_and_without_front_matter() {
    insta::assert_json_snapshot!(one(
        Format::Markdown,
        "---\ntitle: \"职校：新学期\"\nsource: 中国新闻网\ndate: 2025-10-28 05:25\nurl: https://example.com/a\ntopics: [教育, AI]\nauthor: 本报\n---\n\n# 职校：新学期\n\n第一段的\n第一句。**重点**在这里。\n\n## 小标题\n\n- 一项\n- 二项 [链接](https://example.com)\n\n> 引文。\n\n| 甲 | 乙 |\n|---|---|\n| 1 | 2 |\n\n![图](x.png)\n"
    ));
    assert_eq!(
        one(
            Format::Markdown,
            "# 标题\n\n来源：新华社 2025年10月28日\n\n正文。\n"
        ),
        json!({"title": "标题", "source": "新华社", "published_at": "2025年10月28日", "paragraphs": ["正文。"]})
    );
    assert_eq!(
        one(Format::Markdown, "Hello\nworld."),
        json!({"paragraphs": ["Hello world."]})
    );
    assert_eq!(
        one(Format::Markdown, "---\ntags:\n- a\n- b\n---\nText."),
        json!({"topics": ["a", "b"], "paragraphs": ["Text."]})
    );
}

#[test]
fn plain_text_with_and_without_a_headline() {
    let byline = |line: &str| {
        let value = one(
            Format::Text,
            &format!("标题在此\n{line}\n\n正文第一句。\n正文第二句。"),
        );
        assert_eq!(value["title"], json!("标题在此"), "{line}");
        assert_eq!(value["text"], json!("正文第一句。\n正文第二句。"), "{line}");
        (value["source"].clone(), value["published_at"].clone())
    };
    assert_eq!(
        byline("来源：中国新闻网 2025-10-28"),
        (json!("中国新闻网"), json!("2025-10-28"))
    );
    assert_eq!(
        byline("2025年10月28日 05:25　来源：新华社　作者：某某"),
        (json!("新华社"), json!("2025年10月28日 05:25"))
    );
    assert_eq!(
        byline("人民日报 2025/10/28 05:25"),
        (json!("人民日报"), json!("2025/10/28 05:25"))
    );
    assert_eq!(
        byline("发布时间：2025-10-28 05:25:00 | 来源: 新浪财经"),
        (json!("新浪财经"), json!("2025-10-28 05:25:00"))
    );
    assert_eq!(
        byline("二〇二五年十月二十八日"),
        (Value::Null, json!("二〇二五年十月二十八日"))
    );
    assert_eq!(
        byline("Jing Ji Ri Bao· 2025-10-27 22:21"),
        (json!("Jing Ji Ri Bao"), json!("2025-10-27 22:21"))
    );
    assert_eq!(
        one(Format::Text, "只有一段，没有标题。"),
        json!({"text": "只有一段，没有标题。"})
    );
    assert_eq!(
        one(
            Format::Text,
            "第一段是正文。\n\n第二段，2025年10月28日开会。"
        ),
        json!({"text": "第一段是正文。\n第二段，2025年10月28日开会。"})
    );
    let wrapped = "A title\n\nThe text of this article was wrapped by an editor at about\nseventy columns, as used to be the custom in the days of the\nteletype.\n\nAnother paragraph.";
    assert_eq!(
        one(Format::Text, wrapped)["text"],
        json!(
            "The text of this article was wrapped by an editor at about seventy columns, as used to be the custom in the days of the teletype.\nAnother paragraph."
        )
    );
    let wide: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain("标题\n\n正文。".encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    assert_eq!(
        read(Format::Text, wide)[0]
            .as_ref()
            .map(|(_, input)| input.title.clone()),
        Ok(Some("标题".to_owned()))
    );
    let gbk = read(Format::Text, [0xd6, 0xd0, 0xb9, 0xfa]);
    assert!(
        gbk[0]
            .as_ref()
            .is_err_and(|error| error.contains("iconv -f GB18030")),
        "{gbk:?}"
    );
}

const PAGE: &str = r#"<!DOCTYPE html><html><head><title>职校新学期_某某网</title>
<meta property="og:site_name" content="某某网"><meta property="article:published_time" content="2025-10-28T05:25:00+08:00">
<link rel="canonical" href="https://example.com/a"><style>p{}</style>
<script type="application/ld+json">{"@graph":[{"@type":"NewsArticle","headline":"职校新学期","publisher":{"name":"某某社"}}]}</script></head>
<body><nav><a href="/">首页</a><a href="/x">频道</a></nav>
<div class="wrap"><div class="left"><h1>职校新学期</h1><div class="content"><p>第一段，<b>今年</b>有三千名新生入学，比去年多出两成。</p>
<p>第二段，<a href="/y">学校</a>新建了两座实训车间，下月启用。<br>第三段，企业派来师傅带徒弟。</p><p hidden>看不见</p>
<div class="share-bar">分享到朋友圈</div></div></div>
<div class="side"><ul><li><a href="/1">推荐阅读：别的新闻标题很长很长</a></li><li><a href="/2">推荐阅读：又一条新闻标题很长</a></li></ul></div></div>
<footer>版权所有</footer><script>var x = "<p>不是正文</p>";</script></body></html>"#;

#[test]
fn web_pages_give_their_main_text() {
    insta::assert_json_snapshot!(one(Format::Html, PAGE));
    let paragraphs = |page: &str| html::page(page).paragraphs;
    assert_eq!(
        paragraphs("<p>一。</p>二。<br>三。"),
        ["一。", "二。", "三。"]
    );
    assert_eq!(
        paragraphs("<article><h2>小题</h2><p>一&amp;二。</p></article><div>别的</div>"),
        ["小题", "一&二。"]
    );
    assert!(paragraphs("<script>x</script>").is_empty());
    let deep = format!("{}深处。{}", "<div>".repeat(3000), "</div>".repeat(3000));
    assert_eq!(paragraphs(&deep), ["深处。"]);
}

#[test]
fn feeds_of_each_kind() {
    let rss = r#"<?xml version="1.0"?><rss version="2.0"><channel><title>某某网</title><link>https://example.com</link>
<item><title>甲</title><link>https://example.com/1</link><pubDate>Tue, 28 Oct 2025 05:25:00 +0800</pubDate><description>&lt;p&gt;一。&lt;/p&gt;</description></item>
<item><title>乙</title><link>https://example.com/2</link></item></channel></rss>"#;
    let atom = r#"<feed xmlns="http://www.w3.org/2005/Atom"><title>某某社</title><id>x</id><updated>2025-10-28T00:00:00Z</updated>
<entry><title>丙</title><id>y</id><link href="https://example.com/3"/><updated>2025-10-28T05:25:00+08:00</updated><summary>三。</summary></entry></feed>"#;
    let list = r#"{"version":"https://jsonfeed.org/version/1.1","title":"某某报","items":[{"id":"1","url":"https://example.com/4","title":"丁","content_text":"四。","date_published":"2025-10-28T05:25:00+08:00"}]}"#;
    let all: Vec<ArticleInput> = [
        read(Format::Feed, rss),
        read(Format::Feed, atom),
        read(Format::Json, list),
    ]
    .concat()
    .into_iter()
    .map(|one| one.expect("an entry").1)
    .collect();
    insta::assert_json_snapshot!(all);
    let none = read(Format::Feed, "<html></html>");
    assert!(
        none[0]
            .as_ref()
            .is_err_and(|error| error.contains("no RSS, Atom or JSON feed")),
        "{none:?}"
    );
}

const TOPIC: &str = "Workflow\n产教融合\nicon\nSearch documents\n\
甲市职校新添三个专业\nMou Mou Wang· 2025-10-28 05:25\n\
Core Insights - Schools in City A add three subjects [1][4]. Group 1: Subjects - Robots, batteries and an \"idea chain - work chain\" are taught [1]. - Over 30,000 acres are planted [2, 3]. Group 2: School-Work Ties - Group 1 companies take part [4-6].\n\
乙省招生趋热:一席难求\n\
Group 1 - Enrolment in Province B rose by 12.5% [1][2] - Places are short. Group 2 - A second intake is planned for 2026 [3].\n\
丙校办展\nMou Mou Ri Bao · 2025-10-26\n\
Core Viewpoint - School C holds a fair [1].\n";

#[test]
fn a_topic_page_gives_articles_with_their_briefs() {
    let found = read(Format::Text, TOPIC);
    insta::assert_json_snapshot!(
        found
            .into_iter()
            .map(|one| one.expect("an article"))
            .collect::<Vec<_>>()
    );
    assert_eq!(
        topic_page::articles("一篇文章。\n\n它说 Group 1 很好 [1]。"),
        None
    );
    assert_eq!(topic_page::articles(""), None);
}

fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, content).expect("written");
}

#[test]
fn a_folder_is_read_file_by_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let lines = "{\"text\":\"压缩一。\"}\n{\"text\":\"压缩二。\"}\n";
    let mut packed = zstd::Encoder::new(Vec::new(), 3).expect("an encoder");
    packed.write_all(lines.as_bytes()).expect("packed");
    write(
        folder.path(),
        "b.ndjson.zst",
        packed.finish().expect("packed"),
    );
    write(folder.path(), "a.json", "{\"text\":\"单篇。\"}");
    write(folder.path(), "picture.png", [0]);
    write(folder.path(), "sub/c.md", "# 题\n\n文。");
    write(folder.path(), "sub/d.ndjson.zst", "not zstd");
    let root = folder.path().display().to_string();
    let found: Vec<String> = read_path(folder.path())
        .map(|one| one.map_or_else(|error| error.to_string(), |found| found.place))
        .map(|text| text.replace(&root, ""))
        .collect();
    assert_eq!(
        found[..4],
        [
            "/a.json item 1",
            "/b.ndjson.zst line 1",
            "/b.ndjson.zst line 2",
            "/sub/c.md"
        ]
    );
    assert!(
        found.len() == 5 && found[4].starts_with("reading /sub/d.ndjson.zst"),
        "{found:?}"
    );

    let mut unknown = read_path(folder.path().join("picture.png"));
    let error = unknown
        .next()
        .expect("an error")
        .expect_err("an error")
        .to_string();
    assert!(error.contains("its name tells no known format"), "{error}");
    assert!(
        read_path(folder.path().join("missing.json"))
            .next()
            .is_some_and(|one| one.is_err())
    );
}
