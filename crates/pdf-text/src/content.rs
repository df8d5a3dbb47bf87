//! Runs a page's content stream for its text: where each glyph stands and what it says.

use std::collections::HashMap;
use std::rc::Rc;

use hayro_syntax::content::TypedIter;
use hayro_syntax::content::ops::TypedInstruction as Op;
use hayro_syntax::object::{Array, Dict, Name, Number, Object, ObjectIdentifier, Rect, Stream};

use crate::error::Resource;
use crate::filters::{Failure, decode};
use crate::font::{Font, GlyphText};
use crate::guard::Guard;
use crate::layout::Layout;
use crate::matrix::Matrix;
use crate::{Error, Limits};

/// Saved graphics states; PDF readers commonly stop at 28, and real files stay below.
const MAX_SAVED: usize = 512;

/// What a document keeps between its pages.
#[derive(Default)]
pub(crate) struct Shared {
    pub guard: Guard,
    pub unpacked_bytes: usize,
    pub fonts: HashMap<ObjectIdentifier, Rc<Font>>,
    pub font_bytes: usize,
}

#[derive(Clone)]
struct State {
    matrix: Matrix,
    font: Option<Rc<Font>>,
    size: f64,
    character_spacing: f64,
    word_spacing: f64,
    scaling: f64,
    leading: f64,
    rise: f64,
}

pub(crate) struct Interpreter<'d> {
    bytes: &'d [u8],
    shared: &'d mut Shared,
    limits: &'d Limits,
    operations: usize,
    layout: Layout,
    state: State,
    saved: Vec<State>,
    text_matrix: Matrix,
    line_matrix: Matrix,
}

impl<'d> Interpreter<'d> {
    /// `bytes` are the file's, as the PDF crate sees them.
    pub(crate) fn new(bytes: &'d [u8], shared: &'d mut Shared, limits: &'d Limits) -> Self {
        let state = State {
            matrix: Matrix::IDENTITY,
            font: None,
            size: 1.0,
            character_spacing: 0.0,
            word_spacing: 0.0,
            scaling: 1.0,
            leading: 0.0,
            rise: 0.0,
        };
        Self {
            bytes,
            shared,
            limits,
            operations: 0,
            layout: Layout::new(limits.max_glyphs),
            state,
            saved: Vec::new(),
            text_matrix: Matrix::IDENTITY,
            line_matrix: Matrix::IDENTITY,
        }
    }

