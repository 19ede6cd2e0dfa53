export interface ServerSentEvent {
  name: string;
  data: string;
}

export interface StreamHearing {
  /** Something has come, if only a heartbeat: the connection lives. */
  onChunk: () => void;
  onEvent: (event: ServerSentEvent) => void;
  /** The server wishes reconnects to wait so many milliseconds. */
  onRetry: (ms: number) => void;
}

/** Reads Server-Sent Events until the stream ends. An abort gives the connection up; what breaks it is thrown. */
export async function readEvents(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  hearing: StreamHearing,
): Promise<void> {
  const reader = body.getReader();
  // Not every platform ends a body when the signal of its request says so.
  const giveUp = (): void => void reader.cancel().catch(() => undefined);
  signal.addEventListener('abort', giveUp);
  const decoder = new TextDecoder();
  const parse = eventParser(hearing);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      hearing.onChunk();
      parse(decoder.decode(value, { stream: true }));
    }
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

/** Takes the text of a stream in whatever pieces it comes. A field without a colon, and `id`, mean nothing here. */
export function eventParser({ onEvent, onRetry }: Omit<StreamHearing, 'onChunk'>): (text: string) => void {
  let rest = '';
  let name = '';
  let data: string[] = [];

  const take = (line: string): void => {
    const [, field, value = ''] = /^(\w+): ?(.*)$/.exec(line) ?? [];
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

  return (text) => {
    // A carriage return at the very end may be half of a line's end.
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') dispatch();
      else take(line);
    }
  };
}
