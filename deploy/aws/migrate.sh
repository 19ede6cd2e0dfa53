#!/usr/bin/env bash
# Runs the task of the stack LockinMigration once: prints what it printed, and ends with its exit code.
set -euo pipefail

output() {
  aws cloudformation describe-stacks --stack-name LockinMigration --output text \
    --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue"
}
cluster=$(output ClusterName)
network="subnets=[$(output Subnets)],securityGroups=[$(output SecurityGroup)],assignPublicIp=DISABLED"

read -r task failure < <(aws ecs run-task --cluster "$cluster" --task-definition "$(output TaskDefinition)" \
  --launch-type FARGATE --network-configuration "awsvpcConfiguration={$network}" --output text \
  --query '[tasks[0].taskArn, failures[0].reason]')
if [[ ${task:-None} == None ]]; then
  echo "The task could not be started: ${failure:-see above}" >&2
  exit 1
fi
echo "Waiting for $task"
# One wait gives up after ten minutes.
for _ in {1..36}; do
  aws ecs wait tasks-stopped --cluster "$cluster" --tasks "$task" && break
done

ended() {
  aws ecs describe-tasks --cluster "$cluster" --tasks "$task" --output text --query "tasks[0].$1"
}
code=$(ended 'containers[0].exitCode')
if [[ $code == None ]]; then
  echo "The task did not start: $(ended stoppedReason)" >&2
  exit 1
fi
aws logs get-log-events --log-group-name "$(output LogGroup)" --log-stream-name "migration/migration/${task##*/}" \
  --start-from-head --output text --query 'events[].[message]'
exit "$code"
