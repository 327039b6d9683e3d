/**
 * A small internet of names by BIND 9: a root of our own and zones below it, signed by its tools in every
 * way we read, unsigned, and broken; answered on loopback over DNS-over-HTTPS (RFC 8484), and through a resolver
 * in front of it for programs that want HTTP/1.1, or TLS.
 * Signatures are made for the year 2026, so that tests choose their time.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { type IncomingHttpHeaders, createServer as createHttpServer } from "node:http";
import { type ClientHttp2Session, connect, createSecureServer } from "node:http2";
import { type AddressInfo, type Socket, createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Bytes } from "../../src/engine/index.js";
import { temporaryFolder } from "./temporary-folder.js";

const run = promisify(execFile);

export interface Zone {
  /** "example.test"; "" is the root */
  readonly name: string;
  /** of dnssec-keygen; null: not signed */
  readonly algorithm: string | null;
  /** lines of a zone file, without SOA and NS */
  readonly records?: readonly string[];
  readonly denial?: "nsec" | "nsec3" | "nsec3-opt-out";
  /** YYYYMMDD; default the year 2026 */
  readonly valid?: readonly [string, string];
  /** the parent names another key than the one that signs */
  readonly delegation?: "right" | "wrong" | "none";
}

export interface Bind {
  /** octets of the DS of the root's key, as `dnssec-dsfromkey` prints it */
  readonly rootSigner: { readonly keyTag: number; readonly algorithm: number; readonly digest: string };
  exchange(query: Bytes): Promise<Bytes>;
  stop(): Promise<void>;
}

/** Paths of PEM files: what a server shows, and its key. */
export interface ServerCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** @param zones parents before their children; the first is the root */
export async function startBind(zones: readonly Zone[]): Promise<Bind> {
  const folder = await temporaryFolder();
  const { path } = folder;
  for (const zone of [...zones].reverse()) await signZone(path, zone, zones);
  const ports = { dnsPort: await freePort(), httpPort: await freePort() };
  await writeFile(join(path, "named.conf"), configuration(path, zones, ports));
  const named = spawn("named", ["-g", "-n", "1", "-c", join(path, "named.conf")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  await untilRunning(named);
  const session = connect(`http://127.0.0.1:${ports.httpPort}`);
  // A question that fails says so itself; at the end BIND may hang up first.
  session.on("error", () => undefined);
  const stop = async (): Promise<void> => {
    const ended = new Promise((resolve) => named.once("exit", resolve));
    session.destroy();
    named.kill("SIGTERM");
    await ended;
    await folder.remove();
  };
  return { rootSigner: await rootSigner(path), exchange: (query) => exchange(session, query), stop };
}

/** BIND speaks DoH over HTTP/2 alone, which Node's fetch does only over TLS. */
async function exchange(session: ClientHttp2Session, query: Bytes): Promise<Bytes> {
  const path = `/dns-query?dns=${Buffer.from(query).toString("base64url")}`;
  const request = session.request({ ":path": path, accept: "application/dns-message" });
  let status = 0;
  request.on("response", (headers) => (status = Number(headers[":status"])));
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  if (status !== 200) throw new Error(`the name server answered ${status}`);
  return new Uint8Array(Buffer.concat(chunks));
}

/** The name server for programs that post (RFC 8484 §4.1). */
export interface Resolver {
  readonly url: string;
  /** what was posted: headers and octets */
  readonly asked: { readonly headers: IncomingHttpHeaders; readonly body: Bytes }[];
  /** change what is answered; null: as BIND says */
  answer: ((octets: Bytes) => Bytes) | null;
  stop(): Promise<void>;
}

interface Posted extends AsyncIterable<Buffer> {
  readonly headers: IncomingHttpHeaders;
}
interface Reply {
  setHeader(name: string, value: string): unknown;
  end(octets: Bytes): unknown;
}

/**
 * HTTP/1.1 without TLS, for Node's `fetch`; HTTP/2 with it. BIND's own TLS is not shown to Thunderbird: on a new
 * connection BIND 9.18.49 stops reading after the settings, once in three times, and the question waits for ever.
 */
export async function startResolver(
  bind: Pick<Bind, "exchange">,
  tls: ServerCertificate | null = null,
): Promise<Resolver> {
  const asked: Resolver["asked"] = [];
  const reply = async (request: Posted, response: Reply): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body: Bytes = new Uint8Array(Buffer.concat(chunks));
    asked.push({ headers: request.headers, body });
    const octets = await bind.exchange(body);
    response.setHeader("content-type", "application/dns-message");
    response.end(resolver.answer === null ? octets : resolver.answer(octets));
  };
  const handle = (request: Posted, response: Reply): void => void reply(request, response);
  const server =
    tls === null
      ? createHttpServer(handle)
      : createSecureServer(
          { cert: await readFile(tls.certificate), key: await readFile(tls.key), allowHTTP1: true },
          handle,
        );
  const open = new Set<Socket>();
  server.on("connection", (socket: Socket) => open.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of open) socket.destroy();
    await closed;
  };
  const url = `${tls === null ? "http" : "https"}://127.0.0.1:${port}/dns-query`;
  const resolver: Resolver = { url, asked, answer: null, stop };
  return resolver;
}

