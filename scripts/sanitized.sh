# shellcheck shell=bash
# The extension with AddressSanitizer, UndefinedBehaviorSanitizer and PostgreSQL's assertions, in a server as Debian built it.
# To be sourced after suites.sh. Any report ends the backend, and so fails the test.

SANITIZERS='-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -O1 -g -DUSE_ASSERT_CHECKING'

# sanitized_object DIRECTORY OUTPUT SOURCE...
sanitized_object() {
  # shellcheck disable=SC2086 # options
  gcc $SANITIZERS -fPIC -shared -Wl,-Bsymbolic-functions -I"$("$PG_CONFIG" --includedir-server)" -o "$1/$2" "${@:3}"
}

# sanitize DIRECTORY: builds the extension there, what the server needs beside it, and errors to find (planted.c).
sanitize() {
  local dir=$1 libraries
  local -a options
  copy_sources "$dir/tree"
  sanitized_object "$dir" planted.so test/sanitized/planted.c test/sanitized/palloc.c
  # Its constructor runs before all others and starts AddressSanitizer: by itself that would start inside the first
  # malloc, which libgpg-error does while it holds a lock of the C library.
  sanitized_object "$dir" first.so -Wl,-z,initfirst -x c /dev/null
  cp test/sanitized/palloc.c "$dir/tree/pg_worldtune/src/postgres/"
  libraries='-Wl,-Bsymbolic-functions -fsanitize=address,undefined'
  options=(with_llvm=no COPT="$SANITIZERS -Werror" SHLIB_LINK="$libraries")
  make -C "$dir/tree/pg_worldtune" -j "$(nproc)" "${options[@]}"
  make -C "$dir/tree/pg_worldtune" install DESTDIR="$dir/stage" "${options[@]}"
}

# serve_sanitized DIRECTORY: the next server that is started has what is built there.
serve_sanitized() {
  # shellcheck disable=SC2034 # cluster_start's
  STAGE=$1/stage
  # shellcheck disable=SC2034 # cluster_start's
  SERVER_ENVIRONMENT=(LD_PRELOAD="$(gcc -print-file-name=libasan.so) $1/first.so"
    ASAN_OPTIONS=detect_leaks=0:abort_on_error=1 UBSAN_OPTIONS=print_stacktrace=1)
}

# Prints what the sanitizers said in the server's log since it was looked at last; false when they said nothing.
sanitizer_reports() {
  grep -E -A 40 'ERROR: AddressSanitizer|runtime error: |TRAP: ' "$LOGS/postgresql.log"
}

server_answers() {
  as_superuser "$(pg_program psql)" -X -q -c 'SELECT 1' -d postgres >/dev/null 2>&1
}

# expect_report NUMBER WORDS: the planted error of that number is found, by those words.
expect_report() {
  wait_until 60 server_answers || die 'the server does not come back after a crash'
  : >"$LOGS/postgresql.log"
  as_superuser "$(pg_program psql)" -X -q -d postgres -c "SELECT planted($1)" && die "planted error $1 went by unseen"
  sanitizer_reports | grep -q "$2" || die "planted error $1 was not reported as $2"
}

find_planted_errors() {
  as_superuser "$(pg_program psql)" -X -q -d postgres -c \
    "CREATE FUNCTION planted(int) RETURNS int LANGUAGE c AS '$1/planted.so'"
  expect_report 0 'out of bounds'
  expect_report 1 use-after-poison
  expect_report 2 heap-use-after-free
  expect_report 3 'integer overflow'
  expect_report 4 FailedAssertion
  wait_until 60 server_answers
  : >"$LOGS/postgresql.log"
}

# shellcheck disable=SC2317 # suite calls it by name
check_sanitized() {
  WORK=$WORK/sanitized
  LOGS=$WORK/log
  sanitize "$WORK"
  serve_sanitized "$WORK"
  # shellcheck disable=SC2034 # installcheck's
  TREE=$WORK/tree
  start_server autovacuum=off
  find_planted_errors "$WORK"
  installcheck || true # counted by its output
  ! sanitizer_reports
}
