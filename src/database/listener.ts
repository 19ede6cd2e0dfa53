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

/** A silent server must not delay the end of the process. */
const CLOSE_TIMEOUT_MS = 1_000;

const NOTIFY = 'SELECT pg_notify($1, payload) FROM unnest($2::text[]) payload';

/** Notifications do not survive a crash, so their commit need not wait for the disk. */
const SESSION = 'SET synchronous_commit = off';

interface Subscription {
  readonly onMessage: (payload: string) => void;
  /** After every connection and reconnection: messages may have been missed before it. */
  readonly onReconnect: () => void;
}

/** LISTEN and NOTIFY on one direct connection, which reconnects by itself. */
@Injectable()
export class Listener {
  private readonly logger = new Logger(Listener.name);
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
    client.on('error', (error) => this.logger.warn(`The listening connection broke: ${error.message}`));
    client.on('end', () => this.reconnect());
    this.start(client).catch((error: unknown) => {
      this.logger.warn(`The listening connection failed: ${String(error)}`);
      return endQuietly(client);
    });
  }

  private async start(client: pg.Client): Promise<void> {
    await client.connect();
    if (!(await isDirect(client)))
      this.logger.warn('DATABASE_LISTEN_URL leads to a pooler; in transaction mode it delivers no notifications.');
    await client.query(SESSION);
    for (const channel of this.subscriptions.keys()) await client.query(`LISTEN ${channel}`);
    for (const { onReconnect } of this.subscriptions.values()) onReconnect();
    this.connected = true;
    this.ping = setInterval(() => void client.query('SELECT 1').catch(() => endQuietly(client)), PING_MS);
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
