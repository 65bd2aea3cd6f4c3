//! F12: how long the console waits for lists, tables, the first page and the big screen over many
//! orders, beside a call that asks for nothing.

use super::Plan;
use super::figure::{FigureId, Row, Verdict};
use super::fleet::{FleetPlan, PlainFleet};
use super::http::Http;
use super::numbers::{float, grouped, median, ms};
use super::postgres::Postgres;
use super::process::Folder;
use super::server::{Launcher, OPERATOR_KEYS, Server, Setup};
use anyhow::{Result, ensure};
use kernel::Timestamp;
use std::time::{Duration, Instant};
use store::many::{self, ManyOrders};
use store::{Db, DbOptions};

/// Members and stations.
const MEMBERS: i64 = 100_000;
const STATIONS: i64 = 1_000;
/// A million orders are of a month, and tables tell of them; more are of as many months, a year at
/// most, and are looked at as lists.
const PER_MONTH: i64 = 1_000_000;
const DAYS_MAX: i64 = 360;
const DAY_MS: i64 = 86_400_000;
/// Looks at each page.
const LOOKS: usize = 5;
/// Looks at the screen, as one that is watched takes them.
const POLLS: u32 = 6;
const POLL_GAP: Duration = Duration::from_secs(10);

const ROW_TARGET: Duration = Duration::from_millis(200);
const TABLE_TARGET: Duration = Duration::from_millis(500);

const LISTS: [(&str, &str); 7] = [
    ("no filter", ""),
    ("last page", "&page=500"),
    ("completed", "&status=completed"),
    ("failed", "&status=failed"),
    ("a station", "&station_id=77"),
    ("a member's number", "&phone=13000000077"),
    ("sorted by amount", "&sort=-final_amount"),
];

const TABLES: [(&str, &str); 10] = [
    ("orders by hour", "order?granularity=hour"),
    ("by day", "order?granularity=day"),
    ("by week", "order?granularity=week"),
    ("by month", "order?granularity=month"),
    ("failures", "order/failures?granularity=day"),
    ("members by day", "member?granularity=day"),
    ("members by month", "member?granularity=month"),
    ("classes", "member/classes?granularity=day"),
    ("money", "finance?granularity=day"),
    ("stations", "operation/stations?granularity=day"),
];

/// Measures on SQLite and on PostgreSQL.
///
/// What could not be measured on one of them is a row that says so.
pub async fn measure(plan: &Plan) -> Vec<Row> {
    let mut rows = Vec::new();
    for measured in [on_sqlite(plan).await, on_postgres(plan).await] {
        match measured {
            Ok(more) => rows.extend(more),
            Err(why) => rows.push(Row::not_measured(FigureId::F12, &why)),
        }
    }
    rows
}

fn setup() -> Setup {
    Setup {
        heartbeat_sample: 10,
        ..Setup::default()
    }
}

async fn on_sqlite(plan: &Plan) -> Result<Vec<Row>> {
    let folder = Folder::new("looks")?;
    let file = folder.path().join("data").join("openpile.db");
    on(
        plan,
        &folder,
        &setup(),
        file.display().to_string(),
        "SQLite",
    )
    .await
}

async fn on_postgres(plan: &Plan) -> Result<Vec<Row>> {
    let postgres = Postgres::start().await?;
    let folder = Folder::new("looks-pg")?;
    let setup = Setup {
        database_url: Some(postgres.url()),
        ..setup()
    };
    let rows = on(plan, &folder, &setup, postgres.url(), "PostgreSQL").await;
    postgres.stop().await;
    rows
}

/// A database with the orders: the server makes it and meets a device, then the orders are written.
async fn filled(launcher: &Launcher<'_>, database: String, plan: &Plan) -> Result<()> {
    let server = launcher.start().await?;
    let mut fleet = PlainFleet::new(FleetPlan {
        servers: vec![server.tcp],
        sockets: 1,
    });
    fleet.grow(1).await?;
    drop(fleet);
    server.program.kill().await?;
    let (orders, now) = (plan.orders, plan.now.0);
    let days = (orders * 30 / PER_MONTH).clamp(1, DAYS_MAX);
    let db = Db::connect_with(&DbOptions::new(database)).await?;
    let many = ManyOrders {
        orders,
        from: Timestamp(now - days * DAY_MS),
        gap_ms: days * DAY_MS / orders,
        members: MEMBERS,
        stations: STATIONS,
    };
    many::write(&db, &many).await?;
    db.close().await;
    Ok(())
}

