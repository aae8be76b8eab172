/** An error as Twilio's REST API answers it. */
export class TwilioError extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }

  get body() {
    const { code, message, status } = this;
    return { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status };
  }
}

/** What goes wrong while a call runs (TwiML, webhooks): it ends the call, and the state of the call names it. */
export class CallError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

export const notFound = (path) => new TwilioError(404, 20404, `The requested resource ${path} was not found`);
