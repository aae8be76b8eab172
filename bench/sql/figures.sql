-- What is measured, what it is held against and what it should reach; samples of both sides; the report.

CREATE SCHEMA bench;

CREATE TABLE bench.figures (
  ordinal integer GENERATED ALWAYS AS IDENTITY,
  part text NOT NULL,
  key text PRIMARY KEY,
  figure text NOT NULL,
  unit text NOT NULL,
  peer text,
  sense text NOT NULL CHECK (sense IN ('times', 'share', 'speedup', 'limit', 'seen')),
  goal numeric
);
COMMENT ON COLUMN bench.figures.sense IS
  'times: ours / peer is at least the goal. share: ours / peer is at most the goal. speedup: peer / ours is at least the goal. limit: ours is at most the goal. seen: no goal.';

INSERT INTO bench.figures (part, key, figure, unit, peer, sense, goal) VALUES
  ('rating', 'big.nothing', 'lookup, 60,000 prefixes', 'ns', 'do-nothing C function', 'share', 3),
  ('rating', 'big.prefix', 'lookup, 60,000 prefixes', 'ns', 'prefix, GiST', 'speedup', 100),
  ('rating', 'big.any', 'lookup, 60,000 prefixes', 'ns', '= ANY (substrings), btree', 'speedup', 30),
  ('rating', 'big.wrong', 'disagreements, 60,000 prefixes', 'numbers', NULL, 'limit', 0),
  ('rating', 'country.nothing', 'lookup, country deck', 'ns', 'do-nothing C function', 'share', 3),
  ('rating', 'country.prefix', 'lookup, country deck', 'ns', 'prefix, GiST', 'speedup', 25),
  ('rating', 'country.any', 'lookup, country deck', 'ns', '= ANY (substrings), btree', 'speedup', 30),
  ('rating', 'country.wrong', 'disagreements, country deck', 'numbers', NULL, 'limit', 0),
  ('rating', 'memory', 'memory of a backend for 60,000 prefixes', 'KiB', NULL, 'limit', 2048),
  ('rating', 'build', 'making it anew after a change, first lookup included', 'ms', NULL, 'limit', 10),
  ('rating', 'build.rows', 'the same from the rows, where no compiled deck is', 'ms', NULL, 'seen', NULL),
  ('rating', 'first', 'first lookup of a fresh backend', 'ms', 'prefix, GiST', 'share', 3),
  ('rating', 'countries', 'list_countries(), 60,000 prefixes', 'ms', 'GROUP BY over the rates', 'limit', 5),
  ('rating', 'countries.first', 'the same, a backend''s first after a change', 'ms', NULL, 'seen', NULL),
  ('rating', 'import', 'importing 60,000 rows', 'ms', 'INSERT of the same rows', 'limit', 1000),
  ('publishing', 'publish.errors', '8 clients while decks are published: errors', 'clients', NULL, 'limit', 0),
  ('publishing', 'publish.mixed', '8 clients while decks are published: mixtures', 'statements', NULL, 'limit', 0),
  ('publishing', 'publish.stall', '8 clients while decks are published: longest stall', 'ms', NULL, 'limit', 50),
  ('publishing', 'publish.quiet', 'the same clients, nothing published: longest stall', 'ms', NULL, 'seen', NULL);

INSERT INTO bench.figures (part, key, figure, unit, peer, sense, goal)
  SELECT 'relay', format('relay.%s.%s.%s', k.kind, c.connections, p.peer),
    format('%s%s, %s connections', k.figure, CASE p.peer WHEN 'p99' THEN ', 99th percentile' ELSE '' END, c.connections),
    CASE p.peer WHEN 'p99' THEN 'ms' ELSE 'requests/s' END, p.name,
    CASE p.peer WHEN 'p99' THEN 'share' WHEN 'node2' THEN 'seen' ELSE 'times' END, p.goals[k.number]
  FROM (VALUES (1, 'callback', 'signed callback'), (2, 'lookup', 'lookup')) k(number, kind, figure),
    (VALUES (16), (64)) c(connections),
    (VALUES ('floor', 'CivetWeb and libpq alone', '{0.85,0.85}'::numeric[]), ('node', 'Node', '{1.5,4}'), ('node2', 'Node, two processes', NULL),
      ('p99', 'Node', '{0.7,0.7}')) p(peer, name, goals);

INSERT INTO bench.figures (part, key, figure, unit, peer, sense, goal) VALUES
  ('relay', 'relay.refused.node', 'callback with a wrong signature', 'requests/s', 'Node', 'times', 6),
  ('relay', 'relay.memory', 'resident after all of it', 'KiB', NULL, 'limit', 25600),
  ('relay', 'relay.ready', 'from start to first answer', 'ms', NULL, 'limit', 100);

INSERT INTO bench.figures (part, key, figure, unit, peer, sense, goal)
  SELECT 'charging', format('call.%s.%s', commit, clients),
    format('authorize + complete, %s client%s, synchronous_commit %s', clients, CASE WHEN clients > 1 THEN 's' ELSE '' END, commit),
    'calls/s', 'PL/pgSQL', 'times', goal
  FROM (VALUES ('off', 1, 1.80), ('off', 2, 2.17), ('off', 8, 2.11), ('on', 1, 1.42), ('on', 2, 1.31), ('on', 8, 1.66)) g(commit, clients, goal)
UNION ALL
  SELECT 'charging', format('minimal.%s.%s', commit, clients),
    format('the same beside no more than must be, %s client%s, synchronous_commit %s', clients, CASE WHEN clients > 1 THEN 's' ELSE '' END, commit),
    'calls/s', 'minimal PL/pgSQL', 'times', 1.5
  FROM unnest(ARRAY['off', 'on']) AS commit, unnest(ARRAY[1, 2, 8]) AS clients
