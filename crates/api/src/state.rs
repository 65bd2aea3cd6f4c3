use crate::access::{KeyRing, Nonces, OpenLimits};
use crate::settings::Settings;
use app::{App, AppError};
use metrics_exporter_prometheus::PrometheusHandle;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Semaphore;

/// Who calls, among a request's extensions: the other end of the connection, or whom a trusted
/// proxy there names (with port 0).
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// What the readiness probe asks of the rest of the program.
#[derive(Clone, Debug, Default)]
pub struct Readiness(Arc<AtomicBool>);

impl Readiness {
    /// Says whether devices can connect. False at first, and again when the program stops.
    pub fn set(&self, listening: bool) {
        self.0.store(listening, Ordering::Relaxed);
    }

    /// Whether devices can connect.
    pub fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Everything that handlers need. Cheap to clone.
#[derive(Clone)]
pub struct Api(Arc<Inner>);

struct Inner {
    app: Arc<App>,
    settings: Settings,
    keys: KeyRing,
    nonces: Nonces,
    open_limits: OpenLimits,
    metrics: PrometheusHandle,
    readiness: Readiness,
    live_room: Arc<Semaphore>,
}

impl Api {
    /// Brings the configured keys into the database, and reads all keys.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn new(
        app: Arc<App>,
        settings: Settings,
        metrics: PrometheusHandle,
        readiness: Readiness,
    ) -> Result<Self, AppError> {
        let keys = KeyRing::default();
        keys.bring_configured(&app, &settings).await?;
        keys.reload(&app, &settings).await?;
        Ok(Self(Arc::new(Inner {
            app,
            keys,
            nonces: Nonces::default(),
            open_limits: OpenLimits::new(settings.rates.read),
            live_room: Arc::new(Semaphore::new(settings.live.sockets_max)),
            settings,
            metrics,
            readiness,
        })))
    }

    pub(crate) fn app(&self) -> &Arc<App> {
        &self.0.app
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(crate) fn keys(&self) -> &KeyRing {
        &self.0.keys
    }

    pub(crate) fn nonces(&self) -> &Nonces {
        &self.0.nonces
    }

    pub(crate) fn open_limits(&self) -> &OpenLimits {
        &self.0.open_limits
    }

    /// Room for sockets of live pages.
    pub(crate) fn live_room(&self) -> &Arc<Semaphore> {
        &self.0.live_room
    }

    pub(crate) fn metrics(&self) -> &PrometheusHandle {
        &self.0.metrics
    }

    pub(crate) fn readiness(&self) -> &Readiness {
        &self.0.readiness
    }

    /// Reads the keys again, so that a change in the database holds at once. Runs by itself
    /// every few seconds.
    ///
    /// # Errors
    /// When the database cannot be reached; the keys stay as they were.
    pub async fn reload_keys(&self) -> Result<(), AppError> {
        self.keys().reload(self.app(), self.settings()).await
    }
}
