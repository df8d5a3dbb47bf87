//! What chunks look like: where they break, what they repeat, what they say of where they come from.

use chunking::{Chunk, Error, Limits, Options, Position, Section, chunk, estimate_tokens, sentences};

fn pages<'a>(texts: &[&'a str]) -> Vec<Section<'a>> {
    (0..).zip(texts).map(|(index, text)| Section { index, label: None, text }).collect()
}

fn options(max_tokens: u32, overlap_tokens: u32) -> Options {
    Options { max_tokens, overlap_tokens, join_sections: false }
}

fn cut(text: &str, max_tokens: u32, overlap_tokens: u32) -> Vec<Chunk> {
    chunk(&pages(&[text]), options(max_tokens, overlap_tokens), Limits::default()).expect("cut")
}

fn texts(chunks: &[Chunk]) -> Vec<&str> {
    chunks.iter().map(|chunk| chunk.text.as_str()).collect()
}

#[test]
fn a_short_text_is_one_chunk_without_the_white_space_around_it() {
    let chunks = cut("\n  One sentence.\n\n", 16, 0);
    let start = Position { section: 0, offset: 3 };
    let end = Position { section: 0, offset: 16 };
    assert_eq!(chunks, [Chunk { text: "One sentence.".into(), start, end, tokens: 4 }]);
}

#[test]
fn no_text_gives_no_chunks() {
    for texts in [&[][..], &[""], &["", " \n\u{c}\u{3000} ", ""]] {
        for join_sections in [false, true] {
            let options = Options { join_sections, ..Options::default() };
            assert_eq!(chunk(&pages(texts), options, Limits::default()), Ok(vec![]));
        }
    }
}

#[test]
fn a_paragraph_break_is_preferred_to_a_later_sentence_and_a_sentence_to_a_later_word() {
    let text = "one two three four five\nsix seven eight\n\nnine ten. One two three four five six seven eight nine ten. One two three";
    assert_eq!(
        texts(&cut(text, 16, 0)),
        [
            "one two three four five\nsix seven eight",
            "nine ten. One two three four five six seven eight nine ten.",
            "One two three"
        ]
    );
}

#[test]
fn a_chunk_repeats_the_end_of_the_one_before_from_a_word_on() {
    let words: Vec<String> = (0..60).map(|i| format!("w{}", char::from(b'a' + i % 26))).collect();
    let chunks = cut(&words.join(" "), 20, 5);
    assert!(chunks.len() > 2);
    for pair in chunks.windows(2) {
        let repeated: Vec<_> = pair[0].text.split(' ').rev().take(5).collect();
        let first: Vec<_> = pair[1].text.split(' ').take(5).collect();
        assert_eq!(first, repeated.into_iter().rev().collect::<Vec<_>>());
    }
}

#[test]
fn the_repeated_part_starts_with_a_sentence_where_one_is_near() {
    let text =
        "aa bb cc dd ee ff gg hh ii jj kk ll. Mm nn oo pp qq rr ss. Tt uu vv ww xx yy zz aa bb cc dd ee ff.";
    let chunks = cut(text, 22, 10);
    assert!(chunks[0].text.ends_with("rr ss."), "{}", chunks[0].text);
    assert!(chunks[1].text.starts_with("Mm nn oo"), "{}", chunks[1].text);
}

#[test]
fn japanese_and_chinese_break_after_a_full_stop_and_never_before_a_closing_mark() {
    let japanese =
        "彼女は「わかった。」と言った。それから二人は静かに話し合い、夜が更けるまで、互いの気持ちを聞いた。";
    let chunks = cut(japanese, 24, 0);
    assert_eq!(chunks[0].text, "彼女は「わかった。」と言った。");
    for size in 16..50 {
        for chunk in cut(japanese, size, 0) {
            assert!(!chunk.text.starts_with(['。', '、', '」']), "{}", chunk.text);
            assert!(!chunk.text.ends_with('「'), "{}", chunk.text);
        }
    }
    let chinese = "我们需要谈谈昨天晚上发生的事情。你说的话让我很难过。我希望以后我们能先听对方说完。";
    for chunk in cut(chinese, 20, 0) {
        assert!(chunk.text.ends_with('。'), "{}", chunk.text);
    }
}

#[test]
fn a_word_longer_than_a_chunk_is_cut_between_graphemes() {
    let family = "👨\u{200d}👩\u{200d}👧\u{200d}👦";
    let accented = "e\u{301}";
    for grapheme in [accented, "한", "🇩🇪"] {
        let text = grapheme.repeat(200);
        for chunk in cut(&text, 32, 3) {
            assert_eq!(chunk.text.len() % grapheme.len(), 0, "{}", chunk.text);
        }
    }
    // A grapheme of more tokens than fit is cut between characters.
    let chunks = cut(&family.repeat(20), 16, 0);
    assert!(chunks.iter().all(|chunk| chunk.tokens <= 16));
}

