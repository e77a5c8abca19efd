export { matchesName, type Pattern, PatternFault, parsePattern } from "../roster/rule-pattern";
export { inDomains } from "./grant-rules";
export { type ClusterRoster, type Holding, holdingText } from "./holdings";
export { type RuleViolation, ruleViolations } from "./rule-violations";
export { isAtLeast, strengthOf } from "./strength";
export { violationText } from "./violation-text";
