//! The heartbeat of a device of any family, and how its answer is told from other frames.

use crate::clock::SimClock;
use crate::family::{Cut, FAMILIES, Family, Wishes};
use crate::fleet::FIRST_ID;
use ::device::Direction;
use ::pile::{Pile, Step};
use anyhow::{Context, Result, bail, ensure};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

/// So many numbers apart are the devices of two families: families share the form of their ids.
const FAMILY_NUMBERS: u64 = 1_000_000;
/// Soon after the login, so that nobody waits for the first one.
const PERIOD: Duration = Duration::from_secs(1);
/// Time for a login with its first heartbeat.
const PATIENCE: Duration = Duration::from_mins(1);

/// Tells a family's heartbeats, and the platform's answers to them.
#[derive(Clone, Copy, Debug)]
pub struct Beat {
    family: Family,
    command: Command,
}

/// Where a family's frames have their command, and which ones speak of heartbeats.
#[derive(Clone, Copy, Debug)]
struct Command {
    at: usize,
    heartbeat: &'static [u8],
    answer: &'static [u8],
}

/// A device that has logged in and falls silent: whoever holds it repeats its heartbeat.
#[derive(Debug)]
pub struct LoggedIn {
    /// Its connection.
    pub stream: TcpStream,
    /// Its last heartbeat.
    pub heartbeat: Vec<u8>,
    /// The platform's answer to it.
    pub answer: Vec<u8>,
}

impl Beat {
    /// Of a family's usual device.
    pub const fn of(family: Family) -> Self {
        let (at, heartbeat, answer): (_, &[u8], &[u8]) = match family {
            Family::Bkv => (4, &[0, 0], &[0, 0]),
            Family::Ap3000 => (11, &[0x21], &[0x21]),
            Family::Ykc => (5, &[0x03], &[0x04]),
            Family::Infypower => (6, &[102, 0], &[101, 0]),
        };
        let command = Command {
            at,
            heartbeat,
            answer,
        };
        Self { family, command }
    }

    /// Takes the frames up to the first answer out of what the platform has said; nothing when
    /// there is none yet.
    pub fn answer(self, said: &mut Vec<u8>) -> Option<Vec<u8>> {
        self.find(Direction::Down, said, self.command.answer)
    }

    fn heartbeat(self, mut said: Vec<u8>) -> Option<Vec<u8>> {
        self.find(Direction::Up, &mut said, self.command.heartbeat)
    }

    fn find(self, direction: Direction, said: &mut Vec<u8>, wanted: &[u8]) -> Option<Vec<u8>> {
        let cut = self.family.framing();
        let mut read = 0;
        let mut found = None;
        while found.is_none() {
            let rest = said.get(read..).unwrap_or_default();
            let (length, frame) = match cut(direction, rest) {
                Cut::Frame(length) => (length, rest.get(..length)),
                Cut::Junk(length) => (length.max(1), None),
                Cut::Wait => break,
            };
            found = frame
                .filter(|frame| {
                    frame
                        .get(self.command.at..)
                        .is_some_and(|rest| rest.starts_with(wanted))
                })
                .map(<[u8]>::to_vec);
            read += length;
        }
        said.drain(..read);
        found
    }

    /// Logs the device with this number in, as the family's simulated device does it, and waits
    /// until its first heartbeat is answered. The local address is chosen by the number.
    ///
    /// # Errors
    /// When the platform does not take it.
    pub async fn log_in(
        self,
        server: SocketAddr,
        number: u64,
        doors: &Semaphore,
    ) -> Result<LoggedIn> {
        let clock = SimClock::start();
        let device = self
            .family
            .model(None, "normal")?
            .device(&self.wishes(number));
        let pile = device.switch_on(clock.read())?;
        let door = doors.acquire().await?;
        let stream = super::ping::connect(server, number).await?;
        drop(door);
        let logging_in = self.converse(pile, clock, stream);
        tokio::time::timeout(PATIENCE, logging_in)
            .await
            .with_context(|| format!("a login of {} takes too long", self.family))?
    }

    async fn converse(
        self,
        mut pile: Box<dyn Pile>,
        clock: SimClock,
        mut stream: TcpStream,
    ) -> Result<LoggedIn> {
        let (mut steps, mut said) = (Vec::new(), Vec::new());
        let mut heartbeat = None;
        pile.tick(clock.read(), &mut steps);
        loop {
            while !steps.is_empty() {
                for step in std::mem::take(&mut steps) {
                    match step {
                        Step::Connect { .. } => pile.connected(clock.read(), &mut steps),
                        Step::Write(writing) => {
                            stream.write_all(&writing.bytes).await?;
                            heartbeat = self.heartbeat(writing.bytes).or(heartbeat);
                        }
                        Step::Close | Step::Abandon => bail!("the device has given up"),
                        Step::Note(_) => {}
                    }
                }
            }
            if let (Some(heartbeat), Some(answer)) = (&heartbeat, self.answer(&mut said)) {
                let heartbeat = heartbeat.clone();
                return Ok(LoggedIn {
                    stream,
                    heartbeat,
                    answer,
                });
            }
            let due = pile.deadline().context("the device waits for nothing")?;
            let mut chunk = [0; 512];
            tokio::select! {
                read = stream.read(&mut chunk) => {
                    let read = read?;
                    ensure!(read > 0, "the server closed a connection");
                    said.extend_from_slice(&chunk[..read]);
                    pile.receive(&chunk[..read], clock.read(), &mut steps);
                }
                () = tokio::time::sleep_until(clock.instant(due)) => {
                    pile.tick(clock.read(), &mut steps);
                }
            }
        }
    }

    fn wishes(self, number: u64) -> Wishes {
        let place = FAMILIES.iter().position(|family| *family == self.family);
        let place = place.and_then(|place| u64::try_from(place).ok());
        Wishes {
            number: FIRST_ID + place.unwrap_or(0) * FAMILY_NUMBERS + number,
            ports: 2,
            speed: 1,
            seed: number,
            automatic: None,
            heartbeat: Some(PERIOD),
            source: None,
        }
    }
}
