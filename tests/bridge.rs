//! Words of one language to words of the other.

use dragoman::{bridge, lexical};

/// The weight that a query gives a term of the other language.
fn weight(query: &str, term: &str) -> f32 {
    bridge::terms(&bridge::groups(query))
        .into_iter()
        .find(|(found, _)| found == term)
        .map_or(0.0, |(_, w)| w)
}

fn stands_for(query: &str, word: &str) -> bool {
    weight(query, word) > 0.0
}

#[test]
fn phrases_go_before_their_words() {
    let query = "When does the prime minister visit the drone factory?";
    for word in ["总理", "访问", "无人机", "工厂"] {
        assert!(
            stands_for(query, word),
            "{word} in {:?}",
            bridge::terms(&bridge::groups(query))
        );
    }
    assert!(weight(query, "总理") > weight(query, "素数"));
    assert!(
        !stands_for("What is the of?", "的"),
        "stop words stand for nothing"
    );
}

#[test]
fn what_is_surer_weighs_more() {
    let query = "lawyers";
    let best = bridge::terms(&bridge::groups(query)).remove(0);
    assert_eq!(best.0, "律师");
    assert!(
        bridge::terms(&bridge::groups(query))
            .iter()
            .skip(1)
            .all(|(_, weight)| *weight < best.1)
    );
}

#[test]
fn names_are_found_by_their_sound() {
    for (query, word) in [
        ("Where was Wu Jing born?", "吴京"),
        ("Where was Wu Jing born?", "吴静"),
        ("Wang Xiaoming", "王晓明"),
        ("the gourds of Dongchangfu District", "东昌府"),
        ("Linyi City", "临沂"),
        ("Shandong", "山东"),
        ("Xi'an and Xi’an", "西安"),
        ("Lüliang", "吕梁"),
        ("Chóngqìng", "重庆"),
        ("Ｓｈａｎｄｏｎｇ", "山东"),
    ] {
        assert!(
            stands_for(query, word),
            "{query}: {:?}",
            bridge::terms(&bridge::groups(query))
        );
    }
    assert!(
        !stands_for("he can shandong", "单东"),
        "a name has its capital"
    );
}

#[test]
fn countries_have_many_names() {
    for query in ["Britain", "the UK", "United Kingdom", "British"] {
        assert!(stands_for(query, "英国"), "{query}");
    }
    assert!(stands_for("the United States", "美国"));
    assert!(stands_for("USA", "美国"));
}

#[test]
fn terms_are_those_of_the_lexical_index() {
    let text = lexical::terms("東昌府區的葫蘆種植面積，３萬餘畝");
    for query in ["area planted", "gourds", "Dongchangfu"] {
        assert!(
            bridge::terms(&bridge::groups(query))
                .iter()
                .any(|(term, _)| text.contains(term)),
            "{query} in {text:?}"
        );
    }
    for (_, weight) in bridge::terms(&bridge::groups(
        "How large is the planted area in Linyi City?",
    )) {
        assert!(weight > 0.0 && weight.is_finite());
    }
}

#[test]
fn chinese_goes_to_english_with_little_weight() {
    for query in ["重庆的律师", "重慶的律師", "【重庆】的律师？"] {
        let terms = bridge::terms(&bridge::groups(query));
        for word in ["lawyer", "Chongqing"] {
            let term = lexical::terms(word).remove(0);
            assert!(
                terms.iter().any(|(found, _)| *found == term),
                "{word} in {terms:?}"
            );
        }
        assert!(terms.iter().all(|(_, weight)| *weight <= 0.5));
    }
}

#[test]
fn numbers_and_codes_stay_as_they_are() {
    for query in ["2023", "30,000", "😀", "", "。，！", "١٢٣"] {
        assert!(
            bridge::terms(&bridge::groups(query)).is_empty(),
            "{query}: {:?}",
            bridge::terms(&bridge::groups(query))
        );
    }
    let vector = lexical::query_vector("GB/T 19001");
    let own = lexical::query_vector("19001").indices[0];
    let at = vector
        .indices
        .iter()
        .position(|index| *index == own)
        .expect("its own term");
    assert_eq!(vector.values[at], 1.0);
}

#[test]
fn every_term_knows_the_words_that_say_it() {
    let words = bridge::words_for_terms("How large is the area planted with gourds?");
    for (term, word) in [("gourd", "葫芦"), ("plant", "种植"), ("area", "面积")] {
        assert!(
            words[term].iter().any(|found| found == word),
            "{term}: {:?}",
            words[term]
        );
    }
}
