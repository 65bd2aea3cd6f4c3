//! The real program as a child process: started from a configuration file, watched through its
//! log lines, killed and started again.

use super::wait::{PATIENCE, eventually};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// A running `openpile serve`. Killed when dropped.
pub struct Program {
    child: Child,
    launch: Launch,
    log: Arc<Log>,
}

/// How it is started.
#[derive(Clone, Debug)]
pub struct Launch {
    /// Its configuration file.
    pub config: PathBuf,
    /// Configuration by environment variables, which win over the file.
    pub variables: Vec<(String, String)>,
    /// Where standard output is copied to, as a container's log would be.
    pub log_file: PathBuf,
    /// Lets the program survive a write beyond the file size limit, which then fails like a
    /// write to a full disk.
    pub ignores_file_size_signal: bool,
}

/// Every line that the program has printed, parsed.
pub struct Log {
    lines: Mutex<Vec<Value>>,
    grown: watch::Sender<usize>,
}

impl Log {
    fn new() -> Self {
        Self {
            lines: Mutex::default(),
            grown: watch::Sender::new(0),
        }
    }

    /// All lines for which `wanted` holds, from the beginning.
    pub fn find(&self, wanted: impl Fn(&Value) -> bool) -> Vec<Value> {
        let lines = self
            .lines
            .lock()
            .expect("no test panics while it holds the log");
        lines.iter().filter(|line| wanted(line)).cloned().collect()
    }

    /// Waits for a line; panics with the tail of the log when it does not come.
    pub async fn wait(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        self.wait_after(0, what, wanted).await
    }

    /// Waits for a line behind the first `skip` ones.
    pub async fn wait_after(
        &self,
        skip: usize,
        what: &str,
        wanted: impl Fn(&Value) -> bool,
    ) -> Value {
        let mut grown = self.grown.subscribe();
        let waiting = async {
            loop {
                grown.borrow_and_update();
                if let Some(line) = self.first_after(skip, &wanted) {
                    return line;
                }
                if grown.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        let Ok(line) = tokio::time::timeout(PATIENCE, waiting).await else {
            panic!("no log line: {what}; the last ones are\n{}", self.tail());
        };
        line
    }

    fn first_after(&self, skip: usize, wanted: impl Fn(&Value) -> bool) -> Option<Value> {
        let lines = self.lines.lock().expect("as above");
        lines.iter().skip(skip).find(|line| wanted(line)).cloned()
    }

    /// The last lines, for a person: without the frames, which are most of them.
    pub fn tail(&self) -> String {
        let lines = self.lines.lock().expect("as above");
        let told = |line: &&Value| {
            let text = line["msg"].as_str().unwrap_or_default();
            !text.ends_with("frame received") && !text.ends_with("frame sent")
        };
        let mut tail: Vec<String> = lines
            .iter()
            .rev()
            .filter(told)
            .take(40)
            .map(Value::to_string)
            .collect();
        tail.reverse();
        tail.join("\n")
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.lines.lock().expect("as above").len()
    }

    fn push(&self, line: Value) {
        let mut lines = self.lines.lock().expect("as above");
        lines.push(line);
        let count = lines.len();
        drop(lines);
        self.grown.send_replace(count);
    }
}

impl Program {
    /// Starts the program and waits until it takes devices and calls.
    pub async fn start(launch: Launch) -> Self {
        let log = Arc::new(Log::new());
        let child = spawn(&launch, &log);
        let mut program = Self { child, launch, log };
        program.await_ready(0).await;
        program
    }

    /// What it has printed since its first start.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it is started; changes hold from the next start.
    pub fn launch(&mut self) -> &mut Launch {
        &mut self.launch
    }

    /// Ends it at once, as a power cut would.
    pub fn kill(&mut self) {
        self.child.kill().expect("the program is ours");
        self.child.wait().expect("a killed program can be reaped");
    }

    /// Asks it to stop and waits until it has.
    pub async fn stop(&mut self) -> ExitStatus {
        let pid = self.child.id().to_string();
        let asked = Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .expect("kill exists");
        assert!(asked.success());
        let child = &mut self.child;
        eventually("the program stops when it is asked", async || {
            child.try_wait().expect("the child is ours")
        })
        .await
    }

    /// Starts it again after [`Program::kill`] or [`Program::stop`], on the same addresses.
    pub async fn start_again(&mut self) {
        let printed = self.log.len();
        self.child = spawn(&self.launch, &self.log);
        self.await_ready(printed).await;
    }

    async fn await_ready(&mut self, skip: usize) {
        let log = self.log.clone();
        let child = &mut self.child;
        let ended = eventually("it takes calls, or ends", async || {
            if let Some(status) = child.try_wait().expect("the child is ours") {
                return Some(Some(status));
            }
            log.first_after(skip, |line: &Value| line["msg"] == "HTTP listener ready")
                .map(|_| None)
        });
        if let Some(status) = ended.await {
            panic!("it ended with {status}");
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Nothing to do about a program that is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- the program's last words ---\n{}", self.log.tail());
        }
    }
}

/// The program's file.
pub fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_openpile"))
}

fn spawn(launch: &Launch, log: &Arc<Log>) -> Child {
    let mut command = if launch.ignores_file_size_signal {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
            .arg(binary());
        shell
    } else {
        Command::new(binary())
    };
    let mut child = command
        .args(["serve", "--config"])
        .arg(&launch.config)
        .envs(launch.variables.iter().map(|(key, value)| (key, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be started");
    let complaints = child.stderr.take().expect("stderr is piped");
    let heard = log.clone();
    std::thread::spawn(move || {
        for line in BufReader::new(complaints).lines().map_while(Result::ok) {
            heard.push(serde_json::json!({"msg": "STDERR", "line": line}));
        }
    });
    let stdout = child.stdout.take().expect("stdout is piped");
    let log = log.clone();
    let copy = launch.log_file.clone();
    std::thread::spawn(move || {
        let file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(copy);
        let mut file = file.expect("the test's folder can be written");
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            // The folder is removed at the end of the test, maybe before the last lines.
            let _ = std::io::Write::write_all(&mut file, format!("{line}\n").as_bytes());
            let parsed = serde_json::from_str(&line);
            log.push(
                parsed.unwrap_or_else(|_| serde_json::json!({"msg": "NOT JSON", "line": line})),
            );
        }
    });
    child
}
