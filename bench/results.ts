import type { Figures } from './measure.js';
import type { Options } from './options.js';

type Size = Exclude<keyof Options, 'only' | 'binaries' | 'profile' | 'write'>;

/** The figures of one operation on the API and on the lean server. */
export interface Comparison {
  readonly name: string;
  readonly api: Figures;
  readonly lean: Figures;
}

/** The figures of one operation on the API with little data and with much data. */
export interface Grown {
  readonly name: string;
  readonly small: Figures;
  readonly large: Figures;
  /** The number of watchers of every group in the large case. */
  readonly watchers?: number | undefined;
}

/** The content of `bench/results.json`. */
export interface Results {
  readonly date: string;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string; readonly postgres: string };
  readonly options: Pick<Options, Size>;
  readonly settings: Readonly<Record<string, string>>;
  readonly usual: readonly Comparison[];
  /** Three years of logs in every group. */
  readonly dense: readonly Comparison[];
  readonly growth: readonly Grown[];
  /** Peak resident memory of the API in the usual case. */
  readonly memoryMegabytes: number | null;
  /** Bytes per row, including indexes. */
  readonly bytes: { readonly log: number; readonly participant: number; readonly session: number };
}
