import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import { CLUSTER_ALARMS, DEAD_LETTERS_ALARM } from "../../constructs/operations/alarm-definitions";
import { AUDIT_KINDS } from "../../core/audit";
import { METRICS } from "../../core/contract/metrics";
import { EVENT_SCHEMAS, EVENT_SOURCE, EVENT_TYPES, type EventType } from "../../core/events/events";
import { channelSchema, DEFAULT_EVENTS } from "../../core/events/notifications";
import { parseSourceDocument, sourceDocumentSchema } from "../../core/source";
import { viewOf } from "../../lambdas/notifier/render/view";
import { eventSchemas, sourceDocumentSchemaText } from "../../scripts/json-schemas";
import { digest, EVERY_EVENT } from "../support/notifier-events";
import { errorCodesIn, logEventsIn, unionIn } from "./contracts-in-code";
import { codeOf, sourcesOf } from "./imports";
import { ROOT } from "./project";

const FUNCTIONS = ["lambdas"];
const textOf = (file: string) => readFileSync(join(ROOT, file), "utf8");
const OPERATIONS = textOf("docs/operations.md");
const EVENTS = textOf("docs/events.md");
const NOTIFICATIONS = textOf("docs/notifications.md");
const SOURCES = textOf("docs/sources.md");
const AUDIT = textOf("docs/audit.md");

