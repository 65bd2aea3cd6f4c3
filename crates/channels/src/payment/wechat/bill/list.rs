//! The lists as files: comma-separated, every value behind a backtick so that spreadsheets do not
//! take numbers for numbers; a line of names, the entries, a line of names of totals, the totals.
//! Columns are found by their names, for the platform has changed them before.

use crate::payment::bill::{BillEntry, EntryKind, Flow};
use crate::payment::error::ChannelError;
use crate::payment::moment::parse_civil;
use crate::payment::rules::cut_chars;
use crate::payment::yuan::Millifen;
use kernel::{Fen, Timestamp};
use std::collections::HashMap;

/// The names that begin the line of totals.
const TOTALS: [&str; 2] = ["总交易单数", "资金流水总笔数"];

/// A line's values by the names of its columns.
struct Row<'a> {
    columns: &'a HashMap<String, usize>,
    values: Vec<&'a str>,
    line: usize,
}

impl<'a> Row<'a> {
    /// The value of the first of these columns that there is.
    fn find(&self, names: &[&str]) -> Option<&'a str> {
        let mut places = names.iter().filter_map(|name| self.columns.get(*name));
        self.values.get(*places.next()?).copied()
    }

    fn text(&self, names: &[&str]) -> Result<&'a str, ChannelError> {
        self.find(names).ok_or_else(|| self.broken(names))
    }

    fn yuan(&self, names: &[&str]) -> Result<Millifen, ChannelError> {
        let parsed = Millifen::parse(self.text(names)?);
        parsed.ok_or_else(|| self.broken(names))
    }

    fn fen(&self, names: &[&str]) -> Result<Fen, ChannelError> {
        let exact = self
            .yuan(names)?
            .exact()
            .map(|fen| Fen(fen.0.saturating_abs()));
        exact.ok_or_else(|| self.broken(names))
    }

    fn count(&self, names: &[&str]) -> Result<usize, ChannelError> {
        let parsed = self.text(names)?.parse();
        parsed.map_err(|_| self.broken(names))
    }

    fn moment(&self, names: &[&str]) -> Result<Timestamp, ChannelError> {
        parse_civil(self.text(names)?).ok_or_else(|| self.broken(names))
    }

    fn broken(&self, names: &[&str]) -> ChannelError {
        let column = names.first().copied().unwrap_or_default();
        ChannelError::Malformed(format!("bill, line {}, column {column}", self.line))
    }
}

