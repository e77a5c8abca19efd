import { z } from "zod";
import { canonicalJson, type Json } from "../json";

/** What an audit item tells of. Readers take others too: a newer release may have written them. */
export const AUDIT_KINDS = [
  /** What is about to run. */
  "intent",
  /** How it went. */
  "result",
  /** A payload, or a plan, that was turned down. */
  "refused",
  /** A connection that held the cluster's lock and was none of ours. */
  "lock-killed",
  /** A hook that went and left accounts behind. */
  "hook-deleted",
  /** A cluster that came in the place of another. */
  "cluster-replaced",
  /** A document of Parameter Store that was accepted. */
  "source",
] as const;
export type AuditKind = (typeof AUDIT_KINDS)[number];

/** An item as the table holds it. */
export type AuditAttributes = { readonly [attribute: string]: Json | undefined };

/** The sort key of a chain's head: behind every position. */
export const HEAD_KEY = "head";

/** The sort key of an item: its position in twelve digits, so that text order is number order. */
export const positionKey = (seq: number): string => String(seq).padStart(12, "0");

/** The position that a sort key stands for; undefined where it stands for none. */
export function positionOf(key: unknown): number | undefined {
  const seq = typeof key === "string" && /^\d{12}$/.test(key) ? Number(key) : 0;
  return seq > 0 ? seq : undefined;
}

const REFUSED = "refused#";

/** The partition that an entry is chained in: what was refused chains apart, so that a flood of it holds up no work. */
export const auditPartition = (kind: string, cluster: string): string =>
  kind === "refused" ? REFUSED + cluster : cluster;

/** Whether a partition holds what was refused. */
export const isRefusals = (partition: string): boolean => partition.startsWith(REFUSED);

/** The text whose SHA-256 is an item's `hash`: its canonical JSON without `hash`. `prevHash` is part of it. */
export function auditContent(item: AuditAttributes): string {
  const { hash: _, ...rest } = item;
  return canonicalJson(rest);
}

const accountSchema = z.looseObject({ account: z.string(), user: z.string().optional() });
const statementSchema = z.looseObject({
  sql: z.string(),
  why: z.string().optional(),
  /** Grant, expiry, drift or parameter. */
  cause: z.string().optional(),
  accounts: z.array(accountSchema).optional(),
});
const resultSchema = z.looseObject({
  sql: z.string(),
  outcome: z.string(),
  error: z.string().optional(),
  ms: z.number().optional(),
  accounts: z.array(accountSchema).optional(),
});

/** An audit item, as far as it is read again. Attributes that are not known are let be; older items lack the newer ones. */
export const auditItemSchema = z.looseObject({
  pk: z.string(),
  sk: z.string(),
  kind: z.string(),
  cluster: z.string(),
  when: z.string(),
  changeSet: z.string().optional(),
  action: z.string().optional(),
  who: z.string().optional(),
  reference: z.string().optional(),
  outcome: z.string().optional(),
  code: z.string().optional(),
  message: z.string().optional(),
  part: z.number().optional(),
  parts: z.number().optional(),
  statements: z.array(statementSchema).optional(),
  results: z.array(resultSchema).optional(),
  /** Only in intents, and in older ones instead of each statement's own. */
  accounts: z.array(z.union([z.string(), accountSchema])).optional(),
});

export type AuditItem = z.output<typeof auditItemSchema>;
export type AuditStatement = z.output<typeof statementSchema>;
export type AuditResult = z.output<typeof resultSchema>;
