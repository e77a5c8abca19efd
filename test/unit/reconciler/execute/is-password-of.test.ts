import { isPasswordOf } from "../../../../lambdas/reconciler/execute/is-password-of";
import {
  CredentialsError,
  DatabaseError,
  DatabaseUnreachableError,
} from "../../../../lambdas/reconciler/runtime/errors";
import type { Services } from "../../../../lambdas/reconciler/services/services";
import { deadlineOf } from "../../../../lambdas/runtime/deadline";
import type { MySqlServer } from "../../../../local/mysql/start-mysql";
import { registryEntry } from "../../../support/registry";

const entry = registryEntry({ host: "h", port: 3306 } as unknown as MySqlServer);
const refused = (number: number) => new DatabaseError(number, "ER", "refused");
const open = (server: string) => ({ server, close: async () => {} });

/** What a login says, where the account's login and the administrator's reach these servers. */
function tried(login: string | Error, administrators: string | Error = "a-1") {
  const asked = async (answer: string | Error) => {
    if (answer instanceof Error) throw answer;
    return open(answer);
  };
  const services = { connect: () => asked(administrators), logInAs: () => asked(login) };
  const call = {
    services: services as unknown as Services,
    deadline: deadlineOf(() => 60_000, 0),
  };
  return isPasswordOf({ call, entry, user: "sl_sync", server: "a-1" }, "secret");
}

const CHANGED = /the run began on the server a-1, and b-2 answers now/;

describe("whether a password is right", () => {
  it("is what the run's server says to a login", async () => {
    expect(await tried("a-1")).toBe(true);
    expect(await tried(new CredentialsError("denied"))).toBe(false);
  });

  it("is not what another server says", async () => {
    await expect(tried("b-2")).rejects.toThrow(CHANGED);
    await expect(tried("b-2", "a-1")).rejects.toThrow(CHANGED);
    await expect(tried(new CredentialsError("denied"), "b-2")).rejects.toThrow(CHANGED);
  });

  it.each([1226, 1820, 1862, 3118])(
    "is known although the server refuses the session (%i), if it is the run's",
    async number => {
      expect(await tried(refused(number))).toBe(true);
      await expect(tried(refused(number), "b-2")).rejects.toThrow(CHANGED);
    },
  );

  it("is not known if nobody says which server refused the login", async () => {
    const lost = new DatabaseUnreachableError("lost");
    await expect(tried(new CredentialsError("denied"), lost)).rejects.toBe(lost);
    // The administrator's own limit says nothing of the account.
    await expect(tried(new CredentialsError("denied"), refused(1226))).rejects.toThrow(/refused/);
  });

  it("is not known if the server says something else", async () => {
    await expect(tried(refused(1045))).rejects.toThrow(/refused/);
  });
});
