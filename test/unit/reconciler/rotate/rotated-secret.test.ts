import type { AccessEvent } from "../../../../core/events/events";
import type { Roster } from "../../../../core/roster/roster";
import { rotate } from "../../../../lambdas/reconciler/rotate/rotate";
import type { Call } from "../../../../lambdas/reconciler/services/services";
import { silentLog } from "../../../../lambdas/runtime/log";
import type { MySqlServer } from "../../../../local/mysql/start-mysql";
import { registryEntry } from "../../../support/registry";

const server = { host: "h", port: 3306 } as unknown as MySqlServer;
const entry = registryEntry(server, { secretPath: "aurora-users/orders", resourceId: "cluster-A" });
const roster: Roster = {
  roles: {},
  accounts: { sl_sync: { kind: "service", user: "sync", login: "password", databases: {} } },
};
/** What a step finds. @param declared whether the new and the applied roster declare the account */
const asked = (head: object, declared: readonly [boolean, boolean] = [true, true]) => {
  const [target, applied] = declared.map(isIt => ({ roster: isIt ? roster : { roles: {}, accounts: {} } }));
  const sent: AccessEvent[] = [];
  const services = {
    log: silentLog,
    now: () => new Date("2027-01-01T00:00:00Z"),
    outbox: {
      hold: async (_cluster: string, _run: string, events: AccessEvent[]) => void sent.push(...events),
      send: async () => ({ waiting: 0, unproven: 0 }),
    },
    registry: { has: async () => true, entry: async () => entry },
    ledger: { state: async () => ({ head, applied, target }) },
    secretVersions: { stages: async () => new Map([["t", ["AWSCURRENT"]]]) },
  };
  const request = {
    Step: "setSecret" as const,
    SecretId: "aurora-users/orders/sl_sync",
    ClientRequestToken: "t",
  };
  return { sent, rotated: rotate(request, { services } as unknown as Call) };
};

describe("a secret that is to be rotated", () => {
  it.each([{}, { resourceId: "cluster-A" }])(
    "is that of an account that the ledger knows: %j",
    async head => {
      const { rotated, sent } = asked(head);
      await rotated;
      expect(sent).toEqual([]);
    },
  );

  it.each<[RegExp, object, readonly [boolean, boolean]]>([
    [/orders is cluster-A now, .* applied to cluster-B/, { resourceId: "cluster-B" }, [true, true]],
    [/orders is not managed any more/, { released: "2027-01-01T00:00:00Z" }, [true, true]],
    [/or an apply of orders is not done/, {}, [true, false]],
    [/or an apply of orders is not done/, {}, [false, true]],
  ])("is refused, and an event says so: %s", async (why, head, declared) => {
    const { rotated, sent } = asked(head, declared);
    await expect(rotated).rejects.toThrow(why);
    expect(sent).toEqual([
      {
        type: "password.rotation-failed",
        detail: expect.objectContaining({
          account: "sl_sync",
          step: "setSecret",
          message: expect.stringMatching(why),
        }),
      },
    ]);
  });

  it("is refused without an event if the account has no password by either roster", async () => {
    const { rotated, sent } = asked({}, [false, false]);
    await expect(rotated).rejects.toThrow(/sl_sync is not declared as an account with a password/);
    expect(sent).toEqual([]);
  });
});
