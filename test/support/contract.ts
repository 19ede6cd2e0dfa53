import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import {
  dereference,
  type Endpoint,
  endpointsOf,
  type Operation,
  type Parameter,
  readDocument,
  type Schema,
} from '../../tools/contract/document.js';

/** A request and its response. */
export interface RecordedResponse {
  method: string;
  /** With the query. */
  path: string;
  status: number;
  headers: Headers | Record<string, string | string[] | number | undefined>;
  /** Parsed JSON or text; undefined, null or '' if empty. */
  body: unknown;
  /** A request body that violates the contract must not have a 2xx response. */
  requestBody?: unknown;
}

export interface DescribedOperation {
  operationId: string;
  /** In upper case. */
  method: string;
  path: string;
  statuses: number[];
  public: boolean;
  requestSchema?: Schema;
  parameters: Parameter[];
}

const document = dereference(readDocument(new URL('../../openapi.yaml', import.meta.url)));
const endpoints = endpointsOf(document);
const schemas = document.components?.schemas ?? {};
const patterns = new Map(endpoints.map(({ path }) => [path, pattern(path)]));

/** Every operation of openapi.yaml, with dereferenced schemas. */
export const operations: DescribedOperation[] = endpoints.map(({ method, path, operation }) => ({
  operationId: operation.operationId ?? '',
  method,
  path,
  statuses: Object.keys(operation.responses).map(Number),
  public: operation.security?.length === 0,
  requestSchema: operation.requestBody?.content['application/json']?.schema,
  parameters: operation.parameters ?? [],
}));

const requests = validators();
addFormats.default(requests);
const answers = validators();
addFormats.default(answers);
// Requests may contain any RFC 3339 timestamp, responses one format only (specification 1, Time).
answers.addFormat('date-time', (text) => {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text) && !Number.isNaN(Date.parse(text));
});

function validators(): Ajv2020 {
  return new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true, strictRequired: false });
}

/** Throws a list of mismatches unless the response conforms to openapi.yaml. */
export function checkAgainstContract(recorded: RecordedResponse): void {
  const endpoint = find(recorded.method, recorded.path);
  const errors = endpoint ? errorsOf(recorded, endpoint) : errorsOfUnknown(recorded);
  if (errors.length === 0) return;
  const heading = `${recorded.method} ${recorded.path} answered ${recorded.status} against openapi.yaml:`;
  throw new Error([heading, ...errors.map((error) => `- ${error}`), JSON.stringify(recorded.body)].join('\n'));
}

/** Throws unless a value conforms to a component schema, such as the data of a stream's event. */
export function checkSchema(name: string, value: unknown): void {
  const errors = mismatches(answers, schemas[name] ?? {}, value, name);
  if (errors.length > 0) throw new Error(errors.join('\n'));
}

/** Paths are compared after percent-decoding; only an encoded slash does not separate segments. */
const decoded = (pathname: string): string =>
  pathname.replace(/%(?!2f)[2-7][0-9a-f]/gi, (encoded) => decodeURIComponent(encoded));

function find(method: string, path: string): Endpoint | undefined {
  const [pathname = ''] = path.split('?');
  const matching = (sought: string): Endpoint | undefined =>
    endpoints.find((each) => each.method === method.toUpperCase() && patterns.get(each.path)?.test(sought));
  return matching(decoded(pathname)) ?? matching(pathname);
}

/** Parameters contain no colon, or `/groups/{id}` would also match `/groups/{id}:clone`. */
function pattern(path: string): RegExp {
  const parts = path.split(/\{\w+\}/).map((literal) => literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^/:]+')}$`);
}

function errorsOfUnknown({ status, headers }: RecordedResponse): string[] {
  if (status === 404 && mediaType(headers) === 'application/problem+json') return [];
  return ['it is no operation of the contract, so only a 404 with a problem can be the answer'];
}

function errorsOf(recorded: RecordedResponse, { operation }: Endpoint): string[] {
  const { status, headers, body } = recorded;
  const answer = operation.responses[status];
  if (!answer) return [`the status is not declared, only ${Object.keys(operation.responses).join(', ')}`];
  const missing = Object.entries(answer.headers ?? {})
    .filter(([name, { required }]) => required && header(headers, name) === undefined)
    .map(([name]) => `the header ${name} is missing`);
  return [...missing, ...errorsOfBody(answer.content ?? {}, headers, body), ...errorsOfRequest(recorded, operation)];
}

function errorsOfBody(
  content: Record<string, { schema?: Schema }>,
  headers: RecordedResponse['headers'],
  body: unknown,
): string[] {
  const types = Object.keys(content);
  if (types.length === 0) return isEmpty(body) ? [] : ['it has a body, where none is declared'];
  const type = mediaType(headers);
  const described = content[type];
  if (!described) return [`the content type is ${type || 'missing'}, not ${types.join(' or ')}`];
  return described.schema ? mismatches(answers, described.schema, body, 'the body') : [];
}

function errorsOfRequest({ status, requestBody }: RecordedResponse, { requestBody: declared }: Operation): string[] {
  if (status >= 300 || isEmpty(requestBody)) return [];
  const schema = declared?.content['application/json']?.schema ?? { type: 'object', additionalProperties: false };
  return mismatches(requests, schema, requestBody, 'a request was accepted that');
}

function isEmpty(body: unknown): boolean {
  return body === undefined || body === null || body === '';
}

function mediaType(headers: RecordedResponse['headers']): string {
  return header(headers, 'content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
}

function header(headers: RecordedResponse['headers'], name: string): string | undefined {
  if (headers instanceof Headers) return headers.get(name) ?? undefined;
  const found = Object.entries(headers).find(([each]) => each.toLowerCase() === name.toLowerCase());
  return found?.[1]?.toString();
}

const compiled = new Map<Ajv2020, WeakMap<Schema, ValidateFunction>>([
  [requests, new WeakMap()],
  [answers, new WeakMap()],
]);

function mismatches(ajv: Ajv2020, schema: Schema, value: unknown, what: string): string[] {
  const known = compiled.get(ajv) ?? new WeakMap<Schema, ValidateFunction>();
  const validate = known.get(schema) ?? ajv.compile(schema);
  known.set(schema, validate);
  return validate(value) ? [] : (validate.errors ?? []).map((error) => `${what}${place(error)} ${error.message}`);
}

function place({ instancePath, params }: ErrorObject): string {
  const { additionalProperty, allowedValues } = params as { additionalProperty?: string; allowedValues?: unknown[] };
  const named = additionalProperty ? ` (${additionalProperty})` : allowedValues ? ` (${allowedValues.join(', ')})` : '';
  return (instancePath && ` at ${instancePath}`) + named;
}
