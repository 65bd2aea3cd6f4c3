//! Firmware, piece by piece, in all its forms: 200 bytes with a check packet for devices, 256
//! bytes for old ones, and the two ways of hosts (AP3000, docs/protocols/ap3000.md §12).

use crate::codes::{Cmd, Reaction, UpgradeAnswer};
use crate::message::{Body, Chunk, HostPiece, LongPiece, Message, Piece, UpgradeReply};
use std::sync::Arc;

/// A device may ask for the same piece so often.
const AGAIN_MAX: u16 = 10;
/// Old devices begin anew after so many repeats of a piece did not help.
const AGAIN_OLD: u16 = 2;
/// An upgrade begins anew at most so often.
const RESTARTS_MAX: u16 = 3;
/// How the check packet begins.
const CHECK_BEGIN: [u8; 8] = [0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8];
/// Answers to an upgrade, for each of its pieces.
const HEARD_PER_PIECE: u32 = 4;
/// News of an upgrade are told about so often.
const NEWS: u32 = 100;
/// Bytes of the longest image: all numbers of pieces, one of them for the check packet.
pub(crate) const IMAGE_MAX: usize = 65_534 * 200;

/// One image on its way to one device.
#[derive(Clone, Debug)]
pub(super) struct Upgrade {
    cmd: Cmd,
    image: Arc<[u8]>,
    check: Option<Check>,
    /// The piece in flight, from 1; 0 while a host is asked to begin.
    at: u16,
    again: u16,
    restarts: u16,
    /// Answers heard, so that no device keeps an upgrade going for ever.
    heard: u32,
}

/// What the check packet says beside the sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Check {
    /// Device type.
    pub(super) kind: u8,
    /// Version of the firmware.
    pub(super) version: u16,
}

/// What follows from an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Another piece.
    Next,
    /// All of it is there.
    Done,
    /// It has failed.
    Failed(String),
}

impl Upgrade {
    /// None when the image is empty or too long.
    pub(super) fn new(cmd: Cmd, image: Arc<[u8]>, check: Option<Check>) -> Option<Self> {
        let fits = !image.is_empty() && image.len() <= IMAGE_MAX;
        let checked = matches!(
            cmd,
            Cmd::UpgradeDevice | Cmd::UpgradePowerBoard | Cmd::UpgradeUnified
        );
        fits.then_some(Self {
            cmd,
            image,
            check: check.filter(|_| checked),
            at: first(cmd),
            again: 0,
            restarts: 0,
            heard: 0,
        })
    }

    pub(super) const fn cmd(&self) -> Cmd {
        self.cmd
    }

    const fn chunk(&self) -> usize {
        match self.cmd {
            Cmd::UpgradeOldDevice | Cmd::UpgradeOldHost => 256,
            _ => 200,
        }
    }

    fn pieces(&self) -> u16 {
        u16::try_from(self.image.len().div_ceil(self.chunk())).unwrap_or(u16::MAX - 1)
    }

    /// Pieces in all, the check packet among them.
    pub(super) fn total(&self) -> u16 {
        self.pieces() + u16::from(self.check.is_some())
    }

    /// The piece in flight.
    pub(super) const fn at(&self) -> u16 {
        self.at
    }

    pub(super) fn message(&self) -> Message {
        let (total_packets, packet_no) = (self.total(), self.at);
        let bytes = self.bytes();
        let body = match self.cmd {
            Cmd::UpgradeOldDevice | Cmd::UpgradeOldHost => Body::LongPiece(LongPiece {
                total_packets,
                packet_no,
                chunk_len: Chunk::padded(&bytes),
            }),
            _ => {
                let piece = Piece {
                    total_packets,
                    packet_no,
                    chunk_len: Chunk::padded(&bytes),
                };
                match self.cmd {
                    Cmd::UpgradeHost => {
                        Body::HostPiece(HostPiece((packet_no > 0).then_some(piece)))
                    }
                    _ => Body::Piece(piece),
                }
            }
        };
        Message::new(self.cmd, body)
    }

    fn bytes(&self) -> Vec<u8> {
        let before = usize::from(self.at).saturating_sub(1) * self.chunk();
        let rest = self.image.get(before..).unwrap_or_default();
        match self.check {
            Some(check) if rest.is_empty() => self.check_packet(check),
            _ => rest
                .get(..rest.len().min(self.chunk()))
                .unwrap_or_default()
                .to_vec(),
        }
    }

    /// Zeros fill the last piece, so it does not matter whether the sum covers them.
    fn check_packet(&self, check: Check) -> Vec<u8> {
        let sum = |sum: u32, byte: &u8| sum.wrapping_add(u32::from(*byte));
        let sum = self.image.iter().fold(0, sum);
        let mut packet = CHECK_BEGIN.to_vec();
        packet.extend(sum.to_le_bytes());
        packet.push(check.kind);
        packet.extend(check.version.to_le_bytes());
        packet
    }

