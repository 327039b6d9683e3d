/**
 * Fuzz target: PKCS #12 files (RFC 7292), with a fixed password. Bags are read whether the MAC holds or not, because
 * no fuzzer guesses a MAC; key derivation is bounded far below what a real file may cost, so that executions are many.
 */
import type { Bytes } from "../../../src/engine/base/bytes.js";
import { BudgetExceededError } from "../../../src/engine/base/errors.js";
import { parsePkcs8 } from "../../../src/engine/keys/pkcs8.js";
import { type PasswordForm, RoundCounter } from "../../../src/engine/keys/password-secret.js";
import { type Bag, checkMac, parsePfx, readBags } from "../../../src/engine/keys/pkcs12-bags.js";
import { parseCertificate } from "../../../src/engine/x509/parse-certificate.js";
import { insist, parsed, parsedLater } from "./oracle.js";

class FewRounds extends RoundCounter {
  override spend(iterations: number, weight = 1): void {
    super.spend(iterations, weight);
    if (iterations * weight > 64) throw new BudgetExceededError("rounds for a fuzzer");
  }
}

const password = "signet";
const octets: Bytes = new TextEncoder().encode(password);
const bmp: Bytes = Uint8Array.from([...octets, 0].flatMap((octet) => [0, octet]));
const form: PasswordForm = { bmp, octets };

export async function fuzz(data: Uint8Array): Promise<void> {
  const file: Bytes = new Uint8Array(data);
  const pfx = parsed(() => parsePfx(file));
  if (pfx === undefined) return;
  const { mac } = pfx;
  if (mac !== null) await parsedLater(() => checkMac(pfx, mac, { form, rounds: new FewRounds() }));
  const bags = await parsedLater(() => readBags(pfx, { form, rounds: new FewRounds() }));
  for (const bag of bags ?? []) await readBag(bag, file.length);
}

async function readBag({ kind, der, friendlyName }: Bag, length: number): Promise<void> {
  insist(der.length <= length, "a bag is no longer than its file");
  insist((friendlyName ?? "").length <= length, "a name is no longer than its file");
  if (kind === "key") parsed(() => parsePkcs8(der));
  else await parsedLater(() => parseCertificate(der.slice()));
}
