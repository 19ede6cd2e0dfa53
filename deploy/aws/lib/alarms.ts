import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as ecs from 'aws-cdk-lib/aws-ecs';
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as rds from 'aws-cdk-lib/aws-rds';
import * as sns from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { MAX_CONNECTIONS } from './database.ts';

interface Watched {
  readonly email: string;
  readonly tasks: number;
  readonly balancer: elb.ApplicationLoadBalancer;
  readonly targetGroup: elb.ApplicationTargetGroup;
  readonly service: ecs.FargateService;
  readonly logGroup: logs.LogGroup;
  readonly database: rds.DatabaseInstance;
}

interface Condition {
  readonly description: string;
  readonly metric: cloudwatch.IMetric;
  readonly below?: number;
  readonly above?: number;
  /** Minutes in a row. */
  readonly minutes: number;
  /** Where no value is a bad sign. */
  readonly missingIsBad?: boolean;
}

const MINUTE = { period: Duration.minutes(1) };
const GIB = 1024 ** 3;

/** The `level` of an error in the API's log, and of what is worse. */
const ERROR_LEVEL = 50;

/** Each sends an e-mail when it begins and when it is over. */
export function createAlarms(scope: Construct, watched: Watched): void {
  const topic = new sns.Topic(scope, 'AlarmTopic', { enforceSSL: true });
  // The policy of `enforceSSL` replaces the default one, which lets CloudWatch publish.
  topic.grantPublish(new ServicePrincipal('cloudwatch.amazonaws.com'));
  topic.addSubscription(new EmailSubscription(watched.email));
  const action = new SnsAction(topic);
  for (const [id, condition] of Object.entries({
    ...ofService(watched),
    ...ofLog(scope, watched),
    ...ofDatabase(watched),
  })) {
    const alarm = createAlarm(scope, id, condition);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
  }
}

function ofService({ balancer, targetGroup, service, tasks }: Watched): Record<string, Condition> {
  return {
    BalancerErrors: {
      description: 'The load balancer itself answers 5xx: no task takes requests',
      metric: balancer.metrics.httpCodeElb(elb.HttpCodeElb.ELB_5XX_COUNT, MINUTE),
      above: 5,
      minutes: 3,
    },
    ApiErrors: {
      description: 'The API answers 5xx: its log says why',
      metric: targetGroup.metrics.httpCodeTarget(elb.HttpCodeTarget.TARGET_5XX_COUNT, MINUTE),
      above: 5,
      minutes: 3,
    },
    SlowAnswers: {
      description: 'One answer of a hundred takes longer than a second; streams count until they begin',
      metric: targetGroup.metrics.targetResponseTime({ ...MINUTE, statistic: 'p99' }),
      above: 1,
      minutes: 10,
    },
    UnhealthyTasks: {
      description: 'A task is not ready: /health/ready says why',
      metric: targetGroup.metrics.unhealthyHostCount({ ...MINUTE, statistic: 'Maximum' }),
      above: 0,
      // The load balancer itself waits 150 s.
      minutes: 1,
    },
    MissingTasks: {
      description: 'Fewer tasks run than should',
      metric: runningTasks(service),
      below: tasks,
      minutes: 5,
      missingIsBad: true,
    },
  };
}

/** An outage has one line when it begins, also where no request notices it: jobs, the listener, the clock. */
function ofLog(scope: Construct, { logGroup }: Watched): Record<string, Condition> {
  const errors = new logs.MetricFilter(scope, 'ErrorLines', {
    logGroup,
    filterPattern: logs.FilterPattern.numberValue('$.level', '>=', ERROR_LEVEL),
    metricNamespace: 'LockIN',
    metricName: 'ErrorLines',
  });
  return {
    ErrorsInLog: {
      description: 'The API logs an error: the line says what fails',
      metric: errors.metric({ ...MINUTE, statistic: 'Sum' }),
      above: 0,
      minutes: 1,
    },
  };
}

function runningTasks({ cluster, serviceName }: ecs.FargateService): cloudwatch.Metric {
  return new cloudwatch.Metric({
    ...MINUTE,
    namespace: 'ECS/ContainerInsights',
    metricName: 'RunningTaskCount',
    dimensionsMap: { ClusterName: cluster.clusterName, ServiceName: serviceName },
    statistic: 'Minimum',
  });
}

function ofDatabase({ database }: Watched): Record<string, Condition> {
  return {
    DatabaseCpu: {
      description: 'PostgreSQL is short of CPU: docs/capacity.md says what to do',
      metric: database.metricCPUUtilization(MINUTE),
      above: 80,
      minutes: 15,
      missingIsBad: true,
    },
    DatabaseStorage: {
      description: 'PostgreSQL is short of storage, which has not grown by itself',
      metric: database.metricFreeStorageSpace({ ...MINUTE, statistic: 'Minimum' }),
      below: 8 * GIB,
      minutes: 15,
    },
    DatabaseConnections: {
      description: 'Most connections of PostgreSQL are in use',
      metric: database.metricDatabaseConnections({ ...MINUTE, statistic: 'Maximum' }),
      above: MAX_CONNECTIONS * 0.8,
      minutes: 5,
    },
  };
}

function createAlarm(scope: Construct, id: string, condition: Condition): cloudwatch.Alarm {
  const { description, metric, below, above, minutes, missingIsBad } = condition;
  const { LESS_THAN_THRESHOLD, GREATER_THAN_THRESHOLD } = cloudwatch.ComparisonOperator;
  const { BREACHING, NOT_BREACHING } = cloudwatch.TreatMissingData;
  return new cloudwatch.Alarm(scope, id, {
    alarmDescription: description,
    metric,
    threshold: below ?? above ?? 0,
    comparisonOperator: below === undefined ? GREATER_THAN_THRESHOLD : LESS_THAN_THRESHOLD,
    evaluationPeriods: minutes,
    treatMissingData: missingIsBad ? BREACHING : NOT_BREACHING,
  });
}
