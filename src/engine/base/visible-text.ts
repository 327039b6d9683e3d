/** What strangers wrote, for the screen. */

/** Direction marks and other invisible characters could turn one name into another: each becomes U+FFFD. */
export function withoutInvisible(text: string): string {
  // Nearly all is plain ASCII; the classes of Unicode take a millisecond to set up.
  if (/^[ -~]*$/.test(text)) return text;
  return text.replace(/[\p{C}\p{Default_Ignorable_Code_Point}]/gu, "\ufffd");
}
