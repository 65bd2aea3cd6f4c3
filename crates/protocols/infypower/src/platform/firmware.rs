//! Firmware in pieces: 1001 to 1012.

use super::outbox::{Expect, Job, Shot};
use super::station::Station;
use super::task::Task;
use super::uplinks::nothing;
use super::words::ANSWER_WAIT;
use crate::codes::{ERASE_REFUSED, ERASED, EraseOrder, SizeResult};
use crate::message::{Body, Erase, FileName, FileSize, Piece};
use crate::value::{HexTail, TextTail};
use device::{Event, FirmwareProgress, FirmwareSource, Output};
use kernel::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// Largest piece: every frame stays below the buffer of the smallest firmware.
const PIECE_MAX: usize = 900;
/// Largest image.
pub(crate) const IMAGE_MAX: usize = 16 * 1024 * 1024;
/// Longest file name.
const NAME_MAX: usize = 127;
/// How long the answer to a step may take.
const STEP_WAIT: Duration = Duration::from_secs(30);
/// How often a piece is sent.
const PIECE_TRIES: u16 = 3;
/// How often the pile is asked how far erasing is.
const ERASE_POLL: Duration = Duration::from_secs(2);
/// How long erasing may take.
const ERASE_WITHIN: Duration = Duration::from_mins(1);

/// An image on its way.
#[derive(Clone)]
pub(super) struct Upgrade {
    image: Arc<[u8]>,
    name: Vec<u8>,
    erasing: Erasing,
    /// Bytes of one piece, once the pile has said what it takes.
    piece: usize,
    /// The piece under way, from 0.
    index: usize,
    /// How often that piece was answered with no.
    failures: u16,
    /// The last progress that was told, percent.
    told: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Erasing {
    /// Not begun.
    No,
    /// Since then.
    Since(Timestamp),
}

impl std::fmt::Debug for Upgrade {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Upgrade({} bytes, piece {})",
            self.image.len(),
            self.index
        )
    }
}

fn shot(cmd: u16, body: Body, wait: Duration, tries: u16) -> Shot {
    Shot {
        cmd,
        body,
        seq: None,
        expect: Expect::Cmd(cmd + 1),
        wait,
        tries,
    }
}

impl Upgrade {
    /// The image of a source, if it is there.
    pub(super) fn of(source: FirmwareSource, image: Option<Arc<[u8]>>) -> Result<Self, String> {
        let (image, name) = match source {
            FirmwareSource::Library { version, .. } => {
                (image.ok_or("the image is not there")?, version)
            }
            FirmwareSource::Image { hex } => {
                let bytes = hex::decode(hex).map_err(|_| "the image is no hex")?;
                (Arc::from(bytes), "firmware".to_owned())
            }
            FirmwareSource::Ftp { .. } => return Err("firmware comes in pieces".to_owned()),
        };
        if image.is_empty() || image.len() > IMAGE_MAX {
            return Err("the image must be 1 byte to 16 MiB".to_owned());
        }
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
        let mut name: Vec<u8> = name.bytes().filter(plain).take(NAME_MAX - 4).collect();
        name.extend_from_slice(b".bin");
        Ok(Self {
            image,
            name,
            erasing: Erasing::No,
            piece: 0,
            index: 0,
            failures: 0,
            told: 0,
        })
    }

    pub(super) fn first_shot() -> Shot {
        erase(EraseOrder::Erase)
    }

    fn pieces(&self) -> usize {
        self.image.len().div_ceil(self.piece.max(1))
    }

    fn piece_shot(&self) -> Shot {
        let begin = self.index * self.piece;
        let end = (begin + self.piece).min(self.image.len());
        let data = self.image.get(begin..end).unwrap_or_default().to_vec();
        Shot {
            // Here the sequence counts the pieces.
            seq: u8::try_from(self.index % 256).ok(),
            ..shot(
                1007,
                Piece {
                    data: HexTail(data),
                }
                .into(),
                ANSWER_WAIT,
                PIECE_TRIES,
            )
        }
    }

    fn progress(&self, error: Option<String>) -> FirmwareProgress {
        let narrow = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let total = if self.piece == 0 { 1 } else { self.pieces() };
        FirmwareProgress {
            done: narrow(self.index),
            total: narrow(total),
            error,
        }
    }
}

fn erase(erase_code: EraseOrder) -> Shot {
    shot(1001, Erase { erase_code }.into(), ANSWER_WAIT, 1)
}

/// What an answer leads to.
enum Next {
    /// This frame.
    Send(Shot),
    /// This frame, later.
    Later(Shot, Timestamp),
    /// It is done.
    Done,
    /// It failed, with the pile's code.
    Failed(Option<u32>, String),
}

