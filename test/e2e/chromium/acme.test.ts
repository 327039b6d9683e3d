/**
 * A certificate by mail in built Chromium, by clicks: an authority's stand-in over HTTPS that Chromium itself checks, the
 * challenge opened from a file in our reader, the answer copied and sent by hand, a stranger's twin answered before it.
 * OpenSSL says that the certificate belongs to the key that the backup holds.
 *
 * What differs from what `npm run build` makes: one line of the manifest. Hosts that may be asked for are given from the
 * start (host_permissions in place of optional_host_permissions), because Chromium asks in a window of its own, which
 * nobody can click here. Nothing else is changed; the loopback authority of TLS lies in the person's own store (NSS).
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { type Server, createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Page } from "puppeteer-core";
import { challengeSender, newChallenge } from "../../helpers/acme-post.js";
import { AcmeWorld, address } from "../../helpers/acme-world.js";
import {
  type DrivenBrowser,
  chooseFile,
  openChromium,
  until,
  waitForWords,
} from "../../helpers/browsers/driven.js";
import { type LoopbackTls, makeLoopbackTls } from "../../helpers/loopback-tls.js";
import { sendMail } from "../../helpers/send-mail.js";
import { type TemporaryFolder, temporaryFolder } from "../../helpers/temporary-folder.js";

const run = promisify(execFile);
const built = fileURLToPath(new URL("../../../dist/chrome", import.meta.url));
const row = "#get_certificate .order";

let folder: TemporaryFolder;
let tls: LoopbackTls;
let unknownTls: LoopbackTls;
let unknown: Server;
let world: AcmeWorld;
let browser: DrivenBrowser;
let page: Page;
const askedOfUnknown: string[] = [];

before(async () => {
  [folder, tls, unknownTls] = await Promise.all([temporaryFolder(), makeLoopbackTls(), makeLoopbackTls()]);
  world = await AcmeWorld.start(tls);
  const [key, cert] = [await readFile(unknownTls.key), await readFile(unknownTls.certificate)];
  unknown = createServer({ key, cert }, (request, response) => {
    askedOfUnknown.push(request.url ?? "");
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  await new Promise<void>((resolve) => unknown.listen(0, "127.0.0.1", resolve));
  browser = await openChromium(await withPermission(), await homeThatTrusts(tls));
  await until(async () => (await browser.pages()).some((tab) => tab.url().endsWith("/welcome.html")));
  page = await browser.open("/pages/options/options.html");
  await page.bringToFront();
});
after(async () => {
  await browser?.close();
  unknown?.closeAllConnections();
  unknown?.close();
  await world?.stop();
  await Promise.all([folder?.remove(), tls?.remove(), unknownTls?.remove()]);
});

/** @returns the copy of the built extension that the header of this file tells of */
async function withPermission(): Promise<string> {
  const copy = join(folder.path, "chrome");
  await cp(built, copy, { recursive: true });
  const file = join(copy, "manifest.json");
  const { optional_host_permissions: hosts, ...rest } = JSON.parse(await readFile(file, "utf8")) as Record<
    string,
    unknown
  >;
  await writeFile(file, JSON.stringify({ ...rest, host_permissions: hosts }));
  return copy;
}

/** Chromium on Linux believes the authorities in the person's own NSS store. */
async function homeThatTrusts({ authority }: LoopbackTls): Promise<string> {
  const home = join(folder.path, "home");
  const store = join(home, ".pki", "nssdb");
  const file = join(folder.path, "authority.der");
  await mkdir(store, { recursive: true });
  await writeFile(file, Buffer.from(authority, "base64"));
  await run("certutil", ["-N", "--empty-password", "-d", `sql:${store}`]);
  await run("certutil", ["-A", "-d", `sql:${store}`, "-n", "loopback", "-t", "C,,", "-i", file]);
  return home;
}

async function press(button: string): Promise<void> {
  await page.bringToFront();
  await page.waitForSelector(button);
  await page.click(button);
}

async function askAuthority(directory: string): Promise<void> {
  await page.$eval("#order-directory-options", (input) => ((input as HTMLInputElement).value = ""));
  await page.type("#order-directory-options", directory);
  await press("#order-ask-options");
}

/** The newest mail, saved from a webmail as a file and opened in our reader. @returns its subject, as it is read there */
async function subjectOfNewest(): Promise<{ readonly subject: string; readonly messageId: string }> {
  const mail = world.mail.read("alice", "INBOX").at(-1)!;
  const file = join(folder.path, "challenge.eml");
  await writeFile(file, mail);
  const reader = await browser.open("/pages/reader/reader.html");
  await chooseFile(reader, "main", file);
  const words = await waitForWords(reader, challengeSender);
  assert.ok(words.includes(address));
  const subject = await reader.$eval("#subject", (node) => (node as HTMLElement).innerText);
  await reader.close();
  return { subject, messageId: /^Message-ID: (<.*>)/m.exec(mail.toString("latin1"))![1]! };
}

