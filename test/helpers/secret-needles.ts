/**
 * What a private key, or any secret, would look like if it lay about: its octets, and every spelling in which
 * programs write octets down. For searches in a whole profile, in logs and in error texts.
 */
import { createPrivateKey } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Beginning and end are enough, and survive a block's border between them. */
const piece = 16;

/** @param pkcs8 DER @returns the private numbers in every spelling, and the structure around them */
export function needlesOfKey(pkcs8: Uint8Array): readonly Buffer[] {
  const key = createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" });
  const jwk = key.export({ format: "jwk" }) as Readonly<Record<string, unknown>>;
  const numbers = ["d", "p", "q", "dp", "dq", "qi"].flatMap((name) => {
    const value = jwk[name];
    return typeof value === "string" ? [Buffer.from(value, "base64url")] : [];
  });
  // Of a file in base64, the half that is not the same for every key.
  const armour = Buffer.from(pkcs8).toString("base64");
  return [...numbers.flatMap(needlesOfOctets), ...textNeedles(armour.slice(-48, -4))];
}

export function needlesOfOctets(secret: Uint8Array): readonly Buffer[] {
  const octets = Buffer.from(secret);
  const hex = octets.toString("hex");
  const texts = [
    ...[hex.slice(0, 2 * piece), hex.slice(0, 2 * piece).toUpperCase()],
    BigInt(`0x${hex}`).toString().slice(0, 30),
    [...octets.subarray(0, 10)].join(","),
    // Base64 falls differently, depending on what stands before it.
    ...[0, 1, 2].flatMap((skip) => {
      const aligned = octets.subarray(skip, skip + 24);
      return [aligned.toString("base64"), aligned.toString("base64url")];
    }),
  ];
  return [
    octets.subarray(0, piece),
    octets.subarray(-piece),
    Buffer.from(octets.subarray(0, piece)).reverse(),
    ...texts.flatMap(textNeedles),
  ];
}

export function textNeedles(text: string): readonly Buffer[] {
  return [Buffer.from(text, "utf8"), Buffer.from(text, "utf16le")];
}

/** Files under the folder that hold any of them. The program may be at work there: a file may be gone. */
export function filesHolding(folder: string, needles: readonly Buffer[]): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => holds(path, needles));
}

function holds(path: string, needles: readonly Buffer[]): boolean {
  try {
    const content = readFileSync(path);
    return needles.some((needle) => content.includes(needle));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
