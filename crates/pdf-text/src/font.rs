//! Fonts, as far as text needs them: from the bytes of a shown string to characters and advances.

use hayro_cmap::{BfString, CMap, CMapName, CidFamily, WritingMode, load_embedded};
use hayro_syntax::object::{Array, Dict, Name, Number, Object, Stream, String as PdfString};

use crate::encoding::{BaseEncoding, glyph_text};
use crate::widths::Widths;

/// A font's longest character map.
const MAX_CMAP_BYTES: usize = 4 << 20;
/// References from one map to another, which each load a large table.
const MAX_USED_CMAPS: usize = 4;

/// Bytes of a font with small tables, of a character map as it is kept (for each of its source) and of a predefined one, and of
/// a width; all rounded up.
const FONT_WEIGHT: usize = 16 << 10;
const MAP_WEIGHT: usize = 8;
const PREDEFINED_MAP_WEIGHT: usize = 1 << 20;
const WIDTH_WEIGHT: usize = 24;

/// One glyph of a shown string.
pub(crate) struct Shown<'f> {
    /// Its text; may be empty or several characters.
    pub text: GlyphText<'f>,
    /// Its advance in the font's text space, where 1 is the font's size.
    pub advance: f64,
    /// Whether word spacing applies.
    pub is_space: bool,
}

/// A glyph's text, borrowed from the font where it is a table.
pub(crate) enum GlyphText<'f> {
    Borrowed(&'f str),
    Char(char),
    Owned(String),
    None,
}

/// A font of a document.
#[derive(Debug)]
pub(crate) struct Font {
    kind: Kind,
    widths: Widths,
    to_unicode: Option<CMap>,
    /// Text space units of one unit of width.
    scale: f64,
    pub(crate) vertical: bool,
    /// About how many bytes it takes, or took to read.
    pub(crate) weight: usize,
}

#[derive(Debug)]
enum Kind {
    Simple(Vec<Option<String>>),
    Composite { encoding: Option<Box<CMap>>, cid_to_unicode: Option<Box<CMap>> },
}

impl Font {
    /// Reads a font dictionary; `unpack` gives the bytes of a stream.
    pub(crate) fn read<E>(
        font: &Dict<'_>,
        unpack: &mut impl FnMut(&Stream<'_>) -> Result<Vec<u8>, E>,
    ) -> Result<Self, E> {
        let mut weight = FONT_WEIGHT;
        let mut unpack = |stream: &Stream<'_>| {
            let bytes = unpack(stream)?;
            weight += bytes.len().min(MAX_CMAP_BYTES) * MAP_WEIGHT;
            Ok(bytes)
        };
        let mut font = Self::read_tables(font, &mut unpack)?;
        font.weight += weight + font.widths.len() * WIDTH_WEIGHT;
        Ok(font)
    }

    fn read_tables<E>(
        font: &Dict<'_>,
        unpack: &mut impl FnMut(&Stream<'_>) -> Result<Vec<u8>, E>,
    ) -> Result<Self, E> {
        let to_unicode = match font.get::<Stream<'_>>("ToUnicode") {
            Some(stream) => parse_cmap(&unpack(&stream)?),
            None => None,
        };
        let subtype = font.get::<Name<'_>>("Subtype");
        if subtype.as_deref() == Some(b"Type0") {
            return Self::read_composite(font, to_unicode, unpack);
        }
        let matrix_scale = || {
            let matrix = font.get::<Array<'_>>("FontMatrix")?;
            Some(matrix.iter::<Number>().next()?.as_f64().abs())
        };
        let scale = if subtype.as_deref() == Some(b"Type3") { matrix_scale() } else { None };
        Ok(Self {
            kind: Kind::Simple(simple_encoding(font)),
            widths: Widths::of_simple_font(font),
            to_unicode,
            scale: scale.unwrap_or(0.001),
            vertical: false,
            weight: 0,
        })
    }

    fn read_composite<E>(
        font: &Dict<'_>,
        to_unicode: Option<CMap>,
        unpack: &mut impl FnMut(&Stream<'_>) -> Result<Vec<u8>, E>,
    ) -> Result<Self, E> {
        let descendant = font
            .get::<Array<'_>>("DescendantFonts")
            .and_then(|fonts| fonts.iter::<Dict<'_>>().next())
            .unwrap_or_default();
        let mut predefined = 0;
        let mut load = |name: CMapName<'_>| {
            predefined += 1;
            load_embedded(name).and_then(parse_cmap)
        };
        let encoding = match font.get::<Object<'_>>("Encoding") {
            Some(Object::Name(name)) if &*name == b"Identity-V" => Some(CMap::identity_v()),
            Some(Object::Name(name)) if &*name != b"Identity-H" => load(CMapName::from_bytes(&name)),
            Some(Object::Stream(stream)) => parse_cmap(&unpack(&stream)?),
            _ => None,
        };
        let vertical = encoding.as_ref().and_then(|map| map.metadata().writing_mode);
        let info = descendant.get::<Dict<'_>>("CIDSystemInfo").unwrap_or_default();
        let field =
            |key: &str| info.get::<PdfString<'_>>(key).map(|value| value.to_vec()).unwrap_or_default();
        let family = CidFamily::from_registry_ordering(&field("Registry"), &field("Ordering"));
        // Only needed where the document has no map of its own.
        let cid_to_unicode = match to_unicode {
            Some(_) => None,
            None => family.ucs2_cmap().and_then(load),
        };
        Ok(Self {
            kind: Kind::Composite {
                encoding: encoding.map(Box::new),
                cid_to_unicode: cid_to_unicode.map(Box::new),
            },
            widths: Widths::of_cid_font(&descendant),
            to_unicode,
            scale: 0.001,
            vertical: vertical == Some(WritingMode::Vertical),
            weight: PREDEFINED_MAP_WEIGHT * predefined,
        })
    }

