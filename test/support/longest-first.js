const { relative } = require("node:path");
const { default: Sequencer } = require("@jest/test-sequencer");

/**
 * Seconds that suites take on two cores, by the start of their paths; the first match counts. Others take 1
 * s.
 */
const SECONDS = [
  ["test/terraform/demo.test.ts", 200],
  ["test/terraform/scenarios/after-apply.test.ts", 150],
  ["test/terraform/scenarios/replacement.test.ts", 140],
  ["test/mysql/core/random-pairs.test.ts", 130],
  ["test/terraform/scenarios/", 110],
  ["test/package/cdktf-cli.test.ts", 100],
  ["test/local/cli/", 25],
  ["test/mysql/kill/", 50],
  ["test/package/", 30],
  ["test/mysql/", 25],
  ["test/local/", 15],
  ["test/terraform/", 15],
];

/**
 * Starts the longest suites first, so that none of them runs alone at the end. Jest does so from the second
 * run on: in a fresh clone it does not know how long a suite takes.
 */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const seconds = ({ path, context }) => {
      const name = relative(context.config.rootDir, path);
      return SECONDS.find(([start]) => name.startsWith(start))?.[1] ?? 1;
    };
    return [...tests].sort((a, b) => seconds(b) - seconds(a) || (a.path < b.path ? -1 : 1));
  }
};
