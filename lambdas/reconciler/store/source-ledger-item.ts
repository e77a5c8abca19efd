import { z } from "zod";

/** What the ledger knows of one source of a cluster: item `source#<name>`, changed by writes that are conditional on `revision`. */
export const sourceItemSchema = z
  .object({
    revision: z.int().min(0),
    /** Names the write, so that one whose answer was lost is known as done. */
    write: z.string().optional(),
    /** Of the document that was last accepted: the parameter's version and when it was written, and the text's SHA-256. */
    parameterVersion: z.int().min(0),
    modified: z.string(),
    sha256: z.string(),
    /** The SHA-256 of what the registry said of the source then: the same text can mean something else. */
    context: z.string(),
    /** Who wrote it. */
    by: z.string().optional(),
    /** The roster of that document: a blob. */
    target: z.string().optional(),
    /** The roster that is known to be in force: a blob. */
    applied: z.string().optional(),
    /** Accounts that earlier documents declared and that may still exist. */
    formerly: z.array(z.string()).readonly(),
    /** Blobs that are kept, oldest first. */
    blobs: z.array(z.string()).readonly(),
    /** What was refused last and not accepted since, so that it is told once. */
    refused: z.object({ code: z.string(), version: z.int().min(0), sha256: z.string() }).optional(),
  })
  .readonly();

export type SourceItem = z.output<typeof sourceItemSchema>;

export const EMPTY_SOURCE: SourceItem = {
  ...{ revision: 0, parameterVersion: 0, modified: "", sha256: "", context: "" },
  ...{ formerly: [], blobs: [] },
};
