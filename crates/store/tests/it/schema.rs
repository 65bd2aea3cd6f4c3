//! Both engines have the same tables, columns and indexes.

use std::collections::BTreeSet;
use store::{Db, Tx};
use testkit::db::TestDb;

const SQLITE_COLUMNS: &str = "select m.name || '.' || c.name from sqlite_master m, \
     pragma_table_xinfo(m.name) c where m.type in ('table', 'view') and m.name not like 'sqlite_%' \
     and m.name <> '_sqlx_migrations'";
const POSTGRES_COLUMNS: &str = "select table_name || '.' || column_name \
     from information_schema.columns where table_schema = 'public' \
     and table_name <> '_sqlx_migrations' \
     and table_name not in (select relname from pg_class where relispartition)";
const SQLITE_INDEXES: &str = "select name from sqlite_master where type = 'index' \
     and name not like 'sqlite_%'";
const POSTGRES_INDEXES: &str = "select indexname::text from pg_indexes where schemaname = 'public' \
     and indexname not like '%_pkey' and indexname not like '%_key' \
     and tablename <> '_sqlx_migrations' \
     and tablename not in (select relname from pg_class where relispartition)";

/// The first column of all rows, as text.
async fn names(db: &Db, sqlite: &'static str, postgres: &'static str) -> BTreeSet<String> {
    let names: Vec<String> = match db.begin().await.expect("a transaction") {
        Tx::Sqlite(mut tx) => sqlx::query_scalar(sqlite).fetch_all(&mut *tx).await,
        Tx::Pg(mut tx) => sqlx::query_scalar(postgres).fetch_all(&mut *tx).await,
    }
    .expect("the catalogue is readable");
    names.into_iter().collect()
}

#[tokio::test]
async fn both_engines_have_the_same_columns_and_indexes() {
    let file = TestDb::sqlite().await.expect("SQLite");
    let server = TestDb::postgres().await.expect("PostgreSQL");
    let mut found = Vec::new();
    for db in [&file.db, &server.db] {
        found.push((
            names(db, SQLITE_COLUMNS, POSTGRES_COLUMNS).await,
            names(db, SQLITE_INDEXES, POSTGRES_INDEXES).await,
        ));
    }
    assert!(found[0].0.len() > 250, "all tables are there");
    let missing: Vec<_> = found[0].0.symmetric_difference(&found[1].0).collect();
    assert!(missing.is_empty(), "only one engine has {missing:?}");
    let missing: Vec<_> = found[0].1.symmetric_difference(&found[1].1).collect();
    assert!(missing.is_empty(), "only one engine has {missing:?}");
    file.remove().await.expect("removed");
    server.remove().await.expect("removed");
}

testkit::both_engines! {
    async fn migrating_twice_changes_nothing(db: &Db) {
        db.migrate().await.expect("a second run");
        db.ping().await.expect("it answers and can write");
    }
}
