//! Alarms in the words of the staff: one line each, and what many of them come to.

use super::{AlarmCode, Level, NoticeKind};
use kernel::Timestamp;
use std::fmt::Write as _;

/// In which language people are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Chinese.
    Chinese,
    /// English.
    English,
}

impl Language {
    /// `zh` or `en`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chinese => "zh",
            Self::English => "en",
        }
    }

    /// From `zh` or `en`.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Chinese, Self::English]
            .into_iter()
            .find(|language| language.as_str() == text)
    }
}

/// What one line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What is told of the alarm.
    pub kind: NoticeKind,
    /// How grave it is.
    pub level: Level,
    /// Its cause.
    pub code: AlarmCode,
    /// Name of its station.
    pub station: Option<String>,
    /// What it is about: the device with its port, an order, a day of a channel.
    pub object: String,
    /// When it was raised first.
    pub first_at: Timestamp,
    /// How often it was raised.
    pub count: i32,
    /// What is known besides.
    pub message: String,
}

impl AlarmCode {
    /// Its name in a language.
    pub fn title_in(self, language: Language) -> String {
        match language {
            Language::Chinese => self.title().to_owned(),
            Language::English => self.as_str().replace('_', " "),
        }
    }
}

/// Name of a level.
pub const fn level_name(level: Level, language: Language) -> &'static str {
    match (language, level) {
        (Language::Chinese, Level::Critical) => "严重",
        (Language::Chinese, Level::Warning) => "警告",
        (Language::Chinese, Level::Info) => "提示",
        (Language::English, Level::Critical) => "critical",
        (Language::English, Level::Warning) => "warning",
        (Language::English, Level::Info) => "info",
    }
}

const fn kind_name(kind: NoticeKind, language: Language) -> &'static str {
    match (language, kind) {
        (_, NoticeKind::Raised) => "",
        (Language::Chinese, NoticeKind::Repeated) => "仍未处理 ",
        (Language::Chinese, NoticeKind::Escalated) => "无人响应，已升级 ",
        (Language::Chinese, NoticeKind::Recovered) => "已恢复 ",
        (Language::English, NoticeKind::Repeated) => "still open: ",
        (Language::English, NoticeKind::Escalated) => "nobody answers: ",
        (Language::English, NoticeKind::Recovered) => "over: ",
    }
}

/// One line: `[严重] 已恢复 城东站 82210225000520/3 端口故障 11-22 08:31 短路`.
pub fn line(told: &Told, language: Language) -> String {
    let [_, month, day, hour, minute, _] = told.first_at.shanghai();
    let mut line = format!(
        "[{}] {}",
        level_name(told.level, language),
        kind_name(told.kind, language)
    );
    if let Some(station) = &told.station {
        line.push_str(station);
        line.push(' ');
    }
    let title = told.code.title_in(language);
    let _ = write!(
        line,
        "{} {title} {month:02}-{day:02} {hour:02}:{minute:02}",
        told.object
    );
    if told.count > 1 {
        let _ = write!(line, " ×{}", told.count);
    }
    if !told.message.is_empty() && told.message != told.code.title() {
        line.push(' ');
        line.push_str(&told.message.replace('\n', " "));
    }
    line
}

/// The first line of a message about these.
pub fn headline(told: &[Told], language: Language) -> String {
    let count = |level: Level| {
        let over = |one: &&Told| one.level == level && one.kind != NoticeKind::Recovered;
        told.iter().filter(over).count()
    };
    let over = told
        .iter()
        .filter(|one| one.kind == NoticeKind::Recovered)
        .count();
    if let [one] = told {
        let title = one.code.title_in(language);
        return match language {
            Language::Chinese => format!("充电平台告警：{title}"),
            Language::English => format!("Charging platform: {title}"),
        };
    }
    let mut parts = Vec::new();
    for level in [Level::Critical, Level::Warning, Level::Info] {
        let count = count(level);
        if count > 0 {
            parts.push(format!("{} {count}", level_name(level, language)));
        }
    }
    if over > 0 {
        parts.push(match language {
            Language::Chinese => format!("恢复 {over}"),
            Language::English => format!("over {over}"),
        });
    }
    let parts = parts.join("，");
    match language {
        Language::Chinese => format!("充电平台告警 {} 条：{parts}", told.len()),
        Language::English => format!("Charging platform, {} alarms: {parts}", told.len()),
    }
}

