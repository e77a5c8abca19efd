import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as z from "zod";
import { commands } from "../../cli/command-list";
import { CLUSTER_ALARMS } from "../../constructs/operations/alarm-definitions";
import { AUDIT_KINDS } from "../../core/audit";
import { enforceRequestSchema, enforceResponseSchema } from "../../core/contract/enforcement";
import { METRIC_NAMESPACE, METRICS } from "../../core/contract/metrics";
import {
  directoryRequestSchema,
  offboardRequestSchema,
  offboardResponseSchema,
  reinstateRequestSchema,
} from "../../core/contract/offboarding";
import * as payload from "../../core/contract/payload";
import { PROTOCOL } from "../../core/contract/protocol";
import { parameterSourceSchema, registryEntrySchema } from "../../core/contract/registry-entry";
import { EVENT_SCHEMAS, EVENT_TYPES } from "../../core/events/events";
import { ledgerHeadSchema } from "../../lambdas/reconciler/store/ledger-head";
import { sourceItemSchema } from "../../lambdas/reconciler/store/source-ledger-item";
import { errorCodesIn, exitCodesIn, ledgerKeysIn, logEventsIn, unionIn } from "./contracts-in-code";
import { sourcesOf } from "./imports";
import { complaint, ROOT, run } from "./project";

const textOf = (file: string) => readFileSync(join(ROOT, file), "utf8");
const CONTRACTS = textOf("docs/contracts.md");
const REFERENCE = textOf("docs/reference.md");

const section = (heading: string): string => {
  const [, found] = CONTRACTS.split(`\n## ${heading}\n`);
  if (found === undefined) throw new Error(`docs/contracts.md has no section "${heading}"`);
  return found.split("\n## ")[0]!;
};
const namesIn = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);

/** A section's bullets: the names before the colon, each with the names after it. */
function listOf(heading: string): [name: string, fields: string[]][] {
  const bullets = section(heading)
    .replace(/\n {2}/g, " ")
    .split("\n")
    .filter(line => line.startsWith("- "));
  return bullets.flatMap(line => {
    // A colon inside a name does not end the names.
    const [names, fields = ""] = line.split(/(?<=`): /);
    return namesIn(names!).map((name): [string, string[]] => [name, namesIn(fields)]);
  });
}
const listed = (heading: string): string[] => listOf(heading).map(([name]) => name);
const sorted = (names: readonly string[]): string[] => [...names].sort();

/** The fields of a strict object's schema, in the order of the code. */
const fieldsOf = (schema: z.ZodReadonly<z.ZodObject>): string[] => Object.keys(schema.def.innerType.shape);

describe("docs/contracts.md", () => {
  it("has the protocol number", () => {
    expect(listed("Protocol")).toEqual([String(PROTOCOL)]);
  });

  it("has every field of every request and answer", () => {
    expect(listOf("Payload")).toEqual([
      ["preview", fieldsOf(payload.previewRequestSchema)],
      ["apply", fieldsOf(payload.applyRequestSchema)],
      ["clusters", fieldsOf(payload.clustersRequestSchema)],
      ["inventory", fieldsOf(payload.inventoryRequestSchema)],
      ["reach", fieldsOf(payload.reachRequestSchema)],
      ["enforce", fieldsOf(enforceRequestSchema)],
      ["offboard", fieldsOf(offboardRequestSchema)],
      ["reinstate", fieldsOf(reinstateRequestSchema)],
      ["directory", fieldsOf(directoryRequestSchema)],
      ["changeSet", fieldsOf(payload.changeSetBodySchema)],
    ]);
    expect(listOf("Answers")).toEqual([
      ["preview", fieldsOf(payload.previewResponseSchema)],
      ["apply", fieldsOf(payload.applyResponseSchema)],
      ["clusters", fieldsOf(payload.clustersResponseSchema)],
      ["inventory", fieldsOf(payload.inventoryResponseSchema)],
      ["reach", fieldsOf(payload.inventoryResponseSchema)],
      ["enforce", fieldsOf(enforceResponseSchema)],
      ["offboard", fieldsOf(offboardResponseSchema)],
      ["reinstate", fieldsOf(offboardResponseSchema)],
    ]);
  });

  it("has every field of the registry entry", () => {
    expect(listOf("Registry entry")).toEqual([
      ["entry", fieldsOf(registryEntrySchema)],
      ["sources", fieldsOf(parameterSourceSchema)],
    ]);
  });

  it("has every kind of item in the ledger, with the attributes of those that change", () => {
    const items = new Map(listOf("Ledger items"));
    expect(items.get("head")).toEqual(fieldsOf(ledgerHeadSchema));
    expect(items.get("source#")).toEqual(fieldsOf(sourceItemSchema));
    // What turns items into requests to DynamoDB knows no key of its own.
    const files = ["store", "events"]
      .flatMap(folder => sourcesOf(`lambdas/reconciler/${folder}`))
      .filter(file => !file.endsWith("-item-store.ts"));
    const partitions = ["listed-cluster", "offboarding"].map(name => `core/contract/${name}.ts`);
    expect(sorted([...items.keys()])).toEqual(ledgerKeysIn([...files, ...partitions]));
  });

  it("has every kind of audit item", () => {
    expect(sorted(listed("Audit items"))).toEqual(sorted(AUDIT_KINDS));
  });

  it("has every event with its fields", () => {
    expect(listOf("Events")).toEqual(EVENT_TYPES.map(type => [type, Object.keys(EVENT_SCHEMAS[type].shape)]));
  });

  it("has every metric, and their namespace", () => {
    expect(listed("Metrics")).toEqual(Object.keys(METRICS));
    expect(section("Metrics")).toContain(`\`${METRIC_NAMESPACE}\``);
  });

  it("has every log event that the functions write, and no other", () => {
    const { names, unreadable } = logEventsIn(["lambdas"]);
    expect(unreadable).toEqual([]);
    expect(names.length).toBeGreaterThan(30);
    expect(sorted(listed("Log events"))).toEqual(names);
  });

  it("has every error code, and no other", () => {
    const refusals = unionIn(["core", "lambdas"], "SourceRefusal");
    expect(refusals.length).toBeGreaterThan(0);
    const codes = errorCodesIn(["core", "reader", "constructs", "lambdas", "cli"]);
    expect(sorted(listed("Error codes"))).toEqual(sorted([...codes, ...refusals]));
  });

  it("has every command, and every exit code", () => {
    const names = listed("Command line");
    expect(names.filter(name => !/^\d+$/.test(name))).toEqual(sorted(commands.map(({ name }) => name)));
    expect(names.filter(name => /^\d+$/.test(name))).toEqual(exitCodesIn(["cli"]).map(String));
  });
});

