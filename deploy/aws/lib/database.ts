import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { type Network, POSTGRES_PORT } from './network.ts';

const DATABASE = 'lockin';
const IDENTIFIER = 'lockin';
export const OWNER = 'lockin_owner';
export const API_ROLE = 'lockin_api';
export const MAX_CONNECTIONS = 100;

/** Where the image of deploy/aws/Dockerfile has the certificates of RDS. RDS Proxy has one of a public CA. */
export const RDS_CA_FILE = '/app/rds-ca.pem';
const RDS_TLS = `sslmode=verify-full&sslrootcert=${RDS_CA_FILE}`;
const PROXY_TLS = 'sslmode=verify-full';

/** What database/postgresql.conf sets, with memory as a share of the instance's. */
const PARAMETERS = {
  random_page_cost: '1.1',
  jit: '0',
  // In blocks of 8 kB: a quarter of the memory, and three quarters.
  shared_buffers: '{DBInstanceClassMemory/32768}',
  effective_cache_size: '{DBInstanceClassMemory*3/32768}',
  max_wal_size: '4096', // MB
  max_connections: String(MAX_CONNECTIONS),
};

const LIMITS = {
  'rds.force_ssl': '1',
  // Of people with psql, in ms. The API sets its own timeouts (docs/connections.md), and a migration has none for statements.
  idle_in_transaction_session_timeout: '60000',
};

/** PostgreSQL, the owner's password, which RDS rotates, and that of the role of the API. */
export class Database extends Construct {
  readonly instance: rds.DatabaseInstance;
  readonly ownerSecret: secretsmanager.ISecret;
  readonly apiSecret: secretsmanager.Secret;
  private readonly proxy?: rds.DatabaseProxy;

  constructor(scope: Construct, id: string, network: Network, withProxy: boolean) {
    super(scope, id);
    this.instance = this.createInstance(network);
    this.ownerSecret = ownerSecretOf(this.instance);
    this.apiSecret = this.createApiSecret();
    if (withProxy) this.proxy = this.createProxy(network);
  }

  /** The password comes from PGPASSWORD: a task reads it from the secret when it starts. */
  urlFor(role: string): string {
    return `postgres://${role}@${this.instance.dbInstanceEndpointAddress}:${POSTGRES_PORT}/${DATABASE}?${RDS_TLS}`;
  }

  /** The URLs of the API: a proxy does not carry LISTEN. */
  apiUrls(): Record<string, string> {
    const direct = this.urlFor(API_ROLE);
    if (!this.proxy) return { DATABASE_URL: direct };
    const pooled = `postgres://${API_ROLE}@${this.proxy.endpoint}:${POSTGRES_PORT}/${DATABASE}?${PROXY_TLS}`;
    return { DATABASE_URL: pooled, DATABASE_LISTEN_URL: direct };
  }

  private createInstance({ vpc, database }: Network): rds.DatabaseInstance {
    const engine = rds.DatabaseInstanceEngine.postgres({ version: rds.PostgresEngineVersion.VER_17 });
    const instance = new rds.DatabaseInstance(this, 'Instance', {
      engine,
      instanceIdentifier: IDENTIFIER,
      // The smallest with the 4 GB of database/postgresql.conf; docs/capacity.md says what more people need.
      instanceType: ec2.InstanceType.of(ec2.InstanceClass.T4G, ec2.InstanceSize.MEDIUM),
      multiAz: true,
      vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      securityGroups: [database],
      databaseName: DATABASE,
      credentials: rds.Credentials.fromUsername(OWNER),
      manageMasterUserPassword: true,
      parameterGroup: new rds.ParameterGroup(this, 'Parameters', { engine, parameters: { ...PARAMETERS, ...LIMITS } }),
      storageEncrypted: true,
      storageType: rds.StorageType.GP3,
      allocatedStorage: 100,
      maxAllocatedStorage: 1000,
      backupRetention: Duration.days(14),
      deleteAutomatedBackups: false,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.SNAPSHOT,
      enablePerformanceInsights: true,
      autoMinorVersionUpgrade: true,
      cloudwatchLogsExports: ['postgresql'],
    });
    // RDS would create it without a retention. Deleted with the stack: a new one could not create the same name.
    const logGroup = new logs.LogGroup(this, 'Logs', {
      logGroupName: `/aws/rds/instance/${IDENTIFIER}/postgresql`,
      retention: logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    instance.node.addDependency(logGroup);
    Validations.of(instance).acknowledge({
      id: 'AwsSolutions-RDS11',
      reason: 'Only the tasks reach the port, by security group; another number would hide nothing.',
    });
    return instance;
  }

  private createApiSecret(): secretsmanager.Secret {
    const secret = new secretsmanager.Secret(this, 'ApiSecret', {
      description: `Role ${API_ROLE}; the migration task gives it this password`,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ username: API_ROLE }),
        generateStringKey: 'password',
        passwordLength: 40,
        excludePunctuation: true,
      },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'Running tasks hold the password, so a rotation needs a rollout: docs/deployment-aws.md has the three commands.',
    });
    return secret;
  }

  private createProxy({ vpc, database }: Network): rds.DatabaseProxy {
    return this.instance.addProxy('Proxy', {
      vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
      securityGroups: [database],
      secrets: [this.apiSecret],
      requireTLS: true,
      clientPasswordAuthType: rds.ClientPasswordAuthType.POSTGRES_SCRAM_SHA_256,
    });
  }
}

function ownerSecretOf({ secret }: rds.DatabaseInstance): secretsmanager.ISecret {
  if (!secret) throw new Error('RDS does not manage the password of the owner');
  return secret;
}
