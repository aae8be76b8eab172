# shellcheck shell=bash
# Parts `rating` and `publishing`: what a lookup costs, alone and while decks change. To be sourced after measure.sh.

ROUNDS_OF_LOOKUPS=5
PEER_ROWS=20000 # a peer takes some 10 to 60 us a row: it gets a part of the million numbers

import_deck() {
  sql -c "SELECT worldtune.import_rates(deck, name, allow_losses => true) FROM bench.csv WHERE name = '$1'" >/dev/null
}

# compare_lookup KEY PEER-EXPRESSION PEER-ROWS
compare_lookup() {
  sql -v key="$1" -v rounds="$ROUNDS_OF_LOOKUPS" -v peer_rows="$3" \
    -v ours="SELECT count(worldtune.rate_per_minute(number)) FROM bench.numbers" \
    -v peer="SELECT count($2) FROM bench.numbers WHERE id <= $3" <<<'
      SET enable_seqscan = off; -- a small deck is looked up by its index too
      SET max_parallel_workers_per_gather = 0;
      CALL bench.compare(:'\''key'\'', :'\''ours'\'', 1000000, :'\''peer'\'', :peer_rows, :rounds);'
  progress "$1"
}

PREFIX_LOOKUP='(SELECT d.rate FROM bench.prefix_deck d WHERE d.prefix @> digits::prefix_range ORDER BY length(d.prefix) DESC LIMIT 1)'
ANY_LOOKUP='(SELECT d.rate FROM bench.btree_deck d WHERE d.prefix = ANY (ARRAY[left(digits, 1), left(digits, 2), left(digits, 3),
  left(digits, 4), left(digits, 5), left(digits, 6), left(digits, 7), left(digits, 8), left(digits, 9)]) ORDER BY length(d.prefix) DESC LIMIT 1)'

# count_disagreements KEY: with the one peer over all numbers, with the other over its part of them.
count_disagreements() {
  sql -c 'SET enable_seqscan = off' -c "INSERT INTO bench.samples SELECT '$1', 'ours', count(*) FILTER (WHERE worldtune.rate_per_minute(number) IS DISTINCT FROM $ANY_LOOKUP)
      + count(*) FILTER (WHERE id <= $PEER_ROWS AND worldtune.rate_per_minute(number) IS DISTINCT FROM $PREFIX_LOOKUP) FROM bench.numbers"
  progress "$1"
}

compare_deck() {
  compare_lookup "$1.nothing" 'bench.nothing(number)' 1000000
  compare_lookup "$1.prefix" "$PREFIX_LOOKUP" "$PEER_ROWS"
  compare_lookup "$1.any" "$ANY_LOOKUP" "$PEER_ROWS"
  count_disagreements "$1.wrong"
}

# first_lookup KEY SIDE QUERY: milliseconds of the first statement of a new session but SELECT 1.
first_lookup() {
  sample "$1" "$2" "$(sql <<<"SELECT 1 \\g /dev/null
    \\timing on
    $3;" | awk '/^Time:/ { print $2 }')"
}

our_first() {
  first_lookup first ours "SELECT worldtune.rate_per_minute('+442079460958')"
}

peer_first() {
  first_lookup first peer "SELECT rate FROM bench.prefix_deck WHERE prefix @> '442079460958' ORDER BY length(prefix) DESC LIMIT 1"
}

measure_first() {
  local round
  for round in {1..15}; do
    alternate "$round" our_first peer_first
  done
  progress first
}

# The lookup that follows a change of the decks makes the structure anew, from the compiled deck or from its rows.
measure_rebuild() {
  sql -v key="$1" <<'SQL'
    CREATE PROCEDURE pg_temp.rebuild(key text) LANGUAGE plpgsql AS $$
    BEGIN
      FOR round IN 1..9 LOOP
        UPDATE worldtune.rate_decks SET name = name;
        CALL bench.time(key, 'ours', 'SELECT worldtune.rate_per_minute(''+442079460958'')', 1e6);
      END LOOP;
    END
    $$;
    SELECT worldtune.rate_per_minute('+442079460958') \g /dev/null
    CALL pg_temp.rebuild(:'key');
SQL
  progress "$1"
}

