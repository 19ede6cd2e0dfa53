import { describe, expect, it } from '@jest/globals';
import { compare } from '../../tools/contract/compare.js';
import type { OpenApiDocument, Operation, Schema } from '../../tools/contract/document.js';

const id = { type: 'string', format: 'uuid' };
const role: Schema = { type: 'string', enum: ['owner', 'admin', 'member'] };

/** A document with one operation. */
function clone(changes: Partial<Operation> = {}): OpenApiDocument {
  const operation: Operation = {
    operationId: 'cloneGroup',
    security: [{ bearer: [] }],
    parameters: [{ name: 'id', in: 'path', required: true, schema: id }],
    responses: { 201: answering({ type: 'object', properties: { id }, required: ['id'] }) },
    ...changes,
  };
  return { paths: { '/api/groups/{id}:clone': { post: operation } } };
}

function answering(schema: Schema) {
  return { headers: { Location: { required: true } }, content: { 'application/json': { schema } } };
}

/** A document whose one response has this schema. */
function with201(schema: Schema): OpenApiDocument {
  return clone({ responses: { 201: answering(schema) } });
}

const at = 'POST /api/groups/{id}:clone';

describe('two documents agree', () => {
  it('when they are the same', () => {
    expect(compare(clone(), clone())).toEqual([]);
  });

  it('whatever they say to people', () => {
    const prose = { title: 'Role', description: 'What somebody may.', example: 'owner', examples: ['owner'] };
    const talkative = { ...clone(), tags: [{ name: 'groups' }], info: { title: 'LockIN' } };
    expect(compare(talkative, clone())).toEqual([]);
    expect(compare(with201({ ...role, ...prose }), with201(role))).toEqual([]);
  });

  it('in whatever order types, enumerations and required properties are listed', () => {
    const person = { type: 'object', properties: { a: id, b: { type: ['string', 'null'] } }, required: ['a', 'b'] };
    const same = { type: 'object', properties: { b: { type: ['null', 'string'] }, a: id }, required: ['b', 'a'] };
    expect(compare(with201(person), with201(same))).toEqual([]);
    expect(compare(with201(role), with201({ ...role, enum: ['member', 'admin', 'owner'] }))).toEqual([]);
  });

  it('whatever they call their components', () => {
    const named = {
      ...with201({ $ref: '#/components/schemas/Role' }),
      components: { schemas: { Role: { $ref: '#/components/schemas/a~1b' }, 'a/b': role } },
    };
    expect(compare(named, with201(role))).toEqual([]);
  });

  it('when parts of allOf mean together what the other says at once', () => {
    const problem = { type: 'object', additionalProperties: false, properties: { code: { type: 'string' } } };
    const narrowed = { type: 'object', required: ['code'], properties: { code: { enum: ['not_found'] } } };
    const flat = {
      ...problem,
      required: ['code'],
      properties: { code: { type: 'string', enum: ['not_found'] } },
    };
    expect(compare(with201({ allOf: [problem, narrowed] }), with201(flat))).toEqual([]);
  });

  it('when null is a type here and an alternative there', () => {
    const or = (key: string) => with201({ [key]: [role, { type: 'null' }] });
    const typed = with201({ type: ['string', 'null'], enum: ['owner', 'admin', 'member', null] });
    expect(compare(or('anyOf'), typed)).toEqual([]);
    expect(compare(or('oneOf'), typed)).toEqual([]);
  });

  it('when one relies on defaults that the other spells out', () => {
    const query = { name: 'limit', in: 'query', schema: { type: 'integer' } };
    const documents = [query, { ...query, required: false }].map((parameter) => clone({ parameters: [parameter] }));
    expect(compare(...(documents as [OpenApiDocument, OpenApiDocument]))).toEqual([]);
    expect(compare({ ...clone({ security: undefined }), security: [{ bearer: [] }] }, clone())).toEqual([]);
    expect(compare(with201({ const: 'PUT' }), with201({ type: 'string', enum: ['PUT'] }))).toEqual([]);
  });
});

