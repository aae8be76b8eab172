/** What the screens make of amounts, calls and keys: prices, costs, refunds, warnings, lists. */
import { act, fireEvent, render, renderHook, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Dialer, TwilioProvider } from '../src/index.ts';
import type { CallRecord } from '../src/api/types.ts';
import { en } from '../src/i18n/index.ts';
import { wordsFor } from '../src/i18n/words.ts';
import { readPrice } from '../src/money/billing.ts';
import { newCall, type ActiveCall, type EndedCall } from '../src/phone/state.ts';
import { usePages } from '../src/react/use-pages.ts';
import { costByNow, notice } from '../src/ui/call-screen.tsx';
import { EndedCard } from '../src/ui/ended-card.tsx';
import { playTone } from '../src/ui/tones.ts';
import { CHECK, fakeRelay, FakeLive, FakeVoice, NUMBER, SID } from './fakes.ts';

beforeEach(() => {
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      observe() {}
      disconnect() {}
    },
  );
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const parts = { Voice: FakeVoice, Live: FakeLive } as unknown as object;

const provided = (children: React.ReactNode, config: object = {}) => (
  <TwilioProvider token={async () => 'jwt'} config={{ version: '', ...config }} parts={parts}>
    {children}
  </TwilioProvider>
);

const field = () => screen.getByRole<HTMLInputElement>('textbox', { name: 'Phone number' });
const write = (text: string) => fireEvent.change(field(), { target: { value: text } });

describe('the price', () => {
  it('names the fee, steps of its own, and what is free of the balance', async () => {
    fakeRelay({
      '/api/credits/check': {
        ...CHECK,
        connectionFee: '0.050000',
        incrementSeconds: 1,
        available: '15.000000',
      },
    });
    render(provided(<Dialer />));
    write(NUMBER);
    await screen.findByText(
      'Jamaica · $0.305 a minute · $0.05 to connect · first the minute, then by the second',
    );
    await screen.findByText('up to 65 min with your $15.00');
  });

  it('of one number is never shown for another', async () => {
    fakeRelay();
    render(provided(<Dialer />));
    write(NUMBER);
    await screen.findByText('Jamaica · $0.305 a minute');
    write('+18764441235');
    expect(screen.queryByText('Jamaica · $0.305 a minute')).toBeNull();
    await screen.findByText('Jamaica · $0.305 a minute');
  });

  it('that is refused is not called', async () => {
    const requests = fakeRelay({
      '/api/credits/check': { ...CHECK, allowed: false, reason: 'destination_blocked' },
    });
    render(provided(<Dialer />));
    write(NUMBER);
    await screen.findByText('Calls to this destination are not allowed.');
    const asked = requests.length;
    fireEvent.click(screen.getByRole('button', { name: 'Call' }));
    expect(requests.length).toBe(asked);
    expect(screen.queryByText('Connecting')).toBeNull();
  });
});

describe('a call that is on', () => {
  const talking: ActiveCall = {
    ...newCall(NUMBER, true),
    answeredAt: 1,
    price: readPrice({ rate: '0.305', connectionFee: '0', minimumSeconds: 60, incrementSeconds: 60 }),
  };

  it('costs what its steps say, and never less than the relay says', () => {
    expect(costByNow(talking, 0, false)).toBe(0n);
    expect(costByNow({ ...talking, cost: 305_000n }, 60, true)).toBe(610_000n);
    expect(costByNow({ ...talking, cost: 915_000n }, 60, true)).toBe(915_000n);
    expect(costByNow({ ...talking, price: null, cost: 305_000n }, 60, true)).toBe(305_000n);
    expect(costByNow({ ...talking, price: null }, 60, true)).toBeNull();
  });

  it('tells the weightiest thing', () => {
    const told = (change: Partial<ActiveCall>, left: number | null, live: 'live' | 'waiting' = 'live') =>
      notice({ ...talking, ...change }, live, left, wordsFor('en', en));
    expect(told({}, 181)).toBe('');
    expect(told({}, 180)).toBe(en.call.lowCredit('3 min'));
    expect(told({ lowCredit: true }, 600)).toBe(en.call.lowCredit('10 min'));
    expect(told({ answeredAt: null }, 30)).toBe('');
    expect(told({ warnings: ['high-jitter'] }, 180)).toBe(en.call.poor);
    expect(told({ warnings: ['low-bytes-received'] }, null)).toBe(en.call.oneSided);
    expect(told({ warnings: ['constant-audio-input-level'] }, null)).toBe(en.call.noInput);
    expect(told({ warnings: ['high-jitter'] }, 60)).toBe(en.call.lastMinute('1:00'));
    expect(told({ reconnecting: true }, 60)).toBe(en.call.networkLost);
    expect(told({}, null, 'waiting')).toBe(en.call.relayAway);
  });
});

