//! Real PDFs of many pages and scripts, out of Debian's packages.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use serde_json::json;
use serene_tests::{Server, documents, request};

/// Uploads a PDF, reads it back, and searches for a sentence; returns the page found first.
fn page_of(server: &Server, id: &str, pdf: &[u8], sentence: &str) -> u64 {
    let base = format!("{}/v1/relationships/{id}", server.url());
    let url = format!("{base}/handbooks/{id}");
    let stored = request("PUT", &url, &[("content-type", "application/pdf")], pdf).expect(201);
    assert_eq!(stored["status"], "indexed", "{stored:#}");
    let back = request("GET", &format!("{}/v1/files?path=handbooks/{id}/{id}.pdf", server.url()), &[], &[]);
    assert!(back.body == pdf, "{id} comes back byte for byte");
    let query = json!({ "query": sentence, "limit": 3 }).to_string();
    let json = [("content-type", "application/json")];
    let found = request("POST", &format!("{base}/search"), &json, query.as_bytes()).expect(200);
    let link = found["passages"][0]["url"].as_str().unwrap();
    assert!(request("GET", link, &[], &[]).body == pdf, "its link works");
    found["passages"][0]["page"].as_u64().unwrap()
}

#[test]
fn a_sentence_of_a_long_pdf_is_found_on_its_page_in_four_languages() {
    let state = tempfile::tempdir().unwrap();
    let server = Server::start(state.path(), &[]);
    for Case { id, package, file, pages, page, sentence } in CASES {
        let Some(pdf) = documents::debian(package, file) else {
            // The gate runs on Debian, and is not to pass by leaving this out.
            assert!(std::env::var_os("CI").is_none(), "there is no apt to fetch {package} with");
            println!("left out: there is no apt here to fetch Debian's {package} with");
            return;
        };
        let read = pdf_text::Document::open(pdf.clone(), &pdf_text::Limits::default()).unwrap();
        assert!(read.page_count() >= pages, "{package} is another than this test knows");
        assert_eq!(page_of(&server, id, &pdf, sentence), page, "{id}: {sentence}");
    }
}

struct Case {
    id: &'static str,
    package: &'static str,
    file: &'static str,
    /// At least.
    pages: usize,
    page: u64,
    sentence: &'static str,
}

const CASES: [Case; 4] = [
    Case {
        id: "en",
        package: "debian-reference-en",
        file: "usr/share/debian-reference/debian-reference.en.pdf",
        pages: 261,
        page: 130,
        sentence: "In some occasion, you may wish to set MTU manually after experiments with ping(8)",
    },
    Case {
        id: "de",
        package: "debian-reference-de",
        file: "usr/share/debian-reference/debian-reference.de.pdf",
        pages: 130,
        page: 130,
        sentence: "Aus Gründen der Systemsicherheit ist es eine gute Idee, so viele Server-Programme wie möglich zu deaktivieren.",
    },
    Case {
        id: "ja",
        package: "debian-reference-ja",
        file: "usr/share/debian-reference/debian-reference.ja.pdf",
        pages: 130,
        page: 130,
        sentence: "現代的な Debian システムの基本的ネットワークインフラをレビューします。",
    },
    // Page 130 of this one repeats sentences of other pages.
    Case {
        id: "ru",
        package: "debmake-doc",
        file: "usr/share/doc/debmake-doc/debmake-doc.ru.pdf",
        pages: 130,
        page: 127,
        sentence: "Получившийся результат похож на то, что было описано, но имеет большее количество",
    },
];
