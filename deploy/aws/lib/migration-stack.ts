import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import type { BaseStack } from './base-stack.ts';
import { OWNER } from './database.ts';
import { createLogGroup, imageOf, logDriver, taskDefinition } from './task.ts';

/** The task that migrates the database as its owner; migrate.sh runs it before a rollout. */
export class MigrationStack extends Stack {
  constructor(scope: Construct, id: string, base: BaseStack, props: StackProps) {
    super(scope, id, props);
    const { database, network, cluster } = base;
    const logGroup = createLogGroup(this);
    const task = taskDefinition(this, 512, 1024);
    task.addContainer('migration', {
      readonlyRootFilesystem: true,
      image: imageOf(this, base.images),
      command: ['sh', '-c', 'node dist/src/migrate.js && node dist/src/db-roles.js'],
      environment: { DATABASE_URL: database.urlFor(OWNER) },
      secrets: {
        PGPASSWORD: ecs.Secret.fromSecretsManager(database.ownerSecret, 'password'),
        LOCKIN_API_PASSWORD: ecs.Secret.fromSecretsManager(database.apiSecret, 'password'),
      },
      logging: logDriver(logGroup, 'migration'),
    });
    new CfnOutput(this, 'ClusterName', { value: cluster.clusterName });
    new CfnOutput(this, 'TaskDefinition', { value: task.taskDefinitionArn });
    new CfnOutput(this, 'LogGroup', { value: logGroup.logGroupName });
    new CfnOutput(this, 'Subnets', { value: network.vpc.privateSubnets.map(({ subnetId }) => subnetId).join(',') });
    new CfnOutput(this, 'SecurityGroup', { value: network.tasks.securityGroupId });
  }
}
