/**
 * The globals of Thunderbird's privileged process, as an Experiment sees them. Thunderbird ships no
 * types for its insides; what a parent.ts relies on is probed at run time instead (`probe`).
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- XPCOM objects have no types
type Privileged = any;

declare const Cc: Privileged;
declare const Ci: Privileged;
declare const Cr: Privileged;
declare const Cu: Privileged;
declare const Components: Privileged;
declare const ChromeUtils: Privileged;
declare const Services: Privileged;
declare const IOUtils: Privileged;
declare const PathUtils: Privileged;
declare const ExtensionAPI: Privileged;
declare const ExtensionCommon: Privileged;
declare const ExtensionError: Privileged;
