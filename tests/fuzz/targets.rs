//! What every input must leave standing, and inputs made to break it: the functions
//! that read what strangers wrote, each with what holds for it whatever comes in.

#[path = "holds.rs"]
mod holds;

use dragoman::reader::Format;
use rand::RngExt;
use rand::rngs::SmallRng;

/// Longest input that is made.
pub const LONGEST: usize = 16_000;

/// A function under test, inputs to begin with, and words that mean something to it.
pub struct Target {
    pub name: &'static str,
    pub seeds: &'static [&'static str],
    words: &'static [&'static str],
    pub run: fn(&[u8]),
}

const NEWS: &str = "东昌府区葫芦种植面积3万余亩，产值达16亿元，同比增长百分之二十。“去年不是这样。”10月28日，王某（化名）说：今年5月起将减少１．５万吨。";
const ENGLISH: &str = "Dr. Wang said on Oct. 28, 2025 that over 30,000 mu (20 sq km) were planted; output fell by 12.5% to $1.6bn. \"It isn't so,\" she said.";
const DATES: &[&str] = &[
    "2025-10-28",
    "2025年10月28日",
    "二〇二五年十月二十八日",
    "上午8时30分",
    "05:25",
    "+08:00",
    "T",
    "Z",
    "Tue, 28 Oct 2025 05:25:00 GMT",
    "９９９９",
    "-0001",
    "13月32日",
    "去年",
    "yesterday",
    "1990s",
    "Q3",
];
const FIGURES: &[&str] = &[
    "3万余亩",
    "16亿元",
    "百分之二十",
    "十分之一",
    "２０％",
    "1,000,000",
    "1e308",
    "零点五",
    "一万亿亿亿",
    "three quarters",
    "half a dozen",
    "第1",
    "两倍",
    "不",
    "没有",
    "not",
    "never",
    "下降",
    "约",
    "超过",
    "$",
    "¥",
    "km²",
    "99999999999999999999",
    "〇",
    "廿",
    "-",
    "~",
    "至",
    "10-28",
    "½",
    "①",
    "卅",
];
const HTML: &[&str] = &[
    "<p>",
    "</p>",
    "<div>",
    "<article>",
    "<table><tr><td>",
    "<!--",
    "-->",
    "<script>",
    "</script>",
    "<style>",
    "<h1>",
    "<title>",
    "<meta name=\"date\" content=\"2025-10-28\">",
    "<time datetime=\"2025-10-28\">",
    "&amp;",
    "&#x9f9f;",
    "&#0;",
    "&#xffffffff;",
    "&nosuch;",
    "<p a=1 ",
    "'",
    "\"",
    "<br/>",
    "<template>",
    "<svg><foreignObject>",
    "<select><option>",
    "<plaintext>",
    "<![CDATA[",
    "<base href=\"//x\">",
    "<a href=\"javascript:1\">",
];

