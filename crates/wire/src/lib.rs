//! Byte readers and writers, field inspection, checksums and BCD for device protocols.
