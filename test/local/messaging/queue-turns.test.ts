import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import { QueueFixture } from "./queue-fixture";

jest.setTimeout(60_000);

let fixture: QueueFixture;
beforeAll(async () => {
  fixture = await QueueFixture.start();
}, 120_000);
afterAll(() => fixture?.stop());

test("messages that many requests send and delete at once are neither lost nor brought back", async () => {
  await fixture.createQueue("busy", { VisibilityTimeout: "600" });
  const QueueUrl = fixture.url("busy");
  const send = (name: string) => fixture.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: name }));
  const receive = async () => {
    const input = { QueueUrl, MaxNumberOfMessages: 10 };
    return (await fixture.sqs.send(new ReceiveMessageCommand(input))).Messages ?? [];
  };
  const held = async () => {
    const names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] as const;
    const input = { QueueUrl, AttributeNames: [...names] };
    const { Attributes } = await fixture.sqs.send(new GetQueueAttributesCommand(input));
    return names.map(name => Number(Attributes?.[name]));
  };
  for (let round = 0; round < 3; round++) {
    await Promise.all(Array.from({ length: 100 }, (_, i) => send(`first ${i}`)));
    expect(await held()).toEqual([100, 0]);
    const received = (await Promise.all(Array.from({ length: 10 }, receive))).flat();
    expect(new Set(received.map(({ Body }) => Body)).size).toBe(received.length);
    await Promise.all(
      received.flatMap(({ ReceiptHandle }, i) => [
        fixture.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })),
        ...(i % 4 === 0 ? [send(`second ${i}`)] : []),
      ]),
    );
    expect(await held()).toEqual([25, 0]);
    for (const { ReceiptHandle } of [...(await receive()), ...(await receive()), ...(await receive())])
      await fixture.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    expect(await held()).toEqual([0, 0]);
  }
  // About 500 requests, one after the other: minutes on a machine that does other work.
}, 300_000);