/// All that is tried.
pub const TARGETS: &[Target] = &[
    Target {
        name: "html",
        seeds: &[
            "<html><head><title>葫芦</title></head><body><h1>葫芦</h1><p>东昌府区葫芦种植面积3万余亩。</p></body></html>",
        ],
        words: HTML,
        run: |bytes| holds::read(Format::Html, bytes),
    },
    Target {
        name: "markdown",
        seeds: &[
            "---\ntitle: 葫芦\nsource: 新华网\ndate: 2025-10-28\ntopics: [a, b]\n---\n# 葫芦\n\n正文一。\n\n> 引文\n\n- 一\n- 二\n\n```\ncode\n```\n| a | b |\n",
        ],
        words: &[
            "---\n",
            "# ",
            "> ",
            "- ",
            "```",
            "[x](y)",
            "![",
            "|",
            "date: ",
            "title: ",
            "topics: [",
            "\n\n",
            "&amp;",
            "<b>",
            "*",
            "**",
            "\\",
            "    ",
        ],
        run: |bytes| holds::read(Format::Markdown, bytes),
    },
    Target {
        name: "text",
        seeds: &[
            "葫芦产业\n\n新华社济南10月28日电（记者 王某）东昌府区葫芦种植面积3万余亩。\n\n来源：新华网 2025-10-28 05:25",
            NEWS,
        ],
        words: &[
            "新华社",
            "日电",
            "记者",
            "来源：",
            "\n\n",
            "\r\n",
            "\u{3000}\u{3000}",
            "责任编辑：",
        ],
        run: |bytes| holds::read(Format::Text, bytes),
    },
    Target {
        name: "topic-page",
        seeds: &[
            "TOPIC\n\n1. 葫芦产业\nSource: 新华网\nDate: 2025-10-28\n\nSummary\n• Gourds cover over 30,000 mu. [1]\n\n[1] 东昌府区葫芦种植面积3万余亩。\n",
        ],
        words: &[
            "\n\n",
            "• ",
            "[1]",
            "Summary",
            "Source: ",
            "Date: ",
            "1. ",
            "来源",
            "Paragraph 2",
            "---",
            "\t",
        ],
        run: |bytes| holds::read(Format::Text, bytes),
    },
    Target {
        name: "feed",
        seeds: &[
            "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>a</title><item><title>葫芦</title><link>https://a.example/1</link><pubDate>Tue, 28 Oct 2025 05:25:00 GMT</pubDate><description>&lt;p&gt;正文。&lt;/p&gt;</description></item></channel></rss>",
            "<feed xmlns=\"http://www.w3.org/2005/Atom\"><entry><id>x</id><title type=\"html\">葫芦</title><updated>2025-10-28T05:25:00Z</updated><content type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\">正文。</div></content></entry></feed>",
            "{\"version\": \"https://jsonfeed.org/version/1.1\", \"title\": \"a\", \"items\": [{\"id\": \"1\", \"content_html\": \"<p>正文。</p>\"}]}",
        ],
        words: &[
            "<!DOCTYPE x [<!ENTITY a \"b\">]>",
            "&a;",
            "<![CDATA[",
            "]]>",
            "<item>",
            "</item>",
            "<entry>",
            "<content:encoded>",
            "xmlns:dc=\"x\"",
            "<?xml encoding=\"gbk\"?>",
            "\u{feff}",
            "</",
        ],
        run: |bytes| holds::read(Format::Feed, bytes),
    },
    Target {
        name: "json",
        seeds: &[
            "{\"id\": \"a\", \"text\": \"正文。\", \"published_at\": \"2025-10-28\", \"brief\": {\"lead\": {\"label\": \"x\", \"points\": [{\"text\": \"a\", \"citations\": [1]}]}, \"groups\": [], \"citations\": [{\"n\": 1, \"paragraph\": 1}]}}",
            "[{\"paragraphs\": [\"一。\", \"二。\"], \"metadata\": {\"a\": [1, null]}}]",
        ],
        words: &[
            "{",
            "}",
            "[",
            "]",
            "\"",
            "\\u0000",
            "\\ud83d",
            "null",
            "1e999",
            "\"text\":",
            "\"html\":",
            "\"brief\":",
            "\"url\":\"https://a.example\",",
            ",",
        ],
        run: holds::json,
    },
    Target {
        name: "passages",
        seeds: &[NEWS, ENGLISH, "他说：“今天好。明天也好。”随后他走了。"],
        words: &[
            "。",
            "！？",
            "“",
            "”",
            "「",
            "」",
            "……",
            "（",
            "）",
            ".",
            ". ",
            "Dr.",
            "3.5",
            "\n",
            "\u{200d}",
            "👩‍👩‍👧",
            "\u{301}",
            "，",
            "；",
            "《",
            "》",
        ],
        run: holds::passages,
    },
    Target {
        name: "facts",
        seeds: &[NEWS, ENGLISH],
        words: FIGURES,
        run: holds::all_facts,
    },
    Target {
        name: "check",
        seeds: &[
            "Over 30,000 mu were planted with gourds in 2025.\0东昌府区葫芦种植面积3万余亩。",
            "Output fell by 12.5%.\0产值同比下降百分之十二点五。",
        ],
        words: FIGURES,
        run: holds::checked,
    },
    Target {
        name: "dates",
        seeds: &["2025年10月28日 05:25", "Tue, 28 Oct 2025 05:25:00 GMT"],
        words: DATES,
        run: holds::times,
    },
    Target {
        name: "citations",
        seeds: &["产值16亿元[1]，面积3万余亩【2†source】。[1-3][^4]［５］[来源6]"],
        words: &[
            "[",
            "]",
            "【",
            "】",
            "［",
            "1",
            "-",
            ",",
            "†",
            "^",
            "来源",
            "99999999999",
            "\n",
        ],
        run: holds::citations,
    },
    Target {
        name: "harmless",
        seeds: &["见[全文](https://evil.example/a) ![x](data:1) <img src=x> www.evil.example"],
        words: &[
            "[",
            "](",
            ")",
            "!",
            "<",
            ">",
            "https://",
            "www.",
            "javascript:",
            "\u{200b}",
            "\u{202e}",
            "data:",
            "&#x3c;",
            "<!--",
        ],
        run: holds::harmless_twice,
    },
    Target {
        name: "reply",
        seeds: &[
            "<think>a</think>```json\n{\"claims\": [{\"cited\": 1, \"evidence\": \"a \\\"b\\\" c\", \"statement\": \"d\"}],}\n```",
        ],
        words: &[
            "<think>", "</think>", "<thi", "{", "}", "[", "]", "\"", "\\", "\\u12", "```", ",",
            ":", "null", "-1.5e9",
        ],
        run: holds::reply,
    },
    Target {
        name: "words",
        seeds: &[NEWS, ENGLISH],
        words: &[
            "的",
            "葫蘆",
            "Wang's",
            "C++",
            "ＡＢＣ",
            "\u{fb01}",
            "İ",
            "ß",
        ],
        run: holds::weights,
    },
    Target {
        name: "stream",
        seeds: &[
            "data: {\"choices\": [{\"delta\": {\"content\": \"东昌府区\"}}]}\n\ndata: {\"choices\": [{\"delta\": {}, \"finish_reason\": \"stop\"}], \"usage\": {\"prompt_tokens\": 3}}\n\ndata: [DONE]\n\n",
            "event: x\nid: 1\nretry: 5\ndata: {\"error\": {\"message\": \"a\", \"code\": 500}}\n\n",
        ],
        words: &[
            "data: ",
            "\n\n",
            "\r\n",
            "\r",
            ":",
            "[DONE]",
            "{\"choices\": []}",
            "\"delta\":",
            "\"content\": \"",
            "null",
            "\"finish_reason\": \"\"",
            "\u{feff}",
            "retry: 0",
            "\"usage\": {}",
            "<think>",
            "</think>",
            "亩",
        ],
        run: holds::stream,
    },
];

/// A new input out of old ones: cut, joined, repeated, with words put in and bits turned.
pub fn mutate(target: &Target, corpus: &[Vec<u8>], random: &mut SmallRng) -> Vec<u8> {
    let mut input = corpus[random.random_range(0..corpus.len())].clone();
    for _ in 0..random.random_range(1..8) {
        let at = random.random_range(0..=input.len());
        let end = random.random_range(at..=input.len());
        match random.random_range(0..8) {
            0..3 => {
                let word = target.words[random.random_range(0..target.words.len())];
                input.splice(at..at, word.bytes());
            }
            3 => drop(input.drain(at..end)),
            4 => {
                let other = &corpus[random.random_range(0..corpus.len())];
                let from = random.random_range(0..=other.len());
                input.splice(at..end, other[from..].iter().copied());
            }
            5 => {
                // Many times the same, which is where work grows faster than the text.
                let end = end.min(at + 64);
                let times = 1_usize << random.random_range(0..12);
                let part = input[at..end].repeat(times);
                input.splice(at..at, part);
            }
            6 if at < input.len() => input[at] = random.random(),
            _ if at < input.len() => input[at] ^= 1 << random.random_range(0..8),
            _ => {}
        }
        input.truncate(LONGEST);
    }
    input
}
