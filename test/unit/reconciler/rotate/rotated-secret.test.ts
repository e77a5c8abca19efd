import type { Roster } from "../../../../core/roster/roster";
import { rotatedSecret } from "../../../../lambdas/reconciler/rotate/rotated-secret";
import type { Call } from "../../../../lambdas/reconciler/services/services";
import type { MySqlServer } from "../../../../local/mysql/start-mysql";
import { registryEntry } from "../../../support/registry";

const server = { host: "h", port: 3306 } as unknown as MySqlServer;
const entry = registryEntry(server, { secretPath: "aurora-users/orders", resourceId: "cluster-A" });
const roster: Roster = {
  roles: {},
  accounts: { sl_sync: { kind: "service", user: "sync", login: "password", databases: {} } },
};
const asked = (head: object) => {
  const state = { head, applied: { roster }, target: { roster } };
  const services = {
    registry: { has: async () => true, entry: async () => entry },
    ledger: { state: async () => state },
  };
  const request = {
    Step: "setSecret" as const,
    SecretId: "aurora-users/orders/sl_sync",
    ClientRequestToken: "t",
  };
  return rotatedSecret(request, { services } as unknown as Call);
};

describe("a secret that is to be rotated", () => {
  it("is that of an account of the cluster that the ledger knows", async () => {
    expect(await asked({})).toMatchObject({ user: "sl_sync" });
    expect(await asked({ resourceId: "cluster-A" })).toMatchObject({ user: "sl_sync" });
  });

  it("is refused on another cluster of the name, and on one that was let go", async () => {
    await expect(asked({ resourceId: "cluster-B" })).rejects.toThrow(
      /is not rotated: orders is cluster-A now, and what the ledger has was applied to cluster-B/,
    );
    await expect(asked({ released: "2027-01-01T00:00:00Z" })).rejects.toThrow(
      /orders is not managed any more/,
    );
  });
});
