import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { AppModule } from '../../src/app.module.js';
import { Environment } from '../../src/config/environment.js';
import { IDEMPOTENT, OPEN, PROBLEMS, PUBLIC_OPERATION } from '../../src/common/openapi-extensions.js';
import { ProblemBody } from '../../src/common/problem.dto.js';
import { problemCodes, type ProblemCode } from '../../src/common/problem.js';
import { setPrefix } from '../../src/server/server.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']> & Record<string, unknown>;
type Schema = Record<string, unknown>;

const WITH_BODY = ['post', 'put', 'patch', 'delete'];

/** The OpenAPI document of the controllers, which `npm run contract` compares with openapi.yaml. */
export function buildDocument(app: INestApplication): OpenAPIObject {
  const head = new DocumentBuilder()
    .setTitle('LockIN API')
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, 'bearer')
    .addSecurityRequirements('bearer')
    .build();
  const document = SwaggerModule.createDocument(app, head, {
    operationIdFactory: (_controller, method) => method,
    extraModels: [ProblemBody],
  });
  for (const path of Object.values(document.paths)) {
    for (const [method, operation] of Object.entries(path)) completeOperation(method, operation as Operation);
  }
  for (const schema of Object.values(document.components?.schemas ?? {})) closeObject(schema as Schema);
  return document;
}

/** Runs in Nest's preview mode: no provider is instantiated, so no database and no settings are needed. */
export async function generateDocument(): Promise<OpenAPIObject> {
  const app = await NestFactory.create(AppModule.with(new Environment()), new FastifyAdapter(), {
    preview: true,
    logger: ['error'],
  });
  setPrefix(app);
  const document = buildDocument(app);
  await app.close();
  return document;
}

/** Adds the problem responses and the format of IDs, and removes the extensions that decorators have set. */
function completeOperation(method: string, operation: Operation): void {
  const isPublic = operation[PUBLIC_OPERATION] === true;
  const ownCodes = (operation[PROBLEMS] ?? []) as ProblemCode[];
  const signInCodes: ProblemCode[] = isPublic
    ? []
    : ['unauthenticated', 'account_deleted', 'unavailable', 'sign_in_unavailable', 'rate_limited'];
  const bodyCodes: ProblemCode[] = WITH_BODY.includes(method) ? ['payload_too_large', 'unsupported_media_type'] : [];
  const idempotencyCodes: ProblemCode[] = operation[IDEMPOTENT]
    ? ['idempotency_in_flight', 'idempotency_key_reused']
    : [];
  const codes = new Set<ProblemCode>([
    'invalid_request',
    ...signInCodes,
    ...bodyCodes,
    ...idempotencyCodes,
    'internal_error',
    ...ownCodes,
  ]);
  for (const status of new Set([...codes].map((code) => problemCodes[code].status))) {
    const statusCodes = [...codes].filter((code) => problemCodes[code].status === status);
    operation.responses[String(status)] = problemResponse(status, statusCodes);
  }
  for (const parameter of operation.parameters ?? [])
    if ('in' in parameter && parameter.in === 'path') parameter.schema = { type: 'string', format: 'uuid' };
  if (isPublic) operation.security = [];
  for (const extension of [PROBLEMS, PUBLIC_OPERATION, IDEMPOTENT]) Reflect.deleteProperty(operation, extension);
}

function problemResponse(status: number, codes: ProblemCode[]): Operation['responses'][string] {
  const restriction = {
    type: 'object',
    properties: { code: { type: 'string', enum: codes } },
    ...(status === 400 && { required: ['errors'] }),
  };
  const schema = { allOf: [{ $ref: '#/components/schemas/Problem' }, restriction] };
  const headers = { 'Retry-After': { required: status === 429, schema: { type: 'integer', minimum: 1 } } };
  return {
    description: codes.join(', '),
    ...((status === 429 || status === 503 || codes.includes('idempotency_in_flight')) && { headers }),
    content: { 'application/problem+json': { schema } },
  };
}

/** Requests with unknown properties are rejected and responses have none, so objects are closed by default. */
function closeObject(schema: Schema): void {
  if (schema.type === 'object') schema.additionalProperties ??= schema[OPEN] === true;
  Reflect.deleteProperty(schema, OPEN);
}
