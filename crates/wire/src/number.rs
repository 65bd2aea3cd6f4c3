//! Plain numbers in the byte order of their message.

use crate::{Field, Reader, WireError, Writer};
use serde_json::Value;

macro_rules! number_fields {
    ($($number:ident)*) => {$(
        impl Field for $number {
            #[inline]
            fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
                reader.$number(name)
            }

            fn put(&self, writer: &mut Writer<'_>) {
                writer.$number(*self);
            }

            fn show(&self) -> Value {
                Value::from(*self)
            }
        }
    )*};
}

number_fields!(u8 u16 u32 u64);

/// A signed byte, in two's complement.
impl Field for i8 {
    #[inline]
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        reader.u8(name).map(u8::cast_signed)
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.u8(self.cast_unsigned());
    }

    fn show(&self) -> Value {
        Value::from(*self)
    }
}
