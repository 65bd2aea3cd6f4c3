//! Lists inside messages. Every list is bounded: by its count byte, by a limit of the protocol,
//! or by the end of the message.

use crate::{Field, Label, Reader, Sheet, WireError, Writer};
use serde_json::Value;
use smallvec::SmallVec;
use std::ops::Deref;

/// More items than the count byte or the protocol can carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{had} items, the limit is {limit}")]
pub struct TooMany {
    /// The largest legal number.
    pub limit: usize,
    /// The number that was given.
    pub had: usize,
}

/// A list behind a count byte, 0 to 255 items; up to `N` of them without an allocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted<T, const N: usize>(SmallVec<[T; N]>);

impl<T, const N: usize> Counted<T, N> {
    /// What one count byte can say.
    pub const MAX: usize = u8::MAX as usize;

    /// The items.
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }
}

impl<T, const N: usize> Default for Counted<T, N> {
    fn default() -> Self {
        Self(SmallVec::new())
    }
}

impl<T, const N: usize> Deref for Counted<T, N> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T, const N: usize> TryFrom<Vec<T>> for Counted<T, N> {
    type Error = TooMany;

    fn try_from(items: Vec<T>) -> Result<Self, TooMany> {
        if items.len() > Self::MAX {
            return Err(TooMany {
                limit: Self::MAX,
                had: items.len(),
            });
        }
        Ok(Self(SmallVec::from_vec(items)))
    }
}

impl<T: Field, const N: usize> Field for Counted<T, N> {
    #[inline]
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        let count = reader.u8(name)?;
        let mut items = SmallVec::new();
        for _ in 0..count {
            items.push(T::get(reader, name)?);
        }
        Ok(Self(items))
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.u8(count_byte(self.0.len()));
        for item in &self.0 {
            item.put(writer);
        }
    }

    fn show(&self) -> Value {
        self.0.iter().map(Field::show).collect()
    }

    fn describe(&self, label: Label, sheet: &mut Sheet) {
        if let Some(count) = label.count {
            sheet.field(
                &count_byte(self.0.len()),
                Label::new(count, "number of items"),
            );
        } else {
            sheet.skip(1);
        }
        sheet.list(&self.0, label);
    }
}

/// Bytes behind a count byte, at most `MAX` of them, shown as hexadecimal digits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CountedBytes<const MAX: usize>(Vec<u8>);

impl<const MAX: usize> Deref for CountedBytes<MAX> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl<const MAX: usize> TryFrom<Vec<u8>> for CountedBytes<MAX> {
    type Error = TooMany;

    fn try_from(bytes: Vec<u8>) -> Result<Self, TooMany> {
        let limit = MAX.min(usize::from(u8::MAX));
        if bytes.len() > limit {
            return Err(TooMany {
                limit,
                had: bytes.len(),
            });
        }
        Ok(Self(bytes))
    }
}

impl<const MAX: usize> Field for CountedBytes<MAX> {
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        let before = *reader;
        let count = usize::from(reader.u8(name)?);
        if count > MAX {
            return Err(before.over_limit(MAX, count, name));
        }
        Ok(Self(reader.take(count, name)?.to_vec()))
    }

    fn put(&self, writer: &mut Writer<'_>) {
        writer.u8(count_byte(self.0.len()));
        writer.bytes(&self.0);
    }

    fn show(&self) -> Value {
        Value::from(hex::encode(&self.0))
    }

    fn describe(&self, label: Label, sheet: &mut Sheet) {
        if let Some(count) = label.count {
            sheet.field(
                &count_byte(self.0.len()),
                Label::new(count, "number of bytes"),
            );
        } else {
            sheet.skip(1);
        }
        sheet.row(label, self.0.len(), self.show(), None);
    }
}

/// A list without a count: items until the message ends. A last item that is cut off is left
/// to the caller as unread bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tail<T>(pub Vec<T>);

impl<T> Default for Tail<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Field> Field for Tail<T> {
    fn get(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, WireError> {
        let mut items = Vec::new();
        while !reader.is_empty() {
            let before = reader.offset();
            let mut ahead = *reader;
            let Ok(item) = T::get(&mut ahead, name) else {
                break;
            };
            if ahead.offset() == before {
                break;
            }
            *reader = ahead;
            items.push(item);
        }
        Ok(Self(items))
    }

    fn put(&self, writer: &mut Writer<'_>) {
        for item in &self.0 {
            item.put(writer);
        }
    }

    fn show(&self) -> Value {
        self.0.iter().map(Field::show).collect()
    }

    fn describe(&self, label: Label, sheet: &mut Sheet) {
        sheet.list(&self.0, label);
    }
}

fn count_byte(count: usize) -> u8 {
    u8::try_from(count).expect("the constructors admit no longer list")
}

#[cfg(test)]
mod tests {
    use super::{Counted, CountedBytes, Tail};
    use crate::{ByteOrder, Field, Problem, Reader, Writer};

    #[test]
    fn counted_lists_obey_their_count() {
        let mut reader = Reader::new("m", &[2, 0, 7, 0, 8, 9], ByteOrder::Big);
        let list: Counted<u16, 4> = Field::get(&mut reader, "list").expect("two items");
        assert_eq!(list.as_slice(), [7, 8]);
        assert_eq!(reader.remaining(), 1);

        let mut short = Reader::new("m", &[200, 1], ByteOrder::Big);
        assert!(Counted::<u16, 4>::get(&mut short, "list").is_err());
    }

    #[test]
    fn counted_bytes_refuse_more_than_their_limit() {
        let mut reader = Reader::new("m", &[4, 1, 2, 3, 4], ByteOrder::Big);
        let error = CountedBytes::<3>::get(&mut reader, "data").expect_err("one too many");
        assert_eq!(error.problem, Problem::OverLimit { limit: 3, had: 4 });
        assert_eq!(error.offset, 0);
        assert!(CountedBytes::<3>::try_from(vec![0; 4]).is_err());
    }

    #[test]
    fn a_tail_leaves_the_cut_off_item_unread() {
        let mut reader = Reader::new("m", &[0, 1, 0, 2, 0], ByteOrder::Big);
        let tail: Tail<u16> = Field::get(&mut reader, "items").expect("never fails");
        assert_eq!(tail.0, [1, 2]);
        assert_eq!(reader.remaining(), 1);

        let mut out = Vec::new();
        tail.put(&mut Writer::new(&mut out, ByteOrder::Little));
        assert_eq!(out, [1, 0, 2, 0]);
    }
}
