//! Real documents, where `SERENE_TEST_PDFS` names a folder of them.

use std::path::PathBuf;
use std::{env, fs};

use pdf_text::{Document, Error, Limits};

fn folder() -> Option<PathBuf> {
    env::var_os("SERENE_TEST_PDFS").map(PathBuf::from)
}

fn pages(bytes: Vec<u8>) -> Result<Vec<String>, Error> {
    let mut document = Document::open(bytes, &Limits::default())?;
    let pages =
        (0..document.page_count()).map(|index| document.page_text(index)).collect::<Result<_, _>>()?;
    document.require_text()?;
    Ok(pages)
}

/// The document's pages, or none where it is not there.
fn document(name: &str) -> Option<Vec<String>> {
    let bytes = fs::read(folder()?.join(name)).ok()?;
    Some(pages(bytes).expect("reads"))
}

#[track_caller]
fn assert_says(pages: &[String], sentence: &str) {
    let said = |page: &String| page.replace('\n', " ").contains(sentence);
    assert!(pages.iter().any(said), "no page says: {sentence}");
}

#[test]
fn the_debian_reference_reads_as_printed() {
    let Some(pages) = document("debian-reference.en.pdf") else { return };
    assert_eq!(pages.len(), 261);
    assert!(
        pages[129]
            .replace('\n', " ")
            .contains("NM normally sets optimal Maximum Transmission Unit (MTU) automatically.")
    );
}

#[test]
fn german_russian_japanese_and_chinese_read_as_printed() {
    let sentences = [
        ("debmake-doc.de.pdf", "Das ausführbare Skript zum Bau des Debian-Pakets"),
        (
            "debmake-doc.ru.pdf",
            "Если вы только начинаете создавать пакеты Debian, то не беспокойтесь о деталях",
        ),
        ("debmake-doc.ja.pdf", "Debianメンテナー用ガイド"),
        ("debmake-doc.zh-cn.pdf", "维护者指南"),
        ("debmake-doc.zh-tw.pdf", "維護者指南"),
    ];
    for (name, sentence) in sentences {
        if let Some(pages) = document(name) {
            assert_says(&pages, sentence);
        }
    }
}

#[test]
fn every_document_of_the_folder_reads_or_says_why_not() {
    let Some(folder) = folder() else { return };
    for entry in fs::read_dir(folder).expect("is a folder") {
        let path = entry.expect("is listed").path();
        if path.extension().is_some_and(|extension| extension == "pdf") {
            match pages(fs::read(&path).expect("is readable")) {
                Ok(pages) => assert!(pages.iter().any(|page| !page.is_empty()), "{}", path.display()),
                Err(error) => assert!(!error.to_string().is_empty(), "{}", path.display()),
            }
        }
    }
}
