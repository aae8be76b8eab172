/** Every sentence of the dialer in English: the shape that the other languages fill. */

const plural = new Intl.PluralRules('en');
const count = (n: number, one: string, other: string) => `${n} ${plural.select(n) === 'one' ? one : other}`;

export const en = {
  language: 'English',
  app: 'Worldtune',
  nav: { label: 'Sections', keypad: 'Keypad', recents: 'Recents', account: 'Account' },

  balance: {
    chip: (amount: string) => `Balance ${amount}`,
    unknown: 'Balance unknown',
    asOf: (time: string) => `as of ${time}`,
  },

  field: {
    label: 'Phone number',
    placeholder: 'Number or country',
    erase: 'Erase the last digit. Hold to clear.',
    country: (name: string) => `Country: ${name}. Choose another`,
    noCountry: 'Choose a country',
  },

  keypad: {
    label: 'Keypad',
    star: 'Star',
    hash: 'Hash',
    call: 'Call',
    hide: 'Hide the keypad',
    sent: 'Tones sent',
  },

  countries: {
    title: 'Choose a country',
    search: 'Name, code or digits',
    recent: 'Recent and frequent',
    all: 'All countries',
    none: (query: string) => `No country fits “${query}”.`,
    close: 'Close',
    count: (n: number) => count(n, 'country', 'countries'),
    away: 'The list of countries is not there yet.',
  },

  price: {
    start: 'Type a number or choose a country to see the price.',
    perMinute: (amount: string) => `${amount} a minute`,
    range: (from: string, to: string) => `${from} to ${to} a minute`,
    fee: (amount: string) => `${amount} to connect`,
    steps: (minimum: string, step: string) =>
      minimum === step ? `billed by ${step}` : `first ${minimum}, then by ${step}`,
    lasts: (time: string, balance: string) => `up to ${time} with your ${balance}`,
  },

  units: {
    minutes: (n: number) => `${n} min`,
    hours: (n: number) => `${n} h`,
    hoursMinutes: (h: number, m: number) => `${h} h ${m} min`,
    seconds: (n: number) => `${n} s`,
    aMinute: 'the minute',
    everySeconds: (n: number) => (n === 1 ? 'the second' : `${n} seconds`),
  },

  call: {
    phase: {
      connecting: 'Connecting',
      ringing: 'Ringing',
      talking: 'Talking',
      ending: 'Hanging up',
    },
    reconnecting: 'Reconnecting',
    elsewhere: 'In another tab or device',
    timer: 'Time talked',
    soFar: (cost: string) => `${cost} so far`,
    nextStep: (time: string) => `next charge in ${time}`,
    left: (time: string) => `${time} left`,
    lowCredit: (time: string) => `Credit is low: ${time} left in this call.`,
    lastMinute: (time: string) => `The call ends in ${time}, when the credit is used up.`,
    mute: 'Mute',
    muted: 'Muted',
    keypad: 'Keypad',
    sound: 'Sound',
    hangUp: 'Hang up',
    relayAway: 'The connection to Worldtune is lost. The call goes on; the figures will catch up.',
    networkLost: 'Your network is gone. Bringing the call back.',
    poor: 'The line is poor: your network loses sound.',
    noInput: 'The microphone is silent.',
    oneSided: 'No sound comes from the other side.',
  },

  ended: {
    title: {
      completed: 'Call ended',
      busy: 'Busy',
      failed: 'Not reachable',
      'no-answer': 'No answer',
      canceled: 'Call canceled',
      rejected: 'Call refused',
      queued: 'Call ended',
      initiated: 'Call ended',
      ringing: 'Call ended',
      'in-progress': 'Call ended',
    },
    text: {
      completed: 'The call is over.',
      busy: 'The line is taken. Nothing was charged.',
      failed: 'The number could not be reached. Nothing was charged.',
      'no-answer': 'Nobody answered. Nothing was charged.',
      canceled: 'It was ended before anybody answered. Nothing was charged.',
      rejected: 'It was refused before it rang. Nothing was charged.',
    },
    cutOff: 'The credit for this call was used up.',
    billed: (billed: string, talked: string) => `${billed} billed of ${talked} talked`,
    balance: 'Balance',
    why: 'Why?',
    settling: 'The bill is being made',
    callAgain: 'Call again',
    done: 'Done',
    rate: 'How was the sound?',
    star: (n: number) => count(n, 'star', 'stars'),
    rated: 'Noted, thank you.',
    issues: {
      echo: 'Echo',
      choppy: 'Choppy',
      delay: 'Delay',
      'one-way': 'One side silent',
      noise: 'Noise',
      dropped: 'Cut off',
    },
  },

  receipt: {
    title: 'Why this price',
    paid: 'Paid',
    agrees: 'Computed again from the stored rows: the same amount.',
    differs: 'Computed again from the stored rows, it differs from what was booked. Support can explain why.',
    none: 'This call has no receipt.',
    close: 'Close',
    items: {
      number: 'Number',
      caller_id: 'Number shown',
      override: 'Own price',
      deck: 'Price list',
      prefix: 'Prefix',
      origination: 'Origin',
      talked: 'Talked',
      authorised: 'Authorised',
      billed: 'Billed',
      connection_fee: 'Connection',
      rate: 'Rate',
      minimum: 'Minimum',
      increments: 'Steps',
      rounding: 'Rounding',
      charge: 'Charge',
      correction: 'Correction',
      refund: 'Given back',
      refused: 'Refused',
      not_answered: 'Not answered',
      held: 'Held',
    } as Record<string, string>,
    loading: 'Fetching the receipt',
  },

  recents: {
    title: 'Recents',
    search: 'Search calls',
    empty: 'No calls yet. The first one shows up here.',
    nothing: (query: string) => `No call fits “${query}”.`,
    more: 'Fetching earlier calls',
    callAgain: (number: string) => `Call ${number} again`,
    refunded: (amount: string) => `${amount} given back`,
    free: 'Free',
    play: 'Play the recording',
    recording: 'Recording',
    transcript: 'Transcript',
    status: {
      completed: 'Answered',
      busy: 'Busy',
      failed: 'Not reachable',
      'no-answer': 'No answer',
      canceled: 'Canceled',
      rejected: 'Refused',
      queued: 'Being placed',
      initiated: 'Being placed',
      ringing: 'Ringing',
      'in-progress': 'Talking',
    },
    today: 'Today',
    yesterday: 'Yesterday',
  },

  account: {
    title: 'Account',
    balance: 'Balance',
    held: 'Held for calls',
    available: 'Available',
    ledger: 'Every change of your balance',
    topUp: 'Add credit',
    devices: 'Sound',
    language: 'Language',
    signOut: 'Sign out',
    balanceAfter: (amount: string) => `Balance ${amount}`,
    kind: {
      opening: 'Opening balance',
      purchase: 'Top-up',
      call: (where: string) => `Call to ${where}`,
      callAlone: 'Call',
      refund: 'Given back',
      adjustment: 'Correction',
      chargeback: 'Payment reversed',
    },
  },

  sound: {
    title: 'Sound',
    microphone: 'Microphone',
    speaker: 'Speaker',
    standard: 'Standard',
    noChoice: 'This browser chooses the speaker itself.',
    afterFirst: 'Devices can be chosen once a call has used the microphone.',
    haptics: 'Vibrate on key press',
    tones: 'Key tones',
    close: 'Close',
  },

  refusal: {
    insufficient_credit: 'Your credit does not reach the shortest call to this number.',
    suspended: 'Your account is suspended. Support can say why.',
    destination_blocked: 'Calls to this destination are not allowed.',
    unknown_user: 'There is no account for this sign-in.',
    no_rate: 'We do not serve this number yet.',
    invalid_number: 'This is no number that can be called. Check it, with its country code.',
    too_many_calls: 'Another call is open. End it first.',
    too_many_destinations: 'Too many expensive destinations within the hour. Try again later.',
    spend_limit: 'Your spending limit for now is reached. Try again later.',
    too_many_requests: 'That was quick. Try again in a moment.',
    emergency: (digits: string) =>
      `${digits} is an emergency number: from here rescuers would not know where you are. Use a phone.`,
    too_long: 'This number has too many digits.',
  },

  problem: {
    microphone_blocked:
      'The microphone is blocked. Allow it for this page in the browser’s address bar, then call again.',
    no_microphone: 'No microphone was found. Plug one in, then call again.',
    token_refused: 'The call could not be authorised. Try again.',
    session_expired: 'Your session has expired. Sign in again to call.',
    voice_unreachable: 'The phone network cannot be reached from here. Check the connection, then try again.',
    voice_error: 'The call broke off by an error.',
    connection_lost: 'The connection was lost and did not come back.',
    not_reachable: 'This number cannot be reached.',
    relay_away: 'Worldtune cannot be reached. Check the connection, then try again.',
    relay_busy: 'Worldtune is busy. Try again in a moment.',
    carrier_error: 'The phone network refused the call. Try again.',
    not_configured: 'Calls are not set up here yet.',
    unknown: 'That did not work. Try again.',
  },

  door: {
    topUp: 'Add credit',
    editNumber: 'Edit the number',
    tryAgain: 'Try again',
    signIn: 'Sign in',
    callAnother: 'Call another number',
    dismiss: 'Close',
  },

  signIn: {
    title: 'Call any number in the world',
    text: 'You see the price before you call, and every cent after.',
    email: 'Email',
    password: 'Password',
    submit: 'Sign in',
    submitting: 'Signing in',
    wrong: 'Email and password do not fit.',
    unconfirmed: 'Confirm your email address first: open the link that was sent to it.',
    tooOften: 'Too many tries. Wait a minute, then try again.',
    away: 'Signing in is not possible right now. Try again in a moment.',
    noToken: 'Open this page by the address that make run printed: it signs you in.',
    expired: 'Your session has expired.',
  },

  loading: 'Loading',
  offline: 'Worldtune cannot be reached. Trying again.',
};

/** The same keys, with sentences of another language. */
type Sentences<T> = T extends string
  ? string
  : T extends (...given: infer Given) => string
    ? (...given: Given) => string
    : { [Key in keyof T]: Sentences<T[Key]> };

export type Messages = Sentences<typeof en>;
