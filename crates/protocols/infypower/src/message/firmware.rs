//! Firmware in pieces: 1001 to 1012 (1009 to 1012 are four zero bytes).

use crate::codes::{EraseOrder, SizeResult};
use crate::value::{HexTail, Reserved, TextTail};

wire::message! {
    /// 1001 down.
    pub struct Erase "firmware: erase" {
        /// erase, or ask how far it is
        erase_code: EraseOrder,
    }
}

wire::message! {
    /// 1002 up.
    pub struct Erased "firmware: erased" {
        /// percent; 100 erased, 0 refused
        percent: u8,
    }
}

wire::message! {
    /// 1003 down.
    pub struct FileName "firmware: file name" {
        /// at most 127 characters, without padding
        file_name: TextTail,
    }
}

wire::message! {
    /// 1004 up.
    pub struct PieceSize "firmware: piece size" {
        /// biggest piece that the pile takes
        max_chunk: u32,
    }
}

wire::message! {
    /// 1005 down.
    pub struct FileSize "firmware: file size" {
        /// bytes
        file_size: u32,
    }
}

wire::message! {
    /// 1006 up.
    pub struct SizeAnswer "firmware: file size answer" {
        /// whether it fits
        result: SizeResult,
    }
}

wire::message! {
    /// 1007 down; the sequence of the header is the piece's number modulo 256.
    pub struct Piece "firmware: piece" {
        /// the piece
        data: HexTail,
    }
}

wire::message! {
    /// 1008 up, one byte.
    pub struct PieceNoted "firmware: piece received" {
        /// number of the piece
        chunk_no: u8,
    }
}

wire::message! {
    /// 1008 up, eight bytes.
    pub struct PieceAnswer "firmware: piece answer" {
        /// 0: it was the expected piece
        sn_status: u8,
        /// 0: it was written
        write_result: u8,
        /// reserved
        reserved: Reserved<6>,
    }
}