it('the timer of a call shows whole seconds that have passed', async () => {
  fakeRelay();
  vi.useFakeTimers({ toFake: ['Date'] });
  render(provided(<Dialer />));
  write(NUMBER);
  await screen.findByText('up to 65 min with your $20.00');
  fireEvent.click(screen.getByRole('button', { name: 'Call' }));
  await waitFor(() => expect(FakeVoice.latest.calling).toBe(true));
  act(() => FakeVoice.latest.open());
  vi.setSystemTime(Date.now() + 59_700);
  const timer = screen.getByRole('timer', { name: 'Time talked' });
  await waitFor(() => expect(timer.textContent).not.toBe('0:00'));
  expect(timer.textContent).toBe('0:59');
  screen.getByText('Jamaica · $0.305 so far');
});

describe('what went wrong', () => {
  const after = async (code: number, props: object) => {
    fakeRelay();
    render(
      <TwilioProvider token={async () => 'jwt'} config={{ version: '' }} parts={parts} {...props}>
        <Dialer />
      </TwilioProvider>,
    );
    write(NUMBER);
    await screen.findByText('up to 65 min with your $20.00');
    act(() => FakeVoice.latest.handlers.onError(code, 'x'));
  };

  it('has a way back to signing in', async () => {
    const signIn = vi.fn();
    await after(20104, { onSignIn: signIn });
    fireEvent.click(within(screen.getByRole('alert')).getByRole('button', { name: 'Sign in' }));
    expect(signIn).toHaveBeenCalled();
  });

  it('can be tried again', async () => {
    await after(31005, {});
    fireEvent.click(within(screen.getByRole('alert')).getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(FakeVoice.latest.dial).toHaveBeenCalledWith(NUMBER));
  });

  it('with the list of countries is asked for again', async () => {
    let asked = 0;
    fakeRelay({
      '/api/rates/countries': () => (++asked === 1 ? { status: 503 } : { countries: [] }),
    });
    vi.useFakeTimers({ shouldAdvanceTime: true });
    render(provided(<Dialer />));
    await waitFor(() => expect(asked).toBe(1));
    await act(() => vi.advanceTimersByTimeAsync(3500));
    await waitFor(() => expect(asked).toBe(2));
  });
});

describe('a call that is over', () => {
  const ended: EndedCall = {
    callSid: SID,
    callId: 'x',
    number: NUMBER,
    country: 'Jamaica',
    status: 'completed',
    why: 'time_limit',
    seconds: 61,
    billedSeconds: 120,
    cost: 610_000n,
    balance: 0n,
    settling: false,
  };

  it('says that the credit was used up', () => {
    fakeRelay();
    render(provided(<EndedCard ended={ended} onDone={() => {}} />));
    screen.getByText('The credit for this call was used up.');
    screen.getByText('2 min billed of 1:01 talked');
  });

  it('is rated with what was wrong, and with nothing once it was good', async () => {
    const requests = fakeRelay({ [`/api/calls/${SID}/quality`]: { status: 204 } });
    render(provided(<EndedCard ended={ended} onDone={() => {}} />));
    fireEvent.click(screen.getByRole('radio', { name: '2 stars' }));
    fireEvent.click(screen.getByRole('button', { name: 'Echo' }));
    fireEvent.click(screen.getByRole('radio', { name: '5 stars' }));
    const told = () => requests.filter(({ path }) => path.endsWith('/quality')).map(({ body }) => body);
    await waitFor(() =>
      expect(told()).toEqual([
        { rating: 2, issues: [] },
        { rating: 2, issues: ['echo'] },
        { rating: 5, issues: [] },
      ]),
    );
  });

  it('does not say that a bill agrees which differs', async () => {
    fakeRelay({
      [`/api/calls/${SID}/receipt`]: {
        steps: [{ step: 1, item: 'paid', detail: null, amount: '0.610000' }],
        paid: '0.610000',
        agrees: false,
      },
    });
    render(provided(<EndedCard ended={ended} onDone={() => {}} />));
    fireEvent.click(screen.getByRole('button', { name: 'Why?' }));
    await screen.findByText(en.receipt.differs);
    expect(screen.queryByText(en.receipt.agrees)).toBeNull();
  });

  it('can be made again by the page that was loaded since', async () => {
    sessionStorage.setItem('worldtune.call', JSON.stringify({ callSid: SID, number: NUMBER }));
    fakeRelay();
    render(provided(<Dialer />));
    fireEvent.click(await screen.findByRole('button', { name: 'Call again' }));
    await waitFor(() => expect(FakeVoice.latest.dial).toHaveBeenCalledWith(NUMBER));
  });
});

