/**
 * `node --import tsx test/bench/thunderbird.ts`: from selecting a message until its badge, or its decrypted
 * words, stand there: Thunderbird's own S/MIME and Signet beside each other, each in a Thunderbird of its own,
 * on the same messages, in turns. Needs `npm run build`. Every selection is of a message that was not shown
 * before, in Local Folders, so that neither disk nor network nor a cache decides.
 * Writes .build/bench/thunderbird.json, which `npm run bench` judges.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { encrypted, letter, type MimeEntity, mixed, plain, signed } from "../helpers/letters.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { testKeys } from "../helpers/test-keys.js";
import { fillKeyring } from "../helpers/thunderbird/keyring.js";
import { MailWindow } from "../helpers/thunderbird/mail-window.js";
import { alice } from "../helpers/thunderbird/profile.js";
import { startWorld, type World } from "../helpers/thunderbird/world.js";
import { root, scratch } from "./places.js";

const words = "The words that everybody waits for.";
const rounds = Number(process.argv[2] ?? 7);

const kinds = ["signed 10 KB", "signed 25 MB", "encrypted 10 KB", "encrypted 25 MB", "plain 25 MB"] as const;
type Kind = (typeof kinds)[number];

interface Shown {
  /** milliseconds from the selection on */
  readonly badge: number | null;
  readonly body: number | null;
  /** the longest time in which the window did nothing else */
  readonly stall: number;
  /** processor time of Thunderbird's first process, and of its others (the add-on's among them) */
  readonly parent: number;
  readonly others: number;
}
type Times = Record<Kind, Shown[]>;

interface Contestant {
  readonly world: World;
  readonly window: MailWindow;
  readonly times: Times;
}

async function makeMessages(folder: string): Promise<void> {
  const content = (octets: number): MimeEntity => mixed(plain(words), film(octets));
  const [small, large] = [content(6_000), content(18_200_000)];
  const entities: Record<Kind, MimeEntity> = {
    "signed 10 KB": await signed(small, "bob-p256"),
    "signed 25 MB": await signed(large, "bob-p256"),
    "encrypted 10 KB": await encrypted(small, "alice-rsa", "aes-256-cbc"),
    // Base64 within base64, so less of it makes 25 MB on the way.
    "encrypted 25 MB": await encrypted(content(13_400_000), "alice-rsa", "aes-256-cbc"),
    "plain 25 MB": large,
  };
  // Thunderbird never shows the same message twice to us: each round has its own copies.
  for (let round = 0; round <= rounds; round++)
    for (const kind of kinds)
      writeFileSync(
        join(folder, `${round} ${kind}.eml`),
        letter({ subject: `${round} ${kind}` }, entities[kind]),
      );
  for (let pause = 0; pause < 2; pause++)
    writeFileSync(
      join(folder, `pause ${pause}.eml`),
      letter({ subject: `pause ${pause}` }, plain("Nothing.")),
    );
}

function film(octets: number): MimeEntity {
  const head = 'Content-Type: video/mp4\r\nContent-Disposition: attachment; filename="film.mp4"\r\n';
  const lines = randomBytes(octets).toString("base64").replace(/.{76}/g, "$&\r\n");
  return Buffer.from(`${head}Content-Transfer-Encoding: base64\r\n\r\n${lines}\r\n`);
}

async function contestant(folder: string, addon: string | null): Promise<Contestant> {
  const world = await startWorld(addon === null ? {} : { addon });
  if (addon === null) await trustNatively(world);
  else await fillKeyring(world.addon, { identities: ["alice-rsa"], passphrase: null });
  const window = await MailWindow.open(world);
  await window.showFolder(alice);
  await fillLocalFolder(window, folder);
  const times = Object.fromEntries(kinds.map((kind) => [kind, []])) as unknown as Times;
  return { world, window, times };
}

/** What `fillKeyring` is for Signet: the same key and the same authority, in Thunderbird's own store. */
async function trustNatively(world: World): Promise<void> {
  const keys = await testKeys();
  const pem = readFileSync(`${keys}/root.pem`, "utf8");
  await world.thunderbird.run(
    `const database = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB);
     database.addCertFromBase64(args[0], "CT,CT,CT");
     const file = Cc["@mozilla.org/file/local;1"].createInstance(Ci.nsIFile);
     file.initWithPath(args[1]);
     const code = database.importPKCS12File(file, "signet");
     if (code !== 0) throw new Error("PKCS #12: " + code);`,
    pem.replace(/-----[^-]+-----|\s/g, ""),
    `${keys}/alice-rsa.p12`,
  );
}

