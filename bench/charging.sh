# shellcheck shell=bash
# Parts `charging`, `settling` and `contention`: calls a second. To be sourced after measure.sh.

ROUNDS=${ROUNDS:-3}
SECONDS_A_RUN=${SECONDS_A_RUN:-4}

# The everyday deck, users with credit, the peer in PL/pgSQL, and pgbench's own tables.
make_users() {
  [[ -z ${USERS_ARE_MADE:-} ]] || return 0
  step 'Making users, the country deck and the peers'
  sql -v deck="$(<rates/rates.csv)" <<<"SELECT worldtune.import_rates(:'deck', 'country') \g /dev/null"
  sql -f bench/sql/charging.sql -f bench/sql/peer.sql -f bench/sql/minimal.sql
  quietly pgbench-init as_superuser "$(pg_program pgbench)" -i -q -s 10
  warm_up
  USERS_ARE_MADE=yes
}

# Some calls of either, so that no plan is made for empty tables, and statistics of all.
warm_up() {
  local COMMIT=off SECONDS_A_RUN=1
  call_throughput worldtune 2 1 10000 >/dev/null
  call_throughput peer 2 1 10000 >/dev/null
  call_throughput minimal 2 1 10000 >/dev/null
  sql -c 'VACUUM (ANALYZE)'
}

tidy() {
  sql -c 'VACUUM (ANALYZE) public.users, worldtune_internal.holds, peer.users, minimal.users' -c 'ANALYZE public.call_logs, peer.call_logs, minimal.calls' -c CHECKPOINT
}

## Authorise and complete

# call_throughput SCHEMA CLIENTS FIRST-USER LAST-USER
call_throughput() {
  PGOPTIONS=$(session_options "$COMMIT" "$1") throughput "$CLIENT_ROLE" -c "$2" -T "$SECONDS_A_RUN" \
    -D first_user="$3" -D last_user="$4" -f bench/pgbench/call.sql
}

our_calls() {
  local calls
  calls=$(call_throughput worldtune "$CLIENTS" 1 10000)
  sample "call.$COMMIT.$CLIENTS" ours "$calls"
  sample "minimal.$COMMIT.$CLIENTS" ours "$calls"
}

peer_calls() {
  sample "call.$COMMIT.$CLIENTS" peer "$(call_throughput peer "$CLIENTS" 1 10000)"
}

minimal_calls() {
  sample "minimal.$COMMIT.$CLIENTS" peer "$(call_throughput minimal "$CLIENTS" 1 10000)"
}

run_charging() {
  local COMMIT CLIENTS round
  make_users
  step "Charging: authorize_call and record_call_status beside PL/pgSQL"
  for COMMIT in off on; do
    for CLIENTS in 1 2 8; do
      for ((round = 1; round <= ROUNDS; round++)); do
        tidy
        alternate "$round" our_calls peer_calls minimal_calls
      done
      progress "call.$COMMIT.$CLIENTS"
      progress "minimal.$COMMIT.$CLIENTS"
    done
  done
}

## Settling alone

# A call can be settled once, so calls are opened for as many transactions as take SECONDS_A_RUN by the peer's pace.
OPENED=0 # calls that were opened for each client so far

# open_calls CALLS: for each of the clients.
open_calls() {
  local client
  for ((client = 1; client <= CLIENTS; client++)); do
    sql -c "SELECT bench.open_calls($client, $((OPENED + 1)), $1)" >/dev/null
  done
}

# update_throughput OPTION...
update_throughput() {
  PGOPTIONS=$(session_options "$COMMIT" public) throughput postgres -c "$CLIENTS" -N "$@"
}

our_settlements() {
  sample "settle.$COMMIT.$CLIENTS" ours "$(
    PGOPTIONS=$(session_options "$COMMIT" worldtune) throughput "$CLIENT_ROLE" -c "$CLIENTS" -t "$EACH" -D n="$OPENED" -f bench/pgbench/settle.sql
  )"
  OPENED=$((OPENED + EACH))
}

peer_updates() {
  sample "settle.$COMMIT.$CLIENTS" peer "$(update_throughput -t "$EACH")"
}

run_settling() {
  local COMMIT CLIENTS EACH round
  make_users
  step 'Settling beside pgbench -N'
  for COMMIT in off on; do
    for CLIENTS in 1 2 8; do
      EACH=$(update_throughput -T 1 | awk -v s="$SECONDS_A_RUN" -v c="$CLIENTS" '{ print int($1 * s / c) + 1 }')
      for ((round = 1; round <= ROUNDS; round++)); do
        open_calls "$EACH"
        tidy
        alternate "$round" our_settlements peer_updates
      done
      progress "settle.$COMMIT.$CLIENTS"
    done
  done
}

## One user's row

crowd() {
  local calls
  calls=$(call_throughput worldtune 100 1 1)
  sample "contention.$COMMIT" ours "$calls"
  sample "crowd.$COMMIT" ours "$calls"
}

peer_crowd() {
  sample "crowd.$COMMIT" peer "$(call_throughput peer 100 1 1)"
}

single() {
  sample "contention.$COMMIT" peer "$(call_throughput worldtune 1 1 1)"
}

# Longer than the others: a hundred backends take a second of a short run to fill their caches.
run_contention() {
  local COMMIT round SECONDS_A_RUN=$((SECONDS_A_RUN * 3))
  make_users
  step "100 clients on one user's row"
  for COMMIT in off on; do
    for ((round = 1; round <= ROUNDS; round++)); do
      tidy
      alternate "$round" crowd single peer_crowd
    done
    progress "contention.$COMMIT"
    progress "crowd.$COMMIT"
  done
}
