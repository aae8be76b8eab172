# shellcheck shell=bash
# Part `history`: settling and checking beside a long past. ROWS=10000000 for the full size. To be sourced after charging.sh.

ROWS=${ROWS:-1000000}
SETTLEMENTS_OF_HISTORY=16000
UNMEASURED_OF_HISTORY=12000 # the first since the checkpoint: they read cold pages and log them whole

# make_history DATABASE ROWS: 10,000 users and so many billed calls of theirs, with their ledger.
make_history() {
  PGDATABASE=postgres sql -c "CREATE DATABASE $1"
  PGDATABASE=$1 sql -v deck="$(<rates/rates.csv)" -v rows="$2" -f bench/sql/history.sql
}

# settle_p99 DATABASE: microseconds.
settle_p99() {
  local -x PGDATABASE=$1
  CLIENTS=1 open_calls "$SETTLEMENTS_OF_HISTORY"
  sql -c CHECKPOINT
  SKIP=$UNMEASURED_OF_HISTORY PGOPTIONS=$(session_options off worldtune) latencies "$CLIENT_ROLE" -c 1 -t "$SETTLEMENTS_OF_HISTORY" -D n="$OPENED" -f bench/pgbench/settle.sql |
    percentile 99
}

long_history() {
  sample history.p99 ours "$(settle_p99 history_long)"
}

short_history() {
  sample history.p99 peer "$(settle_p99 history_short)"
}

# Milliseconds for a million calls.
check_books() {
  local -x PGDATABASE=history_long answer
  answer=$(sql <<<'\timing on
    SELECT invariant, detail FROM worldtune.check_integrity();')
  [[ $answer == Time:* ]] || die "the books of the benchmark are wrong: $answer"
  sample history.integrity ours "$(awk -v rows="$ROWS" '/^Time:/ { print $2 * 1000000 / rows }' <<<"$answer")"
}

# Milliseconds a call, of a thousand from all over the past; the session has explained one before.
explain_bills() {
  local -x PGDATABASE=history_long
  sample history.explain ours "$(sql -v rows="$ROWS" <<<"CREATE TEMPORARY TABLE bills AS
      SELECT user_id, call_sid FROM generate_series(1, 1000) n JOIN call_logs ON id = md5((1 + n * 997 % :rows)::text)::uuid;
    SELECT count(e) FROM (TABLE bills LIMIT 1) s, worldtune.user_explain_charge(user_id, call_sid) e \\g /dev/null
    \\timing on
    SELECT count(e) FROM bills, worldtune.user_explain_charge(user_id, call_sid) e \\g /dev/null" | awk '/^Time:/ { print $2 / 1000 }')"
}

run_history() {
  local round
  step "Making histories of 10,000 and of $ROWS calls"
  sql -v rows="$ROWS" <<<"UPDATE bench.figures SET figure = format('settle, 99th percentile, %s calls', bench.show(:rows, NULL)) WHERE key = 'history.p99'"
  make_history history_short 10000
  make_history history_long "$ROWS"
  step 'Checking the books, settling beside them'
  check_books
  progress history.integrity
  for round in 1 2 3; do
    explain_bills
  done
  progress history.explain
  OPENED=0
  for round in {1..7}; do
    alternate "$round" long_history short_history
    OPENED=$((OPENED + SETTLEMENTS_OF_HISTORY))
  done
  progress history.p99
}
