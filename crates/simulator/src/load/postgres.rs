//! A private PostgreSQL server with full durability, in a folder for temporary files.

use super::echo::free_address;
use anyhow::{Context, Result, ensure};
use std::path::PathBuf;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};

/// Runs as the database's own user until its input closes; says `ok` when the server is up.
const KEEPER: &str = r#"
bin=$1 port=$2
dir=$(mktemp -d /tmp/openpile-pg-XXXXXX) || exit 1
cd "$dir"
cleanup() {
    trap - EXIT INT TERM HUP
    "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1
    cd /
    rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP
"$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --no-locale --no-sync \
    >"$dir/initdb.log" 2>&1 </dev/null || exit 1
"$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 -o "-p $port -k $dir \
    -c listen_addresses=127.0.0.1 -c max_connections=200 -c shared_buffers=256MB \
    -c synchronous_commit=on -c fsync=on" start >"$dir/pg_ctl.log" 2>&1 </dev/null || exit 1
"$bin/createdb" -h 127.0.0.1 -p "$port" -U postgres probe || exit 1
echo ok
while read -r line; do :; done
"#;

/// The server; it ends, and its data goes, when this value is dropped.
#[derive(Debug)]
pub struct Postgres {
    port: u16,
    shell: Child,
    orders: Option<ChildStdin>,
}

impl Postgres {
    /// Makes a data folder and starts a server on it.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not come up.
    pub async fn start() -> Result<Self> {
        let bin = programs().context("PostgreSQL is not installed (scripts/install postgres)")?;
        let port = free_address()?.port();
        let mut shell = ordinary_shell()
            .args(["-c", KEEPER, "keeper"])
            .arg(bin)
            .arg(port.to_string())
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let orders = shell.stdin.take();
        let answers = shell.stdout.take().context("the shell's output")?;
        let mut line = String::new();
        BufReader::new(answers).read_line(&mut line).await?;
        ensure!(line.trim() == "ok", "PostgreSQL did not start");
        Ok(Self {
            port,
            shell,
            orders,
        })
    }

    /// The database for the server.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// The database for one-row commits.
    pub fn probe_url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/probe", self.port)
    }

    /// Stops it and waits until it is gone.
    pub async fn stop(mut self) {
        drop(self.orders.take());
        // The shell stops the server before it ends.
        let _ = self.shell.wait().await;
    }
}

/// The folder with `initdb`: Debian keeps it off the path.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut folders: Vec<PathBuf> = versions.map(|entry| entry.path().join("bin")).collect();
    folders.sort();
    folders.reverse();
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&path));
    folders
        .into_iter()
        .find(|folder| folder.join("initdb").exists())
}

/// `initdb` refuses to work for root: then the shell runs as the user `postgres`.
fn ordinary_shell() -> Command {
    let root = std::fs::read_to_string("/proc/self/status")
        .is_ok_and(|status| status.lines().any(|line| line.starts_with("Uid:\t0\t")));
    if root {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--", "sh"]);
        command
    } else {
        Command::new("sh")
    }
}
