//! Units of measure and money, with their conversion.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::text::{Text, is_han};

/// What a unit measures; only units of one dimension convert into each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    /// Counted things, or nothing: 3 schools, the number 3.
    Count,
    /// Percent, fractions.
    Ratio,
    /// Percentage points.
    Points,
    /// Times as much.
    Multiple,
    /// Square metres.
    Area,
    /// Metres; a speed is the length that is gone in an hour.
    Length,
    /// Kilograms.
    Mass,
    /// Litres.
    Volume,
    /// Watt-hours.
    Energy,
    /// Watts.
    Power,
    /// Degrees Celsius; Fahrenheit is told by its factor 0.
    Temperature,
    /// Seconds.
    Time,
    /// Money of one currency; different currencies do not convert.
    Money(&'static str),
}

impl Dimension {
    /// Whether it is measured, and so never counted, with time and money left aside.
    pub fn is_physical(self) -> bool {
        matches!(
            self,
            Dimension::Area
                | Dimension::Length
                | Dimension::Mass
                | Dimension::Volume
                | Dimension::Energy
                | Dimension::Power
                | Dimension::Temperature
        )
    }
}

/// A unit: its dimension, how many base units it is, its English name (plural), its Chinese one.
#[derive(Debug, PartialEq)]
pub struct Unit {
    /// What it measures.
    pub dimension: Dimension,
    /// Base units in one of it.
    pub factor: f64,
    /// English plural, `"%"` for percent.
    pub name: &'static str,
    zh: &'static [&'static str],
    en: &'static [&'static str],
}

/// No unit: a bare or counted number.
pub static NONE: Unit = Unit {
    dimension: Dimension::Count,
    factor: 1.0,
    name: "",
    zh: &[],
    en: &[],
};
/// Parts of one: fractions.
pub static RATIO: Unit = Unit {
    dimension: Dimension::Ratio,
    factor: 1.0,
    name: "",
    zh: &[],
    en: &[],
};

const fn unit(
    dimension: Dimension,
    factor: f64,
    name: &'static str,
    zh: &'static [&'static str],
    en: &'static [&'static str],
) -> Unit {
    Unit {
        dimension,
        factor,
        name,
        zh,
        en,
    }
}

use Dimension::{
    Area, Energy, Length, Mass, Money, Points, Power, Ratio, Temperature, Time, Volume,
};

