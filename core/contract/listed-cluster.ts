import * as z from "zod";
import { defined } from "../json";

/** The partition that lists clusters. A cluster's name holds no `#`. */
export const CLUSTERS = "#clusters";
/** 1 MB each: room for thousands of clusters. Reconcilers of other accounts may write to the list, too. */
export const MOST_PAGES = 5;
/** A cluster's name and, if another one took that, its resource id; in characters. */
const LONGEST = 128;

/** An entry of the list of clusters. */
export interface ListedCluster {
  readonly cluster: string;
  readonly owner: string;
  readonly since: string;
  readonly released?: string | undefined;
  /** The number of managed accounts when the last hook was deleted. */
  readonly accountsLeft?: number | undefined;
  /** The reconciler that wrote it, if the tables are of another account. Absent: one of their own account. */
  readonly reconciler?: string | undefined;
}

const attributesSchema = z.object({
  owner: z.string().catch(""),
  since: z.string().catch(""),
  released: z.string().optional().catch(undefined),
  accountsLeft: z.number().optional().catch(undefined),
  reconciler: z.string().optional().catch(undefined),
});

/** An item of the list. Its name is in its key; what is wrong in an attribute is not believed. */
export const listedCluster = (item: { readonly sk: string }): ListedCluster => ({
  ...defined(attributesSchema.parse(item)),
  cluster: item.sk.slice(0, LONGEST),
});
