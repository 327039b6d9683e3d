/**
 * A minute of fuzzing with coverage feedback for each parser, two at a time; SIGNET_FUZZ_SECONDS says longer or shorter.
 * `npm run torture` is the same for an hour. What either finds becomes a file in `seeds/`, which
 * `regressions.test.ts` tries ever after.
 */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { type Target, cannotFuzz, fuzz, prepare, targets } from "./run-fuzzers.js";

const seconds = Number(process.env["SIGNET_FUZZ_SECONDS"] ?? 60);

describe("a minute of fuzzing", { skip: cannotFuzz, concurrency: 2 }, () => {
  before(prepare);

  for (const target of Object.keys(targets) as Target[]) {
    test(
      `${target}: throws what it promises, in time and memory`,
      { timeout: (seconds + 300) * 1_000 },
      async (t) => {
        const { said, findings, executions, coverage, features, corpus } = await fuzz({
          target,
          seconds,
          corpus: "new",
        });
        assert.equal(said, null, `${findings.join(", ")}\n${said}`);
        t.diagnostic(
          `${target}: ${executions} executions, cov ${coverage}, ft ${features}, corpus ${corpus}`,
        );
        // A fuzzer that sees nothing of our code would find nothing, and pass.
        assert.ok(executions > 0 && coverage > 50 && features > coverage, "no feedback from coverage");
      },
    );
  }
});
