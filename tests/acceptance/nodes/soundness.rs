//! What must be true of the books whatever has happened.

use crate::harness::Nodes;

/// Order, ledger and port agree when everything is over.
pub fn assert_sound(site: &Nodes) {
    let twice = site.psql(
        "select device_id, port_no from orders where status in ('pending', 'charging') \
         group by device_id, port_no having count(*) > 1",
    );
    assert!(twice.is_empty(), "two orders on one port: {twice:?}");
    let unbalanced = site.psql(
        "select count(*) from (select journal_id from journal_lines group by journal_id \
         having sum(case when side = 'D' then amount_fen else -amount_fen end) <> 0) as broken",
    );
    assert_eq!(unbalanced, [["0"]]);
}
