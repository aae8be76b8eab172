-- The one normaliser of numbers: what people write, and what is refused with the reason.
\set QUIET on
CREATE TEMP TABLE notations (id int GENERATED ALWAYS AS IDENTITY, number text);
INSERT INTO notations (number) VALUES
  ('+442079460958'), ('442079460958'), ('00442079460958'), ('+44 20 7946 0958'), ('0044 20 7946 0958'),
  ('+44 (0)20 7946 0958'), ('+39 (0)6 698 21234'), ('+44-20-7946-0958'), ('+44.20.7946.0958'), ('+44/20/7946/0958'), ('[+44] 20 7946 0958'),
  (U&'+44\00A020\20117946\20090958'), (U&'\202A+44 20 7946 0958\202C'), (U&'\FF0B\FF14\FF14\FF12\FF10 7946 0958'),
  ('+39 06 698 1234'), ('1234567'), ('123456789012345');
\pset format unaligned
SELECT number, worldtune.e164(number) FROM notations ORDER BY id;
\pset format aligned

-- One message for each mistake.
CREATE FUNCTION pg_temp.problem(number text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RETURN worldtune.e164(number);
EXCEPTION WHEN others THEN
  RETURN sqlstate || ' ' || sqlerrm;
END $$;
SELECT pg_temp.problem(number) FROM unnest(ARRAY[
  '', '  ', '+', '12ab', 'twelve', '+44 20 7946 0958 ext 5', '+44207946,5', '#31#+442079460958', '++442079460958', '+44+2079460958',
  E'+44\t2079460958', E'+442079460958\n', '020 7946 0958', '(0)20 7946 0958', '+0044 20 7946 0958', '123456', '1234567890123456',
  U&'+44 20 7946 095\0968', repeat('1 ', 1000)]) WITH ORDINALITY AS n(number, position) ORDER BY position;
SELECT worldtune.e164(NULL);
-- A person is told how to write it.
SELECT worldtune.e164('020 7946 0958');

-- The code that a person would write, which is not always the country's whole prefix.
SELECT number, worldtune.calling_code(number) FROM unnest(ARRAY[
  '+44 20 7946 0958', '+1 876 555 1234', '+1 212 555 1234', '+1 416 555 1234', '+7 701 555 1234', '+242 06 500 0000',
  '+881 6 5555 1234', '+210 555 1234']) AS n(number);
