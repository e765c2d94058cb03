//! Copies of values, as they are found and as they are not.

use super::*;

fn found<'t>(values: &[&str], text: &'t str) -> Vec<&'t str> {
    let mut all = AllBanished::default();
    for value in values {
        all.add(Rule::Token, value, How::of(Rule::Token, value));
    }
    let mut found = Vec::new();
    for layer in layers(text) {
        let mut places = Vec::new();
        all.places(&layer.text, false, &mut places);
        found.extend(places.into_iter().map(|(place, _)| &text[layer.origin(place)]));
    }
    found
}

#[test]
fn telling_values_are_found_anywhere_short_ones_as_words_and_words_not_at_all() {
    assert_eq!(found(&["abcd12efgh"], "xabcd12efghy abcd12efgh"), ["abcd12efgh", "abcd12efgh"]);
    assert_eq!(found(&["ann4a"], "ann4a, ann4abel, (ann4a) hann4a"), ["ann4a", "ann4a"]);
    assert_eq!(found(&["4711042"], "id4711042; 14711042 4711042"), ["4711042", "4711042"]);
    assert_eq!(found(&["postgres"], "postgresql postgres"), [] as [&str; 0]);
    assert_eq!(found(&["correcthorsebattery"], "a correcthorsebattery. correcthorsebatterys"), ["correcthorsebattery"]);
    assert_eq!(found(&["kTGhRewQ"], "xkTGhRewQx"), ["kTGhRewQ"]);
    assert_eq!(found(&["a1"], "a1"), [] as [&str; 0]);
    assert_eq!(found(&["gö1ß"], "die gö1ß. gö1ßen"), ["gö1ß"]);
    assert_eq!(found(&["ann4a"], "客ann4a断 “ann4a”\u{200b}ann4a\u{a0}"), ["ann4a", "ann4a", "ann4a"]);
}

#[test]
fn of_values_that_begin_alike_the_longer_is_found_and_one_within_another_too() {
    assert_eq!(found(&["abcdefg8", "abcdefg8ij"], "abcdefg8ij abcdefg8"), ["abcdefg8ij", "abcdefg8"]);
    assert_eq!(found(&["abcdefg8", "efg8ijklm"], "abcdefg8ijklm"), ["abcdefg8", "efg8ijklm"]);
}

#[test]
fn copies_in_a_url_and_in_json_are_found_as_programs_write_them() {
    let value = "Jürg O'Neil/1+\"2";
    for copy in [
        "J%C3%BCrg%20O%27Neil%2F1%2B%222",
        "J%c3%bcrg%20O%27Neil%2f1%2b%222",
        "J%C3%BCrg%20O'Neil%2F1%2B%222",
        "J%C3%BCrg+O%27Neil%2F1%2B%222",
        "Jürg O'Neil/1+\\\"2",
        "J\\u00fcrg O'Neil/1+\\\"2",
        "Jürg O'Neil\\/1+\\\"2",
    ] {
        assert_eq!(found(&[value], &format!("x={copy}&y")), [copy]);
    }
    assert_eq!(found(&["Sean O''Neil 7"], "Sean O'Neil 7"), ["Sean O'Neil 7"]);
    assert_eq!(found(&["two\nlines 7"], "two lines 7"), ["two lines 7"]);
}

#[test]
fn what_is_left_of_a_value_where_a_text_breaks_off_is_found() {
    let mut all = AllBanished::default();
    all.add(Rule::Token, "q8Zr-91xV_secretpart", How::Anywhere);
    for (text, expected) in [
        ("sent q8Zr-91x…", vec!["q8Zr-91x"]),
        ("sent q8Zr-91x...", vec!["q8Zr-91x"]),
        ("q8Z…", vec![]),
        ("é…q8Zr…x", vec!["q8Zr"]),
        ("q8Zr!…", vec![]),
    ] {
        let mut places = Vec::new();
        all.cut_places(text, &mut places);
        assert_eq!(places.into_iter().map(|(place, _)| &text[place]).collect::<Vec<_>>(), expected, "{text}");
    }
}

#[test]
fn a_hundred_thousand_values_that_begin_alike_are_found_in_as_many_texts() {
    let mut all = AllBanished::default();
    let values: Vec<String> = (0..100_000).map(|at| format!("ORD-{at:06}")).collect();
    for value in &values {
        all.add(Rule::Literal, value, How::of(Rule::Literal, value));
    }
    let mut places = Vec::new();
    values.iter().for_each(|value| all.places(value, false, &mut places));
    assert_eq!(places.len(), values.len());
    assert!(places.iter().zip(1..).all(|((_, banished), number)| all.number(*banished) == number));
}

#[test]
fn a_value_keeps_its_number_and_parts_go_by_it() {
    let mut all = AllBanished::default();
    all.reserve(Rule::Email, 1);
    let values = [("x1", Rule::Ip), ("x2", Rule::Ip), ("x1", Rule::Email), ("y", Rule::Email)];
    let numbers = values.map(|(value, rule)| {
        let banished = all.add(rule, value, How::Nowhere);
        (banished.rule, all.number(banished))
    });
    assert_eq!(numbers, [(Rule::Ip, 1), (Rule::Ip, 2), (Rule::Ip, 1), (Rule::Email, 2)]);
    let second = all.add(Rule::Ip, "x2", How::Nowhere);
    all.add_part(second, "part-of-2", How::Anywhere);
    let mut places = Vec::new();
    all.places("a part-of-2", false, &mut places);
    assert_eq!(all.number(places[0].1), 2);
}
