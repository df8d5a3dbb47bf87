//! Files made to cost memory or time end with an error, within bounds. Memory is counted by the allocator.

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use common::{HELVETICA, Pdf, bomb, deflate, pages, read};
use pdf_text::{Error, Limits};

struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
/// The count is the process's, so tests take turns.
static TURN: Mutex<()> = Mutex::new(());

// SAFETY: everything is handed to the system's allocator as it came.
#[allow(unsafe_code, reason = "an allocator cannot be written without")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(now, Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What reading gives, and the most bytes it held beyond the file.
fn measured(bytes: Vec<u8>, limits: &Limits) -> (Result<Vec<String>, Error>, usize) {
    let before = NOW.load(Relaxed);
    PEAK.store(before, Relaxed);
    let result = read(bytes, limits);
    (result, PEAK.load(Relaxed) - before)
}

/// Small limits, so that the bombs are quick to make.
fn limits() -> Limits {
    Limits {
        max_stream_bytes: 1 << 20,
        max_object_bytes: 2 << 20,
        max_total_bytes: 8 << 20,
        max_operations: 100_000,
        ..Limits::default()
    }
}

const ALLOWED: usize = 12 << 20;

#[track_caller]
fn assert_too_large(bytes: Vec<u8>) {
    let (result, peak) = measured(bytes, &limits());
    assert!(matches!(result, Err(Error::TooLarge { .. })), "{result:?}");
    assert!(peak < ALLOWED, "held {peak} bytes");
}

/// What it says does not matter, but it ends, and holds little.
#[track_caller]
fn assert_bounded(bytes: Vec<u8>) -> Result<Vec<String>, Error> {
    let (result, peak) = measured(bytes, &limits());
    assert!(peak < ALLOWED, "held {peak} bytes");
    result
}

/// A page with these contents and resources.
fn page_over(pdf: &mut Pdf, contents: &str, resources: &str) -> usize {
    let font = pdf.add(HELVETICA);
    let page = pdf.add(format!(
        "<< /Type /Page /Contents {contents} /Resources << /Font << /F {font} 0 R >> {resources} >> >>"
    ));
    let tree = pdf.add(format!("<< /Type /Pages /Count 1 /Kids [{page} 0 R] >>"));
    pdf.add(format!("<< /Type /Catalog /Pages {tree} 0 R >>"))
}

#[test]
fn contents_that_inflate_without_end() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut pdf = Pdf::default();
    let content = pdf.stream("/Filter /FlateDecode", &bomb(64));
    let root = page_over(&mut pdf, &format!("{content} 0 R"), "");
    assert_too_large(pdf.finish(root));
}

#[test]
fn contents_that_inflate_twice() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let twice = deflate(&bomb(256));
    assert!(twice.len() < 10_000);
    let mut pdf = Pdf::default();
    let content = pdf.stream("/Filter [/FlateDecode /FlateDecode]", &twice);
    let root = page_over(&mut pdf, &format!("{content} 0 R"), "");
    assert_too_large(pdf.finish(root));
}

#[test]
fn many_contents_that_each_stay_within_bounds() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut pdf = Pdf::default();
    let content = pdf.stream("/Filter /FlateDecode", &bomb(1));
    let root = page_over(&mut pdf, &format!("[{}]", format!("{content} 0 R ").repeat(1000)), "");
    assert_too_large(pdf.finish(root));
}

#[test]
fn fonts_whose_map_inflates() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut pdf = Pdf::default();
    let map = pdf.stream("/Filter /FlateDecode", &bomb(64));
    let font = pdf.add(format!("<< /Type /Font /Subtype /Type1 /BaseFont /X /ToUnicode {map} 0 R >>"));
    let content = pdf.stream("", b"BT /G 10 Tf (x) Tj ET");
    let root = page_over(&mut pdf, &format!("{content} 0 R"), "");
    let bytes = pdf.finish(root);
    let named = String::from_utf8_lossy(&bytes).contains("/F ");
    assert!(named);
    // The font is named in a page of its own, whose resources are inherited.
    let page = pdf.add(format!("<< /Type /Page /Contents {content} 0 R >>"));
    let tree =
        pdf.add(format!("<< /Type /Pages /Kids [{page} 0 R] /Resources << /Font << /G {font} 0 R >> >> >>"));
    let root = pdf.add(format!("<< /Type /Catalog /Pages {tree} 0 R >>"));
    assert_too_large(pdf.finish(root));
}

