//! Names of people in a Chinese text: surname and given name, or transcribed.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::LazyLock;

use super::gloss::Lexeme;
use super::name::GAZETTEER;
use super::sound;
use super::text::{Text, is_han};
use crate::dictionary;

/// A person that a Chinese text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The characters of the name, of a transcribed one with its dots.
    pub span: Range<usize>,
    /// Whether it is a Chinese name, surname first; otherwise a transcribed one.
    pub chinese: bool,
    /// Whether a title, a verb of speaking or a list beside it says that it is a person.
    pub sure: bool,
}

/// Surnames of one character, the most common first.
const SURNAMES: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂焦柳邢路岳齐梅莫庄辛管祝左涂谷祁耿牟卜肖詹关苗凌费纪靳盛童欧甄项曲游阳裴席卫查屈鲍覃霍翁隋甘景薄单包司柏宁柯阮桂闵解强柴华冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫嵺苟褚娄窦储巩尚蒲麦占闫修连习佟粟仇荣匡巫巴敖卓敬艾撒仲郎逯鹿文方向车乐成骆付阚晏舒茅窦苟郜尧仝竺郁幸佘冼麻荀桑褚蓝谌皮谯";

/// Surnames of two characters.
const COMPOUND: &[&str] = &[
    "欧阳", "司马", "上官", "诸葛", "司徒", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "夏侯",
    "端木", "呼延", "南宫", "轩辕", "宇文", "长孙", "鲜于", "闾丘", "澹台", "西门", "独孤", "赫连",
];

/// What stands straight before a person's name.
const BEFORE: &[&str] = &[
    "主席",
    "总统",
    "总理",
    "书记",
    "部长",
    "省长",
    "市长",
    "县长",
    "镇长",
    "村长",
    "局长",
    "厅长",
    "处长",
    "科长",
    "院长",
    "校长",
    "所长",
    "会长",
    "主任",
    "教授",
    "记者",
    "专家",
    "医生",
    "院士",
    "学者",
    "先生",
    "女士",
    "同志",
    "老师",
    "学生",
    "导演",
    "演员",
    "歌手",
    "作家",
    "作者",
    "编辑",
    "选手",
    "运动员",
    "教练",
    "队长",
    "队员",
    "球员",
    "经理",
    "总裁",
    "董事长",
    "创始人",
    "负责人",
    "发言人",
    "代表",
    "委员",
    "大使",
    "将军",
    "司令",
    "村民",
    "居民",
    "市民",
    "农民",
    "工人",
    "司机",
    "律师",
    "法官",
    "警察",
    "民警",
    "研究员",
    "工程师",
    "设计师",
    "分析师",
    "经济学家",
    "科学家",
    "理事长",
    "秘书长",
    "校友",
    "妻子",
    "丈夫",
    "儿子",
    "女儿",
    "父亲",
    "母亲",
    "航天员",
    "宇航员",
    "外长",
    "财长",
    "防长",
    "首相",
    "国王",
    "议员",
    "参议员",
    "州长",
    "主帅",
    "前锋",
    "门将",
    "后卫",
    "中场",
    "女星",
    "男星",
    "艺人",
    "主持人",
    "站长",
    "厂长",
    "场长",
    "政委",
    "指挥",
    "画家",
    "评委",
    "冠军",
    "名将",
    "小将",
    "女孩",
    "男孩",
    "青年",
    "嫌疑人",
    "被告人",
    "被告",
    "患者",
    "店主",
    "老板",
    "馆长",
    "园长",
    "团长",
    "司长",
    "署长",
    "检察官",
    "经纪人",
    "联合创始人",
    "副手",
    "干部",
    "职工",
    "员工",
    "业主",
    "用户",
    "游客",
    "旅客",
    "乘客",
    "志愿者",
    "护士",
    "编剧",
    "监制",
    "总监",
    "顾问",
    "讲师",
    "博士",
    "硕士",
    "高管",
    "候选人",
    "领袖",
    "领导人",
    "外援",
    "球星",
    "棋手",
    "姓名",
    "名叫",
    "叫做",
    "名为",
    "由",
    "与",
    "和",
    "及",
    "是",
    "对",
    "向",
    "让",
    "被",
    "据",
    "像",
    "请",
    "给",
    "跟",
    "同",
    "叫",
    "的",
];

