/**
 * A job in the form that crosses to a worker: certificates by name, those that the worker does not have
 * yet beside it, keys as their public facts.
 */
import type { Certificate, Identity, InspectContext, Recipient } from "../../engine/index.js";
import type { NamedContext, NamedIdentity, NamedRecipient } from "../../worker/jobs.js";
import type { JobKeys } from "./key-operations.js";

export class Naming {
  /** what was named and is new to the worker */
  readonly fresh: Certificate[] = [];
  readonly #sent: Set<string>;
  readonly #keys: JobKeys;

  /** @param sent what the worker has already; grows with each name */
  constructor(sent: Set<string>, keys: JobKeys) {
    this.#sent = sent;
    this.#keys = keys;
  }

  context(told: InspectContext): NamedContext {
    const { identities, anchors, publicRoots, known, policy, time } = told;
    return {
      identities: identities.map((identity) => this.identity(identity)),
      anchors: anchors.map((anchor) => this.#name(anchor)),
      ...(publicRoots && { publicRoots: { switchedOff: publicRoots.switchedOff } }),
      known: known.map((certificate) => this.#name(certificate)),
      policy,
      time,
      ...(told.evidence && { hasEvidence: true }),
      ...(told.revocation && { revocation: told.revocation }),
      ...(told.lookAlike && { lookAlike: told.lookAlike }),
      ...(told.memory && { memory: told.memory }),
      ...(told.records && { records: told.records }),
    };
  }

  identity({ certificate, chain, privateKey, encryptionCertificate }: Identity): NamedIdentity {
    return {
      certificate: this.#name(certificate),
      chain: chain.map((link) => this.#name(link)),
      ...(encryptionCertificate && { encryptionCertificate: this.#name(encryptionCertificate) }),
      key: privateKey === null ? null : this.#keys.describe(privateKey),
    };
  }

  recipient({ certificate, ...rest }: Recipient): NamedRecipient {
    return { ...rest, certificate: certificate === null ? null : this.#name(certificate) };
  }

  #name(certificate: Certificate): string {
    const { fingerprint } = certificate;
    if (!this.#sent.has(fingerprint)) {
      this.#sent.add(fingerprint);
      this.fresh.push(certificate);
    }
    return fingerprint;
  }
}
