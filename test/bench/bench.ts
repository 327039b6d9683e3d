/**
 * `npm run bench [-- --json] [-- --only WORD] [-- --keep] [-- --no-browsers]`: Signet beside libcrypto, the openssl program,
 * PKI.js and node-forge on the same messages; memory, sizes, first calls; and which goals hold. No test
 * depends on any of it. `--only` runs the cases whose name has the word, and judges nothing; `--keep` writes the
 * numbers to docs/performance.md, and to docs/performance.json, which the next run is compared with; `--quick`
 * does one round: does it still work?
 */
import { buildKernels } from "../../src/build/kernels.js";

// Before anything imports the engine: the kernels are not kept in git.
await buildKernels();
const { runBench } = await import("./run-bench.js");
await runBench();
