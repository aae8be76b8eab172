# shellcheck shell=bash
# A private PostgreSQL cluster in a directory of ours. It listens on a free port of 127.0.0.1, has no socket, and only
# a password opens it: nobody else on the machine becomes its superuser. To be sourced after lib.sh.

SUPERUSER=postgres # the name that initdb gives

pg_program() {
  printf '%s/%s' "$("$PG_CONFIG" --bindir)" "$1"
}

# cluster_create DIRECTORY PASSWORD [INITDB-OPTION...]: unless it exists.
cluster_create() {
  local dir=$1 password=$2
  shift 2
  [[ -d $dir/data ]] && return 0
  mkdir -p "$dir"
  [[ $EUID -ne 0 ]] || chown postgres: "$dir"
  (umask 077 && "${AS_SERVER[@]}" tee "$dir/password" <<<"$password" >/dev/null)
  rm -rf "$dir/new"
  quietly initdb "${AS_SERVER[@]}" "$(pg_program initdb)" -D "$dir/new" -U "$SUPERUSER" --auth=scram-sha-256 \
    --pwfile="$dir/password" --encoding=UTF8 --locale=C.UTF-8 "$@"
  rm "$dir/password"
  mv "$dir/new" "$dir/data"
}

cluster_processes() {
  find /proc -maxdepth 2 -name cwd -lname "$1/data" 2>/dev/null | cut -d/ -f3
}

cluster_is_quiet() {
  [[ -z $(cluster_processes "$1") ]]
}

# After a kill -9 there may be a server that still runs, backends that outlive theirs, or a pid file that means nobody.
cluster_clear_remains() {
  local dir=$1 pid
  [[ -e $dir/data/postmaster.pid ]] || return 0
  for pid in $(cluster_processes "$dir"); do
    kill -s INT "$pid" 2>/dev/null || true
  done
  wait_until 30 cluster_is_quiet "$dir" || die "a PostgreSQL server still runs on $dir/data (pid $(cluster_processes "$dir" | head -1))"
  rm -f "$dir/data/postmaster.pid"
}

SERVER_ENVIRONMENT=() # NAME=VALUE: beside what the scripts' own environment says

# cluster_start DIRECTORY PASSWORD [SETTING=VALUE...]: sets CLUSTER_PORT; stop_all stops it.
cluster_start() {
  local dir=$1 setting
  CLUSTER_PASSWORD=$2
  shift 2
  cluster_clear_remains "$dir"
  CLUSTER_PORT=$(free_port)
  local -a options=()
  for setting in listen_addresses=127.0.0.1 port="$CLUSTER_PORT" unix_socket_directories= extension_destdir="$STAGE" "$@"; do
    options+=(-c "$setting")
  done
  spawn postgresql INT env "${SERVER_ENVIRONMENT[@]}" "$(pg_program postgres)" -D "$dir/data" "${options[@]}"
  ready 120 "$(pg_program pg_isready)" -q -h 127.0.0.1 -p "$CLUSTER_PORT"
}

# cluster_url ROLE PASSWORD DATABASE
cluster_url() {
  printf 'postgresql://%s:%s@127.0.0.1:%s/%s' "$1" "$2" "$CLUSTER_PORT" "$3"
}

# as_superuser COMMAND...: with libpq's variables set to the cluster that was started last.
as_superuser() {
  PGHOST=127.0.0.1 PGPORT=$CLUSTER_PORT PGUSER=$SUPERUSER PGPASSWORD=$CLUSTER_PASSWORD "$@"
}
