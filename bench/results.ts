import type { Figures } from './measure.js';
import type { Options } from './options.js';

type Size = Exclude<keyof Options, 'only' | 'binaries' | 'profile' | 'write'>;

/** One operation, on the API and on the lean server. */
export interface Comparison {
  readonly name: string;
  readonly api: Figures;
  readonly lean: Figures;
}

/** One operation on the API, where there is little and where there is much. */
export interface Grown {
  readonly name: string;
  readonly small: Figures;
  readonly large: Figures;
  /** How many watch every group in the large case. */
  readonly watchers?: number | undefined;
}

/** A whole run: what `bench/results.json` holds, and the documents are written from. */
export interface Results {
  readonly date: string;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string; readonly postgres: string };
  readonly options: Pick<Options, Size>;
  readonly settings: Readonly<Record<string, string>>;
  readonly usual: readonly Comparison[];
  /** Every group with years of logs. */
  readonly dense: readonly Comparison[];
  readonly growth: readonly Grown[];
  /** The API's, at most, in the usual case. */
  readonly memoryMegabytes: number | null;
  /** Of `time_logs` and what belongs to it, indexes included. */
  readonly bytes: { readonly log: number; readonly participant: number; readonly session: number };
}
