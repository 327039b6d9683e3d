/**
 * A certificate for a server on 127.0.0.1, with an authority made for it alone: for tests in which a browser
 * speaks real TLS to loopback and has to be told whom to believe.
 */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ServerCertificate } from "./bind.js";
import { temporaryFolder } from "./temporary-folder.js";

const run = promisify(execFile);

export interface LoopbackTls extends ServerCertificate {
  /** DER of the authority in base64, as certificate stores take it */
  readonly authority: string;
  remove(): Promise<void>;
}

export async function makeLoopbackTls(): Promise<LoopbackTls> {
  const { path, remove } = await temporaryFolder();
  const file = (name: string): string => join(path, name);
  const request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const [until, no] = [
    ["-days", "7"],
    ["-addext", "basicConstraints=critical,CA:FALSE"],
  ];
  await run("openssl", [
    ...[...request, ...until, "-subj", "/CN=Loopback authority of a test"],
    ...["-keyout", file("ca.key"), "-out", file("ca.pem")],
  ]);
  await run("openssl", [
    ...[...request, ...until, ...no, "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
    ...["-addext", "extendedKeyUsage=serverAuth", "-CA", file("ca.pem"), "-CAkey", file("ca.key")],
    ...["-keyout", file("server.key"), "-out", file("server.pem")],
  ]);
  const pem = await readFile(file("ca.pem"), "utf8");
  return {
    certificate: file("server.pem"),
    key: file("server.key"),
    authority: pem.replace(/-----[^-]+-----|\s/g, ""),
    remove,
  };
}
