import Sequencer from '@jest/test-sequencer';

/** What waits, then what takes longest: a machine that has run nothing yet has no times to go by. */
const FIRST = [
  'e2e/jobs',
  'oracle/scenarios',
  'browser/race-view',
  'sdk/package',
  'sdk/examples',
  'contract/fuzz',
  'local/local-stack',
  'auth/issuer',
  'stack/sign-in',
  'browser/docs',
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

/** So that waiting overlaps with the others' work, and no worker is left alone at the end. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    const place = ({ path }) => {
      const index = FIRST.findIndex((name) => path.endsWith(`/${name}.spec.ts`));
      return index < 0 ? FIRST.length : index;
    };
    return super.sort(tests).toSorted((one, other) => place(one) - place(other));
  }
}
