import { readFileSync } from 'node:fs';

/** What a deployment decides: settings.json, explained in docs/deployment-aws.md. */
export interface Settings {
  readonly region: string;
  readonly domain: string;
  readonly certificateArn: string;
  readonly alarmEmail: string;
  readonly callbackUrls: string[];
  readonly webOrigins: string[];
  readonly rdsProxy: boolean;
}

const matching = (pattern: RegExp) => (value: unknown) => typeof value === 'string' && pattern.test(value);
const listOf = (pattern: RegExp) => (value: unknown) => Array.isArray(value) && value.every(matching(pattern));

type Rule = readonly [isValid: (value: unknown, region: string) => boolean, what: string];

const RULES: Record<keyof Settings, Rule> = {
  region: [matching(/^[a-z]{2}(-[a-z]+)+-\d$/), 'a region such as eu-central-1'],
  domain: [matching(/^([a-z0-9-]+\.)+[a-z]{2,}$/), 'a host name such as api.example.com'],
  // A load balancer takes certificates of its own region alone.
  certificateArn: [
    (value, region) => matching(new RegExp(`^arn:aws:acm:${region}:\\d{12}:certificate/[0-9a-f-]{36}$`))(value),
    'the ARN of a certificate of ACM in the region',
  ],
  alarmEmail: [matching(/^[^@\s]+@[^@\s]+$/), 'an e-mail address'],
  callbackUrls: [listOf(/^[a-z][a-z0-9+.-]*:\/\/\S+$/), 'a list of URLs such as lockin://signed-in'],
  webOrigins: [listOf(/^https?:\/\/[^/\s*]+$/), 'a list of origins such as https://app.example.com'],
  rdsProxy: [(value) => typeof value === 'boolean', 'true or false'],
};

export function readSettings(file: URL): Settings {
  return checkSettings(JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>);
}

/** Throws one error that names every setting that is missing, malformed or unknown. */
export function checkSettings(given: Record<string, unknown>): Settings {
  const region = String(given.region);
  const errors = [
    ...Object.entries(RULES)
      .filter(([name, [isValid]]) => !isValid(given[name], region))
      .map(([name, [, what]]) => `${name} must be ${what}`),
    ...Object.keys(given)
      .filter((name) => !(name in RULES))
      .map((name) => `${name} is unknown`),
  ];
  if (errors.length > 0) throw new Error(`The settings are not complete:\n  ${errors.join('\n  ')}`);
  return given as unknown as Settings;
}
