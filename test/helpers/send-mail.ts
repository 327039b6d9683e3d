/** A message by real SMTP (RFC 5321) to a server on loopback. */
import { connect } from "node:net";

export interface Envelope {
  readonly from: string;
  readonly to: string;
  /** lines end in CRLF */
  readonly message: string;
}

export function sendMail(port: number, { from, to, message }: Envelope): Promise<void> {
  const steps: readonly [expected: string, send: string][] = [
    ["220", "EHLO stand-in.test\r\n"],
    ["250", `MAIL FROM:<${from}>\r\n`],
    ["250", `RCPT TO:<${to}>\r\n`],
    ["250", "DATA\r\n"],
    ["354", `${message.replace(/^\./gm, "..")}\r\n.\r\n`],
    ["250", "QUIT\r\n"],
  ];
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let step = 0;
    let text = "";
    socket.on("error", reject);
    socket.on("close", () => (step === steps.length ? resolve() : reject(new Error(`SMTP said: ${text}`))));
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      const current = steps[step];
      // The last line of an answer has a blank after its code (RFC 5321 §4.2.1).
      if (!current || !new RegExp(`^${current[0]} .*\r\n$`, "m").test(text)) return;
      text = "";
      step++;
      socket.write(current[1]);
    });
  });
}
