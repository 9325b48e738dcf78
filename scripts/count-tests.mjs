// Prints "N passed, N failed" over the JSON results of the given test runs. A
// result file that is missing counts as one failure: its run did not finish.
// Before it every failed test with its message: a log's end is what one looks at.
import { readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";

const messageLines = 100;

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
      for (const line of failures(suite)) console.log(line);
    }
  } catch (error) {
    console.error(`${file}: ${error.message}`);
    failed += 1;
  }
}

/** The failed tests of one file: what a suite that could not be loaded says, else each test's own messages. */
function failures(suite) {
  const tests = suite.assertionResults.filter((test) => test.status === "failed");
  const told = tests.length > 0 ? tests : suite.status === "failed" ? [suite] : [];
  return told.flatMap((test) => [
    `failed: ${suite.name}${test === suite ? "" : `: ${test.fullName}`}`,
    ...stripVTControlCharacters((test.failureMessages ?? [suite.message]).join("\n"))
      .split("\n")
      .slice(0, messageLines)
      .map((line) => `  ${line}`),
  ]);
}

console.log(`${passed} passed, ${failed} failed`);
