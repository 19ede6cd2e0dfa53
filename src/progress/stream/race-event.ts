import type { Json } from '../../common/json.js';
import type { MemberProgress } from '../progress.dto.js';
import type { ProgressChanges } from './stream.dto.js';

/** A race at one instant, serialized once for all of its watchers, when it is first needed. */
export class RaceEvent {
  private progress: Buffer | undefined;
  private difference: Buffer | undefined;

  constructor(
    private readonly body: Json<MemberProgress[]>,
    /** Since the previous event; undefined if the whole race must be sent. */
    private readonly changed?: ProgressChanges,
  ) {}

  get whole(): Buffer {
    // PostgreSQL puts line breaks between rows; JSON text itself has none.
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