describe('a difference is told in one line', () => {
  it('of an operation that one of them lacks, without its details', () => {
    expect(compare(clone(), { paths: {} })).toEqual([`${at}: only in the contract`]);
    expect(compare({ paths: {} }, clone())).toEqual([`${at}: only in the code`]);
  });

  it('of an operation id and of security', () => {
    expect(compare(clone(), clone({ operationId: 'copyGroup', security: [] }))).toEqual([
      `${at}: contract operationId cloneGroup, code operationId copyGroup`,
      `${at}: contract security bearer, code security none`,
    ]);
  });

  it('of a parameter', () => {
    const parameters = [{ name: 'id', in: 'path', required: false, schema: { type: 'string' } }];
    expect(compare(clone(), clone({ parameters }))).toEqual([
      `${at} path parameter id: contract format "uuid", code no format`,
      `${at} path parameter id: contract required yes, code required no`,
    ]);
    expect(compare(clone(), clone({ parameters: [] }))).toEqual([`${at} path parameter id: only in the contract`]);
  });

  it('of a body', () => {
    const body = (required: boolean, type: string) => clone({ requestBody: { required, content: { [type]: {} } } });
    expect(compare(clone(), body(true, 'text/plain'))).toEqual([`${at} body: only in the code`]);
    expect(compare(body(true, 'application/json'), body(false, 'text/plain'))).toEqual([
      `${at} body: contract required yes, code required no`,
      `${at} body application/json: only in the contract`,
      `${at} body text/plain: only in the code`,
    ]);
  });

  it('of a status, a content type and a header', () => {
    const code = clone({ responses: { 201: { content: { 'text/plain': {} } }, 404: {} } });
    expect(compare(clone(), code)).toEqual([
      `${at} 201 application/json: only in the contract`,
      `${at} 201 header location: only in the contract`,
      `${at} 201 text/plain: only in the code`,
      `${at} 404: only in the code`,
    ]);
  });

  it('of a property however deep it lies', () => {
    const group = (member: Schema, required: string[]) => {
      const items = { type: 'object', properties: { role: member }, required };
      return with201({ type: 'object', properties: { members: { type: 'array', items } } });
    };
    expect(compare(group(role, ['role']), group({ type: 'string', enum: ['owner'] }, []))).toEqual([
      `${at} 201 application/json members[].role: contract enum [admin,member,owner], code enum [owner]`,
      `${at} 201 application/json members[].role: contract required yes, code required no`,
    ]);
  });

  it('of limits, defaults and any other keyword', () => {
    const list = (items: Schema) => with201({ type: 'array', items });
    expect(compare(list({ type: 'integer', minimum: 1, default: 20 }), list({ type: 'number', maximum: 9 }))).toEqual([
      `${at} 201 application/json []: contract minimum 1, code no minimum`,
      `${at} 201 application/json []: contract default 20, code no default`,
      `${at} 201 application/json []: contract type [integer], code type [number]`,
      `${at} 201 application/json []: contract no maximum, code maximum 9`,
    ]);
  });

  it('of what else an object may hold', () => {
    const map = (additionalProperties: boolean | Schema) => with201({ type: 'object', additionalProperties });
    expect(compare(map(false), map(true))).toEqual([
      `${at} 201 application/json: contract additionalProperties no, code no additionalProperties`,
    ]);
    expect(compare(map({ type: 'string' }), map({ type: 'integer' }))).toEqual([
      `${at} 201 application/json *: contract type [string], code type [integer]`,
    ]);
  });

  it('of alternatives', () => {
    const either = (...anyOf: Schema[]) => with201({ anyOf });
    expect(compare(either(id, role), either(role, id))).toEqual([]);
    expect(compare(either(id, role), either(id, { type: 'boolean' }))).toHaveLength(1);
  });

  it('of the name of a schema, after which the SDK names a type; enumerations and arrays have none in the code', () => {
    const named = (...names: string[]) => ({
      ...clone(),
      components: {
        schemas: { ...Object.fromEntries(names.map((name) => [name, { type: 'object' }])), Role: role },
      },
    });
    const inCode = { ...clone(), components: { schemas: { Team: { type: 'object' } } } };
    expect(compare(named('Group'), inCode)).toEqual([
      'schema Group: only in the contract',
      'schema Team: only in the code',
    ]);
    expect(compare(named('Team'), inCode)).toEqual([]);
  });

  it('of a security scheme', () => {
    const scheme = (type: string) => ({ ...clone(), components: { securitySchemes: { bearer: { type } } } });
    expect(compare(scheme('http'), scheme('oauth2'))).toEqual([
      'security scheme bearer: contract type http, code type oauth2',
    ]);
  });
});

it('says which reference leads nowhere or into itself', () => {
  expect(() => compare(with201({ $ref: '#/components/schemas/Lost' }), clone())).toThrow(
    '#/components/schemas/Lost refers to nothing in the contract.',
  );
  const circular = { ...clone(), components: { schemas: { A: { items: { $ref: '#/components/schemas/A' } } } } };
  const lost = with201({ $ref: '#/components/schemas/A' });
  expect(() => compare(clone(), lost)).toThrow('#/components/schemas/A refers to nothing in the code.');
  expect(() => compare(circular, clone())).toThrow('#/components/schemas/A of the contract contains itself');
});
