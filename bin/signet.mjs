#!/usr/bin/env node
/**
 * `npx signet`, `npm run -s signet --`: the engine on the command line (src/cli). The sources run as they
 * are, through tsx; the wasm kernels are compiled first where they are missing or stale.
 */
import { register } from "tsx/esm/api";

register();
const { buildKernels } = await import("../src/build/kernels.ts");
await buildKernels();
await import("../src/cli/main.ts");
