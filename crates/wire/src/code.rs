/// Declares an enumeration of wire codes that keeps the ones it does not know.
///
/// The documentation of each variant is the meaning that inspection prints.
///
/// ```
/// wire::codes! {
///     /// What a relay shall do.
///     pub enum Switch: u8 {
///         /// stop
///         Off = 0,
///         /// start
///         On = 1,
///     }
/// }
/// assert_eq!(Switch::from(1), Switch::On);
/// assert_eq!(u8::from(Switch::from(7)), 7);
/// assert_eq!(Switch::Off.meaning(), Some("stop"));
/// ```
#[macro_export]
macro_rules! codes {
    (
        $(#[doc = $about:literal])*
        pub enum $name:ident: $number:ident {
            $( $(#[doc = $meaning:literal])+ $variant:ident = $value:literal, )+
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $( $(#[doc = $meaning])+ $variant, )+
            /// A code that the documents do not list.
            Unknown($number),
        }

        impl $name {
            /// The meaning of the code, where it is known.
            pub fn meaning(self) -> Option<&'static str> {
                match self {
                    $( Self::$variant => Some(concat!($($meaning),+).trim()), )+
                    Self::Unknown(_) => None,
                }
            }
        }

        impl From<$number> for $name {
            #[inline]
            fn from(number: $number) -> Self {
                match number {
                    $( $value => Self::$variant, )+
                    other => Self::Unknown(other),
                }
            }
        }

        impl From<$name> for $number {
            #[inline]
            fn from(code: $name) -> Self {
                match code {
                    $( $name::$variant => $value, )+
                    $name::Unknown(other) => other,
                }
            }
        }

        impl $crate::Field for $name {
            #[inline]
            fn get(
                reader: &mut $crate::Reader<'_>,
                name: &'static str,
            ) -> Result<Self, $crate::WireError> {
                reader.$number(name).map(Self::from)
            }

            fn put(&self, writer: &mut $crate::Writer<'_>) {
                writer.$number($number::from(*self));
            }

            fn show(&self) -> $crate::serde_json::Value {
                $crate::serde_json::Value::from($number::from(*self))
            }

            fn meaning(&self) -> Option<String> {
                Some((*self).meaning().unwrap_or("not documented").to_owned())
            }
        }
    };
}
