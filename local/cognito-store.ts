import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataStore } from 'cognito-local/lib/services/dataStore/dataStore.js';
import type { DataStoreFactory } from 'cognito-local/lib/services/dataStore/factory.js';
import { readJson, writeJson } from './json-file.js';

type Node = Record<string, unknown>;

/** cognito-local's data store, with atomic writes. Its own store overwrites the file in place, so `kill -9` can truncate it. */
export class CognitoStoreFactory implements DataStoreFactory {
  constructor(private readonly folder: string) {}

  async create(_context: unknown, id: string, defaults: object): Promise<DataStore> {
    await mkdir(this.folder, { recursive: true });
    const path = join(this.folder, `${id}.json`);
    const root = await readJson(path, defaults as Node, reviveDate);
    await writeJson(path, root);
    return new CognitoStore(path, root);
  }
}

/** In cognito-local's files every field whose name ends in `Date` is a date. */
function reviveDate(key: string, value: unknown): unknown {
  return key.endsWith('Date') && typeof value === 'string' ? new Date(value) : value;
}

class CognitoStore implements DataStore {
  private lastWrite = Promise.resolve();

  constructor(
    private readonly path: string,
    private readonly root: Node,
  ) {}

  async get<T>(_context: unknown, key: string | string[], defaultValue?: T): Promise<T> {
    const value = keysOf(key).reduce<unknown>((node, name) => (node as Node | undefined)?.[name], this.root);
    return (value ?? defaultValue ?? null) as T;
  }

  async getRoot<T>(): Promise<T | null> {
    return this.root as T;
  }

  set<T>(_context: unknown, key: string | string[], value: T): Promise<void> {
    const { parent, last } = this.locate(key);
    parent[last] = value;
    return this.write();
  }

  delete(_context: unknown, key: string | string[]): Promise<void> {
    const { parent, last } = this.locate(key);
    Reflect.deleteProperty(parent, last);
    return this.write();
  }

  private locate(key: string | string[]): { parent: Node; last: string } {
    const keys = keysOf(key);
    const parent = keys.slice(0, -1).reduce<Node>((node, name) => (node[name] ??= {}) as Node, this.root);
    return { parent, last: keys.at(-1) ?? '' };
  }

  /** Writes run one at a time, because they share a temporary file. One that failed does not stop the next one. */
  private write(): Promise<void> {
    this.lastWrite = this.lastWrite.catch(() => undefined).then(() => writeJson(this.path, this.root));
    return this.lastWrite;
  }
}

const keysOf = (key: string | string[]): string[] => (Array.isArray(key) ? key : [key]);
