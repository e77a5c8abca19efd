import type { RegistryEntry } from "../../../../core/contract/registry-entry";
import type { Roster } from "../../../../core/roster/roster";
import {
  accountsOfPerson,
  nearestPerson,
} from "../../../../lambdas/reconciler/offboarding/accounts-of-person";
import { LedgerError } from "../../../../lambdas/reconciler/runtime/errors";
import type { Call } from "../../../../lambdas/reconciler/services/services";
import { TooManyItemsError } from "../../../../lambdas/runtime/item-store";
import { silentLog } from "../../../../lambdas/runtime/log";
import { rosterOf } from "../../../support/observed";
import { entryWith } from "../sources/source-fixture";

const jane = rosterOf({ "sl_jane.doe": { orders: "read" }, sl_bob: { orders: "read" } });
const nobody = rosterOf({});

interface Cluster {
  readonly target?: Roster;
  readonly applied?: Roster;
  readonly formerly?: readonly string[];
  readonly fails?: boolean;
  readonly alsoManages?: readonly string[];
}

/** What the ledger and the registry know of clusters, and of some whose entry is broken. */
const call = (clusters: Readonly<Record<string, Cluster>>, listed: readonly object[] | Error = []) =>
  ({
    services: {
      registry: {
        entries: async () =>
          Object.entries(clusters).map(
            ([cluster, { alsoManages }]) => ({ ...entryWith([]), cluster, alsoManages }) as RegistryEntry,
          ),
        has: async (cluster: string) => cluster !== "gone",
      },
      ledger: {
        clusters: async () => {
          if (listed instanceof Error) throw listed;
          return listed;
        },
        state: async (cluster: string) => {
          const { applied = nobody, fails, formerly = [], target = nobody } = clusters[cluster]!;
          if (fails) throw new LedgerError(`${cluster}: the ledger could not be read`);
          return {
            head: { lingering: [] },
            target: { roster: target, formerly },
            applied: { roster: applied, formerly },
          };
        },
      },
      sources: { ledger: { states: async () => [] } },
      log: silentLog,
    },
  }) as unknown as Call;
const found = async (...given: Parameters<typeof call>) =>
  Object.fromEntries(
    (await accountsOfPerson("jane.doe", call(...given))).map(({ accounts, cluster, isGone, isUnknown }) => [
      cluster,
      isGone ? "gone" : isUnknown ? "unknown" : accounts,
    ]),
  );

describe("where a person has accounts", () => {
  it("is known although another account's reconciler made the list of clusters too long", async () => {
    const tooLong = new LedgerError("all clusters", { cause: new TooManyItemsError("#clusters", 5) });
    expect(await found({ orders: { target: jane } }, tooLong)).toEqual({ orders: ["sl_jane.doe"] });
    await expect(found({ orders: { target: jane } }, new LedgerError("denied"))).rejects.toThrow("denied");
  });

  it("is each cluster of which a roster has them, now, before, or half-way", async () => {
    const clusters = {
      orders: { target: jane, applied: jane },
      payments: { target: jane },
      stock: { applied: jane },
      earlier: { formerly: ["sl_jane.doe", "sl_eve"] },
      none: {},
    };
    const own = ["sl_jane.doe"];
    expect(await found(clusters)).toEqual({ orders: own, payments: own, stock: own, earlier: own, none: [] });
  });

  it("is where an account has their name by either rule of names", async () => {
    const alsoManages = ["Jane.Doe@%"];
    const formerly = ["Jane.Doe", "sl_JANE.DOE", "sl_jane.doe2"];
    expect(await found({ orders: { formerly, alsoManages } })).toEqual({
      orders: ["Jane.Doe", "sl_JANE.DOE"],
    });
  });

  it.each([
    ["jane.do", "jane.doe"],
    ["sl_jane.doe", "jane.doe"],
    ["batch-etl", undefined],
    ["somebody", undefined],
  ])("is asked for by a like name where nobody is %s", async (given, person) => {
    const { accounts } = jane;
    const service = { ...accounts["sl_bob"]!, kind: "service", user: "batch-etk" } as const;
    const target = { ...jane, accounts: { ...accounts, "sl_batch-etk": service } };
    expect(await nearestPerson(given, call({ orders: { target }, stock: { fails: true } }))).toBe(person);
  });

  it("is not known where the ledger or the registry entry cannot be read", async () => {
    const listed = [
      { cluster: "orders" },
      { cluster: "broken" },
      { cluster: "gone" },
      { cluster: "orders@cluster-FORMER" },
      { cluster: "left", released: "2026-11-20T00:00:00Z" },
    ];
    expect(await found({ orders: { fails: true } }, listed)).toEqual({
      orders: "unknown",
      broken: "unknown",
      gone: "gone",
    });
  });

  it("leaves out clusters of other reconcilers that use the ledger", async () => {
    const listed = [{ cluster: "theirs", reconciler: "shop" }, { cluster: "gone" }];
    expect(await found({}, listed)).toEqual({ gone: "gone" });
  });
});
