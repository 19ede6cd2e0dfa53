import { Match } from 'aws-cdk-lib/assertions';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { apiFile, only, synthesize } from './synthesis.ts';

const { base } = synthesize();

describe('PostgreSQL', () => {
  const parameters = only(base, 'AWS::RDS::DBParameterGroup')['Parameters'] as Record<string, string>;

  test('has the parameters of database/postgresql.conf', () => {
    const inBase: Record<string, string> = {
      ...parameters,
      jit: parameters['jit'] === '0' ? 'off' : 'on',
      max_wal_size: `${Number(parameters['max_wal_size']) / 1024}GB`,
      // Shares of the 4 GB that the file is written for, in blocks of 8 kB.
      shared_buffers: parameters['shared_buffers'] === '{DBInstanceClassMemory/32768}' ? '1GB' : '',
      effective_cache_size: parameters['effective_cache_size'] === '{DBInstanceClassMemory*3/32768}' ? '3GB' : '',
    };
    const lines = [...apiFile('database/postgresql.conf').matchAll(/^(\w+) = (\S+)$/gm)];
    assert.equal(lines.length, 6);
    for (const [, name = '', value] of lines) assert.equal(inBase[name], value, name);
  });

  test('refuses connections without TLS', () => {
    assert.equal(parameters['rds.force_ssl'], '1');
  });

  test('is encrypted, kept in two zones, backed up, and not deleted by mistake', () => {
    base.hasResource('AWS::RDS::DBInstance', {
      DeletionPolicy: 'Snapshot',
      Properties: Match.objectLike({
        StorageEncrypted: true,
        MultiAZ: true,
        BackupRetentionPeriod: 14,
        DeletionProtection: true,
        PubliclyAccessible: false,
        ManageMasterUserPassword: true,
      }),
    });
  });

  test('is reached by the tasks alone', () => {
    base.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      FromPort: 5432,
      ToPort: 5432,
      GroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^NetworkDatabase'), 'GroupId'] },
      SourceSecurityGroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^NetworkTasks'), 'GroupId'] },
    });
    base.resourcePropertiesCountIs('AWS::EC2::SecurityGroupIngress', { FromPort: 5432 }, 1);
  });
});

test('no rule of a security group is written twice, which CloudFormation refuses', () => {
  for (const { base } of [synthesize(), synthesize({ rdsProxy: true })])
    for (const type of ['AWS::EC2::SecurityGroupIngress', 'AWS::EC2::SecurityGroupEgress']) {
      const rules = Object.values(base.findResources(type)) as { Properties: Record<string, unknown> }[];
      // The port of the database is 5432, by number or by reference.
      const texts = rules.map(({ Properties }) =>
        JSON.stringify({ ...Properties, Description: '' }).replaceAll(
          /\{"Fn::GetAtt":\["\w+","Endpoint.Port"\]\}/g,
          '5432',
        ),
      );
      assert.equal(new Set(texts).size, texts.length, texts.join('\n'));
    }
});

describe('sign-in', () => {
  test('is by verified e-mail address, and for everybody', () => {
    base.hasResourceProperties('AWS::Cognito::UserPool', {
      UsernameAttributes: ['email'],
      AutoVerifiedAttributes: ['email'],
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: false },
      DeletionProtection: 'ACTIVE',
    });
  });

  test('has a public client with authorization code, for the app and for /docs', () => {
    const { base } = synthesize({ callbackUrls: ['lockin://signed-in', 'https://app.example.com/'] });
    base.hasResourceProperties('AWS::Cognito::UserPoolClient', {
      GenerateSecret: false,
      AllowedOAuthFlows: ['code'],
      AllowedOAuthScopes: ['openid', 'email'],
      CallbackURLs: [
        'lockin://signed-in',
        'https://app.example.com/',
        'https://api.example.com/docs/oauth2-redirect.html',
      ],
    });
  });

  test('has the default group of MAINTENANCE_GROUP', () => {
    base.hasResourceProperties('AWS::Cognito::UserPoolGroup', { GroupName: 'admin' });
    assert.match(apiFile('src/config/environment.ts'), /MAINTENANCE_GROUP: 'admin'/);
  });
});

describe('avatars', () => {
  test('are in a private bucket that only CloudFront reads', () => {
    base.allResourcesProperties('AWS::S3::Bucket', {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
    base.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: Match.objectLike({
        Statement: Match.arrayWith([
          Match.objectLike({ Action: 's3:GetObject', Principal: { Service: 'cloudfront.amazonaws.com' } }),
        ]),
      }),
    });
  });

  test('are uploaded by browsers of the web origins alone', () => {
    base.resourcePropertiesCountIs('AWS::S3::Bucket', { CorsConfiguration: Match.anyValue() }, 0);
    const { base: withOrigin } = synthesize({ webOrigins: ['https://app.example.com'] });
    withOrigin.hasResourceProperties('AWS::S3::Bucket', {
      CorsConfiguration: {
        CorsRules: [
          {
            AllowedOrigins: ['https://app.example.com'],
            AllowedMethods: ['PUT'],
            AllowedHeaders: ['content-type'],
            MaxAge: 3600,
          },
        ],
      },
    });
  });

  test('can be written, deleted and listed by the API, and nothing else', () => {
    base.hasResourceProperties('AWS::IAM::ManagedPolicy', {
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Action: ['s3:DeleteObject', 's3:PutObject'],
            Effect: 'Allow',
            Resource: { 'Fn::Join': ['', [Match.anyValue(), '/avatars/*']] },
          },
          {
            Action: 's3:ListBucket',
            Effect: 'Allow',
            Resource: Match.anyValue(),
            Condition: { StringLike: { 's3:prefix': 'avatars/*' } },
          },
        ],
      },
    });
  });
});

test('a tag of an image never changes', () => {
  base.hasResourceProperties('AWS::ECR::Repository', { ImageTagMutability: 'IMMUTABLE' });
});
