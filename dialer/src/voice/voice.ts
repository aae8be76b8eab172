/**
 * Twilio's Voice SDK behind a few plain words: a device whose token is renewed, one call at a time, its sounds, its
 * microphones. The SDK is loaded at the first call (or when asked to be), never on a server.
 */
import type { Call, Device } from '@twilio/voice-sdk';
import { withLocalSockets } from './local-sockets.ts';
import { ToneQueue } from './tone-queue.ts';

export type VoiceState = 'connecting' | 'ringing' | 'open' | 'reconnecting' | 'closed';

export interface Measurement {
  mos: number | null;
  jitterMs: number;
  packetLoss: number;
  roundTripMs: number;
}

export interface VoiceHandlers {
  onState(state: VoiceState, callSid: string | null): void;
  onWarning(name: string, begins: boolean): void;
  onMeasurement(measurement: Measurement): void;
  onMute(muted: boolean): void;
  /** What the SDK calls it, by its number. */
  onError(code: number, message: string): void;
  onDevices(): void;
}

export interface VoiceOptions {
  accessToken(): Promise<string>;
  /** The devices that the caller chose once, by their ids. */
  chosen(): { microphone: string | null; speaker: string | null };
  /** host:port of a sandbox carrier's signalling; null for the real Twilio. */
  signalling: string | null;
}

export interface AudioDevice {
  id: string;
  label: string;
}

/** So long before its token expires the device asks for another one. */
const RENEW_BEFORE_MS = 60_000;
const SILENCE = new URL('./silence.wav', import.meta.url).href;
const SOUNDS =
  'incoming outgoing disconnect dtmf0 dtmf1 dtmf2 dtmf3 dtmf4 dtmf5 dtmf6 dtmf7 dtmf8 dtmf9 dtmfs dtmfh';

/** The page plays its own tones, and nothing is fetched from elsewhere: each of the SDK's sounds is silence. */
const SILENT_SOUNDS = Object.fromEntries(SOUNDS.split(' ').map((name) => [name, SILENCE]));

const listOf = (devices: Map<string, MediaDeviceInfo> | undefined): AudioDevice[] =>
  [...(devices ?? [])].map(([id, { label }]) => ({ id, label }));

export class Voice {
  #options: VoiceOptions;
  #handlers: VoiceHandlers;
  #device: Promise<Device> | null = null;
  #ready: Device | null = null;
  #call: Call | null = null;
  /** The newest call, also when it is over: the SDK may say only then what was wrong with it. */
  #latest: Call | null = null;
  /** The device's token is no good any more, but a call is talked in. */
  #stale = false;
  #tones = new ToneQueue((digits) => this.#call?.sendDigits(digits));

  constructor(options: VoiceOptions, handlers: VoiceHandlers) {
    this.#options = options;
    this.#handlers = handlers;
  }

