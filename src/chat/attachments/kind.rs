//! What a file is, by what is in it: its name and the browser's word for it count for nothing.

use imagesize::{ImageType, blob_size, image_type};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Width times height of a picture: more is no photo but a trap for whoever opens it.
const MOST_PIXELS: usize = 100_000_000;

/// Where a PDF's mark may stand, by what readers accept.
const PDF_MARK_WITHIN: usize = 1024;

/// What may be attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttachmentKind {
    Png,
    Jpeg,
    Webp,
    Gif,
    Pdf,
}

impl AttachmentKind {
    pub const ALL: [Self; 5] = [Self::Png, Self::Jpeg, Self::Webp, Self::Gif, Self::Pdf];

    /// What these bytes are; `None` for anything else, and for pictures that can't be measured or are too large.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let start = &bytes[..bytes.len().min(PDF_MARK_WITHIN)];
        if start.windows(5).any(|window| window == b"%PDF-") {
            return Some(Self::Pdf).filter(|_| start.starts_with(b"%PDF-"));
        }
        let kind = match image_type(bytes).ok()? {
            ImageType::Png => Self::Png,
            ImageType::Jpeg => Self::Jpeg,
            ImageType::Webp => Self::Webp,
            ImageType::Gif => Self::Gif,
            _ => return None,
        };
        let size = blob_size(bytes).ok()?;
        let pixels = size.width.checked_mul(size.height)?;
        (1..=MOST_PIXELS).contains(&pixels).then_some(kind)
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
            Self::Pdf => "application/pdf",
        }
    }

    /// The ending of its file names.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Webp => "webp",
            Self::Gif => "gif",
            Self::Pdf => "pdf",
        }
    }

    pub fn is_picture(self) -> bool {
        self != Self::Pdf
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The beginning of a picture of so many pixels.
    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes.extend([8, 6, 0, 0, 0]);
        bytes
    }

    #[test]
    fn content_says_what_a_file_is() {
        let gif = b"GIF89a\x02\0\x03\0\0\0\0";
        assert_eq!(AttachmentKind::of(&png(3, 2)), Some(AttachmentKind::Png));
        assert_eq!(AttachmentKind::of(gif), Some(AttachmentKind::Gif));
        assert_eq!(AttachmentKind::of(b"%PDF-1.7\n..."), Some(AttachmentKind::Pdf));
        for other in [
            &b""[..],
            b"<svg onload=alert(1)>",
            b"<html><script>",
            b"MZ\x90\0",
            b"\x89PNG\r\n\x1a\n",
            // A PDF behind something else is something else.
            b"<html>%PDF-1.7",
            b"GIF89a%PDF-1.7 and more",
        ] {
            assert_eq!(
                AttachmentKind::of(other),
                None,
                "{}",
                String::from_utf8_lossy(other)
            );
        }
    }

    #[test]
    fn pictures_that_would_fill_the_memory_are_refused() {
        assert!(AttachmentKind::of(&png(10_000, 10_000)).is_some());
        for (width, height) in [(10_001, 10_000), (u32::MAX, u32::MAX), (0, 5)] {
            assert_eq!(
                AttachmentKind::of(&png(width, height)),
                None,
                "{width} × {height}"
            );
        }
    }
}
