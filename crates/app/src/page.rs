//! Pages that people read and print: Chinese with a switch to English, and nothing from elsewhere.

use kernel::Timestamp;

/// What stands before the title of every page.
const BEFORE_TITLE: &str = r#"<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8">
<title>"#;

/// What stands between title and content.
const AFTER_TITLE: &str = r#"</title>
<style>
body{font:14px/1.5 "PingFang SC","Microsoft YaHei",system-ui,sans-serif;margin:2em auto;max-width:60em;padding:0 1em;color:#1a1a1a}
table{border-collapse:collapse;width:100%;margin:1em 0}
th,td{border:1px solid #bbb;padding:.35em .6em;text-align:left;vertical-align:top}
th{background:#f2f4f7}
.passed{color:#0a7a33;font-weight:600}.failed{color:#b3261e;font-weight:600}.doubtful{color:#8a5a00;font-weight:600}
code{font:12px ui-monospace,monospace;word-break:break-all}
.en{display:none}#en:checked~main .en{display:inline}#en:checked~main .zh{display:none}
label{float:right;cursor:pointer;border:1px solid #bbb;border-radius:4px;padding:.2em .8em}
#en{position:absolute;opacity:0}
#en:focus-visible~label{outline:2px solid #1a73e8}
tr,details{break-inside:avoid}
@media print{label{display:none}body{margin:0;max-width:none}details{display:block}}
</style></head><body>
<input type="checkbox" id="en"><label for="en">中文 / English</label>
<main>
"#;

/// The end of every page.
pub(crate) const END: &str = "</main></body></html>\n";

/// The beginning of a page, up to its content.
pub(crate) fn begin(title: &str) -> String {
    format!("{BEFORE_TITLE}{}{AFTER_TITLE}", escaped(title))
}

/// Words of which the page shows one or the other.
pub(crate) fn both(zh: &str, en: &str) -> String {
    format!(
        "<span class=\"zh\">{}</span><span class=\"en\" lang=\"en\">{}</span>",
        escaped(zh),
        escaped(en)
    )
}

/// Date and time in Shanghai; a dash for none.
pub(crate) fn instant(at: Option<Timestamp>) -> String {
    let Some(at) = at else {
        return "-".to_owned();
    };
    let [year, month, day, hour, minute, second] = at.shanghai();
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

/// Text that is no markup.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
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
