#!/usr/bin/env bash
# make check: every test of every part, on throw-away clusters. One line a suite; a failing suite shows all it said.
# The last line counts the tests of all suites. SUITES='regress http' runs these alone; check_one.sh runs single tests.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=scripts/cluster.sh
source scripts/cluster.sh
# shellcheck source=scripts/suites.sh
source scripts/suites.sh
# shellcheck source=scripts/sanitized.sh
source scripts/sanitized.sh

BESIDE=() # each "pid name"

# run NAME COUNT COMMAND...: a suite, if it is asked for.
run() {
  [[ -z ${SUITES:-} || " $SUITES " == *" $1 "* ]] || return 0
  suite "$@"
}

# run_beside NAME COUNT COMMAND...: the same in the background, for a suite that mostly waits and that those after it do not disturb.
# shellcheck disable=SC2030 # on purpose: the counts come by a file
run_beside() {
  (
    PASSED=0
    FAILED=0
    run "$@"
    echo "$PASSED $FAILED" >"$WORK/beside.$1"
  ) &
  BESIDE+=("$! $1")
}

# Waits for what runs in the background, and adds its counts; what left none has failed.
# shellcheck disable=SC2031 # see run_beside
join_beside() {
  local suite pid name passed failed
  for suite in "${BESIDE[@]}"; do
    read -r pid name <<<"$suite"
    wait "$pid" || true
    read -r passed failed <"$WORK/beside.$name" || failed=1
    PASSED=$((PASSED + passed))
    FAILED=$((FAILED + failed))
  done
}

run_suites() {
  # Debian compiled PostgreSQL with gcc, whose options PGXS hands on.
  local foreign='-Wno-unknown-warning-option -Wno-ignored-optimization-argument'

  run shellcheck count_one shellcheck -x scripts/*.sh pg_worldtune/rooms.sh relay/src/page/embed.sh bench/*.sh test/torture/*.sh .ci/run
  run format-c count_one check_c_format
  run format-js count_one npm run --silent format:check
  run rooms count_one check_rooms
  run dialer-types count_one npm run --silent --workspace dialer typecheck
  run dialer-unit count_vitest npm run --silent --workspace dialer test
  run extension-clang count_one build_extension CC=clang COPT="-Werror $foreign"
  run extension-gcc count_one build_extension CC=gcc COPT=-Werror
  run relay-clang count_one build_relay CC=clang BUILD=build-clang
  run relay-gcc count_one build_relay CC=gcc BUILD=build-gcc
  run_beside extension-asan count_regress check_sanitized
  run extension-unit count_summary make -C "$TREE/test/unit" check SANITIZE=1
  run extension-fuzz count_summary fuzz_extension
  run relay-unit count_cmocka build_relay check "${SANITIZED[@]}"
  run relay-fuzz count_summary fuzz_relay
  run regress count_regress installcheck ISOLATION=
  run isolation count_regress installcheck REGRESS=
  run http count_node check_http test/http/*.test.mjs
  run http-plain count_node check_http_plain
  run_beside dialer count_node check_plain test/dialer/*.test.mjs
  run model count_node check_node 1 test/model/*.test.mjs
  run restore count_node check_node 1 test/restore/*.test.mjs
  run commands count_node check_commands test/commands/*.test.mjs
  run torture count_node check_plain test/torture/*.test.mjs # the long versions are test/torture/run.sh's
}

main() {
  scripts/packages.sh check
  continue_as_owner scripts/check.sh
  scripts/node.sh
  scripts/stage.sh
  make_work check
  TREE=$WORK/tree
  copy_sources "$TREE"
  start_server autovacuum=off
  run_suites
  join_beside
  sum_up
}

main
