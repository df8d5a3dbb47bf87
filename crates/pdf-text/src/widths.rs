//! How far glyphs advance, in thousandths of the font's size.

use std::collections::HashMap;

use hayro_syntax::object::{Array, Dict, Number, Object};

/// Widths of single glyphs that are kept of a font.
const MAX_WIDTHS: usize = 1 << 16;

/// Advances by character code (simple fonts) or CID.
#[derive(Debug, Clone)]
pub(crate) struct Widths {
    single: HashMap<u32, f32>,
    ranges: Vec<(u32, u32, f32)>,
    default: f32,
}

impl Widths {
    pub(crate) fn of_simple_font(font: &Dict<'_>) -> Self {
        let descriptor = font.get::<Dict<'_>>("FontDescriptor").unwrap_or_default();
        let default = number(&descriptor, "MissingWidth").unwrap_or(0.0);
        let first = font.get::<u32>("FirstChar").unwrap_or(0);
        let mut single = HashMap::new();
        match font.get::<Array<'_>>("Widths") {
            Some(widths) => {
                for (code, width) in (first..=first.saturating_add(255)).zip(widths.iter::<Number>()) {
                    single.insert(code, width.as_f32());
                }
            }
            None => {
                single.extend((0..=255_u8).map(|code| (u32::from(code), guess(code, is_fixed_pitch(font)))))
            }
        }
        Self { single, ranges: Vec::new(), default }
    }

    pub(crate) fn of_cid_font(font: &Dict<'_>) -> Self {
        let mut widths = Self {
            single: HashMap::new(),
            ranges: Vec::new(),
            default: number(font, "DW").unwrap_or(1000.0),
        };
        let mut items = font.get::<Array<'_>>("W").unwrap_or_default().iter::<Object<'_>>();
        while let (Some(first), Some(second)) = (items.next().and_then(as_code), items.next()) {
            match second {
                Object::Array(list) => {
                    for (cid, width) in (first..).zip(list.iter::<Number>()) {
                        if widths.single.len() == MAX_WIDTHS {
                            return widths;
                        }
                        widths.single.insert(cid, width.as_f32());
                    }
                }
                Object::Number(last) => {
                    let Some(Object::Number(width)) = items.next() else { break };
                    if widths.ranges.len() == MAX_WIDTHS {
                        break;
                    }
                    let last = u32::try_from(last.as_i64()).unwrap_or(first);
                    widths.ranges.push((first, last, width.as_f32()));
                }
                _ => break,
            }
        }
        // Of ranges that overlap, which is an error, any may win.
        widths.ranges.sort_by_key(|(first, ..)| *first);
        widths
    }

    /// How many widths are kept.
    pub(crate) fn len(&self) -> usize {
        self.single.len() + self.ranges.len()
    }

    /// In thousandths of the font's size.
    pub(crate) fn get(&self, code: u32) -> f64 {
        if let Some(width) = self.single.get(&code) {
            return f64::from(*width);
        }
        let after = self.ranges.partition_point(|(first, ..)| *first <= code);
        let range = after.checked_sub(1).and_then(|index| self.ranges.get(index));
        match range {
            Some((_, last, width)) if code <= *last => f64::from(*width),
            _ => f64::from(self.default),
        }
    }
}

fn as_code(object: Object<'_>) -> Option<u32> {
    u32::try_from(object.into_number()?.as_i64()).ok()
}

fn number(dict: &Dict<'_>, key: &str) -> Option<f32> {
    dict.get::<Number>(key).map(|number| number.as_f32())
}

fn is_fixed_pitch(font: &Dict<'_>) -> bool {
    font.get::<hayro_syntax::object::Name<'_>>("BaseFont")
        .is_some_and(|name| name.windows(7).any(|window| window == b"Courier"))
}

/// The fourteen standard fonts may leave their widths out. Near enough to tell words apart.
fn guess(code: u8, fixed_pitch: bool) -> f32 {
    match code {
        _ if fixed_pitch => 600.0,
        b'i' | b'j' | b'l' | b'f' | b't' | b'I' | b'|' | b'!' | b'.' | b',' | b':' | b';' | b'\'' | b' '
        | b'/' => 278.0,
        b'm' | b'w' | b'M' | b'W' | b'@' | b'%' => 833.0,
        b'A'..=b'Z' => 680.0,
        b'r' | b'(' | b')' | b'-' | b'[' | b']' => 333.0,
        _ => 530.0,
    }
}
