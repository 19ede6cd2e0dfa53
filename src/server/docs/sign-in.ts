import type { Environment } from '../../config/environment.js';

/** How /docs signs in: the contract's `bearer` scheme with this deployment's sign-in. */
export interface DocsSignIn {
  /** A security scheme of OpenAPI. */
  scheme: { type: string; description: string } & Record<string, unknown>;
  /** The token of the response that is sent in the Authorization header. */
  tokenName: string;
  /** Where the demo people of the local stack are listed. */
  peopleUrl?: string;
  /** Parameters of Swagger UI's initOAuth(). */
  oauth?: { clientId: string; scopes: string; usePkceWithAuthorizationCodeGrant: boolean };
}

type Settings = Pick<Environment, 'LOCAL_TOKEN_URL' | 'LOCAL_PEOPLE_URL' | 'COGNITO_DOMAIN' | 'COGNITO_CLIENT_IDS'>;

export function docsSignIn(settings: Settings): DocsSignIn {
  if (settings.LOCAL_TOKEN_URL) return withPassword(settings.LOCAL_TOKEN_URL, settings.LOCAL_PEOPLE_URL);
  if (settings.COGNITO_DOMAIN) return onCognitosPages(settings.COGNITO_DOMAIN, settings.COGNITO_CLIENT_IDS);
  return byPasting();
}

function withPassword(tokenUrl: string, peopleUrl: string | undefined): DocsSignIn {
  const description = 'Sign in as one of the demo people, with the e-mail as the username.';
  return {
    scheme: { type: 'oauth2', description, flows: { password: { tokenUrl, scopes: {} } } },
    tokenName: 'access_token',
    ...(peopleUrl && { peopleUrl }),
  };
}

/** Uses the id token: an access token has no e-mail address (specification 3.4). */
function onCognitosPages(domain: string, [clientId = '']: string[]): DocsSignIn {
  const authorizationCode = {
    authorizationUrl: `${originOf(domain)}/oauth2/authorize`,
    tokenUrl: `${originOf(domain)}/oauth2/token`,
    scopes: { openid: 'Who you are', email: 'Your e-mail address' },
  };
  const description = 'Sign in on the page that opens.';
  const tokenName = 'id_token';
  return {
    scheme: { type: 'oauth2', description, 'x-tokenName': tokenName, flows: { authorizationCode } },
    tokenName,
    oauth: { clientId, scopes: 'openid email', usePkceWithAuthorizationCodeGrant: true },
  };
}

function byPasting(): DocsSignIn {
  const description = 'A token of Cognito: the id token, or the access token.';
  return { scheme: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description }, tokenName: 'access_token' };
}

/** COGNITO_DOMAIN may be with or without https://. */
export function originOf(domain: string): string {
  return new URL(domain.includes('://') ? domain : `https://${domain}`).origin;
}
