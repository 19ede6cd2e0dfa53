import {
  type Content,
  dereference,
  endpointsOf,
  type OpenApiDocument,
  type Operation,
  type Response,
  type Schema,
  type Security,
} from './document.js';
import { flatten, typesOf } from './schema.js';

/** A node of a document: its values, and its children by label. A label starts with its separator (space or dot). */
interface Node {
  facts: Record<string, string>;
  children: Map<string, Node>;
}

/** Keywords that are not compared, and keywords that `describeSchema` handles individually. */
const annotations = new Set([
  'title',
  'summary',
  'description',
  'example',
  'examples',
  'externalDocs',
  '$comment',
  '$defs',
]);
const structural = new Set(['type', 'properties', 'required', 'items', 'additionalProperties', 'anyOf']);

/** Returns the semantic differences between the contract and the generated document, one line each. */
export function compare(contract: OpenApiDocument, code: OpenApiDocument): string[] {
  return differences('', describe(dereference(contract)), describe(dereference(code, 'the code')));
}

function differences(path: string, contract: Node, code: Node): string[] {
  const facts = union(Object.keys(contract.facts), Object.keys(code.facts))
    .filter((name) => contract.facts[name] !== code.facts[name])
    .map((name) => `${path.trim()}: contract ${formatFact(name, contract)}, code ${formatFact(name, code)}`);
  const children = union([...contract.children.keys()], [...code.children.keys()]).flatMap((label) => {
    const [inContract, inCode] = [contract.children.get(label), code.children.get(label)];
    if (inContract && inCode) return differences(path + label, inContract, inCode);
    return `${(path + label).trim()}: ${inContract ? 'only in the contract' : 'only in the code'}`;
  });
  return [...facts, ...children];
}

function formatFact(name: string, { facts }: Node): string {
  return facts[name] === undefined ? `no ${name}` : `${name} ${facts[name]}`;
}

function union(first: string[], second: string[]): string[] {
  return [...new Set([...first, ...second])];
}

function describe(document: OpenApiDocument): Node {
  const children = new Map<string, Node>();
  for (const { method, path, operation } of endpointsOf(document)) {
    children.set(` ${method} ${path}`, describeOperation(operation));
  }
  // Object schemas are compared by name, because they name the SDK's types. The code inlines enumerations and arrays.
  for (const [name, schema] of Object.entries(document.components?.schemas ?? {}))
    if (typesOf(flatten(schema)).includes('object'))
      children.set(` schema ${name}`, { facts: {}, children: new Map() });
  for (const [name, scheme] of Object.entries(document.components?.securitySchemes ?? {})) {
    const facts = { type: String(scheme.type), ...factsOf(scheme) };
    children.set(` security scheme ${name}`, { facts, children: new Map() });
  }
  return { facts: {}, children };
}

function describeOperation(operation: Operation): Node {
  const children = new Map<string, Node>();
  for (const { name, in: kind, required = false, schema = {} } of operation.parameters ?? []) {
    const described = describeSchema(schema);
    described.facts.required = yesNo(required);
    children.set(` ${kind} parameter ${kind === 'header' ? name.toLowerCase() : name}`, described);
  }
  if (operation.requestBody) {
    const { required = false, content } = operation.requestBody;
    children.set(' body', { facts: { required: yesNo(required) }, children: describeContent(content) });
  }
  for (const [status, response] of Object.entries(operation.responses))
    children.set(` ${status}`, describeResponse(response));
  const { tags = [], security = [] } = operation;
  const facts = { tags: tags.join(), security: describeSecurity(security) };
  return { facts: operation.operationId ? { operationId: operation.operationId, ...facts } : facts, children };
}

function describeSecurity(security: Security): string {
  const requirements = security.map((schemes) => Object.keys(schemes).sort().join(' and '));
  return requirements.sort().join(' or ') || 'none';
}

/** Of headers only the names are compared. */
function describeResponse({ headers = {}, content = {} }: Response): Node {
  const children = describeContent(content);
  for (const name of Object.keys(headers))
    children.set(` header ${name.toLowerCase()}`, { facts: {}, children: new Map() });
  return { facts: {}, children };
}

function describeContent(content: Content): Map<string, Node> {
  const types = Object.entries(content);
  return new Map(types.map(([type, { schema = {} }]) => [` ${type}`, describeSchema(schema)]));
}

function describeSchema(schema: Schema, separator = ' '): Node {
  const flat = flatten(schema);
  const { properties = {}, required = [], items, additionalProperties, anyOf } = flat;
  const facts = factsOf(flat);
  const children = new Map<string, Node>();
  const types = typesOf(flat);
  if (types.length > 0) facts.type = formatSet(types);
  for (const [name, property] of Object.entries(properties)) {
    const described = describeSchema(property, '.');
    described.facts.required = yesNo(required.includes(name));
    children.set(separator + name, described);
  }
  const undefinedProperties = required.filter((name) => !properties[name]);
  if (undefinedProperties.length > 0) facts['required but undescribed'] = formatSet(undefinedProperties);
  if (additionalProperties === false) facts.additionalProperties = 'no';
  else if (typeof additionalProperties === 'object')
    children.set(`${separator}*`, describeSchema(additionalProperties, '.'));
  if (items) children.set(separator === ' ' ? ' []' : '[]', describeSchema(items, '.'));
  if (anyOf) facts.anyOf = formatSet(anyOf.map((alternative) => canonical(describeSchema(alternative))));
  return { facts, children };
}

/** The keywords that are compared by value. */
function factsOf(node: Record<string, unknown>): Record<string, string> {
  const facts = Object.entries(node)
    .filter(([keyword]) => !annotations.has(keyword) && !structural.has(keyword) && !keyword.startsWith('x-'))
    .filter(([, value]) => value !== undefined)
    .map(([keyword, value]) => [keyword, Array.isArray(value) ? formatSet(value) : JSON.stringify(value)] as const);
  return Object.fromEntries(facts);
}

/** Sorted, because the order of types, enumerations and alternatives is not significant. */
function formatSet(values: unknown[]): string {
  return `[${values.map(String).sort().join(',')}]`;
}

function canonical({ facts, children }: Node): string {
  const nodes = [...children].map(([label, node]) => `${label.trim()}:${canonical(node)}`);
  return `{${[...Object.entries(facts).map((fact) => fact.join(' ')), ...nodes].sort().join(',')}}`;
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no';
}
