import * as z from "zod";

/** A policy of IAM that the caller's role or user has. */
export interface PolicyDocument {
  readonly name: string;
  readonly document: unknown;
}

/** A login as IAM sees it. */
export interface ConnectRequest {
  readonly accountId: string;
  readonly region: string;
  readonly resourceId: string;
  /** The MySQL account. */
  readonly account: string;
  /** What a tag's value is taken to be; undefined: that no tag is there. */
  readonly tag: (key: string) => string | undefined;
  /** The name of an IAM user; undefined for a session. */
  readonly username: string | undefined;
}

/** What policies say of a login. */
export type PolicyDecision =
  /** `tags`: the keys of the tags that it depends on. `conditions`: those that were not judged. */
  | {
      readonly kind: "allowed";
      readonly policy: string;
      readonly tags: readonly string[];
      readonly conditions: readonly string[];
    }
  | { readonly kind: "denied"; readonly policy: string }
  /** No policy is about logins to databases. */
  | { readonly kind: "none" }
  /** They are, but not for this: `resources` are the ARNs that they name. */
  | { readonly kind: "other"; readonly resources: readonly string[] };

const texts = z.union([z.string(), z.array(z.string())]).transform(value => [value].flat());
const statementSchema = z.looseObject({
  Effect: z.enum(["Allow", "Deny"]),
  Action: texts.optional(),
  NotAction: texts.optional(),
  Resource: texts.optional(),
  NotResource: texts.optional(),
  Condition: z.record(z.string(), z.record(z.string(), texts)).default({}),
});
type Statement = z.output<typeof statementSchema> & { readonly policy: string };
const documentSchema = z.looseObject({
  Statement: z.union([z.looseObject({}), z.array(z.looseObject({}))]).transform(value => [value].flat()),
});

const ACTION = "rds-db:connect";

/**
 * What the policies say, by the rules of IAM for one action: a Deny counts first. Of conditions only those on
 * tags are judged: the others hold for an Allow, and do not for a Deny.
 */
export function judgePolicies(documents: readonly PolicyDocument[], request: ConnectRequest): PolicyDecision {
  const about = documents.flatMap(statementsOf).filter(isAboutLogins);
  const matching = about.filter(statement => matchesResource(statement, request));
  const denial = matching.find(
    ({ Effect, ...statement }) =>
      Effect === "Deny" && unjudged(statement).length === 0 && tagsHold(statement, request),
  );
  if (denial) return { kind: "denied", policy: denial.policy };
  const allowing = matching.filter(
    ({ Effect, ...statement }) => Effect === "Allow" && tagsHold(statement, request),
  );
  const best = allowing.find(one => unjudged(one).length === 0 && tagsIn(one).length === 0) ?? allowing[0];
  if (best) return { kind: "allowed", policy: best.policy, tags: tagsIn(best), conditions: unjudged(best) };
  const named = about.filter(({ Effect }) => Effect === "Allow").flatMap(({ Resource = [] }) => Resource);
  return named.length === 0 ? { kind: "none" } : { kind: "other", resources: [...new Set(named)] };
}

function statementsOf({ document, name }: PolicyDocument): Statement[] {
  const { Statement = [] } = documentSchema.safeParse(document).data ?? {};
  return Statement.flatMap(statement => {
    const { data } = statementSchema.safeParse(statement);
    return data ? [{ ...data, policy: name }] : [];
  });
}

const isAboutLogins = ({ Action, NotAction }: Statement): boolean =>
  Action === undefined
    ? NotAction !== undefined && !NotAction.some(action => glob(action.toLowerCase()).test(ACTION))
    : Action.some(action => glob(action.toLowerCase()).test(ACTION));

function matchesResource({ NotResource, Resource }: Statement, request: ConnectRequest): boolean {
  const { account, accountId, region, resourceId } = request;
  const end = `:rds-db:${region}:${accountId}:dbuser:${resourceId}/${account}`;
  const arns = ["aws", "aws-cn", "aws-us-gov"].map(partition => `arn:${partition}${end}`);
  const matches = (pattern: string) => {
    const filled = filledIn(pattern, request);
    return filled !== undefined && arns.some(arn => filled.test(arn));
  };
  if (Resource === undefined) return NotResource !== undefined && !NotResource.some(matches);
  return Resource.some(matches);
}

const VARIABLE = /\$\{([^}]*)\}/g;

/** A pattern with its variables replaced; undefined if one has no value: it then matches nothing. */
function filledIn(pattern: string, { tag, username }: ConnectRequest): RegExp | undefined {
  let isWhole = true;
  const parts = pattern.split(VARIABLE).map((part, at) => {
    if (at % 2 === 0) return globText(part);
    const value = /^aws:username$/i.test(part) ? username : tagValue(part, tag);
    if (value === undefined) isWhole = false;
    return escaped(value ?? "");
  });
  return isWhole ? new RegExp(`^${parts.join("")}$`, "s") : undefined;
}

const TAG = /^aws:PrincipalTag\/(.+)$/i;
const tagValue = (key: string, tag: ConnectRequest["tag"]): string | undefined => {
  const [, name] = TAG.exec(key) ?? [];
  return name === undefined ? undefined : tag(name);
};

/** The keys of the tags that a statement's resources or conditions name. */
function tagsIn({ Condition, Resource = [] }: Pick<Statement, "Condition" | "Resource">): string[] {
  const variables = Resource.flatMap(text => [...text.matchAll(VARIABLE)].map(([, name]) => name!));
  const keys = Object.values(Condition).flatMap(Object.keys);
  return [...new Set([...variables, ...keys].flatMap(key => TAG.exec(key)?.[1] ?? []))];
}

type Conditions = Pick<Statement, "Condition">;

/** The keys of the conditions that are not judged. */
const unjudged = ({ Condition }: Conditions): string[] =>
  Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.keys(keys).filter(key => !(isEquality(operator) && TAG.test(key))),
  );

const isEquality = (operator: string): boolean => /^StringEquals$/i.test(operator);

const tagsHold = ({ Condition }: Conditions, { tag }: ConnectRequest): boolean =>
  Object.entries(Condition)
    .filter(([operator]) => isEquality(operator))
    .flatMap(([, keys]) => Object.entries(keys))
    .filter(([key]) => TAG.test(key))
    .every(([key, values]) => values.includes(tagValue(key, tag) ?? ""));

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const globText = (text: string): string => escaped(text).replaceAll("\\*", ".*").replaceAll("\\?", ".");
const glob = (pattern: string): RegExp => new RegExp(`^${globText(pattern)}$`, "s");
