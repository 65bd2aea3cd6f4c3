//! Is the program well? What memory, the database and the open alarms say about the program itself,
//! in the words of the staff.
//!
//! A report never fails: a database that is away is the first thing that it tells.

mod memory;
mod page;
mod stored;

pub(crate) use memory::Writes;
pub use page::health_page;

use crate::App;
use domain::health::{Condition, Level, Words, overall, sort};
use kernel::Timestamp;
use std::time::Duration;
use tokio::time::timeout;

/// The database is waited for so long.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is to be said of the program.
#[derive(Clone, Debug)]
pub struct Health {
    /// As well as the worst of its parts.
    pub level: Level,
    /// When it was looked at.
    pub at: Timestamp,
    /// When the program was started.
    pub started_at: Timestamp,
    /// Every part, the worst first.
    pub conditions: Vec<Condition>,
}

impl App {
    /// How the program is. `listening` says whether devices can connect.
    pub async fn health(&self, listening: bool) -> Health {
        let at = self.now();
        // Everything that has something to say about itself adds its conditions here.
        let mut conditions = vec![
            self.live_values_health(),
            self.connections_health(listening),
            self.backups_health(at),
        ];
        conditions.extend(self.modules_health());
        match timeout(PATIENCE, self.read_health(at)).await {
            Ok(Ok(stored)) => {
                conditions.push(self.database_health());
                conditions.extend(stored);
            }
            Ok(Err(error)) => conditions.push(self.database_away(at, &error.to_string())),
            Err(_) => conditions.push(self.database_away(at, "no answer")),
        }
        sort(&mut conditions);
        Health {
            level: overall(&conditions),
            at,
            started_at: self.started_at(),
            conditions,
        }
    }

    /// When the program was started.
    pub(crate) fn started_at(&self) -> Timestamp {
        self.listening_since()
    }

    /// What alone is to be said of everything that stands in the database.
    fn database_away(&self, at: Timestamp, error: &str) -> Condition {
        let since = self.writes.failing_since().unwrap_or(at);
        let words = Words::new(
            format!(
                "数据库无法访问（{error}）。充电继续，设备的报告会重发；新的启动被拒绝。\
                 队列、告警、通知和账目暂时无法查看"
            ),
            format!(
                "The database is away ({error}). Charging goes on and devices repeat their reports; \
                 starts are refused. Queues, alarms, notices and books cannot be seen"
            ),
        );
        Condition::bad("database", Level::Critical, Some(since), words)
    }
}
