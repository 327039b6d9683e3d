/**
 * Writes src/engine/x509/public-root-{list,certificates}.ts: the authorities that Mozilla trusts for e-mail, as the
 * installed Thunderbird has them (`SIGNET_THUNDERBIRD` names another). Run by hand when Thunderbird is new:
 *
 *     npm run roots
 *
 * Each object of the built-in module is read through Thunderbird's own NSS, its attribute
 * CKA_NSS_EMAIL_DISTRUST_AFTER with it; whether it is trusted for e-mail says Thunderbird's certificate database.
 * docs/decisions/built-in-roots.md says why. `--index` only makes the names' keys anew.
 */
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { format } from "prettier";
import { oid } from "../src/engine/base/oid.js";
import { attributeText, nameKey } from "../src/engine/x509/distinguished-name.js";
import { parseCertificate } from "../src/engine/x509/parse-certificate.js";
import { publicRootDer, publicRootList } from "../src/engine/x509/public-roots.js";
import type { PublicRootOrigin } from "../src/engine/x509/public-roots.js";
import { startWorld } from "../test/helpers/thunderbird/world.js";

interface Taken {
  /** base64 */
  readonly der: string;
  /** CKA_LABEL */
  readonly label: string;
  /** CKA_NSS_EMAIL_DISTRUST_AFTER: YYMMDDhhmmssZ; CK_FALSE and absent are "" */
  readonly emailDistrustAfter: string;
}

interface Found {
  readonly origin: PublicRootOrigin;
  readonly roots: readonly Taken[];
}

const readModule = `
  const { ctypes } = ChromeUtils.importESModule("resource://gre/modules/ctypes.sys.mjs");
  const nss = ctypes.open(Services.dirsvc.get("GreBinD", Ci.nsIFile).path + "/libnss3.so");
  const item = new ctypes.StructType("SECItem",
    [{ type: ctypes.unsigned_int }, { data: ctypes.voidptr_t }, { len: ctypes.unsigned_int }]);
  const { voidptr_t: pointer, unsigned_long: ulong, int, char } = ctypes;
  const use = (name, answer, ...given) => nss.declare(name, ctypes.default_abi, answer, ...given);
  const slotNamed = use("PK11_FindSlotByName", pointer, char.ptr);
  const objectsOf = use("PK11_FindGenericObjects", pointer, pointer, ulong);
  const after = use("PK11_GetNextGenericObject", pointer, pointer);
  const attribute = use("PK11_ReadRawAttribute", int, int, pointer, ulong, item.ptr);
  const version = use("NSS_GetVersion", char.ptr);
  const generic = 0, certificateClass = 1, CKA_LABEL = 3, CKA_VALUE = 0x11, CKA_NSS = 0xCE534350;
  const read = (object, type) => {
    const value = new item();
    if (attribute(generic, object, type, value.address()) !== 0 || value.data.isNull()) return "";
    const octets = ctypes.cast(value.data, ctypes.uint8_t.array(value.len).ptr).contents;
    let text = "";
    for (let i = 0; i < value.len; i++) text += String.fromCharCode(octets[i]);
    return text;
  };
  const database = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB);
  const roots = [];
  const slot = slotNamed(char.array()("Builtin Object Token"));
  if (slot.isNull()) throw new Error("no built-in module");
  for (let object = objectsOf(slot, certificateClass); !object.isNull(); object = after(object)) {
    const der = btoa(read(object, CKA_VALUE));
    const certificate = database.constructX509FromBase64(der);
    if (!database.isCertTrusted(certificate, Ci.nsIX509Cert.CA_CERT, Ci.nsIX509CertDB.TRUSTED_EMAIL)) continue;
    // An attribute that is a date is one; CK_FALSE says that there is none (pkcs11n.h: CKA_NSS + 36).
    roots.push({ der, label: read(object, CKA_LABEL).replace(/\\0$/, ""),
      emailDistrustAfter: read(object, CKA_NSS + 36).replace(/^\\0$/, "") });
  }
  const { version: program, appBuildID: build } = Services.appinfo;
  const date = build.slice(0, 4) + "-" + build.slice(4, 6) + "-" + build.slice(6, 8);
  return { origin: { program: "Thunderbird " + program, date, nss: version().readString() }, roots };`;

