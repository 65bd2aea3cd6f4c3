//! `openpile doctor`: whether what is stored hangs together, seen from outside of the program.

use crate::config::{self, Config};
use crate::wiring;
use domain::consistency::{ERROR_AFTER, Issue};
use kernel::Clock as _;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use store::alarms::{self, AlarmFilter};
use store::consistency::{self, FindingFilter};
use store::{Db, PageRequest, ledger};

/// What changed so lately may be about to be written.
const SETTLING: Duration = Duration::from_mins(2);
/// The program closes silent orders after its `stuck_timeout`; one that is this much older has
/// been left.
const LEFT_AFTER: Duration = Duration::from_mins(10);
/// Rows of one kind that are shown.
const SHOWN_MAX: u16 = 100;

#[derive(Debug, clap::Args)]
pub(super) struct Doctor {
    /// Configuration file; without it the defaults hold
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Prints one JSON document
    #[arg(long)]
    json: bool,
}

/// Something that is wrong.
struct Complaint {
    issue: String,
    object: String,
    details: String,
}

/// What a look came to.
struct Diagnosis {
    /// Names of the looks that were taken.
    looks: Vec<&'static str>,
    complaints: Vec<Complaint>,
}

impl Doctor {
    /// 0 when nothing is wrong, 1 when something is, 2 when it could not be looked at.
    pub(super) fn run(self) -> ExitCode {
        let loaded = match config::load(self.config.as_deref()) {
            Ok(loaded) => loaded,
            Err(error) => {
                eprintln!("error: {error}");
                return ExitCode::from(2);
            }
        };
        super::block_on(async {
            match examine(&loaded.config).await {
                Ok(diagnosis) => {
                    if self.json {
                        println!("{:#}", diagnosis.to_json());
                    } else {
                        diagnosis.print();
                    }
                    if diagnosis.complaints.is_empty() {
                        ExitCode::SUCCESS
                    } else {
                        ExitCode::FAILURE
                    }
                }
                Err(failure) => {
                    eprintln!("error: {failure:#}");
                    ExitCode::from(2)
                }
            }
        })
    }
}

async fn examine(config: &Config) -> anyhow::Result<Diagnosis> {
    let db = Db::connect_with(&wiring::database(config)).await?;
    let now = crate::clock::SystemClock.now();
    let mut looks = Vec::new();
    let mut complaints = Vec::new();
    let mut view = db.view().await?;

    looks.push("orders and ports agree");
    let found = consistency::check_stored(view.conn(), now - SETTLING, SHOWN_MAX).await?;
    complaints.extend(found.into_iter().map(|found| Complaint {
        issue: found.issue_type.as_str().to_owned(),
        object: found.object_id,
        details: found.details,
    }));

    looks.push("no order hangs");
    let patience = wiring::app(config).policy.stuck_timeout + LEFT_AFTER;
    let silent = consistency::silent_orders(view.conn(), now - patience, SHOWN_MAX).await?;
    complaints.extend(silent.into_iter().map(|found| Complaint {
        issue: "stuck_order".to_owned(),
        object: found.object_id,
        details: found.details,
    }));

    looks.push("no inconsistency has lasted");
    let page = PageRequest {
        page: 1,
        size: u32::from(SHOWN_MAX),
    };
    let filter = FindingFilter {
        open: true,
        ..FindingFilter::default()
    };
    let everything = domain::org::Scope::Everything;
    let open = consistency::list(view.conn(), &everything, &filter, page).await?;
    let lasting = open
        .items
        .into_iter()
        .filter(|row| row.last_seen.since(row.first_seen) >= ERROR_AFTER);
    complaints.extend(lasting.map(|row| Complaint {
        issue: format!("lasting_{}", row.issue_type.as_str()),
        object: row.object_id,
        details: format!("{} (since {})", row.details, row.first_seen.unix_seconds()),
    }));

    looks.push("no critical alarm is open");
    let filter = AlarmFilter {
        open: true,
        level: Some("C".to_owned()),
        ..AlarmFilter::default()
    };
    let critical = alarms::list(view.conn(), &filter, page).await?;
    complaints.extend(critical.items.into_iter().map(|alarm| Complaint {
        issue: format!("alarm_{}", alarm.code),
        object: alarm.object_id,
        details: alarm.message,
    }));

    looks.push("the books are right");
    let books = ledger::verify(view.conn()).await?;
    complaints.extend(books.findings.into_iter().map(|finding| {
        let sums = format!(
            "{} expected, {} found",
            finding.expected.yuan(),
            finding.found.yuan()
        );
        // What is frozen is not what the orders and withdrawals under way hold.
        let (issue, details) = if finding.rule.contains("_freeze_what_") {
            let issue = Issue::FreezeMismatch.as_str().to_owned();
            (issue, format!("{}: {sums}", finding.rule))
        } else {
            (format!("ledger_{}", finding.rule), sums)
        };
        Complaint {
            issue,
            object: finding.object,
            details,
        }
    }));
    drop(view);
    db.close().await;
    Ok(Diagnosis { looks, complaints })
}

impl Diagnosis {
    fn print(&self) {
        for look in &self.looks {
            println!("looked  {look}");
        }
        for complaint in &self.complaints {
            println!(
                "WRONG   {} {}: {}",
                complaint.issue, complaint.object, complaint.details
            );
        }
        match self.complaints.len() {
            0 => println!("nothing is wrong"),
            count => println!("{count} things are wrong"),
        }
    }

    fn to_json(&self) -> Value {
        let complaints: Vec<Value> = self
            .complaints
            .iter()
            .map(|one| json!({"issue": one.issue, "object": one.object, "details": one.details}))
            .collect();
        json!({"looks": self.looks, "wrong": complaints})
    }
}