// One unit a line reads as the table that it is.
#[rustfmt::skip]
static UNITS: &[Unit] = &[
    unit(Ratio, 0.01, "%", &["%", "％", "巴仙"], &["%", "percent", "per cent", "pct"]),
    unit(Ratio, 0.001, "‰", &["‰"], &["‰"]),
    unit(Ratio, 0.1, "tenths", &["成"], &[]),
    unit(Points, 1.0, "percentage points", &["个百分点", "百分点"], &["percentage points", "percentage point", "pp", "ppt"]),
    unit(Points, 0.01, "basis points", &["个基点", "基点", "个基本点", "基本点"], &["basis points", "basis point", "bps"]),
    unit(Dimension::Multiple, 1.0, "times", &["倍"], &["fold"]),
    unit(Area, 666.666_666_7, "mu", &["亩"], &["mu", "mou"]),
    unit(Area, 66_666.666_67, "qing", &["公顷亩"], &[]),
    unit(Area, 1e4, "hectares", &["公顷"], &["hectares", "hectare", "ha"]),
    unit(Area, 1e6, "square kilometers", &["平方公里", "平方千米"], &["square kilometers", "square kilometer", "square kilometres", "square kilometre", "sq km", "km2"]),
    unit(Area, 1.0, "square meters", &["平方米", "平米"], &["square meters", "square meter", "square metres", "square metre", "sq m", "sqm", "m2"]),
    unit(Area, 4046.86, "acres", &["英亩"], &["acres", "acre"]),
    unit(Area, 2_589_988.0, "square miles", &["平方英里"], &["square miles", "square mile", "sq mi"]),
    unit(Area, 0.092_903, "square feet", &["平方英尺", "平方尺"], &["square feet", "square foot", "sq ft"]),
    unit(Length, 1e3, "kilometers", &["公里", "千米", "km", "KM"], &["kilometers", "kilometer", "kilometres", "kilometre", "km", "kms"]),
    unit(Length, 500.0, "li", &["里", "华里"], &["li"]),
    unit(Length, 1.0, "meters", &["米", "公尺"], &["meters", "meter", "metres", "metre", "m"]),
    unit(Length, 0.01, "centimeters", &["厘米", "公分", "cm"], &["centimeters", "centimeter", "centimetres", "centimetre", "cm"]),
    unit(Length, 0.001, "millimeters", &["毫米", "mm"], &["millimeters", "millimeter", "millimetres", "millimetre", "mm"]),
    unit(Length, 1e-6, "micrometers", &["微米"], &["micrometers", "micrometer", "microns", "micron"]),
    unit(Length, 1e-9, "nanometers", &["纳米", "nm"], &["nanometers", "nanometer", "nanometres", "nanometre", "nm"]),
    unit(Length, 1609.34, "miles", &["英里"], &["miles", "mile"]),
    unit(Length, 1852.0, "nautical miles", &["海里"], &["nautical miles", "nautical mile"]),
    unit(Length, 0.3048, "feet", &["英尺"], &["feet", "foot", "ft"]),
    unit(Length, 0.0254, "inches", &["英寸", "吋"], &["inches", "inch"]),
    unit(Length, 0.9144, "yards", &["码"], &["yards", "yard"]),
    unit(Length, 9.461e15, "light-years", &["光年"], &["light years", "light year"]),
    unit(Mass, 1e3, "tonnes", &["吨", "公吨"], &["tonnes", "tonne", "tons", "ton", "metric tons", "metric ton"]),
    unit(Mass, 1.0, "kilograms", &["公斤", "千克", "kg"], &["kilograms", "kilogram", "kg", "kgs", "kilos", "kilo"]),
    unit(Mass, 0.5, "jin", &["斤", "市斤"], &["jin", "catties", "catty"]),
    unit(Mass, 0.001, "grams", &["克"], &["grams", "gram", "g"]),
    unit(Mass, 1e-6, "milligrams", &["毫克", "mg"], &["milligrams", "milligram", "mg"]),
    unit(Mass, 1e-9, "micrograms", &["微克"], &["micrograms", "microgram", "mcg"]),
    unit(Mass, 0.4536, "pounds", &["磅"], &["lbs", "lb"]),
    unit(Mass, 0.02835, "ounces", &["盎司"], &["ounces", "ounce", "oz"]),
    unit(Volume, 1.0, "liters", &["升", "公升"], &["liters", "liter", "litres", "litre"]),
    unit(Volume, 0.001, "milliliters", &["毫升", "ml"], &["milliliters", "milliliter", "millilitres", "millilitre", "ml"]),
    unit(Volume, 1e3, "cubic meters", &["立方米", "方", "立方"], &["cubic meters", "cubic meter", "cubic metres", "cubic metre"]),
    unit(Volume, 158.987, "barrels", &["桶"], &["barrels", "barrel"]),
    unit(Volume, 3.785, "gallons", &["加仑"], &["gallons", "gallon"]),
    unit(Energy, 1e3, "kilowatt-hours", &["千瓦时", "度电", "千瓦小时"], &["kilowatt hours", "kilowatt hour", "kwh"]),
    unit(Energy, 1e6, "megawatt-hours", &["兆瓦时"], &["megawatt hours", "megawatt hour", "mwh"]),
    unit(Power, 1.0, "watts", &["瓦"], &["watts", "watt"]),
    unit(Power, 1e3, "kilowatts", &["千瓦"], &["kilowatts", "kilowatt", "kw"]),
    unit(Power, 1e6, "megawatts", &["兆瓦"], &["megawatts", "megawatt", "mw"]),
    unit(Power, 1e9, "gigawatts", &["吉瓦"], &["gigawatts", "gigawatt", "gw"]),
    unit(Temperature, 1.0, "°C", &["℃", "摄氏度", "°C"], &["°c", "℃", "degrees celsius", "degree celsius", "degrees centigrade", "celsius", "centigrade"]),
    unit(Temperature, 0.0, "°F", &["℉", "华氏度", "°F"], &["°f", "℉", "degrees fahrenheit", "degree fahrenheit"]),
    unit(Time, 1.0, "seconds", &["秒", "秒钟"], &["seconds", "second", "sec", "secs"]),
    unit(Time, 0.001, "milliseconds", &["毫秒"], &["milliseconds", "millisecond", "ms"]),
    unit(Time, 60.0, "minutes", &["分钟"], &["minutes", "minute", "min", "mins"]),
    unit(Time, 3600.0, "hours", &["小时", "个小时", "个钟头", "钟头", "个多小时"], &["hours", "hour", "hrs", "hr"]),
    unit(Time, 86_400.0, "days", &["天", "日", "个工作日", "昼夜"], &["days", "day"]),
    unit(Time, 86_400.0, "nights", &["晚", "夜", "个晚上", "个夜晚"], &["nights", "night"]),
    unit(Time, 604_800.0, "weeks", &["周", "个星期", "星期", "个礼拜", "个周"], &["weeks", "week"]),
    unit(Time, 2_629_800.0, "months", &["个月", "个多月", "月"], &["months", "month"]),
    unit(Time, 31_557_600.0, "years", &["年", "周年", "年度", "周岁", "岁", "个年头", "载", "学年"], &["years", "year", "years old", "yr", "yrs"]),
    unit(Time, 315_576_000.0, "decades", &["个十年"], &["decades", "decade"]),
    unit(Time, 3_155_760_000.0, "centuries", &["个世纪"], &["centuries", "century"]),
    unit(Length, 1e3, "km/h", &["公里/小时", "公里每小时", "千米/小时", "km/h", "公里/时"], &["km/h", "kph", "kmh", "kilometers per hour", "kilometres per hour", "kilometers an hour", "kilometres an hour"]),
    unit(Length, 1609.34, "mph", &["英里/小时", "英里每小时"], &["mph", "miles per hour", "miles an hour"]),
    unit(Money("CNY"), 1.0, "yuan", &["元", "元人民币", "人民币", "块", "块钱"], &["yuan", "rmb", "renminbi", "cny", "¥"]),
    unit(Money("CNY"), 0.1, "jiao", &["角", "毛", "毛钱", "角钱"], &["jiao"]),
    unit(Money("CNY"), 0.01, "fen", &["分钱"], &["fen"]),
    unit(Money("USD"), 1.0, "US dollars", &["美元", "美金", "$"], &["us$", "usd", "us dollars", "us dollar", "u s dollars"]),
    unit(Money("$"), 1.0, "dollars", &[], &["$", "dollars", "dollar", "bucks"]),
    unit(Money("USD"), 0.01, "US cents", &["美分"], &["cents", "cent"]),
    unit(Money("HKD"), 1.0, "Hong Kong dollars", &["港元", "港币"], &["hk$", "hkd", "hong kong dollars"]),
    unit(Money("EUR"), 1.0, "euros", &["欧元"], &["€", "euros", "euro", "eur"]),
    unit(Money("GBP"), 1.0, "pounds", &["英镑", "镑"], &["£", "gbp", "pounds", "pound", "pounds sterling", "quid"]),
    unit(Money("JPY"), 1.0, "yen", &["日元", "日圆"], &["yen", "jpy"]),
    unit(Money("KRW"), 1.0, "won", &["韩元", "韩圆"], &["won", "krw"]),
    unit(Money("AUD"), 1.0, "Australian dollars", &["澳元", "澳币", "澳大利亚元"], &["a$", "aud", "australian dollars"]),
    unit(Money("CAD"), 1.0, "Canadian dollars", &["加元", "加币"], &["c$", "cad", "canadian dollars"]),
    unit(Money("SGD"), 1.0, "Singapore dollars", &["新加坡元", "新元"], &["s$", "sgd", "singapore dollars"]),
    unit(Money("TWD"), 1.0, "New Taiwan dollars", &["新台币", "台币", "元新台币"], &["nt$", "twd", "taiwan dollars"]),
    unit(Money("MOP"), 1.0, "patacas", &["澳门元", "澳门币"], &["patacas", "pataca", "mop$"]),
    unit(Money("NZD"), 1.0, "New Zealand dollars", &["新西兰元", "纽元"], &["nz$", "nzd", "new zealand dollars"]),
    unit(Money("THB"), 1.0, "baht", &["泰铢"], &["baht", "thb"]),
    unit(Money("VND"), 1.0, "dong", &["越南盾", "越盾"], &["dong", "vnd"]),
    unit(Money("IDR"), 1.0, "rupiah", &["印尼盾", "印尼卢比"], &["rupiah", "rupiahs"]),
    unit(Money("MYR"), 1.0, "ringgit", &["林吉特", "令吉", "马币"], &["ringgit", "ringgits", "myr"]),
    unit(Money("TRY"), 1.0, "lira", &["里拉"], &["lira", "liras"]),
    unit(Money("IRR"), 1.0, "rials", &["里亚尔"], &["rials", "rial"]),
    unit(Money("ZAR"), 1.0, "rand", &["兰特"], &["rand"]),
    unit(Money("BRL"), 1.0, "reais", &["雷亚尔"], &["reais"]),
    unit(Money("pesos"), 1.0, "pesos", &["比索"], &["pesos", "peso"]),
    unit(Money("INR"), 1.0, "rupees", &["卢比"], &["₹", "rupees", "rupee", "inr"]),
    unit(Money("RUB"), 1.0, "roubles", &["卢布"], &["rubles", "ruble", "roubles", "rouble"]),
    unit(Money("CHF"), 1.0, "Swiss francs", &["瑞士法郎", "瑞郎"], &["swiss francs", "swiss franc", "francs", "chf"]),
];

