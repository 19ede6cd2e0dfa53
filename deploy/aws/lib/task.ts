import { CfnParameter, Validations } from 'aws-cdk-lib';
import type * as ecr from 'aws-cdk-lib/aws-ecr';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** The image by its tag, which is a parameter: a deployment that does not name one keeps the one that runs. */
export function imageOf(scope: Construct, images: ecr.IRepository): ecs.ContainerImage {
  const tag = new CfnParameter(scope, 'ImageTag', { description: 'The tag of the image to run', minLength: 1 });
  return ecs.ContainerImage.fromEcrRepository(images, tag.valueAsString);
}

export function taskDefinition(scope: Construct, cpu: number, memoryLimitMiB: number): ecs.FargateTaskDefinition {
  const task = new ecs.FargateTaskDefinition(scope, 'Task', {
    cpu,
    memoryLimitMiB,
    runtimePlatform: {
      cpuArchitecture: ecs.CpuArchitecture.X86_64,
      operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
    },
  });
  Validations.of(task).acknowledge(
    { id: 'AwsSolutions-ECS2', reason: 'The variables hold addresses and names; passwords come from Secrets Manager.' },
    {
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'ecr:GetAuthorizationToken is granted for all of ECR or not at all.',
    },
  );
  return task;
}

export function createLogGroup(scope: Construct): logs.LogGroup {
  return new logs.LogGroup(scope, 'Logs', { retention: logs.RetentionDays.THREE_MONTHS });
}

/** Lines are dropped rather than waited for while CloudWatch Logs is away. */
export function logDriver(logGroup: logs.ILogGroup, streamPrefix: string): ecs.LogDriver {
  return ecs.LogDriver.awsLogs({ logGroup, streamPrefix, mode: ecs.AwsLogDriverMode.NON_BLOCKING });
}
