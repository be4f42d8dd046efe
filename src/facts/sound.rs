//! Names by sound: a Latin name and the Chinese characters that render it.

use pinyin::ToPinyin;

use super::text::Text;

/// The consonants of a name, in the classes that transcription keeps apart.
pub type Skeleton = Vec<u8>;

/// Characters that commonly transcribe foreign sounds.
const TRANSCRIBING: &str = "阿埃艾爱安奥巴拜班邦保鲍贝本比毕彼别宾波伯博布查茨达戴丹德登邓迪蒂丁东杜顿多厄恩尔法范菲费芬丰冯夫弗佛福盖甘高戈格葛根贡古瓜圭哈海汉翰豪赫黑亨洪胡华怀惠霍基吉季加贾杰金卡凯坎康考科克肯孔库夸昆拉莱赖兰郎朗劳勒雷蕾黎李里理利丽莉连列林琳龙隆卢鲁路伦罗洛吕马玛迈麦曼芒毛梅门蒙米密敏明摩莫默姆木穆拿纳娜南内尼妮涅宁纽农努诺欧帕派潘庞培佩彭皮平泼朴普奇齐契恰强乔切琴琼丘热仁日荣茹儒瑞若撒萨塞赛三桑森沙莎山善尚绍舍申圣胜施什石史士舒朔斯丝思斯松苏索塔泰坦汤唐特滕提田廷图托陀瓦万汪旺威韦维魏温翁沃乌武西锡希席夏香肖歇谢辛欣兴休修许雅亚延扬杨耶叶伊易因印英尤犹约泽曾扎詹张者珍芝治朱兹祖佐茜默茨登翠柯柏妲娃娅嫩捷乃瑙妥弥喀尧佳嘉";

/// Whether a character commonly transcribes a foreign sound.
pub fn transcribes(c: char) -> bool {
    c == '·' || TRANSCRIBING.contains(c)
}

/// The skeleton of a lower-case Latin name.
pub fn latin(name: &str) -> Skeleton {
    let letters: Vec<char> = name.chars().filter(|c| c.is_ascii_alphabetic()).collect();
    let mut out = Vec::with_capacity(letters.len());
    let mut i = 0;
    while i < letters.len() {
        let next = letters.get(i + 1).copied().unwrap_or(' ');
        let (class, used) = match (letters[i], next) {
            ('p', 'h') => (b'F', 2),
            ('c', 'h') | ('s', 'h') => (b'S', 2),
            ('t', 'h') => (b'T', 2),
            ('n', 'g') => (b'N', 2),
            ('c', 'k') => (b'K', 2),
            ('g', 'h') if i > 0 => (0, 2),
            ('k', 'n') if i == 0 => (b'N', 2),
            ('w', 'r') if i == 0 => (b'L', 2),
            ('c', 'e' | 'i' | 'y') => (b'S', 1),
            ('g', 'e' | 'i') => (b'G', 1),
            ('x', _) if i == 0 => (b'S', 1),
            ('x', _) => {
                out.push(b'K');
                (b'S', 1)
            }
            ('b' | 'p', _) => (b'P', 1),
            ('w', _) if i > 0 => (0, 1),
            ('f' | 'v' | 'w', _) => (b'F', 1),
            ('d' | 't', _) => (b'T', 1),
            ('g' | 'k' | 'q' | 'c', _) => (b'K', 1),
            ('j', _) => (b'G', 1),
            ('s' | 'z', _) => (b'S', 1),
            ('l' | 'r', _) => (b'L', 1),
            ('m' | 'n', _) => (b'N', 1),
            ('h', _) => (b'H', 1),
            _ => (0, 1),
        };
        // Doubled letters sound once; a w or h after a vowel does not sound.
        let mute = (matches!(letters[i], 'w' | 'h')
            && !matches!(next, 'a' | 'e' | 'i' | 'o' | 'u' | 'y'))
            || next == letters[i];
        if class != 0 && !mute {
            out.push(class);
        }
        i += used;
    }
    out
}

