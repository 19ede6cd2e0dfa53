import { endpointsOf, type OpenApiDocument, type Response, type Schema } from '../contract/document.js';

/** A successful response of an operation, as the SDK's MSW handlers send it. */
export interface Example {
  method: string;
  path: string;
  status: number;
  /** Undefined if the response has no body. */
  type?: string;
  body?: unknown;
}

/** The first successful response of every operation under `/api`. */
export function examplesOf(contract: OpenApiDocument): Example[] {
  const api = endpointsOf(contract).filter(({ path }) => path.startsWith('/api/'));
  return api.map(({ method, path, operation: { responses } }) => {
    const status = Object.keys(responses).find((each) => each.startsWith('2'));
    if (status === undefined) throw new Error(`${method} ${path} has no successful response.`);
    const response = resolve(contract, responses[status] ?? {}) as Response;
    const [type, content] = Object.entries(response.content ?? {})[0] ?? [];
    const body =
      content && 'example' in content ? content.example : content?.schema && exampleOf(contract, content.schema);
    return { method: method.toLowerCase(), path, status: Number(status), ...(type !== undefined && { type, body }) };
  });
}

/** The example of a schema, or else one made of those of its parts. */
function exampleOf(contract: OpenApiDocument, reference: Schema): unknown {
  const schema = resolve(contract, reference) as Schema;
  const [example] = (schema['examples'] as unknown[] | undefined) ?? [];
  if (example !== undefined) return example;
  if (schema.properties) {
    const properties = Object.entries(schema.properties);
    return Object.fromEntries(properties.map(([name, each]) => [name, exampleOf(contract, each)]));
  }
  if (schema.items) return [exampleOf(contract, schema.items)];
  const [alternative] = schema.oneOf ?? schema.anyOf ?? schema.allOf ?? [];
  return alternative ? exampleOf(contract, alternative) : valueOf(schema);
}

const STRINGS: Record<string, string> = {
  uuid: 'd290f1ee-6c54-4b01-90e6-d701748f0851',
  'date-time': '2026-10-05T10:00:00.000Z',
  date: '2026-10-05',
  uri: 'https://lockin.example/picture.png',
  email: 'ana@example.com',
};

/** Some value of a type that has no parts. */
function valueOf({ type, format, minimum, enum: values, const: constant }: Schema): unknown {
  if (constant !== undefined) return constant;
  if (values) return values[0];
  const [first] = [type].flat();
  if (first === 'string') return STRINGS[String(format)] ?? 'text';
  if (first === 'integer' || first === 'number') return minimum ?? 0;
  if (first === 'boolean') return false;
  return first === 'object' ? {} : null;
}

function resolve(contract: OpenApiDocument, value: object): object {
  const { $ref } = value as { $ref?: string };
  if ($ref === undefined) return value;
  const names = $ref.replace('#/', '').split('/');
  return names.reduce<object>((node, name) => node[name as keyof typeof node], contract);
}

/** The text of `sdk/src/msw/examples.ts`. */
export function render(contract: OpenApiDocument): string {
  const lines = examplesOf(contract).map((example) => `  ${JSON.stringify(example)},`);
  return `/** Generated from the examples of openapi.yaml by \`npm run generate -w sdk\`. Do not edit. */
import type { Example } from './handlers.js';

export const EXAMPLES: Example[] = [
${lines.join('\n')}
];
`;
}