/** The names that a document shows as code: `a`, `b`. */
const named = (text: string): ReadonlySet<string> =>
  new Set([...text.replace(/^```[\s\S]*?^```$/gm, "").matchAll(/`([^`\n]+)`/g)].map(([, name]) => name!));
const unnamed = (names: Iterable<string>, text: string): string[] => {
  const known = named(text);
  return [...new Set(names)].filter(name => !known.has(name)).sort();
};
/** The rows of tables that begin with a name, as cells; the first cell is empty. */
const rowsOf = (text: string): readonly (readonly string[])[] =>
  text
    .split("\n")
    .filter(line => line.startsWith("| `"))
    .map(line => line.split(/(?<!\\)\|/).map(cell => cell.trim()));
const jsonBlocks = (text: string): unknown[] =>
  [...text.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(([, block]) => JSON.parse(block!) as unknown);
const section = (text: string, heading: string) =>
  text.slice(text.indexOf(`\n${heading}\n`)).split(/\n##? /)[1] ?? "";

describe("docs/operations.md", () => {
  it("has a row for every metric, with its unit and dimension, and no other row", () => {
    const rows = rowsOf(section(OPERATIONS, "## Metrics")).map(([, name, unit, dimension]) => [
      name!,
      unit!,
      dimension!,
    ]);
    const known = Object.entries(METRICS).map(([name, { unit, dimension }]) => [
      `\`${name}\``,
      unit,
      dimension,
    ]);
    expect(rows).toEqual(known);
  });

  it("counts the metrics and the alarms of a cluster, and the reference names the alarms", () => {
    const ofClusters = Object.values(METRICS).filter(({ dimension }) => dimension === "cluster");
    const text = section(OPERATIONS, "## Metrics").replace(/\s+/g, " ");
    expect(text).toContain(`(up to ${ofClusters.length} a cluster, two a channel)`);
    expect(text).toContain(`(${CLUSTER_ALARMS.length} a cluster, one a dead-letter queue)`);
    const alarms = CLUSTER_ALARMS.map(({ name }) => `-${name}`);
    expect(unnamed(alarms, textOf("docs/api/README.md").replace("`<service>-<cluster>-", "`-"))).toEqual([]);
  });

  it("has a section for every alarm, with the heading that the alarm's description links to, and no other section", () => {
    const alarms = [...CLUSTER_ALARMS, DEAD_LETTERS_ALARM].map(({ name }) => name);
    const headings = [...section(OPERATIONS, "## Alarms").matchAll(/^### (.+)$/gm)].map(
      ([, heading]) => heading,
    );
    expect(headings).toEqual(alarms);
    for (const alarm of alarms) expect(OPERATIONS).toContain(`[${alarm}](#${alarm})`);
  });

  it("names each alarm's metric in its section, and says what to look at, what to do, and when it ends", () => {
    const sections = OPERATIONS.split(/^### /m).slice(1);
    for (const { name, metric } of CLUSTER_ALARMS) {
      const page = sections.find(text => text.startsWith(`${name}\n`))!;
      expect(page).toContain(`\`${metric}\``);
      expect(page).toMatch(/^- \*\*Look\*\*[\s\S]+^- \*\*Do\*\*[\s\S]+^- \*\*Ends\*\*/m);
    }
  });

  it("has a row for every event", () => {
    const rows = rowsOf(section(OPERATIONS, "## Events")).map(([, name]) => name);
    expect(rows).toEqual(EVENT_TYPES.map(type => `\`${type}\``));
  });

  it("names every log event that the functions write, and no other", () => {
    const { names, unreadable } = logEventsIn(FUNCTIONS);
    expect(unreadable).toEqual([]);
    expect(names.length).toBeGreaterThan(30);
    const documented = rowsOf(section(OPERATIONS, "## Logs"))
      .filter(row => /^(info|error|debug)$/.test(row[2]!))
      .flatMap(([, cell]) => [...cell!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
    expect([...documented].sort()).toEqual(names);
  });

  it("names every field of log lines", () => {
    const code = FUNCTIONS.flatMap(sourcesOf).map(codeOf).join("\n");
    const literals = [
      ...code.matchAll(/\blog\??\s*\.(?:begin|info|error|debug)\((?:\s*"[^"]+",)?\s*\{([^{}]*)\}/g),
    ];
    const fields = literals.flatMap(([, body]) =>
      [...body!.matchAll(/(?:^|,)\s*(\w+)(?=\s*(?:[:,]|$))/g)].map(([, key]) => key!),
    );
    expect(fields).toEqual(
      expect.arrayContaining(["correlation_id", "action", "code", "reason", "hash", "message_id"]),
    );
    const described = ["event", "event_id", "account", "responseCode", "httpStatus"];
    expect(unnamed([...fields, ...described], section(OPERATIONS, "## Logs"))).toEqual([]);
  });

  it("says what to do about every error code", () => {
    const failed = OPERATIONS.split(/^### /m).find(text => text.startsWith("failed\n"))!;
    expect(unnamed(errorCodesIn(["core", "lambdas/reconciler"]), failed)).toEqual([]);
    expect(unnamed(errorCodesIn(["lambdas/notifier"]), NOTIFICATIONS)).toEqual([]);
  });
});

describe("docs/events.md", () => {
  const examples = jsonBlocks(EVENTS) as {
    source: string;
    "detail-type": EventType;
    detail: Record<string, unknown>;
  }[];

  it("has one example of each event, which its schema accepts", () => {
    expect(examples.map(example => example["detail-type"])).toEqual(EVENT_TYPES);
    for (const { source, "detail-type": type, detail } of examples) {
      expect(source).toBe(EVENT_SOURCE);
      expect(EVENT_SCHEMAS[type].safeParse(detail).error?.issues ?? []).toEqual([]);
    }
  });

  it("names every field of every event", () => {
    const fields = EVENT_TYPES.flatMap(type => Object.keys(EVENT_SCHEMAS[type].shape));
    expect(unnamed(fields, EVENTS.split("## Examples")[0]!)).toEqual([]);
  });

  it("has examples that the JSON schemas accept, also with fields of a later release, but not without required fields", () => {
    const ajv = new Ajv({ strict: false, validateFormats: false });
    const schemas = new Map(
      eventSchemas().map(({ type, text }) => [type, ajv.compile(JSON.parse(text) as object)]),
    );
    for (const { "detail-type": type, detail } of examples) {
      const takes = schemas.get(type)!;
      expect([takes(detail), takes.errors]).toEqual([true, null]);
      expect(takes({ ...detail, addedLater: [1] })).toBe(true);
      const { correlationId: _, ...less } = detail;
      expect(takes(less)).toBe(false);
      expect(takes({ ...detail, version: 2 })).toBe(false);
    }
  });
});

describe("docs/notifications.md", () => {
  it("names every template variable that the view's documentation lists, and every one that templates get", () => {
    const doc = /\/\*\*\n \* What templates see\.[\s\S]*?\*\//.exec(
      textOf("lambdas/notifier/render/view.ts"),
    )![0];
    const listed = [...doc.matchAll(/`([a-zA-Z]+)`/g)].map(([, name]) => name!);
    expect(listed.length).toBeGreaterThan(30);
    const views = EVERY_EVENT.map(event => viewOf(event));
    const nested = [...views, viewOf(digest())].flatMap(view => [
      ...[...view.lines, ...view.ending, ...view.owners, ...view.people].flatMap(part => Object.keys(part)),
      ...(view.login ? Object.keys(view.login) : []),
    ]);
    const seen = [...views.flatMap(view => Object.keys(view)), ...nested];
    expect(nested).toEqual(expect.arrayContaining(["isEnded", "project", "what", "tokenCommand"]));
    expect(unnamed([...listed, ...seen], NOTIFICATIONS)).toEqual([]);
  });

  it("has a row for every kind of channel, with its default events", () => {
    const types = channelSchema.options.map(({ shape }) => shape.type.value);
    const construct = {
      email: "EmailChannel",
      sns: "SnsChannel",
      slack: "SlackChannel",
      teams: "TeamsChannel",
    };
    const rows = rowsOf(NOTIFICATIONS).filter(([, name]) => name!.endsWith("Channel`"));
    expect(rows.map(([, name]) => name)).toEqual(types.map(type => `\`${construct[type]}\``));
    for (const [index, type] of types.entries()) {
      const cell = rows[index]![2]!;
      const wanted = cell === "the same" ? rows[index - 1]![2]! : cell;
      const events = DEFAULT_EVENTS[type];
      if (cell === "all") expect([...events].sort()).toEqual([...EVENT_TYPES].sort());
      else expect(wanted).toBe(events.map(event => `\`${event}\``).join(", "));
    }
  });
});

describe("docs/sources.md", () => {
  const documents = jsonBlocks(SOURCES) as { users: Record<string, unknown>[] }[];
  const source = {
    name: "shop/prod",
    databases: ["shop", "shop_archive"],
    roles: { read: ["SELECT"], read_write: ["SELECT", "INSERT", "UPDATE", "DELETE"] },
  } as const;

  it("has documents that the code and the JSON schema accept, and that show every field", () => {
    const takes = new Ajv({ strict: false, validateFormats: false }).compile(
      JSON.parse(sourceDocumentSchemaText()) as object,
    );
    expect(documents).toHaveLength(2);
    for (const document of documents) {
      expect(parseSourceDocument(JSON.stringify(document), { source, prefix: "sl" })).toHaveProperty(
        "roster",
      );
      expect([takes(document), takes.errors]).toEqual([true, null]);
      expect(takes({ ...document, unknown: 1 })).toBe(false);
    }
    const { shape } = sourceDocumentSchema.def.innerType;
    expect(Object.keys(documents[1]!).sort()).toEqual(Object.keys(shape).sort());
    const user = shape.users.def.innerType.element.def.innerType.shape;
    expect(Object.keys(documents[1]!.users[0]!).sort()).toEqual(Object.keys(user).sort());
    expect(unnamed([...Object.keys(shape), ...Object.keys(user)], SOURCES)).toEqual([]);
  });

  it("explains every code of a refusal", () => {
    const codes = unionIn(["core", "lambdas"], "SourceRefusal");
    expect(codes.length).toBeGreaterThan(0);
    expect(rowsOf(section(SOURCES, "## When a document is refused")).map(([, code]) => code)).toEqual(
      codes.map(code => `\`${code}\``),
    );
  });
});

describe("docs/audit.md", () => {
  it("has a row for every kind of item", () => {
    const rows = rowsOf(section(AUDIT, "## Items")).map(([, kind]) => kind!);
    expect(rows.sort()).toEqual(AUDIT_KINDS.map(kind => `\`${kind}\``).sort());
  });
});
