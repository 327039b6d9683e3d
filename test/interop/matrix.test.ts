/**
 * The interop matrix, cell by cell: what OpenSSL, NSS and GnuPG write we read, and what we write they read.
 * docs/interop.md is this matrix as a table; it is checked here, where the programs have the same versions.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { availablePeers } from "../helpers/peers/available.js";
import type { Peer } from "../helpers/peers/peer.js";
import { peerCannotOpen, peerRefuses } from "./matrix/cells.js";
import { startMatrix } from "./matrix/matrix.js";
import { cellsOf, pageOf, results } from "./matrix/report.js";

const { peers, missing, remove } = await availablePeers();
after(remove);

for (const what of missing) {
  console.log(`skipped: ${what}`);
  test(what, { skip: what }, () => undefined);
}

/** Without these a "holds" of a peer would say nothing. */
const refusals: readonly (readonly [string, (peer: Peer) => Promise<void>])[] = [
  ["refuses clear-signed with one octet turned", (peer) => peerRefuses(peer, "clear-signed")],
  ["refuses opaque-signed with one octet turned", (peer) => peerRefuses(peer, "opaque-signed")],
  ["does not open what is for somebody else", peerCannotOpen],
];

const refused = new Map<Peer, Promise<unknown>>();

for (const peer of peers) {
  let before: Promise<unknown> = Promise.resolve();
  for (const [says, run] of refusals) {
    const failure = before.then(() =>
      run(peer).then(
        () => null,
        (error: unknown) => error,
      ),
    );
    before = failure;
    test(`${peer.title} ${says}`, async () => {
      assert.ifError(await failure);
    });
  }
  refused.set(peer, before);
}

const told = cellsOf(await readFile(new URL("../../docs/interop.md", import.meta.url), "utf8"));
const knows = ({ title }: Peer) => [...told.keys()].some((name) => name.endsWith(`: ${title}`));
const cells = startMatrix(peers, { after: (peer) => refused.get(peer), knows });

for (const { table, row, peer, outcome } of cells) {
  if (outcome === null) continue;
  test(`${table}: ${row}: ${peer.title}`, async () => {
    const result = await outcome;
    assert.notEqual(result.kind, "fails", result.kind === "fails" ? result.why : "");
  });
}

test("docs/interop.md tells what ran", async (context) => {
  const ran = cellsOf(await pageOf(await results(cells)));
  for (const peer of peers) {
    const of = (all: ReadonlyMap<string, string>) =>
      Object.fromEntries([...all].filter(([name]) => name.endsWith(`: ${peer.title}`)));
    // Without the newer programs there are no post-quantum keys: their rows did not run.
    if (knows(peer)) assert.deepEqual(of(ran), missing.length === 0 ? of(told) : picked(of(told), of(ran)));
    else context.diagnostic(`docs/interop.md knows no ${peer.title}: npm run interop`);
  }
});

function picked(all: Readonly<Record<string, string>>, names: object): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => name in names));
}
