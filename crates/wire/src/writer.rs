use crate::ByteOrder;

/// Appends the fields of a message to a buffer.
#[derive(Debug)]
pub struct Writer<'a> {
    out: &'a mut Vec<u8>,
    order: ByteOrder,
    ended: bool,
}

impl<'a> Writer<'a> {
    /// A writer that appends to `out`.
    pub const fn new(out: &'a mut Vec<u8>, order: ByteOrder) -> Self {
        Self {
            out,
            order,
            ended: false,
        }
    }

    /// Bytes as they are.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// One byte.
    pub fn u8(&mut self, value: u8) {
        self.out.push(value);
    }

    /// Two bytes.
    pub fn u16(&mut self, value: u16) {
        match self.order {
            ByteOrder::Big => self.bytes(&value.to_be_bytes()),
            ByteOrder::Little => self.bytes(&value.to_le_bytes()),
        }
    }

    /// Four bytes.
    pub fn u32(&mut self, value: u32) {
        match self.order {
            ByteOrder::Big => self.bytes(&value.to_be_bytes()),
            ByteOrder::Little => self.bytes(&value.to_le_bytes()),
        }
    }

    /// Eight bytes.
    pub fn u64(&mut self, value: u64) {
        match self.order {
            ByteOrder::Big => self.bytes(&value.to_be_bytes()),
            ByteOrder::Little => self.bytes(&value.to_le_bytes()),
        }
    }

    /// The message ends here: a field of its optional tail is absent.
    pub const fn end(&mut self) {
        self.ended = true;
    }

    /// Whether an earlier field of the optional tail was absent. What follows it has no place
    /// of its own any more and must not be written.
    pub const fn has_ended(&self) -> bool {
        self.ended
    }
}
