import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { readFileSync } from 'node:fs';
import { readSettings, type Settings } from '../lib/settings.ts';
import { createStacks } from '../lib/stacks.ts';

const here = (file: string): URL => new URL(`../${file}`, import.meta.url);

export const textOf = (file: string): string => readFileSync(here(file), 'utf8');

/** The settings of the repository; other ones replace them. */
export const settingsWith = (other: Partial<Settings> = {}): Settings => ({
  ...readSettings(here('settings.json')),
  ...other,
});

/** With the feature flags of cdk.json, like the CLI, which alone validates the templates: that takes seconds. */
export function createApp(): App {
  const { context } = JSON.parse(textOf('cdk.json')) as { context: Record<string, unknown> };
  return new App({ context: { ...context, '@aws-cdk/core:validateAgainstDefaultRules': false } });
}

interface Templates {
  readonly base: Template;
  readonly migration: Template;
  readonly service: Template;
}

export function synthesize(other: Partial<Settings> = {}): Templates {
  const { base, migration, service } = createStacks(createApp(), settingsWith(other));
  return {
    base: Template.fromStack(base),
    migration: Template.fromStack(migration),
    service: Template.fromStack(service),
  };
}

/** A file of the API, which the infrastructure has to agree with. */
export const apiFile = (path: string): string => textOf(`../../${path}`);

/** The number that a pattern captures in a file of the API. */
export function numberIn(path: string, pattern: RegExp): number {
  const [, number] = pattern.exec(apiFile(path)) ?? [];
  if (number === undefined) throw new Error(`${path} has no ${String(pattern)}`);
  return Number(number.replaceAll('_', ''));
}

/** The properties of the only resource of a type. */
export function only(template: Template, type: string): Record<string, unknown> {
  const found = Object.values(template.findResources(type));
  if (found.length !== 1) throw new Error(`There are ${found.length} of ${type}`);
  return (found[0] as { Properties: Record<string, unknown> }).Properties;
}

interface Container {
  readonly Command?: string[];
  readonly Environment: { Name: string; Value: unknown }[];
  readonly Secrets: { Name: string; ValueFrom: unknown }[];
  readonly StopTimeout?: number;
  readonly ReadonlyRootFilesystem?: boolean;
}

export function containerOf(template: Template): Container {
  const [container] = only(template, 'AWS::ECS::TaskDefinition')['ContainerDefinitions'] as Container[];
  if (!container) throw new Error('The task has no container');
  return container;
}

/** A value as CloudFormation resolves it, with `<Name>` for what it takes from a resource. */
export function resolved(value: unknown): string {
  if (typeof value === 'string') return value;
  const { 'Fn::Join': join, 'Fn::ImportValue': imported } = value as {
    'Fn::Join'?: unknown[];
    'Fn::ImportValue'?: string;
  };
  if (join) return (join[1] as unknown[]).map(resolved).join('');
  if (imported) return `<${imported.replace(/^.*:Exports(OutputFnGetAtt|OutputRef)/, '')}>`;
  return `<${String(Object.values(value as object)[0])}>`;
}
