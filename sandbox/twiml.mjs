/** TwiML as verbs: the part of https://www.twilio.com/docs/voice/twiml that the relay writes. */
import { DOMParser } from '@xmldom/xmldom';
import { CallError } from './errors.mjs';

const elements = (node) =>
  Array.from(node.childNodes).filter((child) => child.nodeType === child.ELEMENT_NODE);

function verb(node) {
  return {
    name: node.tagName,
    attributes: Object.fromEntries(Array.from(node.attributes, ({ name, value }) => [name, value])),
    text: node.textContent.trim(),
    children: elements(node).map(verb),
  };
}

function parseXml(text) {
  const onError = (level, message) => {
    throw new Error(message);
  };
  try {
    return new DOMParser({ onError }).parseFromString(text, 'text/xml');
  } catch (error) {
    throw new CallError(12100, `document parse failure: ${error.message}`);
  }
}

/** The verbs of a document; throws a CallError with Twilio's code. */
export function parseTwiml(text) {
  if (text === '') throw new CallError(11770, 'the answer is empty');
  const root = parseXml(text).documentElement;
  if (root.tagName !== 'Response')
    throw new CallError(12102, `the root is <${root.tagName}>, not <Response>`);
  return elements(root).map(verb);
}

function wholeNumber(dial, name, fallback, least, most, code) {
  const text = dial.attributes[name] ?? String(fallback);
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most)
    throw new CallError(code, `<Dial> ${name}="${text}" is not a number from ${least} to ${most}`);
  return value;
}

const RECORDS = /^record-from-(answer|ringing)(-dual)?$/;

/** Where and of what a recording is told; undefined when there is none. */
function readRecording({ attributes }) {
  const {
    record = 'do-not-record',
    recordingStatusCallback: url,
    recordingStatusCallbackEvent: events,
  } = attributes;
  if (record === 'do-not-record') return undefined;
  if (!RECORDS.test(record)) throw new CallError(13217, `<Dial> record="${record}" is none of Twilio's`);
  if (url && !URL.canParse(url)) throw new CallError(13256, `recordingStatusCallback="${url}" is no URL`);
  return { url, events: (events ?? 'completed').split(/\s+/) };
}

function readConference(dial, { text, attributes }) {
  if (text === '') throw new CallError(13230, 'a <Conference> without a name');
  return {
    action: dial.attributes.action,
    timeLimit: wholeNumber(dial, 'timeLimit', 14400, 1, 14400, 13216),
    conference: {
      name: text,
      label: attributes.participantLabel,
      endsIt: attributes.endConferenceOnExit === 'true',
      callback: {
        url: attributes.statusCallback,
        events: (attributes.statusCallbackEvent ?? '').split(/\s+/),
      },
      recording:
        attributes.record === 'record-from-start'
          ? {
              url: attributes.recordingStatusCallback,
              events: (attributes.recordingStatusCallbackEvent ?? 'completed').split(/\s+/),
            }
          : undefined,
    },
  };
}

/** What a <Dial> verb asks for, checked as Twilio checks it. */
export function readDial(dial) {
  const [number] = dial.children;
  if (dial.children.length === 1 && number.name === 'Conference') return readConference(dial, number);
  if (dial.children.length !== 1 || number.name !== 'Number')
    throw new CallError(13215, 'the sandbox dials one <Number>');
  return {
    number: number.text,
    callerId: dial.attributes.callerId,
    action: dial.attributes.action,
    answerOnBridge: dial.attributes.answerOnBridge === 'true',
    timeLimit: wholeNumber(dial, 'timeLimit', 14400, 1, 14400, 13216),
    timeout: wholeNumber(dial, 'timeout', 30, 5, 600, 13212),
    recording: readRecording(dial),
    whisper: number.attributes.url,
    callback: {
      url: number.attributes.statusCallback,
      events: (number.attributes.statusCallbackEvent ?? 'completed').split(/\s+/),
    },
  };
}
