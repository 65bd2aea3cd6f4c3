use crate::ports::free_address;
use anyhow::{Context, Result, bail, ensure};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

/// A private PostgreSQL server on a free loopback port. It ends, and its data goes, when this
/// value is dropped or its process dies in any way: the shell that runs the server notices that
/// its input has closed.
#[derive(Debug)]
pub struct PgServer {
    port: u16,
    url: String,
    keeper: Mutex<Keeper>,
}

#[derive(Debug)]
struct Keeper {
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// Tried so often, because between choosing a free port and using it another may take it.
const START_ATTEMPTS: usize = 3;

/// Runs as the database's own user. Reads one order per line, answers each with one line.
const KEEPER: &str = r#"
bin=$1 port=$2 primary=$3
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
start() {
    "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 -o "-p $port -k $dir \
        -c listen_addresses=127.0.0.1 -c max_connections=400 -c shared_buffers=64MB \
        -c fsync=off -c full_page_writes=off" start >"$dir/pg_ctl.log" 2>&1 </dev/null
}
halt() { "$bin/pg_ctl" -D "$dir/data" -m "$1" -w stop >"$dir/stop.log" 2>&1 </dev/null; }
answer() { if "$@"; then echo ok; else echo failed; tail -n 5 "$dir/log" >&2; fi; }
promote() { "$bin/pg_ctl" -D "$dir/data" -w promote >"$dir/promote.log" 2>&1 </dev/null; }
make() {
    if [ -n "$primary" ]; then
        "$bin/pg_basebackup" -D "$dir/data" -U postgres -h 127.0.0.1 -p "$primary" \
            --write-recovery-conf --checkpoint=fast --no-sync
    else
        "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --no-locale --no-sync
    fi
}
make >"$dir/make.log" 2>&1 </dev/null || { cat "$dir/make.log" >&2; exit 1; }
answer start
while read -r order; do
    case $order in
        stop) answer halt fast ;;
        kill) answer halt immediate ;;
        start) answer start ;;
        promote) answer promote ;;
    esac
done
"#;

impl PgServer {
    /// Makes a data folder and starts a server on it. Blocks for a second or two.
    pub fn start() -> Result<Self> {
        Self::start_from(None)
    }

    /// Makes a copy of a running server, and starts one that follows it. Blocks.
    pub fn replica_of(primary: &Self) -> Result<Self> {
        Self::start_from(Some(primary.port))
    }

    fn start_from(primary: Option<u16>) -> Result<Self> {
        let bin = find_programs()?;
        let mut last = None;
        for _ in 0..START_ATTEMPTS {
            match Self::start_in(&bin, primary) {
                Ok(server) => return Ok(server),
                Err(error) => last = Some(error),
            }
        }
        Err(last.context("no attempt was made")?)
    }

    fn start_in(bin: &std::path::Path, primary: Option<u16>) -> Result<Self> {
        let port = free_address().port();
        let mut command = as_ordinary_user()?;
        let mut child = command
            .args(["-c", KEEPER, "keeper"])
            .arg(bin)
            .arg(port.to_string())
            .arg(primary.map(|port| port.to_string()).unwrap_or_default())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .current_dir("/")
            .spawn()
            .context("running the shell that keeps PostgreSQL")?;
        let orders = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().context("the shell's output")?);
        let mut keeper = Keeper {
            child,
            orders,
            answers,
        };
        keeper.await_ok().context("PostgreSQL did not start")?;
        Ok(Self {
            port,
            url: format!("postgres://postgres@127.0.0.1:{port}/postgres"),
            keeper: Mutex::new(keeper),
        })
    }

    /// URL of the administrative database; the user may create databases.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Has a replica take writes from now on. Blocks.
    pub fn promote(&self) -> Result<()> {
        self.order("promote")
    }

    /// Stops the server in order, ending all its connections. Blocks.
    pub fn stop(&self) -> Result<()> {
        self.order("stop")
    }

    /// Stops the server as a crash would. Blocks.
    pub fn kill(&self) -> Result<()> {
        self.order("kill")
    }

    /// Starts the stopped server again on the same port and data. Blocks.
    pub fn resume(&self) -> Result<()> {
        self.order("start")
    }

    fn order(&self, order: &str) -> Result<()> {
        let mut keeper = self
            .keeper
            .lock()
            .map_err(|_| anyhow::anyhow!("an earlier order failed"))?;
        let orders = keeper.orders.as_mut().context("the shell has ended")?;
        writeln!(orders, "{order}")?;
        orders.flush()?;
        keeper
            .await_ok()
            .with_context(|| format!("PostgreSQL did not obey: {order}"))
    }
}

impl Keeper {
    fn await_ok(&mut self) -> Result<()> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        ensure!(line.trim() == "ok", "the answer was {line:?}");
        Ok(())
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.orders.take());
        // The shell stops the server before it ends; nothing useful can be done if it cannot.
        let _ended = self.child.wait();
    }
}

/// The folder with `initdb` and `pg_ctl`: Debian keeps them off the path.
fn find_programs() -> Result<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| {
            entries
                .flatten()
                .map(|entry| entry.path().join("bin"))
                .collect()
        })
        .unwrap_or_default();
    folders.sort();
    folders.reverse();
    if let Some(path) = std::env::var_os("PATH") {
        folders.extend(std::env::split_paths(&path));
    }
    folders
        .into_iter()
        .find(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists())
        .context("initdb and pg_ctl are neither in PATH nor in /usr/lib/postgresql/*/bin")
}

/// `initdb` refuses to work for root: then the shell runs as the user `postgres`.
fn as_ordinary_user() -> Result<Command> {
    let id = Command::new("id")
        .arg("-u")
        .output()
        .context("asking for the user id")?;
    if String::from_utf8_lossy(&id.stdout).trim() != "0" {
        return Ok(Command::new("sh"));
    }
    let known = Command::new("id")
        .args(["-u", "postgres"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !known {
        bail!("PostgreSQL does not run as root and there is no user postgres to run it as");
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--", "sh"]);
    Ok(command)
}
