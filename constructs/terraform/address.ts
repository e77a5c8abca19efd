import type { TerraformElement } from "cdktf";
import type { Construct } from "constructs";
import { defined } from "../../core/json";

const isKept = (character: string): boolean => /^[A-Za-z0-9]$/.test(character);
const escaped = (character: string): string => `_-${character.codePointAt(0)!.toString(16)}_`;

/**
 * Whether the `-` at `index` touches a segment (the text between two `-`, or at an end) that is exactly `on`.
 */
const bordersSeparator = (name: string, index: number): boolean =>
  /^on(-|$)/.test(name.slice(index + 1)) || /(^|-)on$/.test(name.slice(0, index));

/**
 * Encodes the name of a user or a cluster as part of a Terraform identifier. Different names always give
 * different identifiers. (cdktf itself strips characters, so `john.doe` and `johndoe` would silently be one
 * resource.)
 *
 * - ASCII letters, digits and `-` stay; `.` becomes `_`; every other character becomes
 *   `_-<code point in hex>_`.
 * - Also escaped: a digit or `-` at the beginning, which no identifier may have; a `-` that would read as the
 *   beginning of an escape; a `-` next to the word `on`, so that `<user>-on-<cluster>` holds `-on-` once.
 *
 * @see https://developer.hashicorp.com/terraform/language/syntax/configuration#identifiers
 */
export function encodeName(name: string): string {
  let encoded = "";
  let index = 0;
  for (const character of name) {
    if (character === ".") encoded += "_";
    else if (character === "-")
      encoded +=
        encoded === "" || encoded.endsWith("_") || bordersSeparator(name, index)
          ? escaped(character)
          : character;
    else if (isKept(character) && !(encoded === "" && /\d/.test(character))) encoded += character;
    else encoded += escaped(character);
    index += character.length;
  }
  return encoded;
}

/** The identifier of a user's record on a cluster: `jane_doe-on-orders`. */
export const recordAddress = (user: string, cluster: string): string =>
  `${encodeName(user)}-on-${encodeName(cluster)}`;

/**
 * The identifier of an element that a cluster has one of: `orders-gate`. A part holds no `-`, so that no two
 * clusters share an identifier.
 */
export const clusterAddress = (cluster: string, part: ClusterPart): string =>
  `${encodeName(cluster)}-${part}`;

/** The elements that a cluster has one of, of each kind (resource, data source, local, check). */
export type ClusterPart =
  | "access"
  | "applied"
  | "apply"
  | "apply_request"
  | "apply_run"
  | "enforce"
  | "expiry"
  | "gate"
  | "grants"
  | "interval"
  | "lookup"
  | "offboarded"
  | "pending"
  | "preview"
  | "preview_request"
  | "preview_result"
  | "preview_run"
  | "registry"
  | "removal"
  | "roster"
  | "rotate"
  | "summary"
  | "unmanaged"
  | "verified";

/**
 * Gives the element its Terraform identifier, which then no longer depends on its place in the construct
 * tree.
 */
export function withLogicalId<T extends TerraformElement>(element: T, logicalId: string): T {
  element.overrideLogicalId(logicalId);
  return element;
}

/** A resource's config, in which optional members may be undefined, and its Terraform identifier. */
export type ResourceConfig<C> = { [K in keyof C]: undefined extends C[K] ? C[K] | undefined : C[K] } & {
  readonly logicalId: string;
};

type ResourceClass = new (scope: Construct, id: string, config: never) => TerraformElement;

/** Makes a resource or a data source with its own Terraform identifier. Undefined members are left out. */
export function resource<R extends ResourceClass>(
  Resource: R,
  scope: Construct,
  id: string,
  { logicalId, ...config }: ResourceConfig<NonNullable<ConstructorParameters<R>[2]>>,
): InstanceType<R> {
  const element = new Resource(scope, id, defined(config) as never) as InstanceType<R>;
  return withLogicalId(element, logicalId);
}
