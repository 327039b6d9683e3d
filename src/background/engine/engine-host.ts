/**
 * Where the engine runs: in workers, one job at a time in each. Two of them, of which one stays free for
 * small messages, so that a badge never waits behind 25 MB. A job that is cancelled is dropped at once, its
 * worker with it, for no call of WebCrypto can be stopped otherwise.
 */
import type { Bytes, EvidenceSource } from "../../engine/index.js";
import { buffersIn } from "../../protocol/transfer.js";
import type { FromWorker, Results, Task } from "../../worker/jobs.js";
import { Refusal } from "../refusal.js";
import type { Engine } from "./engine.js";
import type { EngineWorker, StartWorker } from "./engine-worker.js";
import { answerEvidence, tellBelieved } from "./job-evidence.js";
import { JobKeys } from "./key-operations.js";
import { Naming } from "./name-certificates.js";
import { nameOfError } from "../name-of-error.js";

const mostWorkers = 2;
/** Octets; from there on a job is bulk. */
const bulk = 1024 * 1024;
/** A worker keeps every certificate that it was sent; one that has so many is replaced. */
const mostCertificates = 2_000;

interface Order {
  readonly octets: Bytes;
  readonly kind: Task["kind"];
  /** made when a worker is chosen: what it has already is not sent again */
  readonly task: (naming: Naming) => Task;
  readonly signal: AbortSignal | undefined;
  readonly evidence?: EvidenceSource | undefined;
}

interface Running extends Order {
  readonly job: number;
  /** told beforehand: octets that were moved have no length here */
  readonly isBulk: boolean;
  readonly keys: JobKeys;
  readonly resolve: (result: Results[keyof Results]) => void;
  readonly reject: (why: Refusal) => void;
}

/** One worker and what it does. */
interface Seat {
  worker: EngineWorker;
  readonly sent: Set<string>;
  running: Running | null;
  /** it has worked with private keys: on a lock it goes */
  hasDecrypted: boolean;
  /** keys were locked while it wrote: it goes with the end of that */
  isLast: boolean;
  idleSince: number;
}

export class EngineHost implements Engine {
  readonly #start: StartWorker;
  readonly #seats = new Set<Seat>();
  readonly #waiting: Running[] = [];
  #jobs = 0;
  /** counts the calls of `rest` */
  #rests = 0;

  readonly #onKeysUsed: (kind: Task["kind"]) => void;

  /** @param onKeysUsed called when a job that needed a private key has answered */
  constructor(start: StartWorker, onKeysUsed: (kind: Task["kind"]) => void = () => undefined) {
    this.#start = start;
    this.#onKeysUsed = onKeysUsed;
  }

