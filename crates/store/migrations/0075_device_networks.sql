-- Networks in CIDR notation that a device may connect from; none: from anywhere.

alter table devices add column allow_networks {{json}} not null default '[]';
