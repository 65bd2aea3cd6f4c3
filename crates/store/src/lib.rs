//! All SQL: one text for SQLite and PostgreSQL, one module per aggregate, migrations.
