/** The sandbox carrier as a program: docs/sandbox.md. */
import { readSettings } from './settings.mjs';
import { startCarrier } from './start.mjs';

try {
  const settings = readSettings(process.env);
  const carrier = await startCarrier(settings);
  console.log(
    `sandbox carrier, not Twilio: ${carrier.url} account ${settings.accountSid} speed ${settings.speed}`,
  );
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => carrier.stop());
} catch (error) {
  console.error(`sandbox carrier: ${error.message}`);
  process.exitCode = 1;
}
