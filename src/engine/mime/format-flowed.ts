/** format=flowed back to paragraphs (RFC 3676 §4). */

interface Line {
  readonly quotes: number;
  readonly text: string;
}

/**
 * @param text lines that end in LF
 * @param deleteSpace DelSp=yes: the space at a soft line's end belongs to the flow, not to the text
 */
export function unflow(text: string, deleteSpace: boolean): string {
  const paragraphs: string[] = [];
  let open: { quotes: number; pieces: string[] } | null = null;
  const close = (): void => {
    if (open !== null) paragraphs.push(mark(open.quotes) + open.pieces.join(""));
    open = null;
  };
  for (const raw of text.split("\n")) {
    const { quotes, text: line } = readLine(raw);
    // RFC 3676 §4.3: the signature separator ends in a space and is never soft.
    const soft = line.endsWith(" ") && line !== "-- ";
    if (open !== null && (open.quotes !== quotes || line === "-- ")) close();
    open ??= { quotes, pieces: [] };
    open.pieces.push(soft && deleteSpace ? line.slice(0, -1) : line);
    if (!soft) close();
  }
  close();
  return paragraphs.join("\n");
}

function readLine(raw: string): Line {
  const quotes = /^>*/.exec(raw)![0].length;
  const rest = raw.slice(quotes);
  // §4.4: one leading space was stuffed.
  return { quotes, text: rest.startsWith(" ") ? rest.slice(1) : rest };
}

function mark(quotes: number): string {
  return quotes === 0 ? "" : `${">".repeat(quotes)} `;
}
