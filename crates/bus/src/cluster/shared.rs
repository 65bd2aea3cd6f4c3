//! Counts that all nodes share. While Redis is away there are none, and each node counts for
//! itself.

use super::Line;
use super::connection::Connection;
use super::scripts::{BUCKET, evaluated};
use redis::{Cmd, ErrorKind, FromRedisValue, RedisResult};
use std::time::Duration;
use tokio::time::timeout;

/// A call is not kept waiting longer for a count.
const PATIENCE: Duration = Duration::from_millis(250);

/// What a shared token bucket says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    /// There was a token.
    Granted,
    /// There is none for so long.
    Wait(Duration),
}

impl Line {
    /// Takes a token out of the bucket of that name, which holds `burst` and gets `per_second` new
    /// ones. `None`: nobody can say.
    pub async fn take_token(&self, bucket: &str, burst: u32, per_second: f64) -> Option<Permit> {
        let each = 1000.0 / per_second.max(0.001);
        let mut cmd = evaluated(BUCKET, &format!("rl:{bucket}"));
        cmd.arg(each).arg(burst);
        let wait: u64 = self.ask(&cmd).await?;
        Some(match wait {
            0 => Permit::Granted,
            wait => Permit::Wait(Duration::from_millis(wait)),
        })
    }

    /// Remembers a nonce for so long. False when it was there already. `None`: nobody can say.
    pub async fn first_seen(&self, nonce: &str, kept: Duration) -> Option<bool> {
        let mut cmd = redis::cmd("SET");
        let kept = u64::try_from(kept.as_millis()).unwrap_or(u64::MAX).max(1);
        cmd.arg(format!("nonce:{nonce}"));
        cmd.arg(1).arg("NX").arg("PX").arg(kept);
        let set: Option<String> = self.ask(&cmd).await?;
        Some(set.is_some())
    }

    async fn ask<T: FromRedisValue>(&self, cmd: &Cmd) -> Option<T> {
        let connection = self.connection.load_full()?;
        let mut connection: Connection = (*connection).clone();
        let answer: RedisResult<T> = timeout(PATIENCE, cmd.query_async(&mut connection))
            .await
            .unwrap_or_else(|_| Err((ErrorKind::Io, "no answer in time").into()));
        match answer {
            Ok(answer) => Some(answer),
            Err(error) => {
                metrics::counter!("openpile_redis_errors_total").increment(1);
                tracing::debug!(%error, "a shared count could not be asked for");
                None
            }
        }
    }
}
