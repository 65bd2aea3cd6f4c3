use crate::{Problem, WireError};

/// Which byte of a number comes first on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// Most significant byte first.
    Big,
    /// Least significant byte first.
    Little,
}

/// Reads a message front to back and never beyond its end.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    message: &'static str,
    rest: &'a [u8],
    offset: usize,
    order: ByteOrder,
}

impl<'a> Reader<'a> {
    /// A reader of `bytes`; `message` is the title that errors mention.
    #[inline]
    pub const fn new(message: &'static str, bytes: &'a [u8], order: ByteOrder) -> Self {
        Self {
            message,
            rest: bytes,
            offset: 0,
            order,
        }
    }

    /// Bytes read so far.
    #[inline]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// Bytes not read yet.
    #[inline]
    pub const fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// Whether everything has been read.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next `count` bytes.
    #[inline]
    pub fn take(&mut self, count: usize, field: &'static str) -> Result<&'a [u8], WireError> {
        let Some((head, tail)) = self.rest.split_at_checked(count) else {
            return Err(self.short(count, field));
        };
        self.rest = tail;
        self.offset += count;
        Ok(head)
    }

    /// The next `N` bytes.
    #[inline]
    pub fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], WireError> {
        let Some((head, tail)) = self.rest.split_first_chunk::<N>() else {
            return Err(self.short(N, field));
        };
        self.rest = tail;
        self.offset += N;
        Ok(*head)
    }

    /// Everything that is left.
    #[inline]
    pub fn rest(&mut self) -> &'a [u8] {
        let rest = self.rest;
        self.offset += rest.len();
        self.rest = &[];
        rest
    }

    /// The next byte as a number.
    #[inline]
    pub fn u8(&mut self, field: &'static str) -> Result<u8, WireError> {
        self.array::<1>(field).map(|[byte]| byte)
    }

    /// The next two bytes as a number.
    #[inline]
    pub fn u16(&mut self, field: &'static str) -> Result<u16, WireError> {
        let bytes = self.array(field)?;
        Ok(match self.order {
            ByteOrder::Big => u16::from_be_bytes(bytes),
            ByteOrder::Little => u16::from_le_bytes(bytes),
        })
    }

    /// The next four bytes as a number.
    #[inline]
    pub fn u32(&mut self, field: &'static str) -> Result<u32, WireError> {
        let bytes = self.array(field)?;
        Ok(match self.order {
            ByteOrder::Big => u32::from_be_bytes(bytes),
            ByteOrder::Little => u32::from_le_bytes(bytes),
        })
    }

    /// The next eight bytes as a number.
    #[inline]
    pub fn u64(&mut self, field: &'static str) -> Result<u64, WireError> {
        let bytes = self.array(field)?;
        Ok(match self.order {
            ByteOrder::Big => u64::from_be_bytes(bytes),
            ByteOrder::Little => u64::from_le_bytes(bytes),
        })
    }

    /// The error of a count beyond `limit`, whose field began at the present place.
    pub const fn over_limit(&self, limit: usize, had: usize, field: &'static str) -> WireError {
        self.error(field, Problem::OverLimit { limit, had })
    }

    /// The error of a field that needs more bytes than are left.
    #[cold]
    pub const fn short(&self, needed: usize, field: &'static str) -> WireError {
        let had = self.rest.len();
        self.error(field, Problem::Short { needed, had })
    }

    const fn error(&self, field: &'static str, problem: Problem) -> WireError {
        WireError {
            message: self.message,
            field,
            offset: self.offset,
            problem,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ByteOrder, Reader};
    use crate::Problem;

    #[test]
    fn both_byte_orders_are_read() {
        let bytes = [0x12, 0x34, 0x56, 0x78];
        let mut big = Reader::new("m", &bytes, ByteOrder::Big);
        let mut little = Reader::new("m", &bytes, ByteOrder::Little);
        assert_eq!(big.u32("a"), Ok(0x1234_5678));
        assert_eq!(little.u16("a"), Ok(0x3412));
        assert_eq!(little.u16("b"), Ok(0x7856));
        assert!(big.is_empty() && little.is_empty());
    }

    #[test]
    fn a_short_field_is_named_with_its_place() {
        let mut reader = Reader::new("progress", &[1, 2, 3], ByteOrder::Big);
        reader.u8("port").expect("one byte is there");
        let error = reader.u32("time").expect_err("only two bytes are left");
        assert_eq!(
            (error.message, error.field, error.offset),
            ("progress", "time", 1)
        );
        assert_eq!(error.problem, Problem::Short { needed: 4, had: 2 });
        assert_eq!(
            error.to_string(),
            "progress: time at byte 1 needs 4 bytes, 2 left"
        );
    }

    #[test]
    fn the_rest_is_taken_whole() {
        let mut reader = Reader::new("m", &[1, 2, 3], ByteOrder::Big);
        reader.take(1, "a").expect("there");
        assert_eq!(reader.rest(), [2, 3]);
        assert_eq!((reader.offset(), reader.remaining()), (3, 0));
    }
}
