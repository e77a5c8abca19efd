import { createHash } from "node:crypto";
import type { Construct } from "constructs";
import type { TextRule } from "../../terraform/assertions";
import { expressionOf } from "../../terraform/stack-context";
import type { IAuroraCluster } from "../cluster";
import type { ConnectOptions } from "./connect-options";

export const POLICY_NAME: TextRule = {
  pattern: /^[\w+=,.@-]{1,128}$/,
  rule: "a policy's name (at most 128 letters, digits and `_+=,.@-`)",
};

export const shortHash = (text: string): string =>
  createHash("sha256").update(text).digest("hex").slice(0, 12);

/** So much of a cluster's name that the beginning of a part's name fits: a region has at most 16. */
const MOST_OF_NAME = 32;

/** A name that the stack gives, or the beginning of one that Terraform completes. */
export interface PolicyName {
  readonly text: string;
  readonly isGiven: boolean;
}

/**
 * The name of a policy. A role may have policies of several constructs, regions and apps, and IAM replaces a
 * policy by the next one of its name: so no two constructs give the same name, nor one construct in two
 * regions. A further cluster is no other name: the policy is then updated in place.
 */
export function policyName(
  scope: Construct,
  clusters: readonly IAuroraCluster[],
  { policyName: name, users }: ConnectOptions,
): PolicyName {
  if (name !== undefined) return { text: name, isGiven: true };
  const regions = new Set(clusters.map(({ region }) => expressionOf(scope, region)));
  const where = regions.size === 1 ? clusters[0]!.region : "regions";
  const first = clusters[0]!.name.slice(0, MOST_OF_NAME);
  const which = clusters.length === 1 ? first : `${first}+more`;
  const whose = users ? "accounts" : "people";
  return { text: `connect-${where}-${which}-${whose}-${shortHash(scope.node.path)}`, isGiven: false };
}
