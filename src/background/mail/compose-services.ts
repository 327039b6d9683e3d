/** What the lock asks of the background's core. */
import type { Services } from "../services.js";

export type ComposeServices = Pick<
  Services,
  | "identities"
  | "identitiesFor"
  | "identityView"
  | "certificateFor"
  | "search"
  | "inspect"
  | "protect"
  | "settings"
  | "organisation"
  | "vaultStatus"
  | "rememberedMode"
  | "rememberMode"
  | "onVaultChanged"
  | "onStoreChanged"
  | "broadcast"
  | "now"
>;