/// The skeleton of transcribing characters, each class with the character it comes from.
pub fn chinese(chars: &[char]) -> Vec<(u8, usize)> {
    let mut out = Vec::with_capacity(chars.len() * 2);
    for (i, c) in chars.iter().enumerate() {
        let Some(syllable) = c.to_pinyin() else {
            continue;
        };
        let plain = syllable.plain();
        if plain == "er" {
            out.push((b'L', i));
            continue;
        }
        let class = match plain.as_bytes()[0] {
            b'b' | b'p' => b'P',
            b'f' => b'F',
            b'w' if plain != "wu" => b'F',
            b'd' | b't' => b'T',
            b'g' | b'k' => b'K',
            b'j' | b'q' => b'G',
            b'z' | b'c' | b's' | b'x' => b'S',
            b'l' | b'r' => b'L',
            b'm' | b'n' => b'N',
            b'h' => b'H',
            _ => 0,
        };
        if class != 0 {
            out.push((class, i));
        }
        if plain.ends_with('n') || plain.ends_with("ng") {
            out.push((b'N', i));
        }
    }
    out
}

fn cost(a: u8, b: u8) -> f32 {
    if a == b {
        return 0.0;
    }
    match (a.min(b), a.max(b)) {
        (b'G', b'K' | b'S') | (b'F', b'P' | b'H') | (b'S', b'T') | (b'H', b'K') => 0.35,
        _ => 1.0,
    }
}

/// How well a Latin name sounds in some part of a Chinese text's skeleton: 1 exactly, 0 not at all.
pub fn best(name: &[u8], text: &[(u8, usize)]) -> f32 {
    if name.is_empty() || text.is_empty() {
        return 0.0;
    }
    // Semi-global alignment: the name may begin and end anywhere in the text.
    let mut row = vec![0.0f32; text.len() + 1];
    for &class in name {
        let skip = if matches!(class, b'H' | b'L') {
            0.5
        } else {
            1.0
        };
        let mut diagonal = row[0];
        row[0] += skip;
        for (j, (other, _)) in text.iter().enumerate() {
            let here = (diagonal + cost(class, *other))
                .min(row[j + 1] + skip)
                .min(row[j] + 0.7);
            diagonal = row[j + 1];
            row[j + 1] = here;
        }
    }
    let least = row.iter().copied().fold(f32::INFINITY, f32::min);
    (1.0 - least / name.len() as f32).max(0.0)
}

/// Whether a lower-case Latin word is the pinyin, joined up, of consecutive characters.
pub fn is_pinyin_of(word: &str, text: &Text) -> bool {
    if word.len() < 2 {
        return false;
    }
    let word: String = word.chars().filter(|c| c.is_ascii_alphabetic()).collect();
    (0..text.chars.len()).any(|i| spelled_from(&word, text, i))
}

/// Whether a lower-case Latin word is the pinyin of some characters of a span.
pub fn spells(word: &str, text: &Text, span: &std::ops::Range<usize>) -> bool {
    let word: String = word.chars().filter(|c| c.is_ascii_alphabetic()).collect();
    word.len() > 2 && span.clone().any(|i| spelled_from(&word, text, i))
}

fn spelled_from(word: &str, text: &Text, start: usize) -> bool {
    let mut rest = word;
    let mut i = start;
    while !rest.is_empty() {
        let Some(common) = text.pinyin.get(i).copied().flatten() else {
            return false;
        };
        let after = rest
            .strip_prefix(common)
            .or_else(|| other_reading(text.at(i)).and_then(|s| rest.strip_prefix(s)));
        let Some(after) = after else { return false };
        rest = after;
        i += 1;
    }
    true
}

/// A reading that a character has in names, besides its common one.
fn other_reading(c: char) -> Option<&'static str> {
    match c {
        '重' => Some("chong"),
        '长' => Some("chang"),
        '乐' => Some("yue"),
        '厦' => Some("xia"),
        '单' => Some("shan"),
        '曾' => Some("zeng"),
        '解' => Some("xie"),
        '仇' => Some("qiu"),
        '朴' => Some("piao"),
        '覃' => Some("qin"),
        '区' => Some("ou"),
        '吕' => Some("lu"),
        '绿' => Some("lu"),
        '女' => Some("nu"),
        '陕' => Some("shaan"),
        '尉' => Some("yu"),
        '行' => Some("hang"),
        '省' => Some("xing"),
        '都' => Some("du"),
        '藏' => Some("zang"),
        '埔' => Some("pu"),
        '六' => Some("lu"),
        '朝' => Some("zhao"),
        '盛' => Some("sheng"),
        '石' => Some("shi"),
        '大' => Some("da"),
        '会' => Some("kuai"),
        _ => None,
    }
}