/** The person reads the mail, copies its subject in and the answer out, and sends it from a webmail. */
async function answerNewest(): Promise<void> {
  const { subject, messageId } = await subjectOfNewest();
  await page.bringToFront();
  await page.type(`${row} input[type=text]`, subject);
  await page.keyboard.press("Enter");
  await page.waitForSelector(`${row} textarea`);
  const body = await page.$eval(`${row} textarea`, (area) => area.value);
  const words = await page.$eval(row, (node) => (node as HTMLElement).innerText);
  const [, to, repeated] = /Reply to that mail, to (\S+), with the subject “(.+)” and exactly/.exec(words)!;
  const lines = [
    ...[`From: ${address}`, `To: ${to}`, `Subject: ${repeated}`, `In-Reply-To: ${messageId}`],
    ...["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "", ...body.split("\n")],
  ];
  await sendMail(world.mail.smtpPort, { from: address, to: to!, message: lines.join("\r\n") });
  await press(`${row} [data-does="order_sent"]`);
  await until(() => page.$(`${row} textarea`).then((area) => area === null));
}

test("a server whose certificate nobody vouches for is not asked: Chromium checks TLS, and we are told no", async () => {
  const { port } = unknown.address() as AddressInfo;
  await page.waitForSelector("#order-directory-options");
  await page.type("#order-address-options", address);
  await askAuthority(`https://127.0.0.1:${port}/directory`);
  await waitForWords(page, "The authority does not answer.");
  assert.deepEqual(askedOfUnknown, []);
});

test("the order is begun over HTTPS, and its mail comes", async () => {
  assert.match(world.acme.directory, /^https:/);
  await askAuthority(world.acme.directory);
  await press("#protection-device");
  await press("#order-begin");
  await page.waitForSelector(`${row}[data-state="mail-by-hand"] input[type=text]`);
  assert.equal(world.mail.read("alice", "INBOX").length, 1);
});

test("a stranger's twin is answered first: the order goes on, and asks for another mail", async () => {
  await world.sendChallenge(newChallenge(address, "a stranger's key", null));
  await answerNewest();
  await page.waitForSelector(`${row}[data-state="checked-by-hand"] details`);
  assert.deepEqual(world.acme.refusedAnswers, ["no challenge of ours is answered"]);
  await press(`${row} summary`);
});

test("the authority's own mail is answered, and the certificate is put to its key", async () => {
  await world.sendChallenge(world.acme.orders.at(-1)!.challenge);
  await answerNewest();
  await page.waitForFunction(
    (whose) => document.querySelector<HTMLElement>("#identities")!.innerText.includes(whose),
    {},
    address,
  );
  assert.equal(await page.$(row), null, "an order that is done is no order any more");
  assert.equal(world.acme.orders.at(-1)!.status, "valid");
  assert.equal(world.acme.refusedAnswers.length, 1, "the stranger's alone");
  assert.deepEqual(
    world.acme.asked.filter(({ wrong }) => wrong !== null),
    [],
  );
});

test("OpenSSL: the certificate is for the address, of this authority, and belongs to the key in the backup", async () => {
  const session = await page.createCDPSession();
  await session.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: folder.path });
  await press("#backup-make");
  await page.waitForSelector(".recovery-code");
  const code = await page.$eval(".recovery-code", (node) => node.textContent ?? "");
  await press("#backup-save");
  let saved: string | undefined;
  await until(async () => {
    saved = (await readdir(folder.path)).find((name) => name.endsWith(".p12"));
    return saved !== undefined;
  });
  const [all, certificate] = [join(folder.path, "all.pem"), join(folder.path, "certificate.pem")];
  const opened = ["pkcs12", "-in", join(folder.path, saved!), "-passin", `pass:${code}`, "-nodes"];
  await run("openssl", [...opened, "-out", all]);
  await run("openssl", [...opened, "-clcerts", "-nokeys", "-out", certificate]);
  const publicKeys = await Promise.all([
    run("openssl", ["x509", "-in", certificate, "-noout", "-pubkey"]),
    run("openssl", ["pkey", "-in", all, "-pubout"]),
  ]);
  assert.equal(publicKeys[0].stdout, publicKeys[1].stdout);
  const { authority } = world.acme;
  const trusting = ["-CAfile", authority.path("root.pem"), "-untrusted", authority.path("issuing.pem")];
  const said = await run("openssl", ["verify", ...trusting, "-verify_email", address, certificate]);
  assert.match(said.stdout, /: OK/);
  await assert.rejects(
    run("openssl", ["verify", ...trusting, "-verify_email", "mallory@example.test", certificate]),
  );
});
