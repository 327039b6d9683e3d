/**
 * The engine on the command line. Exit codes: 0 it holds (or is done), 1 it is readable and does not,
 * 2 the input or the command cannot be used, 70 our own bug.
 */
import { type Arguments, type Grammar, UsageError, parseArguments } from "./arguments.js";
import { exportCommand, exportGrammar } from "./export-command.js";
import { inspectCommand, inspectGrammar } from "./inspect-command.js";
import { pkcs12Command, pkcs12Grammar } from "./pkcs12-command.js";
import { protectCommand, protectGrammar } from "./protect-command.js";
import { validatePathCommand, validatePathGrammar } from "./validate-path-command.js";
import { printable } from "./words.js";

const usage = `signet inspect FILE [--anchor PEM…] [--public-roots] [--identity P12 --password PW…]
               [--password-file FILE…] [--at ISO-TIME] [--json]
signet protect DRAFT --identity P12 --password PW [--encrypt CERT…] [--no-sign] [--opaque] [--pss] [--gcm]
               [--at ISO-TIME] [--out FILE] [--json]
signet pkcs12 FILE --password PW [--json]
signet export FILE --password PW --out P12 --new-password PW [--compatible]
signet validate-path --leaf CERT [--intermediate CERT…] [--anchor CERT…] [--public-roots]
               [--crl CRL…] [--ocsp RESPONSE…]
               [--at ISO-TIME] [--purpose sign|encrypt] [--address ADDRESS] [--policy OID…]
               [--require-explicit-policy] [--inhibit-policy-mapping] [--inhibit-any-policy]
               [--revocation off|when-available|required] [--json]

Only the authorities given by --anchor count; --public-roots adds those that Mozilla accepts for e-mail.
FILE and DRAFT may be - for standard input. Keys stand in .p12, .pfx or .pem. Each --password belongs to the --identity before it.
--password-file holds the password of a message that was encrypted with one; without it, it is asked for.
inspect ends with 0 where every layer holds and whoever signed is the visible author, with 1 for any
other readable message, with 2 where the input cannot be used.
validate-path ends with 0 where a path holds, with 1 where none does, with 2 where the input cannot be used.
Without --policy every policy will do; with --crl or --ocsp revocation is required unless --revocation says
otherwise. It fetches nothing.
`;

interface Command {
  readonly grammar: Grammar;
  run(given: Arguments): Promise<number>;
}

const commands: ReadonlyMap<string, Command> = new Map([
  ["inspect", { grammar: inspectGrammar, run: inspectCommand }],
  ["protect", { grammar: protectGrammar, run: protectCommand }],
  ["pkcs12", { grammar: pkcs12Grammar, run: pkcs12Command }],
  ["export", { grammar: exportGrammar, run: exportCommand }],
  ["validate-path", { grammar: validatePathGrammar, run: validatePathCommand }],
]);

async function main(words: readonly string[]): Promise<number> {
  const [name, ...rest] = words;
  if (name === "--help" || name === "-h" || name === "help" || rest.includes("--help")) {
    process.stdout.write(usage);
    return 0;
  }
  const command = commands.get(name ?? "");
  if (command === undefined) {
    const what = name === undefined ? "What shall be done?" : `There is no command ${printable(name)}.`;
    throw new UsageError(`${what} Try signet --help.`);
  }
  return command.run(parseArguments(rest, command.grammar));
}

/** A reader that closes the pipe early (head, less) has what it wanted. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) {
    process.stderr.write(`${printable(error.message)}\n`);
    process.exitCode = 2;
  } else {
    const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`This is a bug in Signet; please report it with these lines.\n${trace}\n`);
    process.exitCode = 70;
  }
}
