//! Parameters and the text that their signature covers.

use form_urlencoded::Serializer;
use std::collections::BTreeMap;

/// Parameters in the order in which they are signed.
pub(super) type Parameters = BTreeMap<String, String>;

/// `a=1&b=2`, sorted by name, values as they are, without empty ones and those in `except`.
pub(super) fn signed_text(parameters: &Parameters, except: &[&str]) -> String {
    let signed = parameters
        .iter()
        .filter(|(name, value)| !value.is_empty() && !except.contains(&name.as_str()));
    let pairs: Vec<String> = signed
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&")
}

/// The parameters as a form.
pub(super) fn encoded(parameters: &Parameters) -> String {
    Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish()
}

#[cfg(test)]
mod tests {
    use super::{Parameters, signed_text};

    #[test]
    fn sorted_without_empty_values_and_exceptions() {
        let pairs = [
            ("b", "2 充电"),
            ("a", "1"),
            ("sign", "x"),
            ("c", ""),
            ("B", "&="),
        ];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let parameters = Parameters::from(pairs);
        assert_eq!(signed_text(&parameters, &["sign"]), "B=&=&a=1&b=2 充电");
    }
}
