# shellcheck shell=bash
# What a suite is, the commands behind the suites, and the throw-away server they run on. To be sourced after cluster.sh.
# TREE is the tree under test, WORK a directory that goes when the script ends.

# choose_sanitizer memory | threads: what the relay's sanitized build looks for.
choose_sanitizer() {
  SANITIZED_BUILD=build-asan
  SANITIZED=(BUILD=build-asan 'SANITIZE=address,undefined' CFLAGS='-O1 -g')
  [[ $1 == threads ]] || return 0
  SANITIZED_BUILD=build-tsan
  SANITIZED=(BUILD=build-tsan SANITIZE=thread CFLAGS='-O1 -g')
}

choose_sanitizer "${SANITIZER:-memory}"
PASSED=0
FAILED=0
ALOUD=${ALOUD:-} # not empty: a suite shows what it says while it runs
TREE=$ROOT
WORK=
# shellcheck disable=SC2034 # of the tests' clusters: nothing may depend on the name
SUPERUSER=chief
export REPORTER=tap # Node's

# shellcheck disable=SC2317 # a trap calls it
finish() {
  local status=$?
  trap '' INT TERM HUP
  jobs -p | xargs -r kill 2>/dev/null || true
  stop_all
  rm -rf "$WORK"
  exit "$status"
}

# make_work NAME: sets WORK, and sees to it that nothing of it remains, nor of the servers.
make_work() {
  choose_server_user
  mkdir -p "$BUILD"
  WORK=$(mktemp -d "$BUILD/$1.XXXXXX")
  chmod 755 "$WORK"
  # shellcheck disable=SC2034 # lib.sh's functions write there
  LOGS=$WORK/log
  trap finish EXIT
  trap 'exit 130' INT TERM HUP
}

# copy_sources DIRECTORY: the sources alone, so that no build there disturbs the checkout's own.
copy_sources() {
  mkdir -p "$1"
  tar -c --exclude='*.o' --exclude='*.so' --exclude='*.bc' --exclude='build*' --exclude=results \
    Makefile dialer/dist pg_worldtune relay rates scripts test | tar -x -C "$1"
}

# start_server [SETTING=VALUE...]: a throw-away PostgreSQL with the extension of .build/stage. A test that makes and drops the
# extension in one transaction may deadlock with a vacuum that comes by: such suites switch that off.
start_server() {
  local password
  step 'Starting a throw-away PostgreSQL'
  password=$(random_hex 16)
  cluster_create "$WORK/postgresql" "$password" --no-sync
  cluster_start "$WORK/postgresql" "$password" fsync=off "$@"
  TEST_DATABASE_URL=$(cluster_url "$SUPERUSER" "$password" postgres)
  export TEST_DATABASE_URL
}

## One suite

# listen LOG COMMAND...: what it says goes to the log, and aloud to the screen too.
listen() {
  local log=$1
  shift
  if [[ -n $ALOUD ]]; then
    (
      set -e
      "$@"
    ) </dev/null 2>&1 | tee "$log"
  else
    (
      set -e
      "$@"
    ) </dev/null >"$log" 2>&1
  fi
}

# suite NAME COUNT COMMAND...: COUNT reads the output and says "passed failed".
suite() {
  local name=$1 count=$2 log=$WORK/${1//\//-}.log start=$SECONDS status passed failed
  shift 2
  set +e
  listen "$log" "$@"
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
  ((failed == 0)) || [[ -n $ALOUD ]] || sed 's/^/     | /' "$log"
}

# The last line; fails when a test did, or none ran.
sum_up() {
  printf '\n%d passed, %d failed\n' "$PASSED" "$FAILED"
  ((FAILED == 0 && PASSED > 0))
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

  count_node() {
    awk '/^(#|ℹ) pass / { passed += $3 } /^(#|ℹ) (fail|cancelled) / { failed += $3 } END { print passed + 0, failed + 0 }'
  }

  count_vitest() {
    awk '/^ +Tests / { for (i = 2; i < NF; i++) { if ($(i + 1) ~ /^passed/) passed = $i; if ($(i + 1) ~ /^failed/) failed = $i } }
      END { print passed + 0, failed + 0 }'
  }
}

## The commands of the suites

# shellcheck disable=SC2317 # suite calls these by name
{
  check_c_format() {
    find pg_worldtune relay test bench -name '*.[ch]' -not -path '*/build*' -exec clang-format --dry-run --Werror {} +
  }

  check_rooms() {
    pg_worldtune/rooms.sh
    scripts/rooms.sh relay/src
  }

  build_extension() {
    make -C "$TREE/pg_worldtune" clean
    make -C "$TREE/pg_worldtune" -j "$(nproc)" "$@"
  }

  build_relay() {
    make -C "$TREE/relay" -j "$(nproc)" "$@"
  }

  # FUZZ_SECONDS or FUZZ_INPUTS, in the environment, say how long each fuzzer runs.
  fuzz_relay() {
    build_relay fuzz CC=clang BUILD=build-fuzz SANITIZE=fuzzer-no-link,address,undefined CFLAGS='-O1 -g' "$@"
  }

  fuzz_extension() {
    make -C "$TREE/test/fuzz" check "$@"
  }

  installcheck() {
    rm -f "$TREE"/test/*/regression.diffs
    as_superuser make -C "$TREE" installcheck "$@" && return
    cat "$TREE"/test/*/regression.diffs
    return 1
  }

  # check_node CONCURRENCY TEST...: ONLY chooses among the tests of a file, by a pattern of their names.
  check_node() {
    "${AS_SERVER[@]}" node --test --test-reporter="$REPORTER" --test-concurrency="$1" \
      ${ONLY:+--test-name-pattern="$ONLY"} "${@:2}"
  }

  # test_relay PROGRAM TEST...
  test_relay() {
    RELAY_BIN=$TREE/relay/$1 check_node 4 "${@:2}"
  }

  check_http() {
    build_relay "${SANITIZED[@]}"
    test_relay "$SANITIZED_BUILD/worldtune-relay" "$@"
  }

  # One after the other: Chromium takes what a processor has, and so does what tortures.
  check_plain() {
    build_relay
    RELAY_BIN=$TREE/relay/worldtune-relay check_node 1 "$@"
  }

  # Sanitizers change what fits a thread's stack, and keep memory that was freed.
  check_http_plain() {
    build_relay
    test_relay worldtune-relay test/http/hostile_json.test.mjs test/http/live_memory.test.mjs
  }

  # Not as the servers' user: make run chooses that user itself.
  check_commands() {
    CHECK_HOME=$WORK/home node --test --test-reporter="$REPORTER" ${ONLY:+--test-name-pattern="$ONLY"} "$@"
  }
}