#[test]
fn fonts_that_share_a_long_table_or_are_read_again_and_again() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut pdf = Pdf::default();
    let widths = pdf.add(format!("[0 [{}]]", "1 ".repeat(60_000)));
    let cid = pdf.add(format!("<< /Type /Font /Subtype /CIDFontType2 /W {widths} 0 R >>"));
    let fonts: String = (0..500)
        .map(|index| {
            let font = pdf.add(format!(
                "<< /Type /Font /Subtype /Type0 /Encoding /Identity-H /DescendantFonts [{cid} 0 R] >>"
            ));
            format!("/F{index} {font} 0 R ")
        })
        .collect();
    let shown: String = (0..500).map(|index| format!("/F{index} 9 Tf ")).collect();
    let content = pdf.stream("", shown.as_bytes());
    let page =
        pdf.add(format!("<< /Type /Page /Contents {content} 0 R /Resources << /Font << {fonts} >> >> >>"));
    let tree = pdf.add(format!("<< /Type /Pages /Count 1 /Kids [{page} 0 R] >>"));
    let root = pdf.add(format!("<< /Type /Catalog /Pages {tree} 0 R >>"));
    assert_too_large(pdf.finish(root));

    let content = pdf.stream("", "/F 9 Tf ".repeat(10_000).as_bytes());
    let font = "<< /Type /Font /Subtype /Type0 /Encoding /90ms-RKSJ-H >>";
    let page =
        pdf.add(format!("<< /Type /Page /Contents {content} 0 R /Resources << /Font << /F {font} >> >> >>"));
    let tree = pdf.add(format!("<< /Type /Pages /Count 1 /Kids [{page} 0 R] >>"));
    let root = pdf.add(format!("<< /Type /Catalog /Pages {tree} 0 R >>"));
    assert!(matches!(read(pdf.finish(root), &limits()), Err(Error::TooLarge { .. })));
}

/// A file whose page tree stands in the object stream that `container` writes; `xref` entries of it all lead there.
fn hidden_in(container: &[u8], members: usize) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let container_at = out.len();
    out.extend(b"1 0 obj\n");
    out.extend(container);
    out.extend(b"\nendobj\n");
    let root_at = out.len();
    out.extend(b"2 0 obj\n<< /Type /Catalog /Pages 4 0 R >>\nendobj\n");
    let xref = out.len();
    let mut rows: Vec<[usize; 3]> = vec![[0, 0, 0], [1, container_at, 0], [1, root_at, 0], [1, xref, 0]];
    rows.extend((0..members).map(|index| [2, 1, index]));
    let table: Vec<u8> = rows
        .iter()
        .flat_map(|[kind, at, index]| {
            [*kind as u8, (at >> 16) as u8, (at >> 8) as u8, *at as u8, *index as u8]
        })
        .collect();
    let entries = format!("/Type /XRef /W [1 3 1] /Size {} /Root 2 0 R", rows.len());
    out.extend(b"3 0 obj\n");
    out.extend(common::stream(&entries, &table));
    out.extend(format!("\nendobj\nstartxref\n{xref}\n%%EOF\n").bytes());
    out
}