const origin = (zone: Zone): string => (zone.name === "" ? "." : `${zone.name}.`);
const fileOf = (zone: Zone): string => `zone-${zone.name === "" ? "root" : zone.name}`;

async function signZone(folder: string, zone: Zone, zones: readonly Zone[]): Promise<void> {
  const children = zones.filter((other) => other !== zone && parentOf(other, zones) === zone);
  const lines = [
    "$TTL 3600",
    `${origin(zone)} IN SOA ns.invalid. admin.invalid. 1 3600 600 86400 300`,
    `${origin(zone)} IN NS ns.invalid.`,
    // The root's own name server has to be in the root, or the zone is refused.
    ...(zone.name === "" ? ["ns.invalid. IN A 127.0.0.1"] : []),
    ...(zone.records ?? []),
  ];
  for (const child of children) {
    lines.push(`${origin(child)} IN NS ns.invalid.`);
    if (child.algorithm !== null && child.delegation !== "none")
      lines.push(await delegationOf(folder, child));
  }
  const file = join(folder, fileOf(zone));
  await writeFile(file, `${lines.join("\n")}\n`);
  if (zone.algorithm === null) return;
  const keys = join(folder, `keys-${fileOf(zone)}`);
  await mkdir(keys);
  const size = zone.algorithm.startsWith("RSA") ? ["-b", "2048"] : [];
  const since = ["-P", "20200101", "-A", "20200101"];
  for (const use of [["-f", "KSK"], []]) {
    await run("dnssec-keygen", [
      "-q",
      "-K",
      keys,
      "-a",
      zone.algorithm,
      ...size,
      ...since,
      ...use,
      origin(zone),
    ]);
  }
  const [start, end] = zone.valid ?? ["20260101", "20270101"];
  const denial = { nsec: [], nsec3: ["-3", "ab12", "-H", "3"], "nsec3-opt-out": ["-3", "-", "-A"] };
  await run(
    "dnssec-signzone",
    [
      ...["-q", "-P", "-S", "-K", keys, "-d", keys, "-o", origin(zone), "-f", `${file}.signed`],
      ...["-s", `${start}000000`, "-e", `${end}000000`, ...denial[zone.denial ?? "nsec"], file],
    ],
    { cwd: folder },
  );
}

function parentOf(zone: Zone, zones: readonly Zone[]): Zone | undefined {
  if (zone.name === "") return undefined;
  const above = zones.filter(
    (other) => other !== zone && (other.name === "" || zone.name.endsWith(`.${other.name}`)),
  );
  return above.sort((a, b) => b.name.length - a.name.length)[0];
}

async function delegationOf(folder: string, child: Zone): Promise<string> {
  const text = await readFile(join(folder, `keys-${fileOf(child)}`, `dsset-${origin(child)}`), "utf8");
  if (child.delegation !== "wrong") return text;
  return text.replace(/([0-9A-F]{8})\s*$/gm, (end) =>
    end.replace(/[0-9A-F]/g, (digit) => (digit === "0" ? "1" : "0")),
  );
}

async function rootSigner(folder: string): Promise<Bind["rootSigner"]> {
  const text = await readFile(join(folder, "keys-zone-root", "dsset-."), "utf8");
  const found = /DS\s+(\d+)\s+(\d+)\s+2\s+([0-9A-F\s]+)$/m.exec(text)!;
  return { keyTag: Number(found[1]), algorithm: Number(found[2]), digest: found[3]!.replace(/\s/g, "") };
}

function configuration(
  folder: string,
  zones: readonly Zone[],
  on: { readonly dnsPort: number; readonly httpPort: number },
): string {
  const list = zones.map((zone) => {
    const signed = zone.algorithm === null ? "" : ".signed";
    return `zone "${origin(zone)}" { type primary; file "${join(folder, fileOf(zone))}${signed}"; };`;
  });
  return `
http local { endpoints { "/dns-query"; }; };
options {
  directory "${folder}"; pid-file none; session-keyfile none; recursion no; minimal-responses no;
  listen-on port ${on.dnsPort} { 127.0.0.1; };
  listen-on port ${on.httpPort} tls none http local { 127.0.0.1; };
  listen-on-v6 { none; }; notify no; check-names primary ignore; empty-zones-enable no;
};
controls { };
${list.join("\n")}
`;
}

async function untilRunning(named: ChildProcess): Promise<void> {
  let log = "";
  await new Promise<void>((resolve, reject) => {
    named.stderr!.on("data", (chunk: Buffer) => {
      log += chunk.toString();
      if (/all zones loaded/.test(log) && /running/.test(log)) resolve();
    });
    named.once("exit", () => reject(new Error(`named did not start:\n${log.slice(-2000)}`)));
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
