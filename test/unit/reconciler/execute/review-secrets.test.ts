import type { KnownPassword } from "../../../../core/mysql/password-login";
import type { Roster } from "../../../../core/roster/roster";
import { reviewSecrets } from "../../../../lambdas/reconciler/execute/review-secrets";
import { AccountSecrets } from "../../../../lambdas/reconciler/secrets/account-secrets";
import type { SecretVersions } from "../../../../lambdas/reconciler/secrets/secret-versions";
import type { Services } from "../../../../lambdas/reconciler/services/services";
import { silentLog } from "../../../../lambdas/runtime/log";
import type { MySqlServer } from "../../../../local/mysql/start-mysql";
import { registryEntry } from "../../../support/registry";

const KEY = "'sl_sync'@'%'";
const roster: Roster = {
  roles: {},
  accounts: {
    sl_jane: { kind: "person", user: "jane", databases: {} },
    sl_sync: { kind: "service", user: "sync", login: "password", databases: {} },
  },
};
const server = { host: "new-host", port: 3306 } as unknown as MySqlServer;
const entry = registryEntry(server, { secretPath: "aurora-users/orders" });
const text = (host: string) =>
  JSON.stringify({ engine: "mysql", host, port: 3306, username: "sl_sync", password: "long-enough" });

async function reviewed(current: string | Error | undefined, known: Partial<KnownPassword> | undefined = {}) {
  const log: unknown[] = [];
  const versions: SecretVersions = {
    read: async (secret, stage) => {
      if (current instanceof Error) throw current;
      expect([secret, stage]).toEqual(["aurora-users/orders/sl_sync", "AWSCURRENT"]);
      return current === undefined ? undefined : { id: "v1", text: current };
    },
    write: async (_, id, written) => void log.push([id, JSON.parse(written)]),
    makeCurrent: async (_, id) => void log.push(`current ${id}`),
    stages: async () => new Map(),
  };
  const passwords = new Map<string, KnownPassword>(known ? [[KEY, { changed: 5, ...known }]] : []);
  const services = {
    accountSecrets: new AccountSecrets(versions, () => "v2"),
    ledger: { passwords: { write: async () => void log.push("ledger") } },
    log: silentLog,
  } as unknown as Services;
  const emptied = await reviewSecrets(services, { entry, roster, passwords });
  return { emptied: [...emptied], isKnown: passwords.has(KEY), log };
}

describe("the secret of a declared account", () => {
  it("that has the password and the cluster's address is left alone", async () => {
    expect(await reviewed(text("new-host"))).toEqual({ emptied: [], isKnown: true, log: [] });
  });

  it("that lost its versions makes the password unknown, so that it is set again", async () => {
    expect(await reviewed(undefined)).toEqual({ emptied: [KEY], isKnown: false, log: ["ledger"] });
  });

  it("gets the cluster's new address with the same password, but not while a rotation is under way", async () => {
    const { emptied, log } = await reviewed(text("old-host"));
    expect(emptied).toEqual([]);
    expect(log).toEqual([["v2", JSON.parse(text("new-host"))], "current v2"]);
    const rotating = { rotatingSince: "2027-01-01T00:00:00Z" };
    expect(await reviewed(text("old-host"), rotating)).toMatchObject({ log: [], isKnown: true });
  });

  it("changes nothing if it cannot be read, or somebody else wrote it", async () => {
    for (const current of [new Error("denied"), "{}"])
      expect(await reviewed(current)).toEqual({ emptied: [], isKnown: true, log: [] });
  });
});