/// A file taken apart.
struct Sheet<'a> {
    columns: HashMap<String, usize>,
    lines: Vec<(usize, &'a str)>,
    total_columns: HashMap<String, usize>,
    totals: Option<(usize, &'a str)>,
}

impl<'a> Sheet<'a> {
    fn read(text: &'a str) -> Result<Self, ChannelError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line));
        let mut lines = lines.filter(|(_, line)| !line.trim().is_empty());
        let (_, head) = lines
            .next()
            .ok_or_else(|| ChannelError::malformed("an empty bill"))?;
        let mut sheet = Sheet {
            columns: names(head),
            lines: Vec::new(),
            total_columns: HashMap::new(),
            totals: None,
        };
        for (number, line) in lines {
            if TOTALS
                .iter()
                .any(|name| line.trim_start_matches('`').starts_with(name))
            {
                sheet.total_columns = names(line);
            } else if sheet.total_columns.is_empty() {
                sheet.lines.push((number, line));
            } else {
                sheet.totals = Some((number, line));
            }
        }
        if sheet.totals.is_none() {
            return Err(ChannelError::malformed("a bill without totals: cut off"));
        }
        Ok(sheet)
    }

    fn rows(&'a self) -> impl Iterator<Item = Row<'a>> {
        self.lines.iter().map(|(number, line)| Row {
            columns: &self.columns,
            values: values(line),
            line: *number,
        })
    }

    fn totals(&'a self) -> Result<Row<'a>, ChannelError> {
        let totals = self.totals.as_ref();
        let (number, line) =
            totals.ok_or_else(|| ChannelError::malformed("a bill without totals"))?;
        Ok(Row {
            columns: &self.total_columns,
            values: values(line),
            line: *number,
        })
    }
}

fn names(line: &str) -> HashMap<String, usize> {
    // Names come with brackets of either width.
    let plain = |name: &str| {
        let name = name.trim().trim_start_matches('`');
        name.replace('（', "(").replace('）', ")")
    };
    let names = line.split(',').enumerate();
    names.map(|(index, name)| (plain(name), index)).collect()
}

/// The backtick tells a comma between values from one inside a value.
fn values(line: &str) -> Vec<&str> {
    let line = line.trim();
    let line = line.strip_prefix('`').unwrap_or(line);
    line.split(",`").map(str::trim).collect()
}

/// Adds up a column.
#[derive(Default)]
struct Sum(Millifen);

impl Sum {
    fn add(&mut self, value: Millifen) -> Result<(), ChannelError> {
        let sum = self.0.checked_add(value);
        self.0 = sum.ok_or_else(|| ChannelError::malformed("a bill's sum that does not fit"))?;
        Ok(())
    }

    fn must_be(&self, stated: Millifen, what: &str) -> Result<(), ChannelError> {
        if self.0 == stated {
            Ok(())
        } else {
            let text = format!("a bill whose entries do not add up to its {what}");
            Err(ChannelError::Malformed(text))
        }
    }
}

fn count_must_be(count: usize, stated: usize) -> Result<(), ChannelError> {
    if count == stated {
        Ok(())
    } else {
        Err(ChannelError::malformed(format!(
            "a bill of {stated} entries with {count} lines"
        )))
    }
}

/// Reads 交易账单 of type ALL.
pub(super) fn read_trade(text: &str) -> Result<Vec<BillEntry>, ChannelError> {
    const PAID: [&str; 3] = ["订单金额", "应结订单金额", "总金额"];
    const BACK: [&str; 2] = ["申请退款金额", "退款金额"];
    const FEE: [&str; 1] = ["手续费"];
    let sheet = Sheet::read(text)?;
    let (mut paid, mut back, mut fees) = (Sum::default(), Sum::default(), Sum::default());
    let mut entries = Vec::with_capacity(sheet.lines.len());
    for row in sheet.rows() {
        paid.add(row.yuan(&PAID)?)?;
        back.add(row.yuan(&BACK)?)?;
        fees.add(row.yuan(&FEE)?)?;
        let (kind, flow, our_no, channel_no, amount) = match row.text(&["交易状态"])? {
            "SUCCESS" => (
                EntryKind::Payment,
                Flow::In,
                row.text(&["商户订单号"])?,
                row.text(&["微信订单号"])?,
                row.fen(&PAID)?,
            ),
            "REFUND" => (
                EntryKind::Refund,
                Flow::Out,
                row.text(&["商户退款单号"])?,
                row.text(&["微信退款单号"])?,
                row.fen(&BACK)?,
            ),
            "REVOKED" => (
                EntryKind::Other,
                Flow::Out,
                row.text(&["商户订单号"])?,
                row.text(&["微信订单号"])?,
                row.fen(&BACK)?,
            ),
            other => {
                let state = cut_chars(other, 32);
                let what = format!("bill, line {}: state {state}", row.line);
                return Err(ChannelError::Malformed(what));
            }
        };
        entries.push(BillEntry {
            kind,
            flow,
            our_no: our_no.to_owned(),
            channel_no: channel_no.to_owned(),
            amount,
            fee: row.yuan(&FEE)?.rounded(),
            at: row.moment(&["交易时间"])?,
        });
    }
    let totals = sheet.totals()?;
    count_must_be(entries.len(), totals.count(&["总交易单数"])?)?;
    let stated = totals.yuan(&["订单总金额", "应结订单总金额", "总交易额"])?;
    paid.must_be(stated, "payments")?;
    let stated = totals.yuan(&["申请退款总金额", "退款总金额", "总退款金额"])?;
    back.must_be(stated, "refunds")?;
    fees.must_be(totals.yuan(&["手续费总金额"])?, "fees")?;
    Ok(entries)
}

/// Reads 资金账单 of the basic account.
pub(super) fn read_fund_flow(text: &str) -> Result<Vec<BillEntry>, ChannelError> {
    const AMOUNT: [&str; 2] = ["收支金额(元)", "收支金额"];
    let sheet = Sheet::read(text)?;
    let (mut income, mut expense) = (Sum::default(), Sum::default());
    let mut entries = Vec::with_capacity(sheet.lines.len());
    for row in sheet.rows() {
        let flow = match row.text(&["收支类型"])? {
            "收入" => Flow::In,
            "支出" => Flow::Out,
            _ => return Err(row.broken(&["收支类型"])),
        };
        let sum = match flow {
            Flow::In => &mut income,
            Flow::Out => &mut expense,
        };
        sum.add(row.yuan(&AMOUNT)?)?;
        entries.push(BillEntry {
            kind: kind_of(row.text(&["业务名称"])?, row.text(&["业务类型"])?),
            flow,
            our_no: row.text(&["业务凭证号"])?.to_owned(),
            channel_no: row.text(&["微信支付业务单号"])?.to_owned(),
            amount: row.fen(&AMOUNT)?,
            fee: Fen::ZERO,
            at: row.moment(&["记账时间"])?,
        });
    }
    let totals = sheet.totals()?;
    count_must_be(entries.len(), totals.count(&["资金流水总笔数"])?)?;
    income.must_be(totals.yuan(&["收入金额"])?, "income")?;
    expense.must_be(totals.yuan(&["支出金额"])?, "expense")?;
    Ok(entries)
}

/// What a movement was, by the platform's words for it.
fn kind_of(name: &str, class: &str) -> EntryKind {
    let says = |word: &str| name.contains(word) || class.contains(word);
    // Fees first: theirs are called after what they were taken for.
    if says("手续费") {
        EntryKind::Fee
    } else if says("退款") {
        EntryKind::Refund
    } else if says("转账") || says("企业付款") {
        EntryKind::Transfer
    } else if says("交易") {
        EntryKind::Payment
    } else {
        EntryKind::Other
    }
}

#[cfg(test)]
mod tests;
