import helmet from '@fastify/helmet';
import { fastify } from 'fastify';

/** Responses are data, so browsers may load nothing; the pages of docs/ send a policy of their own. */
const RULES = {
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  // These concern pages only.
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
};

/** The headers of Helmet, computed once: they are the same for every response. */
export async function securityHeaders(): Promise<Record<string, string>> {
  const sample = fastify();
  await sample.register(helmet, { global: false });
  let headers: Record<string, unknown> = {};
  sample.get('/', (_request, reply) => {
    void reply.helmet(RULES);
    headers = { ...reply.getHeaders() };
    void reply.send();
  });
  await sample.inject('/');
  await sample.close();
  return headers as Record<string, string>;
}