    /// The device's answer to the piece in flight.
    pub(super) fn answered(&mut self, reply: &UpgradeReply) -> Step {
        self.heard += 1;
        if self.heard > u32::from(self.total()) * HEARD_PER_PIECE + HEARD_PER_PIECE {
            return Step::Failed("device asked for too many repeats".to_owned());
        }
        if self.at == 0 {
            return match reply.answer {
                UpgradeAnswer::Ok => self.begin(),
                other => Step::Failed(format!("device refused the upgrade: {}", said(other))),
            };
        }
        match reply.answer.reaction() {
            Reaction::Next if self.at >= self.total() => Step::Done,
            Reaction::Next => {
                self.at += 1;
                self.again = 0;
                Step::Next
            }
            Reaction::Again => self.repeat(reply.packet_no),
            Reaction::WithCheck if self.check.is_some() => self.restart("check packet missing"),
            Reaction::WithCheck => Step::Failed(
                "device wants a check packet: the image needs a version and the device a type"
                    .to_owned(),
            ),
            Reaction::Abort if reply.answer == UpgradeAnswer::WrongSum => {
                self.restart("sum of the whole firmware wrong")
            }
            Reaction::Abort => Step::Failed(format!(
                "device refused piece {}: {}",
                self.at,
                said(reply.answer)
            )),
        }
    }

    fn repeat(&mut self, named: u16) -> Step {
        self.again += 1;
        let old = matches!(self.cmd, Cmd::UpgradeOldDevice | Cmd::UpgradeOldHost);
        if old && self.again > AGAIN_OLD {
            return self.restart("repeats did not help");
        }
        if self.again > AGAIN_MAX {
            return Step::Failed(format!("device refused piece {} too often", self.at));
        }
        if (1..=self.total()).contains(&named) {
            self.at = named;
        }
        Step::Next
    }

    fn restart(&mut self, why: &str) -> Step {
        self.restarts += 1;
        if self.restarts > RESTARTS_MAX {
            return Step::Failed(format!("device refused the firmware: {why}"));
        }
        self.begin()
    }

    fn begin(&mut self) -> Step {
        (self.at, self.again) = (1, 0);
        Step::Next
    }

    /// The device asks for the first piece, now or again.
    pub(super) fn asked_for(&mut self) -> Step {
        if self.at == 0 {
            return self.begin();
        }
        self.restart("it asked for the first piece again and again")
    }

    /// Whether so much is worth telling.
    pub(super) fn is_news(&self) -> bool {
        let (done, total) = (u32::from(self.at), u32::from(self.total()));
        let step = (total / NEWS).max(1);
        done == total || done % step == 0
    }
}

/// Where an upgrade begins.
fn first(cmd: Cmd) -> u16 {
    match cmd {
        Cmd::UpgradeHost => 0,
        _ => 1,
    }
}

fn said(answer: UpgradeAnswer) -> String {
    let number = u8::from(answer);
    answer
        .meaning()
        .map_or_else(|| format!("answer {number}"), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{Check, Step, Upgrade};
    use crate::codes::{Cmd, UpgradeAnswer};
    use crate::message::UpgradeReply;

    fn reply(answer: UpgradeAnswer, packet_no: u16) -> UpgradeReply {
        UpgradeReply { answer, packet_no }
    }

    fn data(upgrade: &Upgrade) -> Vec<u8> {
        let mut out = Vec::new();
        upgrade.message().write(&mut out);
        out
    }

    #[test]
    fn the_check_packet_is_the_last_piece() {
        let check = Check {
            kind: 0x31,
            version: 641,
        };
        let image: Vec<u8> = vec![7; 201];
        let mut upgrade =
            Upgrade::new(Cmd::UpgradeDevice, image.into(), Some(check)).expect("fits");
        assert_eq!(upgrade.total(), 3);
        assert_eq!(data(&upgrade)[..6], [3, 0, 1, 0, 7, 7]);
        assert_eq!(upgrade.answered(&reply(UpgradeAnswer::Ok, 1)), Step::Next);
        assert_eq!(data(&upgrade)[..6], [3, 0, 2, 0, 7, 0]);
        assert_eq!(upgrade.answered(&reply(UpgradeAnswer::Ok, 2)), Step::Next);
        let last = data(&upgrade);
        assert_eq!(hex::encode(&last[4..19]), "a1a2a3a4a5a6a7a87f050000318102");
        assert_eq!(last.len(), 204);
        assert_eq!(upgrade.answered(&reply(UpgradeAnswer::Ok, 3)), Step::Done);
    }

    #[test]
    fn old_devices_begin_anew_after_useless_repeats() {
        let mut upgrade =
            Upgrade::new(Cmd::UpgradeOldDevice, vec![1; 600].into(), None).expect("fits");
        assert_eq!(data(&upgrade).len(), 260);
        upgrade.answered(&reply(UpgradeAnswer::Ok, 1));
        for _ in 0..2 {
            assert_eq!(
                upgrade.answered(&reply(UpgradeAnswer::PacketError, 2)),
                Step::Next
            );
            assert_eq!(upgrade.at(), 2);
        }
        assert_eq!(
            upgrade.answered(&reply(UpgradeAnswer::PacketError, 2)),
            Step::Next
        );
        assert_eq!(upgrade.at(), 1);
    }

    #[test]
    fn hosts_are_asked_first() {
        let mut upgrade = Upgrade::new(Cmd::UpgradeHost, vec![1; 10].into(), None).expect("fits");
        assert!(data(&upgrade).is_empty());
        assert_eq!(upgrade.answered(&reply(UpgradeAnswer::Ok, 0)), Step::Next);
        assert_eq!(data(&upgrade).len(), 204);
        assert_eq!(upgrade.asked_for(), Step::Next);
        assert_eq!(
            upgrade.answered(&reply(UpgradeAnswer::WrongType, 1)),
            Step::Failed("device refused piece 1: wrong device type".to_owned())
        );
    }
}
