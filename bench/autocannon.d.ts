/** Types of the used part of autocannon, which has none. */
declare module 'autocannon' {
  import type { EventEmitter } from 'node:events';

  interface Request {
    method: string;
    path: string;
    headers: Record<string, string>;
    body?: string;
  }

  interface Client extends EventEmitter {
    setRequests(requests: Request[]): void;
  }

  interface Options {
    url: string;
    connections: number;
    duration: number;
    sampleInt: number;
    timeout: number;
    maxOverallRequests?: number;
    setupClient(client: Client): void;
  }

  interface Result {
    errors: number;
    timeouts: number;
  }

  interface Run extends EventEmitter {
    on(event: 'response', listener: (client: Client, status: number, bytes: number, ms: number) => void): this;
    stop(): void;
  }

  export default function autocannon(options: Options, done: (error: Error | null, result: Result) => void): Run;
}
