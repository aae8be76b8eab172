# shellcheck shell=bash
# Part `relay`: requests a second, and the 99th percentile, over 16 and over 64 kept connections on loopback, beside the least that a request can cost
# (relay/floor.c) and beside Node (relay/node.mjs), all on one database; memory, and the time until the relay is ready. To be
# sourced after bench/measure.sh.

RELAY_ROUNDS=${RELAY_ROUNDS:-3}
RELAY_SECONDS=${RELAY_SECONDS:-4}
RELAY_CALLS=64
RELAY_CONNECTIONS='16 64'
RELAY_PORT= # of whichever is measured

# What the relay would refuse beyond, were it not off.
RELAY_LIMITS=(RATE_LIMIT_USER=0 RATE_LIMIT_ADDRESS=0 RATE_LIMIT_ENDPOINT=0 MAX_CONNECTIONS_PER_ADDRESS=0)

# All of them have the same settings.
relay_environment() {
  export "${RELAY_LIMITS[@]}"
  export TWILIO_ACCOUNT_SID=AC5a4db0c5000000000000000000000000 TWILIO_AUTH_TOKEN=8f2c1d4b5a6e7f8091a2b3c4d5e6f708
  export TWILIO_PHONE_NUMBER=+15005550006 SUPABASE_JWT_SECRET=a-secret-of-the-benchmark-with-32-characters
  export WATCHDOG_SECONDS=0 LOG_LEVEL=warn PUBLIC_URL=http://relay.example.org DATABASE_URL
  DATABASE_URL=$(cluster_url "$CLIENT_ROLE" "$CLUSTER_PASSWORD" worldtune)
}

# Calls that ring, and the requests about them.
relay_requests() {
  local kind
  sql -F ' ' -v deck="$(<rates/rates.csv)" -v calls="$RELAY_CALLS" -f bench/sql/relay.sql >"$WORK/relay.calls"
  for kind in callback refused lookup; do
    KIND=$kind node bench/relay/requests.mjs <"$WORK/relay.calls" >"$WORK/$kind.lua"
  done
  chmod a+r "$WORK"/*.lua
}

relay_answers() {
  curl -s -o /dev/null "http://127.0.0.1:$RELAY_PORT/api/rates/lookup?number=%2B442079460000"
}

# relay_serve NAME COMMAND...: whatever is measured, on a port of its own.
relay_serve() {
  RELAY_PORT=$(free_port)
  PORT=$RELAY_PORT LISTEN=127.0.0.1:$RELAY_PORT spawn "$@"
  wait_until 10 relay_answers || die "$1 does not answer"
}

# relay_load KIND CONNECTIONS: requests a second, and the 99th percentile of their latencies in milliseconds.
relay_load() {
  local said
  said=$(wrk -t1 -c"$2" --latency -d"${RELAY_SECONDS}s" -s "$WORK/$1.lua" "http://127.0.0.1:$RELAY_PORT" 2>&1)
  ! grep -q 'Non-2xx\|Socket errors' <<<"$said" || [[ $1 == refused ]] || die "$1 is not answered as it should be: $said"
  awk '/^ +99%/ { p99 = $2 * ($2 ~ /us$/ ? 0.001 : $2 ~ /ms$/ ? 1 : 1000) } /^Requests\/sec/ { print $2, p99 }' <<<"$said"
}

# relay_sample SIDE VALUE KEY...
relay_sample() {
  local key
  for key in "${@:3}"; do
    sample "relay.$key" "$1" "$2"
  done
}

# relay_measure SIDE PEER...: callbacks and lookups, for the figures that name these peers; a figure `p99` is of the latency.
relay_measure() {
  local side=$1 kind connections speed p99 peer
  shift
  for kind in callback lookup; do
    for connections in $RELAY_CONNECTIONS; do
      read -r speed p99 <<<"$(relay_load "$kind" "$connections")"
      for peer in "$@"; do
        case $peer in
          p99) relay_sample "$side" "$p99" "$kind.$connections.p99" ;;
          *) relay_sample "$side" "$speed" "$kind.$connections.$peer" ;;
        esac
      done
    done
  done
}

relay_measure_refused() {
  local speed
  read -r speed _ <<<"$(relay_load refused 16)"
  relay_sample "$1" "$speed" refused.node
}

# Milliseconds from its start to its first answer, and KiB resident after the load.
relay_first_answer() {
  local began=${EPOCHREALTIME/./}
  RELAY_PORT=$(free_port)
  LISTEN=127.0.0.1:$RELAY_PORT spawn relay TERM relay/worldtune-relay
  until curl -s -o /dev/null "http://127.0.0.1:$RELAY_PORT/healthz"; do :; done
  relay_sample ours $(((${EPOCHREALTIME/./} - began) / 1000)) ready
}

relay_memory() {
  local pid
  read -r pid _ <<<"${CHILDREN[-1]}"
  relay_sample ours "$(awk '/^VmRSS/ { print $2 }' "/proc/$pid/status")" memory
}

# shellcheck disable=SC2317 # alternate calls these by name
{
  relay_of_ours() {
    relay_first_answer
    relay_measure ours floor node node2 p99
    relay_measure_refused ours
    relay_memory
    stop_last
  }

  relay_of_floor() {
    relay_serve floor TERM bench/relay/floor
    relay_measure peer floor
    stop_last
  }

  relay_of_node() {
    relay_serve node TERM node bench/relay/node.mjs
    relay_measure peer node p99
    relay_measure_refused peer
    stop_last
    PROCESSES=2 relay_serve node2 TERM node bench/relay/node.mjs
    relay_measure peer node2
    stop_last
  }
}

run_relay() {
  local round key
  step "Relay: requests a second (${RELAY_LIMITS[*]})"
  relay_environment
  relay_requests
  make -s -C bench -f relay.mk
  for ((round = 1; round <= RELAY_ROUNDS; round++)); do
    alternate "$round" relay_of_ours relay_of_floor relay_of_node
  done
  for key in $(sql -c "SELECT key FROM bench.figures WHERE part = 'relay' ORDER BY ordinal"); do
    progress "$key"
  done
}
