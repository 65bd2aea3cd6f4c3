//! What the server says of itself at `/metrics`.

use super::http::Http;
use anyhow::{Result, ensure};
use std::net::SocketAddr;

/// One reading.
#[derive(Clone, Debug)]
pub struct Metrics(String);

impl Metrics {
    /// Asks the server.
    ///
    /// # Errors
    /// When it does not tell.
    pub async fn read(server: SocketAddr) -> Result<Self> {
        let answer = Http::connect(server).await?.call("/metrics", "").await?;
        ensure!(answer.status == 200, "/metrics: {}", answer.status);
        Ok(Self(answer.body))
    }

    /// All samples of this name added up; only those with this label, written `name="value"`,
    /// if one is given. Zero when nothing has been counted yet.
    pub fn sum(&self, name: &str, label: Option<&str>) -> f64 {
        let values = self.0.lines().filter_map(|line| {
            let rest = line.strip_prefix(name)?;
            let (labels, value) = rest.rsplit_once(' ')?;
            let fits = label.is_none_or(|label| labels.contains(label));
            let whole = labels.is_empty() || labels.starts_with('{');
            (fits && whole).then(|| value.parse::<f64>().ok())?
        });
        values.sum()
    }
}

#[cfg(test)]
mod tests {
    use super::Metrics;

    #[test]
    fn samples_add_up() {
        let text = "# TYPE frames counter\nframes{protocol=\"bkv\",valid=\"true\"} 7\n\
                    frames{protocol=\"ykc\",valid=\"true\"} 5\n\
                    frames{protocol=\"ykc\",valid=\"false\"} 1\nframes_other 100\nqueue 2.5\n";
        let metrics = Metrics(text.to_owned());
        assert!((metrics.sum("frames", Some("valid=\"true\"")) - 12.0).abs() < 1e-9);
        assert!((metrics.sum("frames", None) - 13.0).abs() < 1e-9);
        assert!((metrics.sum("queue", None) - 2.5).abs() < 1e-9);
        assert!(metrics.sum("missing", None).abs() < 1e-9);
    }
}