  /** Loads the SDK and gets a token, so that a call begins at once. */
  prepare(): Promise<Device> {
    this.#device ??= this.#create().catch((error) => {
      this.#device = null;
      throw error;
    });
    return this.#device;
  }

  async #create(): Promise<Device> {
    const { signalling } = this.#options;
    const [sdk, token] = await Promise.all([
      withLocalSockets(signalling, () => import('@twilio/voice-sdk')),
      this.#options.accessToken(),
    ]);
    const device = new sdk.Device(token, {
      logLevel: 'silent',
      // Leaving the page ends the call: the browser asks first.
      closeProtection: true,
      enableImprovedSignalingErrorPrecision: true,
      tokenRefreshMs: RENEW_BEFORE_MS,
      sounds: SILENT_SOUNDS,
      // A sandbox is never reported to Twilio.
      ...(signalling && { chunderw: signalling, publishEvents: false }),
    } as Device.Options);
    for (const sound of ['incoming', 'outgoing', 'disconnect'] as const) device.audio?.[sound](false);
    device.on('tokenWillExpire', () => this.#renew(device));
    device.on('error', (error) => this.#handlers.onError(error.code, error.message));
    device.audio?.on('deviceChange', () => this.#handlers.onDevices());
    this.#ready = device;
    return device;
  }

  async #renew(device: Device) {
    try {
      device.updateToken(await this.#options.accessToken());
    } catch {
      // The device says 20104 when the token expires, and the next call asks for a new one.
    }
  }

  /** The next call begins with a new device and a new token. One that is talked in goes on, with the old ones. */
  forget(): void {
    const status = this.#call?.status();
    this.#stale = status === 'open' || status === 'reconnecting';
    if (!this.#stale) this.#destroy();
  }

  #destroy() {
    this.#stale = false;
    this.#ready?.destroy();
    this.#ready = null;
    this.#device = null;
  }

  /** Calls; the handlers say what becomes of it. Rejects when it cannot begin. */
  async dial(number: string): Promise<void> {
    const device = await this.prepare();
    await this.#free();
    await this.#takeDevices(device);
    const call = await device.connect({ params: { To: number } });
    this.#call = call;
    this.#latest = call;
    this.#listen(call);
  }

  /** One that is gone is left out. */
  async #takeDevices({ audio }: Device) {
    const { microphone, speaker } = this.#options.chosen();
    if (microphone) await audio?.setInputDevice(microphone).catch(() => {});
    if (speaker) await audio?.speakerDevices.set(speaker).catch(() => {});
  }

  /** An earlier call may still be told why it failed: the next one does not wait for that. */
  async #free() {
    const earlier = this.#call;
    if (!earlier) return;
    const over = new Promise((resolve) => earlier.once('disconnect', resolve));
    earlier.disconnect();
    await over;
  }

  #listen(call: Call) {
    const { onState, onWarning, onMute, onError, onMeasurement } = this.#handlers;
    const mine =
      <Given extends unknown[]>(handle: (...given: Given) => void) =>
      (...given: Given) => {
        if (this.#call === call) handle(...given);
      };
    const sid = () => call.parameters['CallSid'] ?? null;
    const over = () => {
      this.#call = null;
      this.#tones.clear();
      // A microphone that was chosen stays open until it is let go.
      this.#ready?.audio?.unsetInputDevice().catch(() => {});
      if (this.#stale) this.#destroy();
      onState('closed', sid());
    };
    call.on(
      'ringing',
      mine(() => onState('ringing', sid())),
    );
    call.on(
      'accept',
      mine(() => onState('open', sid())),
    );
    call.on(
      'reconnecting',
      mine(() => onState('reconnecting', sid())),
    );
    call.on(
      'reconnected',
      mine(() => onState('open', sid())),
    );
    for (const end of ['disconnect', 'cancel', 'reject']) call.on(end, mine(over));
    call.on('error', ({ code, message }) => this.#latest === call && onError(code, message));
    call.on(
      'mute',
      mine((muted: boolean) => onMute(muted)),
    );
    call.on(
      'warning',
      mine((name: string) => onWarning(name, true)),
    );
    call.on(
      'warning-cleared',
      mine((name: string) => onWarning(name, false)),
    );
    call.on(
      'sample',
      mine((sample: { mos: number | null; jitter: number; packetsLostFraction: number; rtt: number }) =>
        onMeasurement({
          mos: sample.mos,
          jitterMs: sample.jitter,
          packetLoss: sample.packetsLostFraction,
          roundTripMs: sample.rtt,
        }),
      ),
    );
  }

  get calling(): boolean {
    return this.#call !== null;
  }

  hangUp(): void {
    this.#call?.disconnect();
  }

  mute(muted: boolean): void {
    this.#call?.mute(muted);
  }

  sendDigits(digits: string): void {
    this.#tones.add(digits);
  }

  get microphones(): AudioDevice[] {
    return listOf(this.#ready?.audio?.availableInputDevices);
  }

  get speakers(): AudioDevice[] {
    return listOf(this.#ready?.audio?.availableOutputDevices);
  }

  /** For the call that is on; the next one begins with what was chosen. */
  async setMicrophone(id: string): Promise<void> {
    if (this.#call) await this.#ready?.audio?.setInputDevice(id);
  }

  /** Not every browser lets a page choose. */
  async setSpeaker(id: string): Promise<void> {
    await this.#ready?.audio?.speakerDevices.set(id);
  }

  get choosesSpeaker(): boolean {
    return this.#ready?.audio?.isOutputSelectionSupported ?? false;
  }

  stop(): void {
    this.#call?.disconnect();
    this.#destroy();
  }
}
