/** Sign-in with Cognito's hosted pages: authorization code with PKCE, and refresh. */
import {
  AuthRequest,
  exchangeCodeAsync,
  makeRedirectUri,
  refreshAsync,
  TokenError,
  type TokenResponse,
} from 'expo-auth-session';
import { deleteRefreshToken, loadRefreshToken, saveRefreshToken } from './token-storage';

const domain = 'https://your-pool.auth.eu-central-1.amazoncognito.com';
const clientId = 'your-app-client'; // a public client, without a secret
const discovery = {
  authorizationEndpoint: `${domain}/oauth2/authorize`,
  tokenEndpoint: `${domain}/oauth2/token`,
};

let current: Promise<TokenResponse | null> | undefined;

/** Opens the sign-in page. Returns false if the user closes it. */
export async function signIn(): Promise<boolean> {
  const redirectUri = makeRedirectUri({ scheme: 'lockin', path: 'signed-in' }); // registered with the client
  const request = new AuthRequest({ clientId, redirectUri, scopes: ['openid', 'email'], usePKCE: true });
  const result = await request.promptAsync(discovery);
  if (result.type !== 'success') return false;
  const code = result.params['code'] ?? '';
  const extraParams = { code_verifier: request.codeVerifier ?? '' };
  const tokens = await exchangeCodeAsync({ clientId, redirectUri, code, extraParams }, discovery);
  if (tokens.refreshToken !== undefined) await saveRefreshToken(tokens.refreshToken);
  current = Promise.resolve(tokens);
  return true;
}

export async function signOut(): Promise<void> {
  current = Promise.resolve(null);
  await deleteRefreshToken();
}

/** Whether somebody was signed in when the app was closed; also known without a network. */
export async function wasSignedIn(): Promise<boolean> {
  return (await loadRefreshToken()) !== null;
}

/** The `token` of the client. The id token carries the e-mail address, so that the user can be invited by it. */
export async function token({ refresh }: { refresh: boolean }): Promise<string | null> {
  if (refresh) current = undefined;
  const tokens = (current ??= renew());
  // A failure is not kept: the next request tries again.
  tokens.catch(() => current === tokens && (current = undefined));
  return (await tokens)?.idToken ?? null;
}

/** Null if nobody is signed in, or the refresh token was revoked or has expired. Throws without a network. */
async function renew(): Promise<TokenResponse | null> {
  const refreshToken = await loadRefreshToken();
  if (refreshToken === null) return null;
  try {
    return await refreshAsync({ clientId, refreshToken }, discovery);
  } catch (error) {
    if (!(error instanceof TokenError) || error.code !== 'invalid_grant') throw error;
    await deleteRefreshToken();
    return null;
  }
}
