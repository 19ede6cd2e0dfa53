import helmet from '@fastify/helmet';
import { fastify } from 'fastify';

/** Answers are data, so everything is forbidden; the pages of src/docs say themselves what they load. */
const RULES = {
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  // These say something about pages only.
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
};

/** What Helmet adds to an answer. It is the same each time, so it is asked once rather than at every request. */
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
