//! Lines of the past: frames with the time at which they came or went.

use crate::command::decode::capture::{self, Kind};
use crate::command::decode::digits;
use crate::command::decode::family::Family;
use anyhow::{Context as _, bail};
use device::{Direction, Item, Output};
use kernel::{PhyId, Timestamp};
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

/// Apart from each other, where a capture has no times.
const PACE: Duration = Duration::from_secs(1);

/// A line.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// When.
    pub(crate) at: Timestamp,
    /// The device's address.
    pub(crate) ip: String,
    /// Which way.
    pub(crate) direction: Direction,
    /// Whether it began a connection, as logged.
    pub(crate) registers: bool,
    /// Why it was no frame then.
    pub(crate) noise: Option<String>,
    /// Its message id, as logged.
    pub(crate) msg_id: Option<i64>,
    /// Its command, as logged.
    pub(crate) cmd: Option<String>,
    /// The bytes.
    pub(crate) bytes: Vec<u8>,
}

/// The bytes of a file of hexadecimal digits.
pub(crate) fn read_capture(file: &Path) -> anyhow::Result<Vec<u8>> {
    let name = file.display();
    let limit = u64::try_from(digits::TEXT_MAX)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    let mut text = Vec::new();
    std::fs::File::open(file)
        .and_then(|file| file.take(limit).read_to_end(&mut text))
        .with_context(|| format!("cannot read {name}"))?;
    digits::bytes(&String::from_utf8_lossy(&text)).with_context(|| format!("{name}"))
}

/// The frames of a capture, a second apart.
pub(crate) fn of_capture(bytes: &[u8], from: Timestamp) -> anyhow::Result<Vec<Line>> {
    let family = Family::of(bytes)
        .or_else(|| Family::within(bytes))
        .context("the capture begins like no protocol")?;
    let mut at = from;
    let mut lines = Vec::new();
    for part in capture::parts(family, bytes) {
        let noise = match &part.kind {
            Kind::Frame => None,
            Kind::Garbage(error) => Some(crate::command::decode::json::garbage(error.as_ref())),
            Kind::Pending => Some("the capture ends inside this frame".to_owned()),
        };
        let direction = family
            .frame(part.bytes, None)
            .ok()
            .and_then(|reading| reading.direction)
            .unwrap_or(Direction::Up);
        lines.push(Line {
            at,
            ip: "192.0.2.1".to_owned(),
            direction,
            registers: false,
            noise,
            msg_id: None,
            cmd: None,
            bytes: part.bytes.to_vec(),
        });
        at = at + PACE;
    }
    if lines.iter().all(|line| line.noise.is_some()) {
        bail!("the capture holds no readable frame");
    }
    Ok(lines)
}

/// The first device that the frames name.
pub(crate) fn named_device(lines: &[Line]) -> Option<PhyId> {
    names(heard(lines))
}

/// What came from the device and is a frame.
pub(crate) fn heard(lines: &[Line]) -> impl Iterator<Item = &Line> + Clone {
    lines
        .iter()
        .filter(|line| line.noise.is_none() && line.direction == Direction::Up)
}

impl Line {
    /// Whether it alone says whose connection it comes from.
    pub(crate) fn names_its_device(&self) -> bool {
        names(std::iter::once(self)).is_some()
    }
}

fn names<'a>(frames: impl Iterator<Item = &'a Line> + Clone) -> Option<PhyId> {
    let first = frames.clone().next()?;
    let protocol = crate::protocols::registry().detect(&first.bytes).1.cloned();
    let mut link = protocol?.link();
    let mut out = Output::default();
    for line in frames {
        link.receive(&line.bytes, line.at, &mut out);
        for item in out.items.drain(..) {
            match item {
                Item::Identify(device) => return Some(device),
                Item::Frame(note) => return Some(note.device),
                _ => {}
            }
        }
    }
    None
}
