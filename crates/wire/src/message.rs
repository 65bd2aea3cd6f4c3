use crate::{ByteOrder, Field, Reader, WireError, Writer};

/// A message declared by [`message!`](crate::message!).
pub trait Message: Field {
    /// What people call it; errors begin with it.
    const TITLE: &'static str;

    /// Reads the message and returns it with the bytes that it did not use.
    #[inline]
    fn decode(bytes: &[u8], order: ByteOrder) -> Result<(Self, &[u8]), WireError> {
        let mut reader = Reader::new(Self::TITLE, bytes, order);
        let message = Self::get(&mut reader, "")?;
        Ok((message, reader.rest()))
    }

    /// Appends the message to a buffer.
    fn encode(&self, order: ByteOrder, out: &mut Vec<u8>) {
        self.put(&mut Writer::new(out, order));
    }
}

/// Declares a message as a table of its fields in the order of the wire.
///
/// Each field is a type that implements [`Field`]; its documentation is printed by inspection.
/// A name in brackets before a field names the count byte of a list. A message is itself a
/// [`Field`], so tables can share a part: its fields are shown as if they stood in the outer
/// table.
///
/// ```
/// use wire::{ByteOrder, Counted, Digits, Message};
///
/// wire::message! {
///     /// Status of one box.
///     pub struct Status "status" {
///         /// id of the box
///         id: Digits<2>,
///         /// mains voltage, 0.1 V
///         voltage_dv: u16,
///         /// state of each port
///         [port_count] port_states: Counted<u8, 16>,
///         /// °C; absent in older firmware
///         temp_c: Option<i8>,
///     }
/// }
///
/// let (status, rest) =
///     Status::decode(&[0xAB, 0xCD, 8, 0x98, 2, 0, 1], ByteOrder::Big).expect("complete");
/// assert!(rest.is_empty());
/// assert_eq!(status.voltage_dv, 2200);
/// assert_eq!(status.temp_c, None);
/// assert_eq!(
///     wire::Field::show(&status).to_string(),
///     r#"{"id":"abcd","voltage_dv":2200,"port_count":2,"port_states":[0,1]}"#
/// );
/// ```
#[macro_export]
macro_rules! message {
    (
        $(#[doc = $about:literal])*
        pub struct $name:ident $title:literal {
            $( $(#[doc = $doc:literal])+ $([$count:ident])? $field:ident: $type:ty, )*
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name {
            $( $(#[doc = $doc])+ pub $field: $type, )*
        }

        impl $crate::Message for $name {
            const TITLE: &'static str = $title;
        }

        impl $crate::Field for $name {
            #[inline]
            fn get(
                reader: &mut $crate::Reader<'_>,
                _name: &'static str,
            ) -> Result<Self, $crate::WireError> {
                Ok(Self {
                    $( $field: $crate::Field::get(reader, stringify!($field))?, )*
                })
            }

            fn put(&self, writer: &mut $crate::Writer<'_>) {
                $( $crate::Field::put(&self.$field, writer); )*
            }

            fn show(&self) -> $crate::serde_json::Value {
                let mut sheet = $crate::Sheet::default();
                $crate::Field::describe(self, $crate::Label::new("", ""), &mut sheet);
                $crate::serde_json::Value::Object(sheet.object)
            }

            fn describe(&self, _label: $crate::Label, sheet: &mut $crate::Sheet) {
                $( $crate::Field::describe(
                    &self.$field,
                    $crate::Label {
                        name: stringify!($field),
                        count: None$(.or(Some(stringify!($count))))?,
                        doc: concat!($($doc),+),
                    },
                    sheet,
                ); )*
            }
        }
    };
}
