//! What an operator can set, kept as the blocks that are on the wire.

use crate::codes::{PARAMETERS, parameter};

const BLOCK_11: usize = 11;
const BLOCK_12: usize = 23;
const LIMITS: usize = 8;
const KEYS: usize = 13;

/// What a dual socket can do, 0.1 W (vendor document V8.6, limits).
pub(super) const POWER_MAX_DW: u16 = 20_000;
/// What a device with ten sockets or more can do on each.
pub(super) const POWER_MAX_WIDE_DW: u16 = 35_000;

/// Sector, user key, new key as they leave the factory.
const KEYS_DEFAULT: [u8; KEYS] = [
    0, 0x15, 0x91, 0x85, 0x19, 0x18, 0x80, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
];

/// Parameters 1.1 and 1.2, limits, card keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    block_11: [u8; BLOCK_11],
    block_12: [u8; BLOCK_12],
    limits: [u8; LIMITS],
    keys: [u8; KEYS],
    /// What the hardware can do, 0.1 W.
    power_max_dw: u16,
    /// Firmware from before August 2024 knows no voltages.
    short_limits: bool,
}

impl Settings {
    pub(super) fn new(power_max_dw: u16, short_limits: bool) -> Self {
        let mut fresh = Self {
            block_11: [0; BLOCK_11],
            block_12: [0; BLOCK_12],
            limits: [0; LIMITS],
            keys: KEYS_DEFAULT,
            power_max_dw,
            short_limits,
        };
        for row in &PARAMETERS {
            let value = row.default.unwrap_or(power_max_dw);
            if let Some(block) = fresh.block(row.set) {
                for (to, from) in block
                    .iter_mut()
                    .skip(row.offset)
                    .zip(value.to_le_bytes())
                    .take(row.width)
                {
                    *to = from;
                }
            }
        }
        fresh
    }

    fn block(&mut self, set: u8) -> Option<&mut [u8]> {
        match set {
            0x83 => Some(&mut self.block_11),
            0x84 => Some(&mut self.block_12),
            0x85 if self.short_limits => self.limits.get_mut(..4),
            0x85 => Some(&mut self.limits),
            0x86 => Some(&mut self.keys),
            _ => None,
        }
    }

    /// Writes a block; the answer: 0, or 1 for what is too short or beyond the device.
    pub(super) fn set(&mut self, cmd: u8, data: &[u8]) -> u8 {
        let word = |at: usize| data.get(at..at + 2).and_then(<[u8]>::first_chunk::<2>);
        let power = word(2).map(|power| u16::from_le_bytes(*power));
        if cmd == 0x85 && power.is_some_and(|power| power > self.power_max_dw) {
            return 1;
        }
        if cmd == 0x83
            && !data
                .get(4)
                .is_some_and(|percent| (1..=100).contains(percent))
        {
            return 1;
        }
        let shortest = if cmd == 0x85 { 4 } else { usize::MAX };
        match self.block(cmd) {
            Some(block) if data.len() >= block.len().min(shortest) => {
                for (to, from) in block.iter_mut().zip(data) {
                    *to = *from;
                }
                0
            }
            _ => 1,
        }
    }

    /// Answer to 0x90–0x93: the block of 0x83–0x86.
    pub(super) fn query(&mut self, cmd: u8) -> Vec<u8> {
        let block = self.block(cmd.wrapping_sub(0x0D));
        block.map(|block| block.to_vec()).unwrap_or_default()
    }

    /// A parameter by its name in the document.
    pub(super) fn get(&self, name: &str) -> u16 {
        let Some(row) = parameter(name) else {
            return 0;
        };
        let block: &[u8] = match row.set {
            0x83 => &self.block_11,
            0x84 => &self.block_12,
            _ => &self.limits,
        };
        let at = |offset: usize| block.get(offset).copied().unwrap_or(0);
        match row.width {
            1 => u16::from(at(row.offset)),
            _ => u16::from_le_bytes([at(row.offset), at(row.offset + 1)]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{POWER_MAX_DW, Settings};

    #[test]
    fn blocks_leave_the_factory_as_documented() {
        let mut settings = Settings::new(POWER_MAX_DW, false);
        assert_eq!(hex::encode(settings.query(0x90)), "03000a00140807100eb400");
        assert_eq!(
            hex::encode(settings.query(0x91)),
            "20031e0008070a2c01302a2c012c0108072c0150500001"
        );
        assert_eq!(hex::encode(settings.query(0x92)), "a08c204e8c0ae803");
        assert_eq!(settings.get("heartbeat_interval_s"), 180);
        assert_eq!(settings.get("pull_out_disturb_power_dw"), 10);
    }

    #[test]
    fn what_the_hardware_cannot_do_is_refused() {
        let mut settings = Settings::new(POWER_MAX_DW, true);
        assert_eq!(settings.set(0x85, &[0xA0, 0x8C, 0x21, 0x4E]), 1);
        assert_eq!(settings.set(0x85, &[0xA0, 0x8C, 0x10, 0x27]), 0);
        assert_eq!(settings.get("overload_power_dw"), 10_000);
        assert_eq!(settings.query(0x92).len(), 4);
        assert_eq!(settings.set(0x83, &[0; 11]), 1);
        assert_eq!(settings.set(0x84, &[0; 5]), 1);
    }
}
