/** What the lock asks of the background's core. */
import type { Services } from "../services.js";

export type ComposeServices = Pick<
  Services,
  | "identities"
  | "identitiesFor"
  | "identityView"
  | "certificateFor"
  | "inspect"
  | "protect"
  | "settings"
  | "vaultStatus"
  | "rememberedMode"
  | "rememberMode"
  | "onVaultChanged"
  | "onStoreChanged"
  | "broadcast"
  | "now"
>;