async fn on(
    plan: &Plan,
    folder: &Folder,
    setup: &Setup,
    database: String,
    engine: &str,
) -> Result<Vec<Row>> {
    let orders = plan.orders;
    let launcher = Launcher::new(&plan.program, folder, setup)?;
    filled(&launcher, database, plan).await?;
    let server = launcher.start().await?;
    let mut http = Http::connect(server.http).await?;
    let idle = times(&mut http, "/healthz").await?;
    let beside = format!("/healthz {}", ms(idle.1));
    let conditions = |what: &str| {
        format!(
            "{engine}, {} orders, {what}",
            grouped(float(u64::try_from(orders).unwrap_or(0)))
        )
    };
    let row = |what: &str, measured: String, worst: Duration, most: Duration, target| Row {
        figure: FigureId::F12,
        conditions: conditions(what),
        measured,
        beside: beside.clone(),
        result: format!("{} at most", ms(worst)),
        target,
        verdict: Verdict::of(worst <= most),
    };
    let mut rows = Vec::new();
    let base = "/api/v1/admin/orders?size=20";
    let (told, worst) = pages(&mut http, &LISTS, base).await?;
    let what =
        format!("a page of twenty with its total; the first look, then the median of {LOOKS}");
    rows.push(row(
        &what,
        told,
        worst,
        ROW_TARGET,
        "≤ 200 ms after the first look",
    ));
    if orders <= PER_MONTH {
        let (told, worst) = pages(&mut http, &TABLES, "/api/v1/admin/analytics/").await?;
        rows.push(row(
            "tables, likewise",
            told,
            worst,
            TABLE_TARGET,
            "≤ 500 ms after the first look",
        ));
    }
    let first_page = [("the first page", "")];
    let (told, worst) = pages(&mut http, &first_page, "/api/v1/admin/dashboard").await?;
    rows.push(row(
        "the console's first page",
        told,
        worst,
        ROW_TARGET,
        "≤ 200 ms after the first look",
    ));
    rows.push(
        screen(
            &mut http,
            &server,
            conditions("every widget of the big screen"),
            beside.clone(),
        )
        .await?,
    );
    server.program.kill().await?;
    Ok(rows)
}

/// What a screen costs that polls every ten seconds.
async fn screen(
    http: &mut Http,
    server: &Server,
    conditions: String,
    beside: String,
) -> Result<Row> {
    let path = "/api/v1/admin/screen";
    let first = once(http, path).await?;
    let before = server.program.cpu()?;
    let began = Instant::now();
    let mut worst = Duration::ZERO;
    for _ in 0..POLLS {
        tokio::time::sleep(POLL_GAP).await;
        worst = worst.max(once(http, path).await?);
    }
    let used = server.program.cpu()?.saturating_sub(before);
    let share = used.as_secs_f64() / began.elapsed().as_secs_f64() * 100.0;
    Ok(Row {
        figure: FigureId::F12,
        conditions,
        measured: format!("first {}, then {} at most", ms(first), ms(worst)),
        beside,
        result: format!(
            "{share:.1} % of a core, the idle server included, at a look in ten seconds"
        ),
        target: "",
        verdict: Verdict::Information,
    })
}

/// Looks at several pages; returns what to tell of them and the slowest median.
async fn pages(http: &mut Http, pages: &[(&str, &str)], base: &str) -> Result<(String, Duration)> {
    let mut told = Vec::new();
    let mut worst = Duration::ZERO;
    for (name, path) in pages {
        let (first, usual) = times(http, &format!("{base}{path}")).await?;
        told.push(format!("{name} {}, {}", ms(first), ms(usual)));
        worst = worst.max(usual);
    }
    Ok((told.join("; "), worst))
}

/// The time of the first look, and the median of some more.
async fn times(http: &mut Http, path: &str) -> Result<(Duration, Duration)> {
    let first = once(http, path).await?;
    let mut more = Vec::with_capacity(LOOKS);
    for _ in 0..LOOKS {
        more.push(once(http, path).await?.as_secs_f64());
    }
    Ok((first, Duration::from_secs_f64(median(&more))))
}

async fn once(http: &mut Http, path: &str) -> Result<Duration> {
    let began = Instant::now();
    let answer = http.send("GET", OPERATOR_KEYS[0], path, "").await?;
    ensure!(
        answer.status == 200,
        "{path}: {} {}",
        answer.status,
        answer.body
    );
    Ok(began.elapsed())
}
