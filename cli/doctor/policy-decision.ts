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
  /** What the tag is taken to be by which a policy's resource names the account. Other tags are not known. */
  readonly tag: string;
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
  /** A statement has a form that is not known here: it could allow the login, or deny it. */
  | { readonly kind: "unreadable"; readonly policy: string }
  /** No policy is about logins to databases. */
  | { readonly kind: "none" }
  /** They are, but not for this: `resources` are the ARNs that they name. */
  | { readonly kind: "other"; readonly resources: readonly string[] };

const texts = z.union([z.string(), z.array(z.string())]).transform(value => [value].flat());
/** IAM takes `true` and `1` without quotes, too. */
const value = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const values = z.union([value, z.array(value)]).transform(found => [found].flat());
const statementSchema = z.looseObject({
  Effect: z.enum(["Allow", "Deny"]),
  Action: texts.optional(),
  NotAction: texts.optional(),
  Resource: texts.optional(),
  NotResource: texts.optional(),
  Condition: z.record(z.string(), z.record(z.string(), values)).default({}),
});
type Statement = z.output<typeof statementSchema> & { readonly policy: string };
const documentSchema = z.looseObject({
  Statement: z.union([z.looseObject({}), z.array(z.looseObject({}))]).transform(value => [value].flat()),
});

const ACTION = "rds-db:connect";

/**
 * What the policies say, by the rules of IAM for one action: a Deny counts first. Of conditions only those on
 * the tag in the statement's own resource are judged: the others hold for an Allow, and do not for a Deny. So
 * do variables that are not known.
 */
export function judgePolicies(documents: readonly PolicyDocument[], request: ConnectRequest): PolicyDecision {
  const unreadable = documents.find(({ document }) => statementsIn(document) === undefined);
  if (unreadable) return { kind: "unreadable", policy: unreadable.name };
  const statements = documents.flatMap(({ document, name }) =>
    statementsIn(document)!.map(statement => ({ ...statement, policy: name })),
  );
  const about = statements.filter(isAboutLogins);
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

/** Undefined if one cannot be read. */
function statementsIn(document: unknown): z.output<typeof statementSchema>[] | undefined {
  const found = documentSchema
    .safeParse(document)
    .data?.Statement.map(statement => statementSchema.safeParse(statement).data);
  return found?.every(statement => statement !== undefined) ? found : undefined;
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
const USERNAME = /^aws:username$/i;
/** In place of special characters: `${*}`. */
const LITERAL = /^[*?$]$/;

/** A pattern with its variables replaced; undefined if it names the user of a session: it matches nothing. */
function filledIn(pattern: string, { tag, username }: ConnectRequest): RegExp | undefined {
  let isWhole = true;
  const parts = pattern.split(VARIABLE).map((part, at) => {
    if (at % 2 === 0) return globText(part);
    if (LITERAL.test(part)) return escaped(part);
    if (TAG.test(part)) return escaped(tag);
    // What is not known may be anything: it counts among the conditions that are not judged.
    if (!USERNAME.test(part)) return ".*";
    if (username === undefined) isWhole = false;
    return escaped(username ?? "");
  });
  return isWhole ? new RegExp(`^${parts.join("")}$`, "s") : undefined;
}

const TAG = /^aws:PrincipalTag\/(.+)$/i;

const variablesIn = ({ Resource = [] }: Pick<Statement, "Resource">): string[] =>
  Resource.flatMap(text => [...text.matchAll(VARIABLE)].map(([, name]) => name!));

/** The keys of the tags that a statement's resources name. */
const tagsIn = (statement: Pick<Statement, "Resource">): string[] => [
  ...new Set(variablesIn(statement).flatMap(key => TAG.exec(key)?.[1] ?? [])),
];

type Conditions = Pick<Statement, "Condition" | "Resource">;

/** Whether the condition is an equality with the tag that a resource of the statement names. */
const isJudged = (operator: string, key: string, statement: Conditions): boolean =>
  /^StringEquals$/i.test(operator) &&
  tagsIn(statement).some(tag => tag.toLowerCase() === TAG.exec(key)?.[1]?.toLowerCase());

/** The conditions and variables that are not judged. */
const unjudged = (statement: Conditions): string[] => [
  ...Object.entries(statement.Condition).flatMap(([operator, keys]) =>
    Object.keys(keys).filter(key => !isJudged(operator, key, statement)),
  ),
  ...variablesIn(statement).filter(name => ![LITERAL, TAG, USERNAME].some(known => known.test(name))),
];

const tagsHold = (statement: Conditions, { tag }: ConnectRequest): boolean =>
  Object.entries(statement.Condition)
    .flatMap(([operator, keys]) => Object.entries(keys).filter(([key]) => isJudged(operator, key, statement)))
    .every(([, values]) => values.includes(tag));

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const globText = (text: string): string => escaped(text).replaceAll("\\*", ".*").replaceAll("\\?", ".");
const glob = (pattern: string): RegExp => new RegExp(`^${globText(pattern)}$`, "s");
