import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Live, type LiveEvent, type LiveState } from '../src/live/live.ts';

class FakeSocket {
  static OPEN = 1;
  static made: FakeSocket[] = [];
  readyState = 1;
  sent: object[] = [];
  onopen?: () => void;
  onmessage?: (event: { data: string }) => void;
  onclose?: (event: { code: number }) => void;

  constructor(readonly url: string) {
    FakeSocket.made.push(this);
  }

  send(text: string) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
  }

  say(message: object) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.made = [];
  vi.stubGlobal('WebSocket', FakeSocket);
});
let followed: Live[] = [];
afterEach(() => {
  for (const live of followed) live.stop();
  followed = [];
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const ready = (seq: number) => ({ type: 'ready', seq, balance: '1', available: '1', calls: [] });
const changed = (seq: number) => ({
  type: 'credit.changed',
  seq,
  at: '',
  balance: '1',
  available: '1',
  kind: 'call',
});

function follow(token: () => Promise<string | null> = async () => 'jwt') {
  const states: LiveState[] = [];
  const events: [number, boolean][] = [];
  const live = new Live('ws://relay', token, {
    onState: (state) => states.push(state),
    onReady: () => {},
    onEvent: ({ seq }: LiveEvent, replayed) => events.push([seq, replayed]),
  });
  live.start();
  followed.push(live);
  return { live, states, events };
}

async function connect(): Promise<FakeSocket> {
  await vi.advanceTimersByTimeAsync(20_000);
  const socket = FakeSocket.made.at(-1)!;
  socket.onopen?.();
  await vi.advanceTimersByTimeAsync(0);
  return socket;
}

describe('live events', () => {
  it('begin with the token in the first message, and not in the URL', async () => {
    follow();
    const socket = await connect();
    expect(socket.url).toBe('ws://relay');
    expect(socket.sent).toEqual([{ type: 'auth', token: 'jwt' }]);
  });

  it('go on after the newest one, without a lost or doubled event', async () => {
    const { events } = follow();
    const first = await connect();
    first.say(ready(10));
    first.say(changed(11));
    first.say(changed(12));
    first.onclose?.({ code: 1006 });
    const second = await connect();
    expect(second.sent).toEqual([{ type: 'auth', token: 'jwt', after: 12 }]);
    second.say(ready(14));
    for (const seq of [12, 13, 14, 15]) second.say(changed(seq));
    expect(events).toEqual([
      [11, false],
      [12, false],
      [13, true],
      [14, true],
      [15, false],
    ]);
  });

  it('that are none are not heard', async () => {
    const { states, events } = follow();
    const socket = await connect();
    for (const nonsense of [
      '',
      'no',
      'null',
      '[]',
      '{}',
      '{"type":"ready"}',
      '{"type":"credit.low","seq":"9"}',
    ])
      socket.onmessage?.({ data: nonsense });
    socket.say(ready(5));
    socket.say(changed(6));
    expect(events).toEqual([[6, false]]);
    expect(states.at(-1)).toBe('live');
  });

  it('of a closed socket are not heard', async () => {
    const { events } = follow();
    const first = await connect();
    first.say(ready(1));
    first.onclose?.({ code: 1006 });
    first.say(changed(2));
    expect(events).toEqual([]);
  });

  it('start anew when the relay says so', async () => {
    const { events } = follow();
    const socket = await connect();
    socket.say(ready(10));
    socket.say({ type: 'resync' });
    socket.say(ready(100));
    socket.say(changed(101));
    expect(events).toEqual([[101, false]]);
  });

  it('are asked for again and again, ever more slowly, while the relay is away', async () => {
    const { states } = follow();
    for (let n = 0; n < 6; n++) {
      FakeSocket.made.at(-1)!.onclose?.({ code: 1006 });
      await vi.advanceTimersByTimeAsync(20_000);
    }
    expect(FakeSocket.made.length).toBe(7);
    expect(states.at(-1)).toBe('connecting');
  });

  it('are asked for again at once after a loss, also when there were many before', async () => {
    follow();
    for (let n = 0; n < 6; n++) {
      FakeSocket.made.at(-1)!.onclose?.({ code: 1006 });
      await vi.advanceTimersByTimeAsync(20_000);
    }
    const socket = await connect();
    socket.say(ready(1));
    const before = FakeSocket.made.length;
    socket.onclose?.({ code: 1006 });
    await vi.advanceTimersByTimeAsync(400);
    expect(FakeSocket.made.length).toBe(before + 1);
  });

  it('do not wait when the network is back', async () => {
    follow();
    for (let n = 0; n < 6; n++) {
      FakeSocket.made.at(-1)!.onclose?.({ code: 1006 });
      await vi.advanceTimersByTimeAsync(20_000);
    }
    FakeSocket.made.at(-1)!.onclose?.({ code: 1006 });
    const before = FakeSocket.made.length;
    globalThis.dispatchEvent(new Event('online'));
    expect(FakeSocket.made.length).toBe(before + 1);
  });

  it('are not asked for again where this page may not have them', async () => {
    const { states } = follow();
    const socket = await connect();
    socket.onclose?.({ code: 4403 });
    expect([states.at(-1), vi.getTimerCount()]).toEqual(['off', 0]);
  });

  it('wait for a token that cannot be had now: nobody is asked to sign in again', async () => {
    const { states } = follow(async () => Promise.reject(new Error('offline')));
    await connect();
    expect(states).toContain('waiting');
    expect(states).not.toContain('unauthorized');
  });

  it('say that nobody is signed in', async () => {
    const { states } = follow(async () => null);
    await connect();
    expect(states).toContain('unauthorized');
  });

  it('renew the token over the open socket', async () => {
    let token = 'first';
    follow(async () => token);
    const socket = await connect();
    socket.say(ready(1));
    token = 'second';
    await vi.advanceTimersByTimeAsync(31_000);
    expect(socket.sent.at(-1)).toEqual({ type: 'auth', token: 'second' });
  });

  it('that are stopped while the token is fetched stay stopped', async () => {
    let come = (_token: string) => {};
    const { live } = follow(() => new Promise((resolve) => (come = resolve)));
    const socket = await connect();
    live.stop();
    come('jwt');
    await vi.advanceTimersByTimeAsync(0);
    expect([socket.sent, vi.getTimerCount()]).toEqual([[], 0]);
  });

  it('leave nothing behind when they are stopped', async () => {
    const { live, states } = follow();
    const socket = await connect();
    live.stop();
    expect([socket.readyState, states.at(-1), vi.getTimerCount()]).toEqual([3, 'off', 0]);
  });
});
