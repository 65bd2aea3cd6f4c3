-- What the staff looks for orders by, so that a page of ten million orders is found at once. None
-- of these columns changes while a charge runs.

create index orders_by_source on orders (source, id);
create index orders_by_pay_status on orders (pay_status, id) where pay_status is not null;
-- The last six digits of a number, which is what people read out.
create index orders_by_ending on orders (substr(order_no, 11), id);
