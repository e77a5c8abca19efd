import type { RegistryEntry } from "../../../../core/contract/registry-entry";
import { ParameterRegistry } from "../../../../lambdas/reconciler/aws/registry";
import {
  applyHandler,
  enforceHandler,
  previewHandler,
} from "../../../../lambdas/reconciler/handlers/handlers";
import type { Services } from "../../../../lambdas/reconciler/services/services";
import { AuditTrail } from "../../../../lambdas/reconciler/store/audit-trail";
import { Ledger } from "../../../../lambdas/reconciler/store/ledger";
import { silentLog } from "../../../../lambdas/runtime/log";
import { testProofs } from "../../../support/proofs";
import { MemoryItemStore } from "../store/memory-item-store";

const ENTRY: RegistryEntry = {
  protocol: 1,
  cluster: "orders",
  engine: "mysql",
  host: "localhost",
  port: 1,
  resourceId: "cluster-ABC",
  region: "eu-west-1",
  credentials: { iamUser: "admin" },
  prefix: "sl",
  ceiling: { privileges: ["SELECT"] },
  unmanaged: "report",
  definers: "block",
  drift: "report",
  sources: [],
};

/** SSM with the entry of `orders`, with an unusable one of `broken`, and no other. */
const ssm = {
  send: async ({ input }: { input: { Name: string } }) => {
    if (input.Name === "/registry/orders") return { Parameter: { Value: JSON.stringify(ENTRY) } };
    if (input.Name === "/registry/broken") return { Parameter: { Value: "{" } };
    throw Object.assign(new Error("no such parameter"), { name: "ParameterNotFound" });
  },
};

function start() {
  const store = new MemoryItemStore();
  const subjects = new Set<string>();
  const retry = { begin: () => {}, end: () => {}, run: <T>(call: () => Promise<T>) => call() };
  const services = {
    registry: new ParameterRegistry(ssm as never, "/registry", retry as never),
    ledger: new Ledger(store, "ledger", testProofs()),
    audit: new AuditTrail(store, "audit"),
    outbox: { items: () => [], hold: async () => {}, send: async () => 0 },
    enforcement: { read: async () => ({}), replace: async () => true },
    connect: async () => Promise.reject(new Error("no database")),
    metrics: { emit: (subject: string) => subjects.add(subject) },
    accessDeniedRetry: retry,
    log: silentLog,
    now: () => new Date("2027-01-01T00:00:00Z"),
    randomId: () => "1a2b3c4d",
  } as unknown as Services;
  const partitions = () =>
    [...store.tables.values()].flatMap(table => [...new Set([...table.values()].map(({ pk }) => pk))]);
  return { services, subjects, partitions };
}

const roster = { roles: {}, accounts: {} };
const body = { status: "none", statements: {}, notes: [], plannedAt: "2027-01-01T00:00:00Z", plannedBy: "m" };
const common = { protocol: 1, owner: "stack", adopt: false, roster, gate: "gate" };
const hook = {
  ...common,
  action: "apply",
  removalPolicy: "protect",
  changeSet: { "cs-20270101T000000Z-00000000": body },
};
const previewed = { ...common, action: "preview", plannedBy: "mallory" };
const enforced = { protocol: 1, action: "enforce", trigger: "interval" };

type Call = readonly [title: string, handler: typeof previewHandler, payload: Record<string, unknown>];

const CALLS: readonly Call[] = [
  ["a preview", previewHandler, previewed],
  ["a preview that is not valid", previewHandler, { ...previewed, roster: { roles: 1 } }],
  ["a preview of another protocol", previewHandler, { ...previewed, protocol: 7 }],
  ["an inventory", previewHandler, { protocol: 1, action: "inventory", part: 0 }],
  ["an inventory that is not valid", previewHandler, { protocol: 1, action: "inventory", part: -1 }],
  ["an inventory of another protocol", previewHandler, { protocol: 7, action: "inventory", part: 0 }],
  ["an apply", applyHandler, { ...hook, tf: { action: "create" } }],
  ["an apply that is not valid", applyHandler, { ...hook, tf: { action: "drop" } }],
  ["an apply of another protocol", applyHandler, { ...hook, protocol: 7, tf: { action: "create" } }],
  ["a hook's deletion", applyHandler, { ...hook, tf: { action: "delete" } }],
  ["an enforcement", enforceHandler, enforced],
  ["an enforcement that is not valid", enforceHandler, { ...enforced, trigger: 1 }],
];

/** @returns the clusters of metrics and the partitions that a call wrote */
async function written([, handler, payload]: Call, cluster: string) {
  const { services, subjects, partitions } = start();
  const context = { getRemainingTimeInMillis: () => 10_000 };
  await handler(services)({ ...payload, cluster }, context).catch(() => {});
  return [...subjects, ...partitions()].map(name => name.replace("refused#", ""));
}

describe("a call for a cluster that no stack declares", () => {
  it.each(CALLS)("%s makes no metric and no partition under the invented name", async (...call) => {
    for (const name of ["invented", "orders-2", "Orders"])
      expect((await written(call, name)).filter(subject => subject !== "unknown")).toEqual([]);
  });

  it.each(CALLS.filter(([title]) => title.endsWith("not valid")))(
    "%s is counted and recorded under the name of a cluster that is declared, also with an unusable entry",
    async (...call) => {
      for (const name of ["orders", "broken"])
        expect(new Set(await written(call, name))).toEqual(new Set([name]));
    },
  );
});
