/** Ends the run with one line that machines read: `N passed, N failed`. */
module.exports = class ClosingLineReporter {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.testResults.filter(r => r.testExecError).length;
    process.stdout.write(`${results.numPassedTests} passed, ${failed} failed\n`);
  }
};
