//! What a page says comes out as it reads.

mod common;

use common::{HELVETICA, Pdf, deflate, one_page, pages, stream, text_of};

#[test]
fn lines_and_paragraphs_are_told_apart() {
    let page = one_page(
        "BT /F 10 Tf 12 TL 50 700 Td (First line) Tj T* (second line) Tj (third line) ' 0 -40 Td (New paragraph) Tj ET",
    );
    assert_eq!(text_of(page), "First line\nsecond line\nthird line\n\nNew paragraph");
}

#[test]
fn words_are_parted_by_gaps_and_not_by_kerning() {
    let page = one_page("BT /F 10 Tf 50 700 Td [(Hel) 20 (lo) -300 (wor) -30 (ld)] TJ ET");
    assert_eq!(text_of(page), "Hello world");
}

#[test]
fn words_set_one_by_one_are_parted() {
    let page = one_page(
        "BT /F 10 Tf 1 0 0 1 50 700 Tm (One) Tj 1 0 0 1 72 700 Tm (two) Tj 1 0 0 1 300 700 Tm (far) Tj ET",
    );
    assert_eq!(text_of(page), "One two far");
}

#[test]
fn letters_spaced_out_stay_a_word() {
    assert_eq!(text_of(one_page("BT /F 10 Tf 4 Tc 50 700 Td (Spaced out) Tj ET")), "Spaced out");
}

#[test]
fn words_parted_at_the_end_of_a_line_are_joined_and_compounds_are_not() {
    let page = one_page(
        "BT /F 10 Tf 12 TL 50 700 Td (a medi-) Tj T* (ation of well-known foo-) Tj T* (Bar) Tj T* (ls -) Tj T* (la) Tj ET",
    );
    assert_eq!(text_of(page), "a mediation\nof well-known foo-\nBar\nls -\nla");
}

#[test]
fn umlauts_and_ligatures_come_out_as_letters() {
    let font = "<< /Type /Font /Subtype /Type1 /BaseFont /X /Encoding << /BaseEncoding /WinAnsiEncoding \
                /Differences [1 /fi /f_f_l 3 /uni0416 /Adieresis] >> >>";
    let (pdf, root) =
        pages(&[b"BT /F 10 Tf 50 700 Td (\x01nd ra\x02e \x03 \x04 gr\xfc\xdfen \x80) Tj ET"], font, "");
    assert_eq!(text_of(pdf.finish(root)), "find raffle Ж Ä grüßen €");
}

#[test]
fn composite_fonts_are_read_by_their_map() {
    let map = "/CIDInit /ProcSet findresource begin 12 dict begin begincmap \
               1 begincodespacerange <0000> <FFFF> endcodespacerange \
               2 beginbfchar <0001> <65E5> <0002> <672C> endbfchar \
               1 beginbfrange <0010> <0012> <0416> endbfrange endcmap end end";
    let mut pdf = Pdf::default();
    let map = pdf.stream("/Filter /FlateDecode", &deflate(map.as_bytes()));
    let cid =
        pdf.add("<< /Type /Font /Subtype /CIDFontType2 /BaseFont /X /DW 1000 /W [16 [500 500] 18 18 500] >>");
    let font = pdf.add(format!(
        "<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /DescendantFonts [{cid} 0 R] /ToUnicode {map} 0 R >>"
    ));
    let content =
        pdf.stream("", b"BT /F 10 Tf 50 700 Td <00010002> Tj 0 -12 Td [<00100011> -250 <0012>] TJ ET");
    let page = pdf
        .add(format!("<< /Type /Page /Contents {content} 0 R /Resources << /Font << /F {font} 0 R >> >> >>"));
    let tree = pdf.add(format!("<< /Type /Pages /Count 1 /Kids [{page} 0 R] >>"));
    let root = pdf.add(format!("<< /Type /Catalog /Pages {tree} 0 R >>"));
    assert_eq!(text_of(pdf.finish(root)), "日本\nЖЗ И");
    assert_eq!(text_of(pdf.finish_compressed(root)), "日本\nЖЗ И");
}

