import type { FastifyInstance, FastifyReply } from 'fastify';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { matches } from '../../common/if-none-match.js';
import type { Environment } from '../../config/environment.js';
import { FixedContent } from '../fixed-content.js';
import { docsSignIn, originOf } from './sign-in.js';

const require = createRequire(import.meta.url);

/** Cognito's callback path; the app client must allow it. */
const RETURN = '/docs/oauth2-redirect.html';

const SCRIPTS = [
  'docs.js',
  'examples.js',
  'first-events.js',
  'forms.js',
  'group-examples.js',
  'own-data.js',
  'prefill.js',
  'session-examples.js',
  'stored-token.js',
  'times.js',
];

interface File {
  path: string;
  type: string;
  content: FixedContent;
}

/**
 * Swagger UI at /docs, where / leads. It shows /openapi.json and offers sign-in (sign-in.ts). SwaggerModule.setup() does not serve it:
 * its page has inline styles, which the Content-Security-Policy forbids (docs/decisions/0008-own-docs-page.md).
 */
export function serveDocs(server: FastifyInstance, environment: Environment): void {
  if (!environment.DOCS_ENABLED) return;
  const policy = policyFor(environment);
  const page: File = { path: '/docs', type: 'text/html', content: new FixedContent(PAGE) };
  server.get('/', (_, reply) => reply.redirect('/docs'));
  server.get('/docs/', (_, reply) => send(reply, page, policy));
  for (const file of [page, ...files(environment)]) server.get(file.path, (_, reply) => send(reply, file, policy));
}

function files(environment: Environment): File[] {
  const signIn = JSON.stringify(docsSignIn(environment));
  return [
    ...SCRIPTS.map((name) => ours(name, 'text/javascript')),
    theirs('swagger-ui-bundle.js', 'text/javascript'),
    theirs('oauth2-redirect.js', 'text/javascript'),
    theirs('oauth2-redirect.html', 'text/html'),
    theirs('swagger-ui.css', 'text/css'),
    theirs('favicon-32x32.png', 'image/png'),
    { path: '/docs/docs.css', type: 'text/css', content: new FixedContent(STYLE) },
    { path: '/docs/sign-in.json', type: 'application/json', content: new FixedContent(signIn) },
  ];
}

function ours(name: string, type: string): File {
  return {
    path: `/docs/${name}`,
    type,
    content: new FixedContent(readFileSync(new URL(`browser/${name}`, import.meta.url))),
  };
}

function theirs(name: string, type: string): File {
  return {
    path: `/docs/${name}`,
    type,
    content: new FixedContent(readFileSync(require.resolve(`swagger-ui-dist/${name}`))),
  };
}

/** Cognito's sign-in runs in a window of its own and needs its opener, which the API's own opener policy forbids. */
async function send(reply: FastifyReply, { path, type, content }: File, policy: string): Promise<FastifyReply> {
  void reply
    .header('etag', content.etag)
    .header('content-type', type === 'image/png' ? type : `${type}; charset=utf-8`)
    .header('cache-control', 'no-cache')
    .header('content-security-policy', policy)
    .header('cross-origin-opener-policy', path === RETURN ? 'unsafe-none' : 'same-origin-allow-popups');
  if (matches(reply.request.headers['if-none-match'], content.etag)) return reply.code(304).send();
  return reply.send(await content.encodedFor(reply));
}

/** No inline code and no other origin, except that the code is exchanged for a token at Cognito. */
function policyFor({ LOCAL_TOKEN_URL, COGNITO_DOMAIN }: Environment): string {
  const cognito = COGNITO_DOMAIN && !LOCAL_TOKEN_URL ? ` ${originOf(COGNITO_DOMAIN)}` : '';
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src 'self'${cognito}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>LockIN API</title>
    <link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
    <link rel="stylesheet" href="/docs/docs.css">
    <script src="/docs/swagger-ui-bundle.js" defer></script>
    <script src="/docs/docs.js" type="module"></script>
  </head>
  <body>
    <main id="docs"></main>
  </body>
</html>
`;

/**
 * Hides the client id and secret of the sign-in dialog, which are fixed, and the column of links, which the contract does
 * not have.
 */
const STYLE = `body { margin: 0; background: #fafafa; }
.dark-mode body { background: #1c2022; }
.swagger-ui .response-col_links,
.swagger-ui .auth-container .scope-def,
.swagger-ui .auth-container .wrapper:has(> label[for='password_type']),
.swagger-ui .auth-container .wrapper:has(> label[for^='client_id']),
.swagger-ui .auth-container .wrapper:has(> label[for^='client_secret']),
.swagger-ui .auth-container h6 ~ .wrapper:not(:has(.renderedMarkdown)) { display: none; }
`;