async function fillLocalFolder(window: MailWindow, folder: string): Promise<void> {
  const files = readdirSync(folder).map((name) => join(folder, name));
  await window.look(
    `const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
     const local = MailServices.accounts.localFoldersServer.rootFolder;
     local.createSubfolder("bench", null);
     for (let i = 0; i < 200 && !local.containsChildNamed("bench"); i++) await sleep(50);
     const bench = local.getChildNamed("bench");
     panes.displayFolder(bench.URI);`,
  );
  for (const file of files)
    await window.look(
      `const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
       const bench = MailServices.accounts.localFoldersServer.rootFolder.getChildNamed("bench");
       const file = Cc["@mozilla.org/file/local;1"].createInstance(Ci.nsIFile);
       file.initWithPath(args[0]);
       await new Promise((resolve, reject) => MailServices.copy.copyFileMessage(file, bench, null, false, 1, "", {
         QueryInterface: ChromeUtils.generateQI(["nsIMsgCopyServiceListener"]),
         onStartCopy() {}, onProgress() {}, setMessageKey() {}, getMessageId() { return null; },
         onStopCopy(status) { Components.isSuccessCode(status) ? resolve() : reject(new Error("copy: " + status)); },
       }, null));`,
      file,
    );
}

/** Runs in the window: select, look at each turn of the event loop, note when what stands there. */
const selection = `
  const [subject, words, label, buttonId] = args;
  const view = panes.gDBView;
  let row = -1;
  for (let i = 0; i < view.rowCount; i++) if (view.getMsgHdrAt(i).mime2DecodedSubject === subject) row = i;
  if (row < 0) throw new Error("no message " + subject);
  const found = { badge: null, body: null, stall: 0 };
  const start = window.performance.now();
  let last = start;
  const state = () => {
    const shown = tabmail.currentAboutMessage;
    if (!shown?.gMessage || shown.gMessage.mime2DecodedSubject !== subject) return;
    const now = window.performance.now() - start;
    if (found.badge === null) {
      if (buttonId) {
        const said = shown.document.getElementById(buttonId)?.label ?? "";
        if (said.startsWith(label)) found.badge = now;
      } else {
        const box = shown.document.getElementById("cryptoBox");
        const marks = [...shown.document.querySelectorAll("#signedHdrIcon, #encryptedHdrIcon")];
        if (box && !box.hidden && marks.some(m => !m.hidden && /-(ok|notok|mismatch|unknown)/.test(m.src))) found.badge = now;
      }
    }
    if (found.body === null) {
      const text = shown.document.getElementById("messagepane")?.contentDocument?.body?.textContent ?? "";
      if (text.includes(words)) found.body = now;
    }
  };
  const patience = 30000;
  const complete = () => found.body !== null && (label === "" || found.badge !== null);
  const timer = Cc["@mozilla.org/timer;1"].createInstance(Ci.nsITimer);
  let ended = null;
  await new Promise(resolve => {
    timer.initWithCallback(() => {
      const now = window.performance.now();
      found.stall = Math.max(found.stall, now - last);
      last = now;
      state();
      if (complete() && ended === null) ended = now;
      // What follows the words may stall the window, too.
      if ((ended !== null && now - ended > 300) || now - start > patience) { timer.cancel(); resolve(); }
    }, 2, Ci.nsITimer.TYPE_REPEATING_PRECISE);
    panes.threadTree.selectedIndex = row;
    state();
  });
  return found;
`;

const labels: Record<Kind, string> = {
  "signed 10 KB": "Signed by",
  "signed 25 MB": "Signed by",
  "encrypted 10 KB": "Encrypted",
  "encrypted 25 MB": "Encrypted",
  "plain 25 MB": "",
};

async function show(who: Contestant, round: number, kind: Kind): Promise<void> {
  const { world, window } = who;
  const buttonId = isOurs(who) ? window.badgeId(world.addon) : null;
  await window.look(selection, `pause ${round % 2}`, "Nothing.", "", null);
  const before = await processorTimes(world);
  const seen = await window.look<Shown>(selection, `${round} ${kind}`, words, labels[kind], buttonId);
  const after = await processorTimes(world);
  const shown = { ...seen, parent: after.parent - before.parent, others: after.others - before.others };
  if (shown.body === null || (labels[kind] !== "" && shown.badge === null))
    throw new Error(`${kind} was never shown: ${JSON.stringify(shown)}`);
  // The first round warms everybody up.
  if (round > 0) who.times[kind].push(shown);
}

