//! Reading `/metrics`.

use super::http::{Http, send};
use reqwest::Method;

/// All counters at one moment.
pub struct Metrics(String);

impl Metrics {
    /// What the program counts now.
    pub async fn of(http: &Http) -> Self {
        let answer = send(http.request(Method::GET, "/metrics")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        Self(answer.text)
    }

    /// The sum of all series of `name` whose labels contain every one of `labels`, each written
    /// as `key="value"`.
    pub fn sum(&self, name: &str, labels: &[&str]) -> f64 {
        self.0
            .lines()
            .filter_map(|line| {
                let (series, value) = line.rsplit_once(' ')?;
                let (own, own_labels) = series.split_once('{').unwrap_or((series, ""));
                let fits = own == name && labels.iter().all(|label| own_labels.contains(label));
                fits.then(|| value.parse::<f64>().ok())?
            })
            .sum()
    }

    /// Whether some series of this name has every one of these labels, whatever their values.
    pub fn has_labelled(&self, name: &str, labels: &[&str]) -> bool {
        self.0.lines().any(|line| {
            let series = line.rsplit_once(' ').map_or(line, |(series, _)| series);
            let (own, own_labels) = series.split_once('{').unwrap_or((series, ""));
            let has = |label: &&str| own_labels.contains(&format!("{label}=\""));
            own == name && labels.iter().all(has)
        })
    }

    /// Whether there is any series of this name.
    pub fn has(&self, name: &str) -> bool {
        self.0.lines().any(|line| {
            line.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with(['{', ' ']))
        })
    }
}