    /// Calls `each` for every glyph of a shown string.
    pub(crate) fn decode<'f>(&'f self, bytes: &[u8], mut each: impl FnMut(Shown<'f>)) {
        match &self.kind {
            Kind::Simple(encoding) => {
                for byte in bytes {
                    let code = u32::from(*byte);
                    let fallback = || match encoding.get(usize::from(*byte)) {
                        Some(Some(text)) => GlyphText::Borrowed(text),
                        _ => GlyphText::None,
                    };
                    each(Shown {
                        text: self.mapped(code).unwrap_or_else(fallback),
                        advance: self.widths.get(code) * self.scale,
                        is_space: *byte == b' ',
                    });
                }
            }
            Kind::Composite { encoding, cid_to_unicode } => {
                let mut rest = bytes;
                while !rest.is_empty() {
                    let (code, length, cid) = next_code(rest, encoding.as_deref());
                    rest = rest.get(length..).unwrap_or_default();
                    let fallback = || cid_to_unicode.as_ref().and_then(|map| lookup(map, cid));
                    each(Shown {
                        text: self.mapped(code).or_else(fallback).unwrap_or(GlyphText::None),
                        advance: if self.vertical { 1.0 } else { self.widths.get(cid) * self.scale },
                        is_space: length == 1 && code == 32,
                    });
                }
            }
        }
    }

    fn mapped(&self, code: u32) -> Option<GlyphText<'static>> {
        lookup(self.to_unicode.as_ref()?, code)
    }
}

fn lookup(map: &CMap, code: u32) -> Option<GlyphText<'static>> {
    match map.lookup_bf_string(code)? {
        BfString::Char('\0') => None,
        BfString::Char(character) => Some(GlyphText::Char(character)),
        BfString::String(text) => Some(GlyphText::Owned(text)),
    }
}

/// The next code, its length in bytes, and its CID.
fn next_code(bytes: &[u8], encoding: Option<&CMap>) -> (u32, usize, u32) {
    let code_of =
        |length: usize| bytes.iter().take(length).fold(0_u32, |code, byte| code << 8 | u32::from(*byte));
    let Some(encoding) = encoding else {
        let length = bytes.len().min(2);
        return (code_of(length), length, code_of(length));
    };
    for length in 1..=bytes.len().min(4) {
        let code = code_of(length);
        if let Some(cid) = u8::try_from(length).ok().and_then(|length| encoding.lookup_cid_code(code, length))
        {
            return (code, length, cid);
        }
    }
    let length = bytes.len().min(2);
    (code_of(length), length, 0)
}

fn parse_cmap(bytes: &(impl AsRef<[u8]> + ?Sized)) -> Option<CMap> {
    let bytes = bytes.as_ref();
    let used = bytes.windows(7).filter(|window| *window == b"usecmap").count();
    if bytes.len() > MAX_CMAP_BYTES || used > MAX_USED_CMAPS {
        return None;
    }
    CMap::parse(bytes, load_embedded)
}

fn simple_encoding(font: &Dict<'_>) -> Vec<Option<String>> {
    let name = font.get::<Name<'_>>("BaseFont");
    let is_symbol = name.as_deref().is_some_and(|name| name.ends_with(b"Symbol"));
    let default = if is_symbol { BaseEncoding::Symbol } else { BaseEncoding::Standard };
    let mut base = default;
    let mut differences = None;
    match font.get::<Object<'_>>("Encoding") {
        Some(Object::Name(name)) => base = BaseEncoding::from_name(&name).unwrap_or(default),
        Some(Object::Dict(dict)) => {
            let named = dict.get::<Name<'_>>("BaseEncoding");
            base = named.and_then(|name| BaseEncoding::from_name(&name)).unwrap_or(default);
            differences = dict.get::<Array<'_>>("Differences");
        }
        _ => {}
    }
    let mut table: Vec<_> = (0..=255_u8).map(|code| base.decode(code).map(String::from)).collect();
    let mut code = 0_usize;
    for item in differences.unwrap_or_default().iter::<Object<'_>>() {
        match item {
            Object::Number(number) => code = usize::try_from(number.as_i64()).unwrap_or(usize::MAX),
            Object::Name(name) => {
                let Some(slot) = table.get_mut(code) else { continue };
                *slot = std::str::from_utf8(&name).ok().and_then(glyph_text);
                code += 1;
            }
            _ => {}
        }
    }
    table
}