/// What stands straight after a person's name.
const AFTER: &[&str] = &[
    "说", "表示", "介绍", "指出", "认为", "称", "告诉", "强调", "透露", "回忆", "坦言", "解释",
    "宣布", "谈到", "提到", "补充", "呼吁", "要求", "建议", "先生", "女士", "教授", "主席", "同志",
    "总统", "总理", "老师", "主任", "书记", "院士", "博士", "导演", "等", "夫妇", "夫妻", "一家",
    "夫人", "担任", "出任", "接替", "当选", "率", "主持", "出席", "参加", "会见", "访问", "获得",
    "获", "在", "则", "也", "还", "又", "已", "曾", "将", "就", "和", "与", "及", "的", "是", "为",
    "从", "到", "以", "用", "被", "对", "向", "于", "今年", "一行", "本人", "接受", "致辞", "发言",
    "摄", "签", "赛后", "因", "并", "都", "跟", "同", "领衔", "饰", "主演", "执导", "率领", "带领",
    "去世", "逝世", "出生", "毕业", "来自", "举行", "现场", "作为", "受", "向", "带", "发文",
    "发表", "签署", "此前", "连", "所", "组合", "以及", "这", "随", "去", "把", "让", "给", "给出",
    "们", "家", "不", "没", "笑", "写", "发", "走", "看", "有", "能", "会", "要", "需", "正", "可",
    "能够", "凭", "首", "先", "自", "当", "所", "亲", "日前", "近日", "昨", "当天", "致", "前",
    "后", "赴", "抵", "近",
];

/// Spellings of surnames besides Hanyu Pinyin, by their characters.
static SPELLINGS: LazyLock<HashMap<&str, Vec<&str>>> = LazyLock::new(|| {
    include_str!("surnames.txt")
        .lines()
        .filter(|l| !l.starts_with('#'))
        .filter_map(|line| line.split_once(' '))
        .map(|(surname, spellings)| (surname, spellings.split(' ').collect()))
        .collect()
});

/// Surnames in pinyin.
static IN_PINYIN: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let single = SURNAMES.chars().map(String::from);
    let all = single.chain(COMPOUND.iter().map(|c| (*c).to_owned()));
    all.flat_map(|surname| {
        let text = Text::new(&surname);
        sound::spellings(&text, &(0..text.chars.len()))
    })
    .collect()
});

/// Whether a lower-case Latin word is the pinyin of a surname.
pub fn is_surname(word: &str) -> bool {
    IN_PINYIN.contains(word)
}

/// Whether a lower-case Latin word spells the surname that begins a Chinese name, in pinyin or
/// as it is spelled in Hong Kong, Taiwan, Singapore, Korea or Vietnam.
pub fn spells_surname(word: &str, text: &Text, person: &Person) -> bool {
    let Some(length) = surname(text, person.span.start) else {
        return false;
    };
    let end = person.span.start + length;
    let characters = text.slice(person.span.start..end);
    let own = sound::spelled(word, text, &(person.span.start..person.span.start + 1));
    own.is_some_and(|span| span.end == end)
        || SPELLINGS
            .get(characters.as_str())
            .is_some_and(|s| s.contains(&word))
}

