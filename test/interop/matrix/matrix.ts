/**
 * The interop matrix: algorithms and forms down, programs across, both directions. Programs run side by
 * side, each one thing at a time: their databases are made for one user.
 */
import { existsSync } from "node:fs";
import { keyPath } from "../../helpers/peers/people.js";
import type { Peer } from "../../helpers/peers/peer.js";
import { PeerRefusal } from "../../helpers/peers/peer.js";
import { type Step, peerOpens, peerUnwraps, peerVerifies, weOpen, weUnwrap, weVerify } from "./cells.js";
import { encryptedRows } from "./encrypted-rows.js";
import { keyRows, peerImports, weImport } from "./key-rows.js";
import { type Limit, explains, limitOf } from "./limits.js";
import { signedRows } from "./signed-rows.js";

export const tables = [
  "They sign, Signet verifies",
  "Signet signs, they verify",
  "They encrypt, Signet opens",
  "Signet encrypts, they open",
  "They write a key file, Signet imports",
  "Signet writes a key file, they import",
] as const;
export type TableName = (typeof tables)[number];

export type Outcome =
  | { readonly kind: "holds" }
  | { readonly kind: "cannot"; readonly limit: Limit }
  | { readonly kind: "fails"; readonly why: string };

export interface Cell {
  readonly table: TableName;
  readonly row: string;
  readonly peer: Peer;
  /** null: there is nothing to try */
  readonly outcome: Promise<Outcome> | null;
}

interface Trial {
  readonly table: TableName;
  readonly row: string;
  readonly run: ((peer: Peer) => Promise<void>) | null;
}

export interface Start {
  /** of "table: row: program" */
  readonly only?: RegExp;
  /** what a program does before */
  readonly after?: (peer: Peer) => Promise<unknown> | undefined;
  /**
   * Versions whose limits were looked at. Another one may have lost a limit, or say it in other words: that is
   * no defect of ours. What it refuses without a limit may be one, and fails.
   */
  readonly knows?: (peer: Peer) => boolean;
}

/** Everything begins at once; each cell answers when its program came to it. */
export function startMatrix(
  peers: readonly Peer[],
  { only = /(?:)/, after = () => undefined, knows = () => true }: Start = {},
): readonly Cell[] {
  return peers.flatMap((peer) => {
    let before: Promise<unknown> = Promise.resolve(after(peer));
    return trialsWith(peer).map(({ table, row, run }): Cell => {
      const isAsked = only.test(`${table}: ${row}: ${peer.title}`);
      if (run === null || !isAsked) return { table, row, peer, outcome: null };
      const outcome = before.then(() => tryCell({ table, row, run }, peer, knows(peer)));
      before = outcome;
      return { table, row, peer, outcome };
    });
  });
}

interface LayeredRow {
  readonly says: string;
  /** the innermost first */
  readonly steps: readonly Step[];
  /** Signet writes it */
  readonly ours?: true;
}

const layeredRows: readonly LayeredRow[] = [
  { says: "signed, then encrypted", steps: ["sign", "encrypt"], ours: true },
  { says: "encrypted, then signed", steps: ["encrypt", "sign"] },
  { says: "signed, encrypted, signed: triple wrapped", steps: ["sign", "encrypt", "sign"] },
  { says: "compressed, then signed", steps: ["compress", "sign"] },
  { says: "signed, compressed, encrypted", steps: ["sign", "compress", "encrypt"] },
];

function trialsWith(peer: Peer): readonly Trial[] {
  const [theySign, weSign, theyEncrypt, weEncrypt, theyExport, weExport] = tables;
  return [
    ...signedRows
      .filter(({ signers }) => hasKeys(signers))
      .flatMap((row): Trial[] => [
        { table: theySign, row: row.says, run: row.by?.[peer.program] ? () => weVerify(peer, row) : null },
        { table: weSign, row: row.says, run: row.ours === null ? null : () => peerVerifies(peer, row) },
      ]),
    ...encryptedRows
      .filter(({ opens, recipients }) => hasKeys([opens, ...recipients]))
      .flatMap((row): Trial[] => [
        { table: theyEncrypt, row: row.says, run: row.by?.[peer.program] ? () => weOpen(peer, row) : null },
        { table: weEncrypt, row: row.says, run: row.ours === null ? null : () => peerOpens(peer, row) },
      ]),
    ...keyRows
      .filter(({ who }) => hasKeys([who]))
      .flatMap((row): Trial[] => [
        { table: theyExport, row: row.says, run: row.by?.[peer.program] ? () => weImport(peer, row) : null },
        { table: weExport, row: row.says, run: row.ours === null ? null : () => peerImports(peer, row) },
      ]),
    ...layeredRows.flatMap(({ says, steps, ours }): Trial[] => {
      const can = peer.program === "openssl" || !steps.includes("compress");
      return [
        { table: theyEncrypt, row: says, run: can ? () => weUnwrap(peer, steps) : null },
        { table: weEncrypt, row: says, run: ours ? () => peerUnwraps(peer) : null },
      ];
    }),
  ];
}

/** Without a newer OpenSSL there are no post-quantum keys. */
function hasKeys(people: readonly string[]): boolean {
  return people.every((name) => existsSync(keyPath(`${name}.pem`)));
}

async function tryCell({ table, row, run }: Trial, peer: Peer, isKnown: boolean): Promise<Outcome> {
  const limit = limitOf({ table, row, peer });
  try {
    await run!(peer);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const isRefusal = error instanceof PeerRefusal;
    if (limit !== null && (explains(limit, error) || (isRefusal && !isKnown)))
      return { kind: "cannot", limit };
    return { kind: "fails", why: `${isRefusal ? `${peer.title} says: ` : ""}${said}` };
  }
  return limit === null || !isKnown
    ? { kind: "holds" }
    : { kind: "fails", why: `${peer.title} can now; its limit was: ${limit.says}` };
}
