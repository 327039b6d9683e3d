/** `signet export`: a key with its certificates, out of any file that we read, as a .p12 for other programs. */
import { writeFile } from "node:fs/promises";
import { MalformedError, type Pkcs12Entry, UnsupportedError, writePkcs12 } from "../engine/index.js";
import { type Arguments, type Grammar, UsageError, hasFlag, singleValue } from "./arguments.js";
import { readKeyFile } from "./input.js";

export const exportGrammar: Grammar = {
  file: "FILE",
  flags: ["--compatible"],
  values: ["--password", "--out", "--new-password"],
  lists: [],
};

/** @returns exit code 0: the file is written */
export async function exportCommand(given: Arguments): Promise<number> {
  const out = singleValue(given, "--out");
  if (out === null) throw new UsageError("Where to? Name the new file with --out.");
  const password = singleValue(given, "--new-password") ?? "";
  // Readers differ about the empty one, and some open no such file at all.
  if (password === "") throw new UsageError("The new file needs a password: --new-password.");
  const entries = await readKeyFile({ path: given.file, password: singleValue(given, "--password") ?? "" });
  try {
    const own = entries.filter(({ certificate, privateKey }) => certificate !== null && privateKey !== null);
    if (own.length === 0) throw new UsageError(`${given.file} holds no private key with its certificate.`);
    if (own.length > 1)
      throw new UsageError(`${given.file} holds several identities: export them one by one.`);
    const profile = hasFlag(given, "--compatible") ? "compatible" : "modern";
    await writeFile(out, await written(given.file, own[0]!, { password, profile }), { mode: 0o600 });
    return 0;
  } finally {
    for (const { privateKey } of entries) privateKey?.fill(0);
  }
}

async function written(
  path: string,
  { certificate, chain, privateKey, friendlyName }: Pkcs12Entry,
  protection: { readonly password: string; readonly profile: "modern" | "compatible" },
): Promise<Uint8Array> {
  try {
    const content = { certificate: certificate!, chain, privateKey: privateKey!, friendlyName };
    return await writePkcs12(content, protection);
  } catch (error) {
    if (!(error instanceof MalformedError) && !(error instanceof UnsupportedError)) throw error;
    throw new UsageError(`The key in ${path} cannot be used (${error.code}: ${error.detail}).`);
  }
}