#[test]
fn a_chunk_never_crosses_a_page_unless_sections_are_joined() {
    let sections = pages(&["First page.", "Second page.", "", "Fourth page."]);
    let apart = chunk(&sections, options(100, 0), Limits::default()).unwrap();
    assert_eq!(apart.iter().map(|chunk| chunk.start.section).collect::<Vec<_>>(), [0, 1, 3]);
    assert!(apart.iter().all(|chunk| chunk.start.section == chunk.end.section));
}

#[test]
fn joined_turns_carry_their_speakers_and_break_between_turns() {
    let turn = |index, label, text| Section { index, label: Some(label), text };
    let sections = [
        turn(7, "partner_a", "You came home late again."),
        turn(8, "partner_b", "I know. I am sorry."),
        turn(9, "partner_a", "It is not about sorry. I was worried, and nobody told me."),
        turn(12, "partner_b", "I should have called."),
    ];
    let options = Options { max_tokens: 36, overlap_tokens: 0, join_sections: true };
    let chunks = chunk(&sections, options, Limits::default()).unwrap();
    assert_eq!(
        texts(&chunks),
        [
            "partner_a: You came home late again.\npartner_b: I know. I am sorry.",
            "partner_a: It is not about sorry. I was worried, and nobody told me.\npartner_b: I should have called.",
        ]
    );
    assert_eq!(chunks[0].start, Position { section: 7, offset: 0 });
    assert_eq!(chunks[0].end, Position { section: 8, offset: 19 });
    assert_eq!(chunks[1].end, Position { section: 12, offset: 21 });
}

#[test]
fn a_label_that_could_pass_for_text_or_crowd_it_out_is_left_out() {
    let long = "x".repeat(10_000);
    for label in ["a\nb", " ", long.as_str()] {
        let sections = [
            Section { index: 0, label: Some(label), text: "Yes." },
            Section { index: 1, label: Some("b"), text: "No." },
        ];
        let options = Options { join_sections: true, ..Options::default() };
        let chunks = chunk(&sections, options, Limits::default()).unwrap();
        assert_eq!(texts(&chunks), ["Yes.\nb: No."]);
    }
}

#[test]
fn a_sea_of_white_space_is_in_no_chunk() {
    let text = format!("before{}after", " ".repeat(100_000));
    assert_eq!(texts(&cut(&text, 16, 7)), ["before", "after"]);
}

#[test]
fn errors_say_what_was_wrong_and_what_to_do() {
    let page =
        pages(&["some text that is cut into chunks of sixteen tokens, of which there are too many here"]);
    let limits = Limits::default();
    let error =
        |sections: &[Section], options, limits| chunk(sections, options, limits).unwrap_err().to_string();
    assert_eq!(error(&page, options(15, 0), limits), "max_tokens is 15: give 16 to 32000");
    assert_eq!(
        error(&page, options(20, 10), limits),
        "overlap_tokens is 10: give less than half of max_tokens, which is 20"
    );
    assert_eq!(
        error(&page, options(16, 0), Limits { max_chunks: 1, ..limits }),
        "the text makes more than 1 chunks: raise max_tokens or split the document"
    );
    assert_eq!(
        error(&page, options(16, 0), Limits { max_bytes: 84, ..limits }),
        "the text has 85 bytes, and at most 84 are taken: split the document"
    );
    let twice = [page[0], page[0]];
    assert_eq!(chunk(&twice, options(16, 0), limits), Err(Error::Order { previous: 0, index: 0 }));
}

#[test]
fn estimates_follow_the_documented_rules() {
    for (text, tokens) in [
        ("", 0),
        ("word", 1),
        ("letters", 2),
        ("I am here", 3),
        ("größer", 2),
        ("привет", 2),
        ("日本語", 3),
        ("2024", 4),
        ("a, b", 3),
        ("...", 2),
        ("—", 1),
        ("🙂", 3),
        ("a\nb", 3),
        ("a  b", 3),
        (" ", 0),
    ] {
        assert_eq!(estimate_tokens(text), tokens, "{text:?}");
    }
}

#[test]
fn sentences_end_at_their_marks_and_at_blank_lines() {
    for (text, expected) in [
        ("", &[][..]),
        (" \n\n ", &[]),
        ("I know. I am\nsorry.", &["I know.", "I am\nsorry."]),
        ("Use tools, e.g. this one. Yes!", &["Use tools, e.g. this one.", "Yes!"]),
        ("He said \"Stop.\" Then he left", &["He said \"Stop.\"", "Then he left"]),
        ("A heading\n\nIts text", &["A heading", "Its text"]),
        ("Version 1.2 is out...", &["Version 1.2 is out..."]),
        ("「わかった。」と言った。本当？はい", &["「わかった。」と言った。", "本当？", "はい"]),
    ] {
        assert_eq!(sentences(text).collect::<Vec<_>>(), expected, "{text:?}");
    }
}
