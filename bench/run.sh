#!/usr/bin/env bash
# make bench: the figures of the extension and the relay, each beside its peer, on a throw-away cluster. BENCH='rating history' measures these alone.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"
# shellcheck source=scripts/cluster.sh
source scripts/cluster.sh
# shellcheck source=bench/measure.sh
source bench/measure.sh
# shellcheck source=bench/rating.sh
source bench/rating.sh
# shellcheck source=bench/charging.sh
source bench/charging.sh
# shellcheck source=bench/history.sh
source bench/history.sh
# shellcheck source=bench/relay.sh
source bench/relay.sh
# shellcheck source=bench/live.sh
source bench/live.sh

PARTS='rating publishing charging settling contention history relay live'

# shellcheck disable=SC2317 # a trap calls it
finish() {
  local status=$?
  trap '' INT TERM HUP
  jobs -p | xargs -r kill 2>/dev/null || true
  stop_all
  rm -rf "$WORK"
  exit "$status"
}

start_cluster() {
  local password
  password=$(random_hex 16)
  step 'Starting a throw-away PostgreSQL'
  cluster_create "$WORK/postgresql" "$password" --no-sync
  cluster_start "$WORK/postgresql" "$password" shared_buffers=1GB max_wal_size=16GB checkpoint_timeout=1h maintenance_work_mem=512MB \
    max_connections=150 autovacuum=off jit=off
  PGDATABASE=postgres sql -c "CREATE DATABASE worldtune"
  sql -c 'CREATE EXTENSION pg_worldtune' -c 'SELECT FROM worldtune.setup()' -c "ALTER ROLE $CLIENT_ROLE PASSWORD '$password'" >/dev/null
  sql -f bench/sql/figures.sql
}

report() {
  step "What it came to (medians; ratios of one run, 15 percent either way are noise)"
  as_superuser "$(pg_program psql)" -X -q -P footer=off -P border=2 \
    -c 'SELECT figure, ours, peer, ratio, goal, verdict FROM bench.report ORDER BY ordinal'
}

main() {
  local part chosen=${BENCH:-$PARTS}
  for part in $chosen; do
    [[ " $PARTS " == *" $part "* ]] || die "BENCH: there is no part \`$part\`; the parts are $PARTS"
  done
  scripts/packages.sh bench
  continue_as_owner bench/run.sh
  scripts/node.sh
  scripts/stage.sh
  quietly build-bench make -C bench
  choose_server_user
  mkdir -p "$BUILD"
  WORK=$(mktemp -d "$BUILD/bench.XXXXXX")
  chmod 755 "$WORK"
  trap finish EXIT
  trap 'exit 130' INT TERM HUP
  LOGS=$WORK/log
  start_cluster
  for part in $PARTS; do
    [[ " $chosen " != *" $part "* ]] || "run_$part"
  done
  report
  say "$((SECONDS / 60)) min $((SECONDS % 60)) s"
}

main
