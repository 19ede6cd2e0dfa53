import { Match } from 'aws-cdk-lib/assertions';
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import {
  apiFile,
  containerOf,
  createApp,
  numberIn,
  only,
  resolved,
  settingsWith,
  synthesize,
  textOf,
} from './synthesis.ts';
import { createStacks } from '../lib/stacks.ts';

const { migration, service } = synthesize();
const OWNER_URL = 'postgres://lockin_owner@<DatabaseInstanceAA8A5FDEEndpointAddressC7EFCE05>:5432/lockin';
const API_URL = OWNER_URL.replace('lockin_owner', 'lockin_api');
const RDS_TLS = '?sslmode=verify-full&sslrootcert=/app/rds-ca.pem';

function variablesOf(template: typeof service): Record<string, string> {
  return Object.fromEntries(containerOf(template).Environment.map(({ Name, Value }) => [Name, resolved(Value)]));
}

function secretsOf(template: typeof service): Record<string, string> {
  return Object.fromEntries(containerOf(template).Secrets.map(({ Name, ValueFrom }) => [Name, resolved(ValueFrom)]));
}

describe('the migration', () => {
  test('connects as the owner, and knows the password that the API gets', () => {
    assert.deepEqual(variablesOf(migration), { DATABASE_URL: OWNER_URL + RDS_TLS });
    const { PGPASSWORD = '', LOCKIN_API_PASSWORD = '' } = secretsOf(migration);
    assert.match(PGPASSWORD, /^<DatabaseInstance\w+MasterUserSecret\w+>:password::$/);
    assert.match(LOCKIN_API_PASSWORD, /^<DatabaseApiSecret\w+>:password::$/);
  });

  test('runs files of the built application', () => {
    const files =
      containerOf(migration)
        .Command?.join(' ')
        .match(/dist\/src\/[\w-]+\.js/g) ?? [];
    assert.equal(files.length, 2);
    for (const file of files) {
      const source = file.replace('dist/', '../../../').replace('.js', '.ts');
      assert.ok(existsSync(new URL(source, import.meta.url)), source);
    }
  });

  test('may do nothing in AWS', () => {
    migration.resourceCountIs('AWS::IAM::Policy', 1);
    migration.hasResourceProperties('AWS::IAM::Policy', { Roles: [{ Ref: Match.stringLikeRegexp('ExecutionRole') }] });
  });
});

describe('the API', () => {
  test('has the settings of docs/configuration.md, and migrates nothing', () => {
    const { DATABASE_URL, MIGRATE_ON_START, TRUST_PROXY, DOCS_ENABLED, ...others } = variablesOf(service);
    assert.equal(DATABASE_URL, API_URL + RDS_TLS);
    assert.deepEqual(
      { MIGRATE_ON_START, TRUST_PROXY, DOCS_ENABLED },
      { MIGRATE_ON_START: 'false', TRUST_PROXY: '1', DOCS_ENABLED: 'true' },
    );
    const documented = apiFile('docs/configuration.md');
    for (const name of Object.keys(others)) assert.ok(documented.includes(`| \`${name}\``), name);
    for (const name of ['COGNITO_ISSUER', 'COGNITO_CLIENT_IDS', 'S3_BUCKET', 'S3_REGION', 'AVATAR_PUBLIC_BASE_URL'])
      assert.ok(others[name], name);
  });

  test("knows its own role's password alone", () => {
    assert.deepEqual(Object.keys(secretsOf(service)), ['PGPASSWORD']);
    assert.match(secretsOf(service)['PGPASSWORD'] ?? '', /^<DatabaseApiSecret\w+>:password::$/);
  });

  test('goes through RDS Proxy where there is one, but listens directly', () => {
    const { DATABASE_URL = '', DATABASE_LISTEN_URL } = variablesOf(synthesize({ rdsProxy: true }).service);
    assert.match(
      DATABASE_URL,
      /^postgres:\/\/lockin_api@<DatabaseInstanceProxy\w+>:5432\/lockin\?sslmode=verify-full$/,
    );
    assert.equal(DATABASE_LISTEN_URL, API_URL + RDS_TLS);
  });

  test('is called by the web origins', () => {
    const { CORS_ORIGINS } = variablesOf(
      synthesize({ webOrigins: ['https://a.example', 'https://b.example'] }).service,
    );
    assert.equal(CORS_ORIGINS, 'https://a.example,https://b.example');
  });

  test('has the certificates of RDS in its image', () => {
    assert.match(textOf('Dockerfile'), /^ADD --chmod=444 \S+global-bundle\.pem \/app\/rds-ca\.pem$/m);
  });

  test('has time to end', () => {
    const close = numberIn('src/server/graceful-shutdown.ts', /CLOSE_TIMEOUT_MS = ([\d_]+)/) / 1000;
    const drain = numberIn('src/config/environment.ts', /DRAIN_SECONDS: production \? '(\d+)'/);
    assert.ok((containerOf(service).StopTimeout ?? 0) > drain + close);
  });
});