measure_countries() {
  sql <<'SQL'
    DO $$
    BEGIN
      FOR round IN 1..5 LOOP
        UPDATE worldtune.rate_decks SET name = name;
        CALL bench.time('countries.first', 'ours', 'SELECT count(*) FROM worldtune.list_countries()', 1e6);
        CALL bench.compare('countries', 'SELECT count(*) FROM worldtune.list_countries()', 1000000,
          'SELECT count(*) FROM (SELECT coalesce(country, iso_country), min(iso_country), min(continent), min(rate_min), max(rate_max) FROM worldtune.rates'
          ' WHERE deck_id = worldtune.deck_in_force() GROUP BY 1) c', 1000000, 2);
      END LOOP;
    END
    $$;
SQL
  progress countries
  progress countries.first
}

measure_memory() {
  sql <<'SQL'
    SELECT worldtune.rate_per_minute('+442079460958') \g /dev/null
    INSERT INTO bench.samples SELECT 'memory', 'ours', sum(total_bytes) / 1024.0 FROM pg_backend_memory_contexts WHERE name LIKE 'worldtune %';
SQL
  progress memory
}

measure_import() {
  sql <<'SQL'
    CREATE TABLE bench.plain_rates (LIKE worldtune.rates INCLUDING ALL);
    INSERT INTO bench.plain_rates SELECT * FROM worldtune.rates;
    CREATE TEMPORARY TABLE plain_copy AS SELECT * FROM bench.plain_rates;
    DO $$
    BEGIN
      FOR round IN 1..3 LOOP
        TRUNCATE bench.plain_rates;
        CALL bench.time('import', 'peer', 'INSERT INTO bench.plain_rates SELECT * FROM plain_copy', 1e6);
        CALL bench.time('import', 'ours', 'SELECT worldtune.import_rates(deck, name, allow_losses => true) FROM bench.csv WHERE name = ''big''', 1e6);
      END LOOP;
    END
    $$;
SQL
  progress import
}

# Both publishing and rating look up in these.
make_decks() {
  [[ -z ${DECKS_ARE_MADE:-} ]] || return 0
  step 'Making decks and numbers'
  sql -v library="$ROOT/bench/nothing.so" -f bench/sql/rating.sql
  DECKS_ARE_MADE=yes
}

run_rating() {
  make_decks
  step 'Rating: the deck of 60,000 prefixes'
  import_deck big
  sql -c 'CALL bench.copy_deck()'
  measure_memory
  measure_rebuild build
  measure_first
  measure_countries
  compare_deck big
  sql -c 'DELETE FROM worldtune.deck_images'
  measure_rebuild build.rows
  measure_import
  step 'Rating: the country deck'
  sql -v deck="$(<rates/rates.csv)" <<<"SELECT worldtune.import_rates(:'deck', 'country', allow_losses => true) \g /dev/null"
  sql -c 'CALL bench.copy_deck()'
  compare_deck country
}

## Publishing

SECONDS_OF_LOOKUPS=10

# looked_up_for SECONDS: the longest statement of eight clients, in milliseconds.
longest_stall() {
  latencies "$CLIENT_ROLE" -c 8 -T "$1" -f bench/pgbench/lookup.sql | percentile 100 | awk '{ print $1 / 1000 }'
}

publish_decks() {
  local deck
  for deck in 'flat 2' 'flat 1' 'flat 2' 'flat 1'; do
    sleep 1.5
    import_deck "$deck"
  done
}

run_publishing() {
  local publisher
  make_decks
  step 'Publishing decks while 8 clients look up'
  import_deck 'flat 1'
  sql <<'SQL'
    CREATE TABLE bench.few AS SELECT number FROM bench.numbers WHERE id % 50000 = 0;
    CREATE TABLE bench.mixtures (at timestamptz DEFAULT clock_timestamp());
    GRANT USAGE ON SCHEMA bench TO worldtune_relay;
    GRANT SELECT ON bench.few TO worldtune_relay;
    GRANT INSERT ON bench.mixtures TO worldtune_relay;
SQL
  sample publish.quiet ours "$(longest_stall $((SECONDS_OF_LOOKUPS / 2)))"
  progress publish.quiet
  publish_decks &
  publisher=$!
  echo 0 >"$WORK/aborted"
  sample publish.stall ours "$(longest_stall $SECONDS_OF_LOOKUPS)"
  wait "$publisher"
  sample publish.errors ours "$(<"$WORK/aborted")"
  sql -c "INSERT INTO bench.samples SELECT 'publish.mixed', 'ours', count(*) FROM bench.mixtures"
  progress publish.errors
  progress publish.mixed
  progress publish.stall
}
