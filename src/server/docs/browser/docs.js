import { withOwnData } from './examples.js';
import { fetchFirstEvents } from './first-events.js';
import { readOwnData } from './own-data.js';
import { prefillPlugin } from './prefill.js';
import { storedToken, tokenStoragePlugin } from './stored-token.js';

const SCHEME = 'bearer';

const dark = matchMedia('(prefers-color-scheme: dark)');
dark.addEventListener('change', applyTheme);
applyTheme();

const [contract, signIn] = await Promise.all(['/openapi.json', '/docs/sign-in.json'].map((url) => getJson(url)));
const { people, password } = signIn.peopleUrl ? await getJson(signIn.peopleUrl) : { people: [] };
const scheme = withPeople(withAbsoluteUrls(signIn.scheme));
contract.servers = [{ url: location.origin }];
contract.components.securitySchemes = { [SCHEME]: scheme };

const page = document.getElementById('docs');
const ui = SwaggerUIBundle({
  spec: contract,
  domNode: page,
  deepLinking: true,
  displayRequestDuration: true,
  filter: true,
  validatorUrl: null,
  oauth2RedirectUrl: new URL('/docs/oauth2-redirect.html', location.origin).href,
  requestInterceptor: (request) => Object.assign(request, { userFetch: fetchFirstEvents }),
  plugins: [tokenStoragePlugin(sessionStorage, signIn.tokenName), prefillPlugin(contract, personalize, page)],
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

/** The examples with the data of the signed-in person; as they are if nobody is, or if the data cannot be read. */
async function personalize(examples) {
  const token = storedToken(sessionStorage);
  if (token === undefined) return examples;
  const headers = { authorization: `Bearer ${token}` };
  try {
    return withOwnData(examples, await readOwnData((path) => getJson(path, { headers })), people);
  } catch {
    return examples;
  }
}

async function getJson(url, request) {
  const response = await fetch(url, request);
  if (!response.ok) throw new Error(`${url} responded with ${response.status}`);
  return response.json();
}

/** The demo people of the local stack, in the dialog of the sign-in. */
function withPeople(signInScheme) {
  if (people.length === 0) return signInScheme;
  const names = people.map(({ email }) => `- \`${email}\``).join('\n');
  return { ...signInScheme, description: `${signInScheme.description}\n\n${names}\n\nPassword: \`${password}\`` };
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
