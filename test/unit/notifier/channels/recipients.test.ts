import type { AccessEvent } from "../../../../core/events/events";
import { mailRecipients } from "../../../../lambdas/notifier/channels/mail-recipients";
import { mailbox, parseMailbox } from "../../../../lambdas/notifier/channels/mailbox";
import {
  digest,
  drift,
  EVERY_EVENT,
  failed,
  granted,
  HOSTILE,
  jane,
  read,
} from "../../../support/notifier-events";

const everybody = { person: true, owners: true, addresses: ["ops@example.com"] };
const addresses = (event: AccessEvent, to = everybody) =>
  mailRecipients(event, to).map(({ address }) => address);

const grant = (account: string, database: string, project?: string) => ({
  ...jane,
  account,
  change: "granted" as const,
  before: [],
  after: [read(database, project ? { project } : {})],
});
const owners = [
  { project: "shop", name: "Olive", email: "olive@example.com" },
  { project: "payments", email: "Pat@example.com" },
  { project: "ledger", email: "pat@EXAMPLE.com" },
  { project: "idle", email: "ida@example.com" },
];

describe("who gets a mail", () => {
  it("the person whose access it is, and no one else", () => {
    expect(addresses(granted())).toEqual(["jane.doe@example.com"]);
    expect(addresses(granted(), { ...everybody, person: false })).toEqual([]);
    expect(addresses(granted({ kind: "service", email: "team@example.com" }))).toEqual(["team@example.com"]);
    const { email: _, ...nobody } = granted().detail as never as { email: string };
    expect(addresses({ type: "access.granted", detail: nobody as never })).toEqual([]);
  });

  it("one message a person and run, however many grants there are", () => {
    const after = Array.from({ length: 20 }, (_, index) => read(`db${index}`));
    expect(addresses(granted({ after }))).toHaveLength(1);
  });

  it("the list, about failures and drift, each address once", () => {
    const to = { ...everybody, addresses: ["ops@example.com", "Ops <OPS@example.com>", "dba@example.com"] };
    for (const event of [failed(), drift()])
      expect(addresses(event, to)).toEqual(["ops@example.com", "dba@example.com"]);
  });

  it("no one if no address is named", () => {
    for (const event of EVERY_EVENT)
      expect(addresses(event, { person: false, owners: false, addresses: [] })).toEqual([]);
  });
});

describe("the digest of a run", () => {
  const event = digest({
    owners,
    changes: [
      grant("sl_a", "shop", "shop/prod"),
      grant("sl_b", "pay", "payments/prod"),
      grant("sl_c", "led", "ledger/test"),
      grant("sl_d", "x"),
    ],
  });
  const seen = (to: typeof everybody, of = event) =>
    mailRecipients(of, to).map(({ address, event: part, forOwner }) => [
      address,
      (part.detail as typeof event.detail).changes.map(({ account }) => account),
      forOwner,
    ]);

  it("is whole for the list, and for owners the part about their projects, if there is one", () => {
    expect(seen(everybody)).toEqual([
      ["ops@example.com", ["sl_a", "sl_b", "sl_c", "sl_d"], false],
      ["olive@example.com", ["sl_a"], true],
      ["Pat@example.com", ["sl_b", "sl_c"], true],
    ]);
  });

  it("comes once, whole, to an owner who is on the list", () => {
    expect(seen({ ...everybody, addresses: ["Olive <olive@EXAMPLE.com>"] })).toEqual([
      ["Olive <olive@EXAMPLE.com>", ["sl_a", "sl_b", "sl_c", "sl_d"], false],
      ["Pat@example.com", ["sl_b", "sl_c"], true],
    ]);
  });

  it("goes only to the list if the channel does not want owners", () => {
    expect(seen({ ...everybody, owners: false }).map(([address]) => address)).toEqual(["ops@example.com"]);
  });

  it("shows an owner nothing of other projects, not even of the same account", () => {
    const before = [read("shop", { project: "shop/prod" }), read("pay", { project: "payments/prod" })];
    const after = [
      read("shop", { project: "shop/prod" }),
      { ...before[1]!, role: "write" },
      read("shopping", { project: "shopping/prod" }),
    ];
    const changed = digest({ owners, changes: [{ ...jane, change: "changed", before, after }] });
    const parts = mailRecipients(changed, { ...everybody, addresses: [] });
    expect(parts.map(({ address }) => address)).toEqual(["Pat@example.com"]);
    expect((parts[0]!.event.detail as typeof changed.detail).changes[0]).toMatchObject({
      before: [before[1]],
      after: [after[1]],
    });
  });

  it("shows owners the access that ends in their projects", () => {
    const ending = [read("shop", { project: "shop/prod" })];
    const soon = digest({
      owners,
      changes: [{ ...jane, change: "expiring", before: ending, after: ending, ending }],
    });
    expect(seen({ ...everybody, addresses: [] }, soon)).toEqual([
      ["olive@example.com", ["sl_jane.doe"], true],
    ]);
  });

  it("goes to all owners if changes were left out, because those may be theirs", () => {
    const cut = digest({
      owners: [owners[0]!],
      changes: [grant("sl_b", "pay", "payments/prod")],
      changesOmitted: 7,
    });
    expect(seen({ ...everybody, addresses: [] }, cut)).toEqual([["olive@example.com", [], true]]);
  });
});

describe("addresses", () => {
  it.each([
    ...HOSTILE,
    "a@b@c.example",
    "a@b.example, x@evil.example",
    "<a@b.example>",
    '"a b"@c.example',
    "a@b.example\r\nBcc: x@evil.example",
    "a@b.example>\nRCPT TO:<x@evil.example",
    "a(comment)@b.example",
    "group:a@b.example;",
    "a@[127.0.0.1]",
    "a..b@c.example",
    "@b.example",
    "a@",
    `${"a".repeat(65)}@b.example`,
  ])("%j is none", text => {
    expect(() => mailbox(text)).toThrow("e-mail address is not valid");
    expect(() => mailbox(text)).not.toThrow(text);
  });

  it("are separated from their owners' names", () => {
    expect(parseMailbox('"Access, Inc." <access@example.com>')).toEqual({
      name: "Access, Inc.",
      address: "access@example.com",
    });
    expect(parseMailbox("o'hara+db@sub.exämple.com")).toEqual({
      name: "",
      address: "o'hara+db@sub.exämple.com",
    });
    expect(mailbox("a@b.example", "Jane\r\nBcc: x@y").name).toBe("Jane Bcc: x@y");
  });
});
