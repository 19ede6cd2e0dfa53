import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readSettings } from './lib/settings.ts';
import { createStacks } from './lib/stacks.ts';

const app = new App();
createStacks(app, readSettings(new URL('settings.json', import.meta.url)));
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
