import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { createStacks } from '../lib/stacks.ts';
import { createApp, settingsWith } from './synthesis.ts';

for (const rdsProxy of [false, true])
  test(`cdk-nag finds exactly what is explained, ${rdsProxy ? 'with' : 'without'} RDS Proxy`, () => {
    const explained = new Set<string>();
    const acknowledge = mock.method(Validations.prototype, 'acknowledge', (...rules: { id: string }[]) => {
      for (const { id } of rules) if (id.startsWith('AwsSolutions-')) explained.add(id);
    });
    const app = createApp();
    createStacks(app, settingsWith({ rdsProxy }));
    acknowledge.mock.restore();

    const { violations } = new AwsSolutionsChecks(app).validate({
      appConstruct: app,
      templatePaths: [],
      stackTemplates: [],
    });
    assert.deepEqual(new Set(violations.map(({ ruleName }) => ruleName)), explained);
  });
