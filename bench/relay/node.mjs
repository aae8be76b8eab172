/** The same three requests by what most would take: express, Twilio's own middleware, pg. PROCESSES are so many. */
import cluster from 'node:cluster';
import express from 'express';
import pg from 'pg';
import twilio from 'twilio';

const processes = Number(process.env.PROCESSES ?? 1);
const LOOKUP = {
  name: 'lookup',
  text: `SELECT number, country, iso_country, worldtune.calling_code(number) AS country_code, prefix, rate, rate_min, rate_max,
                connection_fee, minimum_seconds, increment_seconds, worldtune.format_rate(rate) AS formatted_rate
           FROM worldtune.lookup_rate($1, $2) WHERE rate IS NOT NULL`,
};
const CALLBACK = {
  name: 'callback',
  text: `SELECT call_id, status, changed, billed, billed_seconds, credits_used
           FROM worldtune.record_call_status($1, $2, $3, $4, coalesce($5::timestamptz, now()), $6)`,
};

function serve() {
  const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 8 / processes });
  const app = express();
  const options = { url: undefined, host: new URL(process.env.PUBLIC_URL).host, protocol: 'http' };
  const signed = twilio.webhook(process.env.TWILIO_AUTH_TOKEN, options);
  app.disable('x-powered-by');
  app.get('/api/rates/lookup', async (request, response) => {
    const { rows } = await pool.query({ ...LOOKUP, values: [request.query.number, '+15005550006'] });
    response.json({ found: rows.length > 0, ...rows[0] });
  });
  app.post(
    '/api/twilio/status-callback',
    express.urlencoded({ extended: false }),
    signed,
    async (request, response) => {
      const { ParentCallSid, CallStatus, CallSid } = request.body;
      const values = [ParentCallSid, CallStatus, null, CallSid, null, request.query.user];
      await pool.query({ ...CALLBACK, values });
      response.status(204).end();
    },
  );
  app.listen(Number(process.env.PORT), '127.0.0.1');
}

if (processes > 1 && cluster.isPrimary) for (let i = 0; i < processes; i++) cluster.fork();
else serve();
