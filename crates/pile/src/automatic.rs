use std::time::Duration;

/// A user who acts by himself: plugs in when an order has come, unplugs when it has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Automatic {
    /// From the accepted start to the plug, device time.
    pub plug_after: Duration,
    /// From the end of the charge to the unplugging, device time; `None`: the plug stays.
    pub unplug_after: Option<Duration>,
}

impl Default for Automatic {
    fn default() -> Self {
        Self {
            plug_after: Duration::from_secs(1),
            unplug_after: Some(Duration::from_secs(20)),
        }
    }
}
