//! CRC-16/MODBUS.
//!
//! The polynomial that the document names (0x180D) is wrong; the tables printed beside it, and
//! every frame of a real pile, are MODBUS (YKC, docs/protocols/ykc.md §3).

/// Reflected 0x8005.
const POLYNOMIAL: u16 = 0xA001;

/// What one byte does to the register, and what it does after one more byte of zeros.
static TABLES: [[u16; 256]; 2] = tables();

#[expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "evaluated at compile time, over the table's own length"
)]
const fn tables() -> [[u16; 256]; 2] {
    let mut tables = [[0; 256]; 2];
    let mut byte = 0;
    while byte < 256 {
        let mut register = byte as u16;
        let mut bit = 0;
        while bit < 8 {
            register = (register >> 1) ^ (if register & 1 == 1 { POLYNOMIAL } else { 0 });
            bit += 1;
        }
        tables[0][byte] = register;
        byte += 1;
    }
    byte = 0;
    while byte < 256 {
        let once = tables[0][byte];
        tables[1][byte] = (once >> 8) ^ tables[0][(once & 0xFF) as usize];
        byte += 1;
    }
    tables
}

/// The checksum of some bytes: initial value 0xFFFF, no final XOR.
#[inline]
pub fn crc16(bytes: &[u8]) -> u16 {
    let [near, far] = &TABLES;
    let (pairs, last) = bytes.as_chunks::<2>();
    let mut register = 0xFFFF_u16;
    for pair in pairs {
        let [first, second] = (register ^ u16::from_le_bytes(*pair)).to_le_bytes();
        register = look(far, first) ^ look(near, second);
    }
    for byte in last {
        let [low, high] = register.to_le_bytes();
        register = u16::from(high) ^ look(near, low ^ byte);
    }
    register
}

#[inline]
fn look(table: &[u16; 256], byte: u8) -> u16 {
    table.get(usize::from(byte)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::crc16;

    #[test]
    fn check_value() {
        assert_eq!(crc16(b"123456789"), 0x4B37);
        assert_eq!(crc16(&[]), 0xFFFF);
        assert_eq!(
            crc16(&[
                0, 0, 0, 0x02, 0x55, 0x03, 0x14, 0x12, 0x78, 0x23, 0x05, 0x00
            ]),
            0x4CDA
        );
    }
}
