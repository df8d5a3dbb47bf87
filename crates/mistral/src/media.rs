//! What Mistral OCR reads.

use upstream::Error;

/// How a document of a type is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Pdf,
    Image,
    /// Its kind is told by a file's name: it is not taken inside a request.
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MediaType {
    pub(crate) name: &'static str,
    /// The name of an uploaded file ends with it.
    pub(crate) extension: &'static str,
    pub(crate) form: Form,
}

const fn of(name: &'static str, extension: &'static str, form: Form) -> MediaType {
    MediaType { name, extension, form }
}

pub(crate) const TYPES: [MediaType; 17] = [
    of("application/pdf", "pdf", Form::Pdf),
    of("image/jpeg", "jpg", Form::Image),
    of("image/png", "png", Form::Image),
    of("image/avif", "avif", Form::Image),
    of("image/tiff", "tiff", Form::Image),
    of("image/gif", "gif", Form::Image),
    of("image/heic", "heic", Form::Image),
    of("image/bmp", "bmp", Form::Image),
    of("image/webp", "webp", Form::Image),
    of("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx", Form::Other),
    of("application/msword", "doc", Form::Other),
    of("application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx", Form::Other),
    of("application/vnd.ms-powerpoint", "ppt", Form::Other),
    of("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", Form::Other),
    of("application/vnd.oasis.opendocument.text", "odt", Form::Other),
    of("application/epub+zip", "epub", Form::Other),
    of("application/rtf", "rtf", Form::Other),
];

/// The type of this name, whatever its case and parameters.
pub(crate) fn find(name: &str) -> Result<MediaType, Error> {
    let essence = name.split(';').next().unwrap_or_default().trim();
    TYPES.into_iter().find(|media| media.name.eq_ignore_ascii_case(essence)).ok_or_else(|| {
        let shown: String = essence.chars().filter(|c| c.is_ascii_graphic()).take(100).collect();
        Error::invalid(format!(
            "Mistral OCR does not read {shown}: give it a PDF, an image or an office document."
        ))
        .with("reason", "unsupported-media-type")
    })
}
