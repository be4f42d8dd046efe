//! Sentences and passages: where texts are cut.

use dragoman::article::{Paragraph, normalize, slice};
use dragoman::passage::{self, PASSAGE_LENGTH, Passage, passages, sentences};
use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

/// The sentences of `text`, joined by a bar.
fn cut(text: &str) -> String {
    sentences(text)
        .into_iter()
        .map(|span| slice(text, span.start, span.end))
        .collect::<Vec<_>>()
        .join("|")
}

/// Checks that the bars stand where the sentences end.
fn assert_cut(marked: &[&str]) {
    for marked in marked {
        let text = marked.replace('|', "");
        let squeezed: String = cut(&text);
        let expected = marked
            .split('|')
            .map(str::trim)
            .collect::<Vec<_>>()
            .join("|");
        assert_eq!(squeezed, expected);
    }
}

#[test]
fn chinese_sentences() {
    assert_cut(&[
        "今天下雨。|明天放晴！|后天呢？|不知道",
        "第一，要快；|第二，要稳。",
        "他走了……|没有回头。",
        "苹果、梨……等水果都涨价了。|菜没有。",
        "真的吗？！|是的。",
        "全长3.5公里，投资1.2亿元。|共12.",
        "結束了．|下一句。",
        "标题一行\n|正文一句。|正文二句。",
        "市场规模达３．５万亿元。|增长２０％。",
        "通知已经发出。（完）\n|下一段。",
        "记者 王某（本报）报道。|现场有人（约百人。）围观。",
    ]);
}

#[test]
fn quotations_stay_whole() {
    assert_cut(&[
        "他说：“今天好。明天也好。”|随后他走了。",
        "他说：「今天好。明天也好。」|隨後他走了。",
        "“去吗？”他问。|“去。”她说。",
        "“去吗？”|老师走了进来。",
        "打造“双高计划”的样板。|下一句。",
        "电影《你好！李焕英》上映。|票房很高。",
        "他喊：\"快跑！别回头！\"|大家都跑了。",
        "She said: “It works. We tested it.”| Then she left.",
        "\"Does it work?\" he asked.| \"Yes.\"| Nobody spoke.",
        "他表示“没有问题”。|会议结束（见图）。",
    ]);
    // What is opened and never closed protects nothing.
    assert_cut(&["他说：“今天好。|明天也好。|后天更好。"]);
}

#[test]
fn english_sentences() {
    assert_cut(&[
        "Dr. Smith met Mr. Lee at 5 p.m. on Monday.| They talked.",
        "It grew 3.5% in the U.S. and the U.K. last year.| Exports fell.",
        "He lives in the U.S.| The house is big.",
        "J. K. Rowling wrote it.| So did J.R.R. Tolkien.",
        "See example.com/a?b=c for more.| Or https://x.cn/?q=1.",
        "Ice Wheel Co., Ltd. makes machines.| It is large.",
        "Version 2.0.1 is out!| Get it? No."
            .replace(" No.", "| No.")
            .as_str(),
        "e.g. apples, i.e. fruit, etc. are sold.",
        "1. First point.| 2. Second point.",
        "Wait... what?| Yes.",
        "In No. 5 there are rooms.| The answer was no.| The end.",
        "中国GDP增长5.2%。|The IMF agreed.| 专家说好.|下一句。",
    ]);
}

#[test]
fn marks_on_marks_are_not_cut_off() {
    // A variation selector and a combining accent belong to the mark before them.
    assert_cut(&["好！\u{fe0f}|走。\u{301}|完"]);
}

fn one_paragraph(text: &str) -> Vec<Paragraph> {
    vec![Paragraph {
        n: 1,
        start: 0,
        end: text.chars().count(),
    }]
}

fn words<'a>(text: &'a str, passages: &[Passage]) -> Vec<&'a str> {
    passages
        .iter()
        .map(|one| slice(text, one.start, one.end))
        .collect()
}

#[test]
fn passages_overlap_by_a_sentence_and_keep_their_length() {
    let text: String = (0..40)
        .map(|n| format!("这是第{n:02}句，共有二十个汉字那么长。"))
        .collect();
    let found = passages(&text, &one_paragraph(&text));
    assert!(found.len() > 2, "{found:?}");
    for pair in found.windows(2) {
        let shared = slice(&text, pair[1].start, pair[0].end);
        assert_eq!(sentences(shared).len(), 1, "{shared}");
    }
    for words in words(&text, &found) {
        assert!(
            words.starts_with("这是第") && words.ends_with('。'),
            "{words}"
        );
        assert!(passage::length(words) <= PASSAGE_LENGTH * 5 / 4, "{words}");
    }
    let english: String = (0..60)
        .map(|n| format!("This is sentence number {n} of the text. "))
        .collect();
    let found = passages(&english, &one_paragraph(&english));
    let counts: Vec<usize> = words(&english, &found)
        .iter()
        .map(|words| words.split(' ').count())
        .collect();
    assert!(
        counts.iter().all(|count| (50..=240).contains(count)),
        "{counts:?}"
    );
}

