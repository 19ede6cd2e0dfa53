import { unlessAborted } from '../http/abort.js';

export interface ServerSentEvent {
  name: string;
  data: string;
}

export interface EventHandlers {
  /** Any bytes were received, also those of a heartbeat. */
  onChunk: () => void;
  onEvent: (event: ServerSentEvent) => void;
  /** The `retry` field: the reconnection time in milliseconds. */
  onRetry: (ms: number) => void;
}

/** Reads Server-Sent Events until the stream ends or the signal is aborted. Throws if the connection breaks. */
export async function readEvents(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  handlers: EventHandlers,
): Promise<void> {
  const reader = body.getReader();
  // Some platforms do not end the body when the signal of its request is aborted.
  const cancel = (): void => void reader.cancel().catch(() => undefined);
  signal.addEventListener('abort', cancel);
  const decoder = new TextDecoder();
  const parse = createEventParser(handlers);
  try {
    for (;;) {
      const { done, value } = await unlessAborted(signal, reader.read());
      if (done) return;
      handlers.onChunk();
      parse(decoder.decode(value, { stream: true }));
    }
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/** Parses the text of a stream in chunks of any size. Ignores `id`, and fields without a colon. */
export function createEventParser({ onEvent, onRetry }: Omit<EventHandlers, 'onChunk'>): (chunk: string) => void {
  let incompleteLine = '';
  let name = '';
  let data: string[] = [];

  const parseField = (line: string): void => {
    const [, field, value = ''] = /^(\w+): ?(.*)$/s.exec(line) ?? [];
    if (field === 'event') name = value;
    else if (field === 'data') data.push(value);
    else if (field === 'retry' && /^\d+$/.test(value)) onRetry(Number(value));
  };
  const dispatch = (): void => {
    const event = { name: name || 'message', data: data.join('\n') };
    const isEmpty = data.length === 0;
    name = '';
    data = [];
    if (!isEmpty) onEvent(event);
  };

  return (chunk) => {
    // A carriage return at the end of a chunk may be the first half of CRLF.
    const lines = (incompleteLine + chunk).split(/\r\n|\n|\r(?!$)/);
    incompleteLine = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') dispatch();
      else parseField(line);
    }
  };
}
