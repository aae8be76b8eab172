/** Twilio's Pricing API v2, as far as it is about voice: https://www.twilio.com/docs/voice/pricing */
import { newSid } from './calls.mjs';
import { checkCredentials } from './credentials.mjs';
import { TwilioError, notFound } from './errors.mjs';
import { COUNTRIES, MAGIC_COUNTRIES } from './prices.mjs';

const PATH = '/v2/Voice/Countries';
/** Twilio's pages hold up to 1000; these are small, so that a handful of countries needs several. */
const PAGE_SIZE_MAX = 5;

const FAULTS = {
  'too-many-once': () => ({
    status: 429,
    body: new TwilioError(429, 20429, 'Too many requests').body,
    headers: { 'Retry-After': '1' },
  }),
  // As an edge says it: not in JSON.
  'failing-once': ({ response }) =>
    void response.writeHead(500, { 'Content-Type': 'text/html' }).end('<h1>500</h1>'),
  failing: () => {
    throw new TwilioError(500, 20500, 'Internal server error');
  },
  unknown: ({ url }) => {
    throw notFound(url.pathname);
  },
  'cut-once': ({ response }) => void response.destroy(),
};

function describe(iso, { country, prices, unit = 'USD' }, url) {
  const name = (suffix) => `Programmable Outbound Minute - ${country}${suffix && ` - ${suffix}`}`;
  return {
    country,
    inbound_call_prices: [{ base_price: '0.0085', current_price: '0.0085', number_type: 'local' }],
    iso_country: iso,
    outbound_prefix_prices: prices.map((price) => ({
      base_price: price.list,
      current_price: price.current,
      destination_prefixes: price.destinations,
      friendly_name: name(price.name),
      origination_prefixes: price.from,
    })),
    price_unit: unit,
    url,
  };
}

export class PricingApi {
  #requests = new Map();

  constructor({ settings }) {
    this.settings = settings;
  }

  get routes() {
    return [
      this.#route(PATH, (context) => this.#list(context)),
      this.#route(`${PATH}/(?<iso>[A-Za-z]{2})`, (context) => this.#fetch(context)),
    ];
  }

  #route(path, handle) {
    const handler = (context) => {
      checkCredentials(context.request, this.settings);
      return handle(context);
    };
    return { method: 'GET', pattern: new RegExp(`^${path}$`), handler };
  }

  #answer(body) {
    return { status: 200, body, headers: { 'Twilio-Request-Id': newSid('RQ') } };
  }

  #list({ request, url }) {
    const base = `http://${request.headers.host}${PATH}`;
    const all = Object.entries(COUNTRIES).map(([iso, { country }]) => ({
      country,
      iso_country: iso,
      url: `${base}/${iso}`,
    }));
    const wanted = Number(url.searchParams.get('PageSize')) || 50;
    const size = Math.min(Math.max(wanted, 1), PAGE_SIZE_MAX);
    const page = Math.max(Number(url.searchParams.get('Page')) || 0, 0);
    const pageUrl = (number) => `${base}?PageSize=${size}&Page=${number}`;
    return this.#answer({
      countries: all.slice(page * size, (page + 1) * size),
      meta: {
        first_page_url: pageUrl(0),
        key: 'countries',
        next_page_url: (page + 1) * size < all.length ? pageUrl(page + 1) : null,
        page,
        page_size: size,
        previous_page_url: page > 0 ? pageUrl(page - 1) : null,
        url: pageUrl(page),
      },
    });
  }

  #fetch(context) {
    const iso = context.iso.toUpperCase();
    const country = COUNTRIES[iso] ?? MAGIC_COUNTRIES[iso];
    if (!country) throw notFound(context.url.pathname);
    const requests = (this.#requests.get(iso) ?? 0) + 1;
    this.#requests.set(iso, requests);
    const fault = FAULTS[country.fault];
    if (fault && (!country.fault.endsWith('-once') || requests % 2 === 1)) return fault(context);
    return this.#answer(describe(iso, country, `http://${context.request.headers.host}${PATH}/${iso}`));
  }
}
