//! Enums that are columns: every value has one text.

/// Writes an enum whose values are stored as text, with `ALL`, `as_str`, `parse` and the same
/// texts in JSON.
macro_rules! text_enum {
    (
        $(#[$doc:meta])*
        $name:ident { $($(#[$value_doc:meta])* $value:ident = $text:literal,)+ }
    ) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize,
        )]
        pub enum $name {
            $($(#[$value_doc])* #[serde(rename = $text)] $value,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$value),+];

            /// The column's text.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$value => $text,)+ }
            }

            /// From the column's text.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text)
            }
        }
    };
}

pub(crate) use text_enum;

#[cfg(test)]
mod tests {
    use crate::commission::FeeType;

    #[test]
    fn texts_come_back() {
        for fee_type in FeeType::ALL {
            assert_eq!(FeeType::parse(fee_type.as_str()), Some(*fee_type));
            let json = serde_json::to_string(fee_type).expect("plain text");
            assert_eq!(json, format!("\"{}\"", fee_type.as_str()));
        }
        assert_eq!(FeeType::parse("tip"), None);
    }
}