UNION ALL
  SELECT 'settling', format('settle.%s.%s', commit, clients),
    format('settle, %s client%s, synchronous_commit %s', clients, CASE WHEN clients > 1 THEN 's' ELSE '' END, commit),
    'calls/s', 'pgbench -N', 'times', 1
  FROM unnest(ARRAY['off', 'on']) AS commit, unnest(ARRAY[1, 2, 8]) AS clients
UNION ALL
  SELECT 'contention', 'contention.' || commit, '100 clients on one user''s row, synchronous_commit ' || commit, 'calls/s', '1 client', 'times', 0.7
  FROM unnest(ARRAY['off', 'on']) AS commit
UNION ALL
  SELECT 'contention', 'crowd.' || commit, 'the same crowd beside the peer''s, synchronous_commit ' || commit, 'calls/s', 'PL/pgSQL', 'times', CASE commit WHEN 'off' THEN 1.5 ELSE 1 END
  FROM unnest(ARRAY['off', 'on']) AS commit;

INSERT INTO bench.figures (part, key, figure, unit, peer, sense, goal) VALUES
  ('live', 'live.idle', 'the relay with 2,000 idle pages', 'MB', NULL, 'limit', 60),
  ('live', 'live.crowd', 'the relay with 10,000 idle pages', 'MB', NULL, 'limit', 150),
  ('live', 'live.reach', 'from a webhook to the last of a user''s 2,000 pages', 'ms', NULL, 'limit', 250),
  ('live', 'live.request', 'a webhook beside 2,000 idle pages', 'ms', 'no page', 'share', 1.15),
  ('history', 'history.p99', 'settle, 99th percentile, large call_logs', 'us', '10,000 calls', 'share', 1.15),
  ('history', 'history.integrity', 'check_integrity() over a million calls', 'ms', NULL, 'limit', 5000),
  ('history', 'history.explain', 'explain_charge() of one of them', 'ms', NULL, 'limit', 3);

CREATE TABLE bench.samples (
  key text NOT NULL REFERENCES bench.figures,
  side text NOT NULL CHECK (side IN ('ours', 'peer')),
  value numeric NOT NULL
);

-- Runs both queries in alternating order and notes nanoseconds a row.
CREATE PROCEDURE bench.compare(key text, ours text, our_rows integer, peer text, peer_rows integer, rounds integer)
LANGUAGE plpgsql AS $$
BEGIN
  FOR round IN 1..rounds LOOP
    IF round % 2 = 1 THEN
      CALL bench.time(key, 'ours', ours, our_rows);
      CALL bench.time(key, 'peer', peer, peer_rows);
    ELSE
      CALL bench.time(key, 'peer', peer, peer_rows);
      CALL bench.time(key, 'ours', ours, our_rows);
    END IF;
  END LOOP;
END
$$;

CREATE PROCEDURE bench.time(key text, side text, query text, parts numeric)
LANGUAGE plpgsql AS $$
DECLARE
  start timestamptz := clock_timestamp();
BEGIN
  EXECUTE query;
  INSERT INTO bench.samples VALUES (key, side, extract(epoch FROM clock_timestamp() - start) * 1e9 / parts);
END
$$;

CREATE FUNCTION bench.show(value numeric, unit text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
  SELECT to_char(value, CASE WHEN abs(value) >= 100 OR value = trunc(value) THEN 'FM999,999,999,990' ELSE 'FM990.00' END) || coalesce(' ' || unit, '')
$$;

-- Two runs of one program differ by some 15 percent here: a goal missed by less is `near`.
CREATE VIEW bench.report AS
  SELECT f.ordinal, f.part, f.key, f.figure, bench.show(m.ours, f.unit) AS ours,
    coalesce(f.peer || CASE WHEN m.peer IS NULL THEN '' ELSE ': ' || bench.show(m.peer, f.unit) END, '') AS peer,
    coalesce(bench.show(r.ratio, NULL), '') AS ratio,
    coalesce(CASE WHEN f.sense IN ('share', 'limit') THEN '<= ' ELSE '>= ' END || trim_scale(f.goal)
      || CASE f.sense WHEN 'limit' THEN ' ' || f.unit WHEN 'speedup' THEN ' times faster' ELSE ' times' END, '') AS goal,
    CASE WHEN f.goal IS NULL THEN '' WHEN q.quality >= 1 THEN 'met' WHEN q.quality >= 0.85 THEN 'near' ELSE 'missed' END AS verdict
  FROM bench.figures f
  JOIN (SELECT key,
          (percentile_cont(0.5) WITHIN GROUP (ORDER BY value) FILTER (WHERE side = 'ours'))::numeric AS ours,
          (percentile_cont(0.5) WITHIN GROUP (ORDER BY value) FILTER (WHERE side = 'peer'))::numeric AS peer
        FROM bench.samples GROUP BY key) m ON m.key = f.key
  CROSS JOIN LATERAL (SELECT CASE f.sense WHEN 'speedup' THEN m.peer / m.ours ELSE m.ours / m.peer END AS ratio) r
  CROSS JOIN LATERAL (SELECT CASE
      WHEN f.sense = 'limit' THEN CASE WHEN m.ours <= f.goal THEN 1 ELSE f.goal / m.ours END
      WHEN f.sense = 'share' THEN f.goal / r.ratio
      ELSE r.ratio / f.goal END AS quality) q;
