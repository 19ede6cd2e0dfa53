import { Injectable, Logger } from '@nestjs/common';
import { setTimeout as after } from 'node:timers/promises';
import pg from 'pg';
import { Environment } from '../config/environment.js';
import { connectionOptions } from './connection.js';
import { isDirect } from './timeouts.js';

const PAUSE_MS = 1_000;

/** TCP can drop silently; ping every 10 s. */
const PING_MS = 10_000;
const ANSWER_MS = 5_000;

/** A silent server must not hold up the end of the process. */
const GOODBYE_MS = 1_000;

const NOTIFY = 'SELECT pg_notify($1, payload) FROM unnest($2::text[]) payload';

/** A notification outlives no crash, so the commit that sends it has no disk to wait for. */
const SESSION = 'SET synchronous_commit = off';

interface Ear {
  readonly heard: (payload: string) => void;
  /** Called whenever something may have been said that nobody heard: after every (re)connection. */
  readonly missed: () => void;
}

/** Hears what other processes NOTIFY, and notifies them, on one direct connection that comes back by itself. */
@Injectable()
export class Listener {
  private readonly logger = new Logger(Listener.name);
  private readonly ears = new Map<string, Ear>();
  private client: pg.Client | undefined;
  private retry: NodeJS.Timeout | undefined;
  private ping: NodeJS.Timeout | undefined;
  private stopped = false;
  private hearing = false;

  constructor(private readonly environment: Environment) {}

  /** Whether everything that is said just now is heard. */
  get isHearing(): boolean {
    return this.hearing;
  }

  /** Begins to listen; one listener a channel. */
  listen(channel: string, ear: Ear): void {
    this.ears.set(channel, ear);
    if (this.client) void this.client.query(`LISTEN ${channel}`).catch(() => undefined);
    else this.connect();
  }

  /** Notifies every process, this one included; throws if that is not certain, and connects anew. */
  async notify(channel: string, payloads: readonly string[]): Promise<void> {
    const { client } = this;
    if (!client || !this.hearing) throw new Error('the listening connection is away');
    try {
      await client.query({ name: 'notify', text: NOTIFY, values: [channel, payloads] });
    } catch (error) {
      void hangUp(client);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.retry);
    clearInterval(this.ping);
    if (this.client) await Promise.race([hangUp(this.client), after(GOODBYE_MS, undefined, { ref: false })]);
  }

  private connect(): void {
    const client = new pg.Client({
      application_name: 'lockin listener',
      ...connectionOptions(this.environment.DATABASE_LISTEN_URL, this.environment),
      connectionTimeoutMillis: ANSWER_MS,
      query_timeout: ANSWER_MS,
    });
    this.client = client;
    client.on('notification', ({ channel, payload = '' }) => this.ears.get(channel)?.heard(payload));
    // A connection that breaks ends as well, and the end is where the next one begins.
    client.on('error', (error) => this.logger.warn(`The listening connection broke: ${error.message}`));
    client.on('end', () => this.reconnect());
    this.begin(client).catch((error: unknown) => {
      this.logger.warn(`The listening connection failed: ${String(error)}`);
      return hangUp(client);
    });
  }

  private async begin(client: pg.Client): Promise<void> {
    await client.connect();
    if (!(await isDirect(client)))
      this.logger.warn('DATABASE_LISTEN_URL leads to a pooler; in transaction mode nothing is heard through it.');
    await client.query(SESSION);
    for (const channel of this.ears.keys()) await client.query(`LISTEN ${channel}`);
    for (const ear of this.ears.values()) ear.missed();
    this.hearing = true;
    this.ping = setInterval(() => void client.query('SELECT 1').catch(() => hangUp(client)), PING_MS);
  }

  private reconnect(): void {
    this.hearing = false;
    clearInterval(this.ping);
    if (this.stopped) return;
    this.retry = setTimeout(() => this.connect(), PAUSE_MS);
  }
}

function hangUp(client: pg.Client): Promise<void> {
  return client.end().catch(() => undefined);
}
