-- Invoices (数电票): what members asked for, what the issuer made of it, and how it is taken back.

-- A member's book of buyers (抬头).
create table invoice_titles (
    id {{id}},
    member_id {{i64}} not null references members (id),
    -- 81, 82.
    kind text not null,
    -- company, person.
    buyer_kind text not null,
    title text not null,
    tax_no text,
    address_phone text,
    bank_account text,
    email text,
    mobile text,
    is_default {{bool}} not null default {{false}},
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null
){{hot}};

create index invoice_titles_by_member on invoice_titles (member_id);
create unique index invoice_titles_one_default on invoice_titles (member_id) where is_default;

create table invoices (
    id {{id}},
    -- IV…: the issuer knows it by this number.
    invoice_req_no text not null,
    member_id {{i64}} references members (id),
    seller_org_id {{i64}} not null references orgs (id),
    -- Path of the seller; what an account sees begins with its own path.
    org_path text not null,
    -- domain::invoice::Seller, as it was printed.
    seller {{json}} not null,
    -- 81, 82.
    kind text not null,
    -- blue, red.
    color text not null,
    -- company, person.
    buyer_kind text not null,
    title text not null,
    tax_no text,
    address_phone text,
    bank_account text,
    email text,
    mobile text,
    -- With tax; less than nothing on a red one.
    amount_fen {{i64}} not null,
    tax_fen {{i64}} not null,
    remark text,
    -- domain::invoice::InvoiceState.
    state text not null,
    -- 20 digits, from the issuer.
    invoice_no text,
    issued_at {{timestamp}},
    -- domain::invoice::InvoiceFile.
    files {{json}} not null default '[]',
    fail_reason text,
    -- Of a red one: what it takes back. Its own number is the number of the application.
    original_req_no text,
    original_invoice_no text,
    -- Of a blue one: the reversed one in whose place it stands.
    replaces_req_no text,
    -- Of a blue one that is being reversed: 01 to 08, why, and what comes after.
    red_status text,
    red_reason text,
    after_red {{json}},
    -- Money went back while the issuer had it: to be reversed as soon as it has a number.
    red_when_issued {{bool}} not null default {{false}},
    mailed_at {{timestamp}},
    mail_error text,
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null,
    constraint invoices_invoice_req_no_key unique (invoice_req_no)
){{hot}};

create index invoices_by_member on invoices (member_id, id) where member_id is not null;
create index invoices_by_seller on invoices (org_path, id);
create index invoices_by_original on invoices (original_req_no) where original_req_no is not null;

create table invoice_items (
    invoice_req_no text not null references invoices (invoice_req_no),
    seq {{i16}} not null,
    name text not null,
    tax_code text not null,
    unit text not null,
    -- 0.00000001 of a unit; 0.00000001 yuan.
    quantity_e8 {{i64}} not null,
    price_e8 {{i64}} not null,
    net_fen {{i64}} not null,
    tax_rate_bp {{i32}} not null,
    tax_fen {{i64}} not null,
    -- 0 ordinary, 1 discount, 2 with a discount.
    line_kind {{i16}} not null,
    constraint invoice_items_pkey primary key (invoice_req_no, seq)
){{hot}};

create table invoice_orders (
    invoice_req_no text not null references invoices (invoice_req_no),
    order_no text not null references orders (order_no),
    seq {{i16}} not null,
    -- The cash of the order that the invoice shows.
    amount_fen {{i64}} not null,
    -- Whether the invoice still has it; a reversed, rejected or cancelled one does not.
    living {{bool}} not null default {{true}},
    constraint invoice_orders_pkey primary key (invoice_req_no, order_no)
){{hot}};

create unique index invoice_orders_one_living on invoice_orders (order_no) where living;

-- What is to be said to issuers and buyers. Done is deleted.
create table invoice_tasks (
    id {{id}},
    invoice_req_no text not null references invoices (invoice_req_no),
    -- issue, red, mail, text.
    kind text not null,
    -- How often it was begun.
    attempts {{i32}} not null default 0,
    -- While somebody is at it: when that is given up.
    due_at {{timestamp}} not null,
    last_error text,
    created_at {{timestamp}} not null,
    constraint invoice_tasks_invoice_req_no_kind_key unique (invoice_req_no, kind)
){{hot}};

create index invoice_tasks_due on invoice_tasks (due_at, id);
