/** What the background would answer the first-run page, scene by scene. */
import { alice, answer, empty, locked, pendingRequest, unlocked } from "./scenes.js";
import type { Scene } from "./stage.js";
import { certificate } from "./verdicts.js";

const selfMade = certificate("alice@example.org", {
  issuer: "CN=Alice Example",
  subject: "CN=Alice Example",
});

const fresh: Scene = {
  "vault:status": answer(empty),
  "vault:create": answer(unlocked),
  "identity:list": answer([]),
  "request:list": answer([]),
  "order:list": answer([]),
  "order:addresses": answer(["alice@example.org"]),
  "host:capabilities": answer({ host: "thunderbird", inPlace: true }),
  "native:list": answer([
    { certificate: certificate("alice@example.org"), known: false },
    { certificate: certificate("old@example.org", { fingerprint: "a0".repeat(32) }), known: true },
  ]),
  "native:import": answer({
    added: [alice],
    known: [],
    withoutKey: [],
    unusable: [],
    fileProtection: "password",
  }),
  "identity:make": answer({ ...alice, certificate: selfMade }),
  "identity:import": { ok: false, code: "password-wrong" },
  "request:create": answer(pendingRequest),
  "request:file": answer({ file: "file-1" }),
  "vault:unlock": { ok: false, code: "passphrase-wrong" },
};

export const welcomeScenes: Readonly<Record<string, Scene>> = {
  first: fresh,
  store: { ...fresh, "host:capabilities": answer({ host: "thunderbird", inPlace: false }) },
  browser: { ...fresh, "host:capabilities": answer({ host: "browser", inPlace: false }) },
  locked: { ...fresh, "vault:status": answer(locked) },
  waiting: { ...fresh, "vault:status": answer(unlocked), "request:list": answer([pendingRequest]) },
  "nothing-native": { ...fresh, "native:list": answer([]) },
  failed: { ...fresh, "vault:status": { ok: false, code: "unavailable" } },
};
