/**
 * What the rules of structure and style still find. The list only gets shorter: an entry that its rule no longer finds
 * fails the test, and so does a file that is not listed.
 */
export const EXCEPTIONS: Readonly<
  Record<
    | "upwards"
    | "circles"
    | "longFiles"
    | "longFunctions"
    | "manyParameters"
    | "messageFromMessage"
    | "searchInProse"
    | "spreadIdioms"
    | "privateKeyword"
    | "longLines"
    | "avoidedWords",
    readonly string[]
  >
> = {
  upwards: [],
  circles: ["lambdas/notifier/channels/mail-transport.ts lambdas/notifier/services.ts"],
  longFiles: [],
  longFunctions: [],
  manyParameters: ["cli/commands/audit/audit-anchors.ts", "cli/commands/prune.ts", "reader/prune-grants.ts"],
  messageFromMessage: ["cli/commands/put-source.ts", "cli/commands/token.ts", "cli/run.ts"],
  searchInProse: ["cli/run.ts", "cli/terminal/aws-problem.ts"],
  spreadIdioms: [
    "cli/aurora-users.ts",
    "cli/commands/audit/audit-anchors.ts",
    "cli/commands/audit/audit-rows.ts",
    "cli/commands/audit/audit-table.ts",
    "cli/commands/check.ts",
    "cli/commands/who.ts",
    "reader/parse-source.ts",
  ],
  privateKeyword: [
    "cli/commands/audit/audit-table.ts",
    "cli/terminal/command.ts",
    "reader/parse-source.ts",
    "reader/read-users.ts",
  ],
  longLines: [
    "cli/commands/audit/audit-anchors.ts",
    "cli/commands/audit/audit-table.ts",
    "cli/commands/audit/audit-verify.ts",
    "cli/commands/audit/plain-item.ts",
    "cli/commands/put-source.ts",
    "cli/commands/replace-files.ts",
    "cli/commands/token.ts",
    "cli/run.ts",
    "cli/terminal/command.ts",
    "cli/terminal/parse-time.ts",
    "cli/terminal/table.ts",
    "local/mysql/aws_auth_standin.cc",
    "reader/parse-source.ts",
    "reader/prune-grants.ts",
    "reader/read-users.ts",
    "reader/remove-items.ts",
    "reader/user-file-text.ts",
    "scripts/fresh-clone.sh",
    "scripts/run.mjs",
    "test/package/code-rules.ts",
    "test/package/import-graph.ts",
    "test/package/layers.ts",
  ],
  avoidedWords: [
    "cli/commands/audit/audit-anchors.ts",
    "cli/commands/audit/audit-rows.ts",
    "cli/commands/audit/audit-verify.ts",
    "cli/commands/audit/audit.ts",
    "cli/commands/prune.ts",
    "cli/commands/put-source.ts",
    "cli/commands/replace-files.ts",
    "cli/commands/source.ts",
    "cli/terminal/aws-problem.ts",
    "cli/terminal/command.ts",
    "constructs/operations/alarm-definitions.ts",
    "local/mysql/aws_auth_standin.cc",
    "local/mysql/provision.sh",
    "reader/parse-source.ts",
    "reader/read-users.ts",
    "reader/remove-items.ts",
    "test/package/architecture.test.ts",
    "test/unit/cli/commands/audit/audit-rows.test.ts",
    "test/unit/cli/commands/source.test.ts",
    "test/unit/reader/problems.test.ts",
    "test/unit/reader/prune-grants.test.ts",
    "test/unit/reader/reader.test.ts",
  ],
};
