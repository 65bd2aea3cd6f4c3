//! `openpile load`: how fast the server is, beside what this machine can do at all.

use crate::clock::SystemClock;
use clap::Args;
use kernel::Clock as _;
use simulator::load::machine::Machine;
use simulator::load::{FigureId, Plan, echo, report};
use std::io;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

/// Set in the environment of the second start, so that there is no third.
const LIMIT_RAISED: &str = "OPENPILE_LOAD_LIMIT_RAISED";

#[derive(Debug, Args)]
pub(super) struct Load {
    /// Figures to measure, for instance f4,f5; without it all of them
    #[arg(long, value_delimiter = ',', value_name = "FIGURE")]
    only: Vec<FigureId>,
    /// Writes the results into this Markdown file
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// Orders that F12 looks at: a million of them are about a gigabyte
    #[arg(long, value_name = "COUNT", default_value_t = 1_000_000,
        value_parser = clap::value_parser!(i64).range(1000..=20_000_000))]
    orders: i64,
    /// Only echoes bytes on this address: the denominator of F1 and F7
    #[arg(long, value_name = "ADDRESS", hide = true)]
    echo: Option<SocketAddr>,
}

impl Load {
    pub(super) fn run(self) -> ExitCode {
        let done = match self.echo {
            Some(address) => return super::block_on(echo_on(address)),
            None => raise_file_limit().and_then(|()| std::env::current_exe()),
        };
        match done {
            Ok(program) => super::block_on(self.measure(program)),
            Err(error) => fail(&error),
        }
    }

    async fn measure(self, program: PathBuf) -> ExitCode {
        let figures = if self.only.is_empty() {
            FigureId::ALL.to_vec()
        } else {
            self.only
        };
        let machine = Machine::here();
        println!("{}\n", machine.describe());
        let plan = Plan {
            figures,
            program,
            orders: self.orders,
            now: SystemClock.now(),
        };
        let rows = simulator::load::run(&plan, |row| println!("{}\n", report::terminal(row))).await;
        let Some(path) = self.write else {
            return ExitCode::SUCCESS;
        };
        let [year, month, day, ..] = SystemClock.now().shanghai();
        match report::write(
            &path,
            &rows,
            &machine,
            &format!("{year}-{month:02}-{day:02}"),
        ) {
            Ok(()) => {
                println!("written to {}", path.display());
                ExitCode::SUCCESS
            }
            Err(error) => fail(&error),
        }
    }
}

async fn echo_on(address: SocketAddr) -> ExitCode {
    match echo::serve(address).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn fail(error: &io::Error) -> ExitCode {
    eprintln!("{error}");
    ExitCode::FAILURE
}

/// Starts this program again with as many file descriptors as the system grants: each simulated
/// device is one. The programs that it runs inherit the limit.
fn raise_file_limit() -> io::Result<()> {
    if std::env::var_os(LIMIT_RAISED).is_some() {
        return Ok(());
    }
    let again = Command::new("sh")
        .args(["-c", "ulimit -n \"$(ulimit -H -n)\"; exec \"$@\"", "sh"])
        .arg(std::env::current_exe()?)
        .args(std::env::args_os().skip(1))
        .env(LIMIT_RAISED, "yes")
        .exec();
    Err(again)
}