describe("docs/reference.md", () => {
  const PLACEHOLDERS: Readonly<Record<string, string>> = {
    account: "444455556666",
    alarm: CLUSTER_ALARMS.map(({ name }) => name).join("|"),
    bucket: "example-access-audit",
    channel: "email|slack|smtp|sns|teams",
    cluster: "orders|billing",
    dashboard: "aurora-users",
    fact: "partition|region|caller|caller_identity",
    function: "preview|apply|enforce|rotate",
    notifier: "aurora-users-notifier",
    queue: "dead-letters|sources|offboarding",
    reconciler: "aurora-users",
    right: "preview|apply",
    role: "sync-task",
    source: "shop_-2f_prod",
    table: "ledger|audit",
    template: "access_granted_html",
    trigger: "interval|expiry",
    user: "jane_doe|sync",
  };
  /** Of options that the sample does not set. */
  const NOT_IN_THE_SAMPLE = ["terraform_data.<cluster>-grants"];
  const folder = mkdtempSync(join(tmpdir(), "addresses-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const patternOf = (address: string): RegExp => {
    const text = address.replace('["<cluster>"]', "").replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    return new RegExp(`^${text.replace(/<(\w+)>/g, (_, name: string) => `(?:${PLACEHOLDERS[name]})`)}$`);
  };

  /** The addresses of an app that uses every construct. */
  function synthesised(): string[] {
    const app = join(ROOT, "test/terraform/synth/every-construct.ts");
    const env = { CDKTF_OUTDIR: folder };
    expect(complaint(run(process.execPath, ["--import", "tsx", app], { env }))).toBe("");
    const [stack] = readdirSync(join(folder, "stacks"));
    const json = JSON.parse(readFileSync(join(folder, "stacks", stack!, "cdk.tf.json"), "utf8")) as {
      readonly [kind in "check" | "data" | "resource"]: Readonly<Record<string, object>>;
    };
    const within = (prefix: string, kinds: Readonly<Record<string, object>>) =>
      Object.entries(kinds).flatMap(([type, named]) =>
        Object.keys(named).map(name => `${prefix}${type}.${name}`),
      );
    return [
      ...within("", json.resource),
      ...within("data.", json.data),
      ...Object.keys(json.check).map(name => `check.${name}`),
    ];
  }

  it("has the address of every resource of every construct, and no other", () => {
    const documented = [...REFERENCE.matchAll(/^\| `([a-z0-9_.]+\.[^`]+)` \|/gm)].map(
      ([, address]) => address!,
    );
    expect(documented.length).toBeGreaterThan(30);
    // The sample's own topic, and what has an address by construct path.
    const byPath = /^aws_sns_topic\.Topic$|_Connect-|\.(Attributes|Endpoints|Rules)_/;
    const addresses = synthesised().filter(address => !byPath.test(address));
    const matching = (address: string) => documented.filter(pattern => patternOf(pattern).test(address));
    expect(addresses.filter(address => matching(address).length !== 1)).toEqual([]);
    const used = new Set(addresses.flatMap(matching));
    expect(documented.filter(pattern => !used.has(pattern))).toEqual(NOT_IN_THE_SAMPLE);
  }, 120_000);
});