#[test]
fn object_streams_that_inflate_whatever_they_say_they_are() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let once = bomb(64);
    let twice = deflate(&bomb(64));
    let hex: String = once.iter().map(|byte| format!("{byte:02x}")).collect();
    let cases: [(&str, &[u8]); 9] = [
        ("/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", &once),
        ("/Type /ObjStm /N 1 /First 4 /Filter [/FlateDecode /FlateDecode]", &twice),
        ("/Type /ObjStm /N 1 /First 4 /Filter [/ASCIIHexDecode /FlateDecode]", hex.as_bytes()),
        ("/Type /XObject /Subtype /Image /Filter /FlateDecode", &once),
        ("/#46ilter /#46lateDecode", &once),
        ("/Filter 9 0 R", &once),
        ("/X << /Y (<<) >> /Filter /FlateDecode", &once),
        ("/Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 2000000000 >>", &once),
        ("/Filter /FlateDecode /DecodeParms << /Predictor 2 /Columns 0 >>", &once),
    ];
    for (entries, data) in cases {
        let result = assert_bounded(hidden_in(&common::stream(entries, data), 3));
        assert!(result.is_err(), "{entries}");
    }
    let commented = [b"<< /Filter /FlateDecode >> % not here\nstream\n", &once[..], b"\nendstream"].concat();
    assert!(assert_bounded(hidden_in(&commented, 3)).is_err());
}

#[test]
fn an_honest_document_with_a_huge_picture_is_read() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut pdf = Pdf::default();
    let picture = pdf.stream("/Type /XObject /Subtype /Image /Filter /FlateDecode", &bomb(64));
    let content =
        pdf.stream("/Filter /FlateDecode", &deflate(b"/Im Do BT /F 10 Tf 50 700 Td (Caption) Tj ET"));
    let root = page_over(&mut pdf, &format!("{content} 0 R"), &format!("/XObject << /Im {picture} 0 R >>"));
    assert_eq!(assert_bounded(pdf.finish(root)).expect("reads"), ["Caption"]);
    assert_eq!(assert_bounded(pdf.finish_compressed(root)).expect("reads"), ["Caption"]);
}

#[test]
fn forms_that_draw_each_other() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut pdf = Pdf::default();
    let form = pdf.stream("/Subtype /Form /Resources << /XObject << /X 2 0 R >> >>", b"/X Do /X Do /X Do");
    pdf.stream("/Subtype /Form /Resources << /XObject << /X 1 0 R >> >>", b"/X Do /X Do /X Do");
    let content = pdf.stream("", b"/X Do");
    let root = page_over(&mut pdf, &format!("{content} 0 R"), &format!("/XObject << /X {form} 0 R >>"));
    assert_eq!(assert_bounded(pdf.finish(root)), Err(Error::NoText));
}

#[test]
fn forms_that_each_draw_the_next_twice() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut pdf = Pdf::default();
    for next in 2..=30 {
        let resources = format!("/Subtype /Form /Resources << /XObject << /X {next} 0 R >> >>");
        pdf.stream(&resources, b"/X Do /X Do");
    }
    let content = pdf.stream("", b"/X Do");
    let root = page_over(&mut pdf, &format!("{content} 0 R"), "/XObject << /X 1 0 R >>");
    assert_too_large(pdf.finish(root));
}

#[test]
fn page_trees_that_bite_their_tail_or_are_too_deep_or_too_wide() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut cycle = Pdf::default();
    let tree = cycle.add("<< /Type /Pages /Count 9 /Kids [2 0 R 1 0 R] >>");
    cycle.add("<< /Type /Pages /Count 9 /Kids [1 0 R 2 0 R 2 0 R] >>");
    let root = cycle.add(format!("<< /Type /Catalog /Pages {tree} 0 R >>"));
    assert!(matches!(assert_bounded(cycle.finish(root)), Err(Error::Broken { .. })));

    let mut deep = Pdf::default();
    for next in 2..=5000 {
        deep.add(format!("<< /Type /Pages /Count 1 /Kids [{next} 0 R] >>"));
    }
    let root = deep.add("<< /Type /Catalog /Pages 1 0 R >>");
    assert_too_large(deep.finish(root));

    let mut wide = Pdf::default();
    wide.add(format!("<< /Type /Pages /Count 1 /Kids [{}] >>", "<<>>".repeat(1 << 18)));
    let root = wide.add("<< /Type /Catalog /Pages 1 0 R >>");
    assert_too_large(wide.finish(root));
}

