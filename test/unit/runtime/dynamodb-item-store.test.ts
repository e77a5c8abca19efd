import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDbItemStore } from "../../../lambdas/runtime/dynamodb-item-store";

const cancelled = (...codes: readonly string[]) =>
  Object.assign(new Error("cancelled"), {
    name: "TransactionCanceledException",
    CancellationReasons: codes.map(Code => ({ Code })),
  });
const put = (sk: string) => ({ table: "ledger", item: { pk: "orders", sk } });

/** Writes two items in a transaction that fails with each error in turn, and then succeeds. */
async function write(...errors: readonly Error[]) {
  const pauses: number[] = [];
  let calls = 0;
  const client = {
    send: async () => {
      const error = errors[calls++];
      if (error) throw error;
      return {};
    },
  } as unknown as DynamoDBClient;
  const store = new DynamoDbItemStore(client, undefined, async ms => void pauses.push(ms));
  const outcome = await store.put(put("a"), put("b")).catch((error: Error) => error.name);
  return { outcome, calls, pauses };
}

describe("a transaction of DynamoDB", () => {
  test.each([
    [["None", "ThrottlingError"]],
    [["ProvisionedThroughputExceeded", "None"]],
    [["TransactionConflict", "ThrottlingError"]],
    [["RequestLimitExceeded", "RequestLimitExceeded"]],
  ])("that is cancelled for %j is tried again", async codes => {
    expect(await write(cancelled(...codes), cancelled(...codes))).toMatchObject({ outcome: true, calls: 3 });
  });

  it("waits longer each time, and gives up in the end", async () => {
    const { calls, outcome, pauses } = await write(
      ...Array.from({ length: 10 }, () => cancelled("ThrottlingError", "None")),
    );
    expect({ calls, outcome }).toEqual({ calls: 6, outcome: "TransactionCanceledException" });
    expect(pauses).toHaveLength(5);
    for (const [index, ms] of pauses.entries()) expect(ms).toBeGreaterThanOrEqual(2 ** (index + 1) * 50);
  });

  test.each([
    [["ConditionalCheckFailed", "None"]],
    [["ConditionalCheckFailed", "ThrottlingError"]],
    [["TransactionConflict", "None"]],
    [["ConditionalCheckFailed", "TransactionConflict"]],
  ])("that is cancelled for %j is a conflict, and is not tried again", async codes => {
    expect(await write(cancelled(...codes))).toEqual({ outcome: false, calls: 1, pauses: [] });
  });

  test.each([[["ValidationError", "None"]], [["ItemCollectionSizeLimitExceeded", "ThrottlingError"]], [[]]])(
    "that is cancelled for %j fails",
    async codes => {
      expect(await write(cancelled(...codes))).toMatchObject({
        outcome: "TransactionCanceledException",
        calls: 1,
      });
    },
  );
});
