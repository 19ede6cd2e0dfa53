import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiFile, settingsWith, synthesize } from './synthesis.ts';

const page = apiFile('docs/deployment-aws.md');
const namesIn = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, name = '']) => name);

/** The first column of the table in a section. */
function rowsOf(heading: string): string[] {
  const [, section = ''] = new RegExp(`\n## ${heading}\n([\\s\\S]*?)\n## `).exec(page) ?? [];
  return namesIn(section, /^\| `(\w+)`/gm);
}

test('docs/deployment-aws.md explains every setting', () => {
  assert.deepEqual(rowsOf('3. Settings'), Object.keys(settingsWith()));
});

test('docs/deployment-aws.md explains every alarm', () => {
  // Names as CloudFormation makes them: with a hash of eight digits.
  const alarms = Object.keys(synthesize().service.findResources('AWS::CloudWatch::Alarm')).map((id) => id.slice(0, -8));
  assert.deepEqual(rowsOf('Alarms').sort(), alarms.sort());
});

test('docs/deployment-aws.md reads outputs that the stacks have', () => {
  const { base, service } = synthesize();
  const read = (stack: string): string[] => namesIn(page, new RegExp(`output ${stack} (\\w+)`, 'g'));
  assert.ok(read('LockinBase').length > 3);
  for (const name of read('LockinBase')) base.hasOutput(name, {});
  for (const name of read('LockinService')) service.hasOutput(name, {});
});
