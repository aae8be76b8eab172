/**
 * Numbers of emergency services, by the digits that are dialled in a country. A call through the internet tells no
 * rescuer where the caller is, and reaches the wrong country's: they are never dialled.
 */
const ANYWHERE = ['112', '911', '999', '000', '111', '119', '110', '113', '108', '190', '192', '193'];

/** By calling code: numbers that are for emergencies there, and may mean something else elsewhere. */
const BY_CALLING_CODE: Record<string, string[]> = {
  '33': ['15', '17', '18', '114', '115', '119', '191', '196', '197'],
  '32': ['100', '101', '102'],
  '34': ['061', '062', '080', '085', '091', '092'],
  '39': ['115', '117', '118'],
  '41': ['117', '118', '144', '145', '1414'],
  '43': ['122', '128', '133', '140', '141', '144'],
  '49': ['115'],
  '54': ['100', '101', '103', '107'],
  '55': ['181', '191', '194', '197', '199'],
  '7': ['01', '02', '03', '04', '101', '102', '103', '104'],
  '380': ['101', '102', '103', '104'],
  '81': ['118'],
  '86': ['120', '122'],
  '91': ['100', '101', '102', '1091', '1098'],
  '61': ['106'],
  '65': ['995'],
  '972': ['100', '101', '102'],
  '90': ['155', '156', '177', '158'],
};

/** Whether these digits, with or without the calling code before them, reach an emergency service. */
export function isEmergency(digits: string, callingCode: string): boolean {
  const local = callingCode && digits.startsWith(callingCode) ? digits.slice(callingCode.length) : null;
  const ofCountry = BY_CALLING_CODE[callingCode] ?? [];
  return ANYWHERE.includes(digits) || (local !== null && [...ANYWHERE, ...ofCountry].includes(local));
}
