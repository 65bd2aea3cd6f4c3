//! The lists as files: comma-separated, with lines of comment that begin with `#`, the totals
//! among them. Columns are found by their names.

use crate::payment::bill::{BillEntry, EntryKind, Flow};
use crate::payment::error::ChannelError;
use crate::payment::moment::parse_civil;
use crate::payment::yuan::Millifen;
use csv::{ReaderBuilder, StringRecord, Trim};
use kernel::{Fen, Timestamp};

/// What the comment behind the last entry contains.
const END: &str = "明细列表结束";

/// A line with the names of its columns.
struct Row<'a> {
    head: &'a StringRecord,
    record: StringRecord,
}

impl Row<'_> {
    fn text(&self, name: &str) -> Result<&str, ChannelError> {
        let place = self.head.iter().position(|column| column == name);
        let value = place.and_then(|place| self.record.get(place));
        value.ok_or_else(|| self.broken(name))
    }

    /// An amount, whatever its sign; an empty one is zero.
    fn amount(&self, name: &str) -> Result<Millifen, ChannelError> {
        let text = self.text(name)?;
        let text = text.trim_start_matches(['-', '+']);
        let text = if text.is_empty() { "0" } else { text };
        Millifen::parse(text).ok_or_else(|| self.broken(name))
    }

    fn fen(&self, name: &str) -> Result<Fen, ChannelError> {
        let amount = self.amount(name)?.exact();
        amount.ok_or_else(|| self.broken(name))
    }

    fn moment(&self, name: &str) -> Result<Timestamp, ChannelError> {
        parse_civil(self.text(name)?).ok_or_else(|| self.broken(name))
    }

    fn broken(&self, name: &str) -> ChannelError {
        let line = self.record.position().map_or(0, csv::Position::line);
        ChannelError::Malformed(format!("bill, line {line}, column {name}"))
    }
}

/// Reads all entries with `read`, and checks that the list is complete.
fn entries(
    text: &str,
    read: impl Fn(&Row<'_>) -> Result<BillEntry, ChannelError>,
) -> Result<Vec<BillEntry>, ChannelError> {
    if !comments(text).any(|line| line.contains(END)) {
        return Err(ChannelError::malformed("a bill without an end: cut off"));
    }
    // Names of goods may hold quotation marks that quote nothing.
    let mut reader = ReaderBuilder::new()
        .comment(Some(b'#'))
        .flexible(true)
        .quoting(false)
        .trim(Trim::All)
        .from_reader(text.as_bytes());
    let broken = |error: csv::Error| ChannelError::Malformed(format!("bill: {error}"));
    let head = plain_names(reader.headers().map_err(broken)?);
    let mut entries = Vec::new();
    for record in reader.records() {
        let row = Row {
            head: &head,
            record: record.map_err(broken)?,
        };
        if row.record.iter().all(str::is_empty) {
            continue;
        }
        // A comma inside a value would shift amounts into the wrong columns.
        if row.record.len() != head.len() {
            return Err(row.broken("all"));
        }
        entries.push(read(&row)?);
    }
    Ok(entries)
}

fn comments(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| line.starts_with('#'))
}

/// Names come with brackets of either width.
fn plain_names(head: &StringRecord) -> StringRecord {
    head.iter()
        .map(|name| name.replace('（', "(").replace('）', ")"))
        .collect()
}

/// What the comment that begins with `label` states, such as `#收入合计：2笔，共20.05元`: behind
/// the label.
fn stated<'a>(text: &'a str, label: &str) -> Option<&'a str> {
    comments(text).find_map(|line| {
        let rest = line.trim_start_matches('#').strip_prefix(label)?;
        Some(rest.trim_start_matches(['：', ':']))
    })
}

/// Compares the number of entries with what is stated.
fn check_count(text: &str, label: &str, count: usize) -> Result<(), ChannelError> {
    let stated = stated(text, label).and_then(|rest| rest.split_once('笔'));
    match stated {
        Some((stated, _)) if stated.trim() == count.to_string() => Ok(()),
        _ => Err(ChannelError::Malformed(format!(
            "a bill of {count} entries without a fitting {label}"
        ))),
    }
}