type Forms = Vec<(Vec<char>, &'static Unit)>;

static ZH: LazyLock<HashMap<char, Forms>> = LazyLock::new(|| {
    let mut map: HashMap<char, Forms> = HashMap::new();
    for unit in UNITS {
        for form in unit.zh {
            let chars: Vec<char> = form.chars().collect();
            map.entry(chars[0]).or_default().push((chars, unit));
        }
    }
    for forms in map.values_mut() {
        forms.sort_by_key(|(form, _)| std::cmp::Reverse(form.len()));
    }
    map
});

static EN: LazyLock<HashMap<&'static str, &'static Unit>> = LazyLock::new(|| {
    UNITS
        .iter()
        .flat_map(|u| u.en.iter().map(move |form| (*form, u)))
        .collect()
});

/// The unit written in Chinese (or as a sign) at `i`, and where it ends.
pub fn chinese(text: &Text, i: usize) -> Option<(&'static Unit, usize)> {
    let (form, unit) = ZH
        .get(&text.at(i))?
        .iter()
        .find(|(form, _)| form.iter().enumerate().all(|(k, c)| text.at(i + k) == *c))?;
    let end = i + form.len();
    // A Latin form must not be the beginning of a word.
    if form[0].is_ascii_alphabetic() && text.at(end).is_ascii_alphabetic() {
        return None;
    }
    let next = text.at(end);
    let word = match form[form.len() - 1] {
        '成' => matches!(
            next,
            '为' | '立'
                | '功'
                | '员'
                | '本'
                | '都'
                | '果'
                | '绩'
                | '长'
                | '熟'
                | '交'
                | '品'
                | '分'
        ),
        '方' => form.len() == 1 && !matches!(next, '水' | '木' | '土' | '天'),
        '里' => matches!(next, '面' | '程' | '约' | '昂'),
        '日' => next == '本' || next == '元',
        '码' => matches!(next, '头' | '位' | '元' | '流'),
        '角' => matches!(next, '度' | '色' | '落' | '逐' | '形'),
        '毛' => matches!(next, '病' | '利' | '孩' | '里'),
        '周' => matches!(next, '边' | '围' | '刊' | '转'),
        '夜' | '晚' => matches!(next, '上' | '会'),
        '块' => !matches!(next, '钱') && form.len() == 1,
        '升' => matches!(next, '级' | '至' | '到'),
        '克' => matches!(next, '拉' | '里'),
        '米' => matches!(next, '尔' | '歇'),
        _ => false,
    };
    (!word).then_some((*unit, end))
}

/// The English unit whose words (three at most) begin with word `k`, and the index past them.
pub fn english(text: &Text, k: usize) -> Option<(&'static Unit, usize)> {
    let one = text.word(k);
    if text.joined(k) {
        let two = format!("{one} {}", text.word(k + 1));
        if text.joined(k + 1) {
            let three = format!("{two} {}", text.word(k + 2));
            if let Some(unit) = EN.get(three.as_str()) {
                return Some((unit, k + 3));
            }
        }
        if let Some(unit) = EN.get(two.as_str()) {
            return Some((unit, k + 2));
        }
    }
    EN.get(one).map(|unit| (*unit, k + 1))
}

/// The area or volume of a unit of length with a 2 or 3 at `end`, and where that ends:
/// m², km2, m³.
pub fn raised(text: &Text, unit: &Unit, end: usize) -> Option<(&'static Unit, usize)> {
    let power = match text.at(end) {
        '²' | '2' => 2,
        '³' | '3' => 3,
        _ => return None,
    };
    let name = match (unit.name, power) {
        ("meters", 2) => "square meters",
        ("kilometers", 2) => "square kilometers",
        ("feet", 2) => "square feet",
        ("meters", 3) => "cubic meters",
        _ => return None,
    };
    (!text.at(end + 1).is_alphanumeric() || is_han(text.at(end + 1)))
        .then(|| (named(name), end + 1))
}

/// The unit that a sign or code stands for: `$`, `US$`, `%`, `RMB`.
pub fn sign(form: &str) -> Option<&'static Unit> {
    EN.get(form).copied()
}

/// The unit with this English name, for rendering.
pub fn named(name: &str) -> &'static Unit {
    UNITS.iter().find(|u| u.name == name).unwrap_or(&NONE)
}
