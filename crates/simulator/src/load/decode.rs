//! F10: the commonest uplinks of every protocol, from bytes to their types, on one core.

use super::alone::per_second;
use super::figure::{FigureId, Row, Verdict};
use super::numbers::grouped;
use anyhow::{Result, ensure};
use device::Direction;
use std::hint::black_box;

/// Frames between two looks at the clock.
const BATCH: u64 = 10_000;

const TARGET: f64 = 2e6;

/// One frame as it comes from the wire; the bytes are captures and vectors of the family's
/// document.
struct Uplink {
    name: &'static str,
    hex: &'static str,
    /// Whether its family sends nothing more often: only that has a target.
    commonest: bool,
    /// Whether these bytes are a good frame of a known message.
    decodes: fn(&[u8]) -> bool,
}

/// The sign of life and the report of a running charge, family by family. Only the status of
/// Infypower comes more often than the heartbeat beside it.
const UPLINKS: [Uplink; 8] = [
    Uplink {
        name: "BKV heartbeat",
        hex: "fcfe002e000000000000018220052000486938393836303436333131323037303331393431376356\
              2e31723436001fcafcee",
        commonest: true,
        decodes: bkv,
    },
    Uplink {
        name: "BKV status of two ports",
        hex: "fcfe0091100000000000018224121800038204010110170a01020000000000000000090103822412\
              1800038265019403014a0104013effff0301071d0301961e28015b030108000301099004010a0009\
              04019508f704010b000404010c002a04010d000004010e000028015b030108010301098004010a00\
              0004019508f704010b000104010c000104010d000004010e00005dfcee",
        commonest: false,
        decodes: bkv,
    },
    Uplink {
        name: "AP3000 heartbeat",
        hex: "444e591000f36ca20407002112090200020060a703",
        commonest: true,
        decodes: ap3000,
    },
    Uplink {
        name: "AP3000 power heartbeat",
        hex: "444e5932003b37ab040a00060101100e300001e803b0042003e80320190901180000130030380102\
              0304050100e8039808c7015500da08",
        commonest: false,
        decodes: ap3000,
    },
    Uplink {
        name: "YKC heartbeat",
        hex: "680d0a0000033201060001923602013095",
        commonest: true,
        decodes: ykc,
    },
    Uplink {
        name: "YKC real-time data",
        hex: "684020030013320106000192360124110618034230603201060001923601030001910fb004520000\
              000000000000394e23001600302c0400302c040052b6020000003491",
        commonest: false,
        decodes: ykc,
    },
    Uplink {
        name: "Infypower heartbeat",
        hex: "aaf52f00100266000000000032393030333030383030313033000000000000000000000000000000\
              000000000100f1",
        commonest: false,
        decodes: infypower,
    },
    Uplink {
        name: "Infypower status of a charge",
        hex: "aaf5e800100468000000000032393030333030383030313033000000000000000000000000000000\
              00000000020101022f00000000021806000000000000000000000314a304e015e20402fa08000906\
              09990396039c032600480300001405000087d612009bdb1200010288130000005532303231303330\
              3431383430303031323300000000000000000000000000000020210304184001ff00000000000000\
              00600200000000000000000000010000005b48554c5356414134394a313332303437333731000032\
              3130333034313834303031303030303030303030303030303030303030310071",
        commonest: true,
        decodes: infypower,
    },
];

/// Measures decoding beside the mere sum of the same bytes.
///
/// # Errors
/// When a frame is not understood.
pub fn measure() -> Result<Vec<Row>> {
    UPLINKS.iter().map(of_uplink).collect()
}

fn of_uplink(uplink: &Uplink) -> Result<Row> {
    let frame = hex::decode(uplink.hex)?;
    ensure!((uplink.decodes)(&frame), "{} is not read", uplink.name);
    let (decoded, summed) = per_second(
        BATCH,
        || {
            black_box((uplink.decodes)(black_box(&frame)));
        },
        || {
            let bytes = black_box(frame.as_slice());
            black_box(bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)));
        },
    );
    let (target, verdict) = if uplink.commonest {
        ("≥ 2 million/s", Verdict::of(decoded >= TARGET))
    } else {
        ("", Verdict::Information)
    };
    Ok(Row {
        figure: FigureId::F10,
        conditions: format!("{}, {} bytes", uplink.name, frame.len()),
        measured: format!("{}/s ({:.0} ns)", grouped(decoded), 1e9 / decoded.max(1.0)),
        beside: format!(
            "the sum of its bytes alone: {}/s ({:.0} ns)",
            grouped(summed),
            1e9 / summed.max(1.0)
        ),
        result: format!("{:.1} million/s", decoded / 1e6),
        target,
        verdict,
    })
}

fn bkv(bytes: &[u8]) -> bool {
    use bkv::frame::{Expect, Scan, scan};
    matches!(scan(bytes, Expect::Up), Scan::Frame(frame) if bkv::message::decode(&frame).is_ok())
}

fn ap3000(bytes: &[u8]) -> bool {
    use ap3000::frame::{Scan, scan};
    use ap3000::message::decode;
    matches!(scan(bytes), Scan::Frame(frame) if decode(&frame, Direction::Up).is_ok())
}

fn ykc(bytes: &[u8]) -> bool {
    use ykc::frame::{Scan, scan};
    matches!(scan(bytes), Scan::Frame(frame) if ykc::message::decode(&frame).is_ok())
}

fn infypower(bytes: &[u8]) -> bool {
    use infypower::frame::{Scan, scan};
    use infypower::layout::Dialect;
    use infypower::message::decode;
    matches!(scan(bytes), Scan::Frame(frame)
        if decode(&frame, Direction::Up, Dialect::Infypower, None).is_ok())
}

#[cfg(test)]
mod tests {
    use super::UPLINKS;

    #[test]
    fn every_uplink_is_read() {
        for uplink in &UPLINKS {
            let bytes = hex::decode(uplink.hex).expect("hex");
            assert!((uplink.decodes)(&bytes), "{}", uplink.name);
            assert!(!(uplink.decodes)(&bytes[1..]), "{}", uplink.name);
        }
    }
}