#[test]
fn forms_filled_fields_and_rotated_text_are_read() {
    let mut pdf = Pdf::default();
    let font = pdf.add(HELVETICA);
    let fonts = format!("/Resources << /Font << /F {font} 0 R >> >>");
    let form = pdf.stream(
        &format!("/Subtype /Form /Matrix [1 0 0 1 0 100] {fonts}"),
        b"BT /F 10 Tf 50 500 Td (In a form) Tj ET",
    );
    let field = pdf.stream(&format!("/Subtype /Form {fonts}"), b"BT /F 10 Tf 2 2 Td (Filled in) Tj ET");
    let widget = pdf.add(format!("<< /Subtype /Widget /Rect [50 50 90 70] /AP << /N {field} 0 R >> >>"));
    let content = pdf.stream("", b"/X Do BT /F 10 Tf 0 1 -1 0 300 300 Tm (Turned text) Tj ET");
    let page = pdf.add(format!(
        "<< /Type /Page /Contents {content} 0 R /Annots [{widget} 0 R] \
         /Resources << /XObject << /X {form} 0 R >> /Font << /F {font} 0 R >> >> >>"
    ));
    let tree = pdf.add(format!("<< /Type /Pages /Count 1 /Kids [{page} 0 R] >>"));
    let root = pdf.add(format!("<< /Type /Catalog /Pages {tree} 0 R >>"));
    let text = text_of(pdf.finish(root));
    for part in ["In a form", "Turned text", "Filled in"] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn chained_filters_and_streams_in_parts_are_read() {
    let content = b"BT /F 10 Tf 50 700 Td (Packed twice) Tj";
    let hex: String = deflate(content).iter().map(|byte| format!("{byte:02x}")).collect();
    let mut pdf = Pdf::default();
    let font = pdf.add(HELVETICA);
    let first = pdf.stream("/Filter [/ASCIIHexDecode /FlateDecode]", format!("{hex}>").as_bytes());
    let second = pdf.stream("", b"0 -12 Td (and in parts) Tj ET");
    let page = pdf.add(format!(
        "<< /Type /Page /Contents [{first} 0 R {second} 0 R] /Resources << /Font << /F {font} 0 R >> >> >>"
    ));
    let tree = pdf.add(format!("<< /Type /Pages /Count 1 /Kids [{page} 0 R] >>"));
    let root = pdf.add(format!("<< /Type /Catalog /Pages {tree} 0 R >>"));
    assert_eq!(text_of(pdf.finish(root)), "Packed twice\nand in parts");
}

#[test]
fn a_length_that_stands_elsewhere_is_no_obstacle() {
    let mut pdf = Pdf::default();
    let font = pdf.add(HELVETICA);
    let content = b"BT /F 10 Tf 50 700 Td (Elsewhere) Tj ET";
    let length = pdf.add(format!("{}", content.len()));
    let head = format!("<< /Length {length} 0 R >>\nstream\n");
    let content = pdf.add([head.as_bytes(), content, b"\nendstream"].concat());
    let page = pdf.add(format!("<< /Type /Page /Contents {content} 0 R >>"));
    let tree = pdf.add(format!(
        "<< /Type /Pages /Count 1 /Kids [{page} 0 R] /Resources << /Font << /F {font} 0 R >> >> >>"
    ));
    let root = pdf.add(format!("<< /Type /Catalog /Pages {tree} 0 R >>"));
    assert_eq!(text_of(pdf.finish(root)), "Elsewhere");
}

#[test]
fn a_file_without_a_usable_table_is_still_read() {
    let whole = one_page("BT /F 10 Tf 50 700 Td (Rescued) Tj ET");
    let cut = whole.windows(4).rposition(|window| window == b"xref").expect("has a table") - 40;
    assert_eq!(text_of(whole[..cut].to_vec()), "Rescued");
    let shifted = [b"%PDF-1.7\n% something put before\n", &whole[..]].concat();
    assert_eq!(text_of(shifted), "Rescued");
}

#[test]
fn pages_come_in_the_order_of_the_tree() {
    let texts: Vec<_> = (0..30).map(|i| format!("BT /F 10 Tf 50 700 Td (Page {i}) Tj ET")).collect();
    let contents: Vec<_> = texts.iter().map(|text| text.as_bytes()).collect();
    let (pdf, root) = pages(&contents, HELVETICA, "");
    let expected: Vec<_> = (0..30).map(|i| format!("Page {i}")).collect();
    assert_eq!(text_of(pdf.finish(root)), expected.join("\u{c}"));
    assert_eq!(text_of(pdf.finish_compressed(root)), expected.join("\u{c}"));
}

#[test]
fn the_word_stream_in_a_page_does_not_mislead() {
    let content = "BT /F 10 Tf 12 TL 50 700 Td (a stream\\nof >> stream) Tj T* (endstream here) Tj ET";
    let (mut pdf, _) = pages(&[content.as_bytes()], HELVETICA, "");
    let tree = pdf.add("<< /Type /Pages /Count 1 /Kids [3 0 R] >>");
    let root = pdf.add(format!("<< /Type /Catalog /Pages {tree} 0 R >>"));
    assert!(text_of(pdf.finish(root)).contains("a stream of >> stream"));
    assert!(stream("", b"x").ends_with(b"endstream"));
}
