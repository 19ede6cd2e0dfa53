import type { App } from 'aws-cdk-lib';
import { BaseStack } from './base-stack.ts';
import { MigrationStack } from './migration-stack.ts';
import { ServiceStack } from './service-stack.ts';
import type { Settings } from './settings.ts';

interface Stacks {
  readonly base: BaseStack;
  readonly migration: MigrationStack;
  readonly service: ServiceStack;
}

/**
 * The three stacks, in the order of a rollout. The account is that of the credentials: without it in the code, synthesis
 * looks up nothing in AWS.
 */
export function createStacks(app: App, settings: Settings): Stacks {
  const props = { env: { region: settings.region } };
  const base = new BaseStack(app, 'LockinBase', settings, props);
  const migration = new MigrationStack(app, 'LockinMigration', base, props);
  const service = new ServiceStack(app, 'LockinService', base, settings, props);
  return { base, migration, service };
}
