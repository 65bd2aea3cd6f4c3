//! What operators hear of the cluster itself: nodes that fell silent, Redis that is away.

use super::{Cluster, Duty};
use crate::system_watch::{SYSTEM, Standing};
use crate::{App, AppError};
use domain::alarm::AlarmCode;
use std::time::Duration;
use store::alarms;
use store::cluster::runs::{self, Node};

/// Redis that is away for less is not worth an alarm.
const REDIS_AWAY: Duration = Duration::from_secs(10);

/// A node that has not come back for so long is not expected any more.
const EXPECTED_FOR: Duration = Duration::from_hours(24 * 7);

impl App {
    /// The name of something that each node has of its own.
    pub(crate) fn at_this_node(&self, object: &str) -> String {
        match &self.cluster {
            Some(cluster) => format!("{object}@{}", cluster.rules.node),
            None => object.to_owned(),
        }
    }

    /// Raises and ends the alarms about the cluster.
    ///
    /// # Errors
    /// When the database is away.
    pub(crate) async fn watch_nodes(&self) -> Result<(), AppError> {
        let Some(cluster) = &self.cluster else {
            return Ok(());
        };
        let now = self.now();
        let mut looks = vec![self.redis_standing(cluster)];
        if self.holds(Duty::SYSTEM) {
            let mut view = self.db.view().await?;
            let lost = runs::lost_nodes(view.conn(), now - EXPECTED_FOR).await?;
            let open = alarms::open_of_type(view.conn(), SYSTEM).await?;
            drop(view);
            let down = AlarmCode::NodeDown;
            let told = open.into_iter().filter(|(code, _)| code == down.as_str());
            let back = told.filter(|(_, node)| !lost.contains(node));
            looks.extend(back.map(|(_, node)| standing(down, node, None)));
            looks.extend(lost.into_iter().map(|node| standing(down, node, Some(1))));
        }
        self.tell_standing(&looks, now).await
    }

    /// The nodes of the cluster, by name; none where the program runs alone.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn nodes(&self) -> Result<Vec<Node>, AppError> {
        if self.cluster.is_none() {
            return Ok(Vec::new());
        }
        let mut view = self.db.view().await?;
        Ok(runs::nodes(view.conn()).await?)
    }

    /// Whether that is this run of the program.
    pub fn is_this(&self, node: &Node) -> bool {
        self.run() == Some(node.id)
    }

    fn redis_standing(&self, cluster: &Cluster) -> Standing {
        let up = self.bus.line().is_none_or(bus::cluster::Line::is_up);
        let mut since = cluster.redis_away_since.lock();
        let away = if up {
            *since = None;
            None
        } else {
            let steady = self.clock.steady();
            Some(steady.saturating_sub(*since.get_or_insert(steady)))
        };
        let away = away.filter(|away| *away >= REDIS_AWAY);
        let seconds = away.map(|away| i64::try_from(away.as_secs()).unwrap_or(i64::MAX));
        standing(AlarmCode::RedisDown, self.at_this_node("redis"), seconds)
    }
}

fn standing(code: AlarmCode, object: String, figure: Option<i64>) -> Standing {
    Standing {
        code,
        object,
        figure,
    }
}