/** Milliseconds since each process began: it says what is done, on a busy machine too. */
async function processorTimes(world: World): Promise<Pick<Shown, "parent" | "others">> {
  const first = await world.thunderbird.run<number>(`return Services.appinfo.processID`);
  const stats = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const fields = readFileSync(`/proc/${name}/stat`, "utf8")
          .replace(/^.*\) /, "")
          .split(" ");
        return [
          { pid: Number(name), parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) },
        ];
      } catch {
        return []; // it has just ended
      }
    });
  const family = new Set([first]);
  for (const { pid, parent } of stats) if (family.has(parent)) family.add(pid);
  // A tick is 10 ms on every Linux that we know.
  const sum = (list: typeof stats): number => list.reduce((all, { ticks }) => all + 10 * ticks, 0);
  return {
    parent: sum(stats.filter(({ pid }) => pid === first)),
    others: sum(stats.filter(({ pid }) => pid !== first && family.has(pid))),
  };
}

const isOurs = ({ world }: Contestant): boolean => {
  try {
    return world.addon.id !== "";
  } catch {
    return false;
  }
};

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
};

function medianOf({ times }: Contestant, kind: Kind, what: keyof Shown): number {
  return median(times[kind].map((shown) => shown[what] ?? NaN));
}

/** Milliseconds that interpreted JavaScript takes to look at 25 MB: what a pass over the content would cost. */
async function costOfPass({ world }: Contestant): Promise<number> {
  return world.thunderbird.run<number>(
    `const octets = new Uint8Array(4_000_000).fill(65);
     const start = ChromeUtils.now();
     let sum = 0;
     for (let i = 0; i < octets.length; i++) sum = (sum + octets[i]) | 0;
     return (ChromeUtils.now() - start) * 25 / 4 + (sum === 0 ? 1 : 0);`,
  );
}

/** Whole passes that the processor time of the add-on's processes, or of ours in the first one, leaves room for. */
function passes(native: Contestant, ours: Contestant, pass: number): number {
  const spent = (["signed 25 MB", "encrypted 25 MB"] as const).flatMap((kind) => [
    medianOf(ours, kind, "others"),
    medianOf(ours, kind, "parent") - medianOf(native, kind, "parent"),
  ]);
  console.log(`a pass in JavaScript over 25 MB takes ${pass.toFixed(0)} ms here`);
  return Math.max(0, ...spent.map((time) => Math.floor(time / pass)));
}

function report(native: Contestant, ours: Contestant): Readonly<Record<string, number>> {
  const line = (name: string, ...cells: readonly (string | number)[]): string =>
    `| ${name.padEnd(26)} | ${cells.map((cell) => String(cell).padStart(9)).join(" | ")} |`;
  console.log(line("milliseconds, medians", "native", "Signet", "plus", "ratio"));
  const row = (kind: Kind, what: keyof Shown): readonly [number, number] => {
    const pair = [medianOf(native, kind, what), medianOf(ours, kind, what)] as const;
    const [a, b] = pair;
    console.log(line(`${kind}: ${what}`, a.toFixed(0), b.toFixed(0), (b - a).toFixed(0), (b / a).toFixed(2)));
    return pair;
  };
  const above = ([a, b]: readonly [number, number]): number => b - a;
  const against = ([a, b]: readonly [number, number]): number => b / a;
  const stalls = kinds.map((kind) => above(row(kind, "stall")));
  for (const kind of kinds) for (const what of ["parent", "others"] as const) row(kind, what);
  return {
    badge10KBAboveNative: above(row("signed 10 KB", "badge")),
    badge25MBAgainstNative: against(row("signed 25 MB", "badge")),
    body10KBAboveNative: above(row("encrypted 10 KB", "body")),
    body25MBAgainstNative: against(row("encrypted 25 MB", "body")),
    longestStall: Math.max(0, ...stalls),
  };
}

const folder = await temporaryFolder();
await makeMessages(folder.path);
const native = await contestant(folder.path, null);
const ours = await contestant(folder.path, `${root}dist/thunderbird`);
try {
  const large = statSync(join(folder.path, "0 encrypted 25 MB.eml")).size;
  console.log(
    `${rounds} rounds; encrypted message of ${(large / 1e6).toFixed(1)} MB; load ${loadavg()[0]!.toFixed(1)}`,
  );
  for (let round = 0; round <= rounds; round++)
    for (const kind of kinds) for (const who of [native, ours]) await show(who, round, kind);
  mkdirSync(scratch, { recursive: true });
  const pass = await costOfPass(ours);
  const numbers = { ...report(native, ours), javaScriptPasses: passes(native, ours, pass) };
  writeFileSync(`${scratch}thunderbird.json`, `${JSON.stringify(numbers, null, 2)}\n`);
} finally {
  await native.world.stop();
  await ours.world.stop();
  await folder.remove();
}
