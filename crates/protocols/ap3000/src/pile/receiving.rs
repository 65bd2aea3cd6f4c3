//! How a device takes firmware: piece by piece, with a check packet at the end where there is
//! one (docs/protocols/ap3000.md, "Firmware").

use crate::codes::UpgradeAnswer;

/// Marks the check packet.
const CHECK: [u8; 8] = [0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8];
/// Pieces that a device has room for.
const PIECES_MAX: u16 = 5_000;
/// Total and number of a packet.
const HEAD: usize = 4;

/// An upgrade in progress. Only sums are kept: nobody runs the firmware.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Receiving {
    total: u16,
    last: u16,
    sum: u32,
}

/// What a packet leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) answer: UpgradeAnswer,
    pub(super) packet: u16,
    pub(super) done: Done,
}

/// Whether the whole is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    No,
    /// Without a check packet.
    Unchecked,
    /// The version that its check packet names.
    Version(u16),
}

impl Receiving {
    /// Takes one packet of `chunk` bytes. A device that `insists` wants a check packet.
    pub(super) fn take(
        &mut self,
        data: &[u8],
        chunk: usize,
        device_type: u8,
        insists: bool,
    ) -> Verdict {
        let Some(&[total_low, total_high, low, high]) = data.first_chunk::<HEAD>() else {
            return self.verdict(UpgradeAnswer::PacketError, Done::No);
        };
        let (total, number) = (
            u16::from_le_bytes([total_low, total_high]),
            u16::from_le_bytes([low, high]),
        );
        let piece = data.get(HEAD..).unwrap_or_default();
        if piece.len() != chunk || !(1..=PIECES_MAX).contains(&total) || number > total {
            return self.verdict(UpgradeAnswer::PacketError, Done::No);
        }
        if number == 1 {
            *self = Self {
                total,
                ..Self::default()
            };
        } else if total == self.total && number == self.last && number > 0 {
            // Our answer was lost.
            return self.verdict(UpgradeAnswer::Ok, Done::No);
        }
        if total != self.total || number != self.last + 1 {
            return Verdict {
                answer: UpgradeAnswer::PacketError,
                packet: self.last + 1,
                done: Done::No,
            };
        }
        self.last = number;
        if number == total && piece.starts_with(&CHECK) {
            return self.check(piece, device_type);
        }
        let add = |sum: u32, byte: &u8| sum.wrapping_add(u32::from(*byte));
        self.sum = piece.iter().fold(self.sum, add);
        match (number == total, insists) {
            (true, true) => self.verdict(UpgradeAnswer::NoCheckPacket, Done::No),
            (true, false) => self.verdict(UpgradeAnswer::Ok, Done::Unchecked),
            (false, _) => self.verdict(UpgradeAnswer::Ok, Done::No),
        }
    }

    fn check(&self, piece: &[u8], device_type: u8) -> Verdict {
        let named = piece.get(CHECK.len()..).and_then(<[u8]>::first_chunk::<7>);
        let Some(&[a, b, c, d, kind, low, high]) = named else {
            return self.verdict(UpgradeAnswer::PacketError, Done::No);
        };
        if u32::from_le_bytes([a, b, c, d]) != self.sum {
            self.verdict(UpgradeAnswer::WrongSum, Done::No)
        } else if kind != device_type {
            self.verdict(UpgradeAnswer::WrongType, Done::No)
        } else {
            let version = u16::from_le_bytes([low, high]);
            self.verdict(UpgradeAnswer::Ok, Done::Version(version))
        }
    }

    fn verdict(&self, answer: UpgradeAnswer, done: Done) -> Verdict {
        Verdict {
            answer,
            packet: self.last,
            done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CHECK, Done, Receiving, UpgradeAnswer, Verdict};

    fn packet(total: u16, number: u16, piece: &[u8]) -> Vec<u8> {
        let mut data = [total.to_le_bytes(), number.to_le_bytes()].concat();
        data.extend(piece);
        data.resize(204, 0);
        data
    }

    fn check(sum: u32, kind: u8) -> Vec<u8> {
        let mut piece = CHECK.to_vec();
        piece.extend(sum.to_le_bytes());
        piece.extend([kind, 0x81, 0x02]);
        packet(3, 3, &piece)
    }

    fn fed(last: &[u8]) -> Verdict {
        let mut receiving = Receiving::default();
        for number in 1..=2 {
            let said = receiving.take(&packet(3, number, &[7; 200]), 200, 0x31, true);
            assert_eq!((said.answer, said.packet), (UpgradeAnswer::Ok, number));
        }
        receiving.take(last, 200, 0x31, true)
    }

    #[test]
    fn the_check_packet_decides() {
        let good = fed(&check(2800, 0x31));
        assert_eq!(
            (good.answer, good.done),
            (UpgradeAnswer::Ok, Done::Version(641))
        );
        assert_eq!(fed(&check(2801, 0x31)).answer, UpgradeAnswer::WrongSum);
        assert_eq!(fed(&check(2800, 0x21)).answer, UpgradeAnswer::WrongType);
        let missing = fed(&packet(3, 3, &[7; 200]));
        assert_eq!(missing.answer, UpgradeAnswer::NoCheckPacket);
    }

    #[test]
    fn repeated_and_lost_packets_are_told_apart() {
        let mut receiving = Receiving::default();
        let mut say = |number| {
            let said = receiving.take(&packet(4, number, &[1]), 200, 0x31, false);
            (said.answer, said.packet)
        };
        assert_eq!(say(1), (UpgradeAnswer::Ok, 1));
        assert_eq!(say(1), (UpgradeAnswer::Ok, 1));
        assert_eq!(say(3), (UpgradeAnswer::PacketError, 2));
        assert_eq!(say(2), (UpgradeAnswer::Ok, 2));
        assert_eq!(say(2), (UpgradeAnswer::Ok, 2));
        let short = receiving.take(&[4, 0, 3, 0, 9], 200, 0x31, false);
        assert_eq!(short.answer, UpgradeAnswer::PacketError);
    }
}
