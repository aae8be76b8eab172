# shellcheck shell=bash
# Part `live`: pages that are told of events (bench/live.mjs). To be sourced after bench/measure.sh.

run_live() {
  local key side value
  step 'Live events: idle pages, and an event on 2,000 of them'
  quietly build-relay make -C relay
  "${AS_SERVER[@]}" env TEST_DATABASE_URL="$(cluster_url "$SUPERUSER" "$CLUSTER_PASSWORD" postgres)" node bench/live.mjs >"$WORK/live.out" ||
    die 'the pages were not told'
  while read -r key side value; do
    sample "$key" "$side" "$value"
  done <"$WORK/live.out"
  for key in live.idle live.crowd live.reach live.request; do
    progress "$key"
  done
}
