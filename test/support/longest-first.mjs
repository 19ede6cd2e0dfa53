import Sequencer from '@jest/test-sequencer';

/** The longest test files, for machines that have no durations of an earlier run. */
const FIRST = [
  'browser/docs-examples',
  'operation/night-shift',
  'oracle/scenarios',
  'database/failover',
  'database/silence',
  'browser/race-view',
  'sdk/package',
  'sdk/examples',
  'contract/fuzz',
  'local/local-stack',
  'auth/issuer',
  'stack/sign-in',
  'sql/session-model',
  'contract/permissions',
  'sdk/queue-sending',
  'sdk/race-streaming',
  'sdk/race-live',
  'e2e/live-ends',
  'e2e/idempotency-races',
  'oracle/endpoints',
  'oracle/concurrency',
  'sql/periods',
  'stack/deleted-avatars',
  'auth/signing-keys',
];

/** Starts the longest test files first, so that no worker is busy alone at the end. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    const place = ({ path }) => {
      const index = FIRST.findIndex((name) => path.endsWith(`/${name}.spec.ts`));
      return index < 0 ? FIRST.length : index;
    };
    return super.sort(tests).toSorted((one, other) => place(one) - place(other));
  }
}
