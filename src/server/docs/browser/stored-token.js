/**
 * Keeps somebody signed in over a reload: of all that signing in needs, only the token, and only for this tab.
 * Swagger UI's own persistAuthorization would write the e-mail and the password down as well.
 */
const NAME = 'lockin.token';

/** The token of an earlier visit, unless it has run out. */
export function keptToken(storage, now = Date.now()) {
  const token = storage.getItem(NAME);
  if (token === null || !(endOf(token) > now)) {
    storage.removeItem(NAME);
    return undefined;
  }
  return token;
}

/** When a token ends, in milliseconds; NaN for what is none. */
function endOf(token) {
  try {
    const payload = token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/');
    return JSON.parse(atob(payload)).exp * 1000;
  } catch {
    return NaN;
  }
}

/** A plugin of Swagger UI that notes every sign-in and sign-out. */
export function tokenKeeper(storage, tokenName) {
  const keep = (token) => typeof token === 'string' && storage.setItem(NAME, token);
  const wrapActions = {
    authorizeOauth2: (original) => (signIn) => {
      keep(signIn.token[tokenName]);
      return original(signIn);
    },
    authorize: (original) => (signIns) => {
      Object.values(signIns).forEach(({ value }) => keep(value));
      return original(signIns);
    },
    logout: (original) => (names) => {
      storage.removeItem(NAME);
      return original(names);
    },
  };
  return { statePlugins: { auth: { wrapActions } } };
}
