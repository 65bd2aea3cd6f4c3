//! What the figures were measured on.

use std::fs;

/// The machine, as `/proc` describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Cores that this process may use.
    pub cores: usize,
    /// Model of the processor.
    pub processor: String,
    /// Memory in MiB.
    pub memory_mib: u64,
    /// Release of the kernel.
    pub kernel: String,
}

impl Machine {
    /// Asks the system.
    pub fn here() -> Self {
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let kib = field(&meminfo, "MemTotal").and_then(|text| text.split(' ').next()?.parse().ok());
        Self {
            cores: std::thread::available_parallelism().map_or(1, Into::into),
            processor: field(&cpuinfo, "model name")
                .unwrap_or("unknown")
                .to_owned(),
            memory_mib: kib.unwrap_or(0_u64) / 1024,
            kernel: kernel.trim().to_owned(),
        }
    }

    /// One line.
    pub fn describe(&self) -> String {
        format!(
            "{} cores, {}, {} MiB, Linux {}",
            self.cores, self.processor, self.memory_mib, self.kernel
        )
    }
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_once(':').map(|(_, value)| value.trim())
}
