/** How calls live: who rings whom, what the TwiML makes of it, how it ends. */
import { Call, Story } from './calls.mjs';
import { Conference } from './conferences.mjs';
import { CallError } from './errors.mjs';
import { planFor } from './magic.mjs';
import { parseTwiml, readDial } from './twiml.mjs';

const SPOKEN_WORDS_PER_SECOND = 2.5;
const SIP = { answered: 200, busy: 486, failed: 404, 'no-answer': 487 };

export class Life {
  constructor({ settings, registry, webhooks, recordings, conferences }) {
    Object.assign(this, { settings, registry, webhooks, recordings, conferences });
  }

  /**
   * A browser calls, as by the Voice SDK: the TwiML application's voice URL is asked what to do. A call with a voice
   * runs in real time, and an ordinary one until somebody hangs up.
   */
  startFromBrowser({ identity, to, parameters, voiced = false }) {
    const { speed, talkSpeed } = this.settings;
    const story = new Story(voiced ? talkSpeed : speed, voiced);
    const from = `client:${identity}`;
    const call = this.registry.add(new Call({ story, direction: 'inbound', from, to, status: 'ringing' }));
    this.#play(call, () => this.#runUrl(call, 'voice', this.settings.voiceUrl, parameters));
    return call;
  }

  /** A call made by REST; its browser picks up by itself, and then `url` is asked what to do. */
  startByRest({ to, from, url, callback, timeout, timeLimit }) {
    const story = new Story(this.settings.speed);
    const call = this.registry.add(
      new Call({ story, direction: 'outbound-api', from, to, status: 'queued' }),
    );
    this.webhooks.subscribe(call, callback);
    this.#play(call, async () => {
      // The reply to the request that created the call leaves before the first webhook.
      await story.clock.sleep(0.5, call.ended);
      if (call.over) return;
      if (!(await this.#ring(call, timeout))) return;
      const seconds = Math.min(call.plan.talkSeconds, timeLimit);
      story.clock.sleep(seconds, call.ended).then((passed) => passed && call.hangUp());
      await this.#runUrl(call, 'voice', url);
    });
    return call;
  }

