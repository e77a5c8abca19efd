import type { Access, AccessEvent, EventDetail } from "../../core/events/events";

const common = {
  version: 1 as const,
  id: "0123456789abcdef0123456789abcdef",
  time: "2026-11-20T11:07:40.008Z",
  cluster: "orders",
  correlationId: "cs-20261120T110740Z-bbdba2ec",
  cause: "grant" as const,
  plannedBy: "arn:aws:sts::123456789012:assumed-role/deploy/ci",
  reference: "INC-1301",
};

export const jane = {
  account: "sl_jane.doe",
  kind: "person" as const,
  user: "jane.doe",
  name: "Jane Doe",
  email: "jane.doe@example.com",
};
export const login = {
  host: "orders.cluster-abc.eu-west-1.rds.amazonaws.com",
  port: 3306,
  region: "eu-west-1",
};
export const read = (database: string, more: Partial<Access> = {}): Access => ({
  database,
  role: "read",
  ...more,
});

export const granted = (more: Partial<EventDetail<"access.granted">> = {}): AccessEvent => ({
  type: "access.granted",
  detail: {
    ...common,
    ...jane,
    login,
    before: [],
    after: [read("orders", { expires: "2027-04-01T00:00:00Z", reason: "INC-1234" })],
    owners: [{ project: "shop", name: "Olive Owner", email: "olive@example.com" }],
    ...more,
  },
});

export const digest = (more: Partial<EventDetail<"reconcile.succeeded">> = {}) =>
  ({
    type: "reconcile.succeeded",
    detail: {
      ...common,
      action: "apply",
      statements: 3,
      sessionsEnded: 0,
      changesOmitted: 0,
      owners: [],
      changes: [{ ...jane, change: "granted", before: [], after: [read("orders")] }],
      ...more,
    },
  }) satisfies AccessEvent as Extract<AccessEvent, { type: "reconcile.succeeded" }>;

export const failed = (more: Partial<EventDetail<"reconcile.failed">> = {}): AccessEvent => ({
  type: "reconcile.failed",
  detail: {
    ...common,
    action: "apply",
    code: "StatementsFailed",
    ran: 3,
    of: 5,
    accounts: ["sl_jane.doe"],
    message: "2 of 5 statements did not run",
    ...more,
  },
});

export const drift = (more: Partial<EventDetail<"drift.detected">> = {}): AccessEvent => ({
  type: "drift.detected",
  detail: {
    ...common,
    cause: "drift",
    repaired: false,
    accounts: ["sl_jane.doe"],
    undeclared: ["sl_mallory"],
    statements: ["REVOKE DELETE ON `orders`.* FROM 'sl_jane.doe'@'%'"],
    statementCount: 1,
    ...more,
  },
});

const service = {
  account: "sl_sync",
  kind: "service" as const,
  user: "sync",
  name: "Order sync",
  authentication: "password" as const,
  secret: "aurora-users/orders/sl_sync",
};

export const rotated = (more: Partial<EventDetail<"password.rotated">> = {}): AccessEvent => ({
  type: "password.rotated",
  detail: { ...common, cause: "rotation", ...service, oldUntil: "2026-11-21T11:07:40.008Z", ...more },
});

export const rotationFailed = (more: Partial<EventDetail<"password.rotation-failed">> = {}): AccessEvent => ({
  type: "password.rotation-failed",
  detail: {
    ...common,
    cause: "rotation",
    ...service,
    step: "setSecret",
    code: "AccountSecretUnusable",
    message: "orders: sl_sync does not log in by the current password",
    ...more,
  },
});

/** One of each type. */
export const EVERY_EVENT: readonly AccessEvent[] = [
  granted(),
  {
    type: "access.changed",
    detail: { ...granted().detail, before: [read("orders")] } as EventDetail<"access.changed">,
  },
  {
    type: "access.revoked",
    detail: {
      ...granted().detail,
      before: [read("orders")],
      after: [],
    } as unknown as EventDetail<"access.revoked">,
  },
  {
    type: "access.expiring",
    detail: {
      ...granted().detail,
      ending: [read("orders"), read("shop")],
      days: 7,
    } as EventDetail<"access.expiring">,
  },
  {
    type: "access.expired",
    detail: { ...granted().detail, ending: [read("old")] } as EventDetail<"access.expired">,
  },
  drift(),
  rotated(),
  rotationFailed(),
  digest(),
  failed(),
];

/** Names and reasons that try to be more than text. */
export const HOSTILE = [
  "<b>bold</b><img src=x onerror=\"document.title='hacked'\">",
  "\"><script>document.title='hacked'</script>",
  "'-alert(1)-' onmouseover='x",
  "{{account}} {{{login}}} {{#lines}}x{{/lines}} {{=<% %>=}}",
  "Jane\r\nBcc: x@evil.example\r\n\r\n<script>document.title='hacked'</script>",
  "\n Bcc: x@evil.example",
  'Jane "O\'Hara" \\ `id` $(id) ${HOME}',
  "\u202Emoc.live\u202C \u2066x\u2069 \u05d9\u05d5\u05e0\u05d4",
  "N".repeat(256),
  "👩‍💻 🚀 Zoë Łukasz 日本語",
  "<!channel> <!here> <@U123> @here @channel <https://evil.example|click> *bold* _it_ ~no~ `code` :skull: &amp;",
  "[click](https://evil.example) **bold** # head {{DATE(2017-02-14T06:08:39Z)}} ${x}",
  "--></title></td></tr></table><style>*{display:none}</style>",
] as const;
