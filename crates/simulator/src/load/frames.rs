//! The few BKV frames that a measurement needs, byte by byte (BKV, docs/protocols/bkv.md, frame,
//! heartbeat, status, start and stop, charging ended).

/// Bytes of a gateway id.
const ID_LEN: usize = 7;
/// Magic and length field.
const PREFIX: usize = 4;
/// A frame with an empty body: the least that the length field may say.
const LENGTH_MIN: usize = 17;
/// Where the body begins.
const BODY: usize = 18;
/// Checksum and tail.
const SUFFIX: usize = 3;

/// Outer command of heartbeats.
const HEARTBEAT: u16 = 0x0000;
/// Outer command of starts, stops and ends.
const CONTROL: u16 = 0x0015;
/// Outer command of status reports.
const CONTAINER: u16 = 0x1000;

/// A gateway id: 14 decimal digits on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gateway([u8; ID_LEN]);

impl Gateway {
    /// The gateway with this number, at most 12 digits of it: `97` and the number.
    pub fn numbered(number: u64) -> Self {
        let mut id = [0; ID_LEN];
        let mut rest = number;
        for byte in id.iter_mut().skip(1).rev() {
            let pair = u8::try_from(rest % 100).unwrap_or(0);
            *byte = pair / 10 * 16 + pair % 10;
            rest /= 100;
        }
        id[0] = 0x97;
        Self(id)
    }

    /// As the API writes it.
    pub fn text(self) -> String {
        hex::encode(self.0)
    }

    /// Its heartbeat.
    pub fn heartbeat(self) -> Vec<u8> {
        let mut body = b"89860463112070319417cV.1r46".to_vec();
        body.extend([0, 31]);
        self.seal(HEARTBEAT, 0, &body)
    }

    /// Status of its sockets 1 to `sockets`, all ports idle.
    pub fn idle_status(self, sockets: u8) -> Vec<u8> {
        let mut body = vec![0x04, 1, 0x01, 0x10, 0x17, 0x0A, 1, 0x02];
        body.extend([0; 8]);
        body.extend([0x09, 1, 0x03]);
        body.extend(self.0);
        for socket in 1..=sockets {
            body.extend([0x65, 1, 0x94]);
            body.extend([0x03, 1, 0x4A, socket, 0x04, 1, 0x3E, 0xFF, 0xFF]);
            body.extend([0x03, 1, 0x07, 0x25, 0x03, 1, 0x96, 0x1E]);
            for port in 0..2 {
                body.extend([0x28, 1, 0x5B, 0x03, 1, 0x08, port, 0x03, 1, 0x09, 0x80]);
                body.extend([0x04, 1, 0x0A, 0, 0, 0x04, 1, 0x95, 0x08, 0xE3]);
                for key in [0x0B, 0x0C, 0x0D, 0x0E] {
                    body.extend([0x04, 1, key, 0, 0]);
                }
            }
        }
        self.seal(CONTAINER, 0, &body)
    }

    /// "Done" to a start or stop.
    pub fn accept(self, start: &Start) -> Vec<u8> {
        let [high, low] = start.outlet.business_no().to_be_bytes();
        let Outlet { socket, port } = start.outlet;
        self.seal(
            CONTROL,
            start.seq,
            &[0, 5, 0x07, 1, socket, port, high, low],
        )
    }

    /// The report that a charge has ended after an hour and 1.2 kWh.
    pub fn ended(self, outlet: Outlet) -> Vec<u8> {
        let [high, low] = outlet.business_no().to_be_bytes();
        let Outlet { socket, port } = outlet;
        let mut body = vec![
            0, 17, 0x02, socket, 0xFF, 0xFF, 0x25, 0x1E, port, 0xB0, high, low,
        ];
        body.extend([0x04, 0xB0, 0x02, 0x17, 0x04, 0xB0, 0x00, 0x3C]);
        self.seal(CONTROL, 0, &body)
    }

    fn seal(self, cmd: u16, seq: u32, body: &[u8]) -> Vec<u8> {
        let mut frame = vec![0xFC, 0xFE];
        let length = LENGTH_MIN + body.len();
        frame.extend(u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes());
        frame.extend(cmd.to_be_bytes());
        frame.extend(seq.to_be_bytes());
        frame.push(1);
        frame.extend(self.0);
        frame.extend(body);
        let sum = frame
            .iter()
            .skip(2)
            .fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        frame.extend([sum, 0xFC, 0xEE]);
        frame
    }
}

