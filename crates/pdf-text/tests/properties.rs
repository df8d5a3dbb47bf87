//! No bytes make it panic.

mod common;

use common::{HELVETICA, Pdf, deflate, pages, read};
use pdf_text::Limits;
use proptest::prelude::*;

fn limits() -> Limits {
    Limits {
        max_stream_bytes: 1 << 18,
        max_object_bytes: 8 << 20,
        max_operations: 10_000,
        ..Limits::default()
    }
}

/// A document with most of what the reader looks at.
fn rich() -> (Pdf, usize) {
    let map = "begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange 1 beginbfrange <0000> <00FF> <0400> endbfrange \
               1 begincidrange <0000> <FFFF> 0 endcidrange endcmap";
    let mut pdf = Pdf::default();
    let map = pdf.stream("/Filter /FlateDecode", &deflate(map.as_bytes()));
    let cid = pdf.add("<< /Type /Font /Subtype /CIDFontType2 /CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) >> /DW 1000 /W [1 [500 500] 3 9 700] >>");
    let wide = pdf.add(format!(
        "<< /Type /Font /Subtype /Type0 /Encoding /90ms-RKSJ-H /DescendantFonts [{cid} 0 R] /ToUnicode {map} 0 R >>"
    ));
    let narrow = pdf.add("<< /Type /Font /Subtype /Type3 /FontMatrix [0.01 0 0 0.01 0 0] /FirstChar 65 /Widths [50 60] /Encoding << /Differences [65 /A /fi] >> >>");
    let form = pdf.stream("/Subtype /Form /Matrix [1 0 0 1 5 5]", b"BT /N 9 Tf (AB) Tj ET");
    let content = pdf.stream(
        "/Filter /FlateDecode",
        &deflate(b"q 1 0 0 1 9 9 cm BT /W 10 Tf 12 TL 2 Tr 1 Tc 2 Tw 90 Tz 3 Ts 5 6 Td <00410042> Tj T* [(a) -200 (bc)] TJ (d) ' 1 2 (e) \" ET Q /X Do"),
    );
    let page = pdf.add(format!(
        "<< /Type /Page /MediaBox [0 0 9 9] /Contents [{content} 0 R] /Resources << /Font << /W {wide} 0 R /N {narrow} 0 R >> /XObject << /X {form} 0 R >> >> >>"
    ));
    let tree = pdf.add(format!("<< /Type /Pages /Count 1 /Kids [{page} 0 R] >>"));
    let root = pdf.add(format!("<< /Type /Catalog /Pages {tree} 0 R >>"));
    (pdf, root)
}

#[test]
fn the_document_that_is_mutated_is_read() {
    let (pdf, root) = rich();
    assert_eq!(read(pdf.finish(root), &limits()).err(), None);
    assert_eq!(read(pdf.finish_compressed(root), &limits()).err(), None);
}

fn mutate(mut bytes: Vec<u8>, edits: &[(prop::sample::Index, u8, u8)]) -> Vec<u8> {
    for (at, kind, value) in edits {
        let at = at.index(bytes.len().max(1));
        match kind % 4 {
            0 if at < bytes.len() => bytes[at] = *value,
            1 if at < bytes.len() => drop(bytes.remove(at)),
            2 if at < bytes.len() => bytes[at] ^= 1 << (value % 8),
            3 => bytes.truncate(at.max(bytes.len() / 2)),
            _ => {}
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000), headed in any::<bool>()) {
        let bytes = if headed { [b"%PDF-1.7\n", &bytes[..]].concat() } else { bytes };
        let _ = read(bytes, &limits());
    }

    #[test]
    fn mutated_documents_never_panic(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), any::<u8>()), 1..12),
        compressed in any::<bool>(),
    ) {
        let (pdf, root) = rich();
        let bytes = if compressed { pdf.finish_compressed(root) } else { pdf.finish(root) };
        let _ = read(mutate(bytes, &edits), &limits());
    }

    #[test]
    fn arbitrary_contents_never_panic_and_give_no_control_characters(
        words in prop::collection::vec(prop_oneof![
            "[a-zA-Z'\"*]{1,2}", "-?[0-9]{1,12}(\\.[0-9]{1,3})?", "\\([ -'*-~]{0,8}\\)", Just("/F 10 Tf".to_owned()),
            Just("BT".to_owned()), Just("(\u{1}\u{7f}\\000\\n) Tj".to_owned()), Just("[(x) -900 (y)] TJ".to_owned()), "[ -~]{0,6}",
        ], 0..60),
    ) {
        let (pdf, root) = pages(&[words.join(" ").as_bytes()], HELVETICA, "");
        if let Ok(texts) = read(pdf.finish(root), &limits()) {
            prop_assert!(texts.iter().all(|text| !text.contains(|c: char| c.is_control() && c != '\n')));
        }
    }
}
