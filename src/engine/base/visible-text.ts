/** Text that strangers wrote, beyond ASCII: what of it must not reach a screen, and patterns that know Unicode. */

/**
 * A pattern with classes of Unicode. As a literal it would cost a millisecond wherever the file is loaded,
 * because engines look up the classes when they read it; almost all text is ASCII and never needs it.
 */
export function unicodePattern(source: string, flags = "u"): () => RegExp {
  let pattern: RegExp | null = null;
  return () => (pattern ??= new RegExp(source, flags));
}

const invisible = unicodePattern(String.raw`[\p{C}\p{Default_Ignorable_Code_Point}]`, "gu");

/** Direction marks and other invisible characters could turn one name into another: each becomes U+FFFD. */
export function withoutInvisible(text: string): string {
  return /^[ -~]*$/.test(text) ? text : text.replace(invisible(), "\ufffd");
}
