//! The report of a certification: one page that prints, without anything from elsewhere.

use super::CertificationView;
use crate::page::{self, both, escaped, instant};
use crate::{App, AppError};
use domain::certification::{Area, CertificationState, CheckCode, CheckState};
use kernel::Timestamp;
use std::fmt::Write as _;
use store::certifications::CertificationCheck;
use store::comm_logs::{self, CommLog};

/// Frames of one check that are shown.
const FRAMES_MAX: u16 = 20;

/// The first frames of a check, as they went over the wire.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// Which check.
    pub code: CheckCode,
    /// Its frames.
    pub frames: Vec<CommLog>,
}

impl App {
    /// The frames with which the checks of a certification began.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a certification.
    pub async fn certification_evidence(
        &self,
        view: &CertificationView,
    ) -> Result<Vec<Evidence>, AppError> {
        let mut found = Vec::new();
        let mut lease = self.db.view().await?;
        for check in &view.checks {
            let Some(from) = check.started_at else {
                continue;
            };
            let until = check.ended_at.unwrap_or_else(|| self.now());
            let until = Timestamp(until.0 + 1000);
            let (phy_id, from) = (&view.row.phy_id, Timestamp(from.0 - 1000));
            let frames =
                comm_logs::stretch(lease.conn(), phy_id, from, until, 0, FRAMES_MAX).await?;
            found.push(Evidence {
                code: check.code,
                frames,
            });
        }
        Ok(found)
    }
}

/// The page: Chinese, with a switch to English.
pub fn certificate_page(view: &CertificationView, evidence: &[Evidence]) -> String {
    let mut page = page::begin("设备认证报告 Certification report");
    // Writing into a string cannot fail.
    let _ = head(&mut page, view);
    let _ = areas(&mut page, view);
    let _ = table(&mut page, view);
    let _ = frames(&mut page, evidence);
    page.push_str(page::END);
    page
}

fn head(page: &mut String, view: &CertificationView) -> std::fmt::Result {
    let row = &view.row;
    writeln!(
        page,
        "<h1>{}</h1>",
        both("设备认证报告", "Certification report")
    )?;
    let (zh, en, class) = match (row.state, row.passed) {
        (CertificationState::Done, Some(true)) => ("通过", "passed", "passed"),
        (CertificationState::Done, _) => ("未通过", "not passed", "failed"),
        (CertificationState::Cancelled, _) => ("已取消", "cancelled", "failed"),
        (CertificationState::Running, _) => ("进行中", "under way", ""),
    };
    let score = row
        .score
        .map_or_else(|| "-".to_owned(), |score| format!("{score} / 100"));
    let unknown = "-".to_owned();
    let plan = &row.plan;
    let asked_zh = format!(
        "{} 秒充电 × {} 次，连续 {} 小时，稳定 {} 小时",
        plan.charge_s,
        plan.cycles,
        plan.continuous_s / 3600,
        plan.stability_s / 3600
    );
    let asked_en = format!(
        "{} charges of {} s, {} h without interruption, {} h of stability",
        plan.cycles,
        plan.charge_s,
        plan.continuous_s / 3600,
        plan.stability_s / 3600
    );
    page.push_str("<table>");
    let lines = [
        (
            both("结论", "Result"),
            format!("<span class=\"{class}\">{}</span>", both(zh, en)),
        ),
        (both("协议评分", "Protocol score"), escaped(&score)),
        (both("设备", "Device"), escaped(row.phy_id.as_str())),
        (
            both("型号", "Model"),
            escaped(row.device_model.as_ref().unwrap_or(&unknown)),
        ),
        (
            both("固件", "Firmware"),
            escaped(row.firmware_version.as_ref().unwrap_or(&unknown)),
        ),
        (
            both("协议", "Protocol"),
            escaped(row.protocol.as_ref().unwrap_or(&unknown)),
        ),
        (both("内容", "Asked for"), both(&asked_zh, &asked_en)),
        (both("开始", "Begun"), instant(Some(row.created_at))),
        (both("结束", "Ended"), instant(row.ended_at)),
        (both("操作人", "By"), escaped(&row.created_by)),
        (
            both("备注", "Note"),
            escaped(row.note.as_deref().unwrap_or("-")),
        ),
    ];
    for (name, value) in lines {
        writeln!(page, "<tr><th>{name}</th><td>{value}</td></tr>")?;
    }
    page.push_str("</table>\n");
    if !row.plan.is_full() {
        let zh = "本次试验短于认证要求，结果不能作为认证依据。";
        let en = "This trial was shorter than certification demands: it certifies nothing.";
        writeln!(page, "<p class=\"failed\">{}</p>", both(zh, en))?;
    }
    Ok(())
}

