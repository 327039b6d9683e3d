/**
 * The built-in authorities: roots that Mozilla's programme trusts for e-mail. Which of them count for a person
 * is said here as data; their certificates are looked up by name, and loaded, only when a path needs one.
 * Where they come from, and what the dates mean: docs/decisions/built-in-roots.md.
 */

/** JSON: it crosses to the engine's worker as it is. */
export interface PublicRoots {
  /** SHA-256 of those that the person switched off, lower-case hexadecimal */
  readonly switchedOff: readonly string[];
}
