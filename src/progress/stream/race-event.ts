import type { Json } from '../../common/json.js';
import type { Progress } from '../progress.dto.js';
import type { ProgressChanges } from './stream.dto.js';

/** A race at one moment, as it goes out: written once, when it is first needed, for everybody who watches. */
export class RaceEvent {
  private progress: Buffer | undefined;
  private difference: Buffer | undefined;

  constructor(
    private readonly body: Json<Progress>,
    /** From the event before; undefined where only the whole race says it. */
    private readonly changed?: ProgressChanges,
  ) {}

  get whole(): Buffer {
    // PostgreSQL breaks its lines between rows; within text JSON knows no line break.
    return (this.progress ??= serverSentEvent('progress', this.body.replaceAll('\n', '')));
  }

  get changes(): Buffer {
    if (this.changed === undefined) return this.whole;
    return (this.difference ??= serverSentEvent('changes', JSON.stringify(this.changed)));
  }
}

function serverSentEvent(name: string, data: string): Buffer {
  return Buffer.from(`event: ${name}\ndata: ${data}\n\n`);
}
