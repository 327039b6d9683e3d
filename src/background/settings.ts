/**
 * What a person chose, in `storage.local`. Nothing secret belongs here. Whatever is read is checked
 * value by value: a setting that an older or newer version wrote falls back to its default.
 */
import type { ComposeMode, Settings, UnlockTime } from "../protocol/messages.js";
import { isDirectory, isResolver } from "./finding/look-up-url.js";
import { isRecord } from "../protocol/wire.js";
import { Refusal } from "./refusal.js";

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
const longestUnlock = 7 * 24 * 60;

export const defaultSettings: Settings = {
  // Off: whoever has no certificate yet must be able to send mail as before.
  defaultMode: "off",
  nativeLabel: "hidden",
  unlockMinutes: 60,
  idleMinutes: 15,
  contentEncryption: "when-all-can",
  revocation: "crl",
  // Nobody learns whom one writes to.
  resolver: "",
  directory: "",
};

type Checks = { readonly [Name in keyof Settings]: (value: unknown) => value is Settings[Name] };

const oneOf =
  <Value extends string>(...values: readonly Value[]) =>
  (value: unknown): value is Value =>
    values.some((known) => known === value);

export const isComposeMode = oneOf(...composeModes);

export function isUnlockTime(value: unknown): value is UnlockTime {
  if (value === "until-closing" || value === "each-use") return true;
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= longestUnlock;
}

/** The browser tells of a minute at the least. */
function isIdleTime(value: unknown): value is number | "never" {
  return value === "never" || (typeof value === "number" && isUnlockTime(value));
}

const checks: Checks = {
  defaultMode: isComposeMode,
  nativeLabel: oneOf("hidden", "shown"),
  unlockMinutes: isUnlockTime,
  idleMinutes: isIdleTime,
  contentEncryption: oneOf("when-all-can", "always"),
  revocation: oneOf("never", "crl", "crl-and-ocsp"),
  resolver: isResolver,
  directory: isDirectory,
};

const names = Object.keys(checks) as readonly (keyof Settings)[];
export const settingNames = names;

/** @returns the change, or `null` where a name or a value is none of ours */
export function readSettingsChange(value: unknown): Partial<Settings> | null {
  if (!isRecord(value)) return null;
  const known = Object.entries(value).every(
    ([name, chosen]) => Object.hasOwn(checks, name) && checks[name as keyof Settings](chosen),
  );
  return known ? (value as Partial<Settings>) : null;
}

/** What the organisation's policy decides instead of the person. */
type Managed = () => Promise<Partial<Settings>>;
const nobodyManages: Managed = () => Promise.resolve({});

export class SettingsStore {
  readonly #area: LocalArea;
  readonly #onChanged: () => void;
  readonly #managed: Managed;
  #last: Promise<unknown> = Promise.resolve();

  constructor(area: LocalArea, onChanged: () => void, managed: Managed = nobodyManages) {
    this.#area = area;
    this.#onChanged = onChanged;
    this.#managed = managed;
  }

  async get(): Promise<Settings> {
    const [own, managed] = await Promise.all([this.#own(), this.#managed()]);
    return { ...own, ...managed };
  }

  /** @throws Refusal where the organisation has decided */
  set(change: Partial<Settings>): Promise<Settings> {
    return this.#inTurn(async () => {
      const managed = await this.#managed();
      if (Object.keys(change).some((name) => Object.hasOwn(managed, name)))
        throw new Refusal("set-by-organisation");
      // The person's own choices stay as they were, for the day when nobody manages them any more.
      const settings = { ...(await this.#own()), ...change };
      await this.#area.set({ settings });
      return { ...settings, ...managed };
    });
  }

  async #own(): Promise<Settings> {
    const stored = (await this.#area.get("settings"))["settings"];
    if (!isRecord(stored)) return defaultSettings;
    const valid = names.filter((name) => checks[name](stored[name])).map((name) => [name, stored[name]]);
    return { ...defaultSettings, ...(Object.fromEntries(valid) as Partial<Settings>) };
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
