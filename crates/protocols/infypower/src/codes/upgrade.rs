//! Codes of the firmware upgrade, commands 1001 to 1012.

wire::codes! {
    /// What 1001 asks for.
    pub enum EraseOrder: u32 {
        /// tell how far erasing is
        Query = 0,
        /// erase the old image
        Erase = 0xAA55,
    }
}

wire::codes! {
    /// Whether an image fits: 1006.
    pub enum SizeResult: u32 {
        /// fits
        Fits = 0,
        /// too big
        TooBig = 1,
    }
}

/// 1002: the whole image space has been erased.
pub const ERASED: u8 = 100;

/// 1002: the pile refuses, for example because a gun charges.
pub const ERASE_REFUSED: u8 = 0;
