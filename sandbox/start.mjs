import { browserRoutes } from './browser.mjs';
import { Registry } from './calls.mjs';
import { Conferences, ConferencesApi } from './conferences.mjs';
import { listen } from './http.mjs';
import { Life } from './life.mjs';
import { PricingApi } from './pricing.mjs';
import { Recordings, RecordingsApi } from './recordings.mjs';
import { RestApi } from './rest.mjs';
import { serveSignalling } from './signalling.mjs';
import { Webhooks } from './webhooks.mjs';

/** Starts a carrier in this process. Answers its URL and how to stop it: calls break off, no webhook leaves any more. */
export async function startCarrier(settings) {
  const registry = new Registry();
  const webhooks = new Webhooks(settings);
  const recordings = new Recordings();
  const conferences = new Conferences();
  const life = new Life({ settings, registry, webhooks, recordings, conferences });
  const context = { settings, registry, life, recordings, conferences, webhooks };
  const routes = [
    ...new RestApi(context).routes,
    ...new ConferencesApi(context).routes,
    ...new RecordingsApi(context).routes,
    ...new PricingApi(context).routes,
    ...browserRoutes(context),
  ];
  const server = await listen(routes, settings.port);
  const stopSignalling = serveSignalling(server, { settings, life });

  async function stop() {
    webhooks.stop();
    stopSignalling();
    for (const call of registry.list()) call.hangUp();
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  return { url: `http://127.0.0.1:${server.address().port}`, stop };
}
