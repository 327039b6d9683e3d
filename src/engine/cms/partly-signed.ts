/**
 * Is some part of an unsigned message signed (RFC 9787 §4.5)? Mailing lists do this to signed mail by
 * adding a footer, and attackers by adding whatever they like. Forwarded messages do not count: what they
 * carry is theirs.
 */
import type { Budget } from "../base/budget.js";
import { MalformedError } from "../base/errors.js";
import { contentType } from "../mime/content-type.js";
import type { Entity } from "../mime/entity.js";
import { splitMultipart } from "../mime/multipart.js";
import { claimOf } from "./recognize-envelope.js";

/** @throws BudgetExceededError */
export function isPartlySigned(entity: Entity, budget: Budget, depth = 0): boolean {
  budget.require("mimeDepth", depth);
  if (!contentType(entity).value.startsWith("multipart/")) return false;
  return partsOf(entity, budget).some((part) => {
    const claim = claimOf(part);
    return claim === "clear-signed" || claim === "opaque-signed" || isPartlySigned(part, budget, depth + 1);
  });
}

/** A multipart that cannot be cut has no parts to speak of. */
function partsOf(entity: Entity, budget: Budget): readonly Entity[] {
  try {
    return splitMultipart(entity, contentType(entity), budget).parts;
  } catch (error) {
    if (error instanceof MalformedError) return [];
    throw error;
  }
}