  readonly inspect: Engine["inspect"] = (raw, context, signal) =>
    this.#do<"inspect">({
      octets: raw,
      kind: "inspect",
      task: (naming) => ({ kind: "inspect", raw, context: naming.context(context) }),
      signal,
      evidence: context.evidence,
    });

  readonly read: Engine["read"] = (raw, context, signal) =>
    this.#do<"read">({
      octets: raw,
      kind: "read",
      task: (naming) => ({ kind: "read", raw, context: naming.context(context) }),
      signal,
      evidence: context.evidence,
    });

  readonly protect: Engine["protect"] = ({ draft, identity, recipients, policy }, signal) =>
    this.#do<"protect">({
      octets: draft,
      kind: "protect",
      task: (naming) => ({
        kind: "protect",
        draft,
        identity: identity && naming.identity(identity),
        recipients: recipients.map((one) => naming.recipient(one)),
        policy,
      }),
      signal,
    });

  /** Have a worker ready: starting one costs more than a badge. */
  warm(): void {
    if (this.#seats.size === 0) this.#newSeat();
  }

  /**
   * Keys were locked: what was decrypted, or could be in a moment, goes. Jobs that have not asked for a key yet, or
   * still wait for a worker, get none any more. What is being written is not affected.
   */
  locked(): void {
    for (const order of this.#waiting) order.keys.lock();
    for (const seat of [...this.#seats]) {
      const { running } = seat;
      running?.keys.lock();
      const writes = running?.kind === "protect";
      if (running?.keys.used === true && !writes) seat.hasDecrypted = true;
      if (seat.hasDecrypted && writes) seat.isLast = true;
      else if (seat.hasDecrypted) this.#dismiss(seat, new Refusal("vault-locked"));
    }
    this.#next();
  }

  /** Called now and then: workers that were idle ever since the last call go. */
  rest(): void {
    this.#rests++;
    for (const seat of [...this.#seats])
      if (seat.running === null && seat.idleSince < this.#rests - 1) this.#dismiss(seat, null);
  }

  /** All work is dropped. */
  end(): void {
    for (const order of this.#waiting.splice(0)) order.reject(new Refusal("cancelled"));
    for (const seat of [...this.#seats]) this.#dismiss(seat, new Refusal("cancelled"));
  }

  #do<Kind extends Task["kind"]>(order: Order): Promise<Results[Kind]> {
    return new Promise<Results[keyof Results]>((resolve, reject) => {
      const { signal } = order;
      if (signal?.aborted) return reject(new Refusal("cancelled"));
      const running: Running = {
        ...order,
        job: this.#jobs++,
        isBulk: order.octets.length >= bulk,
        keys: new JobKeys(order.kind),
        resolve,
        reject,
      };
      signal?.addEventListener("abort", () => this.#cancel(running), { once: true });
      this.#waiting.push(running);
      this.#next();
    }) as Promise<Results[Kind]>;
  }

  /** Start whatever can start: small jobs at any free worker, one bulk job at a time. */
  #next(): void {
    for (const order of [...this.#waiting]) {
      if (order.isBulk && [...this.#seats].some(({ running }) => running?.isBulk)) continue;
      const seat = this.#freeSeat();
      if (seat === null) return;
      this.#waiting.splice(this.#waiting.indexOf(order), 1);
      this.#begin(seat, order);
    }
  }

  #freeSeat(): Seat | null {
    const free = [...this.#seats].find(({ running }) => running === null);
    if (free !== undefined) return free;
    return this.#seats.size < mostWorkers ? this.#newSeat() : null;
  }

  #newSeat(): Seat {
    const seat: Omit<Seat, "worker"> = {
      sent: new Set(),
      running: null,
      hasDecrypted: false,
      isLast: false,
      idleSince: this.#rests,
    };
    const worker = this.#start({
      said: (message) => this.#said(seat as Seat, message),
      died: () => this.#died(seat as Seat),
    });
    const complete = Object.assign(seat, { worker });
    this.#seats.add(complete);
    return complete;
  }

  #begin(seat: Seat, order: Running): void {
    seat.running = order;
    const naming = new Naming(seat.sent, order.keys);
    const task = order.task(naming);
    const certificates = naming.fresh;
    try {
      seat.worker.post({ say: "job", job: order.job, task, certificates }, buffersIn(order.octets));
    } catch (error) {
      // The browser cannot move or copy it; the worker is not to blame, but may lack what was named.
      console.error("Signet could not hand a message to its engine", nameOfError(error));
      this.#dismiss(seat, new Refusal("engine-stopped"));
    }
  }

  #said(seat: Seat, message: FromWorker): void {
    const { running } = seat;
    if (!this.#seats.has(seat) || running?.job !== message.job) return;
    switch (message.say) {
      case "key":
        if (running.keys.isLocked(message.handle)) {
          this.#dismiss(seat, new Refusal("vault-locked"));
          break;
        }
        void running.keys.perform(message).then((outcome) => {
          // Nothing of a key goes to a job that is over.
          if (seat.running === running && this.#seats.has(seat))
            seat.worker.post({ say: "key", question: message.question, outcome }, []);
        });
        return;
      case "evidence":
        void answerEvidence(running.evidence, message).then((answer) => {
          if (seat.running === running && this.#seats.has(seat))
            seat.worker.post({ say: "evidence", question: message.question, answer }, buffersIn(answer));
        });
        return;
      case "believed":
        return tellBelieved(running.evidence, message);
      case "done":
        this.#finish(seat, running);
        running.resolve(message.result);
        if (running.keys.used) this.#onKeysUsed(running.kind);
        break;
      case "failed":
        console.error("Signet: the engine failed", message.place);
        // What it holds now nobody knows: the next job gets another.
        this.#dismiss(seat, new Refusal("engine-stopped"));
        break;
    }
    this.#next();
  }

  #finish(seat: Seat, running: Running): void {
    seat.running = null;
    seat.idleSince = this.#rests;
    if (running.keys.used && running.kind !== "protect") seat.hasDecrypted = true;
    if (seat.isLast || seat.sent.size > mostCertificates) this.#dismiss(seat, null);
  }

  #cancel(order: Running): void {
    const place = this.#waiting.indexOf(order);
    if (place >= 0) this.#waiting.splice(place, 1);
    const seat = [...this.#seats].find(({ running }) => running === order);
    // A small job is over sooner than a new worker starts: it runs out, unheard.
    if (seat !== undefined && order.isBulk) this.#dismiss(seat, null);
    order.reject(new Refusal("cancelled"));
    this.#next();
  }

  #died(seat: Seat): void {
    if (!this.#seats.has(seat)) return;
    console.error("Signet: the engine's worker broke down");
    this.#dismiss(seat, new Refusal("engine-stopped"));
    this.#next();
  }

  #dismiss(seat: Seat, why: Refusal | null): void {
    this.#seats.delete(seat);
    seat.worker.end();
    if (why !== null) seat.running?.reject(why);
    seat.running = null;
  }
}
