use crate::fixtures::{NOW, number};
use domain::order::OrderSource;
use std::collections::BTreeSet;
use std::sync::Arc;
use store::Db;
use store::order_sequences::{self, OrderNumbers};

testkit::both_engines! {
    async fn numbers_count_up_within_a_second(db: &Db) {
        assert_eq!(number(db).await.as_str(), "THD1729407600001");
        assert_eq!(number(db).await.as_str(), "THD1729407600002");
        let mut lease = db.direct().await.expect("a connection");
        let card = order_sequences::next(lease.conn(), OrderSource::Card, NOW).await.expect("ok");
        assert_eq!(card.as_str(), "CRD1729407600001", "every prefix counts for itself");
        let next = kernel::Timestamp(NOW.0 + 1000);
        let later = order_sequences::next(lease.conn(), OrderSource::Third, next).await;
        assert_eq!(later.expect("ok").as_str(), "THD1729407601001");
        let back = order_sequences::next(lease.conn(), OrderSource::Third, NOW).await;
        assert_eq!(back.expect("ok").as_str(), "THD1729407601002", "a clock set back repeats none");
    }

    async fn a_full_second_flows_into_the_next(db: &Db) {
        let mut lease = db.direct().await.expect("a connection");
        let mut all = BTreeSet::new();
        for _ in 0..2000 / 50 {
            let some = order_sequences::reserve(lease.conn(), OrderSource::Third, NOW, 50).await;
            all.extend(some.expect("ok").into_iter().map(|number| number.to_string()));
        }
        assert_eq!(all.len(), 2000, "none twice");
        assert!(all.contains("THD1729407600950"));
        assert!(all.contains("THD1729407601001"));
        assert!(all.contains("THD1729407602001"));
        for _ in 0..1000 {
            let one = order_sequences::next(lease.conn(), OrderSource::Test, NOW).await;
            all.insert(one.expect("ok").to_string());
        }
        assert!(all.contains("TST1729407600999"));
        assert!(all.contains("TST1729407601001"));
    }

    /// Fifty starts at once, each in its own transaction.
    async fn parallel_numbers_are_distinct(db: &Db) {
        let numbers = Arc::new(OrderNumbers::new(db));
        let mut starts = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let (db, numbers) = (db.clone(), Arc::clone(&numbers));
            starts.spawn(async move {
                let mut tx = db.begin().await.expect("a transaction");
                let number = numbers.next(tx.conn(), OrderSource::Third, NOW).await.expect("ok");
                tx.commit().await.expect("committed");
                number
            });
        }
        let distinct: BTreeSet<_> = starts.join_all().await.into_iter().collect();
        assert_eq!(distinct.len(), 50);
    }
}
