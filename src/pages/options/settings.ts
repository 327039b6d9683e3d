/** How Signet behaves. Each choice is kept as soon as it is made, and says so. */
import { ask } from "../../protocol/ask.js";
import type { ComposeMode, HostCapabilities, Settings } from "../../protocol/messages.js";
import { element } from "../../ui/dom.js";
import { errorText, text, underscored } from "../../ui/text.js";
import { choiceField, type Choice } from "../parts/fields.js";
import { redraw } from "../parts/page.js";
import { section } from "./section.js";

export interface SettingsSection {
  readonly node: HTMLElement;
  draw(host: HostCapabilities): Promise<void>;
}

const modes: readonly ComposeMode[] = ["off", "sign", "sign-and-encrypt", "automatic", "encrypt"];
const minutes: readonly number[] = [5, 15, 60, 240, 480];
const idleMinutes: readonly number[] = [1, 5, 15, 60];

export function settingsSection(): SettingsSection {
  const { node, body } = section("settings");
  const said = element("p", { class: "small soft status", role: "status" });
  return { node, draw };

  async function draw(host: HostCapabilities): Promise<void> {
    const reply = await ask("settings:get", {});
    if (!reply.ok) return redraw(body, element("p", { class: "problem" }, errorText(reply.code)));
    redraw(body, ...fields(reply.answer, host, (change) => void keep(change)), said);
  }

  async function keep(change: Partial<Settings>): Promise<void> {
    const reply = await ask("settings:set", { change });
    said.textContent = reply.ok ? text("settings_kept") : errorText(reply.code);
  }
}

function fields(
  now: Settings,
  host: HostCapabilities,
  keep: (change: Partial<Settings>) => void,
): readonly HTMLElement[] {
  const composing = host.host === "thunderbird";
  return [
    ...(composing ? [modeField(now, keep)] : []),
    unlockField(now, keep),
    idleField(now, keep),
    ...(composing ? [encryptionField(now, keep)] : []),
    ...(host.inPlace ? [labelField(now, keep)] : []),
  ];
}

type Keep = (change: Partial<Settings>) => void;

function modeField(now: Settings, keep: Keep): HTMLElement {
  const list = modes.map((mode) => ({ value: mode, label: text(`mode_${underscored(mode)}`) }));
  return settingField("default-mode", { list, current: now.defaultMode }, (value) =>
    keep({ defaultMode: value as ComposeMode }),
  );
}

function unlockField(now: Settings, keep: Keep): HTMLElement {
  const known =
    typeof now.unlockMinutes === "number" && !minutes.includes(now.unlockMinutes) ? [now.unlockMinutes] : [];
  const list = [
    ...[...minutes, ...known]
      .sort((a, b) => a - b)
      .map((count) => ({ value: String(count), label: durationText(count) })),
    { value: "until-closing", label: text("unlock_until_closing") },
    { value: "each-use", label: text("unlock_each_use") },
  ];
  return settingField("unlock-minutes", { list, current: String(now.unlockMinutes) }, (value) =>
    keep({ unlockMinutes: value === "until-closing" || value === "each-use" ? value : Number(value) }),
  );
}

function idleField(now: Settings, keep: Keep): HTMLElement {
  const own = now.idleMinutes;
  const counts = [...idleMinutes, ...(own === "never" || idleMinutes.includes(own) ? [] : [own])];
  const list = [
    ...counts.sort((a, b) => a - b).map((count) => ({ value: String(count), label: durationText(count) })),
    { value: "never", label: text("idle_never") },
  ];
  return settingField("idle-minutes", { list, current: String(own) }, (value) =>
    keep({ idleMinutes: value === "never" ? value : Number(value) }),
  );
}

function encryptionField(now: Settings, keep: Keep): HTMLElement {
  const list = (["when-all-can", "always"] as const).map((value) => ({
    value,
    label: text(`content_encryption_${underscored(value)}`),
  }));
  return settingField("content-encryption", { list, current: now.contentEncryption }, (value) =>
    keep({ contentEncryption: value as Settings["contentEncryption"] }),
  );
}

function labelField(now: Settings, keep: Keep): HTMLElement {
  const list = (["hidden", "shown"] as const).map((value) => ({
    value,
    label: text(`native_label_${value}`),
  }));
  return settingField("native-label", { list, current: now.nativeLabel }, (value) =>
    keep({ nativeLabel: value as Settings["nativeLabel"] }),
  );
}

function settingField(
  id: string,
  choices: { list: readonly Choice[]; current: string },
  chosen: (value: string) => void,
): HTMLElement {
  const key = `setting_${underscored(id)}`;
  return choiceField({ id, label: text(key), hint: text(`${key}_why`) }, choices, chosen);
}

/** "15 minutes", "4 hours" */
function durationText(count: number): string {
  const hours = count % 60 === 0;
  const style = { style: "unit", unit: hours ? "hour" : "minute", unitDisplay: "long" } as const;
  return new Intl.NumberFormat(text("locale_code"), style).format(hours ? count / 60 : count);
}
