use crate::invoice::Document;
use domain::invoice::InvoiceColor;
use kernel::{Fen, Timestamp};
use std::fmt::Write as _;

const STYLE: &str = "body{font-family:sans-serif;max-width:50em;margin:2em auto}\
table{border-collapse:collapse;width:100%}td,th{border:1px solid #999;padding:.3em;text-align:right}\
td:first-child,th:first-child{text-align:left}.note{color:#b00}";

/// The page of an invoice. It says that it is none.
pub(super) fn render(document: &Document, invoice_no: &str, at: Timestamp) -> String {
    let [year, month, day, ..] = at.shanghai();
    let color = match document.color {
        InvoiceColor::Blue => "",
        InvoiceColor::Red => "(红字)",
    };
    let (seller, buyer) = (&document.seller, &document.buyer);
    let mut rows = String::new();
    for line in &document.lines {
        let rate = line.item.rate_bp.0;
        // Writing to a string cannot fail.
        let _ = write!(
            rows,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}.{:02}%</td>\
             <td>{}</td></tr>",
            escaped(&line.item.name),
            line.unit.as_str(),
            line.quantity,
            line.unit_price,
            yuan(line.net),
            rate / 100,
            rate % 100,
            yuan(line.tax),
        );
    }
    format!(
        "<!doctype html><html lang=\"zh\"><meta charset=\"utf-8\">\
         <title>{invoice_no}</title><style>{STYLE}</style>\
         <h1>电子发票{color}</h1><p class=\"note\">演示用,非税务凭证</p>\
         <p>发票号码:{invoice_no}<br>开票日期:{year}-{month:02}-{day:02}</p>\
         <p>购买方:{}<br>税号:{}</p><p>销售方:{}<br>税号:{}</p>\
         <table><tr><th>项目</th><th>单位</th><th>数量</th><th>单价</th><th>金额</th>\
         <th>税率</th><th>税额</th></tr>{rows}</table>\
         <p>价税合计:¥{}(税额 ¥{})</p><p>备注:{}</p></html>",
        escaped(&buyer.title),
        escaped(buyer.tax_no.as_deref().unwrap_or_default()),
        escaped(&seller.name),
        escaped(&seller.tax_no),
        yuan(document.amount),
        yuan(document.tax),
        escaped(document.remark.as_deref().unwrap_or_default()),
    )
}

fn yuan(fen: Fen) -> String {
    let sign = if fen.0 < 0 { "-" } else { "" };
    let size = fen.0.unsigned_abs();
    format!("{sign}{}.{:02}", size / 100, size % 100)
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::{escaped, yuan};
    use kernel::Fen;

    #[test]
    fn names_cannot_be_markup() {
        assert_eq!(
            escaped("<b>'A' & \"B\""),
            "&lt;b&gt;&#39;A&#39; &amp; &quot;B&quot;"
        );
    }

    #[test]
    fn money_has_two_decimals() {
        assert_eq!([yuan(Fen(5)), yuan(Fen(-1234))], ["0.05", "-12.34"]);
    }
}
