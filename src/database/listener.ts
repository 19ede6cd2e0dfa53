import { Injectable, Logger } from '@nestjs/common';
import { setTimeout as after } from 'node:timers/promises';
import pg from 'pg';
import { Environment } from '../config/environment.js';
import { Outage } from '../common/outage.js';
import { connectionOptions } from './connection.js';
import { reasonOf } from './database-errors.js';
import { isDirect } from './timeouts.js';

const PAUSE_MS = 1_000;

/** TCP can drop silently; ping every 10 s. */
const PING_MS = 10_000;
const ANSWER_MS = 5_000;

const DATABASE_CLOCK = 'SELECT extract(epoch FROM clock_timestamp())::float8 AS now';
/** More than an answer may take. */
const CLOCK_ERROR_S = 10;

/** A silent server must not delay the end of the process. */
const CLOSE_TIMEOUT_MS = 1_000;

/** Notifications do not survive a crash, so their commit need not wait for the disk. */
const NOTIFY = `SELECT pg_notify($1, payload)
  FROM unnest($2::text[]) payload, set_config('synchronous_commit', 'off', true)`;

interface Subscription {
  readonly onMessage: (payload: string) => void;
  /** After every connection and reconnection: messages may have been missed before it. */
  readonly onReconnect: () => void;
}

/** LISTEN and NOTIFY on one direct connection, which reconnects by itself. */
@Injectable()
export class Listener {
  private readonly logger = new Logger(Listener.name);
  private readonly outage = new Outage(this.logger, 'listening connection broken', 'listening connection restored');
  private readonly clockError = new Outage(this.logger, 'clock wrong', 'clock right again');
  private readonly subscriptions = new Map<string, Subscription>();
  private client: pg.Client | undefined;
  private retry: NodeJS.Timeout | undefined;
  private ping: NodeJS.Timeout | undefined;
  private stopped = false;
  private connected = false;

  constructor(private readonly environment: Environment) {}

  /** Whether notifications arrive at the moment. */
  get isConnected(): boolean {
    return this.connected;
  }

  /** One subscription a channel; the first one connects. */
  subscribe(channel: string, subscription: Subscription): void {
    this.subscriptions.set(channel, subscription);
    if (this.client) void this.client.query(`LISTEN ${channel}`).catch(() => undefined);
    else this.connect();
  }

  /** Notifies every process, including this one; throws if that is uncertain, and reconnects. */
  async notify(channel: string, payloads: readonly string[]): Promise<void> {
    const { client } = this;
    if (!client || !this.connected) throw new Error('the listening connection is away');
    try {
      await client.query({ name: 'notify', text: NOTIFY, values: [channel, payloads] });
    } catch (error) {
      void endQuietly(client);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.retry);
    clearInterval(this.ping);
    if (this.client) await Promise.race([endQuietly(this.client), after(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
  }

  private connect(): void {
    const client = new pg.Client({
      application_name: 'lockin listener',
      ...connectionOptions(this.environment.DATABASE_LISTEN_URL, this.environment),
      connectionTimeoutMillis: ANSWER_MS,
      query_timeout: ANSWER_MS,
    });
    this.client = client;
    client.on('notification', ({ channel, payload = '' }) => this.subscriptions.get(channel)?.onMessage(payload));
    // After an error the connection also ends; 'end' reconnects.
    client.on('error', (error) => this.outage.failed(reasonOf(error)));
    client.on('end', () => this.reconnect());
    this.start(client).catch((error: unknown) => {
      this.outage.failed(reasonOf(error));
      return endQuietly(client);
    });
  }

  private async start(client: pg.Client): Promise<void> {
    await client.connect();
    if (!(await isDirect(client)))
      this.logger.warn(
        'The connection for LISTEN leads to a pooler, which delivers no notifications in transaction mode: set DATABASE_LISTEN_URL to a direct address.',
      );
    await this.compareClocks(client);
    for (const channel of this.subscriptions.keys()) await client.query(`LISTEN ${channel}`);
    for (const { onReconnect } of this.subscriptions.values()) onReconnect();
    this.connected = true;
    this.outage.succeeded();
    this.ping = setInterval(() => void this.compareClocks(client).catch(() => endQuietly(client)), PING_MS);
  }

  /** Tokens are judged by this machine's clock, all other times by the database's. */
  private async compareClocks(client: pg.Client): Promise<void> {
    const { rows } = await client.query<{ now: number }>(DATABASE_CLOCK);
    const seconds = Math.round(Date.now() / 1_000 - (rows[0]?.now ?? 0));
    if (Math.abs(seconds) < CLOCK_ERROR_S) this.clockError.succeeded();
    else this.clockError.failed(`${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} the database's`);
  }

  private reconnect(): void {
    this.connected = false;
    clearInterval(this.ping);
    if (this.stopped) return;
    this.retry = setTimeout(() => this.connect(), PAUSE_MS);
  }
}

function endQuietly(client: pg.Client): Promise<void> {
  return client.end().catch(() => undefined);
}