impl Station {
    /// An answer to one of 1001 to 1011.
    pub(super) fn upgrade_answer(
        &mut self,
        cmd: u16,
        body: &Body,
        now: Timestamp,
        out: &mut Output,
    ) {
        let Some(mut job) = self.outbox.answered(Expect::Cmd(cmd)) else {
            return;
        };
        let Task::Firmware(upgrade) = &mut job.task else {
            return;
        };
        let next = upgrade.next(cmd, body, now);
        let percent = upgrade.index * 100 / upgrade.pieces().max(1);
        if upgrade.piece > 0 && percent > upgrade.told {
            upgrade.told = percent;
            let progress = upgrade.progress(None);
            self.tell(Event::Firmware(progress), now, out);
        }
        match next {
            Next::Send(shot) => self.send_next(job, shot, Timestamp(0)),
            Next::Later(shot, at) => self.send_next(job, shot, at),
            Next::Done => self.accept(job.id, None, now, out),
            Next::Failed(code, text) => {
                self.upgrade_failed(upgrade, text.clone(), now, out);
                self.refused(job.id, code, &text, now, out);
            }
        }
    }

    fn send_next(&mut self, mut job: Job, shot: Shot, at: Timestamp) {
        job.shot = shot;
        job.attempts = 0;
        job.not_before = at;
        self.outbox.push_front(job);
    }

    pub(super) fn upgrade_failed(
        &self,
        upgrade: &Upgrade,
        error: String,
        now: Timestamp,
        out: &mut Output,
    ) {
        let progress = upgrade.progress(Some(error));
        self.tell(Event::Firmware(progress), now, out);
    }
}

impl Upgrade {
    fn next(&mut self, cmd: u16, body: &Body, now: Timestamp) -> Next {
        match (cmd, body) {
            (1002, Body::Erased(answer)) => self.erased(answer.percent, now),
            (1004, Body::PieceSize(answer)) => {
                let stated = usize::try_from(answer.max_chunk).unwrap_or(PIECE_MAX);
                self.piece = stated.min(PIECE_MAX);
                if self.piece == 0 {
                    return Next::Failed(None, "the pile takes pieces of 0 bytes".to_owned());
                }
                let file_size = u32::try_from(self.image.len()).unwrap_or(u32::MAX);
                Next::Send(shot(1005, FileSize { file_size }.into(), STEP_WAIT, 1))
            }
            (1006, Body::SizeAnswer(answer)) => match answer.result {
                SizeResult::Fits => Next::Send(self.piece_shot()),
                other => {
                    let text = "the image is too big for the pile".to_owned();
                    Next::Failed(Some(u32::from(other)), text)
                }
            },
            (1008, Body::PieceNoted(answer)) => {
                self.piece_answered(usize::from(answer.chunk_no) == self.index % 256)
            }
            (1008, Body::PieceAnswer(answer)) => {
                self.piece_answered(answer.sn_status == 0 && answer.write_result == 0)
            }
            (1010, _) => Next::Send(shot(1011, nothing(), STEP_WAIT, 1)),
            (1012, _) => Next::Done,
            _ => Next::Failed(None, format!("command {cmd} was answered in another form")),
        }
    }

    fn erased(&mut self, percent: u8, now: Timestamp) -> Next {
        if percent >= ERASED {
            let name = FileName {
                file_name: TextTail(self.name.clone()),
            };
            return Next::Send(shot(1003, name.into(), STEP_WAIT, 1));
        }
        let since = match self.erasing {
            Erasing::No if percent == ERASE_REFUSED => {
                return Next::Failed(Some(0), "the pile refuses to erase".to_owned());
            }
            Erasing::No => now,
            Erasing::Since(since) => since,
        };
        self.erasing = Erasing::Since(since);
        if now.since(since) >= ERASE_WITHIN {
            return Next::Failed(None, "erasing takes more than a minute".to_owned());
        }
        Next::Later(erase(EraseOrder::Query), now + ERASE_POLL)
    }

    fn piece_answered(&mut self, good: bool) -> Next {
        if !good {
            self.failures += 1;
            if self.failures >= PIECE_TRIES {
                let text = format!("piece {} was not taken", self.index);
                return Next::Failed(None, text);
            }
            return Next::Send(self.piece_shot());
        }
        self.failures = 0;
        self.index += 1;
        if self.index >= self.pieces() {
            return Next::Send(shot(1009, nothing(), STEP_WAIT, 1));
        }
        Next::Send(self.piece_shot())
    }
}
