import type { KnownPassword } from "../../../../core/mysql/password-login";
import {
  finishOnServer,
  type LockedRotation,
  setOnServer,
} from "../../../../lambdas/reconciler/rotate/set-on-server";
import { CredentialsError } from "../../../../lambdas/reconciler/runtime/errors";
import { deadlineOf } from "../../../../lambdas/runtime/deadline";
import type { MySqlServer } from "../../../../local/mysql/start-mysql";
import { registryEntry } from "../../../support/registry";

const KEY = "'sl_sync'@'%'";
const NOW = "2027-01-02T00:00:00.000Z";
const SINCE = { rotatingSince: "2027-01-01T23:00:00.000Z" };
const passwordOf = (password: string) => ({
  engine: "mysql" as const,
  host: "h",
  port: 3306,
  username: "sl_sync",
  password,
});
const both = { current: passwordOf("current-one"), next: passwordOf("the-next-one") };

/** A rotation of an account that takes some passwords, and of which the ledger knows something. */
function rotationOf(before: KnownPassword | undefined, changed: number, ...works: readonly string[]) {
  const ledger = new Map(before ? [[KEY, before]] : []);
  let now = changed;
  const opened = { server: "a-1", close: async () => {} };
  const session = {
    server: "a-1",
    query: async () => [{ User: "sl_sync", Host: "%", ssl_type: "ANY", changed, now: now++ }],
  };
  const services = {
    now: () => new Date(NOW),
    pause: async () => {},
    ledger: {
      passwords: {
        read: async () => new Map(ledger),
        write: async (_: string, known: Map<string, KnownPassword>) => {
          ledger.clear();
          for (const [key, value] of known) ledger.set(key, value);
        },
      },
    },
    logInAs: async (_: unknown, { password }: { password: string }) => {
      if (!works.includes(password)) throw new CredentialsError("denied");
      return opened;
    },
    connect: async () => opened,
  };
  const server = { host: "h", port: 3306 } as unknown as MySqlServer;
  const rotation = {
    call: { services, deadline: deadlineOf(() => 60_000, 0) },
    session,
    entry: registryEntry(server, { oldPasswordHours: 48 }),
    user: "sl_sync",
    secret: "aurora-users/orders/sl_sync",
  } as unknown as LockedRotation;
  return { rotation, known: () => ledger.get(KEY) };
}

describe("what a rotation writes of the time of a password", () => {
  it("is never another's: the last step keeps what is known", async () => {
    const { known, rotation } = rotationOf({ changed: 5, ...SINCE }, 99);
    const heard: unknown[] = [];
    const before = async (oldUntil: string) => void heard.push([oldUntil, known()]);
    expect(await finishOnServer(rotation, before)).toBe(true);
    expect(known()).toEqual({ changed: 5, oldUntil: "2027-01-04T00:00:00.000Z" });
    expect(await finishOnServer(rotation, before)).toBe(false);
    expect(known()).toEqual({ changed: 5, oldUntil: "2027-01-04T00:00:00.000Z" });
    // The event is written down before the ledger says that this is done.
    expect(heard).toEqual([["2027-01-04T00:00:00.000Z", { changed: 5, ...SINCE }]]);
  });

  it("is nothing where the ledger knew nothing", async () => {
    const { known, rotation } = rotationOf(undefined, 99);
    expect(await finishOnServer(rotation, async () => {})).toBe(false);
    expect(known()).toBeUndefined();
  });

  it("is that of the server once a login by the new password works, with the end of the rotation", async () => {
    const { known, rotation } = rotationOf({ changed: 5, ...SINCE }, 99, "current-one", "the-next-one");
    await setOnServer(rotation, both);
    expect(known()).toEqual({
      changed: 99,
      rotatingSince: NOW,
      rotatingUntil: "2027-01-04T00:00:00.000Z",
    });
  });

  it.each([
    ["the first one", ["the-next-one"]],
    ["both", []],
  ])("stays if somebody changed %s", async (_, works) => {
    const { known, rotation } = rotationOf({ changed: 5, ...SINCE }, 99, ...works);
    await expect(setOnServer(rotation, both)).rejects.toThrow(/somebody else changed it/);
    expect(known()).toEqual({ changed: 5, ...SINCE });
  });
});
