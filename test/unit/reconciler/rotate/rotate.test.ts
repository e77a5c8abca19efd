import type { Roster } from "../../../../core/roster/roster";
import { rotate } from "../../../../lambdas/reconciler/rotate/rotate";
import type { RotationRequest } from "../../../../lambdas/reconciler/rotate/rotated-secret";
import { CredentialsError } from "../../../../lambdas/reconciler/runtime/errors";
import type { Call } from "../../../../lambdas/reconciler/services/services";
import { silentLog } from "../../../../lambdas/runtime/log";
import type { MySqlServer } from "../../../../local/mysql/start-mysql";
import { registryEntry } from "../../../support/registry";

const server = { host: "h", port: 3306 } as unknown as MySqlServer;
const entry = registryEntry(server, { secretPath: "aurora-users/orders" });
const roster: Roster = {
  roles: {},
  accounts: { sl_sync: { kind: "service", user: "sync", login: "password", databases: {} } },
};
const text = (password: string) =>
  JSON.stringify({ engine: "mysql", host: "h", port: 3306, username: "sl_sync", password });

const opened = { server: "a-1", close: async () => {} };

/** One step, with the passwords of a secret's versions. */
function stepped(Step: RotationRequest["Step"], stages: { current: string; pending?: string }) {
  const services = {
    log: silentLog,
    now: () => new Date("2027-01-01T00:00:00Z"),
    outbox: { hold: async () => {}, send: async () => ({ waiting: 0, unproven: 0 }) },
    registry: { has: async () => true, entry: async () => entry },
    ledger: { state: async () => ({ head: {}, applied: { roster }, target: { roster } }) },
    secretVersions: {
      stages: async () => new Map(),
      read: async (_: string, stage: string) => {
        const password = stage === "AWSCURRENT" ? stages.current : stages.pending;
        return password === undefined ? undefined : { id: "v", text: text(password) };
      },
      write: async () => {
        throw Object.assign(new Error("exists"), { name: "ResourceExistsException" });
      },
    },
    logInAs: async (_: unknown, { password }: { password: string }) => {
      if (password !== stages.current) throw new CredentialsError("denied");
      return opened;
    },
    connect: async () => opened,
  };
  const call = { services, deadline: { left: () => 60_000 } } as unknown as Call;
  const request = { Step, SecretId: "aurora-users/orders/sl_sync", ClientRequestToken: "token-1" };
  return rotate(request, call);
}

describe("the step testSecret", () => {
  it("succeeds in Secrets Manager's own test, whose version may equal the current one", async () => {
    await stepped("testSecret", { current: "the-same-one", pending: "the-same-one" });
  });

  it("fails if the account does not log in by it, or there is none", async () => {
    await expect(stepped("testSecret", { current: "current-one", pending: "another-one" })).rejects.toThrow(
      /does not log in by the password of the version AWSPENDING/,
    );
    await expect(stepped("testSecret", { current: "current-one" })).rejects.toThrow(/AWSPENDING .* holds no/);
  });
});

describe("the step createSecret", () => {
  it("names the remedy if the version exists with another text", async () => {
    await expect(
      stepped("createSecret", { current: "the-same-one", pending: "the-same-one" }),
    ).rejects.toThrow(/the version token-1 .* exists with another text.* Remove the label AWSPENDING/);
  });
});
