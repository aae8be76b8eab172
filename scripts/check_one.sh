#!/usr/bin/env bash
# make check TEST='regress/limits http/calls': these tests alone, on what they need of the checkout's own build and of one
# throw-away server. A test is a path below test/ without its ending, or relay/ and the part; a directory is all its tests.
# SANITIZE=1: the server has the sanitized extension. SANITIZER=threads: the relay is one in which races are found.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=scripts/cluster.sh
source scripts/cluster.sh
# shellcheck source=scripts/suites.sh
source scripts/suites.sh
# shellcheck source=scripts/sanitized.sh
source scripts/sanitized.sh

ALOUD=1
REPORTER=spec
export MAKEFLAGS=s

# pattern_of KIND: where the tests of that kind lie, % standing for the name.
pattern_of() {
  case $1 in
    unit) echo test/unit/%_test.c ;;
    fuzz) echo test/fuzz/%_fuzz.c ;;
    relay) echo relay/test/test_%.c ;;
    relay-fuzz) echo relay/fuzz/%_fuzz.c ;;
    regress) echo test/regress/sql/%.sql ;;
    isolation) echo test/isolation/specs/%.spec ;;
    http | dialer | model | torture | commands) echo "test/$1/%.test.mjs" ;;
    *) die "there are no tests in $1/; there are unit, fuzz, relay, relay-fuzz, regress, isolation, http, dialer, model, torture, commands" ;;
  esac
}

# sources_of TEST: the files of a test, or of all tests of its kind.
sources_of() {
  local kind=${1%%/*} name='*' pattern
  [[ $1 != */* ]] || name=${1#*/}
  pattern=$(pattern_of "$kind")
  compgen -G "${pattern/\%/$name}" ||
    die "there is no test $1; there are: $(compgen -G "${pattern/\%/*}" | sed "s|^${pattern/\%*/}||; s|${pattern#*%}\$||" | sort | xargs)"
}

# names_of KIND FILE...: the names within the kind.
names_of() {
  local pattern file
  pattern=$(pattern_of "$1")
  for file in "${@:2}"; do
    file=${file#"${pattern%%%*}"}
    echo "${file%"${pattern#*%}"}"
  done
}

# Which of stage and server the tests of a kind need.
need() {
  case $1 in
    relay | relay-fuzz | http | dialer | torture) scripts/page.sh ;;
  esac
  case $1 in
    regress | isolation | http | dialer | model | torture)
      [[ -z ${CLUSTER_PORT:-} ]] || return 0
      if [[ -n ${SANITIZE:-} ]]; then
        step 'Building the sanitized extension'
        quietly sanitized sanitize "$WORK/sanitized"
        serve_sanitized "$WORK/sanitized"
      else
        scripts/stage.sh extension
      fi
      start_server autovacuum=off
      ;;
    commands) scripts/stage.sh ;;
  esac
}

run_one() {
  local test=$1 kind=${1%%/*} files names
  mapfile -t files < <(sources_of "$test")
  mapfile -t names < <(names_of "$kind" "${files[@]}")
  case $kind in
    unit) suite "$test" count_summary make -C test/unit check SANITIZE=1 TESTS="${names[*]}" ;;
    fuzz) suite "$test" count_summary fuzz_extension TARGETS="${names[*]}" ;;
    relay) suite "$test" count_cmocka build_relay check "${SANITIZED[@]}" TESTS="${names[*]/#/$SANITIZED_BUILD/test/test_}" ;;
    relay-fuzz) suite "$test" count_summary fuzz_relay FUZZERS="$(printf 'build-fuzz/fuzz/%s_fuzz ' "${names[@]}")" ;;
    regress) suite "$test" count_regress installcheck ISOLATION= REGRESS="${names[*]}" ;;
    isolation) suite "$test" count_regress installcheck REGRESS= ISOLATION="${names[*]}" ;;
    http) suite "$test" count_node check_http "${files[@]}" ;;
    dialer | torture) suite "$test" count_node check_plain "${files[@]}" ;;
    model | restore) suite "$test" count_node check_node 1 "${files[@]}" ;;
    commands) suite "$test" count_node check_commands "${files[@]}" ;;
  esac
}

main() {
  local test
  scripts/packages.sh check
  continue_as_owner scripts/check_one.sh "$@"
  for test in "$@"; do
    sources_of "$test" >/dev/null
  done
  scripts/node.sh
  make_work check
  for test in "$@"; do
    need "${test%%/*}"
    run_one "$test"
  done
  [[ -z ${SANITIZE:-} ]] || sanitizer_reports || true
  sum_up
}

main "$@"