#[test]
fn a_sentence_without_end_is_cut_at_pauses_then_at_graphemes() {
    let clauses = "这里有一个分句，".repeat(100);
    for words in words(&clauses, &passages(&clauses, &one_paragraph(&clauses))) {
        assert!(words.ends_with('，') && passage::length(words) <= PASSAGE_LENGTH * 5 / 4);
    }
    let families = "👨‍👩‍👧‍👦".repeat(300);
    let cut = passages(&families, &one_paragraph(&families));
    assert!(cut.len() > 1);
    for words in words(&families, &cut) {
        assert!(words.starts_with('👨') && words.ends_with('👦'), "{words}");
    }
    let figures = "共计1,234,567人、".repeat(60);
    for words in words(&figures, &passages(&figures, &one_paragraph(&figures))) {
        assert!(
            words.starts_with("共计") && words.ends_with('、'),
            "{words}"
        );
    }
}

#[test]
fn a_passage_belongs_to_the_paragraph_in_which_it_starts() {
    let (text, paragraphs) = normalize::given(&[
        "第一段。".repeat(60),
        "第二段。".to_owned(),
        "第三段。".repeat(60),
    ]);
    let starts: Vec<u32> = passages(&text, &paragraphs)
        .iter()
        .map(|one| one.paragraph)
        .collect();
    assert_eq!(starts, [1, 3]);
    assert_eq!(passages("", &[]), []);
    assert_eq!(passages(" \n ", &[]), []);
}

/// Text in which everything that matters to cutting turns up often.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[一二三四五六七八九十百千万亿]{1,30}",
        "[。！？；…，、“”‘’「」『』《》（）\"\n ]{1,3}",
        "[a-z]{1,9} ",
        "[A-Z][.!?] ?",
        "[0-9０-９.,%]{1,6}",
        Just("e\u{301}".to_owned()),
        Just("👨‍👩‍👧‍👦".to_owned()),
        Just("🇨🇳🇺🇸".to_owned()),
        Just("\u{3000}\u{200b}\u{fe0f}".to_owned()),
        "\\PC{1,5}",
    ];
    prop::collection::vec(piece, 0..200).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn sentences_and_passages_cover_the_text_in_order(text in text()) {
        let chars: Vec<char> = text.chars().collect();
        let boundaries: Vec<usize> = {
            let mut at = 0;
            let ends = text.graphemes(true).map(|grapheme| { at += grapheme.chars().count(); at });
            [0].into_iter().chain(ends).collect()
        };
        let blank = |span: std::ops::Range<usize>| chars[span].iter().all(|c| c.is_whitespace());

        let spans = sentences(&text);
        let mut covered = 0;
        for span in &spans {
            prop_assert!(span.start >= covered && span.start < span.end, "{:?}", spans);
            prop_assert!(blank(covered..span.start));
            covered = span.end;
        }
        prop_assert!(blank(covered..chars.len()));

        let paragraphs = one_paragraph(&text);
        let (mut covered, mut last) = (0, (0, 0));
        for (ordinal, one) in passages(&text, &paragraphs).into_iter().enumerate() {
            prop_assert_eq!(one.ordinal as usize, ordinal);
            prop_assert!(one.start >= last.0 && one.end > last.1 && one.start < one.end);
            prop_assert!(one.start <= covered || blank(covered..one.start));
            let words: String = chars[one.start..one.end].iter().collect();
            prop_assert_eq!(slice(&text, one.start, one.end), words.as_str());
            prop_assert!(boundaries.binary_search(&one.start).is_ok(), "starts in a grapheme: {:?}", words);
            prop_assert!(boundaries.binary_search(&one.end).is_ok(), "ends in a grapheme: {:?}", words);
            covered = one.end;
            last = (one.start, one.end);
        }
        prop_assert!(blank(covered..chars.len()));
    }

    #[test]
    fn a_block_is_split_between_sentences_alone(text in text()) {
        let (text, paragraphs) = normalize::split(&text);
        let starts: Vec<usize> = sentences(&text).iter().map(|span| span.start).collect();
        for paragraph in &paragraphs {
            prop_assert!(starts.contains(&paragraph.start), "{:?} in {:?}", paragraph, text);
        }
        prop_assert_eq!(paragraphs.iter().map(|p| p.n).collect::<Vec<_>>(), (1..=paragraphs.len() as u32).collect::<Vec<_>>());
    }
}
