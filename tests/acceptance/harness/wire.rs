//! BKV frames built and read by hand, apart from the product's own codec.

/// Start of a frame from a device.
pub const UP: [u8; 2] = [0xFC, 0xFE];
/// Start of a frame to a device.
pub const DOWN: [u8; 2] = [0xFC, 0xFF];
const TAIL: [u8; 2] = [0xFC, 0xEE];
const HEAD: usize = 18;

/// A frame taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Outer command.
    pub cmd: u16,
    /// Sequence, which log lines call `msg_id`.
    pub seq: u32,
    /// The gateway's 14 digits.
    pub gateway: String,
    /// What is between header and checksum.
    pub body: Vec<u8>,
}

impl Frame {
    /// Reads a whole frame; `None` when it is none.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let length = usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?]));
        if bytes.len() != length + 4 || bytes.len() < HEAD + 3 || !bytes.ends_with(&TAIL) {
            return None;
        }
        let (covered, rest) = bytes.split_at(bytes.len() - 3);
        if checksum(&covered[2..]) != rest[0] {
            return None;
        }
        Some(Self {
            cmd: u16::from_be_bytes([bytes[4], bytes[5]]),
            seq: u32::from_be_bytes([bytes[6], bytes[7], bytes[8], bytes[9]]),
            gateway: hex::encode(&bytes[11..HEAD]),
            body: covered[HEAD..].to_vec(),
        })
    }

    /// The order number at an offset of the body.
    pub fn order_at(&self, offset: usize) -> String {
        let text = self.body.get(offset..offset + 16).unwrap_or_default();
        String::from_utf8_lossy(text).into_owned()
    }
}

fn checksum(bytes: &[u8]) -> u8 {
    bytes
        .iter()
        .fold(0, |sum: u8, byte| sum.wrapping_add(*byte))
}

/// A frame from a gateway.
pub fn up(gateway: &str, cmd: u16, seq: u32, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 17).expect("a short body");
    let mut frame = UP.to_vec();
    frame.extend(length.to_be_bytes());
    frame.extend(cmd.to_be_bytes());
    frame.extend(seq.to_be_bytes());
    frame.push(1);
    frame.extend(hex::decode(gateway).expect("14 digits"));
    frame.extend(body);
    frame.push(checksum(&frame[2..]));
    frame.extend(TAIL);
    frame
}

/// 0x0000: SIM card, version, signal.
pub fn heartbeat(gateway: &str, seq: u32) -> Vec<u8> {
    let mut body = b"898608551024D1988196".to_vec();
    body.extend(b"200.1.17");
    body.push(22);
    up(gateway, 0x0000, seq, &body)
}

/// 0x0021: 220.5 V, the states of the ports, signal 22, 35 °C.
pub fn status(gateway: &str, seq: u32, states: &[u8]) -> Vec<u8> {
    let mut body = 2205_u16.to_be_bytes().to_vec();
    body.push(u8::try_from(states.len()).expect("few ports"));
    body.extend(states);
    body.extend([22, 35]);
    up(gateway, 0x0021, seq, &body)
}

/// 0x0082 up: the order accepted or refused.
pub fn control_answer(gateway: &str, seq: u32, result: u8, order: &str, port: u8) -> Vec<u8> {
    let mut body = vec![result];
    body.extend(order.as_bytes());
    body.extend([port, 0]);
    up(gateway, 0x0082, seq, &body)
}

/// 0x0004: the order begins, or is refused after all.
pub fn confirm(gateway: &str, seq: u32, order: &str, port: u8, status: u8) -> Vec<u8> {
    let mut body = order.as_bytes().to_vec();
    body.extend([port, status]);
    up(gateway, 0x0004, seq, &body)
}

/// The values of a progress report.
#[derive(Clone, Copy, Debug)]
pub struct Meter {
    /// Seconds.
    pub duration_s: u16,
    /// 0.1 W.
    pub power_dw: u16,
    /// 0.01 kWh.
    pub energy: u16,
    /// Status byte of the port.
    pub state: u8,
}

/// 0x0006: progress, with all fields.
pub fn progress(gateway: &str, seq: u32, order: &str, port: u8, meter: Meter) -> Vec<u8> {
    let mut body = order.as_bytes().to_vec();
    body.push(port);
    for value in [meter.duration_s, meter.power_dw, meter.energy, 18_000] {
        body.extend(value.to_be_bytes());
    }
    body.extend(1_729_407_660_u32.to_be_bytes());
    body.extend(0_u16.to_be_bytes());
    body.extend([meter.state, 35]);
    body.extend(2205_u16.to_be_bytes());
    up(gateway, 0x0006, seq, &body)
}

/// The values of a settlement.
#[derive(Clone, Copy, Debug)]
pub struct Settlement {
    /// Seconds.
    pub duration_s: u32,
    /// 0.01 kWh.
    pub energy: u16,
    /// The device's own sum.
    pub amount_fen: u16,
    /// Why it ended.
    pub reason: u8,
}

/// 0x0003: settlement.
pub fn settlement(gateway: &str, seq: u32, order: &str, port: u8, end: Settlement) -> Vec<u8> {
    let mut body = order.as_bytes().to_vec();
    body.push(port);
    body.extend(end.duration_s.to_be_bytes());
    body.extend(end.energy.to_be_bytes());
    body.extend(end.amount_fen.to_be_bytes());
    body.push(end.reason);
    body.extend(18_000_u16.to_be_bytes());
    body.extend(1_729_411_200_u32.to_be_bytes());
    up(gateway, 0x0003, seq, &body)
}
