//! Times as they come in and go out.

use dragoman::time::{Time, TimeError};
use jiff::{Timestamp, tz, tz::TimeZone};
use proptest::prelude::*;

fn shanghai() -> TimeZone {
    TimeZone::get("Asia/Shanghai").expect("the time zone data is bundled")
}

fn read(text: &str) -> String {
    match Time::parse(text, &shanghai()) {
        Ok(time) => time.to_string(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn every_form_of_one_moment_is_read_alike() {
    for text in [
        "2025-10-28T05:25:00+08:00",
        "2025-10-27T21:25:00Z",
        "2025-10-28 05:25:00 +0800",
        "2025-10-28T05:25:00",
        "2025-10-28T05:25",
        "2025-10-28 05:25:00",
        "2025-10-28 05:25",
        "  2025-10-28　05:25 ",
        "2025年10月28日 05:25",
        "2025年10月28日05:25:00",
        "2025年10月28日5时25分",
        "2025年10月28日上午5时25分",
        "2025年10月28日凌晨5点25分0秒",
        "2025年10月28日 星期二 05:25",
        "2025年10月28日（周二）5:25",
        "二〇二五年十月二十八日五时二十五分",
        "2025/10/28 05:25",
        "2025/10/28 5:25 AM",
        "2025.10.28 05:25",
        "２０２５年１０月２８日　０５：２５",
        "２０２５－１０－２８ ０５：２５",
        "2025年10月28號 5點25分",
        "Tue, 28 Oct 2025 05:25:00 +0800",
        "Mon, 27 Oct 2025 21:25:00 GMT",
    ] {
        let time = Time::parse(text, &shanghai());
        let micros = time.as_ref().map(Time::micros);
        assert_eq!(micros, Ok(1_761_600_300_000_000), "{text}: {time:?}");
    }
}

#[test]
fn a_date_is_its_first_moment_in_the_zone() {
    for text in [
        "2025-10-28",
        "2025年10月28日",
        "二〇二五年十月二十八日",
        "2025/10/28",
        "2025.10.28",
        "2025年10月28号",
        "2025/10/28/",
    ] {
        let expected = if text.ends_with('/') {
            "unknown form"
        } else {
            "2025-10-28T00:00:00+08:00"
        };
        assert!(read(text).contains(expected), "{text}: {}", read(text));
    }
    let new_york = TimeZone::get("America/New_York").expect("the time zone data is bundled");
    let time = Time::parse("2025年7月4日", &new_york).expect("a date");
    assert_eq!(time.to_string(), "2025-07-04T00:00:00-04:00");
}

#[test]
fn a_date_before_zones_stays_the_day_that_was_printed() {
    for (text, shown) in [
        ("1900-05-01", "1900-05-01T00:00:00+08:05"),
        ("一九〇〇年五月一日 下午3时", "1900-05-01T15:00:00+08:05"),
        ("１９００-05-01", "1900-05-01T00:00:00+08:05"),
        ("1900-05-01T10:00:00+08:05:43", "1900-05-01T10:00:00+08:05"),
    ] {
        assert_eq!(read(text), shown);
        assert_eq!(read(&read(text)), shown);
    }
}

#[test]
fn parts_of_the_day_are_told_apart() {
    for (text, expected) in [
        ("2025年10月28日上午8时30分", "2025-10-28T08:30:00+08:00"),
        ("2025年10月28日下午3点半", "2025-10-28T15:30:00+08:00"),
        ("2025年10月28日晚8时", "2025-10-28T20:00:00+08:00"),
        ("2025年10月28日中午12时", "2025-10-28T12:00:00+08:00"),
        ("2025年10月28日中午1点", "2025-10-28T13:00:00+08:00"),
        ("2025年10月28日下午12:30", "2025-10-28T12:30:00+08:00"),
        ("2025年10月28日凌晨12点", "2025-10-28T00:00:00+08:00"),
        ("2025年10月28日晚上12点", "2025-10-29T00:00:00+08:00"),
        ("2025年10月28日24时", "2025-10-29T00:00:00+08:00"),
        ("2025年10月31日二十四时", "2025-11-01T00:00:00+08:00"),
        ("2025年10月28日十时零五分", "2025-10-28T10:05:00+08:00"),
        ("2025/10/28 3:05 PM", "2025-10-28T15:05:00+08:00"),
        ("2025年10月28日八点整", "2025-10-28T08:00:00+08:00"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn the_end_of_a_range_takes_in_the_whole_day() {
    let end = |text| Time::parse_end(text, &shanghai()).map(|time| time.to_string());
    assert_eq!(
        end("2025年10月28日"),
        Ok("2025-10-28T23:59:59.999999+08:00".to_owned())
    );
    assert_eq!(
        end("2025-10-28T05:25"),
        Ok("2025-10-28T05:25:00+08:00".to_owned())
    );
    assert_eq!(
        end("2025-10-28T05:25:00Z"),
        Ok("2025-10-28T05:25:00+00:00".to_owned())
    );
}

#[test]
fn what_is_no_time_says_why() {
    let parse = |text: &str| Time::parse(text, &shanghai());
    for text in [
        "",
        "昨天",
        "2025",
        "2025-10",
        "10月28日",
        "2025年10月28",
        "28/10/2025",
        "2025-10-28x",
        "20251028",
        "2025年10月28日 8",
    ] {
        assert_eq!(parse(text), Err(TimeError::Form(text.to_owned())), "{text}");
    }
    for text in [
        "2025年2月30日",
        "2025/13/1",
        "2025年10月28日25时",
        "2025年10月28日10时61分",
        "0000/1/1",
    ] {
        assert_eq!(
            parse(text),
            Err(TimeError::Range(text.to_owned())),
            "{text}"
        );
    }
    assert_eq!(
        read("2025年2月30日"),
        "reading the time \"2025年2月30日\": there is no such day or hour; correct it"
    );
    assert!(matches!(parse(&"9".repeat(5000)), Err(TimeError::Form(_))));
}

#[test]
fn what_is_kept_names_its_offset() {
    let time = Time::new(Timestamp::UNIX_EPOCH, &TimeZone::fixed(tz::offset(8)));
    let json = serde_json::to_string(&time).expect("a string");
    assert_eq!(json, "\"1970-01-01T08:00:00+08:00\"");
    let back: Time = serde_json::from_str(&json).expect("the same");
    assert_eq!((back.micros(), back.date()), (0, time.date()));
    let error = serde_json::from_str::<Time>("\"2025-10-28 05:25\"").expect_err("no offset");
    assert!(error.to_string().contains("it has no offset"), "{error}");
}

proptest! {
    #[test]
    fn times_survive_being_written(micros in -62_000_000_000_000_000_i64..253_000_000_000_000_000, hours in -12_i8..=14) {
        let time = Time::new(Timestamp::from_microsecond(micros).expect("in range"), &TimeZone::fixed(tz::offset(hours)));
        let back = Time::parse(&time.to_string(), &shanghai()).expect("own form");
        prop_assert_eq!(back.micros(), micros);
        prop_assert_eq!(back.date(), time.date());
        prop_assert_eq!(back.to_string(), time.to_string());
    }

    #[test]
    fn no_string_is_too_strange(text in "\\PC{0,40}") {
        let _ = Time::parse(&text, &shanghai());
    }

    #[test]
    fn no_near_miss_is_too_strange(text in "[0-9二十〇年月日时点分:：/.\\- 上下午晚TZ+]{0,24}") {
        let _ = Time::parse_end(&text, &shanghai());
    }
}
