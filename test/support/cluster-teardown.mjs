export default async function teardown() {
  const { stopCluster } = await import('./cluster.ts');
  await stopCluster();
}
