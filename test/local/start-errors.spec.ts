import { describe, expect, it } from '@jest/globals';
import { explained } from '../../local/start-errors.js';

const systemError = (code: string, more: object = {}): Error =>
  Object.assign(new Error(`${code}: something`), { code, ...more });
const sentence = (error: unknown): string => (explained(error) as Error).message;

describe('What stops npm start is said in one sentence', () => {
  it.each([
    ['a full disk', systemError('ENOSPC'), /^The disk is full: free some space/],
    [
      'a full disk that PostgreSQL meets',
      Object.assign(new Error('Command failed'), { stderr: 'initdb: could not write: No space left on device' }),
      /^The disk is full/,
    ],
    ['a taken port', systemError('EADDRINUSE', { port: 3000 }), /^Port 3000 is taken .* PORT /],
    ['a forbidden port', systemError('EACCES', { port: 80 }), /^Port 80 may not be used: .* PORT /],
    ['a folder of somebody else', systemError('EACCES', { path: '/srv/app/.local' }), /^\/srv\/app\/\.local cannot be/],
    ['a read-only disk', systemError('EROFS', { path: '/srv/app/.local' }), /^\/srv\/app\/\.local cannot be written/],
    ['a file in place of the folder', systemError('EEXIST', { path: '/a/.local' }), /^\/a\/\.local cannot be written/],
  ])('%s', (_, error, expected) => {
    expect(sentence(error)).toMatch(expected);
    expect(sentence(error)).not.toContain('\n');
  });

  it('and other errors stay as they are', () => {
    const error = new Error('The configuration is not complete');
    expect(explained(error)).toBe(error);
  });
});