#[test]
fn tables_that_claim_to_be_huge() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let (pdf, root) = pages(&[b"BT /F 10 Tf (x) Tj ET"], HELVETICA, "");
    let honest = String::from_utf8(pdf.finish(root)).expect("is text");
    for (from, to) in
        [("/Size 6", "/Size 4294967295"), ("0 6\n", "0 4294967295\n"), ("0 6\n", "4294967290 6\n")]
    {
        assert!(honest.contains(from));
        // Either read all the same, or refused: bounded it must be.
        let _ = assert_bounded(honest.replacen(from, to, 1).into_bytes());
    }
}

#[test]
fn streams_without_an_end_take_no_quadratic_time() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut bytes = b"%PDF-1.7\n".to_vec();
    for number in 1..200_000 {
        bytes.extend(format!("{number} 0 obj<</Length 9>>stream\n").bytes());
    }
    assert!(matches!(read(bytes, &Limits::default()), Err(Error::Broken { .. })));
}

#[test]
fn objects_left_open_or_nested_do_not_make_a_repair_cost_many_times_the_file() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let (pdf, root) = pages(&[b"BT /F 10 Tf 50 700 Td (Words) Tj ET"], HELVETICA, "");
    for open in ["<< ", "1 0 obj(\n", "1 0 obj[ (\n", "<</A "] {
        let mut bytes = pdf.finish(root);
        assert_eq!(read(bytes.clone(), &limits()).expect("reads"), ["Words"]);
        // The bytes after the end are no part of the document, but a repair looks at them.
        bytes.extend(open.repeat(100_000).bytes());
        match read(bytes, &limits()) {
            Err(Error::Broken { what }) => assert!(what.contains("bounded time"), "{what}"),
            other => panic!("{open}: {other:?}"),
        }
    }
}

#[test]
fn a_file_of_many_trailers_is_repaired_by_one() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let (pdf, root) = pages(&[b"BT /F 10 Tf 50 700 Td (Words) Tj ET"], HELVETICA, "");
    let mut bytes = pdf.finish(root);
    bytes.extend(format!("trailer\n<< /Size 9 /Root {root} 0 R >>\n").repeat(500).bytes());
    bytes.extend(b"startxref\n7\n%%EOF\n");
    assert_eq!(assert_bounded(bytes.clone()).expect("reads"), ["Words"]);
    bytes.extend(format!("trailer\n<< /Size 9 /R#6fot {root} 0 R >>\n").bytes());
    assert!(matches!(assert_bounded(bytes), Err(Error::Broken { .. })));
}

#[test]
fn nesting_does_not_exhaust_the_stack() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    for open in ["[", "<<", "<</A", "(", "<</A["] {
        let text = format!("BT /F 10 Tf {}", open.repeat(100_000));
        let (mut pdf, root) = pages(&[text.as_bytes()], HELVETICA, "");
        pdf.add(open.repeat(100_000));
        let _ = assert_bounded(pdf.finish(root));
    }
}

#[test]
fn a_long_document_is_read_in_little_memory() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let line = "(A line of the handbook that says what partners agreed on.) Tj T* ";
    let content = format!("BT /F 10 Tf 12 TL 50 780 Td {} ET", line.repeat(60));
    let (pdf, root) = pages(&vec![content.as_bytes(); 261], HELVETICA, "");
    for bytes in [pdf.finish(root), pdf.finish_compressed(root)] {
        let (texts, peak) = measured(bytes, &Limits::default());
        let texts = texts.expect("reads");
        let text: usize = texts.iter().map(String::len).sum();
        assert_eq!(texts.len(), 261);
        assert!(peak < text + (2 << 20), "held {peak} bytes for {text} of text");
    }
}