  /** Runs a call to its end; whatever goes wrong is written into its story. */
  async #play(call, life) {
    const { story } = call;
    try {
      story.pending++;
      await life();
      call.move(call.answered ? 'completed' : 'no-answer');
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      story.errors.push({ code: error.code, message: error.message });
      call.move(call.answered ? 'completed' : 'failed');
    } finally {
      story.pending--;
      story.changed();
    }
  }

  async #runUrl(call, kind, url, parameters) {
    await this.#run(call, parseTwiml(await this.webhooks.fetchTwiml(call, kind, url, parameters)));
  }

  async #run(call, verbs) {
    for (const [index, verb] of verbs.entries()) {
      if (call.over) return;
      if (verb.name === 'Reject' && index === 0 && !call.answered)
        return call.move(verb.attributes.reason === 'busy' ? 'busy' : 'no-answer');
      if (verb.name === 'Hangup') return call.hangUp();
      if (verb.name === 'Start') {
        this.#start(call, verb);
        continue;
      }
      if (verb.name === 'Dial') {
        const dial = readDial(verb);
        if (dial.conference) return this.#confer(call, dial);
        await this.#dial(call, dial, index === 0 && dial.answerOnBridge);
        if (dial.action) return;
      } else await this.#perform(call, verb);
    }
  }

  async #perform(call, { name, attributes, text }) {
    const { story } = call;
    call.answer();
    if (name === 'Say') {
      story.said.push(text);
      await story.clock.sleep(text.split(/\s+/).length / SPOKEN_WORDS_PER_SECOND, call.ended);
    } else if (name === 'Pause') await story.clock.sleep(Number(attributes.length ?? 1), call.ended);
    else story.errors.push({ code: 12200, message: `the sandbox does not play <${name}>` });
  }

  /** What is said is made up, once the call has talked; it is told when the call ends. */
  #start(call, { children: [what] }) {
    if (what?.name !== 'Transcription' || !what.attributes.statusCallbackUrl)
      return call.story.errors.push({ code: 12200, message: 'the sandbox starts <Transcription> alone' });
    // As Twilio has it: <Dial> is not the first verb any more.
    call.answer();
    call.transcription = this.webhooks.transcribe(call, what.attributes);
  }

  async #dial(parent, dial, answerOnBridge) {
    this.#checkCallerId(parent, dial);
    if (!answerOnBridge) parent.answer();
    const child = /^\+[1-9]\d{6,14}$/.test(dial.number) ? await this.#bridge(parent, dial) : null;
    if (!child) parent.story.errors.push({ code: 13223, message: `"${dial.number}" is not in E.164` });
    if (child?.answered) this.#tellWhatWasHeard(parent, child, dial);
    if (dial.action) await this.#finishDial(parent, dial.action, child);
  }

  #checkCallerId(parent, { callerId }) {
    const { phoneNumber } = this.settings;
    const needed = parent.from.startsWith('client:') || parent.to.startsWith('client:');
    if (callerId ? phoneNumber && callerId !== phoneNumber : needed)
      throw new CallError(13214, `callerId="${callerId ?? ''}" is not a number of this account`);
  }

  /** In a conference until it ends, the caller leaves it, or is called away from it. */
  async #confer(parent, { conference: wanted, action, timeLimit }) {
    const { story } = parent;
    parent.answer();
    const room = this.conferences.add(
      new Conference({
        ...wanted,
        story,
        tell: (url, event) => this.webhooks.tellConference(parent, url, event),
      }),
    );
    room.join(parent, wanted);
    await story.clock.sleep(timeLimit, AbortSignal.any([room.ended, parent.ended, parent.diverted]));
    room.leave(parent);
    await story.clock.sleep(1); // until the other has hung up, too
    const seconds = room.talked;
    if (seconds) parent.transcription?.finish();
    if (seconds && wanted.recording) {
      const made = this.recordings.add(parent, seconds, room.sid);
      this.webhooks.recorded(parent, wanted.recording, made, 1);
    }
    if (parent.diversion) await this.#run(parent, parseTwiml(parent.diversion));
    else if (action) await this.#runUrl(parent, 'action', action, { DialCallStatus: 'answered' });
  }

  /** A leg of the conference's own: it is nobody's child. */
  dialIntoConference(room, { to, from, label, endsIt, timeout, timeLimit, callback }) {
    const { story } = room;
    const call = this.registry.add(
      new Call({ story, direction: 'outbound-api', from, to, status: 'queued' }),
    );
    this.webhooks.subscribe(call, callback);
    this.#play(call, async () => {
      await story.clock.sleep(0.5, call.ended);
      if (call.over || !(await this.#ring(call, timeout))) return;
      if (room.over) return;
      room.join(call, { label, endsIt });
      const seconds = Math.min(call.plan.talkSeconds, timeLimit);
      const whole = await story.clock.sleep(seconds, AbortSignal.any([call.ended, room.ended]));
      call.move('completed', whole ? call.answeredAt + seconds * 1000 : undefined);
      room.talked = call.duration;
      room.leave(call);
    });
    return call;
  }

  /** The participant hears it alone. */
  async announce(call, url) {
    for (const { name, text } of parseTwiml(await this.webhooks.fetchTwiml(call, 'announcement', url)))
      if (name === 'Say') call.story.whispered.push(text);
  }

  #tellWhatWasHeard(parent, child, { recording }) {
    parent.transcription?.finish();
    if (!recording) return;
    const made = this.recordings.add(parent, child.duration);
    this.webhooks.recorded(parent, recording, made, child.plan.callbacks === 'twice' ? 2 : 1);
  }

  /** The callee hears something alone, before the caller is let in. */
  async #whisper(child, url) {
    for (const verb of parseTwiml(await this.webhooks.fetchTwiml(child, 'whisper', url)))
      if (!['Say', 'Play', 'Pause', 'Hangup'].includes(verb.name))
        child.story.errors.push({ code: 13201, message: `<${verb.name}> in a whisper` });
      else if (verb.name === 'Hangup') return child.hangUp();
      else if (verb.name === 'Say') child.story.whispered.push(verb.text);
  }

  /** The child leg, from the first ring to its end. */
  async #bridge(parent, { number, callerId, timeout, timeLimit, callback, whisper }) {
    const { story } = parent;
    const child = new Call({
      story,
      parent,
      direction: 'outbound-dial',
      from: callerId ?? parent.from,
      to: number,
      status: 'queued',
      plan: planFor(number, story.voiced),
    });
    this.registry.add(child);
    this.webhooks.subscribe(child, callback);
    if (!(await this.#ring(child, timeout))) return child;
    if (whisper) await this.#whisper(child, whisper);
    if (child.over) return child;
    parent.answer();
    const seconds = Math.min(child.plan.talkSeconds, timeLimit);
    const whole = await story.clock.sleep(seconds, child.ended);
    // A planned end is exact, however late the timer was.
    child.move('completed', whole ? child.answeredAt + seconds * 1000 : undefined);
    return child;
  }

  /** Rings until somebody answers (true), or the call is over. */
  async #ring(call, timeout) {
    const { outcome, ringSeconds } = call.plan;
    const end = (status) => {
      call.sipCode = SIP[status];
      call.move(status);
    };
    call.move('initiated');
    if (outcome === 'failed') return end('failed');
    call.move('ringing');
    const rings = outcome === 'no-answer' ? Infinity : ringSeconds;
    if (!(await call.story.clock.sleep(Math.min(rings, timeout), call.ended))) return call.hangUp();
    if (rings > timeout) return end('no-answer');
    if (outcome === 'busy') return end('busy');
    call.sipCode = SIP.answered;
    call.answer();
    return true;
  }

  /** Asks the <Dial> action what comes next. A caller who is gone hears nothing of it, but it is asked. */
  async #finishDial(parent, url, child) {
    const callbacks = child?.plan.callbacks;
    if (callbacks === 'all-final-lost') return;
    const parameters = {
      DialCallStatus: child?.status ?? 'failed',
      ...(child && { DialCallSid: child.sid, DialCallDuration: String(child.duration) }),
      DialBridged: String(child?.answered ?? false),
    };
    if (callbacks === 'twice') await this.webhooks.fetchTwiml(parent, 'action', url, parameters);
    await this.#runUrl(parent, 'action', url, parameters);
  }
}
