//! A small PDF writer, and shorthands.
#![allow(dead_code, reason = "each test file uses its part")]

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_text::{Document, Error, Limits};

/// Objects numbered from 1 in the order in which they are added.
#[derive(Default)]
pub struct Pdf {
    objects: Vec<Vec<u8>>,
    trailer: String,
}

impl Pdf {
    pub fn add(&mut self, body: impl AsRef<[u8]>) -> usize {
        self.objects.push(body.as_ref().to_vec());
        self.objects.len()
    }

    pub fn stream(&mut self, entries: &str, data: &[u8]) -> usize {
        self.add(stream(entries, data))
    }

    pub fn trailer(&mut self, entries: &str) {
        self.trailer.push_str(entries);
    }

    /// The file, with a cross-reference table.
    pub fn finish(&self, root: usize) -> Vec<u8> {
        let mut out = b"%PDF-1.7\n".to_vec();
        let mut offsets = Vec::new();
        for (index, object) in self.objects.iter().enumerate() {
            offsets.push(out.len());
            out.extend(format!("{} 0 obj\n", index + 1).bytes());
            out.extend(object);
            out.extend(b"\nendobj\n");
        }
        let xref = out.len();
        let size = self.objects.len() + 1;
        out.extend(format!("xref\n0 {size}\n0000000000 65535 f \n").bytes());
        for offset in offsets {
            out.extend(format!("{offset:010} 00000 n \n").bytes());
        }
        let extra = &self.trailer;
        out.extend(
            format!("trailer\n<< /Size {size} /Root {root} 0 R {extra} >>\nstartxref\n{xref}\n%%EOF\n")
                .bytes(),
        );
        out
    }

    /// The file with every object in one object stream but the streams, and a cross-reference stream.
    pub fn finish_compressed(&self, root: usize) -> Vec<u8> {
        let is_stream = |object: &[u8]| object.ends_with(b"endstream");
        let container = self.objects.len() + 1;
        let (mut head, mut body, mut members) = (String::new(), Vec::new(), 0);
        let mut out = b"%PDF-1.7\n".to_vec();
        let mut rows = vec![[0, 0, 0]];
        for (index, object) in self.objects.iter().enumerate() {
            if is_stream(object) {
                rows.push([1, out.len(), 0]);
                out.extend(format!("{} 0 obj\n", index + 1).bytes());
                out.extend(object);
                out.extend(b"\nendobj\n");
            } else {
                rows.push([2, container, members]);
                members += 1;
                head.push_str(&format!("{} {} ", index + 1, body.len()));
                body.extend(object);
                body.push(b'\n');
            }
        }
        rows.push([1, out.len(), 0]);
        let packed = deflate(&[head.as_bytes(), &body].concat());
        let entries = format!("/Type /ObjStm /N {members} /First {} /Filter /FlateDecode", head.len());
        out.extend(format!("{container} 0 obj\n").bytes());
        out.extend(stream(&entries, &packed));
        let xref = out.len() + 8;
        out.extend(b"\nendobj\n");
        rows.push([1, xref, 0]);
        let table: Vec<u8> = rows
            .iter()
            .flat_map(|[kind, at, index]| {
                [*kind as u8, (at >> 16) as u8, (at >> 8) as u8, *at as u8, *index as u8]
            })
            .collect();
        let size = container + 2;
        let entries = format!("/Type /XRef /W [1 3 1] /Size {size} /Root {root} 0 R /Filter /FlateDecode");
        out.extend(format!("{} 0 obj\n", container + 1).bytes());
        out.extend(stream(&entries, &deflate(&table)));
        out.extend(format!("\nendobj\nstartxref\n{xref}\n%%EOF\n").bytes());
        out
    }
}

pub fn stream(entries: &str, data: &[u8]) -> Vec<u8> {
    let head = format!("<< {entries} /Length {} >>\nstream\n", data.len());
    [head.as_bytes(), data, b"\nendstream"].concat()
}

pub fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}

/// A deflated run of `mebibytes` of spaces.
pub fn bomb(mebibytes: usize) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    for _ in 0..mebibytes {
        encoder.write_all(&vec![b' '; 1 << 20]).expect("memory takes all");
    }
    encoder.finish().expect("memory takes all")
}

pub const HELVETICA: &str =
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>";

/// A document of one page for each content, all with the font `/F`; `resources` may add to that. Gives the catalog too.
pub fn pages(contents: &[&[u8]], font: &str, resources: &str) -> (Pdf, usize) {
    let mut pdf = Pdf::default();
    let font = pdf.add(font);
    let tree = pdf.objects.len() + 1 + contents.len() * 2;
    let mut kids = String::new();
    for content in contents {
        let content = pdf.stream("", content);
        let page = pdf.add(format!(
            "<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 600 800] /Contents {content} 0 R \
             /Resources << /Font << /F {font} 0 R >> {resources} >> >>"
        ));
        kids.push_str(&format!("{page} 0 R "));
    }
    let tree = pdf.add(format!("<< /Type /Pages /Count {} /Kids [{kids}] >>", contents.len()));
    let root = pdf.add(format!("<< /Type /Catalog /Pages {tree} 0 R >>"));
    (pdf, root)
}

pub fn one_page(content: &str) -> Vec<u8> {
    let (pdf, root) = pages(&[content.as_bytes()], HELVETICA, "");
    pdf.finish(root)
}

/// Every page's text.
pub fn read(bytes: Vec<u8>, limits: &Limits) -> Result<Vec<String>, Error> {
    let mut document = Document::open(bytes, limits)?;
    let texts =
        (0..document.page_count()).map(|index| document.page_text(index)).collect::<Result<_, _>>()?;
    document.require_text()?;
    Ok(texts)
}

pub fn text_of(bytes: Vec<u8>) -> String {
    read(bytes, &Limits::default()).expect("reads").join("\u{c}")
}
