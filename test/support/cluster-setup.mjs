import '../../bin/typescript.js';

/** Jest calls this once, before its workers start: they inherit the environment that it leaves. */
export default async function setup() {
  const { startCluster } = await import('./cluster.ts');
  await startCluster();
}
