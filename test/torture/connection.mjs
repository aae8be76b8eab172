/** A connection that is made anew when the server went away under it, and then asks again. */
import pg from 'pg';

/** The server ends or begins, or the connection broke: whether the statement was done is not known. */
const isLost = (error) => !(error instanceof pg.DatabaseError) || /^(57P|08)/.test(error.code);
const MAX_RETRIES = 1000;

export class Connection {
  retries = 0;

  /** server: its url, and up, a promise that is kept when it serves (again). */
  constructor(server) {
    this.server = server;
  }

  async query(sql, parameters) {
    for (let tries = 1; ; tries++) {
      await this.server.up;
      try {
        const client = await this.#connected();
        return (await client.query(sql, parameters)).rows;
      } catch (error) {
        if (!isLost(error) || tries === MAX_RETRIES) throw error;
        this.client = null;
        this.retries++;
      }
    }
  }

  async #connected() {
    if (this.client) return this.client;
    const client = new pg.Client(this.server.url);
    client.on('error', () => {});
    await client.connect();
    return (this.client = client);
  }

  async end() {
    await this.client?.end();
  }
}
