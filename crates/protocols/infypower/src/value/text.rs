use serde_json::Value;
use std::borrow::Cow;
use wire::{Field, Reader, WireError, Writer};

/// `N` bytes of ASCII that end at the first NUL; some vendors pad with spaces or FF. The bytes
/// are kept as they came.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ascii<const N: usize>(pub [u8; N]);

impl<const N: usize> Default for Ascii<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> Ascii<N> {
    /// The text padded with zeros, or `None` when it is longer than `N` or not ASCII.
    pub fn padded(text: &str) -> Option<Self> {
        let mut bytes = [0; N];
        bytes
            .get_mut(..text.len())
            .filter(|_| text.is_ascii())?
            .copy_from_slice(text.as_bytes());
        Some(Self(bytes))
    }

    /// The bytes without padding.
    pub fn bytes(&self) -> &[u8] {
        clean(&self.0)
    }

    /// The text without padding; bytes that are no UTF-8 are replaced.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.bytes())
    }

    /// The text, if it consists of printable ASCII characters without spaces: what has the form
    /// of an id. Uninitialised memory has not.
    pub fn id(&self) -> Option<&str> {
        std::str::from_utf8(self.bytes())
            .ok()
            .filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()))
    }
}

impl<const N: usize> std::fmt::Debug for Ascii<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.text())
    }
}

impl<const N: usize> Field for Ascii<N> {
    #[inline]
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        reader.array(name).map(Self)
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.bytes(&self.0);
    }

    fn show(&self) -> Value {
        Value::from(self.text().into_owned())
    }
}

/// What stands before the first NUL, without trailing spaces and FF.
pub fn clean(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|byte| *byte == 0);
    let text = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
    let last = text
        .iter()
        .rposition(|byte| !matches!(byte, 0x20 | 0xFF))
        .map_or(0, |at| at + 1);
    text.get(..last).unwrap_or_default()
}

/// Text to the end of the body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextTail(pub Vec<u8>);

impl Field for TextTail {
    fn get(reader: &mut Reader<'_>, _name: &'static str) -> Result<Self, WireError> {
        Ok(Self(reader.rest().to_vec()))
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.bytes(&self.0);
    }

    fn show(&self) -> Value {
        Value::from(String::from_utf8_lossy(clean(&self.0)).into_owned())
    }
}

/// A licence plate in eight bytes of GB2312: the province in two bytes, then ASCII.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Plate(pub [u8; 8]);

/// Characters of plates, by their GB2312 bytes.
const PLATE_CHARACTERS: [([u8; 2], char); 38] = [
    ([0xBE, 0xA9], '京'),
    ([0xBD, 0xF2], '津'),
    ([0xBB, 0xA6], '沪'),
    ([0xD3, 0xE5], '渝'),
    ([0xBC, 0xBD], '冀'),
    ([0xD4, 0xA5], '豫'),
    ([0xD4, 0xC6], '云'),
    ([0xC1, 0xC9], '辽'),
    ([0xBA, 0xDA], '黑'),
    ([0xCF, 0xE6], '湘'),
    ([0xCD, 0xEE], '皖'),
    ([0xC2, 0xB3], '鲁'),
    ([0xD0, 0xC2], '新'),
    ([0xCB, 0xD5], '苏'),
    ([0xD5, 0xE3], '浙'),
    ([0xB8, 0xD3], '赣'),
    ([0xB6, 0xF5], '鄂'),
    ([0xB9, 0xF0], '桂'),
    ([0xB8, 0xCA], '甘'),
    ([0xBD, 0xFA], '晋'),
    ([0xC3, 0xC9], '蒙'),
    ([0xC9, 0xC2], '陕'),
    ([0xBC, 0xAA], '吉'),
    ([0xC3, 0xF6], '闽'),
    ([0xB9, 0xF3], '贵'),
    ([0xD4, 0xC1], '粤'),
    ([0xC7, 0xE0], '青'),
    ([0xB2, 0xD8], '藏'),
    ([0xB4, 0xA8], '川'),
    ([0xC4, 0xFE], '宁'),
    ([0xC7, 0xED], '琼'),
    ([0xCA, 0xB9], '使'),
    ([0xC1, 0xEC], '领'),
    ([0xBE, 0xAF], '警'),
    ([0xD1, 0xA7], '学'),
    ([0xB8, 0xDB], '港'),
    ([0xB0, 0xC4], '澳'),
    ([0xB9, 0xD2], '挂'),
];

impl Plate {
    /// The plate; characters that occur on no plate are replaced.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut rest = clean(&self.0);
        while let Some((first, behind)) = rest.split_first() {
            match behind.split_first() {
                Some((second, behind)) if !first.is_ascii() => {
                    let pair = [*first, *second];
                    let found = PLATE_CHARACTERS.iter().find(|(bytes, _)| *bytes == pair);
                    text.push(found.map_or(char::REPLACEMENT_CHARACTER, |(_, sign)| *sign));
                    rest = behind;
                }
                _ => {
                    let sign = char::from(*first);
                    text.push(if first.is_ascii() { sign } else { '\u{fffd}' });
                    rest = behind;
                }
            }
        }
        text
    }
}

impl Field for Plate {
    #[inline]
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        reader.array(name).map(Self)
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.bytes(&self.0);
    }

    fn show(&self) -> Value {
        Value::from(self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::{Ascii, Plate};

    #[test]
    fn text_ends_at_the_first_nul_or_before_its_padding() {
        let mut bytes = *b"29003008\0\x07garbage ";
        assert_eq!(Ascii(bytes).text(), "29003008");
        bytes[8] = b'1';
        assert_eq!(Ascii(bytes).id(), None, "a control character is no id");
        assert_eq!(Ascii(*b"ABC \xFF\xFF  ").text(), "ABC");
        assert_eq!(Ascii([0xFF; 4]).text(), "");
        assert_eq!(Ascii::<4>::padded("12345"), None);
    }

    #[test]
    fn plates_are_gb2312() {
        let plate = Plate([0xD4, 0xC1, b'B', b'D', b'1', b'2', b'3', b'4']);
        assert_eq!(plate.text(), "粤BD1234");
        assert_eq!(Plate([0; 8]).text(), "");
        assert_eq!(Plate([0xD4, 0, 0, 0, 0, 0, 0, 0]).text(), "\u{fffd}");
    }
}