describe('the load balancer', () => {
  const attributes = ({ Key, Value }: { Key: string; Value: unknown }): [string, unknown] => [Key, Value];
  const balancer = only(service, 'AWS::ElasticLoadBalancingV2::LoadBalancer');
  const targets = only(service, 'AWS::ElasticLoadBalancingV2::TargetGroup');

  test('keeps streams open, and closes connections before the API does', () => {
    const { 'idle_timeout.timeout_seconds': idle } = Object.fromEntries(
      (balancer['LoadBalancerAttributes'] as { Key: string; Value: unknown }[]).map(attributes),
    );
    const heartbeat = numberIn('src/progress/stream/sse-connection.ts', /HEARTBEAT_MS = ([\d_]+)/) / 1000;
    assert.ok(Number(idle) > 2 * heartbeat);
    assert.ok(Number(idle) < numberIn('src/server/server.ts', /keepAliveTimeout: seconds\((\d+)\)/));
  });

  test('sends requests to tasks that are ready', () => {
    assert.equal(targets['HealthCheckPath'], '/health/ready');
    // A failover of a database in two zones takes up to two minutes.
    assert.ok(Number(targets['UnhealthyThresholdCount']) * Number(targets['HealthCheckIntervalSeconds']) > 120);
  });

  test('speaks HTTPS, and redirects HTTP', () => {
    service.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
      Port: 443,
      Protocol: 'HTTPS',
      Certificates: [{ CertificateArn: settingsWith().certificateArn }],
    });
    service.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
      Port: 80,
      DefaultActions: [Match.objectLike({ Type: 'redirect' })],
    });
  });
});

test('containers cannot change their files', () => {
  for (const template of [migration, service]) assert.ok(containerOf(template).ReadonlyRootFilesystem);
});

test('a rollout that fails is rolled back', () => {
  service.hasResourceProperties('AWS::ECS::Service', {
    DeploymentConfiguration: {
      MinimumHealthyPercent: 100,
      MaximumPercent: 200,
      DeploymentCircuitBreaker: { Enable: true, Rollback: true },
    },
  });
});

test('every alarm sends an e-mail when it begins and when it is over', () => {
  service.resourceCountIs('AWS::CloudWatch::Alarm', 9);
  const topic = [{ Ref: Match.stringLikeRegexp('^AlarmTopic') }];
  service.allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmActions: topic, OKActions: topic });
  service.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: settingsWith().alarmEmail });
});

test('CloudWatch may publish to the topic of the alarms', () => {
  service.hasResourceProperties('AWS::SNS::TopicPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Effect: 'Allow',
          Action: 'sns:Publish',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
        }),
      ]),
    },
  });
});

test('an error in the log of the API raises an alarm', () => {
  service.hasResourceProperties('AWS::Logs::MetricFilter', {
    FilterPattern: '{ $.level >= 50 }',
    LogGroupName: { Ref: Match.stringLikeRegexp('^Logs') },
    MetricTransformations: [{ MetricNamespace: 'LockIN', MetricName: 'ErrorLines', MetricValue: '1' }],
  });
});

test('the synthesis asks AWS for nothing', () => {
  const app = createApp();
  createStacks(app, settingsWith());
  assert.equal(app.synth().manifest.missing, undefined);
});
