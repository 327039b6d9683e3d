/**
 * Loaded before jazzer.js in the fuzzer's process: the addon that was made to fit (`fit-addon.ts`) takes its place.
 * At its end the process says how much of the processor it got.
 */
const open = process.dlopen.bind(process);

process.dlopen = (module: object, path: string, flags?: number) => {
  const fitted = process.env["SIGNET_FUZZER_ADDON"];
  const taken = fitted !== undefined && path.includes("@jazzer.js") ? fitted : path;
  if (flags === undefined) open(module, taken);
  else open(module, taken, flags);
};

process.once("exit", () => {
  const { user, system } = process.cpuUsage();
  process.stderr.write(`cpu seconds: ${Math.round((user + system) / 1e6)}\n`);
});
