const { writeSync } = require("node:fs");

/** Ends the run with one line that machines read: `N passed, N failed`. Written last of all, behind the summary. */
module.exports = class ClosingLineReporter {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.testResults.filter(r => r.testExecError).length;
    process.once("exit", () => writeSync(1, `${results.numPassedTests} passed, ${failed} failed\n`));
  }
};
