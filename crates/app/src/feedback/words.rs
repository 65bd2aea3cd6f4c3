//! What members write and show.

use domain::fault::FieldFault;

/// Longest text, in characters.
const TEXT_MAX: usize = 500;
/// Most pictures.
const IMAGES_MAX: usize = 9;
/// Longest address of a picture.
const ADDRESS_MAX: usize = 300;

/// A text with pictures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// In their own words.
    pub text: String,
    /// Addresses of pictures: `https://…`, or the path of one that was handed in.
    pub images: Vec<String>,
}

impl Words {
    /// Whether a picture is to be one of ours.
    pub(super) fn is_ours(address: &str) -> bool {
        is_path(address)
    }

    /// Whether they can be stored; `required`: something must be said.
    pub(super) fn check(&self, required: bool) -> Result<(), FieldFault> {
        check_text("text", &self.text, required)?;
        if self.images.len() > IMAGES_MAX {
            let problem = format!("must be at most {IMAGES_MAX}");
            return Err(FieldFault::at("images", problem));
        }
        for (place, address) in self.images.iter().enumerate() {
            let plain = |byte: u8| byte.is_ascii_graphic() && !b"<>\"'\\".contains(&byte);
            let legal = address.len() <= ADDRESS_MAX
                && (address.starts_with("https://") || is_path(address))
                && address.bytes().all(plain);
            if !legal {
                let field = format!("images[{place}]");
                return Err(FieldFault::at(field, "must be an address, https://…"));
            }
        }
        Ok(())
    }
}

/// A path of ours; `//host` would be somebody else's.
fn is_path(address: &str) -> bool {
    address.starts_with('/') && !address.starts_with("//")
}

/// Whether a text can be stored.
pub(crate) fn check_text(field: &str, text: &str, required: bool) -> Result<(), FieldFault> {
    if required && text.trim().is_empty() {
        return Err(FieldFault::at(field, "must say something"));
    }
    if text.chars().count() > TEXT_MAX {
        let problem = format!("must have at most {TEXT_MAX} characters");
        return Err(FieldFault::at(field, problem));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Words;

    fn fault(text: &str, image: &str) -> Option<String> {
        let words = Words {
            text: text.to_owned(),
            images: vec![image.to_owned()],
        };
        words.check(true).err().map(|fault| fault.field)
    }

    #[test]
    fn only_addresses_are_pictures() {
        assert_eq!(fault("broken", "https://example.com/a.jpg"), None);
        assert_eq!(fault("broken", "/files/a.jpg"), None);
        for image in ["//evil.example/a", "javascript:alert(1)", "https://a b", ""] {
            assert_eq!(fault("broken", image).as_deref(), Some("images[0]"));
        }
        assert_eq!(fault("  ", "/a").as_deref(), Some("text"));
        assert_eq!(fault(&"长".repeat(501), "/a").as_deref(), Some("text"));
    }
}
