//! The version byte of the header.

wire::codes! {
    /// Version byte (信息域), docs/protocols/infypower.md §3.3.
    pub enum Version: u8 {
        /// plain body
        Plain = 0x10,
        /// plain body; V2.6 as a number modulo 16
        Plain26 = 0x0A,
        /// plain body; seen with V5.3
        Plain53 = 0x02,
        /// plain body by inference
        Plain1A = 0x1A,
        /// plain body by inference
        Plain1C = 0x1C,
        /// plain body by inference
        Plain1E = 0x1E,
        /// plain body by inference
        Plain20 = 0x20,
        /// plain body by inference
        Plain22 = 0x22,
        /// plain body by inference
        Plain00 = 0x00,
        /// plain body by inference
        Plain01 = 0x01,
        /// another protocol: Sunlight (阳光乐充)
        Sunlight = 0x03,
        /// another protocol: SSE
        Sse = 0x24,
    }
}

impl Version {
    /// The body is in clear and ours.
    pub const fn is_plain(self) -> bool {
        !matches!(self, Self::Sunlight | Self::Sse | Self::Unknown(_))
    }

    /// Bit 7: the body is encrypted.
    pub const fn is_encrypted(self) -> bool {
        matches!(self, Self::Unknown(byte) if byte & 0x80 != 0)
    }

    /// The header is that of another protocol with the same start bytes.
    pub const fn is_foreign(self) -> bool {
        matches!(self, Self::Sunlight | Self::Sse)
    }
}
