-- Most that a running order may hold: what its payer agreed to. Nothing: it is never held more.
alter table order_money add column limit_fen {{i64}} not null default 0;
