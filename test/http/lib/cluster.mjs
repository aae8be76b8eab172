/** A PostgreSQL cluster that a test may kill: of the same build and with the same extension as TEST_DATABASE_URL's. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import pg from 'pg';
import { startProgram } from './processes.mjs';

const run = promisify(execFile);
const START_TRIES = 100;

async function describeBuild() {
  const client = new pg.Client(process.env.TEST_DATABASE_URL);
  await client.connect();
  const sql = `SELECT setting AS bindir, current_setting('extension_destdir', true) AS destdir
                 FROM pg_config WHERE name = 'BINDIR'`;
  const { rows } = await client.query(sql).finally(() => client.end());
  return rows[0];
}

export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function createCluster({ settings = ['fsync=off'] } = {}) {
  const { bindir, destdir } = await describeBuild();
  const directory = await mkdtemp(join(tmpdir(), 'worldtune-cluster-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const password = randomBytes(16).toString('hex');
  await writeFile(join(directory, 'password'), password, { mode: 0o600 });
  const initdb = ['-D', join(directory, 'data'), '-U', 'postgres', '--auth=scram-sha-256', '--no-sync'];
  const locale = ['--pwfile', join(directory, 'password'), '--encoding=UTF8', '--locale=C.UTF-8'];
  await run(join(bindir, 'initdb'), [...initdb, ...locale]);
  const cluster = new Cluster({ bindir, destdir, directory, settings, port: await freePort() });
  cluster.url = `postgresql://postgres:${password}@127.0.0.1:${cluster.port}/postgres`;
  await cluster.start();
  return cluster;
}

function signalIfThere(pid, name) {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

class Cluster {
  constructor(facts) {
    Object.assign(this, facts);
  }

  get arguments() {
    const settings = [
      'listen_addresses=127.0.0.1',
      `port=${this.port}`,
      'unix_socket_directories=',
      ...this.settings,
    ];
    if (this.destdir) settings.push(`extension_destdir=${this.destdir}`);
    return ['-D', join(this.directory, 'data'), ...settings.flatMap((setting) => ['-c', setting])];
  }

  /** Starts the server and waits for it; after a kill the old backends may take a moment to go. */
  async start() {
    for (let tries = 1; !(await this.#startOnce()); tries++)
      assert.ok(tries < START_TRIES, `PostgreSQL did not start:\n${this.log.join('\n')}`);
  }

  async #startOnce() {
    this.log = [];
    const options = { stdio: ['ignore', 'ignore', 'pipe'] };
    const { child, ended } = startProgram(join(this.bindir, 'postgres'), this.arguments, options);
    Object.assign(this, { server: child, ended });
    const ready = new Promise((resolve) => {
      createInterface(child.stderr).on('line', (line) => {
        this.log.push(line);
        if (/ready to accept (read-only )?connections/.test(line)) resolve(true);
      });
    });
    return Promise.race([ready, this.ended.then(() => false)]);
  }

  /** As a standby, whose primary is gone: pg_promote() ends that. */
  async startStandby() {
    await writeFile(join(this.directory, 'data', 'standby.signal'), '');
    await this.start();
  }

  /** A signal for the server and, for they would serve on for a moment, for its backends. */
  async signal(name) {
    const { pid } = this.server;
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
    for (const one of [pid, ...children.split(' ').filter(Boolean)]) signalIfThere(Number(one), name);
  }

  async kill() {
    await this.signal('SIGKILL');
    await this.ended;
  }

  async stop() {
    this.server.kill('SIGINT');
    await this.ended;
  }
}
