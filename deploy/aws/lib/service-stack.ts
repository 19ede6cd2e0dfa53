import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { createAlarms } from './alarms.ts';
import type { BaseStack } from './base-stack.ts';
import { createLogGroup, imageOf, logDriver, taskDefinition } from './task.ts';
import { API_PORT } from './network.ts';
import type { Settings } from './settings.ts';

const TASKS = 2;

/** One process of Node uses one core, and a second one a little for garbage collection and TLS. */
const CPU = 1024;
const MEMORY_MIB = 2048;

/** The API behind its load balancer, and the alarms. */
export class ServiceStack extends Stack {
  private readonly base: BaseStack;
  private readonly settings: Settings;
  private readonly logGroup: logs.LogGroup;

  constructor(scope: Construct, id: string, base: BaseStack, settings: Settings, props: StackProps) {
    super(scope, id, props);
    this.base = base;
    this.settings = settings;
    this.logGroup = createLogGroup(this);
    const service = this.createService();
    const balancer = this.createBalancer();
    const targetGroup = this.createTargetGroup(service);
    this.listen(balancer, targetGroup);
    createAlarms(this, {
      email: settings.alarmEmail,
      tasks: TASKS,
      balancer,
      targetGroup,
      service,
      logGroup: this.logGroup,
      database: base.database.instance,
    });
    new CfnOutput(this, 'BalancerHostName', { value: balancer.loadBalancerDnsName });
    new CfnOutput(this, 'ClusterName', { value: base.cluster.clusterName });
    new CfnOutput(this, 'ServiceName', { value: service.serviceName });
  }

  private createService(): ecs.FargateService {
    const { cluster, network } = this.base;
    return new ecs.FargateService(this, 'Service', {
      cluster,
      taskDefinition: this.createTask(),
      desiredCount: TASKS,
      securityGroups: [network.tasks],
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { rollback: true },
      // A start waits up to 60 s for the database.
      healthCheckGracePeriod: Duration.seconds(120),
    });
  }

  private createTask(): ecs.FargateTaskDefinition {
    const { avatars, database, images } = this.base;
    const task = taskDefinition(this, CPU, MEMORY_MIB);
    task.taskRole.addManagedPolicy(avatars.access);
    task.addContainer('api', {
      readonlyRootFilesystem: true,
      image: imageOf(this, images),
      portMappings: [{ containerPort: API_PORT }],
      environment: this.variables(),
      secrets: { PGPASSWORD: ecs.Secret.fromSecretsManager(database.apiSecret, 'password') },
      // ECS does not read the image's own.
      healthCheck: {
        command: ['CMD', 'node', '-e', LIVE],
        interval: Duration.seconds(15),
        timeout: Duration.seconds(5),
        startPeriod: Duration.seconds(90),
      },
      // DRAIN_SECONDS (5) and at most 9 s to close.
      stopTimeout: Duration.seconds(30),
      logging: logDriver(this.logGroup, 'api'),
    });
    return task;
  }

  /** Settings of the API: docs/configuration.md. */
  private variables(): Record<string, string> {
    const { avatars, database, signIn } = this.base;
    return {
      ...database.apiUrls(),
      MIGRATE_ON_START: 'false',
      COGNITO_ISSUER: signIn.issuer,
      COGNITO_CLIENT_IDS: signIn.clientId,
      COGNITO_DOMAIN: signIn.domain,
      S3_BUCKET: avatars.bucket.bucketName,
      S3_REGION: this.region,
      AVATAR_PUBLIC_BASE_URL: avatars.publicUrl,
      CORS_ORIGINS: this.settings.webOrigins.join(','),
      DOCS_ENABLED: 'true',
      // The load balancer, and nothing in front of it.
      TRUST_PROXY: '1',
    };
  }

  private createBalancer(): elb.ApplicationLoadBalancer {
    const { network, logBucket } = this.base;
    const balancer = new elb.ApplicationLoadBalancer(this, 'Balancer', {
      vpc: network.vpc,
      internetFacing: true,
      securityGroup: network.balancer,
      // Longer than the 15 s between two heartbeats of a stream, shorter than the 65 s for which the API keeps a
      // connection: a request on one that the API is closing would be a 502.
      idleTimeout: Duration.seconds(60),
      dropInvalidHeaderFields: true,
      deletionProtection: true,
    });
    balancer.logAccessLogs(logBucket, 'balancer');
    return balancer;
  }

  private createTargetGroup(service: ecs.FargateService): elb.ApplicationTargetGroup {
    return new elb.ApplicationTargetGroup(this, 'Targets', {
      vpc: this.base.network.vpc,
      protocol: elb.ApplicationProtocol.HTTP,
      port: API_PORT,
      targets: [service],
      // Streams stay open for long, so a count of requests would not spread them.
      loadBalancingAlgorithmType: elb.TargetGroupLoadBalancingAlgorithmType.LEAST_OUTSTANDING_REQUESTS,
      // A request takes up to 10 s; a stream is opened again elsewhere.
      deregistrationDelay: Duration.seconds(15),
      // ECS replaces unhealthy tasks, which would not help while the database is away: 150 s are longer than a failover.
      healthCheck: {
        path: '/health/ready',
        interval: Duration.seconds(15),
        timeout: Duration.seconds(10),
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 10,
      },
    });
  }

  private listen(balancer: elb.ApplicationLoadBalancer, targetGroup: elb.ApplicationTargetGroup): void {
    const certificate = acm.Certificate.fromCertificateArn(this, 'Certificate', this.settings.certificateArn);
    balancer.addListener('Https', {
      port: 443,
      open: false,
      certificates: [certificate],
      sslPolicy: elb.SslPolicy.RECOMMENDED_TLS,
      defaultTargetGroups: [targetGroup],
    });
    balancer.addRedirect({ open: false });
  }
}

const LIVE = `fetch('http://127.0.0.1:${API_PORT}/health/live').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))`;
