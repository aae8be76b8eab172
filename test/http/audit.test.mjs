/** The command line of the audit: Twilio's list of a day beside ours. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BrowserCall, JAMAICA } from './lib/calls.mjs';
import { startReceiver } from './lib/receiver.mjs';
import { ACCOUNT, runRelay } from './lib/relay.mjs';
import { until } from './lib/until.mjs';
import { startWorld } from './lib/world.mjs';

const CALLS = `/2010-04-01/Accounts/${ACCOUNT.TWILIO_ACCOUNT_SID}/Calls`;
const today = () => new Date().toISOString().slice(0, 10);

let world, user;

before(async () => {
  world = await startWorld({ settings: { WATCHDOG_SECONDS: '0' } });
  // Dearer than what the sandbox charges.
  await world.database.query(
    "INSERT INTO worldtune.rate_overrides (prefix, rate) VALUES ('1876', 2), ('44', 2)",
  );
  user = await world.database.addUser('50000');
});
after(() => world?.stop());

const audit = (args, { base = world.carrier.url, environment = {} } = {}) =>
  runRelay(['audit', ...args], {
    ...ACCOUNT,
    DATABASE_URL: world.database.relayUrl,
    TWILIO_API_BASE: base,
    ...environment,
  });
const findings = async (options) => JSON.parse((await audit([today(), '--json'], options)).stdout).findings;

async function call(to) {
  const callSid = await world.callFromBrowser(user, to);
  await world.watch(callSid, 'over');
  return callSid;
}

const leg = (sid, more) => ({
  sid,
  status: 'completed',
  duration: '61',
  price: null,
  price_unit: 'USD',
  ...more,
});

async function withList(answers, use) {
  const twilio = await startReceiver(ACCOUNT.TWILIO_AUTH_TOKEN, answers);
  try {
    return await use(twilio);
  } finally {
    await twilio.stop();
  }
}

describe('audit', () => {
  it('says that both agree, when they do', async () => {
    const calls = await Promise.all(['+18765555020', '+18765555040', '+447700900123'].map(call));
    assert.equal(new Set(calls).size, 3);
    const { status, stdout, stderr } = await audit([today()]);
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /agree/);
    assert.deepEqual(await findings(), []);
  });

  it('finds the call that nobody told us the end of, and what differs', async () => {
    const lost = await call('+18765555911');
    const dear = await call('+18765555030');
    const changed = await call('+18765555031');
    await until(
      'all are there',
      async () =>
        (await world.database.query('SELECT FROM public.call_logs WHERE call_sid = $1', [changed])).length ===
        1,
    );
    await world.database.query('SELECT worldtune.refund_call($1, user_id => $2)', [dear, user.id]);
    await world.database.query(`SELECT worldtune.reconcile_call($1, 'completed', 200, user_id => $2)`, [
      changed,
      user.id,
    ]);
    await until('the carrier tells prices', async () => {
      const found = await findings();
      return [lost, dear].every((sid) =>
        found.some(({ finding, callSid }) => finding === 'dearer_than_sold' && callSid === sid),
      );
    });
    const found = await findings();
    const of = (sid) => found.filter(({ callSid }) => callSid === sid).map(({ finding }) => finding);
    assert.deepEqual(
      [of(lost), of(dear), of(changed)],
      [['unbilled', 'dearer_than_sold'], ['dearer_than_sold'], ['other_seconds']],
    );
    const unbilled = found.find(({ finding }) => finding === 'unbilled');
    assert.deepEqual([unbilled.carrierSeconds, unbilled.userId], [61, user.id]);
    const { status, stdout } = await audit([today()]);
    assert.equal(status, 1);
    assert.match(stdout, new RegExp(`^FINDING.*\\n(.*\\n)*unbilled +${lost}`));
    const csv = (await audit([today(), '--csv'])).stdout.split('\r\n');
    assert.equal(
      csv[0],
      'finding,callSid,status,carrierStatus,durationSeconds,carrierSeconds,charged,cost,callId,userId',
    );
    assert.ok(csv.some((line) => line.startsWith(`unbilled,${lost},`)));
  });

  it('writes nothing into CSV that a spreadsheet would compute', async () => {
    const strange = ['=1+1', '-1+1', '@x', '\t=1+1'].map((status, i) =>
      leg(`CA${String(i).repeat(32)}`, { status }),
    );
    const list = { status: 200, body: JSON.stringify({ calls: strange }) };
    await withList({ [`${CALLS}.json`]: list }, async (twilio) => {
      const { stdout } = await audit(['2026-01-31', '--csv'], { base: twilio.url });
      assert.equal(stdout.match(/,"'[=\-@\t]/g)?.length, strange.length, stdout);
    });
  });

  it('reads all pages, and asks for what a list does not have', async () => {
    const mine = new BrowserCall(world, user, JAMAICA);
    await mine.begin();
    for (const [path, parameters] of mine.following(61)) await world.webhook(path, parameters);
    const { rows } = {
      rows: await world.database.query('SELECT call_sid FROM public.call_logs WHERE call_sid IS NOT NULL'),
    };
    const strangers = Array.from({ length: 3 }, (_, i) => `CA${String(i).repeat(32)}`);
    const others = rows.map(({ call_sid: sid }) => sid).filter((sid) => sid !== mine.sid);
    const pages = [...strangers, ...others].map((sid) => [leg(sid)]);
    const uri = (page) => `${CALLS}.json?StartTime=${today()}&Page=${page}`;
    const answers = {
      [`${CALLS}.json`]: ({ path }) => {
        const query = new URLSearchParams(path.split('?')[1]);
        if (query.has('ParentCallSid'))
          return {
            status: 200,
            body: JSON.stringify({ calls: [leg(mine.child, { parent_call_sid: mine.sid })] }),
          };
        const page = Number(query.get('Page') ?? 0);
        const next = page + 1 < pages.length ? uri(page + 1) : null;
        return { status: 200, body: JSON.stringify({ calls: pages[page], next_page_uri: next }) };
      },
      [`${CALLS}/${mine.sid}.json`]: { status: 200, body: JSON.stringify(leg(mine.sid)) },
    };
    await withList(answers, async (twilio) => {
      const found = await findings({ base: twilio.url });
      assert.deepEqual(
        found.filter(({ finding }) => finding === 'unknown_to_us').map(({ callSid }) => callSid),
        strangers,
      );
      assert.deepEqual(
        found.filter(({ callSid }) => callSid === mine.sid),
        [],
      );
      assert.deepEqual(
        found.filter(({ finding }) => finding === 'unknown_to_carrier'),
        [],
      );
      assert.match(twilio.requests[0].path, new RegExp(`PageSize=1000&StartTime=${today()}`));
      answers[`${CALLS}/${mine.sid}.json`] = 404;
      const missing = await findings({ base: twilio.url });
      assert.ok(
        missing.some(({ finding, callSid }) => finding === 'unknown_to_carrier' && callSid === mine.sid),
      );
    });
  });

  for (const [what, answer, words] of [
    ['fails', 500, /Twilio answers 500/],
    ['refuses', { status: 401, body: '{"code":20003,"message":"Authenticate"}' }, /401: Authenticate/],
    ['answers nonsense', { status: 200, body: '[]' }, /Twilio answers 200/],
    [
      'leads elsewhere',
      { status: 200, body: '{"calls":[],"next_page_uri":"//evil.example.org/x"}' },
      /another address/,
    ],
    [
      'leads nowhere',
      ({ path }) => ({ status: 200, body: JSON.stringify({ calls: [], next_page_uri: path }) }),
      /no end/,
    ],
  ])
    it(`claims nothing when Twilio ${what}`, () =>
      withList({ [`${CALLS}.json`]: answer }, async (twilio) => {
        const { status, stdout, stderr } = await audit([today()], { base: twilio.url });
        assert.deepEqual([status, stdout], [3, '']);
        assert.match(stderr, words);
        assert.ok(twilio.requests.length <= 3, `Twilio was asked ${twilio.requests.length} times`);
      }));

  it('lets no text of Twilio’s become a formula in a spreadsheet', async () => {
    const odd = leg(`CA${'e'.repeat(32)}`, { status: '=cmd' });
    const page = { status: 200, body: JSON.stringify({ calls: [odd] }) };
    await withList({ [`${CALLS}.json`]: page }, async (twilio) => {
      const { stdout } = await audit([today(), '--csv'], { base: twilio.url });
      assert.match(stdout, new RegExp(`^unknown_to_us,${odd.sid},,"'=cmd",`, 'm'));
    });
  });

  it('says what is wrong with its command line', async () => {
    for (const args of [
      [],
      ['yesterday'],
      ['2026-02-30'],
      ['2026-01-01', '2026-01-02'],
      ['2026-01-01', '--csv', '--json'],
    ])
      assert.deepEqual([(await audit(args)).status, (await audit(args)).stdout], [2, ''], args.join(' '));
    const { status, stderr } = await audit(['2026-01-01'], { environment: { DATABASE_URL: '' } });
    assert.equal(status, 2);
    assert.match(stderr, /DATABASE_URL/);
    assert.match((await audit(['--help'])).stdout, /unknown_to_carrier/);
  });
});
