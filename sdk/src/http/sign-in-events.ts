import { deferCallback } from '../defer-callback.js';
import { type ProblemError, readProblem } from '../errors.js';

export interface SignInEvents {
  /** Takes a 401 that no refresh could avoid, and the tokens that were refused. Calls the app once for each token. */
  refused: (response: Response, tokens: (string | null)[]) => Promise<void>;
  signedIn: () => void;
  /** Returns a function that removes the listener. */
  onSignedIn: (listener: () => void) => () => void;
}

export function createSignInEvents(onSignedOut?: (problem: ProblemError) => void): SignInEvents {
  const listeners = new Set<() => void>();
  let reported = new Set<string | null>();

  return {
    refused: async (response, tokens) => {
      const problem = await readProblem(response.clone());
      // A proxy or a captive portal says nothing about the token.
      if (problem.code === 'unexpected_response') return;
      const isNew = !tokens.some((token) => token !== null && reported.has(token));
      reported = new Set(isNew ? tokens : [...reported, ...tokens]);
      if (isNew) deferCallback(() => onSignedOut?.(problem));
    },
    signedIn: () => listeners.forEach((listener) => listener()),
    onSignedIn: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
