#!/usr/bin/env bash
# make run: the whole product on this machine, in the foreground, with a private cluster under $WORLDTUNE_HOME.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=scripts/cluster.sh
source scripts/cluster.sh

PORT=${PORT:-8080}
WORLDTUNE_HOME=$(realpath -m "${WORLDTUNE_HOME:-.worldtune}")
RELAY_URL=http://127.0.0.1:$PORT
PUBLIC_URL=${PUBLIC_URL:-$RELAY_URL}
# A microphone needs a secure context, which every browser takes this name for.
PAGE_URL=http://localhost:$PORT

# shellcheck disable=SC2317 # a trap calls it
finish() {
  local status=$?
  trap '' INT TERM HUP
  ((${#CHILDREN[@]})) && step 'Stopping'
  stop_all
  exit "$status"
}

check_port() {
  [[ $PORT =~ ^[1-9][0-9]{0,4}$ ]] || die "PORT=$PORT is not a port"
  ! port_is_busy "$PORT" || die "port $PORT is taken; PORT=8081 make run uses another one"
}

# Only one start at a time may own the home; the lock goes with this process.
open_home() {
  mkdir -p "$WORLDTUNE_HOME/log" || die "cannot write to $WORLDTUNE_HOME"
  exec 9>"$WORLDTUNE_HOME/lock"
  flock -n 9 || die "another \`make run\` uses $WORLDTUNE_HOME"
  LOGS=$WORLDTUNE_HOME/log
}

# keep FILE NAME COMMAND...: what COMMAND answers at the first start, and the same at every later one.
keep() {
  grep -q "^$2=" "$1" || printf '%s=%s\n' "$2" "$("${@:3}")" >>"$1"
}

# The sandbox insists on identifiers that no real account has: 5a4db0c5 reads "sandbox".
# shellcheck disable=SC2317 # keep calls it
sandbox_sid() {
  printf '%s5a4db0c5%s' "$1" "$(random_hex 12)"
}

load_secrets() {
  local file=$WORLDTUNE_HOME/secrets
  (umask 077 && touch "$file")
  keep "$file" SUPERUSER_PASSWORD random_hex 16
  keep "$file" RELAY_PASSWORD random_hex 16
  keep "$file" SUPABASE_JWT_SECRET random_hex 32
  keep "$file" DEMO_USER_ID cat /proc/sys/kernel/random/uuid
  keep "$file" SANDBOX_ACCOUNT_SID sandbox_sid AC
  keep "$file" SANDBOX_AUTH_TOKEN random_hex 16
  keep "$file" SANDBOX_API_KEY sandbox_sid SK
  keep "$file" SANDBOX_API_SECRET random_hex 16
  keep "$file" SANDBOX_APP_SID sandbox_sid AP
  # shellcheck source=/dev/null
  source "$file"
  DEMO_JWT=$(DEMO_USER_ID=$DEMO_USER_ID SUPABASE_JWT_SECRET=$SUPABASE_JWT_SECRET node scripts/jwt.mjs)
}

sql() {
  as_superuser "$(pg_program psql)" -X -q -A -t "$@"
}

start_database() {
  local home=$WORLDTUNE_HOME/postgresql
  step "Starting PostgreSQL (its data: $home)"
  cluster_create "$home" "$SUPERUSER_PASSWORD"
  cluster_start "$home" "$SUPERUSER_PASSWORD"
  step 'Preparing the database: extension, tables, rates, a demo user with credit'
  RELAY_PASSWORD=$RELAY_PASSWORD DEMO_USER_ID=$DEMO_USER_ID sql -d postgres -f scripts/demo.sql
}

# With TWILIO_ variables in the environment the calls are real ones, unless they are the sandbox's own from our env file.
calls_are_real() {
  [[ -n $(compgen -e TWILIO_) && ${TWILIO_ACCOUNT_SID:-} != "$SANDBOX_ACCOUNT_SID" ]]
}

start_carrier() {
  ! calls_are_real || return 0
  step 'Starting the sandbox carrier: calls are played, no phone rings'
  local port
  port=$(free_port)
  export TWILIO_API_BASE=http://127.0.0.1:$port TWILIO_PRICING_BASE=http://127.0.0.1:$port TWILIO_PHONE_NUMBER=+15005550006
  export TWILIO_ACCOUNT_SID=$SANDBOX_ACCOUNT_SID TWILIO_AUTH_TOKEN=$SANDBOX_AUTH_TOKEN
  export TWILIO_API_KEY=$SANDBOX_API_KEY TWILIO_API_SECRET=$SANDBOX_API_SECRET TWILIO_TWIML_APP_SID=$SANDBOX_APP_SID
  export PUBLIC_URL
  PORT=$port spawn carrier TERM node sandbox/carrier.mjs
  ready 30 curl -s -o /dev/null "$TWILIO_API_BASE"
}

# Live events come from the next port, if nobody else has it.
start_relay() {
  local live_port=$((PORT + 1))
  step 'Starting the relay'
  ((live_port < 65536)) && ! port_is_busy "$live_port" || live_port=$(free_port)
  export PUBLIC_URL SUPABASE_JWT_SECRET
  export LIVE_URL=ws://127.0.0.1:$live_port/api/calls/live
  DATABASE_URL=$(cluster_url worldtune_relay "$RELAY_PASSWORD" worldtune) LISTEN=127.0.0.1:$PORT LIVE_LISTEN=127.0.0.1:$live_port \
    spawn relay TERM relay/worldtune-relay
  ready 30 curl -fs -o /dev/null "$RELAY_URL/readyz"
}

write_env() {
  local name DATABASE_URL
  # shellcheck disable=SC2034 # read by name
  DATABASE_URL=$(cluster_url postgres "$SUPERUSER_PASSWORD" worldtune)
  umask 077
  for name in DATABASE_URL RELAY_URL LIVE_URL DEMO_USER_ID DEMO_JWT SUPABASE_JWT_SECRET $(compgen -e TWILIO_); do
    printf '%s=%s\n' "$name" "${!name}"
  done >"$WORLDTUNE_HOME/env.new"
  mv "$WORLDTUNE_HOME/env.new" "$WORLDTUNE_HOME/env"
}

greet() {
  local credit
  credit=$(sql -d worldtune -c "SELECT credit_balance FROM public.users WHERE id = '$DEMO_USER_ID'")
  cat <<END

pg_worldtune is running. Ctrl-C stops it and keeps the data.

  page       $PAGE_URL/#token=$DEMO_JWT
  relay      $RELAY_URL
  database   127.0.0.1:$CLUSTER_PORT/worldtune
  demo user  $DEMO_USER_ID
  credit     $credit

The addresses, the token and the passwords are in $WORLDTUNE_HOME/env.
END
}

# Until Ctrl-C, or until something that should run does not.
serve() {
  local pid name status=0
  wait -n -p pid 2>/dev/null || status=$?
  name=$(child_name "$pid")
  tail -n 20 "$LOGS/$name.log" >&2
  die "$name ended by itself (status $status); its log is $LOGS/$name.log"
}

main() {
  check_port
  scripts/packages.sh run
  continue_as_owner scripts/run.sh
  scripts/node.sh
  scripts/stage.sh
  choose_server_user
  trap finish EXIT
  trap 'exit 130' INT TERM HUP
  open_home
  load_secrets
  start_database
  start_carrier
  start_relay
  write_env
  trap 'exit 0' INT TERM HUP
  greet
  serve
}

main
