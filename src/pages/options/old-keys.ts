/**
 * Which of a person's keys are there for old mail only: they were stolen, their certificate has expired, or a newer
 * one for the same address does all that it did. They stay, in a list of their own.
 */
import type { IdentityView } from "../../protocol/messages.js";

export function isOld(identity: IdentityView, all: readonly IdentityView[], now: number): boolean {
  if (identity.stolen !== undefined || hasExpired(identity, now)) return true;
  return all.some((other) => other !== identity && !hasExpired(other, now) && replaces(other, identity));
}

function hasExpired({ certificate }: IdentityView, now: number): boolean {
  return Date.parse(certificate.notAfter) < now;
}

function replaces(newer: IdentityView, older: IdentityView): boolean {
  const { certificate: later, canSign, canDecrypt } = newer;
  const { certificate: before } = older;
  return (
    newer.problem === null &&
    newer.stolen === undefined &&
    later.notBefore > before.notBefore &&
    before.addresses.every((address) => later.addresses.includes(address)) &&
    (canSign || !older.canSign) &&
    (canDecrypt || !older.canDecrypt)
  );
}
