//! What the lexical embedder promises.

use lexical::embedding::{DIMENSIONS, Error, MODEL, Purpose, embed};
use proptest::prelude::*;

fn document(text: &str) -> Vec<f32> {
    embed(text, Purpose::Document).expect("a vector")
}

fn cosine(query: &str, text: &str) -> f32 {
    let query = embed(query, Purpose::Query).expect("a vector");
    query.iter().zip(document(text)).map(|(a, b)| a * b).sum()
}

/// The position of the text nearest to the query.
fn nearest(query: &str, texts: &[&str]) -> usize {
    (0..texts.len())
        .max_by(|&a, &b| cosine(query, texts[a]).total_cmp(&cosine(query, texts[b])))
        .expect("a text")
}

const PASSAGES: &[&str] = &[
    "On Sunday evening we sat in the kitchen and talked about money. She had paid the rent twice and I had not noticed.",
    "When you come home late and do not call, I am worried and lie awake until I hear the door.",
    "Ihre Mutter wohnt seit dem Winter bei uns. Über die Gespräche am Abend ärgern wir uns beide.",
    "По выходным мы ездим к его родителям, и мне не хватает времени для нас двоих.",
    "彼は仕事のことをあまり話さない。週末は一緒に散歩をしたいと何度も伝えた。",
    "我们为孩子的学校吵架了。我希望他先听我说完，再给建议。",
];

#[test]
fn a_passage_is_found_by_other_forms_of_its_words() {
    assert_eq!(nearest("who noticed paying rents", PASSAGES), 0);
    assert_eq!(nearest("worrying about lateness, waiting awake", PASSAGES), 1);
    assert_eq!(nearest("abendliches Gespräch mit der Mutter", PASSAGES), 2);
    assert_eq!(nearest("выходные у родителей", PASSAGES), 3);
    assert_eq!(nearest("週末の散歩", PASSAGES), 4);
    assert_eq!(nearest("学校吵架", PASSAGES), 5);
}

#[test]
fn common_words_do_not_decide() {
    let texts = ["It is what it is, and that is that for us.", "The garden gate was left open."];
    assert_eq!(nearest("what is it that was with the gate", &texts), 1);
}

#[test]
fn a_long_passage_with_the_whole_sentence_beats_a_short_one_with_a_part_of_it() {
    let long = PASSAGES.concat();
    assert_eq!(
        nearest("She had paid the rent twice and I had not noticed.", &["I paid the rent.", &long]),
        1
    );
}

#[test]
fn case_width_ligatures_and_parted_words_make_no_difference() {
    for (a, b) in
        [("OFFICE", "ofﬁce"), ("ＡＢＣ", "abc"), ("Bezie-\n   hung", "Beziehung"), ("e\u{301}te", "éte")]
    {
        assert_eq!(document(a), document(b), "{a} {b}");
    }
}

#[test]
fn symbols_alone_are_told_by_themselves_and_white_space_is_an_error() {
    assert_ne!(document("?!"), document("🙂"));
    for blank in ["", " \n\t", "\u{3000}", "\u{ad}"] {
        assert_eq!(embed(blank, Purpose::Query), Err(Error::Blank), "{blank:?}");
    }
}

#[test]
fn a_text_over_the_limit_is_an_error_that_says_so() {
    let error = embed(&"word ".repeat(16_001), Purpose::Document).unwrap_err();
    assert_eq!(error.to_string(), "the text has about 16001 tokens, and at most 16000 are taken: split it");
    assert!(embed(&"word ".repeat(16_000), Purpose::Document).is_ok());
}

/// Stored vectors are compared with new ones: whoever changes what this computes gives the model a new name.
#[test]
fn a_model_of_this_name_gives_these_bits_on_every_platform() {
    let mut sum = 0_u64;
    for text in PASSAGES {
        for purpose in [Purpose::Document, Purpose::Query] {
            for number in embed(text, purpose).unwrap() {
                sum = sum.rotate_left(5) ^ u64::from(number.to_bits()).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            }
        }
    }
    assert_eq!((MODEL, DIMENSIONS, sum), ("serene-lexical-1", 1024, 6_759_905_436_287_976_077));
}

proptest! {
    #[test]
    fn every_text_that_can_be_seen_has_a_vector_of_length_one(text in any::<String>(), query in any::<bool>()) {
        let purpose = if query { Purpose::Query } else { Purpose::Document };
        match embed(&text, purpose) {
            Ok(vector) => {
                prop_assert_eq!(vector.len(), DIMENSIONS);
                let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
                prop_assert!((length - 1.0).abs() < 1e-5, "{}", length);
            }
            Err(error) => {
                prop_assert_eq!(error, Error::Blank);
                prop_assert!(!text.contains(char::is_alphanumeric));
            }
        }
    }

    #[test]
    fn a_text_is_nearer_to_itself_than_to_another(a in "[a-z]{4,9}( [a-z]{4,9}){5,30}", b in "[a-z]{4,9}( [a-z]{4,9}){5,30}") {
        prop_assert!(cosine(&a, &a) > cosine(&a, &b));
    }
}
