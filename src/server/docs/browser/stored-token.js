/**
 * Keeps the user signed in after a reload: stores only the token, and only for this tab.
 * Swagger UI's own persistAuthorization also stores the e-mail address and the password.
 */
const NAME = 'lockin.token';

/** The stored token, unless it has expired. */
export function storedToken(storage, now = Date.now()) {
  const token = storage.getItem(NAME);
  if (token === null || !(expiryOf(token) > now)) {
    storage.removeItem(NAME);
    return undefined;
  }
  return token;
}

/** The expiry of a token in milliseconds; NaN if it is no token. */
function expiryOf(token) {
  try {
    const payload = token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/');
    return JSON.parse(atob(payload)).exp * 1000;
  } catch {
    return NaN;
  }
}

/** A plugin of Swagger UI that stores the token at sign-in and removes it at sign-out. */
export function tokenStoragePlugin(storage, tokenName) {
  const store = (token) => typeof token === 'string' && storage.setItem(NAME, token);
  const wrapActions = {
    authorizeOauth2: (original) => (signIn) => {
      store(signIn.token[tokenName]);
      return original(signIn);
    },
    authorize: (original) => (signIns) => {
      Object.values(signIns).forEach(({ value }) => store(value));
      return original(signIns);
    },
    logout: (original) => (names) => {
      storage.removeItem(NAME);
      return original(names);
    },
  };
  return { statePlugins: { auth: { wrapActions } } };
}