const record = (n: number, change: Partial<CallRecord> = {}): CallRecord => ({
  callId: `call ${n}`,
  callSid: `CA${n}`,
  status: 'completed',
  phoneNumber: NUMBER,
  country: 'Jamaica',
  isoCountry: 'JM',
  rate: '0.305000',
  createdAt: new Date(Date.now() - n).toISOString(),
  answeredAt: null,
  endedAt: null,
  durationSeconds: 61,
  billedSeconds: 120,
  durationMinutes: '2',
  creditsUsed: '0.610000',
  rejectReason: null,
  ...change,
});

describe('the history', () => {
  const history = (...calls: CallRecord[]) => ({ '/api/calls/history': { calls, nextBefore: null } });

  it('shows what a call cost after what was given back', async () => {
    fakeRelay(
      history(record(1, { creditsRefunded: '0.200000' }), record(2, { creditsRefunded: '0.610000' })),
    );
    render(provided(<Dialer />));
    await screen.findByText('$0.41');
    await screen.findByText(/\$0\.20 given back/);
    await screen.findByText('Free');
  });

  it('is searched by name, state and digits', async () => {
    const british = { phoneNumber: '+442079460958', country: 'United Kingdom', isoCountry: 'GB' };
    fakeRelay(history(record(1), record(2, { ...british, status: 'busy' })));
    render(provided(<Dialer />));
    const [jamaican, other] = ['+1 876 444 1234', '+44 20 7946 0958'];
    await screen.findByText(jamaican!);
    for (const [query, shown] of [
      ['jam', jamaican],
      ['2079 46', other],
      ['busy', other],
    ]) {
      fireEvent.change(screen.getByRole('searchbox'), { target: { value: query } });
      expect([jamaican, other].filter((number) => screen.queryByText(number!))).toEqual([shown]);
    }
  });

  it('offers no call to a number that is not kept whole', async () => {
    fakeRelay(history(record(1, { phoneNumber: '+1876444****' })));
    render(provided(<Dialer />));
    await screen.findByText('$0.61');
    expect(screen.queryByRole('button', { name: /^Call .* again$/ })).toBeNull();
  });

  it('puts first the country that was called last, then those called most', async () => {
    const one = (isoCountry: string, code: string) => ({
      country: isoCountry,
      isoCountry,
      continent: null,
      callingCodes: [code],
      rateMin: '0.1',
      rateMax: '0.1',
      formattedRate: '',
    });
    const calls = ['GB', 'FR', 'JM', 'JM'].map((isoCountry, n) => record(n, { isoCountry }));
    fakeRelay({
      ...history(...calls),
      '/api/rates/countries': { countries: [one('GB', '+44'), one('FR', '+33'), one('JM', '+1876')] },
    });
    render(provided(<Dialer />));
    await screen.findAllByText('+1 876 444 1234');
    fireEvent.click(screen.getByRole('button', { name: 'Choose a country' }));
    const group = await screen.findByRole('group', { name: 'Recent and frequent' });
    const names = within(group)
      .getAllByRole('option')
      .map(({ textContent }) => textContent?.replace(/\+.*/, ''));
    expect(names).toEqual(['United Kingdom', 'Jamaica', 'France']);
  });

  it('tells what was added to the balance from what was taken, and for what', async () => {
    const entry = {
      createdAt: new Date().toISOString(),
      balanceAfter: '5.000000',
      callSid: null,
      note: null,
    };
    fakeRelay({
      ...history(record(1)),
      '/api/ledger': {
        entries: [
          { ...entry, entryId: '2', kind: 'call', delta: '-0.610000', callId: 'call 1' },
          { ...entry, entryId: '1', kind: 'purchase', delta: '5.610000', callId: null },
        ],
        nextBefore: null,
      },
    });
    render(provided(<Dialer />));
    await userEvent.click(screen.getByRole('tab', { name: 'Account' }));
    await screen.findByText('Call to Jamaica');
    expect((await screen.findByText('−$0.61')).hasAttribute('data-gain')).toBe(false);
    expect((await screen.findByText('+$5.61')).hasAttribute('data-gain')).toBe(true);
  });
});