/// The people that a Chinese text names, in order; `lexemes` are its words.
pub fn people(text: &Text, lexemes: &[Lexeme]) -> Vec<Person> {
    let words = Words::new(text, lexemes);
    let mut out = known(text, lexemes);
    let mut add = |found: Vec<Person>| {
        for person in found {
            let rival = |p: &Person| overlap(&p.span, &person.span);
            if !out
                .iter()
                .any(|p| rival(p) && p.sure && p.span.len() >= person.span.len())
            {
                out.retain(|p| !rival(p));
                out.push(person);
            }
        }
    };
    add(chinese(text, &words));
    add(transcribed(text, lexemes));
    out.sort_by_key(|p| p.span.start);
    out
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// The words of a text by character.
struct Words {
    /// Length of the word that begins at a character, 0 where none does.
    length: Vec<usize>,
    /// Whether the dictionary has that word as a name only.
    name: Vec<bool>,
}

impl Words {
    fn new(text: &Text, lexemes: &[Lexeme]) -> Words {
        let mut words = Words {
            length: vec![0; text.chars.len()],
            name: vec![false; text.chars.len()],
        };
        for lexeme in lexemes.iter().filter(|l| !l.part) {
            words.length[lexeme.span.0] = lexeme.span.1 - lexeme.span.0;
            words.name[lexeme.span.0] = lexeme.name;
        }
        words
    }
}

/// The people whom the dictionary knows: words with years of life, or told to be names.
fn known(text: &Text, lexemes: &[Lexeme]) -> Vec<Person> {
    let lived = |sense: &str| {
        sense.split('(').skip(1).any(|part| {
            let year = part.trim_start_matches("c. ");
            year.len() > 4
                && year.is_char_boundary(4)
                && year[..4].bytes().all(|b| b.is_ascii_digit())
                && year[4..].starts_with(['-', '–'])
        })
    };
    lexemes
        .iter()
        .filter(|l| l.name && !l.part && l.span.1 - l.span.0 >= 2 && is_han(text.at(l.span.0)))
        .filter_map(|l| {
            let word = text.slice(l.span.0..l.span.1);
            let entries = dictionary::entries(&word);
            let senses = || entries.iter().flat_map(|e| e.english);
            let person =
                senses().any(|s| lived(s)) || senses().next().is_some_and(|s| s.contains("name)"));
            // A transcribed name does not read like the one that the dictionary gives.
            let chinese = surname(text, l.span.0).is_some_and(|length| {
                let letters: String = senses()
                    .flat_map(|s| s.chars())
                    .filter(char::is_ascii_alphabetic)
                    .collect();
                let own = &text.pinyin[l.span.0..l.span.0 + length];
                let own: String = own.iter().filter_map(|p| *p).collect();
                l.span.1 - l.span.0 <= 4 && letters.to_ascii_lowercase().contains(&own)
            });
            (person && GAZETTEER.chinese(&word).is_empty()).then_some(Person {
                span: l.span.0..l.span.1,
                chinese,
                sure: true,
            })
        })
        .collect()
}

/// Names of a surname and one or two characters more.
fn chinese(text: &Text, words: &Words) -> Vec<Person> {
    let mut out: Vec<Person> = Vec::new();
    let mut i = 0;
    while i < text.chars.len() {
        match surname(text, i).and_then(|surname| given(text, words, i, surname)) {
            Some((length, sure)) => {
                let span = i..i + length;
                i = span.end;
                let chinese = true;
                out.push(Person {
                    span,
                    chinese,
                    sure,
                });
            }
            None => i += words.length[i].max(1),
        }
    }
    out
}

/// Runs of transcribing characters.
fn transcribed(text: &Text, lexemes: &[Lexeme]) -> Vec<Person> {
    runs(text, lexemes)
        .into_iter()
        .map(|span| Person {
            sure: is_told_as_person(text, &span),
            chinese: false,
            span,
        })
        .collect()
}

/// The length of the surname that begins at a character.
fn surname(text: &Text, i: usize) -> Option<usize> {
    if COMPOUND.iter().any(|c| text.has(i, c)) {
        return Some(2);
    }
    SURNAMES.contains(text.at(i)).then_some(1)
}

/// Characters with which a body or a place ends, and seldom a name.
const NEVER_LAST: &str = "报社会院队党省市县区镇村路街站店厂校台局部派系族语人国州河江湖岛山语";

/// Whether a title before or a verb of speaking after a span says that it names a person.
pub fn is_told_as_person(text: &Text, span: &Range<usize>) -> bool {
    led(text, text.back_spaces(span.start)) || followed(text, text.skip_spaces(span.end))
}

/// Whether a word that a name may follow ends just before a character.
fn led(text: &Text, at: usize) -> bool {
    BEFORE.iter().any(|word| text.ends(at, word))
}

/// Whether a word that may follow a name begins at a character.
fn followed(text: &Text, at: usize) -> bool {
    AFTER.iter().any(|word| text.has(at, word))
}

/// Characters that are seldom part of a given name.
const NEVER_GIVEN: &str = "的了在是和与及说将被把对为从到于以等也都就不没我你他她它们这那其此年月日时分元个万亿余多名位人者次第";

/// The length of the name that begins at a surname, and whether it is sure to be one.
fn given(text: &Text, words: &Words, start: usize, surname: usize) -> Option<(usize, bool)> {
    // A surname within a word is none: 王 of 王国; but a word of two may be a name itself.
    let name =
        |from: usize| words.name[from] && GAZETTEER.chinese(&text.slice(from..from + 2)).is_empty();
    match words.length[start] {
        0 | 1 => {}
        2 if surname == 2 || name(start) => {}
        _ => return None,
    }
    let before = text.before(start);
    let titled = BEFORE
        .iter()
        .any(|word| word.len() > 3 && text.ends(start, word));
    let led = led(text, start) || !is_han(before) && !before.is_ascii_digit();
    let first = start + surname;
    // 周三, 周末: a day of the week.
    if text.at(start) == '周' && "一二三四五六日末边围年期岁".contains(text.at(first)) {
        return None;
    }
    let mut best: Option<(usize, u32, bool)> = None;
    if "多余数几两亿千百十万".contains(before) && start > 0 {
        return None;
    }
    for length in [2usize, 1] {
        let end = first + length;
        if NEVER_LAST.contains(text.at(end - 1)) {
            continue;
        }
        if (first..end).any(|k| !is_han(text.at(k)) || NEVER_GIVEN.contains(text.at(k))) {
            continue;
        }
        let followed = followed(text, end);
        // A name ends where a word does, but for a verb within what the dictionary took for
        // a word: 葛|平坦|言.
        let whole = (start..end).all(|k| k + words.length[k] <= end);
        if !(whole || followed && length == 1) {
            continue;
        }
        let loose = (first..end).all(|k| words.length[k] <= 1);
        let ends = followed || !is_han(text.at(end));
        let score = 2 * u32::from(led) + 2 * u32::from(ends) + u32::from(loose);
        if best.is_none_or(|(_, other, _)| score > other) {
            best = Some((length, score, led && ends || titled && loose));
        }
    }
    let (length, score, sure) = best?;
    (score >= 2).then_some((surname + length, sure))
}

/// Runs of characters that look like a transcribed name: transcribing characters that are no
/// ordinary words, parts joined by dots.
fn runs(text: &Text, lexemes: &[Lexeme]) -> Vec<Range<usize>> {
    let mut ordinary = vec![false; text.chars.len()];
    for lexeme in lexemes {
        let length = lexeme.span.1 - lexeme.span.0;
        let word = || text.slice(lexeme.span.0..lexeme.span.1);
        if length >= 2 && !lexeme.part && (!lexeme.name || !GAZETTEER.chinese(&word()).is_empty()) {
            ordinary[lexeme.span.0..lexeme.span.1].fill(true);
        }
    }
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut i = 0;
    while i < text.chars.len() {
        let start = i;
        while i < text.chars.len()
            && !dot(text.chars[i])
            && sound::transcribes(text.chars[i])
            && !ordinary[i]
        {
            i += 1;
        }
        let part = dot(text.before(start)) || dot(text.at(i));
        let named = lexemes
            .iter()
            .any(|l| l.name && l.span.0 == start && l.span.1 == i);
        let context = || led(text, start) && followed(text, i);
        if i - start >= 3
            || i - start == 2 && (part || named || context())
            || i - start == 1 && part
        {
            match parts.last_mut() {
                Some(last) if last.end + 1 == start && dot(text.at(last.end)) => last.end = i,
                _ => parts.push(start..i),
            }
        }
        i = i.max(start + 1);
    }
    parts
}

/// Whether a character joins the parts of a transcribed name.
pub fn dot(c: char) -> bool {
    matches!(c, '·' | '•' | '・' | '‧' | '．')
}
