import type { FastifyInstance } from 'fastify';
import { sendProblem } from '../src/common/problem.filter.js';
import { DEMO_PASSWORD } from './demo-users.js';
import type { LocalStack } from './local-stack.js';

export const LOCAL_TOKEN_PATH = '/local/token';
export const LOCAL_PEOPLE_PATH = '/local/people';

/** The errors of cognito-local for an unknown user and a wrong password, which must not be distinguishable. */
const WRONG_CREDENTIALS = ['NotAuthorizedException', 'InvalidPasswordException'];

interface InitiateAuthResponse {
  __type?: string;
  message?: string;
  AuthenticationResult?: { IdToken: string };
}

/** The demo users, for pages that sign them in. Registered only if the user pool is local. */
export function registerLocalPeople(fastify: FastifyInstance, { cognito, users }: LocalStack): void {
  if (!cognito) return;
  const people = users.map(({ name, email }) => ({ name, email }));
  fastify.get(LOCAL_PEOPLE_PATH, (_, reply) =>
    reply.send({ tokenUrl: LOCAL_TOKEN_PATH, password: DEMO_PASSWORD, people }),
  );
}

/**
 * An OAuth 2 password grant for the local user pool, used by the Authorize dialog of Swagger UI. Registered only if the
 * user pool is local; other origins can call it only if CORS_ORIGINS allows them.
 */
export function registerLocalTokenEndpoint(fastify: FastifyInstance, stack: LocalStack): void {
  const { cognito } = stack;
  if (!cognito) return;
  fastify.register(async (scope) => {
    scope.removeContentTypeParser('application/x-www-form-urlencoded');
    scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
      done(null, Object.fromEntries(new URLSearchParams(body.toString())));
    });
    scope.post<{ Body: Record<string, string> | null }>(LOCAL_TOKEN_PATH, async ({ body, bodyProblem }, reply) => {
      reply.header('Cache-Control', 'no-store');
      if (bodyProblem?.code === 'unsupported_media_type') return sendProblem(reply, bodyProblem);
      const { grant_type, username, password } = body ?? {};
      if (grant_type !== 'password') return reply.code(400).send({ error: 'unsupported_grant_type' });
      if (!username || !password) {
        return reply.code(400).send({ error: 'invalid_request', error_description: 'Enter an e-mail and a password.' });
      }
      const response = await initiateAuth(cognito.url, cognito.clientId, username, password);
      const token = response.AuthenticationResult?.IdToken;
      if (!token) {
        return reply.code(400).send({ error: 'invalid_grant', error_description: errorDescription(response) });
      }
      // The ID token, because the access token has no e-mail address (specification 3.4).
      return { access_token: token, token_type: 'Bearer', expires_in: lifetimeSeconds(token) };
    });
  });
}

async function initiateAuth(
  url: string,
  ClientId: string,
  USERNAME: string,
  PASSWORD: string,
): Promise<InitiateAuthResponse> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth',
    },
    body: JSON.stringify({ ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: { USERNAME, PASSWORD } }),
  });
  return (await response.json()) as InitiateAuthResponse;
}

function errorDescription({ __type, message }: InitiateAuthResponse): string {
  if (__type && WRONG_CREDENTIALS.includes(__type)) return 'The e-mail or the password is wrong.';
  return message ?? 'This user cannot sign in with a password.';
}

function lifetimeSeconds(token: string): number {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, number>;
  return (claims['exp'] ?? 0) - (claims['iat'] ?? 0);
}