/// Compares the sum of all entries of one direction with what is stated.
fn check_sum(
    text: &str,
    label: &str,
    entries: &[BillEntry],
    flow: Flow,
) -> Result<(), ChannelError> {
    let wrong = || ChannelError::Malformed(format!("a bill without a fitting {label}"));
    let mut amounts = entries.iter().filter(|entry| entry.flow == flow);
    let sum = amounts.try_fold(Fen::ZERO, |sum, entry| sum.checked_add(entry.amount));
    let stated = stated(text, label).and_then(|rest| rest.split_once('共'));
    let (_, stated) = stated.ok_or_else(wrong)?;
    let (stated, _) = stated.split_once('元').ok_or_else(wrong)?;
    let stated = Millifen::parse(stated.trim().trim_start_matches('-'));
    let stated = stated.and_then(Millifen::exact).ok_or_else(wrong)?;
    if sum == Some(stated) {
        Ok(())
    } else {
        Err(wrong())
    }
}

fn count(entries: &[BillEntry], wanted: impl Fn(&BillEntry) -> bool) -> usize {
    entries.iter().filter(|entry| wanted(entry)).count()
}

/// Reads 业务明细.
pub(super) fn read_trade(text: &str) -> Result<Vec<BillEntry>, ChannelError> {
    let entries = entries(text, |row| {
        let fee = row.amount("服务费(元)")?.rounded();
        let channel_no = row.text("支付宝交易号")?.to_owned();
        let amount = row.fen("订单金额(元)")?;
        let at = row.moment("完成时间")?;
        match row.text("业务类型")? {
            "交易" => Ok(BillEntry {
                kind: EntryKind::Payment,
                flow: Flow::In,
                our_no: row.text("商户订单号")?.to_owned(),
                channel_no,
                amount,
                fee,
                at,
            }),
            "退款" => Ok(BillEntry {
                kind: EntryKind::Refund,
                flow: Flow::Out,
                our_no: row.text("退款批次号/请求号")?.to_owned(),
                channel_no,
                amount,
                fee: -fee,
                at,
            }),
            _ => Err(row.broken("业务类型")),
        }
    })?;
    let payments = count(&entries, |entry| entry.kind == EntryKind::Payment);
    check_count(text, "交易合计", payments)?;
    check_count(text, "退款合计", entries.len() - payments)?;
    Ok(entries)
}

/// Reads 账务明细.
pub(super) fn read_fund_flow(text: &str) -> Result<Vec<BillEntry>, ChannelError> {
    let entries = entries(text, |row| {
        let income = row.fen("收入金额(+元)")?;
        let expense = row.fen("支出金额(-元)")?;
        let (flow, amount) = match (income, expense) {
            (income, Fen::ZERO) => (Flow::In, income),
            (Fen::ZERO, expense) => (Flow::Out, expense),
            _ => return Err(row.broken("收入金额(+元)")),
        };
        Ok(BillEntry {
            kind: kind_of(row.text("业务类型")?),
            flow,
            our_no: row.text("商户订单号")?.to_owned(),
            channel_no: row.text("业务流水号")?.to_owned(),
            amount,
            fee: Fen::ZERO,
            at: row.moment("发生时间")?,
        })
    })?;
    let income = count(&entries, |entry| entry.flow == Flow::In);
    check_count(text, "收入合计", income)?;
    check_count(text, "支出合计", entries.len() - income)?;
    check_sum(text, "收入合计", &entries, Flow::In)?;
    check_sum(text, "支出合计", &entries, Flow::Out)?;
    Ok(entries)
}

/// What a movement was, by the platform's word for it.
fn kind_of(class: &str) -> EntryKind {
    if class.contains("收费") || class.contains("服务费") {
        EntryKind::Fee
    } else if class.contains("退款") {
        EntryKind::Refund
    } else if class.contains("转账") {
        EntryKind::Transfer
    } else if class.contains("在线支付") || class.contains("交易") {
        EntryKind::Payment
    } else {
        EntryKind::Other
    }
}

#[cfg(test)]
mod tests;
