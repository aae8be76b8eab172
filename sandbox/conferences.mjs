/** Conferences: https://www.twilio.com/docs/voice/api/conference-resource, as far as two legs need one. */
import { newSid } from './calls.mjs';
import { rfc2822 } from './clock.mjs';
import { checkCredentials } from './credentials.mjs';
import { TwilioError, notFound } from './errors.mjs';
import { planFor } from './magic.mjs';
import { answerPage } from './page.mjs';
import { refuse } from './rest.mjs';

const API = '/2010-04-01/Accounts';
const EVENTS = {
  start: 'conference-start',
  end: 'conference-end',
  join: 'participant-join',
  leave: 'participant-leave',
  mute: 'participant-mute',
};

export class Conference {
  sid = newSid('CF');
  participants = new Map();
  #end = new AbortController();
  #sequence = 0;

  /** The first participant says where its events are told. */
  constructor({ name, story, tell, callback = {} }) {
    Object.assign(this, { name, story, tell, callback });
    this.createdAt = story.clock.now();
    this.ended = this.#end.signal;
  }

  get over() {
    return this.ended.aborted;
  }

  #event(short, participant) {
    const { url, events = [] } = this.callback;
    const sequence = String(++this.#sequence);
    if (!url || !events.includes(short)) return;
    this.tell(url, {
      ConferenceSid: this.sid,
      FriendlyName: this.name,
      SequenceNumber: sequence,
      Timestamp: rfc2822(this.story.clock.now()),
      StatusCallbackEvent: EVENTS[short],
      ...(participant && {
        CallSid: participant.call.sid,
        ParticipantLabel: participant.label ?? '',
        Muted: String(participant.muted),
        EndConferenceOnExit: String(participant.endsIt),
      }),
    });
  }

  join(call, { label, endsIt }) {
    const participant = { call, label, endsIt, muted: false, announced: [] };
    this.participants.set(call.sid, participant);
    if (this.participants.size === 2) this.#event('start');
    this.#event('join', participant);
  }

  leave(call) {
    const participant = this.participants.get(call.sid);
    if (!participant) return;
    this.participants.delete(call.sid);
    this.#event('leave', participant);
    if (participant.endsIt || this.participants.size === 0) this.end();
  }

  end() {
    if (this.over) return;
    this.#end.abort();
    this.#event('end');
  }

  mute(participant, muted) {
    participant.muted = muted;
    if (muted) this.#event('mute', participant);
  }
}

export class Conferences {
  #all = [];

  add(conference) {
    this.#all.unshift(conference);
    return conference;
  }

  /** Those of that name, or all, newest first. */
  list(name) {
    return this.#all.filter((one) => name === null || one.name === name);
  }

  /** The one that goes on, by its SID or its name. */
  find(key, path) {
    const found = this.#all.find((one) => !one.over && (one.sid === key || one.name === key));
    if (!found) throw notFound(path);
    return found;
  }
}

export class ConferencesApi {
  constructor({ settings, conferences, life, webhooks }) {
    Object.assign(this, { settings, conferences, life, webhooks });
  }

  get routes() {
    const people = '/Conferences/(?<key>[A-Za-z0-9]+)/Participants';
    return [
      this.#route('GET', '/Conferences\\.json', (context) => this.#list(context)),
      this.#route('POST', `${people}\\.json`, (context) => this.#dialIn(context)),
      this.#route('POST', `${people}/(?<who>[A-Za-z0-9]+)\\.json`, (context) => this.#change(context)),
    ];
  }

  #route(method, path, handle) {
    const handler = (context) => {
      checkCredentials(context.request, this.settings);
      if (context.account !== this.settings.accountSid) throw notFound(context.url.pathname);
      return handle(context);
    };
    return { method, pattern: new RegExp(`^${API}/(?<account>[^/]+)${path}$`), handler };
  }

  #list({ url }) {
    const status = url.searchParams.get('Status');
    const found = this.conferences
      .list(url.searchParams.get('FriendlyName'))
      .map((one) => ({
        sid: one.sid,
        account_sid: this.settings.accountSid,
        friendly_name: one.name,
        status: one.over ? 'completed' : 'in-progress',
        date_created: rfc2822(one.createdAt),
      }))
      .filter((one) => status === null || one.status === status);
    return { status: 200, body: answerPage('conferences', found, url) };
  }

  #participant(conference, { call, label, muted }) {
    return {
      account_sid: this.settings.accountSid,
      call_sid: call.sid,
      conference_sid: conference.sid,
      label: label ?? null,
      muted,
      status: call.answered ? 'connected' : 'queued',
    };
  }

  #dialIn({ key, url, body }) {
    const form = new URLSearchParams(body);
    const conference = this.conferences.find(key, url.pathname);
    const to = form.get('To') ?? '';
    refuse(planFor(to).create, to);
    if (!/^\+[1-9]\d{6,14}$/.test(to)) throw new TwilioError(400, 21211, `${to} is no number`);
    const label = form.get('Label');
    const call = this.life.dialIntoConference(conference, {
      to,
      from: form.get('From'),
      label,
      endsIt: form.get('EndConferenceOnExit') === 'true',
      timeout: Number(form.get('Timeout') ?? 60),
      timeLimit: Number(form.get('TimeLimit') ?? 14400),
      callback: { url: form.get('StatusCallback'), events: form.getAll('StatusCallbackEvent') },
    });
    return { status: 201, body: this.#participant(conference, { call, label, muted: false }) };
  }

  async #change({ key, who, url, body }) {
    const form = new URLSearchParams(body);
    const conference = this.conferences.find(key, url.pathname);
    const people = [...conference.participants.values()];
    const participant = people.find(({ call, label }) => call.sid === who || label === who);
    if (!participant) throw notFound(url.pathname);
    if (form.has('Muted')) conference.mute(participant, form.get('Muted') === 'true');
    if (form.has('AnnounceUrl')) this.life.announce(participant.call, form.get('AnnounceUrl'));
    return { status: 200, body: this.#participant(conference, participant) };
  }
}