    /// Runs a page and gives its text.
    pub(crate) fn page_text(mut self, page: &Dict<'_>, resources: &Dict<'_>) -> Result<String, Error> {
        let mut content = Vec::new();
        match page.get::<Object<'_>>("Contents") {
            Some(Object::Stream(stream)) => content = self.unpack(&stream)?,
            Some(Object::Array(parts)) => {
                for part in parts.iter::<Stream<'_>>() {
                    content.extend(self.unpack(&part)?);
                    content.push(b'\n');
                    if content.len() > self.limits.max_stream_bytes {
                        return Err(Error::over(Resource::StreamBytes, self.limits.max_stream_bytes));
                    }
                }
            }
            _ if page.contains_key("Contents") && self.shared.guard.hides_streams() => {
                return Err(Error::over(Resource::StreamBytes, self.limits.max_stream_bytes));
            }
            _ => {}
        }
        self.run(&content, resources, 0)?;
        self.draw_annotations(page)?;
        Ok(self.layout.into_text())
    }

    fn unpack(&mut self, stream: &Stream<'_>) -> Result<Vec<u8>, Error> {
        unpack(stream, self.bytes, self.shared, self.limits)
    }

    fn run(&mut self, content: &[u8], resources: &Dict<'_>, depth: usize) -> Result<(), Error> {
        let fonts = resources.get::<Dict<'_>>("Font").unwrap_or_default();
        let forms = resources.get::<Dict<'_>>("XObject").unwrap_or_default();
        let mut operations = TypedIter::new(content);
        while let Some(operation) = operations.next() {
            self.operations += 1;
            if self.operations > self.limits.max_operations {
                return Err(Error::over(Resource::Operations, self.limits.max_operations));
            }
            match operation {
                Op::XObject(name) => self.draw_form(&forms, name.0, resources, depth)?,
                Op::TextFont(font) => {
                    self.state.font = self.find_font(&fonts, font.0)?;
                    self.state.size = font.1.as_f64();
                }
                other => self.step(other)?,
            }
        }
        Ok(())
    }

    fn step(&mut self, operation: Op<'_, '_>) -> Result<(), Error> {
        match operation {
            Op::SaveState(_) if self.saved.len() < MAX_SAVED => self.saved.push(self.state.clone()),
            Op::RestoreState(_) => self.state = self.saved.pop().unwrap_or_else(|| self.state.clone()),
            Op::Transform(m) => {
                let matrix = Matrix::new([m.0, m.1, m.2, m.3, m.4, m.5].map(|number| number.as_f64()));
                self.state.matrix = matrix.then(&self.state.matrix);
            }
            Op::BeginText(_) => {
                self.text_matrix = Matrix::IDENTITY;
                self.line_matrix = Matrix::IDENTITY;
            }
            Op::CharacterSpacing(value) => self.state.character_spacing = value.0.as_f64(),
            Op::WordSpacing(value) => self.state.word_spacing = value.0.as_f64(),
            Op::HorizontalScaling(value) => self.state.scaling = value.0.as_f64() / 100.0,
            Op::TextLeading(value) => self.state.leading = value.0.as_f64(),
            Op::TextRise(value) => self.state.rise = value.0.as_f64(),
            Op::NextLine(by) => self.next_line(by.0.as_f64(), by.1.as_f64()),
            Op::NextLineAndSetLeading(by) => {
                self.state.leading = -by.1.as_f64();
                self.next_line(by.0.as_f64(), by.1.as_f64());
            }
            Op::NextLineUsingLeading(_) => self.next_line(0.0, -self.state.leading),
            Op::SetTextMatrix(m) => {
                self.text_matrix = Matrix::new([m.0, m.1, m.2, m.3, m.4, m.5].map(|number| number.as_f64()));
                self.line_matrix = self.text_matrix;
            }
            Op::ShowText(text) => self.show(text.0)?,
            Op::ShowTexts(items) => self.show_all(items.0)?,
            Op::NextLineAndShowText(text) => {
                self.next_line(0.0, -self.state.leading);
                self.show(text.0)?;
            }
            Op::ShowTextWithParameters(text) => {
                self.state.word_spacing = text.0.as_f64();
                self.state.character_spacing = text.1.as_f64();
                self.next_line(0.0, -self.state.leading);
                self.show(text.2)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn next_line(&mut self, x: f64, y: f64) {
        self.line_matrix = Matrix::translation(x, y).then(&self.line_matrix);
        self.text_matrix = self.line_matrix;
    }

    fn show_all(&mut self, items: &Array<'_>) -> Result<(), Error> {
        for item in items.iter::<Object<'_>>() {
            match item {
                Object::String(text) => self.show(&text)?,
                Object::Number(number) => {
                    let offset = -number.as_f64() / 1000.0 * self.state.size;
                    self.advance(offset);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn advance(&mut self, by: f64) {
        let (x, y) = match &self.state.font {
            Some(font) if font.vertical => (0.0, -by),
            _ => (by * self.state.scaling, 0.0),
        };
        self.text_matrix = Matrix::translation(x, y).then(&self.text_matrix);
    }

    fn show(&mut self, text: &[u8]) -> Result<(), Error> {
        let Some(font) = self.state.font.clone() else { return Ok(()) };
        let mut in_bounds = true;
        font.decode(text, |glyph| {
            let origin =
                Matrix::translation(0.0, self.state.rise).then(&self.text_matrix).then(&self.state.matrix);
            let drawn = glyph.advance * self.state.size;
            // Letters that are spaced out still belong to their word.
            let spaced = drawn + self.state.character_spacing;
            let extent = if font.vertical {
                origin.apply_vector(0.0, -spaced)
            } else {
                origin.apply_vector(spaced * self.state.scaling, 0.0)
            };
            let (up_x, up_y) = origin.apply_vector(0.0, self.state.size);
            let mut utf8 = [0; 4];
            let text = match &glyph.text {
                GlyphText::Borrowed(text) => text,
                GlyphText::Owned(text) => text.as_str(),
                GlyphText::Char(character) => character.encode_utf8(&mut utf8),
                GlyphText::None => "",
            };
            in_bounds &= self.layout.add((origin.e, origin.f), extent, up_x.hypot(up_y), text);
            let word_spacing = if glyph.is_space { self.state.word_spacing } else { 0.0 };
            self.advance(spaced + word_spacing);
        });
        if in_bounds { Ok(()) } else { Err(Error::over(Resource::Glyphs, self.limits.max_glyphs)) }
    }

    fn draw_form(
        &mut self,
        forms: &Dict<'_>,
        name: &Name<'_>,
        resources: &Dict<'_>,
        depth: usize,
    ) -> Result<(), Error> {
        // Only forms hold text; the dictionary says so before anything is unpacked.
        let Some(form) = forms.get::<Stream<'_>>(&**name) else { return Ok(()) };
        let is_form = form.dict().get::<Name<'_>>("Subtype").as_deref() == Some(b"Form");
        // Deeper ones are drawn over and over by themselves.
        if !is_form || depth == self.limits.max_depth {
            return Ok(());
        }
        self.run_form(&form, resources, depth)
    }

    fn run_form(&mut self, form: &Stream<'_>, resources: &Dict<'_>, depth: usize) -> Result<(), Error> {
        let content = self.unpack(form)?;
        let outer = self.state.clone();
        let outer_saved = std::mem::take(&mut self.saved);
        let outer_text = (self.text_matrix, self.line_matrix);
        let mut numbers = form.dict().get::<Array<'_>>("Matrix").unwrap_or_default().iter::<Number>();
        if let [Some(a), Some(b), Some(c), Some(d), Some(e), Some(f)] =
            std::array::from_fn(|_| numbers.next())
        {
            let matrix = Matrix::new([a, b, c, d, e, f].map(|number: Number| number.as_f64()));
            self.state.matrix = matrix.then(&self.state.matrix);
        }
        let own = form.dict().get::<Dict<'_>>("Resources");
        self.run(&content, own.as_ref().unwrap_or(resources), depth + 1)?;
        self.state = outer;
        self.saved = outer_saved;
        (self.text_matrix, self.line_matrix) = outer_text;
        Ok(())
    }

    /// What was filled into a form's fields, and notes written on the page, are pictures drawn upon it.
    fn draw_annotations(&mut self, page: &Dict<'_>) -> Result<(), Error> {
        for annotation in page.get::<Array<'_>>("Annots").unwrap_or_default().iter::<Dict<'_>>() {
            self.operations += 1;
            let subtype = annotation.get::<Name<'_>>("Subtype");
            if !matches!(subtype.as_deref(), Some(b"Widget" | b"FreeText")) {
                continue;
            }
            let appearance = match annotation.get::<Dict<'_>>("AP").and_then(|ap| ap.get::<Object<'_>>("N")) {
                Some(Object::Stream(stream)) => Some(stream),
                Some(Object::Dict(states)) => {
                    annotation.get::<Name<'_>>("AS").and_then(|state| states.get::<Stream<'_>>(&*state))
                }
                _ => None,
            };
            let (Some(appearance), Some(place)) = (appearance, annotation.get::<Rect>("Rect")) else {
                continue;
            };
            self.saved.clear();
            self.state.matrix = Matrix::translation(place.x0, place.y0);
            self.run_form(&appearance, &Dict::empty(), 0)?;
        }
        Ok(())
    }

    fn find_font(&mut self, fonts: &Dict<'_>, name: &Name<'_>) -> Result<Option<Rc<Font>>, Error> {
        let reference = fonts.get_ref(&**name).map(ObjectIdentifier::from);
        if let Some(font) = reference.and_then(|id| self.shared.fonts.get(&id)) {
            return Ok(Some(font.clone()));
        }
        let Some(dict) = fonts.get::<Dict<'_>>(&**name) else { return Ok(None) };
        if self.shared.fonts.len() >= self.limits.max_fonts {
            return Err(Error::over(Resource::Fonts, self.limits.max_fonts));
        }
        let font = Rc::new(Font::read(&dict, &mut |stream| self.unpack(stream))?);
        self.shared.font_bytes += font.weight;
        if self.shared.font_bytes > self.limits.max_object_bytes {
            return Err(Error::over(Resource::FontBytes, self.limits.max_object_bytes));
        }
        if let Some(id) = reference {
            self.shared.fonts.insert(id, font.clone());
        }
        Ok(Some(font))
    }
}

/// A stream's bytes, counted against the document's limits; empty where it cannot be unpacked.
fn unpack(stream: &Stream<'_>, file: &[u8], shared: &mut Shared, limits: &Limits) -> Result<Vec<u8>, Error> {
    let left = limits.max_total_bytes.saturating_sub(shared.unpacked_bytes);
    let mut raw = stream.raw_data();
    let offset = (raw.as_ptr() as usize).wrapping_sub(file.as_ptr() as usize);
    if let Some(original) = shared.guard.original(offset)
        && let Some(start) = raw.to_mut().get_mut(..original.len())
    {
        start.copy_from_slice(original);
    }
    // An unfiltered stream of a disarmed file keeps its keyword, so nothing else needs to be put back.
    match decode(&raw, &stream.filters(), limits.max_stream_bytes.min(left)) {
        Ok(bytes) => {
            // Even an empty stream costs something to draw again and again.
            shared.unpacked_bytes += bytes.len().max(64);
            Ok(bytes)
        }
        Err(Failure::Unsupported) => Ok(Vec::new()),
        Err(Failure::TooLarge) if left < limits.max_stream_bytes => {
            Err(Error::over(Resource::TotalBytes, limits.max_total_bytes))
        }
        Err(Failure::TooLarge) => Err(Error::over(Resource::StreamBytes, limits.max_stream_bytes)),
    }
}
