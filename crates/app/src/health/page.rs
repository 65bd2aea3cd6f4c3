//! The report as one page for the staff.

use super::Health;
use crate::page::{self, both, escaped, instant};
use domain::health::Level;
use std::fmt::Write as _;

/// The page: Chinese, with a switch to English.
pub fn health_page(health: &Health) -> String {
    let mut page = page::begin("平台状态 Status");
    // Writing into a string cannot fail.
    let _ = content(&mut page, health);
    page.push_str(page::END);
    page
}

fn content(page: &mut String, health: &Health) -> std::fmt::Result {
    writeln!(page, "<h1>{}</h1>", both("平台状态", "Status"))?;
    writeln!(
        page,
        "<p>{} {}</p>",
        named(health.level),
        both(
            &format!(
                "查看时间 {}，程序启动于 {}",
                instant(Some(health.at)),
                instant(Some(health.started_at))
            ),
            &format!(
                "seen at {}, running since {}",
                instant(Some(health.at)),
                instant(Some(health.started_at))
            )
        )
    )?;
    writeln!(
        page,
        "<table><tr><th>{}</th><th>{}</th><th>{}</th><th>{}</th></tr>",
        both("状态", "State"),
        both("说明", "In words"),
        both("自", "Since"),
        both("对象", "Subject"),
    )?;
    for condition in &health.conditions {
        writeln!(
            page,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td><code>{}</code></td></tr>",
            named(condition.level),
            both(&condition.words.zh, &condition.words.en),
            instant(condition.since),
            escaped(&condition.what)
        )?;
    }
    page.push_str("</table>\n");
    Ok(())
}

fn named(level: Level) -> String {
    let class = match level {
        Level::Fine => "passed",
        Level::Info => "",
        Level::Warning => "doubtful",
        Level::Critical => "failed",
    };
    let (zh, en) = level.title();
    format!("<span class=\"{class}\">{}</span>", both(zh, en))
}
