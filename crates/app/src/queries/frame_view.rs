//! The communication log with its frames decoded. The log keeps raw bytes; they are decoded when
//! somebody looks, by today's understanding of the protocol.

use crate::{App, AppError, Unread};
use device::{Detection, Direction, Profile, Protocol};
use kernel::{OrderNo, PhyId, Timestamp};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use store::comm_logs::{self, CommLog, CommLogFilter};
use store::devices;
use store::{Page, PageRequest};

/// Frames from so long before an order belong to its story.
const BEFORE_ORDER: Duration = Duration::from_mins(1);
/// Frames until so long after its end do: late records, the plug.
const AFTER_ORDER: Duration = Duration::from_mins(10);

/// A line of the communication log.
#[derive(Clone, Debug)]
pub struct FrameView {
    /// As it was written.
    pub line: CommLog,
    /// The fields of its frame, where it is one.
    pub decoded: Option<Value>,
    /// The same one by one with their bytes, where that was asked for.
    pub fields: Option<Value>,
}

/// How to read the frames of a device.
#[derive(Clone)]
struct Reader {
    protocol: Option<Arc<dyn Protocol>>,
    profile: Profile,
}

impl App {
    /// A page of the communication log, newest first; with the bytes of each field if wanted.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn comm_log_lines(
        &self,
        filter: &CommLogFilter,
        with_fields: bool,
        page: PageRequest,
    ) -> Result<Page<FrameView>, AppError> {
        let mut view = self.db.view().await?;
        let lines = comm_logs::list(view.conn(), filter, page).await?;
        drop(view);
        let mut readers: HashMap<PhyId, Reader> = HashMap::new();
        for phy_id in lines.items.iter().filter_map(|line| line.phy_id.as_ref()) {
            if !readers.contains_key(phy_id) {
                readers.insert(phy_id.clone(), self.reader(phy_id).await?);
            }
        }
        Ok(lines.map(|line| {
            let reader = line.phy_id.as_ref().and_then(|phy_id| readers.get(phy_id));
            let (decoded, fields) = self.decode(&line, reader, with_fields);
            FrameView {
                line,
                decoded,
                fields,
            }
        }))
    }

    /// The frames of a device in a stretch of time, oldest first, at most so many.
    pub(super) async fn frames_between(
        &self,
        device: &PhyId,
        from: Timestamp,
        until: Timestamp,
        limit: u16,
    ) -> Result<Vec<FrameView>, AppError> {
        let mut view = self.db.view().await?;
        let lines = comm_logs::stretch(view.conn(), device, from, until, 0, limit).await?;
        drop(view);
        let reader = self.reader(device).await?;
        let frames = lines.into_iter().map(|line| {
            let (decoded, fields) = self.decode(&line, Some(&reader), false);
            FrameView {
                line,
                decoded,
                fields,
            }
        });
        Ok(frames.collect())
    }

    /// The device of an order, and the stretch of time in which its frames lie.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for a number that was never given out.
    pub async fn order_stretch(
        &self,
        order_no: OrderNo,
    ) -> Result<(PhyId, Timestamp, Timestamp), AppError> {
        let order = self.order(order_no).await?;
        let until = order.end_time.unwrap_or_else(|| self.now());
        Ok((
            order.phy_id,
            order.created_at - BEFORE_ORDER,
            until + AFTER_ORDER,
        ))
    }

    async fn reader(&self, phy_id: &PhyId) -> Result<Reader, AppError> {
        let live = self.live.read(phy_id, |live| Reader {
            protocol: Some(live.protocol.clone()),
            profile: live.profile.clone(),
        });
        if let Some(reader) = live {
            return Ok(reader);
        }
        let mut view = self.db.view().await?;
        let row = devices::find_by_phy_id(view.conn(), phy_id).await?;
        Ok(row.map_or_else(
            || Reader {
                protocol: None,
                profile: Profile::default(),
            },
            |row| Reader {
                protocol: row
                    .protocol
                    .and_then(|name| self.protocols.find(&name).cloned()),
                profile: row.profile,
            },
        ))
    }

    fn decode(
        &self,
        line: &CommLog,
        reader: Option<&Reader>,
        with_fields: bool,
    ) -> (Option<Value>, Option<Value>) {
        let Ok(frame) = hex::decode(&line.raw_hex) else {
            return (None, None);
        };
        let direction = if line.direction == "down" {
            Direction::Down
        } else {
            Direction::Up
        };
        let stranger = Profile::default();
        let profile = reader.map_or(&stranger, |reader| &reader.profile);
        let read = |protocol: &Arc<dyn Protocol>| {
            let text = protocol.describe(&frame, direction, profile)?;
            let fields = with_fields.then(|| protocol.fields(&frame, direction, profile));
            Some((text, fields.flatten()))
        };
        let said = match reader.and_then(|reader| reader.protocol.as_ref()) {
            Some(protocol) => read(protocol),
            // A stranger's bytes: whichever protocol recognises them.
            None => self
                .protocols
                .iter()
                .filter(|protocol| protocol.detect(&frame) != Detection::No)
                .find_map(read),
        };
        let json = |text: String| serde_json::from_str(&text).ok();
        let (decoded, fields) = said.map_or((None, None), |(text, fields)| (Some(text), fields));
        (decoded.and_then(json), fields.and_then(json))
    }

    /// Takes apart what somebody has pasted: a frame of any protocol, a capture of many.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for what is no bytes, and for a protocol that there is not.
    pub fn take_apart(&self, text: &str, protocol: Option<&str>) -> Result<Value, AppError> {
        let read = self.outside.frames.read(text, protocol);
        read.map_err(|unread| {
            let (field, problem) = match unread {
                Unread::Text(problem) => ("hex", problem),
                Unread::Protocol(problem) => ("protocol", problem),
            };
            AppError::Invalid {
                field: field.to_owned(),
                problem,
            }
        })
    }
}
