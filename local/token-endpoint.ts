import type { FastifyInstance } from 'fastify';
import type { LocalStack } from './local-stack.js';

export const LOCAL_TOKEN_PATH = '/local/token';

/** cognito-local's words for an unknown person and a wrong password; people are told one sentence for both. */
const MISMATCHES = ['NotAuthorizedException', 'InvalidPasswordException'];

interface InitiateAuthAnswer {
  __type?: string;
  message?: string;
  AuthenticationResult?: { IdToken: string };
}

/**
 * An OAuth 2 password grant over the local user pool, so that Swagger UI signs people in from its own dialog. It
 * exists only beside a local pool, and only on the API's own origin: no other page may call it.
 */
export function registerLocalTokenEndpoint(fastify: FastifyInstance, stack: LocalStack): void {
  const { cognito } = stack;
  if (!cognito) return;
  fastify.register(async (scope) => {
    scope.removeContentTypeParser('application/x-www-form-urlencoded');
    scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
      done(null, Object.fromEntries(new URLSearchParams(body.toString())));
    });
    scope.post<{ Body: Record<string, string> | null }>(LOCAL_TOKEN_PATH, async ({ body }, reply) => {
      reply.header('Cache-Control', 'no-store');
      const { grant_type, username, password } = body ?? {};
      if (grant_type !== 'password') return reply.code(400).send({ error: 'unsupported_grant_type' });
      if (!username || !password) {
        return reply.code(400).send({ error: 'invalid_request', error_description: 'Enter an e-mail and a password.' });
      }
      const answer = await initiateAuth(cognito.url, cognito.clientId, username, password);
      const token = answer.AuthenticationResult?.IdToken;
      if (!token) {
        return reply.code(400).send({ error: 'invalid_grant', error_description: reasonOf(answer) });
      }
      // The id token rather than the access token: only it carries the e-mail address to the profile (specification 3.4).
      return { access_token: token, token_type: 'Bearer', expires_in: lifetime(token) };
    });
  });
}

async function initiateAuth(
  url: string,
  ClientId: string,
  USERNAME: string,
  PASSWORD: string,
): Promise<InitiateAuthAnswer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth',
    },
    body: JSON.stringify({ ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: { USERNAME, PASSWORD } }),
  });
  return (await response.json()) as InitiateAuthAnswer;
}

function reasonOf({ __type, message }: InitiateAuthAnswer): string {
  if (__type && MISMATCHES.includes(__type)) return 'The e-mail or the password is wrong.';
  return message ?? 'This person cannot sign in with a password.';
}

function lifetime(token: string): number {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, number>;
  return (claims['exp'] ?? 0) - (claims['iat'] ?? 0);
}
