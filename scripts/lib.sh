# shellcheck shell=bash
# What the scripts share: where things are, how they speak, who runs the servers, how programs are started and stopped.
# Sourcing this file changes to the root of the checkout.

set -euo pipefail
umask 022

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$ROOT"

BUILD=$ROOT/.build
# shellcheck disable=SC2034 # for those who source this
STAGE=$BUILD/stage
LOGS=${LOGS:-$BUILD/log}
PG_CONFIG=${PG_CONFIG:-/usr/lib/postgresql/15/bin/pg_config}
export PG_CONFIG
export PATH=$ROOT/node_modules/.bin:$PATH

# npm keeps its cache and logs in the checkout, not in the home of whoever runs it; Node keeps none in /tmp.
export npm_config_cache=$BUILD/npm NODE_DISABLE_COMPILE_CACHE=1

# The options of the make that called a script are not meant for the ones that it calls.
unset MAKEFLAGS MFLAGS MAKELEVEL

say() {
  printf '%s\n' "$*"
}

step() {
  printf '==> %s\n' "$*"
}

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# quietly NAME COMMAND...: the output goes to a log, and to the screen only if the command fails.
quietly() {
  local log=$LOGS/$1.log
  shift
  mkdir -p "$LOGS"
  if ! "$@" </dev/null >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    die "\`$*\` failed; the whole output is in $log"
  fi
}

random_hex() {
  od -An -v -N"$1" -tx1 /dev/urandom | tr -d ' \n'
}

free_port() {
  node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}

port_is_busy() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# wait_until SECONDS COMMAND...
wait_until() {
  local tries=$(($1 * 10))
  shift
  until "$@"; do
    ((tries-- > 0)) || return 1
    sleep 0.1
  done
}

## Who runs the servers

# In a checkout that an ordinary user owns, root installs packages and leaves the rest to that user.
continue_as_owner() {
  local uid
  uid=$(stat -c %u "$ROOT")
  [[ $EUID -eq 0 && $uid -ne 0 ]] && getent passwd "$uid" >/dev/null || return 0
  [[ ! -d $BUILD ]] || chown -R --reference="$ROOT" "$BUILD"
  exec env HOME="$(getent passwd "$uid" | cut -d: -f6)" setpriv --reuid "$uid" --regid "$(stat -c %g "$ROOT")" \
    --init-groups "$@"
}

can_read_checkout() {
  "${AS_SERVER[@]}" head -c 1 "$ROOT/Makefile" >/dev/null 2>&1
}

# Sets AS_SERVER, the prefix under which servers run: PostgreSQL and the relay refuse to be root, so root hands them to
# the user `postgres`. A checkout that this user cannot reach (/root is closed to others) is opened to these processes
# alone, by a capability, rather than by changing the modes of somebody's directories.
choose_server_user() {
  local home capability
  AS_SERVER=()
  [[ $EUID -eq 0 ]] || return 0
  home=$(getent passwd postgres | cut -d: -f6) || die "there is no user \`postgres\` to run the servers"
  local -a user=(env HOME="$home" setpriv --reuid postgres --regid postgres --clear-groups --no-new-privs)
  AS_SERVER=("${user[@]}")
  for capability in dac_read_search dac_override; do
    can_read_checkout && return 0
    AS_SERVER=("${user[@]}" --inh-caps "+$capability" --ambient-caps "+$capability")
  done
  can_read_checkout || die "the user \`postgres\` cannot read $ROOT: move the checkout, for example to /srv"
}

## Programs in the background

CHILDREN=() # each "pid signal name", in the order they were started

# spawn NAME SIGNAL COMMAND...: runs COMMAND as the servers' user, in a session of its own (Ctrl-C reaches the script,
# which stops things in order), with SIGNAL sent to it when the script is killed. Its output goes to NAME.log.
spawn() {
  local name=$1 signal=$2
  shift 2
  mkdir -p "$LOGS"
  setsid "${AS_SERVER[@]}" setpriv --pdeathsig "$signal" "$@" </dev/null >>"$LOGS/$name.log" 2>&1 9>&- &
  CHILDREN+=("$! $signal $name")
}

has_ended() {
  ! kill -0 "$1" 2>/dev/null
}

# Stops the newest child that was started and not stopped yet.
stop_last() {
  local pid signal name
  read -r pid signal name <<<"${CHILDREN[-1]}"
  unset 'CHILDREN[-1]'
  has_ended "$pid" && return 0
  kill -s "$signal" "$pid"
  wait_until 30 has_ended "$pid" && return 0
  say "$name does not stop: it is killed"
  kill -s KILL "$pid" || true
}

stop_all() {
  while ((${#CHILDREN[@]})); do
    stop_last
  done
}

# The name of the child with this pid.
child_name() {
  local child pid signal name
  for child in "${CHILDREN[@]}"; do
    read -r pid signal name <<<"$child"
    if [[ $pid == "$1" ]]; then
      printf '%s' "$name"
    fi
  done
}

up_or_ended() {
  local pid=$1
  shift
  "$@" || has_ended "$pid"
}

# ready SECONDS CHECK...: waits until the newest child serves; gives up when it ends first.
ready() {
  local seconds=$1 pid signal name
  shift
  read -r pid signal name <<<"${CHILDREN[-1]}"
  wait_until "$seconds" up_or_ended "$pid" "$@" && ! has_ended "$pid" && return 0
  tail -n 20 "$LOGS/$name.log" >&2
  die "$name did not start; its log is $LOGS/$name.log"
}
