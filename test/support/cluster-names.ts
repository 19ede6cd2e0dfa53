/** The environment variable that leads a test file, whatever process it runs in, to the cluster of the run. */
export const CLUSTER_URL = 'TEST_CLUSTER_URL';

/** Migrated once, copied for every test file. */
export const TEMPLATE = 'lockin_template';
