//! What changes the register, and shared counts, in one step each. The texts go along every time:
//! a server that took over from another does not know what the other was taught.

use crate::register::Entry;
use redis::Cmd;

/// How long an entry stands that nobody writes again. Nodes write theirs again long before.
const ENTRY_TTL_S: i64 = 24 * 3600;

/// KEYS: session. ARGV: record, epoch, seconds.
const SESSION: &str = r"
local there = redis.call('GET', KEYS[1])
if there then
  local understood, record = pcall(cjson.decode, there)
  if understood and type(record) == 'table' and tonumber(record.epoch)
    and tonumber(record.epoch) > tonumber(ARGV[2]) then
    return 0
  end
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[3])
return 1";

/// KEYS: session. ARGV: epoch.
const SESSION_ENDED: &str = r"
local there = redis.call('GET', KEYS[1])
if not there then return 0 end
local understood, record = pcall(cjson.decode, there)
if understood and type(record) == 'table' and tonumber(record.epoch)
  and tonumber(record.epoch) > tonumber(ARGV[1]) then
  return 0
end
return redis.call('DEL', KEYS[1])";

/// KEYS: outbound. ARGV: item, seconds.
const QUEUED: &str = r"
redis.call('RPUSH', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1";

/// KEYS: outbound. ARGV: id of the command.
const DONE: &str = r"
for _, item in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  local understood, command = pcall(cjson.decode, item)
  if understood and type(command) == 'table' and tonumber(command.id) == tonumber(ARGV[1]) then
    return redis.call('LREM', KEYS[1], 1, item)
  end
end
return 0";

/// KEYS: outbound. ARGV: seconds, items.
const QUEUE: &str = r"
redis.call('DEL', KEYS[1])
for place = 2, #ARGV do redis.call('RPUSH', KEYS[1], ARGV[place]) end
if #ARGV > 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return #ARGV - 1";

/// A token bucket. KEYS: bucket. ARGV: ms per token, tokens at once. Returns 0 when there is a
/// token, else for how many ms there is none. What is kept is when the bucket will be full again.
pub(super) const BUCKET: &str = r"
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local each, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local wait = full_at + each - now - each * burst
if wait > 0 then return math.ceil(wait) end
local next = full_at + each
redis.call('SET', KEYS[1], string.format('%.3f', next), 'PX', math.ceil(next - now) + 1000)
return 0";

/// The command that makes an entry.
pub(super) fn command(entry: &Entry) -> Cmd {
    let device = entry.device();
    match entry {
        Entry::Session { epoch, record, .. } => {
            let mut cmd = evaluated(SESSION, &format!("session:{device}"));
            cmd.arg(record).arg(epoch).arg(ENTRY_TTL_S);
            cmd
        }
        Entry::SessionEnded { epoch, .. } => {
            let mut cmd = evaluated(SESSION_ENDED, &format!("session:{device}"));
            cmd.arg(epoch);
            cmd
        }
        Entry::Queued { item, .. } => {
            let mut cmd = evaluated(QUEUED, &format!("outbound:{device}"));
            cmd.arg(item).arg(ENTRY_TTL_S);
            cmd
        }
        Entry::Done { command, .. } => {
            let mut cmd = evaluated(DONE, &format!("outbound:{device}"));
            cmd.arg(command.0);
            cmd
        }
        Entry::Queue { items, .. } => {
            let mut cmd = evaluated(QUEUE, &format!("outbound:{device}"));
            cmd.arg(ENTRY_TTL_S).arg(items);
            cmd
        }
    }
}

/// A script over one key.
pub(super) fn evaluated(script: &str, key: &str) -> Cmd {
    let mut cmd = redis::cmd("EVAL");
    cmd.arg(script).arg(1).arg(key);
    cmd
}