async function takeFromThunderbird(): Promise<Found> {
  const world = await startWorld({ people: [] });
  try {
    const found = await world.thunderbird.run<Found>(readModule);
    // The octets of a label are UTF-8.
    const roots = found.roots.map((root) => ({
      ...root,
      label: Buffer.from(root.label, "latin1").toString("utf8"),
    }));
    return { ...found, roots };
  } finally {
    await world.stop();
  }
}

/** The data as it is, to index it anew. */
async function takeFromData(): Promise<Found> {
  const { origin, roots } = await publicRootList();
  const taken = roots.map(async ({ name, emailDistrustAfter }, place) => ({
    der: Buffer.from(await publicRootDer(place)).toString("base64"),
    label: name,
    emailDistrustAfter: emailDistrustAfter?.replace(/^20|[-:T]|\.000/g, "") ?? "",
  }));
  return { origin, roots: await Promise.all(taken) };
}

/** As NSS reads a UTCTime; anything else would be a limit that we overlooked. */
function isoOf(time: string): string {
  if (time === "") return "";
  const parts = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(time);
  if (parts === null) throw new Error(`not a time: ${JSON.stringify(time)}`);
  const [, year, month, day, hour, minute, second] = parts;
  return new Date(`20${year}-${month}-${day}T${hour}:${minute}:${second}Z`).toISOString();
}

async function rowOf({ der, label, emailDistrustAfter }: Taken): Promise<{ row: string; der: string }> {
  const octets = new Uint8Array(Buffer.from(der, "base64"));
  const { subject, notAfter } = await parseCertificate(octets);
  const columns = [
    createHash("sha256").update(octets).digest("hex"),
    isoOf(emailDistrustAfter),
    new Date(notAfter).toISOString(),
    attributeText(subject, oid.country) ?? "",
    attributeText(subject, oid.organization) ?? "",
    label,
    nameKey(subject),
  ];
  if (columns.some((column) => column.includes("\t"))) throw new Error(`a tab in ${label}`);
  return { row: columns.join("\t"), der };
}

async function write(file: string, code: string): Promise<void> {
  const head =
    "/** Made by scripts/take-roots.ts; not to be edited. See docs/decisions/built-in-roots.md. */\n";
  const path = new URL(`../src/engine/x509/${file}`, import.meta.url);
  await writeFile(path, await format(head + code, { parser: "typescript", printWidth: 110 }));
}

const list = (name: string, values: readonly string[]): string =>
  `export const ${name}: readonly string[] = [\n${values.map((value) => JSON.stringify(value)).join(",\n")}];\n`;

const { origin, roots } = await (process.argv.includes("--index") ? takeFromData() : takeFromThunderbird());
if (roots.length < 20) throw new Error(`only ${roots.length} roots: that cannot be`);
const rows = (await Promise.all(roots.map(rowOf))).sort((a, b) => (a.row < b.row ? -1 : 1));
await write(
  "public-root-list.ts",
  `/** fingerprint, e-mail distrust date, end, country, organisation, name, key of the subject's name */
   ${list(
     "publicRootRows",
     rows.map(({ row }) => row),
   )}
   export const publicRootOrigin = ${JSON.stringify(origin)} as const;`,
);
await write(
  "public-root-certificates.ts",
  `/** DER in base64, in the order of the list */
   ${list(
     "publicRootCertificates",
     rows.map(({ der }) => der),
   )}`,
);
console.log(`${rows.length} roots of ${origin.program}, NSS ${origin.nss}, built on ${origin.date}`);
process.exit(0);
