/**
 * `node --import tsx test/bench/signer-memory.ts`: how long the memory of signers takes to be asked, in the
 * database of the real Thunderbird's event page, with one address in it and with 100,000. Builds nothing: run
 * `npm run build` first. The look-up is that of `SignerMemory.of`: one transaction, one record, one index.
 */
import { fillKeyring } from "../helpers/thunderbird/keyring.js";
import { type World, startWorld } from "../helpers/thunderbird/world.js";

const addresses = 100_000;
const rounds = 500;

/** Milliseconds, of `rounds` look-ups one after the other. Thunderbird's clock counts whole ones: only the mean is finer. */
interface Measured {
  readonly mean: number;
  readonly worst: number;
}

const opened = `
  const database = await new Promise((resolve, reject) => {
    const asked = indexedDB.open("signet");
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });`;

function fill(world: World, from: number, to: number): Promise<void> {
  return world.addon.background.run(
    `${opened}
     const hex = (n) => n.toString(16).padStart(64, "0");
     const transaction = database.transaction(["signers", "verdicts"], "readwrite");
     const time = "2026-05-03T10:00:00.000Z";
     for (let i = args[0]; i < args[1]; i++) {
       const address = "person" + i + "@example" + (i % 997) + ".org";
       const signer = { fingerprint: hex(i), key: hex(i), subject: "CN=Person " + i, issuer: "CN=Example Mail CA", anchor: hex(1),
         issuerName: "Example Mail CA", notBefore: time, notAfter: time, firstSeen: time, lastSeen: time, messages: 12, standing: "usual" };
       transaction.objectStore("signers").put({ address, signers: [signer], confirmed: [], signed: 12, unsigned: 1,
         unsignedDays: 1, lastUnsignedDay: null, unsignedSeen: [hex(i)], signingSince: time, expectation: "expected" });
       if (i < 20000) transaction.objectStore("verdicts").put({ covered: hex(i), signer: hex(i), address, message: hex(i), path: [hex(i), hex(1)], time });
     }
     await new Promise((resolve, reject) => { transaction.oncomplete = resolve; transaction.onerror = () => reject(transaction.error); });
     database.close();`,
    from,
    to,
  );
}

function measure(world: World, known: number): Promise<Measured> {
  return world.addon.background.run<Measured>(
    `${opened}
     const hex = (n) => n.toString(16).padStart(64, "0");
     const times = [];
     const start = performance.now();
     for (let round = 0; round < args[1]; round++) {
       const i = Math.floor(Math.random() * args[0]);
       const begin = performance.now();
       const transaction = database.transaction(["signers", "verdicts"], "readonly");
       await Promise.all([
         done(transaction.objectStore("signers").get("person" + i + "@example" + (i % 997) + ".org")),
         done(transaction.objectStore("verdicts").index("message").getAll(hex(i), 4)),
       ]);
       times.push(performance.now() - begin);
     }
     const mean = (performance.now() - start) / args[1];
     database.close();
     times.sort((a, b) => a - b);
     return { mean, worst: times[Math.floor(times.length * 0.99)] };`,
    known,
    rounds,
  );
}

const world = await startWorld({ addon: "dist/thunderbird" });
try {
  await fillKeyring(world.addon, {});
  await fill(world, 0, 1);
  const one = await measure(world, 1);
  for (let from = 1; from < addresses; from += 5_000)
    await fill(world, from, Math.min(from + 5_000, addresses));
  const many = await measure(world, addresses);
  const told = ({ mean, worst }: Measured): string =>
    `${mean.toFixed(2)} ms on average, 99 of 100 within ${worst.toFixed(0)} ms`;
  console.log(`1 address: ${told(one)}\n${addresses} addresses: ${told(many)}`);
} finally {
  await world.stop();
}
