/**
 * What a signer states beside the content (RFC 2634, RFC 5126), as JSON for the details pane. Claims: a
 * label keeps nobody out, a request asks nobody for a receipt. What does not parse is named and left out;
 * the signature over it holds all the same.
 */
import { toHex } from "../base/bytes.js";
import { type Element, encoded } from "../base/der-reader.js";
import { MalformedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import { type Attributes, singleValue } from "../cms-syntax/attributes.js";
import * as ess from "../cms-syntax/ess-attributes.js";
import type { SecurityLabel, SignedStatements } from "../verdict/verdict.js";
import { nameToText } from "../x509/distinguished-name.js";
import { parseGeneralNames } from "../x509/general-name.js";

type Writable = { -readonly [Key in keyof SignedStatements]: SignedStatements[Key] };

const readers: Readonly<Record<string, (value: Element, found: Writable) => void>> = {
  [oid.receiptRequest](value, found) {
    const { from, to } = ess.parseReceiptRequest(value);
    found.receiptRequest = {
      from: typeof from === "string" ? from : from.map(addressOf),
      to: to.map(addressOf),
    };
  },
  [oid.securityLabel](value, found) {
    found.securityLabel = label(ess.parseSecurityLabel(value));
  },
  [oid.equivalentLabels](value, found) {
    found.equivalentLabels = ess.parseEquivalentLabels(value).map(label);
  },
  [oid.contentHint](value, found) {
    const { description, contentType } = ess.parseContentHint(value);
    found.contentHint = { description: description === null ? null : plain(description), contentType };
  },
  [oid.contentIdentifier](value, found) {
    found.contentIdentifier = ess.parseContentIdentifier(value);
  },
  [oid.contentReference](value, found) {
    found.contentReference = ess.parseContentReference(value);
  },
  [oid.mlExpansionHistory](value, found) {
    found.mailLists = ess.parseMailListHistory(value).map(({ list, time }) => ({
      list: plain("issuer" in list ? nameToText(list.issuer) : toHex(list.keyIdentifier)),
      time: new Date(time).toISOString(),
    }));
  },
  [oid.sigPolicyId](value, found) {
    found.signaturePolicy = ess.parseSignaturePolicy(value) ?? "implied";
  },
  [oid.signerLocation](value, found) {
    found.location = ess.parseSignerLocation(value).map(plain);
  },
};

/** @returns null where the signer states nothing */
export function signedStatements(attributes: Attributes): SignedStatements | null {
  const found: Writable = {};
  const unreadable: string[] = [];
  const attempt = (type: string, read: () => void): void => {
    try {
      read();
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      unreadable.push(type);
    }
  };
  for (const [type, read] of Object.entries(readers)) {
    attempt(type, () => {
      const value = singleValue(attributes, type);
      if (value !== null) read(value, found);
    });
  }
  // Of commitments there may be several (RFC 5126 §5.11.1).
  attempt(oid.commitmentType, () => {
    const given = attributes.list.filter(({ type }) => type === oid.commitmentType);
    const commitments = given.flatMap(({ values }) => values.map(ess.parseCommitment));
    if (commitments.length > 0) found.commitments = commitments;
  });
  if (unreadable.length > 0) found.unreadable = unreadable;
  return Object.keys(found).length === 0 ? null : found;
}

/** RFC 2634 §3.2 names these; others are their policy's. */
const classifications = ["unmarked", "unclassified", "restricted", "confidential", "secret", "top-secret"];

function label({ policy, classification, privacyMark, categories }: ess.EssSecurityLabel): SecurityLabel {
  return {
    policy,
    classification:
      classification === null ? null : (classifications[classification] ?? String(classification)),
    privacyMark: privacyMark === null ? null : plain(privacyMark),
    categories,
  };
}

/** GeneralNames of one recipient: its address, else what kind of name there is. */
function addressOf(names: Element): string {
  const [first] = parseGeneralNames(encoded(names));
  switch (first?.kind) {
    case "rfc822Name":
    case "smtpUtf8Mailbox":
      return plain(first.text);
    case "directoryName":
      return plain(nameToText(first.name));
    default:
      return "?";
  }
}

/** The signer's words. Direction marks and the like could turn them into others on the screen. */
function plain(text: string): string {
  return text.replace(/\p{C}/gu, "\ufffd");
}
