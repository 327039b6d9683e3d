/** What needs a process of its own each time: first calls, imports, peaks of memory. */
import { execFileSync } from "node:child_process";
import { type JsonWebKey, generateKeyPairSync, sign } from "node:crypto";
import { statSync } from "node:fs";
import { files } from "./materials.js";
import { scratch } from "./places.js";
import { type Spread, spreadOf } from "./race.js";

export interface Cold {
  /** milliseconds */
  readonly importing: Spread;
  readonly anchors: Spread;
  readonly first: Spread;
  readonly second: Spread;
  /** what the platform alone takes for the mathematics of the first */
  readonly floor: Spread;
}

/** base64 */
export interface Proofs {
  readonly data: string;
  readonly ec: { readonly key: string; readonly signature: string };
  readonly rsa: { readonly key: JsonWebKey; readonly signature: string };
}

function makeProofs(): Proofs {
  const data = Buffer.alloc(1000, "signed ");
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const { x, y } = ec.publicKey.export({ format: "jwk" });
  const point = [Buffer.of(4), Buffer.from(x!, "base64url"), Buffer.from(y!, "base64url")];
  const byEc = sign("sha256", data, { key: ec.privateKey, dsaEncoding: "ieee-p1363" });
  return {
    data: data.toString("base64"),
    ec: { key: Buffer.concat(point).toString("base64"), signature: byEc.toString("base64") },
    rsa: {
      key: rsa.publicKey.export({ format: "jwk" }),
      signature: sign("sha256", data, rsa.privateKey).toString("base64"),
    },
  };
}

function node(script: string, words: readonly string[]): unknown {
  const told = execFileSync(process.execPath, ["--expose-gc", `${scratch}js/${script}.js`, ...words], {
    cwd: files,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return JSON.parse(told);
}

export function measureCold(rounds = 11): Cold {
  const words = [`${scratch}badge/badge.js`, "10KB.clear.eml", "root.pem"];
  const proofs = JSON.stringify(makeProofs());
  const samples = Array.from({ length: rounds }, () => ({
    ...(node("cold", words) as Record<Exclude<keyof Cold, "floor">, number>),
    floor: node("floor", [proofs]) as number,
  }));
  const spread = (name: keyof Cold): Spread => spreadOf(samples.map((sample) => sample[name]));
  return {
    importing: spread("importing"),
    anchors: spread("anchors"),
    first: spread("first"),
    second: spread("second"),
    floor: spread("floor"),
  };
}

export interface Peak {
  readonly what: string;
  /** peak above what was there before, divided by the length of the message that is read, or of the draft */
  readonly ratio: number;
  /** the same, divided by the length of the MIME inside */
  readonly inner: number;
  readonly how: string;
}

const peaks: readonly (readonly [what: string, operation: string, form: string, ...rest: string[]])[] = [
  ["inspect clear-signed", "inspect", "clear.eml", "root", "-"],
  ["inspect opaque-signed", "inspect", "opaque.eml", "root", "-"],
  ["open CBC", "inspect", "cbc.eml", "root", "alice-rsa"],
  ["open CBC, chunked", "inspect", "cbc-ber.eml", "root", "alice-rsa"],
  ["open GCM", "inspect", "gcm.eml", "root", "alice-rsa"],
  ["open GCM, chunked", "inspect", "gcm-ber.eml", "root", "alice-rsa"],
  ["encrypt CBC", "encrypt", "draft.eml", "cbc"],
  ["encrypt GCM", "encrypt", "draft.eml", "gcm"],
  ["sign", "sign", "draft.eml"],
];

/** The higher of two runs each. */
export function measurePeaks(): readonly Peak[] {
  const inside = statSync(`${files}25MB.mime`).size;
  return peaks.map(([what, operation, form, ...rest]) => {
    const words = [operation, `10KB.${form}`, `25MB.${form}`, ...rest];
    const runs = Array.from({ length: 2 }, () => node("memory", words) as { peak: number; how: string });
    const peak = Math.max(...runs.map((run) => run.peak));
    const ratio = peak / statSync(`${files}25MB.${form}`).size;
    return { what, ratio, inner: peak / inside, how: runs[0]!.how };
  });
}
