#!/usr/bin/env bash
# Everything that a change of the infrastructure must pass; nothing is asked of AWS. Needs `npm ci` in the repository's root.
set -euo pipefail
cd "$(dirname "$0")"
export PATH=$PWD/node_modules/.bin:$PWD/../../node_modules/.bin:$PATH CDK_DISABLE_CLI_TELEMETRY=true

npm ci
tsc
eslint . --max-warnings 0
node --test --test-isolation=none "test/*.test.ts"
# Fails at findings of cdk-nag, and at warnings.
cdk synth --quiet --strict
