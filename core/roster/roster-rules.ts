import * as z from "zod";
import { databaseNameSchema, text } from "./name-schemas";
import { patternFault } from "./rule-pattern";

/** What a role or a grant lets its holder do, from the least: see `strengthOf` in `core/rules`. */
export const STRENGTHS = ["read", "change", "define", "everything"] as const;
export type Strength = (typeof STRENGTHS)[number];

/** How the holders of a role are counted. */
export const COUNTED_PER = ["cluster", "database", "everywhere"] as const;

/** Limits of what a rule names, so that no roster grows by its rules alone. */
export const MOST_DAYS = 3_650;
export const MAX_PATTERN_LENGTH = 200;

/** A role at some places of one cluster. */
const rightShape = {
  /** The role that the rule names. Messages say it; `strength` decides. */
  role: text(64),
  /** What the role lets its holder do. Grants of this strength or more count. */
  strength: z.enum(STRENGTHS),
  /** The databases of this cluster. Absent: all. Empty: the rule names other clusters' only. */
  databases: z.array(databaseNameSchema).max(10_000).readonly().optional(),
};
const rightSchema = z.strictObject(rightShape).readonly();

const common = {
  /** Why there is the rule, in its author's words. */
  why: text(1024).optional(),
  /** The users that the rule excepts, each with a reason. */
  except: z.record(text(256), text(1024)).readonly().optional(),
};
const patternSchema = text(MAX_PATTERN_LENGTH).refine(
  pattern => patternFault(pattern) === undefined,
  "is no pattern of a rule",
);
const kind = <K extends string, S extends z.ZodType>(key: K, schema: S) =>
  z.strictObject({ [key]: schema, ...common } as Record<K, S> & typeof common).readonly();

const domains = z.array(text(255)).min(1).max(100).readonly();
/** Users whose reviewed address makes the rule hold for them, whatever address a source says. */
const people = z.array(text(256)).readonly().optional();

/** A rule as one cluster's roster holds it. Its places are databases of that cluster. */
export const rosterRuleSchema = z.union([
  kind("neverTogether", z.array(rightSchema).min(2).max(20).readonly()),
  kind(
    "mostHolders",
    z.strictObject({ ...rightShape, most: z.int().min(0).max(100_000), per: z.enum(COUNTED_PER) }).readonly(),
  ),
  kind("endWithin", z.strictObject({ ...rightShape, days: z.int().min(1).max(MOST_DAYS) }).readonly()),
  kind(
    "reasonMatches",
    z.strictObject({ ...rightShape, role: rightShape.role.optional(), pattern: patternSchema }).readonly(),
  ),
  kind("emailDomains", z.strictObject({ ...rightShape, domains, people }).readonly()),
  kind(
    "readOnly",
    z.strictObject({ users: domains.optional(), emailDomains: domains.optional(), people }).readonly(),
  ),
  kind(
    "noSoleOwner",
    z
      .record(
        text(256),
        z.strictObject({ owner: text(320), databases: z.array(databaseNameSchema).readonly() }).readonly(),
      )
      .readonly(),
  ),
]);

/** The rules of a roster, by name. */
export const rosterRulesSchema = z.record(text(64), rosterRuleSchema).readonly();

export type RosterRule = z.output<typeof rosterRuleSchema>;
export type RosterRules = z.output<typeof rosterRulesSchema>;
/** The rules as they are written: without users of other clusters, which change often. */
export const withoutPeople = (rules: RosterRules): RosterRules =>
  Object.fromEntries(
    Object.entries(rules).map(([name, rule]): [string, RosterRule] => {
      if ("readOnly" in rule) {
        const { people: _, ...readOnly } = rule.readOnly;
        return [name, { ...rule, readOnly }];
      }
      if (!("emailDomains" in rule)) return [name, rule];
      const { people: _, ...emailDomains } = rule.emailDomains;
      return [name, { ...rule, emailDomains }];
    }),
  );
/** A role at some places of one cluster. */
export type Right = z.output<typeof rightSchema>;
