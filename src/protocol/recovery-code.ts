/**
 * The code on paper that opens a backup: 130 random bits and two check characters, in seven groups of four.
 * Crockford's alphabet has no I, L, O or U; who reads a 1 as an I or a 0 as an O is understood all the same.
 * The file's password is the code as it is printed, hyphens included, so that other programs take it too.
 */
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const secretSymbols = 26;
const checkSymbols = 2;
const codeSymbols = secretSymbols + checkSymbols;

/**
 * @param random fills what it is given with chance
 * @returns e.g. "7K2M-…" with seven groups
 */
export function newRecoveryCode(random: (octets: Uint8Array<ArrayBuffer>) => unknown): string {
  const octets = new Uint8Array(secretSymbols);
  random(octets);
  // 256 is a multiple of 32: no symbol is likelier than another.
  const secret = Array.from(octets, (octet) => alphabet[octet % 32]!).join("");
  octets.fill(0);
  return grouped(secret + checkOf(secret));
}

/**
 * What a person typed, if it is meant as a recovery code.
 *
 * @returns the code as it was printed; `mistyped` where it has the shape, but its check characters do not fit; `null`: another password
 */
export function readRecoveryCode(typed: string): string | "mistyped" | null {
  const plain = plainSymbols(typed);
  if (![...plain].every((symbol) => alphabet.includes(symbol))) return null;
  if (plain.length === codeSymbols) {
    const secret = plain.slice(0, secretSymbols);
    return checkOf(secret) === plain.slice(secretSymbols) ? grouped(plain) : "mistyped";
  }
  const grouping = /^\s*[0-9a-z]{2,6}(?:[-\s]+[0-9a-z]{2,6}){4,8}\s*$/i.test(typed);
  return grouping && Math.abs(plain.length - codeSymbols) <= 4 ? "mistyped" : null;
}

/** Do these two mean the same group? For typing back what is on the paper. */
export function isSameGroup(typed: string, group: string): boolean {
  return plainSymbols(typed) === plainSymbols(group);
}

function plainSymbols(typed: string): string {
  return typed.toUpperCase().replace(/[\s-]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");
}

/** A prime just below 32²: it finds every wrong symbol and every two that were exchanged beside each other. */
const modulus = 1021;

function checkOf(secret: string): string {
  let rest = 0;
  for (const symbol of secret) rest = (rest * 32 + alphabet.indexOf(symbol)) % modulus;
  return alphabet[rest >> 5]! + alphabet[rest & 31]!;
}

function grouped(symbols: string): string {
  return symbols.match(/.{4}/g)!.join("-");
}
