-- Whose cards and vehicles are: what a company pays for is the company's.
update cards set org_path = (select o.path from orgs o where o.id = cards.company_id)
    where company_id is not null and org_path is null;
update vehicles set org_path = (select o.path from orgs o where o.id = vehicles.company_id)
    where company_id is not null and org_path is null;

-- One card per chip. Two living cards that no reader tells apart were served to nobody.
update cards set chip_key = null where deleted_at is null and chip_key in (
    select c.chip_key from cards c where c.deleted_at is null and c.chip_key is not null
    group by c.chip_key having count(*) > 1);
drop index cards_by_chip;
create unique index cards_one_per_chip on cards (chip_key)
    where deleted_at is null and chip_key is not null;
