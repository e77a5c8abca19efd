const { relative } = require("node:path");
const { default: Sequencer } = require("@jest/test-sequencer");

/**
 * Seconds that suites took on two cores, by the start of their paths. The first match counts; others take 5.
 */
const SECONDS = [
  // These need no server: they compute while the first suites wait for the download of theirs.
  ["test/package/published.test.ts", 190],
  ["test/package/checks.test.ts", 190],
  ["test/terraform/demo.test.ts", 200],
  ["test/terraform/scenarios/upgrades.test.ts", 171],
  ["test/terraform/scenarios/replacement.test.ts", 125],
  ["test/mysql/reconciler/apply/recording.test.ts", 100],
  ["test/package/cdktf-cli.test.ts", 95],
  ["test/package/first-app.test.ts", 60],
  ["test/terraform/scenarios/after-apply.test.ts", 91],
  ["test/mysql/soak.test.ts", 60],
  ["test/mysql/kill/", 60],
  ["test/mysql/reconciler/execute/late-logins.test.ts", 80],
  ["test/mysql/reconciler/hostile/grants-beyond-the-prefix.test.ts", 80],
  ["test/mysql/reconciler/enforce/forged-ledger.test.ts", 80],
  ["test/mysql/reconciler/execute/narrowing.test.ts", 80],
  ["test/mysql/reconciler/passwords/rotation.test.ts", 80],
  ["test/terraform/scenarios/failures.test.ts", 77],
  ["test/terraform/scenarios/topologies.test.ts", 100],
  ["test/terraform/scenarios/refused-destroy.test.ts", 69],
  ["test/terraform/scenarios/drift.test.ts", 68],
  ["test/terraform/scenarios/first-apply.test.ts", 61],
  ["test/terraform/scenarios/forgotten-hook.test.ts", 54],
  ["test/mysql/reconciler/", 40],
  ["test/local/terraform/", 37],
  ["test/terraform/scenarios/", 29],
  ["test/mysql/", 30],
  ["test/model/", 40],
  ["test/local/c", 22],
  ["test/local/login/", 22],
  ["test/local/mysql/", 25],
  ["test/unit/cli/process.test.ts", 12],
  ["test/unit/constructs/cluster/", 6],
];

/**
 * Starts the longest suites first, so that none of them runs alone at the end. Jest does so from the second
 * run on: in a fresh clone it does not know how long a suite takes.
 */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const seconds = ({ path, context }) => {
      const name = relative(context.config.rootDir, path);
      return SECONDS.find(([start]) => name.startsWith(start))?.[1] ?? 5;
    };
    return [...tests].sort((a, b) => seconds(b) - seconds(a) || (a.path < b.path ? -1 : 1));
  }
};
