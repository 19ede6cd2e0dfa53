#!/usr/bin/env bash
# Everything that a change of the app must pass: types, lint, tests, bundles for Android, iOS and the web, and visits of
# two people to the web build, on the API of this repository. Needs `npm ci` in the repository's root.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
export PATH=$root/node_modules/.bin:$PATH CI=1 EXPO_OFFLINE=1 EXPO_NO_TELEMETRY=1
unset "${!EXPO_PUBLIC_@}"

npm --prefix "$root" run -s build:race-view # builds the SDK as well
npm ci
npm run -s typecheck
npm run -s lint
npm test
npm run -s export
cd "$root"
npm run -s jest -- --testMatch '<rootDir>/test/browser/expo-*.e2e.ts' --runInBand --forceExit
