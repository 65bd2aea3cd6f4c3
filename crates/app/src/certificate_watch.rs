//! The certificates of our own listeners: until when they are valid, and who is told when that is
//! not long any more.

use crate::system_watch::{SYSTEM, Standing};
use crate::{App, AppError};
use domain::alarm::AlarmCode;
use kernel::Timestamp;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;
use store::alarms;
use tracing::warn;

/// Somebody is told of a certificate that has fewer days left.
const DAYS_MIN: i64 = 14;
/// A line about it is written so often.
const LINE_EVERY: Duration = Duration::from_hours(24);
const MS_OF_DAY: i64 = 86_400_000;

/// A certificate of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Where it stands in the configuration.
    pub name: String,
    /// When it expires.
    pub expires_at: Timestamp,
}

impl Certificate {
    /// Whole days until it expires; negative when it has.
    fn days_left(&self, now: Timestamp) -> i64 {
        (self.expires_at.0 - now.0).div_euclid(MS_OF_DAY)
    }
}

/// Whoever knows our certificates.
pub trait Certificates: Debug + Send + Sync + 'static {
    /// Those in force.
    fn certificates(&self) -> Vec<Certificate>;
}

/// Listeners that speak no TLS.
#[derive(Debug)]
pub struct NoCertificates;

impl Certificates for NoCertificates {
    fn certificates(&self) -> Vec<Certificate> {
        Vec::new()
    }
}

/// Shared by all who look.
pub type SharedCertificates = Arc<dyn Certificates>;

/// When a line was last written about each certificate.
pub(crate) type CertificateLines = Mutex<HashMap<String, Timestamp>>;

impl App {
    /// What is to be said of this node's certificates. One that is not there any more ends its
    /// alarm.
    ///
    /// # Errors
    /// When the database is away.
    pub(crate) async fn certificate_looks(
        &self,
        now: Timestamp,
    ) -> Result<Vec<Standing>, AppError> {
        let standing = |object, figure| Standing {
            code: AlarmCode::CertificateExpiring,
            object,
            figure,
        };
        let seen = self.watch_certificates(now).into_iter();
        let mut looks: Vec<Standing> = seen
            .map(|(name, days)| standing(self.at_this_node(&name), days))
            .collect();
        let mut view = self.db.view().await?;
        let open = alarms::open_of_type(view.conn(), SYSTEM).await?;
        drop(view);
        let ours = self.at_this_node("");
        for (code, object) in open {
            let is_gone = code == AlarmCode::CertificateExpiring.as_str()
                && object.ends_with(&ours)
                && !looks.iter().any(|look| look.object == object);
            if is_gone {
                looks.push(standing(object, None));
            }
        }
        Ok(looks)
    }

    /// Each certificate, with the days that it has left if they are few.
    fn watch_certificates(&self, now: Timestamp) -> Vec<(String, Option<i64>)> {
        let certificates = self.outside.certificates.certificates();
        let look = |certificate: Certificate| {
            let days = certificate.days_left(now);
            #[expect(
                clippy::cast_precision_loss,
                reason = "days until the end of a certificate"
            )]
            metrics::gauge!("openpile_certificate_days_left",
                "certificate" => certificate.name.clone())
            .set(days as f64);
            let few = days < DAYS_MIN;
            if few {
                self.write_line(&certificate, days, now);
            }
            (certificate.name, few.then_some(days))
        };
        certificates.into_iter().map(look).collect()
    }

    fn write_line(&self, certificate: &Certificate, days: i64, now: Timestamp) {
        let mut lines = self.certificate_lines.lock();
        let last = lines.get(&certificate.name);
        if last.is_some_and(|last| now.since(*last) < LINE_EVERY) {
            return;
        }
        lines.insert(certificate.name.clone(), now);
        warn!(
            certificate = certificate.name,
            days_left = days,
            "a certificate expires soon"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::Certificate;
    use kernel::Timestamp;

    #[test]
    fn days_are_whole_ones() {
        let certificate = Certificate {
            name: "http.tls".to_owned(),
            expires_at: Timestamp::from_unix_seconds(10 * 86_400),
        };
        let left = |seconds| certificate.days_left(Timestamp::from_unix_seconds(seconds));
        assert_eq!(left(0), 10);
        assert_eq!(left(1), 9);
        assert_eq!(left(10 * 86_400), 0);
        assert_eq!(left(10 * 86_400 + 1), -1);
    }
}
