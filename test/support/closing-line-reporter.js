const { writeSync } = require("node:fs");

/** Writes the last line of a run, after the summary, for machines to read: `N passed, N failed`. */
module.exports = class ClosingLineReporter {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.testResults.filter(r => r.testExecError).length;
    process.once("exit", () => writeSync(1, `${results.numPassedTests} passed, ${failed} failed\n`));
  }
};