/// One hole of one socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Outlet {
    /// Socket, from 1.
    pub socket: u8,
    /// Hole, 0 or 1.
    pub port: u8,
}

impl Outlet {
    /// The outlet with this port number of the API.
    pub fn of_port(port_no: u16) -> Self {
        let place = port_no.saturating_sub(1);
        Self {
            socket: u8::try_from(place / 2 + 1).unwrap_or(u8::MAX),
            port: u8::from(place % 2 == 1),
        }
    }

    /// Its port number in the API.
    pub fn port_no(self) -> u16 {
        u16::from(self.socket.saturating_sub(1)) * 2 + u16::from(self.port) + 1
    }

    /// The number that the device gives the session.
    fn business_no(self) -> u16 {
        100 + self.port_no()
    }
}

/// A start that the platform sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// To be echoed.
    pub seq: u32,
    /// Where.
    pub outlet: Outlet,
}

/// What the platform said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The answer to a heartbeat.
    Time,
    /// Start charging.
    Start(Start),
    /// An end report has been taken.
    EndTaken,
    /// A status report has been taken.
    StatusTaken,
    /// Something that measurements ignore.
    Other,
}

/// Takes the first frame out of `buffer`; nothing when it is not complete. Bytes that are no
/// frame are dropped.
pub fn next(buffer: &mut Vec<u8>) -> Option<Heard> {
    let begin = buffer.windows(2).position(|pair| pair == [0xFC, 0xFF]);
    if let Some(noise @ 1..) = begin {
        buffer.drain(..noise);
    }
    let field = buffer.get(2..PREFIX)?.first_chunk::<2>()?;
    let length = usize::from(u16::from_be_bytes(*field));
    if begin.is_none() || length < LENGTH_MIN {
        buffer.clear();
        return None;
    }
    let whole = PREFIX + length;
    let heard = understand(buffer.get(..whole)?);
    buffer.drain(..whole);
    Some(heard)
}

fn understand(frame: &[u8]) -> Heard {
    let cmd = u16::from_be_bytes([frame[4], frame[5]]);
    let seq = u32::from_be_bytes([frame[6], frame[7], frame[8], frame[9]]);
    let body = &frame[BODY..frame.len() - SUFFIX];
    match (cmd, body) {
        (HEARTBEAT, _) => Heard::Time,
        (CONTROL, [_, _, 0x07, socket, port, 1, ..]) => Heard::Start(Start {
            seq,
            outlet: Outlet {
                socket: *socket,
                port: *port,
            },
        }),
        (CONTROL, [_, _, 0x0C | 0x02, ..]) => Heard::EndTaken,
        (CONTAINER, [_, _, _, 0x10, 0x17, ..]) => Heard::StatusTaken,
        _ => Heard::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::{Gateway, Heard, Outlet, Start, next};
    use bkv::frame::{Framing, parse};

    #[test]
    fn the_codec_reads_what_is_written_here() {
        let gateway = Gateway::numbered(123_456);
        assert_eq!(gateway.text(), "97000000123456");
        let outlet = Outlet::of_port(4);
        assert_eq!((outlet.socket, outlet.port, outlet.port_no()), (2, 1, 4));
        let start = Start { seq: 7, outlet };
        let frames = [
            (gateway.heartbeat(), 0x0000),
            (gateway.idle_status(2), 0x1000),
            (gateway.accept(&start), 0x0015),
            (gateway.ended(outlet), 0x0015),
        ];
        for (bytes, wanted) in frames {
            let frame = parse(&bytes).expect("a good frame");
            assert!(matches!(frame.framing, Framing::Gateway { cmd, .. } if cmd == wanted));
        }
    }

    #[test]
    fn answers_are_found_in_any_pieces() {
        let time = "fcff0018000000000000008220052000486920200730164545a7fcee";
        let mut stream = vec![0x0E];
        stream.extend(hex::decode(time).expect("hex"));
        stream.extend(hex::decode(time).expect("hex"));
        let late = stream.split_off(40);
        assert_eq!(next(&mut stream), Some(Heard::Time));
        assert_eq!(next(&mut stream), None);
        stream.extend(late);
        assert_eq!(next(&mut stream), Some(Heard::Time));
        assert!(stream.is_empty());
    }
}
