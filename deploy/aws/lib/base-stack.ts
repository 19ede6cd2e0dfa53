import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { Avatars } from './avatars.ts';
import { Database } from './database.ts';
import { createLogBucket } from './log-bucket.ts';
import { Network } from './network.ts';
import type { Settings } from './settings.ts';
import { SignIn } from './sign-in.ts';

/** What outlives a release: network, database, sign-in, avatars and the images. */
export class BaseStack extends Stack {
  readonly network: Network;
  readonly database: Database;
  readonly signIn: SignIn;
  readonly avatars: Avatars;
  readonly logBucket: s3.Bucket;
  readonly images: ecr.Repository;
  readonly cluster: ecs.Cluster;

  constructor(scope: Construct, id: string, settings: Settings, props: StackProps) {
    super(scope, id, props);
    this.logBucket = createLogBucket(this, 'LogBucket');
    this.network = new Network(this, 'Network');
    this.database = new Database(this, 'Database', this.network, settings.rdsProxy);
    this.signIn = new SignIn(this, 'SignIn', settings);
    this.avatars = new Avatars(this, 'Avatars', settings.webOrigins, this.logBucket);
    this.images = new ecr.Repository(this, 'Images', {
      imageTagMutability: ecr.TagMutability.IMMUTABLE,
      imageScanOnPush: true,
      lifecycleRules: [{ maxImageCount: 50 }],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.cluster = new ecs.Cluster(this, 'Cluster', {
      vpc: this.network.vpc,
      containerInsightsV2: ecs.ContainerInsights.ENABLED,
    });
    new CfnOutput(this, 'ImageRepository', { value: this.images.repositoryUri });
    new CfnOutput(this, 'UserPoolId', { value: this.signIn.userPool.userPoolId });
    new CfnOutput(this, 'ClientId', { value: this.signIn.clientId });
    new CfnOutput(this, 'SignInDomain', { value: this.signIn.domain });
    new CfnOutput(this, 'ApiSecret', { value: this.database.apiSecret.secretArn });
  }
}
