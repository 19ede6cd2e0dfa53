import { describe, expect, it } from '@jest/globals';
import { getMetadataStorage } from 'class-validator';
import { Environment, readEnvironment } from '../../src/config/environment.js';
import { textOf } from './support/tree.js';

const REQUIRED = {
  DATABASE_URL: 'postgres://127.0.0.1/lockin',
  COGNITO_ISSUER: 'https://issuer.example.com',
  COGNITO_CLIENT_IDS: 'app',
  S3_BUCKET: 'avatars',
  S3_REGION: 'eu-west-1',
  AVATAR_PUBLIC_BASE_URL: 'https://avatars.example.com',
};

/** The rows of the tables, by variable: the default's cell. */
const documented = new Map(
  [...textOf('docs/configuration.md').matchAll(/^\| `([A-Z][A-Z0-9_]*)` *\| ([^|]*?) *\|/gm)].map(
    ([, name = '', cell = '']) => [name, cell],
  ),
);

const declared = new Set(
  getMetadataStorage()
    .getTargetValidationMetadatas(Environment, '', false, false)
    .map(({ propertyName }) => propertyName),
);

describe('docs/configuration.md', () => {
  it('has every variable that is read, and no other', () => {
    expect(declared.size).toBeGreaterThan(20);
    expect([...documented.keys()].sort()).toEqual([...declared].sort());
  });

  it.each(['development', 'production'])('says the defaults in %s', (mode) => {
    const environment = readEnvironment({ ...REQUIRED, ...(mode === 'production' && { NODE_ENV: mode }) });
    for (const [name, cell] of documented) {
      const values = [...cell.matchAll(/`([^`]+)`/g)].map(([, value]) => value);
      if (values.length === 0 || cell.startsWith('as ') || cell.includes(' and ')) continue;
      const actual = String(environment[name as keyof Environment]);
      if (name !== 'NODE_ENV')
        expect([name, actual]).toEqual([name, mode === 'production' ? values.at(-1) : values[0]]);
    }
  });

  it('says what is required', () => {
    const required = [...documented].filter(([, cell]) => cell === 'required').map(([name]) => name);
    expect(required.sort()).toEqual(Object.keys(REQUIRED).sort());
    for (const name of required)
      expect(() => readEnvironment({ ...REQUIRED, [name]: '' })).toThrow(`${name} is missing`);
  });
});
