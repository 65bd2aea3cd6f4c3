-- Which run of the program has a delivery in hand: what a dead one had is free at once.

alter table webhook_deliveries add column claimed_by {{i64}};
create index webhook_deliveries_claimed on webhook_deliveries (claimed_by) where claimed_by is not null;
