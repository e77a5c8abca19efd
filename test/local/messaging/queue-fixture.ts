import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";

import { CALLER_CREDENTIALS, type LocalAws, REGION, startAws } from "../../../local/aws/aws-endpoint";

export type Mapping = { UUID: string; State: string; FunctionArn: string };
export type Batch = {
  Records: { body: string; eventSourceARN: string; attributes: Record<string, string> }[];
};

export const arn = (queue: string) => `arn:aws:sqs:eu-central-1:123456789012:${queue}`;

export const deadLetters = (queue: string, maxReceiveCount: number) => ({
  RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn(queue), maxReceiveCount }),
});

/** AWS on this machine, with queues that deliver their messages to functions. */
export class QueueFixture {
  readonly options: { endpoint: string; region: string; credentials: typeof CALLER_CREDENTIALS };
  readonly sqs: SQSClient;

  static async start(): Promise<QueueFixture> {
    return new QueueFixture(await startAws());
  }

  private constructor(readonly aws: LocalAws) {
    this.options = { endpoint: aws.endpoint, region: REGION, credentials: CALLER_CREDENTIALS };
    this.sqs = new SQSClient(this.options);
  }

  async stop(): Promise<void> {
    this.sqs.destroy();
    await this.aws.stop();
  }

  url(queue: string): string {
    return `${this.aws.endpoint}/123456789012/${queue}`;
  }

  async createQueue(name: string, attributes: Record<string, string> = {}): Promise<void> {
    await this.sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
  }

  async send(queue: string, ...bodies: string[]): Promise<void> {
    for (const MessageBody of bodies)
      await this.sqs.send(new SendMessageCommand({ QueueUrl: this.url(queue), MessageBody }));
  }

  /** Messages in a queue, visible or in flight. */
  async held(queue: string): Promise<number> {
    const AttributeNames = [
      "ApproximateNumberOfMessages" as const,
      "ApproximateNumberOfMessagesNotVisible" as const,
    ];
    const { Attributes = {} } = await this.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: this.url(queue), AttributeNames }),
    );
    return Object.values(Attributes).reduce((sum, value) => sum + Number(value), 0);
  }

  /** Calls Lambda's API of event source mappings as Terraform's provider does. */
  async mappings(method: string, path: string, body?: object): Promise<{ status: number; body: Mapping }> {
    const authorization =
      "AWS4-HMAC-SHA256 Credential=any/20200101/eu-central-1/lambda/aws4_request, SignedHeaders=host, Signature=none";
    const response = await fetch(`${this.aws.endpoint}/2015-03-31/event-source-mappings/${path}`, {
      method,
      headers: { authorization, "content-type": "application/json" },
      body: body ? JSON.stringify(body) : null,
    });
    return { status: response.status, body: (await response.json()) as Mapping };
  }

  async map(queue: string, functionName: string, more: object = {}): Promise<Mapping> {
    const input = { EventSourceArn: arn(queue), FunctionName: functionName, ...more };
    const { status, body } = await this.mappings("POST", "", input);
    if (status !== 202 || body.State !== "Enabled") throw new Error(`${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** The records that the functions got, oldest first. */
  get records(): Batch["Records"] {
    return this.aws.invocations.flatMap(call => (call.payload as Batch).Records);
  }

  get bodies(): string[] {
    return this.records.map(record => record.body);
  }
}
