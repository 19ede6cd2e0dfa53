import { Agent, type IncomingMessage, request } from 'node:http';
import { checkAgainstContract } from '../support/contract.js';

export interface Raw {
  method: string;
  /** Sent as it is, valid or not. */
  path: string;
  body?: string | Buffer;
  /** Null omits the header. */
  contentType?: string | null;
  headers?: Record<string, string>;
}

export interface RawAnswer {
  status: number;
  text: string;
  problem?: { code: string; detail: string; errors?: { pointer: string; detail: string }[] };
}

/** Sends bytes that fetch would normalise, and checks the response against the contract. */
export class Wire {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 8 });

  constructor(
    private readonly url: string,
    /** One token, or a new one for every request. */
    private readonly token: string | (() => Promise<string>),
  ) {}

  async send({ method, path, body, contentType = 'application/json', headers = {} }: Raw): Promise<RawAnswer> {
    const authorization = await this.authorization();
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const type = body === undefined || contentType === null ? {} : { 'content-type': contentType };
      const { hostname, port } = new URL(this.url);
      // Node.js omits the Content-Length of a DELETE request's body.
      const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
      const all = { authorization, ...type, ...length, ...headers };
      const outgoing = request({ agent: this.agent, hostname, port, method, path, headers: all }, resolve);
      outgoing.on('error', reject);
      outgoing.end(body);
    });
    const text = await textOf(response);
    return judge({ method, path, body }, response, text);
  }

  /** Announces a larger body than it sends: the server responds before the end. */
  async sendHuge(method: string, path: string, bytes: number, announced: boolean): Promise<RawAnswer> {
    const authorization = await this.authorization();
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const length = announced ? { 'content-length': String(bytes) } : { 'transfer-encoding': 'chunked' };
      const headers = { authorization, 'content-type': 'application/json', ...length };
      const { hostname, port } = new URL(this.url);
      const outgoing = request({ agent: false, hostname, port, method, path, headers }, (answer) => {
        resolve(answer);
        outgoing.destroy();
      });
      outgoing.on('error', reject);
      outgoing.write(Buffer.alloc(announced ? 1024 : 128 * 1024, ' '));
    });
    return judge({ method, path }, response, await textOf(response).catch(() => ''));
  }

  close(): void {
    this.agent.destroy();
  }

  private async authorization(): Promise<string> {
    return `Bearer ${typeof this.token === 'string' ? this.token : await this.token()}`;
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    // A stream does not end; leaving the loop closes it.
    if (response.headers['content-type'] === 'text/event-stream') break;
  }
  return Buffer.concat(chunks).toString();
}

function judge({ method, path, body }: Raw, response: IncomingMessage, text: string): RawAnswer {
  const status = response.statusCode ?? 0;
  const json = /[/+]json/.test(response.headers['content-type'] ?? '');
  const parsed: unknown = json && text !== '' ? JSON.parse(text) : undefined;
  const description = `${method} ${path.slice(0, 200)} with ${String(body).slice(0, 300)} answered ${status}: ${text.slice(0, 500)}`;
  if (status >= 500) throw new Error(description);
  if (text !== '' || status === 204) {
    const requestBody = status < 300 ? asJson(body) : undefined;
    checkAgainstContract({ method, path, status, headers: response.headers, body: parsed ?? text, requestBody });
  }
  const problem = status >= 400 ? (parsed as RawAnswer['problem']) : undefined;
  if (status === 400 && !problem?.errors?.every(({ detail }) => detail !== '')) throw new Error(description);
  return { status, text: description, problem };
}

function asJson(body: Raw['body']): unknown {
  try {
    return JSON.parse(String(body)) as unknown;
  } catch {
    return undefined;
  }
}
