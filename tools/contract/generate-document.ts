import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { AppModule } from '../../src/app.module.js';
import { Environment } from '../../src/config/environment.js';
import { IDEMPOTENT, PROBLEMS, PUBLIC_OPERATION } from '../../src/common/openapi-extensions.js';
import { ProblemBody } from '../../src/common/problem.dto.js';
import { problemCodes, type ProblemCode } from '../../src/common/problem.js';
import { setPrefix } from '../../src/server/server.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']> & Record<string, unknown>;
type Schema = Record<string, unknown>;

const WITH_BODY = ['post', 'put', 'patch', 'delete'];

/** The document of the controllers. openapi.yaml is the contract; `npm run contract` compares the two. */
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
    for (const [method, operation] of Object.entries(path)) complete(method, operation as Operation);
  }
  for (const schema of Object.values(document.components?.schemas ?? {})) close(schema as Schema);
  return document;
}

/** Without a database or any other service: nothing is instantiated, so the settings do not matter either. */
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

/** Adds what every operation can answer and the format of ids, and removes the extensions that decorators left. */
function complete(method: string, operation: Operation): void {
  const isPublic = operation[PUBLIC_OPERATION] === true;
  const own = (operation[PROBLEMS] ?? []) as ProblemCode[];
  const ofSignIn: ProblemCode[] = isPublic
    ? []
    : ['unauthenticated', 'account_deleted', 'unavailable', 'sign_in_unavailable', 'rate_limited'];
  const ofBodies: ProblemCode[] = WITH_BODY.includes(method) ? ['payload_too_large', 'unsupported_media_type'] : [];
  const ofKeys: ProblemCode[] = operation[IDEMPOTENT] ? ['idempotency_in_flight', 'idempotency_key_reused'] : [];
  const codes = new Set<ProblemCode>([
    'invalid_request',
    ...ofSignIn,
    ...ofBodies,
    ...ofKeys,
    'internal_error',
    ...own,
  ]);
  for (const status of new Set([...codes].map((code) => problemCodes[code].status))) {
    const ofStatus = [...codes].filter((code) => problemCodes[code].status === status);
    operation.responses[String(status)] = problemResponse(status, ofStatus);
  }
  for (const parameter of operation.parameters ?? [])
    if ('in' in parameter && parameter.in === 'path') parameter.schema = { type: 'string', format: 'uuid' };
  if (isPublic) operation.security = [];
  for (const extension of [PROBLEMS, PUBLIC_OPERATION, IDEMPOTENT]) Reflect.deleteProperty(operation, extension);
}

function problemResponse(status: number, codes: ProblemCode[]): Operation['responses'][string] {
  const only = {
    type: 'object',
    properties: { code: { type: 'string', enum: codes } },
    ...(status === 400 && { required: ['errors'] }),
  };
  const schema = { allOf: [{ $ref: '#/components/schemas/Problem' }, only] };
  const waits = { 'Retry-After': { required: status === 429, schema: { type: 'integer', minimum: 1 } } };
  return {
    description: codes.join(', '),
    ...((status === 429 || status === 503 || codes.includes('idempotency_in_flight')) && { headers: waits }),
    content: { 'application/problem+json': { schema } },
  };
}

/** Requests with unknown properties are refused and answers have none, so every object is closed unless it says otherwise. */
function close(schema: Schema): void {
  if (schema.type === 'object') schema.additionalProperties ??= false;
}
