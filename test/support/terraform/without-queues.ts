type Json = { [key: string]: Json } | Json[] | string | number | boolean | null;

const TYPES = ["aws_sqs_queue", "aws_lambda_event_source_mapping", "aws_lambda_function_event_invoke_config"];

/**
 * A stack's configuration without its queues and the resources that need them. The provider watches each
 * queue for 25 s after it made it, and longer after it deleted it. Most scenarios send nothing through a
 * queue. `after-apply.test.ts`, the demo and the test of cdktf-cli deploy the queues.
 */
export function withoutQueues(configuration: string): string {
  const whole = JSON.parse(configuration) as { resource?: Record<string, Json> };
  for (const type of TYPES) delete whole.resource?.[type];
  return JSON.stringify(clean(whole as unknown as Json), null, 2);
}

function clean(value: Json): Json {
  if (Array.isArray(value))
    return value
      .filter(item => !(typeof item === "string" && TYPES.some(type => item.startsWith(`${type}.`))))
      .map(clean);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, clean(item)]));
}
