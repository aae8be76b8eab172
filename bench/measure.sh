# shellcheck shell=bash
# How the parts of the benchmark speak with the database: SQL, samples, pgbench, and the lines that show progress. To be
# sourced after scripts/cluster.sh. The database `worldtune` is measured and keeps the figures.

export PGDATABASE=worldtune
# shellcheck disable=SC2034 # for those who source this
CLIENT_ROLE=worldtune_relay

sql() {
  as_superuser "$(pg_program psql)" -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

# sample KEY SIDE VALUE
sample() {
  PGDATABASE=worldtune sql -c "INSERT INTO bench.samples VALUES ('$1', '$2', $3)"
}

# The line of a figure that is complete.
progress() {
  PGDATABASE=worldtune sql -F ' | ' -c "SELECT '    $SECONDS s', figure, ours, peer, ratio, verdict FROM bench.report WHERE key = '$1'"
}

# alternate ROUND FUNCTION...: calls all of them, another one first in each round.
alternate() {
  local round=$1 i
  shift
  for ((i = 0; i < $#; i++)); do
    "${@:1 + (round - 1 + i) % $#:1}" "$round"
  done
}

# bench_with ROLE OPTION...: pgbench over prepared statements.
bench_with() {
  local role=$1 threads
  shift
  threads=$(nproc)
  as_superuser env PGUSER="$role" "$(pg_program pgbench)" -n -M prepared -j "$threads" "$@"
}

# Transactions a second, from the output of pgbench. A client that aborted makes pgbench fail, and the benchmark with it.
throughput() {
  bench_with "$@" >"$WORK/pgbench.out" 2>"$WORK/pgbench.err" || {
    cat "$WORK/pgbench.out" "$WORK/pgbench.err" >&2
    die 'pgbench failed'
  }
  awk '/^tps = / { print $3 }' "$WORK/pgbench.out"
}

# session_options COMMIT SCHEMA: what the sessions of pgbench start with.
session_options() {
  printf -- '-c synchronous_commit=%s -c search_path=%s' "$1" "$2"
}

# latencies ROLE OPTION...: microseconds of each transaction but every client's first (or first $SKIP), one a line.
latencies() {
  local dir
  dir=$(mktemp -d "$WORK/latencies.XXXXXX")
  bench_with "$@" -l --log-prefix="$dir/log" >"$WORK/pgbench.out" 2>"$WORK/pgbench.err" || {
    cat "$WORK/pgbench.err" >&2
    grep -c 'aborted in command' "$WORK/pgbench.err" >"$WORK/aborted" || true
  }
  cat "$dir"/log.* | awk -v skip="${SKIP:-1}" '$2 > skip { print $3 }'
  rm -rf "$dir"
}

# percentile P: of the numbers on standard input, one a line.
percentile() {
  sort -n | awk -v p="$1" '{ value[NR] = $1 } END { print value[int(NR * p / 100 + 0.999999)] }'
}
