//! From character codes and glyph names of simple fonts to Unicode (ISO 32000-2, annex D).

use std::collections::HashMap;
use std::sync::LazyLock;

use glyph_names::GLYPH_NAME_PAIRS;

/// A simple font's base encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BaseEncoding {
    Standard,
    WinAnsi,
    MacRoman,
    Symbol,
}

impl BaseEncoding {
    pub(crate) fn from_name(name: &[u8]) -> Option<Self> {
        match name {
            b"StandardEncoding" => Some(Self::Standard),
            b"WinAnsiEncoding" => Some(Self::WinAnsi),
            b"MacRomanEncoding" => Some(Self::MacRoman),
            _ => None,
        }
    }

    pub(crate) fn decode(self, code: u8) -> Option<char> {
        let upper = |table: &'static str, first: u8| {
            let index = code.checked_sub(first)?;
            table.chars().nth(usize::from(index)).filter(|found| *found != NONE)
        };
        match (self, code) {
            (Self::Symbol, 0x21..) => upper(SYMBOL, 0x21),
            (Self::Standard, 0x27) => Some('\u{2019}'),
            (Self::Standard, 0x60) => Some('\u{2018}'),
            (_, 0x20..=0x7e) => Some(char::from(code)),
            (Self::Standard, 0xa1..) => upper(STANDARD, 0xa1),
            (Self::WinAnsi, 0x80..=0x9f) => upper(WIN_ANSI, 0x80),
            (Self::WinAnsi, 0xa0..) => Some(char::from(code)),
            (Self::MacRoman, 0x80..) => upper(MAC_ROMAN, 0x80),
            _ => None,
        }
    }
}

/// Stands in the tables for codes without a character.
const NONE: char = '\u{fffd}';

const STANDARD: &str =
    "¡¢£⁄¥ƒ§¤'“«‹›ﬁﬂ�–†‡·�¶•‚„”»…‰�¿�`´ˆ˜¯˘˙¨�˚¸�˝˛ˇ—����������������Æ�ª����ŁØŒº�����æ���ı��łøœß����";
const WIN_ANSI: &str = "€•‚ƒ„…†‡ˆ‰Š‹Œ•Ž••‘’“”•–—˜™š›œ•žŸ";
const MAC_ROMAN: &str = "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø\
    ¿¡¬√ƒ≈∆«»… ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ�ÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ";
const SYMBOL: &str = "!∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_�\
    αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼���������������������������������€\
    ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…|—↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊\
    ⟨®©™∑�����������⟩∫�������������";

/// Names that fonts use beside those of the Adobe Glyph List for New Fonts.
const MORE_NAMES: &[(&str, &str)] = &[
    ("ff", "ff"),
    ("fi", "fi"),
    ("fl", "fl"),
    ("ffi", "ffi"),
    ("ffl", "ffl"),
    ("nbspace", " "),
    ("nonbreakingspace", " "),
    ("sfthyphen", "\u{ad}"),
    ("softhyphen", "\u{ad}"),
    ("hyphenchar", "-"),
    ("middot", "·"),
    ("Tcommaaccent", "Ţ"),
    ("tcommaaccent", "ţ"),
    ("visiblespace", "␣"),
    ("compwordmark", ""),
    ("dotlessj", "ȷ"),
    ("mu", "µ"),
    ("Delta", "Δ"),
    ("Omega", "Ω"),
];

static NAMES: LazyLock<HashMap<&'static str, char>> =
    LazyLock::new(|| GLYPH_NAME_PAIRS.iter().map(|(character, name)| (*name, *character)).collect());

/// The text of a glyph, by the rules of the Adobe Glyph List specification.
pub(crate) fn glyph_text(name: &str) -> Option<String> {
    let base = name.split('.').next().filter(|base| !base.is_empty())?;
    let mut text = String::new();
    for part in base.split('_') {
        text.push_str(&component_text(part)?);
    }
    Some(text)
}

fn component_text(name: &str) -> Option<String> {
    if let Some((_, text)) = MORE_NAMES.iter().find(|(known, _)| *known == name) {
        return Some((*text).to_owned());
    }
    if let Some(character) = NAMES.get(name) {
        return Some(character.to_string());
    }
    let hexadecimal = |digits: &str| u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
    if let Some(digits) = name.strip_prefix("uni").filter(|digits| digits.len() >= 4 && digits.len() % 4 == 0)
    {
        return (0..digits.len() / 4).map(|i| digits.get(i * 4..i * 4 + 4).and_then(hexadecimal)).collect();
    }
    let digits = name.strip_prefix('u').filter(|digits| (4..=6).contains(&digits.len()))?;
    hexadecimal(digits).map(String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_have_a_character_for_each_code() {
        assert_eq!(STANDARD.chars().count(), 0x100 - 0xa1);
        assert_eq!(WIN_ANSI.chars().count(), 0x20);
        assert_eq!(SYMBOL.chars().count(), 0x100 - 0x21);
        assert_eq!(MAC_ROMAN.chars().count(), 0x80);
    }

    #[test]
    fn codes_decode() {
        assert_eq!(BaseEncoding::Standard.decode(0xfb), Some('ß'));
        assert_eq!(BaseEncoding::Standard.decode(0xae), Some('ﬁ'));
        assert_eq!(BaseEncoding::Standard.decode(0xf1), Some('æ'));
        assert_eq!(BaseEncoding::WinAnsi.decode(0x80), Some('€'));
        assert_eq!(BaseEncoding::WinAnsi.decode(0xfc), Some('ü'));
        assert_eq!(BaseEncoding::MacRoman.decode(0x9f), Some('ü'));
        assert_eq!(BaseEncoding::MacRoman.decode(0xff), Some('ˇ'));
        assert_eq!(BaseEncoding::Symbol.decode(b'a'), Some('α'));
        assert_eq!(BaseEncoding::Symbol.decode(0xb7), Some('•'));
        assert_eq!(BaseEncoding::Symbol.decode(0xe5), Some('∑'));
    }

    #[test]
    fn glyph_names_decode() {
        assert_eq!(glyph_text("adieresis").as_deref(), Some("ä"));
        assert_eq!(glyph_text("f_f_i.alt").as_deref(), Some("ffi"));
        assert_eq!(glyph_text("uni0416").as_deref(), Some("Ж"));
        assert_eq!(glyph_text("u1F600").as_deref(), Some("😀"));
        assert_eq!(glyph_text(".notdef"), None);
        assert_eq!(glyph_text("g123"), None);
    }
}
