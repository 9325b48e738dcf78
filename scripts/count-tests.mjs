// Prints "N passed, N failed" over the JSON results of the given test runs. A
// result file that is missing counts as one failure: its run did not finish.
import { readFileSync } from "node:fs";

let passed = 0;
let failed = 0;
for (const file of process.argv.slice(2)) {
  try {
    const result = JSON.parse(readFileSync(file, "utf8"));
    passed += result.numPassedTests;
    failed += result.numFailedTests;
    // A file that could not even be loaded has no tests to count.
    for (const suite of result.testResults) {
      if (suite.status === "failed" && suite.assertionResults.every((test) => test.status !== "failed"))
        failed += 1;
    }
  } catch (error) {
    console.error(`${file}: ${error.message}`);
    failed += 1;
  }
}
console.log(`${passed} passed, ${failed} failed`);
