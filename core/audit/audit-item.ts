import * as z from "zod";
import { canonicalJson, type Json } from "../json";
import { rosterChangeSchema } from "./roster-change";

/** The kinds of audit items. Readers accept other kinds too: a newer release may have written them. */
export const AUDIT_KINDS = [
  /** The statements that are about to run. */
  "intent",
  /** The outcome of the statements. */
  "result",
  /** A payload or a plan that was refused. */
  "refused",
  /** A session of another program that held the cluster's lock, and was ended. */
  "lock-killed",
  /** A hook was deleted; accounts remain. */
  "hook-deleted",
  /** Another cluster took over the name. */
  "cluster-replaced",
  /** A document in Parameter Store was accepted. */
  "source",
  /** A person was offboarded or reinstated, or a user without accounts left. */
  "offboarding",
] as const;
export type AuditKind = (typeof AUDIT_KINDS)[number];

/** An item as stored in the table. */
export type AuditAttributes = { readonly [attribute: string]: Json | undefined };

/** The sort key of a chain's head. It sorts after every position. */
export const HEAD_KEY = "head";

/** The sort key of an item: its position in twelve digits, so that keys sort by number. */
export const positionKey = (seq: number): string => String(seq).padStart(12, "0");

/** The position in a sort key; undefined if it holds none. */
export function positionOf(key: unknown): number | undefined {
  const seq = typeof key === "string" && /^\d{12}$/.test(key) ? Number(key) : 0;
  return seq > 0 ? seq : undefined;
}

const REFUSED = "refused#";
/** In place of a cluster, where an entry is about a person and all clusters. */
export const OFFBOARDING_CHAIN = "#offboarding";

/**
 * The partition of an entry's chain. Refusals have a chain of their own, so that many of them delay no other
 * entry.
 */
export const auditPartition = (kind: string, cluster: string): string =>
  kind === "refused" ? REFUSED + cluster : cluster;

/** Whether a partition holds refusals. */
export const isRefusals = (partition: string): boolean => partition.startsWith(REFUSED);

/** The cluster whose entries a partition holds. */
export const clusterOfPartition = (partition: string): string =>
  isRefusals(partition) ? partition.slice(REFUSED.length) : partition;

/**
 * The text whose SHA-256 is an item's `hash`: its canonical JSON without `hash`. `prevHash` is part of it.
 */
export function auditContent(item: AuditAttributes): string {
  const { hash: _, ...rest } = item;
  return canonicalJson(rest);
}

const accountSchema = z.looseObject({
  account: z.string(),
  user: z.string().optional(),
  /** Of the cause `parameter`: the sources whose documents changed the account. Older items do not say. */
  sources: z.array(z.string()).optional(),
});
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

/**
 * The attributes of an audit item that are read again. Items may hold others, and older items lack the newer
 * ones.
 */
export const auditItemSchema = z.looseObject({
  pk: z.string(),
  sk: z.string(),
  kind: z.string(),
  cluster: z.string(),
  when: z.string(),
  changeSet: z.string().optional(),
  action: z.string().optional(),
  /** Who planned, and what for: the caller's own words. CloudTrail has the identity. */
  who: z.string().optional(),
  reference: z.string().optional(),
  outcome: z.string().optional(),
  code: z.string().optional(),
  message: z.string().optional(),
  part: z.number().optional(),
  parts: z.number().optional(),
  statements: z.array(statementSchema).optional(),
  results: z.array(resultSchema).optional(),
  /**
   * Of an apply: how the declared accounts changed. In its intent, or in its result if no statement ran.
   * Older items have `rosterChange`, which says less: not which values `limits` and the like had.
   */
  accountChanges: z.array(rosterChangeSchema).optional(),
  /** Only in intents. Older intents have it instead of accounts in each statement. */
  accounts: z.array(z.union([z.string(), accountSchema])).optional(),
});

export type AuditItem = z.output<typeof auditItemSchema>;
export type AuditStatement = z.output<typeof statementSchema>;
export type AuditResult = z.output<typeof resultSchema>;
