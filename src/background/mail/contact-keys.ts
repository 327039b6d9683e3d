/**
 * Certificates that contacts carry: `KEY` of a vCard (RFC 6350 §6.8.1; RFC 2426 §3.7.2 for older ones), in
 * Thunderbird's own address books. Only what stands in the card itself is read; an address to fetch one from
 * would be a stranger's link.
 */
import type { Bytes } from "../../engine/index.js";
import { normalizeAddress } from "../../engine/index.js";
import type { ContactKeys } from "../finding/finder.js";
import { emailsOf } from "./compose-lists.js";

/** characters of base64 of one key, and keys of one card */
const longestKey = 128 * 1024;
const mostKeys = 10;

/** @param cards every card that may be looked into; asked for each address anew */
export function contactKeys(cards: () => Promise<readonly string[]>): ContactKeys {
  return async (address) => {
    const own = (await cards()).filter(
      (card) => hasKey(card) && emailsOf(card).some((email) => normalizeAddress(email) === address),
    );
    return own.flatMap(keysOf);
  };
}

function hasKey(card: string): boolean {
  return /^(?:[\w-]+\.)?KEY[;:]/im.test(card);
}

/** @returns octets of whatever kind of key it is */
export function keysOf(card: string): readonly Bytes[] {
  const unfolded = card.replace(/\r?\n[ \t]/g, "");
  const values = [...unfolded.matchAll(/^(?:[\w-]+\.)?KEY((?:;[^:\r\n]*)?):([^\r\n]+)/gim)];
  return values.slice(0, mostKeys).flatMap(([, parameters = "", value = ""]) => {
    const base64 = base64In(parameters, value.trim());
    const octets = base64 === null || base64.length > longestKey ? null : decoded(base64);
    return octets === null ? [] : [octets];
  });
}

function base64In(parameters: string, value: string): string | null {
  const uri = /^data:[^,]*;base64,(.*)$/i.exec(value);
  // A comma and a semicolon may be escaped in a vCard (RFC 6350 §3.4).
  const plain = /^data\\?:[^,]*\\?;base64\\?,(.*)$/i.exec(value);
  const found = uri?.[1] ?? plain?.[1];
  if (found !== undefined) return found;
  return /;ENCODING=(?:B|BASE64)\b/i.test(parameters) ? value : null;
}

function decoded(base64: string): Bytes | null {
  try {
    return Uint8Array.from(atob(base64.replace(/\s/g, "")), (character) => character.charCodeAt(0));
  } catch {
    // No base64: nothing that could be read.
    return null;
  }
}
