import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkSettings } from '../lib/settings.ts';
import { settingsWith } from './synthesis.ts';

test('one error names everything that is wrong', () => {
  assert.throws(
    () => checkSettings({ ...settingsWith(), domain: 'https://api.example.com', webOrigins: '*', size: 3 }),
    {
      message:
        'The settings are not complete:\n' +
        '  domain must be a host name such as api.example.com\n' +
        '  webOrigins must be a list of origins such as https://app.example.com\n' +
        '  size is unknown',
    },
  );
});

test('a missing setting is an error', () => {
  for (const name of Object.keys(settingsWith()))
    assert.throws(() => checkSettings({ ...settingsWith(), [name]: undefined }), new RegExp(`${name} must be`));
});

test('the certificate is one of the region', () => {
  assert.throws(() => checkSettings({ ...settingsWith(), region: 'us-east-1' }), /certificateArn must be/);
});
