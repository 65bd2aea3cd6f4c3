//! `openpile simulate`: a fleet against a server, for a while or until told, with a person or a
//! script acting as the users.

use crate::fleet::{Count, Fleet, FleetFault, FleetSetup};
use crate::script::{Next, obey};
use crate::target::{Target, TargetFault};
use std::collections::VecDeque;
use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};

/// Longest line of a script.
const LINE_MAX: usize = 4096;

/// Longest run without supervision.
pub const DURATION_MAX: Duration = Duration::from_hours(30 * 24);

/// What to simulate.
#[derive(Clone, Debug)]
pub struct Options {
    /// The server.
    pub target: SocketAddr,
    /// Whether the server may be on another machine.
    pub allow_remote: bool,
    /// The devices.
    pub fleet: FleetSetup,
    /// When to end by itself; never when `None`.
    pub duration: Option<Duration>,
    /// How often to print what has happened; never when `None`.
    pub report_every: Option<Duration>,
}

/// Why nothing is simulated.
#[derive(Debug, thiserror::Error)]
pub enum SimulateFault {
    /// Wrong server.
    #[error(transparent)]
    Target(#[from] TargetFault),
    /// Wrong devices.
    #[error(transparent)]
    Fleet(#[from] FleetFault),
    /// Too long.
    #[error("a simulation lasts at most {} days", DURATION_MAX.as_secs() / 86_400)]
    Duration,
    /// The answers cannot be written.
    #[error("cannot write: {0}")]
    Output(#[from] std::io::Error),
}

/// Runs a fleet until the time is over, `quit` is read, or `stop` comes. The end of `lines` ends
/// nothing: a fleet without a terminal runs on.
///
/// # Errors
/// When the options are impossible, or `output` cannot be written.
pub async fn run(
    options: &Options,
    lines: impl AsyncRead + Unpin,
    output: &mut impl Write,
    stop: impl Future<Output = ()>,
) -> Result<Count, SimulateFault> {
    if options
        .duration
        .is_some_and(|duration| duration > DURATION_MAX)
    {
        return Err(SimulateFault::Duration);
    }
    let target = if options.allow_remote {
        Target::anywhere(options.target)
    } else {
        Target::loopback(options.target)?
    };
    let fleet = Fleet::launch(&options.fleet, target)?;
    let devices = fleet.devices();
    if let (Some(first), Some(last)) = (devices.first(), devices.last()) {
        let count = devices.len();
        writeln!(
            output,
            "{count} devices, {} to {}; help shows what to type",
            first.id(),
            last.id()
        )?;
    }
    let acted = act(options, &fleet, lines, output, stop).await;
    let count = fleet.count();
    fleet.shutdown().await;
    acted?;
    writeln!(output, "{}", summary(&count))?;
    Ok(count)
}

async fn act(
    options: &Options,
    fleet: &Fleet,
    lines: impl AsyncRead + Unpin,
    output: &mut impl Write,
    stop: impl Future<Output = ()>,
) -> Result<(), SimulateFault> {
    let over = sleep_or_forever(options.duration);
    tokio::pin!(over, stop);
    let mut reader = BufReader::new(lines);
    let mut typed = Typed::default();
    let mut open = true;
    loop {
        let report = sleep_or_forever(options.report_every);
        tokio::select! {
            () = &mut over => return Ok(()),
            () = &mut stop => return Ok(()),
            () = report => writeln!(output, "{}", summary(&fleet.count()))?,
            read = reader.fill_buf(), if open => {
                let count = match read {
                    Ok(bytes) => typed.take_in(bytes),
                    Err(_) => 0,
                };
                open = count > 0;
                reader.consume(count);
            }
        }
        while let Some(line) = typed.next_line() {
            let (next, answer) = obey(fleet, &line).await;
            if !answer.is_empty() {
                writeln!(output, "{answer}")?;
            }
            if next == Next::Stop {
                return Ok(());
            }
        }
    }
}

/// Bytes of lines that are not complete yet, and complete ones that wait.
#[derive(Default)]
struct Typed {
    lines: VecDeque<String>,
    begun: Vec<u8>,
}

impl Typed {
    /// Takes what has been typed; what is longer than a line may be is cut off.
    fn take_in(&mut self, bytes: &[u8]) -> usize {
        for byte in bytes {
            match byte {
                b'\n' => {
                    let line = String::from_utf8_lossy(&self.begun).into_owned();
                    self.lines.push_back(line);
                    self.begun.clear();
                }
                _ if self.begun.len() < LINE_MAX => self.begun.push(*byte),
                _ => {}
            }
        }
        bytes.len()
    }

    fn next_line(&mut self) -> Option<String> {
        self.lines.pop_front()
    }
}

async fn sleep_or_forever(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => std::future::pending().await,
    }
}

fn summary(count: &Count) -> String {
    format!(
        "online {} · connects {} ({} failed) · heartbeats answered {} · starts {} · stops {} · \
         charges begun {}, ended {}, acknowledged {} · {} bytes up, {} down",
        count.online,
        count.connects,
        count.connect_failures,
        count.times_told,
        count.starts,
        count.stops,
        count.begun,
        count.ended,
        count.ends_acknowledged,
        count.bytes_up,
        count.bytes_down
    )
}
