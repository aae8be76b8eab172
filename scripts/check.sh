#!/usr/bin/env bash
# make check: every test of every part, on throw-away clusters. One line a suite; a failing suite shows all it said.
# The last line counts the tests of all suites. SUITES='regress http' runs these alone.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=scripts/cluster.sh
source scripts/cluster.sh

PASSED=0
FAILED=0
SUITES=${SUITES:-}
SANITIZED=(BUILD=build-asan 'SANITIZE=address,undefined' CFLAGS='-O1 -g')

# shellcheck disable=SC2317 # a trap calls it
finish() {
  local status=$?
  trap '' INT TERM HUP
  stop_all
  rm -rf "$WORK"
  exit "$status"
}

## Suites: a name, how to count its tests, a command

# suite NAME COUNT COMMAND...: COUNT reads the output and says "passed failed".
suite() {
  local name=$1 count=$2 log=$WORK/$1.log start=$SECONDS status passed failed
  shift 2
  [[ -z $SUITES || " $SUITES " == *" $name "* ]] || return 0
  set +e
  (
    set -e
    "$@"
  ) </dev/null >"$log" 2>&1
  status=$?
  set -e
  read -r passed failed < <("$count" "$status" <"$log")
  if ((failed == 0 && (status != 0 || passed == 0))); then
    failed=1 # it broke off, or it ran no test
  fi
  PASSED=$((PASSED + passed))
  FAILED=$((FAILED + failed))
  printf '%-4s %-18s %4d passed, %d failed (%d s)\n' "$( ((failed)) && echo FAIL || echo ok)" \
    "$name" "$passed" "$failed" $((SECONDS - start))
  ((failed == 0)) || sed 's/^/     | /' "$log"
}

# shellcheck disable=SC2317 # suite calls these by name
{
  count_one() {
    (($1 == 0)) && echo 1 0 || echo 0 1
  }

  count_regress() {
    awk '/\.\.\. ok / { passed++ } /\.\.\. FAILED/ { failed++ } END { print passed + 0, failed + 0 }'
  }

  count_cmocka() {
    awk '/^\[  PASSED  \]/ { passed += $4 } /^\[  FAILED  \] [0-9]+ test/ { failed += $4 } END { print passed + 0, failed + 0 }'
  }

  count_summary() {
    awk '/^[0-9]+ passed, [0-9]+ failed$/ { passed += $1; failed += $3 } END { print passed + 0, failed + 0 }'
  }

  count_tap() {
    awk '/^# pass / { passed += $3 } /^# (fail|cancelled) / { failed += $3 } END { print passed + 0, failed + 0 }'
  }

  check_rooms() {
    pg_worldtune/rooms.sh
    scripts/rooms.sh relay/src
  }

  check_c_format() {
    find pg_worldtune relay test bench -name '*.[ch]' -not -path '*/build*' -exec clang-format --dry-run --Werror {} +
  }

  build_extension() {
    make -C "$WORK/tree/pg_worldtune" clean
    make -C "$WORK/tree/pg_worldtune" -j "$(nproc)" "$@"
  }

  build_relay() {
    make -C "$WORK/tree/relay" -j "$(nproc)" "$@"
  }

  installcheck() {
    as_superuser make -C "$WORK/tree" installcheck "$@" && return
    cat "$WORK"/tree/test/*/regression.diffs "$WORK"/tree/test/*/output_iso/regression.diffs 2>/dev/null
    return 1
  }

  # test_relay PROGRAM TEST...
  test_relay() {
    TEST_DATABASE_URL=$(cluster_url postgres "$CLUSTER_PASSWORD" postgres) RELAY_BIN=$WORK/tree/relay/$1 \
      "${AS_SERVER[@]}" node --test --test-reporter=tap --test-concurrency=4 "${@:2}"
  }

  check_http() {
    build_relay "${SANITIZED[@]}"
    test_relay build-asan/worldtune-relay test/http/*.test.mjs
    # Sanitizers change what fits a thread's stack.
    build_relay
    test_relay worldtune-relay test/http/hostile_json.test.mjs
  }

  # The long versions are test/torture/run.sh's.
  check_node() {
    TEST_DATABASE_URL=$(cluster_url postgres "$CLUSTER_PASSWORD" postgres) "${AS_SERVER[@]}" node --test --test-reporter=tap \
      --test-concurrency=1 "$@"
  }

  check_commands() {
    CHECK_HOME=$WORK/home node --test --test-reporter=tap test/commands/*.test.mjs
  }
}

# The sources alone, so that no build here disturbs the checkout's own.
copy_sources() {
  mkdir "$WORK/tree"
  tar -c --exclude='*.o' --exclude='*.so' --exclude='*.bc' --exclude='build*' --exclude=results \
    Makefile pg_worldtune relay rates scripts test | tar -x -C "$WORK/tree"
}

run_suites() {
  # Debian compiled PostgreSQL with gcc, whose options PGXS hands on.
  local foreign='-Wno-unknown-warning-option -Wno-ignored-optimization-argument'

  suite shellcheck count_one shellcheck -x scripts/*.sh pg_worldtune/rooms.sh bench/*.sh test/torture/*.sh .ci/run
  suite format-c count_one check_c_format
  suite format-js count_one npm run --silent format:check
  suite rooms count_one check_rooms
  suite extension-clang count_one build_extension CC=clang COPT="-Werror $foreign"
  suite extension-gcc count_one build_extension CC=gcc COPT=-Werror
  suite relay-clang count_one build_relay CC=clang BUILD=build-clang
  suite relay-gcc count_one build_relay CC=gcc BUILD=build-gcc
  suite extension-unit count_summary make -C "$WORK/tree/test/unit" check SANITIZE=1
  suite extension-fuzz count_summary make -C "$WORK/tree/test/fuzz" check
  suite relay-unit count_cmocka build_relay check "${SANITIZED[@]}"
  suite regress count_regress installcheck ISOLATION=
  suite isolation count_regress installcheck REGRESS=
  suite http count_tap check_http
  suite model count_tap check_node test/model/*.test.mjs
  suite torture count_tap check_node test/torture/*.test.mjs
  suite commands count_tap check_commands
}

main() {
  local password
  scripts/packages.sh check
  continue_as_owner scripts/check.sh
  scripts/node.sh
  scripts/stage.sh
  choose_server_user
  mkdir -p "$BUILD"
  WORK=$(mktemp -d "$BUILD/check.XXXXXX")
  chmod 755 "$WORK"
  trap finish EXIT
  trap 'exit 130' INT TERM HUP
  LOGS=$WORK/log
  copy_sources
  step 'Starting a throw-away PostgreSQL'
  password=$(random_hex 16)
  cluster_create "$WORK/postgresql" "$password" --no-sync
  cluster_start "$WORK/postgresql" "$password" fsync=off
  run_suites
  printf '\n%d passed, %d failed\n' "$PASSED" "$FAILED"
  ((FAILED == 0))
}

main
