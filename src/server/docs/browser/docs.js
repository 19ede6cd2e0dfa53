import { storedToken, tokenStoragePlugin } from './stored-token.js';

const SCHEME = 'bearer';

const dark = matchMedia('(prefers-color-scheme: dark)');
dark.addEventListener('change', applyTheme);
applyTheme();

const [contract, signIn] = await Promise.all(
  ['/openapi.json', '/docs/sign-in.json'].map(async (url) => (await fetch(url)).json()),
);
const scheme = withAbsoluteUrls(signIn.scheme);
contract.servers = [{ url: location.origin }];
contract.components.securitySchemes = { [SCHEME]: scheme };

const ui = SwaggerUIBundle({
  spec: contract,
  domNode: document.getElementById('docs'),
  deepLinking: true,
  displayRequestDuration: true,
  filter: true,
  validatorUrl: null,
  oauth2RedirectUrl: new URL('/docs/oauth2-redirect.html', location.origin).href,
  plugins: [tokenStoragePlugin(sessionStorage, signIn.tokenName)],
  onComplete: () => restoreSignIn(storedToken(sessionStorage)),
});
if (signIn.oauth) ui.initOAuth(signIn.oauth);

function restoreSignIn(token) {
  if (token === undefined) return;
  const { authActions } = ui;
  const auth = { name: SCHEME, schema: scheme };
  if (scheme.type === 'http') authActions.authorize({ [SCHEME]: { ...auth, value: token } });
  else authActions.authorizeOauth2({ auth, token: { [signIn.tokenName]: token, token_type: 'Bearer' } });
}

/** Swagger UI has a dark theme, but a button for it only in its other layout. */
function applyTheme() {
  document.documentElement.classList.toggle('dark-mode', dark.matches);
}

/** Swagger UI resolves relative URLs against the folder of this page. */
function withAbsoluteUrls({ flows = {}, ...rest }) {
  for (const flow of Object.values(flows)) {
    for (const name of ['authorizationUrl', 'tokenUrl']) {
      if (flow[name]) flow[name] = new URL(flow[name], location.origin).href;
    }
  }
  return Object.keys(flows).length > 0 ? { ...rest, flows } : rest;
}
