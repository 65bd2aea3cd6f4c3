//! Pictures that members hand in: told by their bytes, whatever their sender says they are.

use crate::text_enum::text_enum;

/// Longest picture, in bytes.
pub const BYTES_MAX: usize = 2 << 20;
/// Pictures of one member in a day, used or not.
pub const PER_DAY_MAX: u32 = 30;

text_enum! {
    /// What a picture is.
    PictureKind {
        /// JPEG.
        Jpeg = "jpeg",
        /// PNG.
        Png = "png",
        /// WebP.
        Webp = "webp",
    }
}

text_enum! {
    /// What a picture belongs to.
    PictureUse {
        /// A fault report.
        Fault = "fault",
        /// A complaint.
        Complaint = "complaint",
        /// A review.
        Review = "review",
    }
}

impl PictureKind {
    /// By the first bytes; none when they are no picture that is taken.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
            Some(Self::Jpeg)
        } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            Some(Self::Webp)
        } else {
            None
        }
    }

    /// As HTTP says it.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }
}

/// Where pictures of ours are addressed: this, then their name.
pub const ADDRESS: &str = "/api/v1/member/pictures/";

/// The name of a picture of ours, from its address.
pub fn name_of(address: &str) -> Option<&str> {
    let name = address.strip_prefix(ADDRESS)?;
    let hex = name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    hex.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::{PictureKind, name_of};

    #[test]
    fn bytes_tell_what_it_is() {
        for (bytes, kind) in [
            (
                &b"\xff\xd8\xff\xe0\x00\x10JFIF"[..],
                Some(PictureKind::Jpeg),
            ),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Some(PictureKind::Png)),
            (b"RIFF\x24\0\0\0WEBPVP8 ", Some(PictureKind::Webp)),
            (b"RIFF\x24\0\0\0WAVEfmt ", None),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
            (b"GIF89a", None),
            (b"RIFF", None),
            (b"", None),
        ] {
            assert_eq!(PictureKind::of(bytes), kind, "{bytes:?}");
        }
    }

    #[test]
    fn only_names_of_ours_are_names() {
        let name = "0123456789abcdef0123456789abcdef";
        assert_eq!(
            name_of(&format!("/api/v1/member/pictures/{name}")),
            Some(name)
        );
        for address in [
            "/api/v1/member/pictures/",
            "/api/v1/member/pictures/../../me",
            "/files/0123456789abcdef0123456789abcdef",
        ] {
            assert_eq!(name_of(address), None);
        }
    }
}
