use serde_json::{Map, Value};
use wire::{Field, Reader, WireError, Writer};

/// Half hours of a day.
pub const SLOTS: usize = 48;

/// One value for each half hour of the local day, slot 1 from 00:00 to 00:30. Shown as an object
/// of those that are not zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slots<T>(pub [T; SLOTS]);

impl<T: Copy + Default> Default for Slots<T> {
    fn default() -> Self {
        Self([T::default(); SLOTS])
    }
}

impl<T: Field + Copy + Default + PartialEq> Field for Slots<T> {
    #[inline]
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        let mut slots = [T::default(); SLOTS];
        for slot in &mut slots {
            *slot = T::get(reader, name)?;
        }
        Ok(Self(slots))
    }

    fn put(&self, writer: &mut Writer<'_>) {
        for slot in &self.0 {
            slot.put(writer);
        }
    }

    fn show(&self) -> Value {
        let used = (1..)
            .zip(&self.0)
            .filter(|(_, slot)| **slot != T::default());
        let object: Map<String, Value> = used
            .map(|(number, slot): (usize, &T)| (number.to_string(), slot.show()))
            .collect();
        Value::Object(object)
    }
}
