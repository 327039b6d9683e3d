/**
 * The engine at work for one client: jobs in, results out, over a channel that only this client holds.
 * Nothing outlives a job but the certificates that were sent: they are named from then on, so that the
 * engine sees the same objects again and what it remembers of them counts.
 */
import type { Certificate, Identity, InspectContext, Recipient } from "../engine/index.js";
import { inspect, protect, readContent, readMessageHeaders } from "../engine/index.js";
import type { MessageVerdict } from "../engine/index.js";
import { buffersIn } from "../protocol/transfer.js";
import { EvidenceAsker } from "./asked-evidence.js";
import { KeyAsker } from "./asked-key.js";
import type {
  FromWorker,
  Job,
  NamedContext,
  NamedIdentity,
  NamedRecipient,
  ReadMessage,
  Results,
  Task,
  ToWorker,
} from "./jobs.js";

/** A worker's own scope, or a port. */
export interface Channel {
  postMessage(message: FromWorker, transfer: ArrayBuffer[]): void;
  onmessage: ((event: MessageEvent<ToWorker>) => unknown) | null;
}

export function serveEngine(channel: Channel): void {
  const keys = new KeyAsker((question) => channel.postMessage(question, []));
  const kept = new Set<ArrayBufferLike>();
  const evidence = new EvidenceAsker((message) => channel.postMessage(message, []), kept);
  const service = new Service({ keys, evidence, kept });
  channel.onmessage = ({ data }) => {
    switch (data.say) {
      case "key":
        return keys.answered(data);
      case "evidence":
        return evidence.answered(data);
      case "job":
        void answer(channel, service, data);
    }
  };
}

async function answer(channel: Channel, service: Service, job: Job): Promise<void> {
  try {
    const result = await service.perform(job);
    channel.postMessage({ say: "done", job: job.job, result }, buffersIn(result, service.kept));
  } catch (error) {
    channel.postMessage({ say: "failed", job: job.job, place: placeOf(error) }, []);
  }
}

class Service {
  readonly #keys: KeyAsker;
  readonly #evidence: EvidenceAsker;
  readonly #certificates = new Map<string, Certificate>();
  /** buffers of the certificates and of evidence: they stay here */
  readonly kept: Set<ArrayBufferLike>;

  constructor(parts: {
    readonly keys: KeyAsker;
    readonly evidence: EvidenceAsker;
    readonly kept: Set<ArrayBufferLike>;
  }) {
    this.#keys = parts.keys;
    this.#evidence = parts.evidence;
    this.kept = parts.kept;
  }

  async perform({ job, task, certificates }: Job): Promise<Results[keyof Results]> {
    for (const certificate of certificates) {
      this.#certificates.set(certificate.fingerprint, certificate);
      this.kept.add(certificate.der.buffer);
    }
    return this.#run(job, task);
  }

  async #run(job: number, task: Task): Promise<Results[keyof Results]> {
    switch (task.kind) {
      case "inspect":
        return inspect(task.raw, this.#context(job, task.context));
      case "read":
        return readMessage(task.raw, this.#context(job, task.context));
      case "protect": {
        const { draft, identity, recipients, policy } = task;
        const sender = identity === null ? null : this.#identity(job, identity);
        return protect(
          draft,
          sender,
          recipients.map((one) => this.#recipient(one)),
          policy,
        );
      }
    }
  }

  #context(job: number, named: NamedContext): InspectContext {
    const { hasEvidence, revocation } = named;
    const { identities, anchors, publicRoots, known, policy, time } = named;
    return {
      identities: identities.map((identity) => this.#identity(job, identity)),
      anchors: anchors.map((name) => this.#certificate(name)),
      ...(publicRoots && { publicRoots }),
      known: known.map((name) => this.#certificate(name)),
      policy,
      time,
      ...(hasEvidence === true && { evidence: this.#evidence.source(job) }),
      ...(revocation && { revocation }),
      ...(named.lookAlike && { lookAlike: named.lookAlike }),
      ...(named.memory && { memory: named.memory }),
      ...(named.records && { records: named.records }),
    };
  }

  #identity(job: number, { certificate, chain, key, encryptionCertificate }: NamedIdentity): Identity {
    return {
      certificate: this.#certificate(certificate),
      chain: chain.map((name) => this.#certificate(name)),
      ...(encryptionCertificate && { encryptionCertificate: this.#certificate(encryptionCertificate) }),
      privateKey: key === null ? null : this.#keys.key(job, key),
    };
  }

  #recipient({ certificate, ...rest }: NamedRecipient): Recipient {
    return { ...rest, certificate: certificate === null ? null : this.#certificate(certificate) };
  }

  #certificate(fingerprint: string): Certificate {
    const certificate = this.#certificates.get(fingerprint);
    if (certificate === undefined) throw new Error("a certificate that was never sent");
    return certificate;
  }
}

async function readMessage(
  raw: Parameters<typeof inspect>[0],
  context: InspectContext,
): Promise<ReadMessage> {
  // The outer header: what stands there is what the person saw in the list, and what was judged.
  const { subject, from, to, date } = readMessageHeaders(raw);
  const { verdict, payload } = await inspect(raw, context);
  return {
    verdict,
    headers: { subject, from, to, date },
    content: isReadable(verdict) ? contentOf(payload) : null,
  };
}

/** A layer that could not be opened hides everything below it. */
function isReadable({ layers }: MessageVerdict): boolean {
  return layers.every((layer) => layer.kind === "signed" || layer.status === "opened");
}

function contentOf(payload: Parameters<typeof readContent>[0]): ReadMessage["content"] {
  const { text, html, attachments } = readContent(payload);
  return {
    text,
    html,
    attachments: attachments.map(({ name, mediaType, content }) => ({ name, mediaType, content })),
  };
}

function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  // V8 puts the message before the frames; only lines that name a place go on.
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at \S|^[^\s@]*@\S+:\d/.test(line));
  return [error.name, ...frames].join("\n");
}
