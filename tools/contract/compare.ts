import {
  type Answer,
  type Content,
  dereference,
  endpointsOf,
  type OpenApiDocument,
  type Operation,
  type Schema,
  type Security,
} from './document.js';
import { flatten, typesOf } from './schema.js';

/** What a document says at one place: facts about it, and the places below. Labels bring their own separator. */
interface Place {
  facts: Record<string, string>;
  below: Map<string, Place>;
}

/** Keywords that mean nothing to a machine, and those that `describeSchema` treats one by one. */
const prose = new Set(['title', 'summary', 'description', 'example', 'examples', 'externalDocs', '$comment', '$defs']);
const structure = new Set(['type', 'properties', 'required', 'items', 'additionalProperties', 'anyOf']);

/** Every difference in meaning between the contract and the document that the code generates, as readable lines. */
export function compare(contract: OpenApiDocument, code: OpenApiDocument): string[] {
  return differences('', describe(dereference(contract)), describe(dereference(code, 'the code')));
}

function differences(at: string, contract: Place, code: Place): string[] {
  const facts = union(Object.keys(contract.facts), Object.keys(code.facts))
    .filter((name) => contract.facts[name] !== code.facts[name])
    .map((name) => `${at.trim()}: contract ${say(name, contract)}, code ${say(name, code)}`);
  const below = union([...contract.below.keys()], [...code.below.keys()]).flatMap((label) => {
    const [ours, theirs] = [contract.below.get(label), code.below.get(label)];
    if (ours && theirs) return differences(at + label, ours, theirs);
    return `${(at + label).trim()}: ${ours ? 'only in the contract' : 'only in the code'}`;
  });
  return [...facts, ...below];
}

function say(name: string, { facts }: Place): string {
  return facts[name] === undefined ? `no ${name}` : `${name} ${facts[name]}`;
}

function union(some: string[], others: string[]): string[] {
  return [...new Set([...some, ...others])];
}

function describe(document: OpenApiDocument): Place {
  const below = new Map<string, Place>();
  for (const { method, path, operation } of endpointsOf(document)) {
    below.set(` ${method} ${path}`, describeOperation(operation));
  }
  // Types of the SDK are named after schemas. The code writes enumerations and arrays where they are used.
  for (const [name, schema] of Object.entries(document.components?.schemas ?? {}))
    if (typesOf(flatten(schema)).includes('object')) below.set(` schema ${name}`, { facts: {}, below: new Map() });
  for (const [name, scheme] of Object.entries(document.components?.securitySchemes ?? {})) {
    const facts = { type: String(scheme.type), ...factsOf(scheme) };
    below.set(` security scheme ${name}`, { facts, below: new Map() });
  }
  return { facts: {}, below };
}

function describeOperation(operation: Operation): Place {
  const below = new Map<string, Place>();
  for (const { name, in: kind, required = false, schema = {} } of operation.parameters ?? []) {
    const described = describeSchema(schema);
    described.facts.required = yesNo(required);
    below.set(` ${kind} parameter ${kind === 'header' ? name.toLowerCase() : name}`, described);
  }
  if (operation.requestBody) {
    const { required = false, content } = operation.requestBody;
    below.set(' body', { facts: { required: yesNo(required) }, below: describeContent(content) });
  }
  for (const [status, answer] of Object.entries(operation.responses)) below.set(` ${status}`, describeAnswer(answer));
  const facts = { security: describeSecurity(operation.security ?? []) };
  return { facts: operation.operationId ? { operationId: operation.operationId, ...facts } : facts, below };
}

function describeSecurity(security: Security): string {
  const ways = security.map((way) => Object.keys(way).sort().join(' and '));
  return ways.sort().join(' or ') || 'none';
}

/** Of headers only the names count: code generators know little more about them. */
function describeAnswer({ headers = {}, content = {} }: Answer): Place {
  const below = describeContent(content);
  for (const name of Object.keys(headers)) below.set(` header ${name.toLowerCase()}`, { facts: {}, below: new Map() });
  return { facts: {}, below };
}

function describeContent(content: Content): Map<string, Place> {
  const types = Object.entries(content);
  return new Map(types.map(([type, { schema = {} }]) => [` ${type}`, describeSchema(schema)]));
}

function describeSchema(schema: Schema, joint = ' '): Place {
  const flat = flatten(schema);
  const { properties = {}, required = [], items, additionalProperties, anyOf } = flat;
  const facts = factsOf(flat);
  const below = new Map<string, Place>();
  const types = typesOf(flat);
  if (types.length > 0) facts.type = spell(types);
  for (const [name, property] of Object.entries(properties)) {
    const described = describeSchema(property, '.');
    described.facts.required = yesNo(required.includes(name));
    below.set(joint + name, described);
  }
  const undescribed = required.filter((name) => !properties[name]);
  if (undescribed.length > 0) facts['required but undescribed'] = spell(undescribed);
  if (additionalProperties === false) facts.additionalProperties = 'no';
  else if (typeof additionalProperties === 'object') below.set(`${joint}*`, describeSchema(additionalProperties, '.'));
  if (items) below.set(joint === ' ' ? ' []' : '[]', describeSchema(items, '.'));
  if (anyOf) facts.anyOf = spell(anyOf.map((alternative) => canonical(describeSchema(alternative))));
  return { facts, below };
}

/** Keywords that stand for themselves. */
function factsOf(node: Record<string, unknown>): Record<string, string> {
  const facts = Object.entries(node)
    .filter(([keyword]) => !prose.has(keyword) && !structure.has(keyword) && !keyword.startsWith('x-'))
    .filter(([, value]) => value !== undefined)
    .map(([keyword, value]) => [keyword, Array.isArray(value) ? spell(value) : JSON.stringify(value)] as const);
  return Object.fromEntries(facts);
}

/** The order of types, enumerations and alternatives means nothing. */
function spell(values: unknown[]): string {
  return `[${values.map(String).sort().join(',')}]`;
}

function canonical({ facts, below }: Place): string {
  const places = [...below].map(([label, place]) => `${label.trim()}:${canonical(place)}`);
  return `{${[...Object.entries(facts).map((fact) => fact.join(' ')), ...places].sort().join(',')}}`;
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no';
}
