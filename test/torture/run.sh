#!/usr/bin/env bash
# make torture: what takes longer than `make check`: long versions of its tests, the relay searched for races, ten million inputs for
# each fuzzer. Progress on the terminal, a table of what was done at the end. SUITES='chaos relay-fuzz' runs these alone; the
# variables below say how long; MODEL_SEED plays a history again.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"
# shellcheck source=scripts/cluster.sh
source scripts/cluster.sh
# shellcheck source=scripts/suites.sh
source scripts/suites.sh

export MODEL_EVENTS=${MODEL_EVENTS:-100000} TORTURE_KILLS=${TORTURE_KILLS:-25} TORTURE_SECONDS=${TORTURE_SECONDS:-300} TORTURE_MEGABYTES=${TORTURE_MEGABYTES:-100} \
  TORTURE_PAIRS=${TORTURE_PAIRS:-1000000} TORTURE_PAGES=${TORTURE_PAGES:-10000} TORTURE_IDLE=${TORTURE_IDLE:-10000} RELAY_KILLS=${RELAY_KILLS:-25} \
  CHAOS_SECONDS=${CHAOS_SECONDS:-15} CHAOS_LOCK_SECONDS=${CHAOS_LOCK_SECONDS:-30} FUZZ_INPUTS=${FUZZ_INPUTS:-10000000} TORTURE_PROGRESS=1
ALOUD=1
REPORTER=spec
GROUP=

# shellcheck disable=SC2317 # a trap calls it
stop_group() {
  [[ -z $GROUP ]] || { kill -- "-$GROUP" 2>/dev/null && wait "$GROUP"; } || true
  finish
}

# What a suite says of itself beside its counts: a test's diagnostics, a fuzzer's inputs.
told_by() {
  sed -n 's/^ℹ \(.*\)/\1/p; s/^stat::number_of_executed_units: *\([0-9]*\)/\1 inputs/p' "$1" |
    grep -vE '^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [0-9.]+$|^so far' | sed 's/^/       /' || true
}

# torture NAME COUNT COMMAND...: a suite in a process group of its own, which ends first when this script is ended.
# shellcheck disable=SC2030,SC2031 # on purpose: the counts come by a file
torture() {
  local name=$1 start=$SECONDS passed='' failed=''
  [[ -z ${SUITES:-} || " $SUITES " == *" $name "* ]] || return 0
  step "$name"
  set -m
  (
    PASSED=0 FAILED=0
    suite "$@"
    echo "$PASSED $FAILED" >"$WORK/counts"
  ) &
  GROUP=$!
  set +m
  wait "$GROUP" || true
  GROUP=
  read -r passed failed <"$WORK/counts" || failed=1
  rm -f "$WORK/counts"
  PASSED=$((PASSED + ${passed:-0}))
  FAILED=$((FAILED + failed))
  {
    printf '%-4s %-18s %6d %6d %6d s\n' "$( ((failed)) && echo FAIL || echo ok)" "$name" "${passed:-0}" "$failed" $((SECONDS - start))
    told_by "$WORK/$name.log"
  } >>"$WORK/table"
}

run_suites() {
  local test
  torture model count_node check_plain test/model/model.test.mjs
  for test in crash deadlock decks clock idle_pages; do
    torture "$test" count_node check_plain "test/torture/$test.test.mjs"
  done
  torture live_memory count_node check_plain test/http/live_memory.test.mjs
  torture chaos count_node check_http test/torture/chaos.test.mjs
  torture relays count_node check_http test/torture/relays.test.mjs
  torture extension-fuzz count_summary fuzz_extension
  torture relay-fuzz count_summary fuzz_relay
  choose_sanitizer threads
  torture relay-unit-threads count_cmocka build_relay check "${SANITIZED[@]}"
  torture http-threads count_node check_http test/http/*.test.mjs
}

main() {
  scripts/packages.sh check
  continue_as_owner test/torture/run.sh
  scripts/node.sh
  scripts/stage.sh
  make_work torture
  trap stop_group EXIT
  start_server autovacuum=on
  run_suites
  printf '\n     %-18s %6s %6s\n' suite passed failed
  cat "$WORK/table"
  sum_up
}

main
