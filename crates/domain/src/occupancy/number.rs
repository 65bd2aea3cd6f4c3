use kernel::Timestamp;

/// The number of an occupancy: `OC`, the second in Beijing time, a sequence of six digits and a
/// shard of two: 24 characters, unique as long as the count is.
pub fn occupancy_no(at: Timestamp, count: u64) -> String {
    let [year, month, day, hour, minute, second] = at.shanghai();
    let sequence = count % 1_000_000;
    let shard = count / 1_000_000 % 100;
    format!("OC{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}{sequence:06}{shard:02}")
}
