/**
 * What is logged of an exception: its kind. Its words may quote what it failed on, an address, a subject or a key,
 * and logs are copied into reports by people who do not read them.
 */
export function nameOfError(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
