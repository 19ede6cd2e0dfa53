import { Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export const API_PORT = 3000;
export const POSTGRES_PORT = 5432;

/** Two availability zones, and the allowed connections: the internet, the load balancer, the tasks, the database. */
export class Network extends Construct {
  readonly vpc: ec2.Vpc;
  readonly balancer: ec2.SecurityGroup;
  readonly tasks: ec2.SecurityGroup;
  readonly database: ec2.SecurityGroup;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.vpc = this.createVpc();
    this.balancer = this.createGroup('Balancer', 'The load balancer of the API', false);
    // Tasks reach Cognito, S3, ECR, Secrets Manager and CloudWatch Logs.
    this.tasks = this.createGroup('Tasks', 'The tasks of the API and of the migration', true);
    this.database = this.createGroup('Database', 'PostgreSQL, and RDS Proxy in front of it', false);

    for (const [port, what] of [
      [443, 'HTTPS'],
      [80, 'HTTP, which is redirected'],
    ] as const)
      this.balancer.addIngressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(port), what);
    this.balancer.connections.allowTo(this.tasks, ec2.Port.tcp(API_PORT), 'Load balancer to target');
    this.database.connections.allowFrom(this.tasks, ec2.Port.tcp(POSTGRES_PORT), 'PostgreSQL');
    Validations.of(this.balancer).acknowledge({
      id: 'AwsSolutions-EC23',
      reason: 'The API is public: anybody may reach its load balancer at ports 80 and 443.',
    });
  }

  private createVpc(): ec2.Vpc {
    const vpc = new ec2.Vpc(this, 'Vpc', {
      maxAzs: 2,
      natGateways: 2,
      // Nothing uses that group, and restricting it takes a Lambda function.
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [
        { name: 'balancer', subnetType: ec2.SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
        { name: 'tasks', subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 22 },
        { name: 'database', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
      ],
      gatewayEndpoints: { S3: { service: ec2.GatewayVpcEndpointAwsService.S3 } },
    });
    const logGroup = new logs.LogGroup(this, 'FlowLogs', { retention: logs.RetentionDays.ONE_MONTH });
    vpc.addFlowLog('FlowLog', {
      destination: ec2.FlowLogDestination.toCloudWatchLogs(logGroup),
      trafficType: ec2.FlowLogTrafficType.REJECT,
    });
    return vpc;
  }

  private createGroup(id: string, description: string, allowAllOutbound: boolean): ec2.SecurityGroup {
    return new ec2.SecurityGroup(this, id, { vpc: this.vpc, description, allowAllOutbound });
  }
}
