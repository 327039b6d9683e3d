/** Other people's encrypted messages, through `inspect`, with the keys their sources name. */
import { type FaultCode, defaultReadPolicy, inspect } from "../../src/engine/index.js";
import { readCorpus } from "../helpers/corpora.js";
import { type CaseFunctions, asDemanded, corpusOf, otherwise } from "./case.js";
import { identitiesOf } from "./corpus-keys.js";
import { expectationOf } from "./expectations.js";

export const decryptionCases: CaseFunctions = {
  matches: ({ kind }) => kind === "decrypt",
  async run(row) {
    const expected = expectationOf(row);
    const { verdict, payload } = await inspect(readCorpus(row.path), {
      identities: await identitiesOf(corpusOf(row)),
      anchors: [],
      known: [],
      policy: defaultReadPolicy,
      time: new Date("2021-03-01T00:00:00Z"),
    });
    const layer = verdict.layers[0];
    const opened = layer?.kind === "encrypted" && layer.status === "opened";
    if (/FAIL|reject|^refused/.test(expected)) {
      const code = /^refused: (\S+)/.exec(expected)?.[1] as FaultCode | undefined;
      const told = verdict.summary.faults.map((fault) => fault.code);
      if (opened) return otherwise("opened");
      return code === undefined || told.includes(code) ? asDemanded : otherwise(`refused as ${told.join()}`);
    }
    if (!opened) return otherwise(`${JSON.stringify(layer)} ${JSON.stringify(verdict.summary)}`);
    const text = /= ("(?:[^"\\]|\\.)*")/.exec(expected)?.[1];
    const found = Buffer.from(payload.mime).toString("latin1");
    if (text === undefined || found === JSON.parse(text)) return asDemanded;
    return otherwise(`opened to ${JSON.stringify(found.slice(0, 200))}`);
  },
};
