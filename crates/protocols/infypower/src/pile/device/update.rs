//! Firmware: 1001 to 1012.

use super::{Device, Line, Moment, Paper, RESTART_AFTER, Step, Timer, up};
use crate::pile::words::down::Said;
use std::time::Duration;

/// The pile gives up when no piece comes for so long.
const PATIENCE: Duration = Duration::from_mins(1);
/// Longest piece that it takes.
const PIECE_MAX: u32 = 512;
/// Largest image.
const IMAGE_MAX: u32 = 224 * 1024;
/// Order to erase.
const ERASE: u32 = 0xAA55;

/// How far an update is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Update {
    /// Percent.
    erased: u8,
    size: u32,
    written: u32,
    next_piece: u32,
    complete: bool,
}

impl Device {
    pub(super) fn updating(
        &mut self,
        core: &mut Line,
        at: Moment,
        command: u16,
        said: &Said,
        out: &mut Vec<Step>,
    ) {
        if !matches!(said, Said::Piece { .. }) {
            Self::command_noted(core, at, command, "firmware", out);
        }
        let refuses = core.refuses();
        let (answer, body) = match said {
            Said::Erase(order) => (1002, Paper::bare().byte(self.erase(*order, refuses))),
            Said::FileName => (1004, Paper::bare().long(PIECE_MAX)),
            Said::FileSize(size) => {
                let fits = (1..=IMAGE_MAX).contains(size) && self.update.is_some();
                if let (true, Some(update)) = (fits, &mut self.update) {
                    update.size = *size;
                }
                (1006, Paper::bare().long(u32::from(!fits)))
            }
            Said::Piece { number, length } => {
                let (expected, written) = self.write(*number, *length);
                let body = up::piece_answer(&self.forms, *number, expected, written);
                (1008, body)
            }
            Said::PiecesEnd => {
                if let Some(update) = &mut self.update {
                    update.complete = update.written == update.size && update.size > 0;
                }
                (1010, Paper::bare().long(0))
            }
            Said::Restart => {
                if self.update.take().is_some_and(|update| update.complete) {
                    // The third byte of the version goes up.
                    self.software = self.software.wrapping_add(0x0001_0000);
                }
                self.agenda.cancel(&Timer::UpdateOver);
                self.agenda.set(at.t + RESTART_AFTER, Timer::Restart);
                (1012, Paper::bare().long(0))
            }
            _ => return,
        };
        if self.update.is_some() {
            let patience = core.clock.patience(PATIENCE);
            self.agenda.set(at.t + patience, Timer::UpdateOver);
        }
        self.answer(core, at, answer, body, out);
    }

    /// Percent erased; 0 refuses.
    fn erase(&mut self, order: u32, refuses: bool) -> u8 {
        let charging = self.guns.iter().any(|gun| gun.charge.is_some());
        if charging || refuses {
            return 0;
        }
        if order == ERASE {
            self.update = Some(Update {
                erased: 40,
                ..Update::default()
            });
            return 40;
        }
        match &mut self.update {
            Some(update) => {
                update.erased = (update.erased + 30).min(100);
                update.erased
            }
            None => 0,
        }
    }

    /// Whether the piece was the expected one, and whether it was written.
    fn write(&mut self, number: u8, length: usize) -> (bool, bool) {
        let Some(update) = self.update.as_mut().filter(|update| update.size > 0) else {
            return (false, false);
        };
        let last = update.next_piece.wrapping_sub(1);
        // The answer to the last piece was lost: it is there already.
        if update.next_piece > 0 && u32::from(number) == last & 0xFF {
            return (true, true);
        }
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        if u32::from(number) != update.next_piece & 0xFF
            || length > PIECE_MAX
            || update.written + length > update.size
        {
            return (false, false);
        }
        update.next_piece += 1;
        update.written += length;
        (true, true)
    }

    pub(super) fn update_over(&mut self) {
        self.update = None;
    }
}
