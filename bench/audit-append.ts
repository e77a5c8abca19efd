import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { AccessDeniedRetry } from "../lambdas/reconciler/aws/access-denied-retry";
import { AuditTrail } from "../lambdas/reconciler/store/audit-trail";
import { DynamoDbItemStore } from "../lambdas/runtime/dynamodb-item-store";
import { startAws } from "../local/aws/aws-endpoint";
import { createTable } from "../test/support/create-table";
import { against, measured, type Part } from "./figure";
import { takeTurns } from "./measure";

const ROUNDS = 15;
/** A small number, because moto copies the whole table for each transaction. DynamoDB does not. */
const ITEMS = 20;
/**
 * An append is a conditional transaction of two items, compared with one put. The first append of a container
 * adds a strongly consistent read.
 */
const AIM = 4;

/**
 * The time to append an item to the audit trail, compared with the time to put the same item without a chain.
 */
export const auditAppend: Part = async say => {
  const aws = await startAws();
  const credentials = { accessKeyId: "bench", secretAccessKey: "bench" };
  const client = new DynamoDBClient({ endpoint: aws.endpoint, region: aws.region, credentials });
  try {
    const store = new DynamoDbItemStore(client, new AccessDeniedRetry());
    let table = "";
    let tables = 0;
    const fresh = async () => {
      table = `audit-${++tables}`;
      await createTable(client, table);
    };
    const each = async (write: (n: number) => Promise<unknown>) => {
      for (let n = 0; n < ITEMS; n++) await write(n);
    };
    const bare = () =>
      each(n =>
        store.put({ table, item: { pk: "orders", sk: String(n), hash: "0".repeat(64), ...entry(n) } }),
      );
    const warm = () => {
      const trail = new AuditTrail(store, table);
      return each(n => trail.append(entry(n)));
    };
    const cold = () => each(n => new AuditTrail(store, table).append(entry(n)));

    say(`${ROUNDS} times ${ITEMS} items`);
    const times = await takeTurns(
      {
        warm: { prepare: fresh, run: warm },
        cold: { prepare: fresh, run: cold },
        bare: { prepare: fresh, run: bare },
      },
      { runs: ROUNDS, warmUps: 2 },
    );
    const perItem = (all: readonly number[]) => all.map(ms => ms / ITEMS);
    const put = perItem(times.bare);
    return [
      against(
        measured("an audit item, chained", "ms", perItem(times.warm)),
        "the same item, put bare",
        put,
        AIM,
      ),
      against(
        measured("the first one of a container", "ms", perItem(times.cold)),
        "the same item, put bare",
        put,
        AIM,
      ),
    ];
  } finally {
    client.destroy();
    await aws.stop();
  }
};

/** The intent of a run, the n-th item of the trail. */
function entry(n: number) {
  const accounts = [{ account: "sl_jane.doe", user: "jane.doe" }];
  const statements = [
    { sql: "GRANT SELECT ON `orders`.* TO 'sl_jane.doe'@'%'", why: "declared", cause: "grant", accounts },
  ];
  return {
    kind: "intent" as const,
    cluster: "orders",
    when: "2027-01-01T00:00:00.000Z",
    changeSet: `cs${n}`,
    statements,
  };
}
