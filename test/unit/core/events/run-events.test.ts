import { driftEvent } from "../../../../core/events/drift-event";
import type { AccessEvent } from "../../../../core/events/events";
import { dueReminders, reminderEvent } from "../../../../core/events/reminders";
import { runEvents } from "../../../../core/events/run-events";
import type { Roster } from "../../../../core/roster/roster";
import { viewOf } from "../../../../lambdas/notifier/render/view";
import { EventBridgeBus } from "../../../../lambdas/reconciler/events/event-bus";
import { sha256Hex } from "../../../../lambdas/runtime/hash";
import { rosterOf } from "../../../support/observed";

const run = {
  id: "cs-1",
  cluster: "orders",
  action: "apply" as const,
  at: new Date("2027-01-01T00:00:00Z"),
  sha256: sha256Hex,
};
const entry = { host: "db", port: 3306, region: "eu-west-1", prefix: "sl" };
const grantOf = (grant: object): Roster => rosterOf({ sl_bob: { orders: { role: "read", ...grant } } });
const eventsOf = (before: Roster, after: Roster, host = entry.host): readonly AccessEvent[] =>
  runEvents({
    run,
    entry: { ...entry, host },
    before,
    after,
    touched: new Set<string>(),
    expired: new Map(),
    causeOf: () => "grant" as const,
    statements: 0,
    sessionsEnded: 0,
  });

it("a new reason or project name alone causes no event", () => {
  expect(
    eventsOf(
      grantOf({ reason: "on call", project: "shop/prod" }),
      grantOf({ reason: "On call.", project: "store/prod" }),
    ),
  ).toEqual([]);
  const moved = eventsOf(grantOf({}), grantOf({ expires: "2027-02-01T00:00:00Z" }));
  expect(moved.map(({ type }) => type)).toEqual(["access.changed", "reconcile.succeeded"]);
});

describe("who may only read is shown the reader endpoint, in events and mails", () => {
  const writer = "orders.cluster-c1x2.eu-west-1.rds.amazonaws.com";
  const reader = writer.replace("cluster-", "cluster-ro-");
  const NONE: Roster = { roles: {}, accounts: {} };
  const shown = (after: Roster, host = writer) => {
    const [granted] = eventsOf(NONE, after, host);
    const { login } = viewOf(granted!);
    return {
      event: (granted!.detail as { login: { host: string } }).login.host,
      mail: login === false ? "" : login.mysqlCommand,
    };
  };
  const endsAlready = { expires: "2026-12-31T00:00:00Z" };

  it.each([
    ["reads", { orders: { role: "read" } }, reader],
    [
      "reads, and could write before",
      { orders: { role: "read" }, billing: { role: "write", ...endsAlready } },
      reader,
    ],
    ["writes to one of its databases", { orders: { role: "read" }, billing: { role: "write" } }, writer],
  ])("an account that %s", (_, databases, host) => {
    const { event, mail } = shown(rosterOf({ sl_bob: databases }));
    expect(event).toBe(host);
    expect(mail).toContain(`--host=${host} `);
  });

  it("where the endpoint's name has no reader", () => {
    expect(shown(grantOf({}), "db.example.com").event).toBe("db.example.com");
  });

  it("in reminders, too", () => {
    const expires = "2027-01-05T00:00:00Z";
    const roster = grantOf({ expires });
    const [due] = dueReminders(roster, run.at);
    expect(reminderEvent(run, due!, roster, { ...entry, host: writer }).detail).toMatchObject({
      login: { host: reader },
    });
  });
});

it("the log says why the bus rejects events", async () => {
  const said: unknown[] = [];
  const log = { error: (...what: unknown[]) => void said.push(what) };
  const events = [driftEvent(run, { statements: [] }, ["sl_eve"], false)];
  const denied = Object.assign(new Error("not authorized to perform: events:PutEvents"), {
    name: "AccessDeniedException",
  });
  const answers = [
    () => Promise.reject(denied),
    async () => ({ Entries: [{ ErrorCode: "NotAuthorized", ErrorMessage: "no" }] }),
  ];
  const bus = new EventBridgeBus(async () => ({ send: (() => answers.shift()!()) as never }), "default", log);
  expect(await bus.put(events)).toEqual(events);
  expect(await bus.put(events)).toEqual(events);
  expect(said).toEqual([
    [
      "events rejected by the bus",
      { bus: "default", reason: "AccessDeniedException: not authorized to perform: events:PutEvents" },
    ],
    ["events rejected by the bus", { bus: "default", reason: "NotAuthorized: no" }],
  ]);
});