it('a balance of then is told with its time while the relay is away', async () => {
  fakeRelay();
  render(provided(<Dialer />, { liveUrl: 'ws://relay/live' }));
  const { handlers } = FakeLive.latest;
  act(() => {
    handlers.onReady({ type: 'ready', seq: 1, balance: '20', available: '20', calls: [] });
    handlers.onState('live');
  });
  expect(screen.queryByText(/^as of/)).toBeNull();
  act(() => handlers.onState('waiting'));
  await screen.findByText(/^as of/);
});

describe('the keys', () => {
  function hold(button: HTMLElement) {
    fireEvent.pointerDown(button);
    act(() => void vi.advanceTimersByTime(600));
    fireEvent.pointerUp(button);
    fireEvent.click(button);
  }
  const key = (name: RegExp) =>
    within(screen.getByRole('group', { name: 'Keypad' })).getByRole('button', { name });

  it('a held 0 is a plus, which begins a number; a held erase clears it', async () => {
    fakeRelay();
    vi.useFakeTimers({ shouldAdvanceTime: true });
    render(provided(<Dialer />));
    for (const name of [/^4/, /^4/, /^0/]) fireEvent.click(key(name));
    expect(field().value.replace(/\D/g, '')).toBe('440');
    hold(key(/^0/));
    expect(field().value).toBe('');
    write('+442079');
    const erase = screen.getByRole('button', { name: /^Erase/ });
    fireEvent.click(erase);
    expect(field().value).toBe('+44 20 7');
    hold(erase);
    expect(field().value).toBe('');
  });

  it('of the keyboard go to the dialer, but not those of the browser', () => {
    fakeRelay();
    render(provided(<Dialer />));
    fireEvent.keyDown(document.body, { key: '4' });
    fireEvent.keyDown(document.body, { key: '1', ctrlKey: true });
    fireEvent.keyDown(document.body, { key: 'r', metaKey: true });
    expect(field().value).toBe('+4');
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it.each([
    ['1', [697, 1209]],
    ['6', [770, 1477]],
    ['0', [941, 1336]],
  ])('%s sounds as on every telephone', (digit, frequencies) => {
    const heard: number[] = [];
    const node = { connect() {}, start() {}, stop() {} };
    const gain = { setValueAtTime() {}, linearRampToValueAtTime() {} };
    vi.stubGlobal(
      'AudioContext',
      class {
        currentTime = 0;
        createGain = () => ({ ...node, gain });
      },
    );
    vi.stubGlobal(
      'OscillatorNode',
      class {
        constructor(_context: unknown, { frequency }: { frequency: number }) {
          heard.push(frequency);
          Object.assign(this, node);
        }
      },
    );
    playTone(digit);
    expect(heard).toEqual(frequencies);
  });
});

it('pages join into one list, which a change of the books neither shortens nor begins anew', async () => {
  const pages: Record<string, { items: string[]; next: string | null }> = {
    first: { items: ['c', 'b'], next: 'b' },
    b: { items: ['b', 'a'], next: null },
  };
  const fetchPage = vi.fn(async (before: string | null) => pages[before ?? 'first']!);
  const keyOf = (item: string) => item;
  const { result, rerender } = renderHook(({ version }) => usePages(fetchPage, keyOf, version), {
    initialProps: { version: 1 },
  });
  await waitFor(() => expect(result.current).toMatchObject({ items: ['c', 'b'], more: true }));
  act(() => result.current.loadMore());
  await waitFor(() => expect(result.current).toMatchObject({ items: ['c', 'b', 'a'], more: false }));
  pages['first'] = { items: ['d', 'c'], next: 'c' };
  rerender({ version: 2 });
  await waitFor(() => expect(result.current).toMatchObject({ items: ['d', 'c', 'b', 'a'], more: false }));
});
