//! The words of a query string, read as what they should be: a refusal says in plain language what
//! was expected.

use serde::de::value::{Error, MapDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error as _, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

/// What a query string is refused for: the parameter, if one is to blame, and the problem.
pub(crate) type Fault = (Option<String>, String);

/// Reads pairs of names and words.
///
/// # Errors
/// The first word that is not what it should be.
pub(crate) fn read<T: DeserializeOwned>(pairs: &[(String, String)]) -> Result<T, Fault> {
    let words = pairs.iter().map(|(name, word)| (name.as_str(), Word(word)));
    let reader = MapDeserializer::<_, Error>::new(words);
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let path = error.path().to_string();
        let field = (path != ".").then_some(path);
        (field, error.inner().to_string())
    })
}

/// What is said of a number of that kind that is none.
pub(crate) fn whole_number(kind: &str) -> Option<String> {
    let (least, most) = match kind {
        "u8" => ("0", u8::MAX.to_string()),
        "u16" => ("0", u16::MAX.to_string()),
        "u32" => ("0", u32::MAX.to_string()),
        "i16" => ("-32768", i16::MAX.to_string()),
        "i32" => ("-2147483648", i32::MAX.to_string()),
        "i64" => ("-9223372036854775808", i64::MAX.to_string()),
        "u64" | "usize" => ("0", u64::MAX.to_string()),
        _ => return None,
    };
    Some(format!("a whole number from {least} to {most}"))
}

/// A word.
#[derive(Clone, Copy)]
struct Word<'a>(&'a str);

impl<'de> IntoDeserializer<'de, Error> for Word<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $kind:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self.0.parse() {
                Ok(number) => visitor.$visit(number),
                Err(_) => {
                    let expected = whole_number(stringify!($kind));
                    let expected = expected.as_deref().unwrap_or("a number");
                    Err(Error::custom(format_args!("must be {expected}")))
                }
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Word<'de> {
    type Error = Error;

    numbers! {
        deserialize_u8 visit_u8 u8
        deserialize_u16 visit_u16 u16
        deserialize_u32 visit_u32 u32
        deserialize_u64 visit_u64 u64
        deserialize_i16 visit_i16 i16
        deserialize_i32 visit_i32 i32
        deserialize_i64 visit_i64 i64
        deserialize_f64 visit_f64 f64
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => Err(Error::custom("must be true or false")),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(self.0.into_deserializer())
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_str(self.0)
    }

    forward_to_deserialize_any! {
        i8 f32 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, read};
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Query {
        page: Option<u32>,
        port_no: Option<u16>,
        member_id: Option<i64>,
        open: Option<bool>,
        name: Option<String>,
    }

    fn said(pairs: &[(&str, &str)]) -> Result<Query, Fault> {
        let pairs: Vec<(String, String)> = pairs
            .iter()
            .map(|(name, word)| ((*name).to_owned(), (*word).to_owned()))
            .collect();
        read(&pairs)
    }

    #[test]
    fn words_are_read_as_what_they_should_be() {
        let query = said(&[
            ("page", "2"),
            ("open", "true"),
            ("name", "7"),
            ("member_id", "-3"),
        ]);
        let query = query.expect("good");
        assert_eq!(
            (query.page, query.open, query.member_id),
            (Some(2), Some(true), Some(-3))
        );
        assert_eq!(
            query.name.as_deref(),
            Some("7"),
            "a name may look like a number"
        );
    }

    #[test]
    fn refusals_are_plain_language() {
        for (name, word, problem) in [
            ("page", "x", "must be a whole number from 0 to 4294967295"),
            ("page", "", "must be a whole number from 0 to 4294967295"),
            ("port_no", "70000", "must be a whole number from 0 to 65535"),
            (
                "member_id",
                "1.5",
                "must be a whole number from -9223372036854775808 to 9223372036854775807",
            ),
            ("open", "yes", "must be true or false"),
        ] {
            let fault = said(&[(name, word)]).expect_err("bad");
            assert_eq!(fault, (Some(name.to_owned()), problem.to_owned()), "{word}");
        }
        let (_, problem) = said(&[("pages", "1")]).expect_err("unknown");
        assert!(problem.starts_with("unknown field `pages`"), "{problem}");
    }
}
