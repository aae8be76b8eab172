#!/usr/bin/env bash
# make torture: the long versions of the tests that `make check` runs for seconds, with their progress on the terminal.
# MODEL_EVENTS, TORTURE_KILLS, TORTURE_SECONDS say how long; MODEL_SEED plays a history again.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"
# shellcheck source=scripts/cluster.sh
source scripts/cluster.sh

export MODEL_EVENTS=${MODEL_EVENTS:-100000} TORTURE_KILLS=${TORTURE_KILLS:-25} TORTURE_SECONDS=${TORTURE_SECONDS:-300}
TESTS=(test/model/model.test.mjs test/torture/crash.test.mjs test/torture/deadlock.test.mjs)
TEST=

# shellcheck disable=SC2317 # a trap calls it
finish() {
  local status=$?
  trap '' INT TERM HUP
  [[ -z $TEST ]] || { kill "$TEST" 2>/dev/null && wait "$TEST"; } || true
  stop_all
  rm -rf "$WORK"
  exit "$status"
}

torture() {
  step "$1"
  "${AS_SERVER[@]}" node --test-reporter=spec "$1" &
  TEST=$!
  wait "$TEST" || FAILED=1
  TEST=
}

main() {
  local password test
  scripts/packages.sh check
  continue_as_owner test/torture/run.sh
  scripts/node.sh
  scripts/stage.sh
  choose_server_user
  mkdir -p "$BUILD"
  WORK=$(mktemp -d "$BUILD/torture.XXXXXX")
  chmod 755 "$WORK"
  trap finish EXIT
  trap 'exit 130' INT TERM HUP
  LOGS=$WORK/log
  step 'Starting a throw-away PostgreSQL'
  password=$(random_hex 16)
  cluster_create "$WORK/postgresql" "$password" --no-sync
  cluster_start "$WORK/postgresql" "$password" fsync=off max_connections=50
  TEST_DATABASE_URL=$(cluster_url postgres "$CLUSTER_PASSWORD" postgres)
  export TEST_DATABASE_URL
  FAILED=0
  for test in "${TESTS[@]}"; do
    torture "$test"
  done
  return "$FAILED"
}

main
