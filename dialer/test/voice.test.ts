/** The voice with a stand-in for Twilio's SDK: what it is told, what is made of what it tells. */
import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { withLocalSockets } from '../src/voice/local-sockets.ts';
import { Voice, type VoiceHandlers } from '../src/voice/voice.ts';

class FakeCall extends EventEmitter {
  parameters = { CallSid: 'CA1' };
  digits: string[] = [];
  disconnect = vi.fn(() => void this.emit('disconnect'));
  sendDigits = (digits: string) => this.digits.push(digits);
}

class FakeDevice extends EventEmitter {
  static made: FakeDevice[] = [];
  calls: FakeCall[] = [];
  tokens: string[];
  destroy = vi.fn();

  constructor(
    token: string,
    readonly options: Record<string, unknown>,
  ) {
    super();
    this.tokens = [token];
    FakeDevice.made.push(this);
  }

  updateToken = (token: string) => this.tokens.push(token);

  async connect() {
    this.calls.push(new FakeCall());
    return this.calls.at(-1);
  }
}

vi.mock('@twilio/voice-sdk', () => ({ Device: FakeDevice }));

const handlers = {
  onState: vi.fn(),
  onWarning: vi.fn(),
  onMeasurement: vi.fn(),
  onMute: vi.fn(),
  onError: vi.fn(),
  onDevices: vi.fn(),
} satisfies VoiceHandlers;

beforeEach(() => {
  FakeDevice.made = [];
  vi.clearAllMocks();
});
afterEach(() => vi.useRealTimers());

function makeVoice(accessToken = async () => 'token', signalling: string | null = null) {
  const chosen = () => ({ microphone: null, speaker: null });
  return new Voice({ accessToken, chosen, signalling }, handlers);
}

const device = () => FakeDevice.made.at(-1)!;
const call = () => device().calls.at(-1)!;

it('asks for another token a minute before its own expires', async () => {
  let n = 0;
  await makeVoice(async () => `token ${++n}`).prepare();
  expect(device().options).toMatchObject({ tokenRefreshMs: 60_000 });
  device().emit('tokenWillExpire');
  await vi.waitFor(() => expect(device().tokens).toEqual(['token 1', 'token 2']));
});

it('asks before the page is left in a call, and reports a sandbox to nobody', async () => {
  await makeVoice().prepare();
  expect(device().options).toMatchObject({ closeProtection: true });
  expect(device().options).not.toHaveProperty('chunderw');
  await makeVoice(undefined, '127.0.0.1:9').prepare();
  expect(device().options).toMatchObject({ chunderw: '127.0.0.1:9', publishEvents: false });
});

it('tries again after it could not begin', async () => {
  const accessToken = vi.fn(async () => 'token').mockRejectedValueOnce(new Error('relay away'));
  const voice = makeVoice(accessToken);
  await expect(voice.dial('+1')).rejects.toThrow('relay away');
  await voice.dial('+1');
  expect(voice.calling).toBe(true);
});

it('begins anew, with another token, once it has forgotten its device', async () => {
  const voice = makeVoice();
  await voice.prepare();
  const first = device();
  voice.forget();
  await voice.prepare();
  expect(first.destroy).toHaveBeenCalled();
  expect(FakeDevice.made.length).toBe(2);
});

it('ends the call that it has before it begins another, and hears no more of it', async () => {
  const voice = makeVoice();
  await voice.dial('+1');
  const first = call();
  await voice.dial('+2');
  expect(first.disconnect).toHaveBeenCalled();
  expect(handlers.onState).toHaveBeenLastCalledWith('closed', 'CA1');
  first.emit('accept');
  expect(handlers.onState).toHaveBeenCalledTimes(1);
});

it.each(['disconnect', 'cancel', 'reject'])('is over by %s', async (end) => {
  const voice = makeVoice();
  await voice.dial('+1');
  call().emit(end);
  expect(handlers.onState).toHaveBeenLastCalledWith('closed', 'CA1');
  expect(voice.calling).toBe(false);
});

it('tells what was wrong also when the call is over already', async () => {
  await makeVoice().dial('+1');
  call().emit('disconnect');
  call().emit('error', { code: 31486, message: 'Busy here' });
  expect(handlers.onError).toHaveBeenCalledWith(31486, 'Busy here');
});

it('tells what was measured', async () => {
  await makeVoice().dial('+1');
  call().emit('sample', { mos: 4.1, jitter: 3, packetsLostFraction: 2, rtt: 80 });
  expect(handlers.onMeasurement).toHaveBeenCalledWith({
    mos: 4.1,
    jitterMs: 3,
    packetLoss: 2,
    roundTripMs: 80,
  });
});

it('lets each digit sound before the next are sent, and none reach another call', async () => {
  const voice = makeVoice();
  await voice.dial('+1');
  vi.useFakeTimers();
  for (const digit of '123') voice.sendDigits(digit);
  expect(call().digits).toEqual(['1']);
  vi.advanceTimersByTime(250);
  expect(call().digits).toEqual(['1', '23']);
  voice.sendDigits('4');
  vi.advanceTimersByTime(250);
  expect(call().digits).toEqual(['1', '23']);
  const first = call();
  first.emit('disconnect');
  await voice.dial('+2');
  vi.advanceTimersByTime(1000);
  expect([...first.digits, ...call().digits]).toEqual(['1', '23']);
});

it('reaches a sandbox, and it alone, without TLS; the page keeps its own sockets', async () => {
  const urls: string[] = [];
  class Native {
    constructor(url: string) {
      urls.push(url);
    }
  }
  vi.stubGlobal('WebSocket', Native);
  const Given = await withLocalSockets('127.0.0.1:9', async () => WebSocket);
  new Given('wss://127.0.0.1:9/signal');
  new Given('wss://voice.example.com/signal');
  expect(urls).toEqual(['ws://127.0.0.1:9/signal', 'wss://voice.example.com/signal']);
  expect(WebSocket).toBe(Native);
  await withLocalSockets('127.0.0.1:9', () => Promise.reject(new Error())).catch(() => {});
  expect(WebSocket).toBe(Native);
  vi.unstubAllGlobals();
});