/// All lines, the gravest first, as far as they fit into so many bytes and lines; the rest is
/// counted by its cause.
pub fn lines(told: &[Told], language: Language, lines_max: usize, bytes_max: usize) -> String {
    let mut sorted: Vec<&Told> = told.iter().collect();
    sorted.sort_by_key(|one| {
        let over = one.kind == NoticeKind::Recovered;
        (over, std::cmp::Reverse(one.level), one.first_at)
    });
    let mut text = String::new();
    let mut shown = 0;
    for one in &sorted {
        let line = line(one, language);
        // The sentence about the rest needs room as well.
        if shown == lines_max || text.len() + line.len() + 400 > bytes_max {
            break;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&line);
        shown += 1;
    }
    let rest = &sorted[shown..];
    if rest.is_empty() {
        return text;
    }
    let mut causes: Vec<(AlarmCode, usize)> = Vec::new();
    for one in rest {
        match causes.iter_mut().find(|(code, _)| *code == one.code) {
            Some((_, count)) => *count += 1,
            None => causes.push((one.code, 1)),
        }
    }
    causes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let named: Vec<String> = causes
        .iter()
        .take(5)
        .map(|(code, count)| format!("{} {count}", code.title_in(language)))
        .collect();
    let named = named.join("，");
    let (count, break_) = (rest.len(), if text.is_empty() { "" } else { "\n" });
    match language {
        Language::Chinese => format!("{text}{break_}另有 {count} 条：{named}"),
        Language::English => format!("{text}{break_}and {count} more: {named}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Language, Told, headline, line, lines};
    use crate::alarm::{AlarmCode, NoticeKind};
    use kernel::Timestamp;

    fn told(code: AlarmCode, object: &str) -> Told {
        Told {
            kind: NoticeKind::Raised,
            level: code.level(),
            code,
            station: Some("城东站".to_owned()),
            object: object.to_owned(),
            first_at: Timestamp(1_729_407_600_000),
            count: 1,
            message: String::new(),
        }
    }

    #[test]
    fn one_alarm_is_one_line() {
        let mut fault = told(AlarmCode::PortFault, "82210225000520/3");
        fault.message = "short circuit".to_owned();
        assert_eq!(
            line(&fault, Language::Chinese),
            "[严重] 城东站 82210225000520/3 端口故障 10-20 15:00 short circuit"
        );
        fault.kind = NoticeKind::Recovered;
        fault.count = 4;
        assert_eq!(
            line(&fault, Language::English),
            "[critical] over: 城东站 82210225000520/3 port fault 10-20 15:00 ×4 short circuit"
        );
        let one = headline(&[fault], Language::Chinese);
        assert_eq!(one, "充电平台告警：端口故障");
    }

    #[test]
    fn a_burst_is_counted_where_it_does_not_fit() {
        let mut all: Vec<Told> = (0..1000)
            .map(|n| told(AlarmCode::DeviceOffline, &n.to_string()))
            .collect();
        all.push(told(AlarmCode::PortFault, "x"));
        let text = lines(&all, Language::Chinese, 20, 1_800);
        assert!(text.len() <= 1_800, "{}", text.len());
        assert!(text.starts_with("[严重]"), "the gravest first");
        let shown = text.lines().count() - 1;
        let rest = format!("另有 {} 条：设备离线 {}", 1001 - shown, 1001 - shown);
        assert!(text.ends_with(&rest), "{text}");
        let head = headline(&all, Language::Chinese);
        assert_eq!(head, "充电平台告警 1001 条：严重 1，警告 1000");
    }

    #[test]
    fn a_line_that_is_too_long_leaves_the_count() {
        let mut one = told(AlarmCode::PortFault, "x");
        one.message = "长".repeat(2_000);
        let text = lines(&[one], Language::Chinese, 20, 1_800);
        assert_eq!(text, "另有 1 条：端口故障 1");
    }
}
