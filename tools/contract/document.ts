import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** The keywords of OpenAPI 3.1 that the comparison handles; all others are kept in the index signature. */
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

export type Content = Record<string, { schema?: Schema; example?: unknown }>;

export interface Response {
  headers?: Record<string, { required?: boolean }>;
  content?: Content;
}

export type Security = Record<string, string[]>[];

export interface Operation {
  operationId?: string;
  tags?: string[];
  security?: Security;
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Content };
  responses: Record<string, Response>;
}

export interface OpenApiDocument {
  security?: Security;
  paths: Record<string, Record<string, unknown>>;
  components?: { schemas?: Record<string, Schema>; securitySchemes?: Record<string, Record<string, unknown>> };
}

export interface Endpoint {
  /** In upper case. */
  method: string;
  path: string;
  operation: Operation;
}

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

export function readDocument(file: string | URL): OpenApiDocument {
  return parse(readFileSync(file, 'utf8')) as OpenApiDocument;
}

/** The operations of a dereferenced document, including inherited parameters and security requirements. */
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

/** Replaces every `$ref` by its target. `name` is the name of the document in error messages. */
export function dereference(document: OpenApiDocument, name = 'the contract'): OpenApiDocument {
  const resolve = (node: unknown, ancestors: string[]): unknown => {
    if (Array.isArray(node)) return node.map((part) => resolve(part, ancestors));
    if (typeof node !== 'object' || node === null) return node;
    const { $ref, ...own } = node as Record<string, unknown>;
    const parts = Object.entries(own).map(([key, value]) => [key, resolve(value, ancestors)]);
    const resolved = Object.fromEntries(parts) as Record<string, unknown>;
    if (typeof $ref !== 'string') return resolved;
    if (ancestors.includes($ref))
      throw new Error(`${$ref} of ${name} contains itself; recursive schemas are not supported.`);
    const target = findTarget(document, $ref);
    if (target === undefined) throw new Error(`${$ref} refers to nothing in ${name}.`);
    return { ...(resolve(target, [...ancestors, $ref]) as object), ...resolved };
  };
  return resolve(document, []) as OpenApiDocument;
}

function findTarget(document: OpenApiDocument, ref: string): unknown {
  const names = ref.replace(/^#\//, '').split('/');
  return names.reduce<unknown>(
    (node, name) => (node as Record<string, unknown> | undefined)?.[name.replaceAll('~1', '/').replaceAll('~0', '~')],
    document,
  );
}
