import * as z from "zod";
import type { MaybeUnproven } from "../../../core/unproven";

/**
 * What the ledger knows of one source: the item `source#<name>`, changed by writes that are conditional on
 * `revision`.
 */
export const sourceItemSchema = z
  .object({
    revision: z.int().min(0),
    /** The id of the write, to recognize after a lost answer that it happened. */
    write: z.string().optional(),
    /**
     * The last accepted document: the parameter's version, when it was written, and the SHA-256 of the text.
     */
    parameterVersion: z.int().min(0),
    modified: z.string(),
    sha256: z.string(),
    /**
     * The SHA-256 of the registry's settings for the source then: with others the same text means something
     * else.
     */
    context: z.string(),
    /** Who wrote the document. */
    by: z.string().optional(),
    /** The roster of the document: a blob. */
    target: z.string().optional(),
    /** The roster that is known to be in force: a blob. */
    applied: z.string().optional(),
    /** The accounts that the source may change: a blob. Absent in items of earlier releases. */
    accounts: z.string().optional(),
    /** The first of the accounts that earlier documents declared and that may still exist. */
    formerly: z.array(z.string()).readonly(),
    /** Blobs that are kept, oldest first. */
    blobs: z.array(z.string()).readonly(),
    /** What documents removed in the last 24 hours without a confirmation, one entry an hour. */
    removals: z
      .array(
        z.object({
          hour: z.string(),
          accounts: z.int(),
          of: z.int(),
          /** Of accounts that were the source's own for a day. Absent in items of earlier releases. */
          established: z.object({ accounts: z.int(), of: z.int() }).optional(),
        }),
      )
      .readonly()
      .optional(),
    /** A random part of the tokens that confirm removals, until a document is accepted. */
    nonce: z.string().optional(),
    /** What was reported last of accounts that cannot be as the source says. */
    leftOut: z.object({ what: z.string(), at: z.string() }).optional(),
    /** What was reported last of refused documents. Absent in items of earlier releases. */
    reported: z.object({ what: z.string(), at: z.string() }).optional(),
    /** The last refusal, until a document is accepted: it is reported once. */
    refused: z.object({ code: z.string(), version: z.int().min(0), sha256: z.string() }).optional(),
  })
  .readonly();

/** An item, and in memory whether it is proven. */
export type SourceItem = z.output<typeof sourceItemSchema> & MaybeUnproven;

export const EMPTY_SOURCE: SourceItem = {
  revision: 0,
  parameterVersion: 0,
  modified: "",
  sha256: "",
  context: "",
  formerly: [],
  blobs: [],
};
