import { ProblemError } from '@lockin/sdk';
import { texts } from './texts';

type Table = Partial<Record<string, string>>;

/**
 * What to show of a failure. What the app has no text for is shown in the API's own words, which are English. `notFound` says
 * what has not been found.
 */
export function problemText(error: Error, notFound: string = texts.problems.not_found): string {
  if (!(error instanceof ProblemError)) return texts.unreachable;
  const fieldErrors: Table = texts.fieldErrors;
  const problems: Table = { ...texts.problems, not_found: notFound };
  const fields = error.errors.map(({ pointer, detail }) => fieldErrors[pointer] ?? detail);
  return fields.length > 0 ? fields.join(' ') : (problems[error.code] ?? error.message);
}
