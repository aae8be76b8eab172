#!/usr/bin/env bash
# make torture: the long versions of the tests that `make check` runs for seconds, with their progress on the terminal.
# MODEL_EVENTS, TORTURE_KILLS, TORTURE_SECONDS, TORTURE_MEGABYTES, TORTURE_PAIRS, TORTURE_PAGES say how long; MODEL_SEED plays a history again.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"
# shellcheck source=scripts/cluster.sh
source scripts/cluster.sh
# shellcheck source=scripts/suites.sh
source scripts/suites.sh

export MODEL_EVENTS=${MODEL_EVENTS:-100000} TORTURE_KILLS=${TORTURE_KILLS:-25} TORTURE_SECONDS=${TORTURE_SECONDS:-300} TORTURE_MEGABYTES=${TORTURE_MEGABYTES:-100} \
  TORTURE_PAIRS=${TORTURE_PAIRS:-1000000} TORTURE_PAGES=${TORTURE_PAGES:-10000}
TEST=

# shellcheck disable=SC2317 # a trap calls it
stop_test() {
  [[ -z $TEST ]] || { kill "$TEST" 2>/dev/null && wait "$TEST"; } || true
  finish
}

# In the background and not through a pipe: so progress shows, and Ctrl-C stops the test first.
torture() {
  step "$1"
  "${AS_SERVER[@]}" node --test-reporter=spec "$1" &
  TEST=$!
  wait "$TEST" || FAILED=1
  TEST=
}

main() {
  local test
  scripts/packages.sh check
  continue_as_owner test/torture/run.sh
  scripts/node.sh
  scripts/stage.sh
  make_work torture
  trap stop_test EXIT
  start_server fsync=off max_connections=50
  for test in test/model/model.test.mjs test/torture/crash.test.mjs test/torture/deadlock.test.mjs test/torture/decks.test.mjs test/http/live_memory.test.mjs; do
    torture "$test"
  done
  ((FAILED == 0))
}

main
