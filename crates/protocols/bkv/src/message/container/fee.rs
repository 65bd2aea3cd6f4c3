//! BKV 1007: start with electricity and service fee. The only known frame is incomplete, so this
//! form is not verified on real hardware.

use crate::attributes::{Bytes, attributes};
use crate::codes::{ChargeMode, ControlType, Outcome, ServiceFeeMode, Switch};

attributes! {
    /// Start with electricity and service fee, 1007 down.
    pub struct FeeStart {
        /// socket number
        0x4A/1 socket_no: u8,
        /// port
        0x08/1 port: u8,
        /// 1 on
        0x13/1 switch: Switch,
        /// 4 electricity and service fee
        0x12/1 charge_mode: ChargeMode,
        /// 1 remote, 2 card
        0x47/1 control_type: ControlType,
        /// not explained, 2 in the only known frame
        0xF4/1 key_f4: u8,
        /// amount paid, cent
        0x88/2 paid_amount_cent: u16,
        /// what the service fee is charged by
        0x80/1 service_fee_mode: ServiceFeeMode,
        /// number of fee segments
        0x89/1 fee_segment_count: u8,
        /// the segments, see [`FeeSegment`]
        0x83/0 fee_segments: Bytes,
    }
}

attributes! {
    /// Answer to 1007, by analogy with stand-alone devices.
    pub struct FeeStartAnswer {
        /// 1 accepted
        0x0F/1 ack: Outcome,
        /// socket number
        0x4A/1 socket_no: u8,
        /// port
        0x08/1 port: u8,
        /// business number
        0x0A/2 business_no: u16,
        /// why it was refused
        0x97/1 refusal_code: u8,
    }
}

/// Prices until a time of the day; the first segment begins at 00:00, the last ends at 23:59.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeSegment {
    /// Hour of the end.
    pub end_hour: u8,
    /// Minute of the end.
    pub end_minute: u8,
    /// Electricity, cent per kWh.
    pub electricity_cent: u16,
    /// Service, cent per kWh or per hour.
    pub service_cent: u16,
}

impl FeeSegment {
    /// The segments of key 0x83; an incomplete last one is left out.
    pub fn list(bytes: &Bytes) -> Vec<Self> {
        let segments = bytes.0.as_chunks::<6>().0.iter();
        let segment = |[hour, minute, e1, e2, s1, s2]: &[u8; 6]| Self {
            end_hour: *hour,
            end_minute: *minute,
            electricity_cent: u16::from_be_bytes([*e1, *e2]),
            service_cent: u16::from_be_bytes([*s1, *s2]),
        };
        segments.map(segment).collect()
    }

    /// The value of key 0x83.
    pub fn bytes(segments: &[Self]) -> Bytes {
        let mut bytes = Vec::with_capacity(6 * segments.len());
        for segment in segments {
            bytes.extend_from_slice(&[segment.end_hour, segment.end_minute]);
            bytes.extend_from_slice(&segment.electricity_cent.to_be_bytes());
            bytes.extend_from_slice(&segment.service_cent.to_be_bytes());
        }
        Bytes(bytes)
    }
}

/// What was charged in one segment. The split 2 + 4 is inferred from one example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentUsage {
    /// Minutes.
    pub minutes: u16,
    /// Energy, Wh.
    pub energy_wh: u32,
}

impl SegmentUsage {
    /// The entries of key 0x84; an incomplete last one is left out.
    pub fn list(bytes: &Bytes) -> Vec<Self> {
        let entries = bytes.0.as_chunks::<6>().0.iter();
        let usage = |[m1, m2, e1, e2, e3, e4]: &[u8; 6]| Self {
            minutes: u16::from_be_bytes([*m1, *m2]),
            energy_wh: u32::from_be_bytes([*e1, *e2, *e3, *e4]),
        };
        entries.map(usage).collect()
    }

    /// The value of key 0x84.
    pub fn bytes(usage: &[Self]) -> Bytes {
        let mut bytes = Vec::with_capacity(6 * usage.len());
        for entry in usage {
            bytes.extend_from_slice(&entry.minutes.to_be_bytes());
            bytes.extend_from_slice(&entry.energy_wh.to_be_bytes());
        }
        Bytes(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::{FeeSegment, SegmentUsage};
    use crate::attributes::Bytes;

    #[test]
    fn segments_survive_the_round_trip() {
        let bytes = Bytes(vec![0x17, 0x3B, 0, 0x32, 0, 0x32]);
        let segments = FeeSegment::list(&bytes);
        assert_eq!(segments.len(), 1);
        assert_eq!((segments[0].end_hour, segments[0].end_minute), (23, 59));
        assert_eq!(FeeSegment::bytes(&segments), bytes);

        let usage = SegmentUsage::list(&Bytes(vec![0, 1, 0, 0, 0, 0, 9]));
        assert_eq!(
            usage,
            [SegmentUsage {
                minutes: 1,
                energy_wh: 0
            }]
        );
        assert_eq!(SegmentUsage::bytes(&usage).0, [0, 1, 0, 0, 0, 0]);
    }
}
