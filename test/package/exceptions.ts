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
  circles: [],
  longFiles: [],
  longFunctions: [],
  manyParameters: [],
  messageFromMessage: [],
  searchInProse: [],
  spreadIdioms: [],
  privateKeyword: [],
  longLines: ["local/mysql/aws_auth_standin.cc", "scripts/fresh-clone.sh", "scripts/run.mjs"],
  avoidedWords: [
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "constructs/operations/alarm-definitions.ts",
    "docs/cli.md",
    "local/mysql/aws_auth_standin.cc",
    "local/mysql/provision.sh",
  ],
};
