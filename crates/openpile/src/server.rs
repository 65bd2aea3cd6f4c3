//! The whole program running: database, app, webhooks, API, gateway; and its orderly end.

use crate::clock::{SharedClock, SystemClock};
use crate::cluster::{self, Running};
use crate::config::Config;
use crate::data_dir::{self, Held};
use crate::{pages, protocols, tenancy, wiring};
use anyhow::Context as _;
use api::{Api, Readiness};
use app::{App, Background, Parts};
use bus::Bus;
use channels::webhook::Dispatcher;
use gateway::Gateway;
use kernel::Clock;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::net::SocketAddr;
use std::sync::Arc;
use store::{Db, Tenancy};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::info;

/// Buckets of every `…_seconds` histogram, from half a millisecond to ten seconds.
const SECONDS: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0,
];

/// A running server.
pub struct Server {
    /// Where it takes devices.
    pub tcp: Vec<SocketAddr>,
    /// Where it takes devices that speak TLS.
    pub tcp_tls: Vec<SocketAddr>,
    /// Where it takes calls.
    pub http: SocketAddr,
    config: Config,
    db: Db,
    gateway: Arc<Gateway>,
    certificates: tls::Keeper,
    readiness: Readiness,
    background: Background,
    serving: JoinHandle<()>,
    dispatching: JoinHandle<()>,
    stop_http: CancellationToken,
    stop_webhooks: CancellationToken,
    running: Option<Running>,
    app: Arc<App>,
    stop_certificates: CancellationToken,
    stop_tenancy: CancellationToken,
    /// Goes with the server, after the database has closed.
    _held: Held,
}

impl Server {
    /// Brings everything up; devices and calls are taken when this returns.
    ///
    /// # Errors
    /// When the database cannot be opened or an address cannot be bound.
    pub async fn start(config: Config) -> anyhow::Result<Self> {
        Self::start_with(config, |outside| outside).await
    }

