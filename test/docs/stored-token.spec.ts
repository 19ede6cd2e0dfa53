import { describe, expect, it } from '@jest/globals';
import { storedToken, tokenStoragePlugin } from '../../src/server/docs/browser/stored-token.js';

const at = Date.UTC(2026, 9, 5);

describe('The docs page', () => {
  it('keeps the token of a sign-in, and nothing else of it', () => {
    const { storage, contents } = createStorage();
    const token = aToken(at + 1_000);
    const auth = { name: 'bearer', username: 'ana@lockin.example', password: 'lockin-demo' };
    act(storage, 'authorizeOauth2', {
      auth,
      token: { id_token: token, access_token: 'other', refresh_token: 'secret' },
    });
    expect([...contents.values()]).toEqual([token]);
    expect(storedToken(storage, at)).toBe(token);
  });

  it('keeps a token that was pasted', () => {
    const { storage } = createStorage();
    const token = aToken(at + 1_000);
    act(storage, 'authorize', { bearer: { name: 'bearer', value: token } });
    expect(storedToken(storage, at)).toBe(token);
  });

  it('keeps nothing of an answer without a token', () => {
    const { storage, contents } = createStorage();
    act(storage, 'authorizeOauth2', { auth: {}, token: { error: 'invalid_grant' } });
    expect(contents.size).toBe(0);
  });

  it('forgets the token when somebody signs out', () => {
    const { storage, contents } = createStorage();
    act(storage, 'authorizeOauth2', { auth: {}, token: { id_token: aToken(at + 1_000) } });
    act(storage, 'logout', ['bearer']);
    expect(contents.size).toBe(0);
  });

  it('forgets a token that has run out, and what is none', () => {
    for (const token of [aToken(at - 1), 'no token', 'a.b.c', '']) {
      const { storage, contents } = createStorage();
      act(storage, 'authorize', { bearer: { value: token } });
      expect(storedToken(storage, at)).toBeUndefined();
      expect(contents.size).toBe(0);
    }
  });

  it('signs nobody in who never was', () => {
    expect(storedToken(createStorage().storage, at)).toBeUndefined();
  });
});

type Actions = keyof ReturnType<typeof tokenStoragePlugin>['statePlugins']['auth']['wrapActions'];
type TokenStorage = Parameters<typeof storedToken>[0];

/** What Swagger UI does with a plugin: its own action is called through the plugin's, and still gets everything. */
function act(storage: TokenStorage, action: Actions, payload: unknown): void {
  const received: unknown[] = [];
  const wrapped = tokenStoragePlugin(storage, 'id_token').statePlugins.auth.wrapActions[action];
  wrapped((passedOn) => received.push(passedOn))(payload);
  expect(received).toEqual([payload]);
}

function createStorage(): { storage: TokenStorage; contents: Map<string, string> } {
  const contents = new Map<string, string>();
  const storage = {
    getItem: (name: string) => contents.get(name) ?? null,
    setItem: (name: string, value: string) => void contents.set(name, value),
    removeItem: (name: string) => void contents.delete(name),
  };
  return { storage, contents };
}

function aToken(endsAt: number): string {
  // "ÿ?>" makes base64url differ from base64.
  const payload = Buffer.from(JSON.stringify({ exp: endsAt / 1000, name: 'ÿ?>ÿÿ' })).toString('base64url');
  return `header.${payload}.signature`;
}
