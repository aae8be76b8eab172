-- Databases that are not in UTF-8: the extension installs there, and what it says is in their characters.
\set QUIET on
SET client_min_messages = warning;
CREATE DATABASE regress_latin1 TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C';
CREATE DATABASE regress_win1251 TEMPLATE template0 ENCODING 'WIN1251' LC_COLLATE 'C' LC_CTYPE 'C';
CREATE DATABASE regress_euc_jp TEMPLATE template0 ENCODING 'EUC_JP' LC_COLLATE 'C' LC_CTYPE 'C';
SELECT worldtune.mask_number('+44 20 7946 0958');
\set SHOW_CONTEXT never

\connect regress_latin1
SET client_min_messages = warning;
SET client_encoding = 'UTF8';
CREATE EXTENSION pg_worldtune;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT worldtune.mask_number('+44 20 7946 0958'), worldtune.e164('+44 20 7946 0958');
SELECT worldtune.e164('+44é');
SELECT rates FROM worldtune.import_rates(E'prefix,country,rate\n225,Côte d''Ivoire,0.4\n');
SELECT country FROM worldtune.list_countries('côte');
SELECT country FROM worldtune.lookup_rate('+2250701234567');
SELECT * FROM worldtune.my_account();

\connect regress_win1251
SET client_min_messages = warning;
SET client_encoding = 'UTF8';
CREATE EXTENSION pg_worldtune;
SELECT worldtune.mask_number('+44 20 7946 0958'), worldtune.e164('+44 20–7946–0958');

\connect regress_euc_jp
SET client_min_messages = warning;
SET client_encoding = 'UTF8';
CREATE EXTENSION pg_worldtune;
SELECT count(*) > 0 AS set_up FROM worldtune.setup();
SELECT worldtune.mask_number('+44 20 7946 0958'), worldtune.e164('＋４４ 20 7946 0958');

\connect contrib_regression
SET client_min_messages = warning;
DROP DATABASE regress_latin1;
DROP DATABASE regress_win1251;
DROP DATABASE regress_euc_jp;