    /// The same, with another world outside than the configured one.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn start_with(
        config: Config,
        change: impl FnOnce(app::Outside) -> app::Outside,
    ) -> anyhow::Result<Self> {
        let metrics = install_metrics()?;
        let certificates = wiring::certificates(&config)?;
        std::fs::create_dir_all(&config.data_dir)
            .with_context(|| format!("cannot create {}", config.data_dir.display()))?;
        // Also where the database is elsewhere: end reports wait here while that is away.
        let held = data_dir::hold(&config.data_dir)?;
        let node = cluster::node(&config)?;
        let db = Db::connect_with(&wiring::database(&config))
            .await
            .context("database")?;
        let with = match &node {
            Some(_) => Tenancy::Shared,
            None => Tenancy::Alone,
        };
        let tenure = tenancy::take(&db, with).await?;
        db.migrate().await.context("database schema")?;
        info!(engine = db.engine(), "database ready");
        let (bus, rules) = match &node {
            Some(node) => (node.bus.clone(), Some(node.rules.clone())),
            None => (Bus::in_process(), None),
        };
        let mut clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let mut running = None;
        if let Some(node) = node {
            let shared = Arc::new(SharedClock::default());
            cluster::set(&db, &shared)
                .await
                .context("the database's clock")?;
            clock = shared.clone();
            running = Some(node.run(db.clone(), shared));
        }
        let alone = rules.is_none();
        let stop_tenancy = CancellationToken::new();
        tokio::spawn(tenancy::keep(
            db.clone(),
            with,
            tenure,
            stop_tenancy.clone(),
        ));
        let outside = app::Outside {
            payments: wiring::payments(&config, clock.clone()).context("payment channels")?,
            certificates: Arc::new(certificates.clone()),
            ..wiring::outside(&config, clock.clone())?
        };
        let parts = Parts {
            clock: clock.clone(),
            db: db.clone(),
            outside: change(outside),
            bus: bus.clone(),
            protocols: protocols::registry(),
            settings: app::Settings {
                cluster: rules,
                ..wiring::app(&config)
            },
        };
        let (app, background) = App::start(parts).await.context("orders of the last run")?;
        let password = config.admin.initial_password.as_ref();
        app.open_console(password.map(crate::config::Secret::expose))
            .await
            .context("accounts of the console")?;
        let stop_webhooks = CancellationToken::new();
        let stop_certificates = CancellationToken::new();
        let keeper = certificates.keeper();
        tokio::spawn(keeper.clone().run(clock.clone(), stop_certificates.clone()));
        let dispatcher = Dispatcher::new(db.clone(), bus, clock, wiring::webhooks(&config, alone))?;
        let dispatching = tokio::spawn(dispatcher.run(stop_webhooks.clone()));

        let readiness = Readiness::default();
        let listener = TcpListener::bind(config.http.listen)
            .await
            .with_context(|| format!("cannot listen on {}", config.http.listen))?;
        let http = listener.local_addr()?;
        let api = Api::new(
            app.clone(),
            wiring::api(&config),
            metrics,
            readiness.clone(),
        )
        .await?;
        let stop_http = CancellationToken::new();
        let serving = tokio::spawn(api::serve_with(
            listener,
            certificates.http.clone(),
            api,
            pages::router(),
            stop_http.clone(),
        ));

        let leaving = app.clone();
        let gateway = Gateway::new(app, wiring::gateway(&config));
        let bound = |address: &SocketAddr, endpoint: Option<&Arc<tls::Endpoint>>| {
            match endpoint {
                None => gateway.listen(*address),
                Some(endpoint) => gateway.listen_tls(*address, endpoint.clone()),
            }
            .with_context(|| format!("cannot listen on {address}"))
        };
        let plain = config.tcp.listen.iter().map(|address| bound(address, None));
        let tcp = plain.collect::<anyhow::Result<_>>()?;
        let secured = config.tcp.tls.iter().zip(&certificates.tcp);
        let tcp_tls = secured
            .flat_map(|(section, endpoint)| {
                let addresses = section.listen.iter();
                addresses.map(|address| bound(address, Some(endpoint)))
            })
            .collect::<anyhow::Result<_>>()?;
        readiness.set(true);
        info!(listen = %http, tls = certificates.http.is_some(), "HTTP listener ready");
        Ok(Self {
            tcp,
            tcp_tls,
            http,
            config,
            db,
            gateway,
            certificates: keeper,
            readiness,
            background,
            serving,
            dispatching,
            stop_http,
            stop_webhooks,
            running,
            app: leaving,
            stop_certificates,
            stop_tenancy,
            _held: held,
        })
    }

    /// Has the files of all certificates looked at now.
    pub fn renew_certificates(&self) {
        self.certificates.ask();
    }

    /// Ends it in order: no new calls, open calls and reports finish, live values are written,
    /// webhooks under way finish, the database is closed.
    pub async fn stop(self) {
        let patience = self.config.shutdown.drain_s.0;
        self.readiness.set(false);
        info!("shutting down");
        self.app.drain_cluster().await;
        if let Some(lead) = self.config.shutdown.lead_s {
            tokio::time::sleep(lead.0).await;
        }
        self.stop_http.cancel();
        self.stop_certificates.cancel();
        if tokio::time::timeout(patience, self.serving).await.is_err() {
            tracing::warn!("calls were cut off");
        }
        if !self.gateway.close(patience).await {
            tracing::warn!("some reports are unacknowledged; their devices repeat them");
        }
        self.background.stop().await;
        self.stop_webhooks.cancel();
        // The dispatcher's own timeouts bound this.
        let _ = self.dispatching.await;
        if let Some(running) = self.running {
            running.stop().await;
        }
        self.stop_tenancy.cancel();
        self.db.close().await;
        info!("stopped");
    }
}

fn install_metrics() -> anyhow::Result<PrometheusHandle> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &SECONDS)?
        .install_recorder()
        .context("metrics")?;
    let upkeep = handle.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(std::time::Duration::from_secs(5)).await;
            upkeep.run_upkeep();
        }
    });
    Ok(handle)
}
