/** The far end of a browser's voice: a WebRTC peer that beeps when it is answered and then says back what it hears. */
const PCMU = { mimeType: 'audio/PCMU', clockRate: 8000, channels: 1, payloadType: 0 };
const DIGITS = {
  mimeType: 'audio/telephone-event',
  clockRate: 8000,
  channels: 1,
  payloadType: 126,
  parameters: '0-15',
};
const KEYS = '0123456789*#ABCD';

const FRAME_MS = 20;
const FRAME_SAMPLES = 160;
const ECHO_FRAMES = 30; // 0.6 s: an echo, and not a feedback
const BEEP = { frequency: 660, frames: 15, amplitude: 6000 };
/** So long nothing is heard of a browser that has gone without a word. */
const SILENCE_MS_MAX = 15_000;

/** One sample as G.711 µ-law. */
function muLaw(sample) {
  const sign = sample < 0 ? 0x80 : 0;
  const size = Math.min(Math.abs(sample), 32635) + 132;
  const exponent = Math.floor(Math.log2(size)) - 7;
  return ~(sign | (exponent << 4) | ((size >> (exponent + 3)) & 0x0f)) & 0xff;
}

function beepFrame(number) {
  const sample = (n) => BEEP.amplitude * Math.sin((2 * Math.PI * BEEP.frequency * n) / 8000);
  return Buffer.from(
    Array.from({ length: FRAME_SAMPLES }, (_, n) => muLaw(sample(number * FRAME_SAMPLES + n))),
  );
}

const SILENT_FRAME = Buffer.alloc(FRAME_SAMPLES, 0xff);

/** Options of the peer that fit the Voice SDK: ICE-lite on one address, PCMU and telephone events, nothing else. */
function peerOptions(werift, address) {
  return {
    codecs: {
      audio: [new werift.RTCRtpCodecParameters(PCMU), new werift.RTCRtpCodecParameters(DIGITS)],
      video: [],
    },
    headerExtensions: { audio: [], video: [] },
    iceServers: [],
    iceLite: true,
    iceUseIpv4: false,
    iceUseIpv6: false,
    iceAdditionalHostAddresses: [address],
    iceInterfaceAddresses: { udp4: address },
  };
}

const loading = import('werift');

export class Voice {
  #werift;
  #peer;
  #track;
  #timer = null;
  #sequence = 0;
  #beep = 0;
  #heard = [];
  #answered = false;
  #lastEvent = null;
  #lastHeardAt = performance.now();

  /** Called with each digit that is pressed, and once when the browser is gone. */
  onDigit = () => {};
  onGone = () => {};

  /** Takes a browser's offer; resolves to the voice and its answer. */
  static async meet(offer, address) {
    const voice = new Voice();
    voice.#werift = await loading;
    return { voice, answer: await voice.#meet(offer, address) };
  }

  async #meet(offer, address) {
    const { RTCPeerConnection, MediaStreamTrack } = this.#werift;
    this.#peer = new RTCPeerConnection(peerOptions(this.#werift, address));
    this.#track = new MediaStreamTrack({ kind: 'audio' });
    this.#peer.addTransceiver(this.#track, { direction: 'sendrecv' });
    const known = new Set();
    this.#peer.onTrack.subscribe((track) => {
      if (known.has(track)) return;
      known.add(track);
      track.onReceiveRtp.subscribe((packet) => this.#hear(packet));
    });
    return this.#accept(offer);
  }

  async #accept(offer) {
    await this.#peer.setRemoteDescription({ type: 'offer', sdp: offer });
    await this.#peer.setLocalDescription(await this.#peer.createAnswer());
    return this.#peer.localDescription.sdp;
  }

  /** The browser's network has changed: ICE begins anew. */
  async renew(offer) {
    const answer = await this.#accept(offer);
    this.#peer.iceTransports[0].start();
    return answer;
  }

  /** From now on the browser hears something. */
  answer() {
    if (this.#answered) return;
    this.#answered = true;
    this.#lastHeardAt = performance.now();
    let due = performance.now();
    this.#timer = setInterval(() => {
      for (; due <= performance.now(); due += FRAME_MS) this.#speak();
    }, FRAME_MS);
  }

  #hear({ header, payload }) {
    this.#lastHeardAt = performance.now();
    if (header.payloadType === DIGITS.payloadType) return this.#hearDigit(header, payload);
    if (this.#answered && header.payloadType === PCMU.payloadType) this.#heard.push(payload);
  }

  /** A digit comes as several packets with one timestamp. */
  #hearDigit({ timestamp }, payload) {
    if (timestamp === this.#lastEvent) return;
    this.#lastEvent = timestamp;
    this.onDigit(KEYS[payload[0]] ?? '?');
  }

  #nextFrame() {
    if (this.#beep < BEEP.frames) return beepFrame(this.#beep++);
    if (this.#heard.length <= ECHO_FRAMES) return SILENT_FRAME;
    // What piled up while this process was busy is dropped, or the echo would lag ever more.
    if (this.#heard.length > 2 * ECHO_FRAMES) this.#heard.splice(0, ECHO_FRAMES);
    return this.#heard.shift();
  }

  #speak() {
    if (performance.now() - this.#lastHeardAt > SILENCE_MS_MAX) {
      clearInterval(this.#timer);
      return this.onGone();
    }
    const { RtpPacket, RtpHeader } = this.#werift;
    const sequenceNumber = this.#sequence++ & 0xffff;
    const timestamp = (this.#sequence * FRAME_SAMPLES) >>> 0;
    const header = new RtpHeader({
      payloadType: PCMU.payloadType,
      sequenceNumber,
      timestamp,
      ssrc: 1,
      version: 2,
    });
    this.#track.writeRtp(new RtpPacket(header, this.#nextFrame()));
  }

  stop() {
    clearInterval(this.#timer);
    this.onGone = () => {};
    this.#peer?.close().catch(() => {});
  }
}
