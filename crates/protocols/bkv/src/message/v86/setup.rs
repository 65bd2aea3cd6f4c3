//! Parameters and firmware of the v8.6 dialect: 0083 to 0089, 00E0 to 00E2.

use wire::CountedBytes;

wire::message! {
    /// Sets a parameter, 0083 to 0089 down.
    pub struct Parameter "v8.6 parameter" {
        /// which parameter
        param_id: u8,
        /// its new value
        value: u32,
    }
}

wire::message! {
    /// Answer to a parameter.
    pub struct ParameterAck "v8.6 parameter answer" {
        /// 0 done, anything else refused
        result: u8,
        /// which parameter
        param_id: u8,
    }
}

wire::message! {
    /// A piece of firmware, 00E0 (main board), 00E1 (relay board), 00E2 (radio) down.
    pub struct Chunk "v8.6 firmware chunk" {
        /// number of chunks
        total: u16,
        /// this chunk, from 1
        index: u16,
        /// the piece, at most 200 bytes
        [data_len] data: CountedBytes<200>,
    }
}

wire::message! {
    /// Answer to a piece of firmware.
    pub struct ChunkAck "v8.6 firmware answer" {
        /// 0 done, anything else refused
        result: u8,
        /// which chunk
        index: u16,
    }
}