fn areas(page: &mut String, view: &CertificationView) -> std::fmt::Result {
    writeln!(
        page,
        "<h2>{}</h2><table><tr><th>{}</th><th>{}</th><th>{}</th></tr>",
        both("评分", "Score"),
        both("项目", "Area"),
        both("通过", "Passed"),
        both("分值", "Points")
    )?;
    for area in Area::ALL {
        let of_area: Vec<&CertificationCheck> = view
            .checks
            .iter()
            .filter(|check| check.code.area() == *area)
            .collect();
        let passed = of_area
            .iter()
            .filter(|check| check.state == CheckState::Passed)
            .count();
        let all = of_area.len().max(1);
        let points = usize::try_from(area.points()).unwrap_or(0);
        let (zh, en) = area.title();
        writeln!(
            page,
            "<tr><td>{}</td><td>{passed} / {}</td><td>{} / {points}</td></tr>",
            both(zh, en),
            of_area.len(),
            points * passed / all
        )?;
    }
    page.push_str("</table>\n");
    Ok(())
}

fn table(page: &mut String, view: &CertificationView) -> std::fmt::Result {
    writeln!(
        page,
        "<h2>{}</h2><table><tr><th>{}</th><th>{}</th><th>{}</th><th>{}</th></tr>",
        both("检测项", "Checks"),
        both("检测项", "Check"),
        both("结果", "Result"),
        both("时间", "Time"),
        both("数据与原因", "Figures and reason")
    )?;
    for check in &view.checks {
        let (zh, en) = check.code.title();
        let (state_zh, state_en, class) = match check.state {
            CheckState::Passed => ("通过", "passed", "passed"),
            CheckState::Failed => ("失败", "failed", "failed"),
            CheckState::Waiting => ("等待操作", "waits for an action", ""),
            CheckState::Running => ("进行中", "under way", ""),
            CheckState::Pending => ("未开始", "not begun", ""),
        };
        let asked = check.wanted.map_or_else(String::new, |wanted| {
            let (zh, en) = wanted.request();
            format!("<br>{}", both(zh, en))
        });
        let reason = check
            .reason
            .as_ref()
            .map_or_else(String::new, |reason| format!("{}<br>", escaped(reason)));
        let figures = escaped(&check.figures.to_string());
        writeln!(
            page,
            "<tr><td>{}</td><td class=\"{class}\">{}{asked}</td><td>{}<br>{}</td>\
             <td>{reason}<code>{figures}</code></td></tr>",
            both(zh, en),
            both(state_zh, state_en),
            instant(check.started_at),
            instant(check.ended_at)
        )?;
    }
    page.push_str("</table>\n");
    Ok(())
}

fn frames(page: &mut String, evidence: &[Evidence]) -> std::fmt::Result {
    writeln!(page, "<h2>{}</h2>", both("原始报文", "Frames"))?;
    for piece in evidence.iter().filter(|piece| !piece.frames.is_empty()) {
        let (zh, en) = piece.code.title();
        writeln!(page, "<details><summary>{}</summary><table>", both(zh, en))?;
        for frame in &piece.frames {
            writeln!(
                page,
                "<tr><td>{}</td><td>{}</td><td>{}</td><td><code>{}</code></td></tr>",
                instant(Some(frame.at)),
                escaped(&frame.direction),
                escaped(&frame.kind),
                escaped(&frame.raw_hex)
            )?;
        }
        page.push_str("</table></details>\n");
    }
    Ok(())
}
