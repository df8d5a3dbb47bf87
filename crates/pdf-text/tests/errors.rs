//! Each kind of bad file has its own error, which says what to do.

mod common;

use common::{HELVETICA, Pdf, one_page, pages, read};
use pdf_text::{Document, Error, Limits, Resource};

fn error_of(bytes: Vec<u8>, limits: &Limits) -> Error {
    read(bytes, limits).expect_err("does not read")
}

#[test]
fn what_is_no_pdf_is_named_so() {
    for bytes in [&b""[..], b"hello", b"PK\x03\x04 zip", &[0; 4096]] {
        assert_eq!(error_of(bytes.to_vec(), &Limits::default()), Error::NotPdf);
    }
}

#[test]
fn a_damaged_file_is_broken() {
    for bytes in
        [&b"%PDF-1.7\n"[..], b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog", b"%PDF-1.4\nstartxref\n7\n%%EOF"]
    {
        let error = error_of(bytes.to_vec(), &Limits::default());
        assert!(matches!(error, Error::Broken { .. }), "{error}");
    }
}

#[test]
fn a_file_with_a_password_is_encrypted() {
    let (mut pdf, root) = pages(&[b"BT /F 10 Tf (secret) Tj ET"], HELVETICA, "");
    let zeros = "00".repeat(32);
    let dict = format!("<< /Filter /Standard /V 1 /R 2 /Length 40 /P -4 /O <{zeros}> /U <{zeros}> >>");
    let encrypt = pdf.add(dict);
    pdf.trailer(&format!("/Encrypt {encrypt} 0 R /ID [<00> <00>]"));
    let error = error_of(pdf.finish(root), &Limits::default());
    assert!(matches!(error, Error::Encrypted { .. }), "{error}");
    assert!(error.to_string().contains("password"));
}

#[test]
fn a_scan_has_no_text() {
    let error = error_of(one_page("q 600 0 0 800 0 0 cm /Im0 Do Q"), &Limits::default());
    assert_eq!(error, Error::NoText);
    assert!(error.to_string().contains("OCR"));
}

#[test]
fn each_limit_says_what_it_is() {
    let text = "BT /F 10 Tf 50 700 Td (Some words here) Tj ET";
    let (pdf, root) = pages(&[text.as_bytes(); 3], HELVETICA, "");
    let bytes = pdf.finish(root);
    let cases = [
        (Limits { max_bytes: 100, ..Limits::default() }, Resource::FileBytes),
        (Limits { max_pages: 2, ..Limits::default() }, Resource::Pages),
        (Limits { max_stream_bytes: 20, ..Limits::default() }, Resource::StreamBytes),
        (Limits { max_total_bytes: 100, ..Limits::default() }, Resource::TotalBytes),
        (Limits { max_text_bytes: 20, ..Limits::default() }, Resource::TextBytes),
        (Limits { max_operations: 3, ..Limits::default() }, Resource::Operations),
        (Limits { max_glyphs: 3, ..Limits::default() }, Resource::Glyphs),
        (Limits { max_fonts: 0, ..Limits::default() }, Resource::Fonts),
    ];
    for (limits, expected) in cases {
        match error_of(bytes.clone(), &limits) {
            Error::TooLarge { what, .. } => assert_eq!(what, expected),
            other => panic!("{expected:?}: {other}"),
        }
    }
    let at_the_limit = Limits { max_bytes: bytes.len(), max_pages: 3, ..Limits::default() };
    assert_eq!(read(bytes, &at_the_limit).expect("reads").len(), 3);
}

#[test]
fn a_page_that_is_not_there_is_an_error() {
    let mut document = Document::open(one_page("BT ET"), &Limits::default()).expect("opens");
    assert_eq!(document.page_text(1), Err(Error::NoSuchPage { index: 1, pages: 1 }));
}

#[test]
fn a_tree_without_pages_is_broken() {
    let mut pdf = Pdf::default();
    let tree = pdf.add("<< /Type /Pages /Count 5 /Kids [] >>");
    let root = pdf.add(format!("<< /Type /Catalog /Pages {tree} 0 R >>"));
    assert!(matches!(error_of(pdf.finish(root), &Limits::default()), Error::Broken { .. }));
}
