/**
 * The four manifests. `manifest.json` at the top holds what is true on every target; here one pure
 * function a target adds the rest. The results are kept as snapshots (test/build/manifests/), so that a
 * new permission shows in the diff. Why each permission is asked for stands in README.md.
 * Inline style is allowed for the sake of HTML mail: the reader's sandboxed frame inherits the policy.
 */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type Manifest = { readonly [key: string]: Json };

export const targets = ["thunderbird", "thunderbird-store", "firefox", "chrome"] as const;
export type Target = (typeof targets)[number];

export interface ManifestParts {
  /** the parsed manifest.json */
  readonly common: Manifest;
  /** package.json's */
  readonly version: string;
  readonly experiments: readonly Experiment[];
}

/** One folder of src/experiments. */
export interface Experiment {
  readonly folder: string;
  /** the API's name: `browser.<namespace>` */
  readonly namespace: string;
}

/** Both Thunderbird builds share it, so that keys stay when one replaces the other. Never change it. */
export const addOnId = "signet@signet.email";

/** What the full build stands on inside Thunderbird was tried in these versions; see also its `probe`. */
const thunderbirdTried = { strict_min_version: "153.0", strict_max_version: "153.*" };

/** `data_collection_permissions` needs 140. */
const oldestGecko = "140.0";

/**
 * A store's update would take the Experiments away, so the full build names its own address. No release
 * server exists yet: the name is one that nobody can register (RFC 2606 §2), so nobody can answer there.
 */
const ownUpdates = "https://updates.signet.invalid/thunderbird.json";

/** Where a host's addresses can be seen before it is asked for a revocation list: no prompt goes with it. */
const geckoPermissions = ["dns"];

const thunderbirdPermissions = [
  ...geckoPermissions,
  "accountsRead",
  "addressBooks",
  "compose",
  "compose.send",
  "messagesRead",
  "notifications",
  "scripting",
];

export const manifestFor: Readonly<Record<Target, (parts: ManifestParts) => Manifest>> = {
  thunderbird: (parts) => ({
    ...thunderbird(parts, []),
    browser_specific_settings: gecko({ ...thunderbirdTried, update_url: ownUpdates }),
    experiment_apis: Object.fromEntries(parts.experiments.map(experimentApi)),
  }),
  "thunderbird-store": (parts) => ({
    // The Outbox is where the store build puts what it protected: it has no other way to send it. Nor can it
    // encrypt drafts: it deletes them then.
    ...thunderbird(parts, ["messagesDelete", "messagesImport"]),
    browser_specific_settings: gecko({}),
  }),
  firefox: (parts) => ({
    ...everywhere(parts, geckoPermissions),
    background: { scripts: ["background/main.js"], type: "module" },
    browser_specific_settings: gecko({}),
  }),
  chrome: (parts) => ({
    ...everywhere(parts, ["offscreen"]),
    background: { service_worker: "background/main.js" },
    // Without it Chrome hands out no policy.
    storage: { managed_schema: "background/policy/managed-schema.json" },
    minimum_chrome_version: "123",
  }),
};

function everywhere({ common, version }: ManifestParts, permissions: readonly string[]): Manifest {
  const asked = [...(common["permissions"] as readonly string[]), ...permissions].sort();
  return { ...common, version, permissions: asked };
}

function thunderbird(parts: ManifestParts, more: readonly string[]): Manifest {
  return {
    ...everywhere(parts, [...thunderbirdPermissions, ...more]),
    background: { scripts: ["background/main.js"], type: "module" },
    commands: { _execute_compose_action: { suggested_key: { default: "Ctrl+Shift+L" } } },
    // Thunderbird writes the label beside the icon; without one it would write the whole title.
    action: { ...(parts.common["action"] as Manifest), default_label: "__MSG_extension_name__" },
    compose_action: {
      default_title: "__MSG_action_compose_title__",
      default_label: "__MSG_extension_name__",
      default_icon: "icons/lock-open.svg",
      default_popup: "pages/compose/compose.html",
    },
    message_display_action: {
      default_title: "__MSG_action_display_title__",
      default_label: "__MSG_extension_name__",
      default_icon: "icons/state-neutral.svg",
      default_popup: "pages/popup/popup.html",
    },
  };
}

function gecko(more: Manifest): Manifest {
  return {
    gecko: {
      id: addOnId,
      strict_min_version: oldestGecko,
      ...more,
      data_collection_permissions: { required: ["none"] },
    },
  };
}

function experimentApi({ folder, namespace }: Experiment): readonly [string, Json] {
  return [
    namespace,
    {
      schema: `experiments/${folder}/schema.json`,
      parent: {
        scopes: ["addon_parent"],
        paths: [[namespace]],
        script: `experiments/${folder}/parent.js`,
        events: ["startup"],
      },
    },
  ];
}

/** Every file of the extension that the manifest names. */
export function namedFiles(manifest: Json): readonly string[] {
  if (typeof manifest === "string") return /^[\w-]+(\/[\w.-]+)+\.\w+$/.test(manifest) ? [manifest] : [];
  return manifest !== null && typeof manifest === "object" ? Object.values(manifest).flatMap(namedFiles) : [];
}
