/**
 * What a person chose, in `storage.local`. Nothing secret belongs here. Whatever is read is checked
 * value by value: a setting that an older or newer version wrote falls back to its default.
 */
import type { ComposeMode, Settings } from "../protocol/messages.js";
import { isRecord } from "../protocol/wire.js";

/** The part of `browser.storage.local` that is used. */
export interface LocalArea {
  get(key: string): Promise<Record<string, unknown>>;
  set(items: Record<string, unknown>): Promise<void>;
}

export const composeModes = [
  "off",
  "sign",
  "sign-and-encrypt",
  "encrypt",
  "automatic",
] as const satisfies readonly ComposeMode[];

/** The longest unlock that ends by the clock: a week. */
export const longestUnlock = 7 * 24 * 60;

export const defaultSettings: Settings = {
  // Off: whoever has no certificate yet must be able to send mail as before.
  defaultMode: "off",
  nativeLabel: "hidden",
  unlockMinutes: 60,
  contentEncryption: "when-all-can",
  revocation: "crl",
};

type Checks = { readonly [Name in keyof Settings]: (value: unknown) => value is Settings[Name] };

const oneOf =
  <Value extends string>(...values: readonly Value[]) =>
  (value: unknown): value is Value =>
    values.some((known) => known === value);

export const isComposeMode = oneOf(...composeModes);

export function isUnlockTime(value: unknown): value is number | "until-closing" {
  if (value === "until-closing") return true;
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= longestUnlock;
}

const checks: Checks = {
  defaultMode: isComposeMode,
  nativeLabel: oneOf("hidden", "shown"),
  unlockMinutes: isUnlockTime,
  contentEncryption: oneOf("when-all-can", "always"),
  revocation: oneOf("never", "crl", "crl-and-ocsp"),
};

const names = Object.keys(checks) as readonly (keyof Settings)[];

/** @returns the change, or `null` where a name or a value is none of ours */
export function readSettingsChange(value: unknown): Partial<Settings> | null {
  if (!isRecord(value)) return null;
  const known = Object.entries(value).every(
    ([name, chosen]) => Object.hasOwn(checks, name) && checks[name as keyof Settings](chosen),
  );
  return known ? (value as Partial<Settings>) : null;
}

export class SettingsStore {
  readonly #area: LocalArea;
  readonly #onChanged: () => void;
  #last: Promise<unknown> = Promise.resolve();

  constructor(area: LocalArea, onChanged: () => void) {
    this.#area = area;
    this.#onChanged = onChanged;
  }

  async get(): Promise<Settings> {
    const stored = (await this.#area.get("settings"))["settings"];
    if (!isRecord(stored)) return defaultSettings;
    const valid = names.filter((name) => checks[name](stored[name])).map((name) => [name, stored[name]]);
    return { ...defaultSettings, ...(Object.fromEntries(valid) as Partial<Settings>) };
  }

  set(change: Partial<Settings>): Promise<Settings> {
    return this.#inTurn(async () => {
      const settings = { ...(await this.get()), ...change };
      await this.#area.set({ settings });
      return settings;
    });
  }

  /** @param identityId the mail client's name of the identity; `null`: its owner never chose */
  async rememberedMode(identityId: string): Promise<ComposeMode | null> {
    const modes = await this.#modes();
    const mode = Object.hasOwn(modes, identityId) ? modes[identityId] : null;
    return isComposeMode(mode) ? mode : null;
  }

  rememberMode(identityId: string, mode: ComposeMode): Promise<void> {
    return this.#inTurn(async () => {
      await this.#area.set({ composeModes: { ...(await this.#modes()), [identityId]: mode } });
    });
  }

  /** Each change reads what the one before it wrote, or two at once would lose one. */
  async #inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(change);
    this.#last = turn.catch(() => null);
    const result = await turn;
    this.#onChanged();
    return result;
  }

  async #modes(): Promise<Readonly<Record<string, unknown>>> {
    const stored = (await this.#area.get("composeModes"))["composeModes"];
    return isRecord(stored) ? stored : {};
  }
}
