import '../../bin/typescript.js';

/** Runs once before Jest starts its workers, which inherit the environment. */
export default async function setup() {
  const { startCluster } = await import('./cluster.ts');
  await startCluster();
}
