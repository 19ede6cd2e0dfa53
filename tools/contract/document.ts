import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** As much of OpenAPI 3.1 as is compared; anything else is still there, under its own keyword. */
export interface Schema {
  $ref?: string;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  type?: string | string[];
  enum?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: boolean | Schema;
  [keyword: string]: unknown;
}

export interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  schema?: Schema;
}

export type Content = Record<string, { schema?: Schema }>;

export interface Answer {
  headers?: Record<string, { required?: boolean }>;
  content?: Content;
}

export type Security = Record<string, string[]>[];

export interface Operation {
  operationId?: string;
  security?: Security;
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Content };
  responses: Record<string, Answer>;
}

export interface OpenApiDocument {
  security?: Security;
  paths: Record<string, Record<string, unknown>>;
  components?: { schemas?: Record<string, Schema>; securitySchemes?: Record<string, Record<string, unknown>> };
}

export interface Endpoint {
  /** In capitals. */
  method: string;
  path: string;
  operation: Operation;
}

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

export function readDocument(file: string | URL): OpenApiDocument {
  return parse(readFileSync(file, 'utf8')) as OpenApiDocument;
}

/** The operations of a dereferenced document; parameters and security that they inherit are theirs. */
export function endpointsOf(document: OpenApiDocument): Endpoint[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    methods
      .filter((method) => item[method])
      .map((method) => {
        const own = item[method] as Operation;
        const shared = (item.parameters ?? []) as Parameter[];
        const parameters = [...shared, ...(own.parameters ?? [])];
        const security = own.security ?? document.security ?? [];
        return { method: method.toUpperCase(), path, operation: { ...own, parameters, security } };
      }),
  );
}

/** The same document with every `$ref` replaced by what it refers to; `called` is for people whom an error tells of it. */
export function dereference(document: OpenApiDocument, called = 'the contract'): OpenApiDocument {
  const resolve = (node: unknown, within: string[]): unknown => {
    if (Array.isArray(node)) return node.map((part) => resolve(part, within));
    if (typeof node !== 'object' || node === null) return node;
    const { $ref, ...own } = node as Record<string, unknown>;
    const parts = Object.entries(own).map(([key, value]) => [key, resolve(value, within)]);
    const resolved = Object.fromEntries(parts) as Record<string, unknown>;
    if (typeof $ref !== 'string') return resolved;
    if (within.includes($ref)) throw new Error(`${$ref} of ${called} contains itself, which cannot be written out.`);
    const found = target(document, $ref);
    if (found === undefined) throw new Error(`${$ref} refers to nothing in ${called}.`);
    return { ...(resolve(found, [...within, $ref]) as object), ...resolved };
  };
  return resolve(document, []) as OpenApiDocument;
}

function target(document: OpenApiDocument, ref: string): unknown {
  const names = ref.replace(/^#\//, '').split('/');
  return names.reduce<unknown>(
    (node, name) => (node as Record<string, unknown> | undefined)?.[name.replaceAll('~1', '/').replaceAll('~0', '~')],
    document,
  );
}
