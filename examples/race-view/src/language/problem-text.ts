import { ProblemError } from '@lockin/sdk';
import { t } from './language.js';

/** What to show of a failure. Any other error than the API's means that it was not reached. */
export function problemText(error: Error): string {
  return error instanceof ProblemError ? (t.problems[error.code] ?? error.message) : t.notSent;
}
