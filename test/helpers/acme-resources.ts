/** What the stand-in ACME server keeps of accounts and orders, and how a request and its answer pass through it. */
import type { JsonWebKey, KeyObject } from "node:crypto";
import type { Challenge } from "./acme-post.js";

export interface Account {
  readonly url: string;
  readonly key: KeyObject;
  readonly thumbprint: string;
}

export interface OrderState {
  readonly account: Account;
  readonly challenge: Challenge;
  status: "pending" | "ready" | "processing" | "valid" | "invalid";
  challengeStatus: "pending" | "processing" | "valid" | "invalid";
  answer: Uint8Array | null;
  looks: number;
  chain: string | null;
  problem: ProblemDocument | null;
}

export interface ProblemDocument {
  readonly type: string;
  readonly detail: string;
}

export interface Answer {
  readonly status?: number;
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Request {
  readonly path: string;
  readonly account: Account | null;
  readonly jwk: JsonWebKey | null;
  /** null: POST-as-GET */
  readonly payload: Readonly<Record<string, unknown>> | null;
}
