/** What the sandbox's Pricing API knows: a handful of countries, priced as Twilio prices them, and magic ones. */

const ALL = ['ALL'];
const ROW = ['ROW'];
export const EEA = (
  '30 31 32 33 34 351 352 353 354 356 357 358 359 36 370 371 372 385 386 39 40 420 421 423 43 44 45 46 47 ' +
  '48 49'
).split(' ');

/** A price: its name (after the country's), what the account pays, prefixes, where the call comes from, the list price. */
const price = (name, current, destinations, { from = ALL, list = current } = {}) => ({
  name,
  current,
  list,
  destinations: destinations.split(' '),
  from,
});

export const COUNTRIES = {
  AT: {
    country: 'Austria',
    prices: [
      price('EEA', '0.0165', '43', { from: EEA }),
      price('ROW', '0.0900', '43', { from: ROW }),
      price('Mobile - EEA', '0.0240', '43650 43660 43664 43676 43677 43680 43681 43688 43699', { from: EEA }),
      price('Mobile - ROW', '0.2000', '43650 43660 43664 43676 43677 43680 43681 43688 43699', { from: ROW }),
    ],
  },
  CA: {
    country: 'Canada',
    prices: [
      price(
        '',
        '0.0140',
        '1204 1226 1236 1250 1289 1306 1343 1403 1416 1418 1438 1450 1506 1514 1519 1604 1613',
      ),
      price('Northwestern Canada', '0.1850', '1867'),
    ],
  },
  CI: {
    country: 'Côte d’Ivoire',
    prices: [price('', '0.3600', '225'), price('Mobile - "Orange", MTN', '0.4450', '22505 22507')],
  },
  DE: {
    country: 'Germany',
    prices: [
      price('', '0.0155', '49', { list: '0.0180' }),
      price('Mobile - EEA', '0.0385', '4915 4916 4917', { from: EEA }),
      price('Mobile - ROW', '0.1590', '4915 4916 4917', { from: ROW }),
    ],
  },
  FR: {
    country: 'France',
    prices: [
      price('EEA', '0.0150', '33', { from: EEA }),
      price('ROW', '0.0470', '33', { from: ROW }),
      price('Mobile - EEA', '0.0430', '336 337', { from: EEA }),
      price('Mobile - ROW', '0.1500', '336 337', { from: ROW }),
    ],
  },
  GB: {
    country: 'United Kingdom',
    prices: [
      price('Landline', '0.0158', '44', { list: '0.0177' }),
      price('Mobile - GB and EEA', '0.0350', '447', { from: EEA }),
      price('Mobile - ROW', '0.0450', '447', { from: ROW }),
      price('Non-Geographic', '0.3120', '443 4484 4487'),
    ],
  },
  IE: {
    country: 'Ireland',
    prices: [price('', '0.0280', '353'), price('Mobile', '0.0610', '35383 35385 35386 35387 35389')],
  },
  IN: { country: 'India', prices: [price('', '0.0497', '91'), price('Mobile', '0.0405', '916 917 918 919')] },
  JM: {
    country: 'Jamaica',
    prices: [price('', '0.3500', '1876 1658'), price('Mobile - Digicel', '0.4080', '18763 18764 18765')],
  },
  KR: {
    country: 'Korea, Republic of',
    prices: [price('', '0.0290', '82'), price('Mobile', '0.0420', '8210')],
  },
  US: {
    country: 'United States',
    prices: [
      price('', '0.0140', '1'),
      price('Alaska', '0.0900', '1907'),
      price('Hawaii', '0.0140', '1808'),
      price('Toll Free', '0.0140', '1800 1833 1844 1855 1866 1877 1888'),
    ],
  },
  VA: { country: 'Holy See (Vatican City State)', prices: [] },
};

const magic = (fault, prefix, more = {}) => ({
  country: `Sandbox ${fault}`,
  prices: [price('', '0.0100', prefix)],
  fault,
  ...more,
});

/** In no list of countries; ISO 3166 leaves these codes to their users. A "once" holds for every other request. */
export const MAGIC_COUNTRIES = {
  QM: magic('too-many-once', '9991'),
  QN: magic('failing-once', '9992'),
  QO: magic('failing', '9993'),
  QP: magic('unknown', '9994'),
  QQ: magic('cut-once', '9995'),
  QR: magic('in-euros', '9996', { unit: 'EUR' }),
  QS: magic('contradictory', '9997', {
    prices: [price('', '0.0100', '9997'), price('again', '0.0200', '9997')],
  }),
};
