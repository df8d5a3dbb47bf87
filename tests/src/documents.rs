//! Documents to test with: made here, or real ones out of Debian's packages, which are fetched once and never committed.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::workspace;

/// A transcript of some turns between the two partners; each turn says its number in words of its own.
#[must_use]
pub fn transcript(turns: usize) -> Value {
    let lines = [
        "I feel alone when you come home late and say nothing about your day.",
        "I was afraid to tell you about the money, because last time it became a fight.",
        "I need to know that I can count on you two evenings a week.",
        "I am sorry that I shouted. I want to try that again.",
        "Could we sit down on Sunday for half an hour, without phones?",
        "You always decide alone, and then I am told what will happen.",
    ];
    let segments = (0..turns).map(|turn| {
        let speaker = if turn % 2 == 0 { "partner_a" } else { "partner_b" };
        json!({ "speaker": speaker, "text": format!("{} This is remark {turn}.", lines[turn % lines.len()]) })
    });
    json!({ "segments": segments.collect::<Vec<_>>() })
}

/// A PDF of one page that draws `content`, its font `/F`. `encrypted`: it opens only with a password.
#[must_use]
pub fn pdf(content: &str, encrypted: bool) -> Vec<u8> {
    let zeros = "00".repeat(32);
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Count 1 /Kids [3 0 R] >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
        format!("<< /Filter /Standard /V 1 /R 2 /Length 40 /P -4 /O <{zeros}> /U <{zeros}> >>"),
    ];
    let mut file = "%PDF-1.7\n".to_owned();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (index, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.push_str(&format!("{} 0 obj\n{object}\nendobj\n", index + 1));
    }
    let encrypt = if encrypted { "/Encrypt 6 0 R /ID [<00> <00>]" } else { "" };
    let (start, size) = (file.len(), objects.len() + 1);
    file.push_str(&format!(
        "{table}trailer\n<< /Size {size} /Root 1 0 R {encrypt} >>\nstartxref\n{start}\n%%EOF\n"
    ));
    file.into_bytes()
}

/// A file out of a Debian package, unpacked below `target/`. `None` where there is no apt: the test then says that it was left out.
///
/// # Panics
/// When apt is there and the package cannot be had.
#[must_use]
pub fn debian(package: &str, file: &str) -> Option<Vec<u8>> {
    let folder: PathBuf = workspace().join("target/test-documents").join(package);
    let path = folder.join("root").join(file);
    if !path.exists() {
        Command::new("apt-get").arg("--version").output().ok().filter(|out| out.status.success())?;
        std::fs::create_dir_all(&folder).expect("target/ can be written");
        let run = |script: &str| {
            let done =
                Command::new("sh").args(["-ec", script]).current_dir(&folder).output().expect("sh runs");
            assert!(done.status.success(), "{script}: {}", String::from_utf8_lossy(&done.stderr));
        };
        run(&format!(
            "apt-get download {package} || (apt-get update && apt-get download {package}); dpkg-deb -x {package}_*.deb root"
        ));
    }
    Some(std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
}
