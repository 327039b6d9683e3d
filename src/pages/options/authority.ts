/** An authority of one's own: its making, and a certificate for somebody who asked with a file. */
import { ask } from "../../protocol/ask.js";
import { pkcs12Limit, putFileUpTo } from "../../protocol/handover.js";
import type {
  CreatedAuthority,
  ErrorCode,
  HandoverId,
  IssuedCertificate,
  RequestView,
} from "../../protocol/messages.js";
import { element } from "../../ui/dom.js";
import { ownerOf } from "../../ui/signer-card.js";
import { dateText, errorText, harmless, text } from "../../ui/text.js";
import { compareFingerprint } from "../parts/compare-fingerprint.js";
import { dropZone } from "../parts/drop-zone.js";
import { localForm, passwordField, problemLine } from "../parts/fields.js";
import { notice } from "../parts/notice.js";
import { saveFile } from "../parts/save-file.js";
import { linesField, linesOf, textField } from "../parts/text-fields.js";
import { working } from "../parts/working.js";
import { section } from "./section.js";

/** octets of a request; the background's bound */
const requestLimit = 64 * 1024;

export function authoritySection(): { readonly node: HTMLElement } {
  const { node, body } = section("authority");
  body.append(
    fold("authority-sign", "authority_sign", signing()),
    fold("authority-make", "authority_make", making()),
  );
  return { node };
}

/** @param title key of its words; what it is for stands under the same with `_what` */
function fold(id: string, title: string, content: HTMLElement): HTMLElement {
  return element(
    "details",
    { id },
    element("summary", {}, text(title)),
    element(
      "div",
      { class: "stack folded" },
      element("p", { class: "soft" }, text(`${title}_what`)),
      content,
    ),
  );
}

// ------------------------------------------------------------------ the root

function making(): HTMLElement {
  const name = textField({ label: text("authority_name"), hint: text("authority_name_hint") });
  const domains = linesField({ label: text("authority_domains"), hint: text("authority_domains_hint") });
  const password = passwordField(text("authority_password"), "new-password", text("authority_password_hint"));
  const repeat = passwordField(text("authority_repeat"), "new-password");
  const problem = problemLine();
  const button = element("button", { type: "submit", class: "primary" }, text("authority_make_button"));
  const place = element("div", { class: "stack" });
  const fields = [name.node, domains.node, password.node, repeat.node];
  const form = localForm(submit, ...fields, problem, element("div", { class: "row" }, button));
  place.append(form);
  return place;

  async function submit(): Promise<void> {
    for (const field of [domains, password, repeat]) field.fail(null);
    problem.textContent = "";
    if (password.input.value !== repeat.input.value) return repeat.fail(text("protection_differs"));
    const wish = { name: name.input.value, domains: linesOf(domains), password: password.input.value };
    const reply = await working(form, text("authority_make_working"), () => ask("authority:create", wish));
    if (reply.ok) return place.replaceChildren(madeAuthority(reply.answer));
    if (reply.code === "domain-malformed") domains.fail(errorText(reply.code));
    else if (reply.code === "passphrase-too-short") password.fail(errorText(reply.code));
    else problem.textContent = errorText(reply.code);
  }
}

function madeAuthority({ certificate, keyFile, certificateFile }: CreatedAuthority): HTMLElement {
  const name = certificate.commonName ?? certificate.subject;
  const words = element("p", {}, text("authority_made", name, dateText(certificate.notAfter)));
  return element(
    "div",
    { class: "stack", role: "status" },
    notice("good", words, element("p", { class: "small" }, text("authority_key_saved_first"))),
    saving([
      ["authority_save_key", keyFile, `${name}.p12`],
      ["authority_save_certificate", certificateFile, `${name}.pem`],
    ]),
    compareFingerprint(certificate.fingerprint),
  );
}

function saving(files: readonly (readonly [string, HandoverId, string])[]): HTMLElement {
  const problem = problemLine();
  const buttons = files.map(([key, file, name], index) =>
    element(
      "button",
      {
        type: "button",
        ...(index === 0 ? { class: "primary" } : {}),
        click: () => void saveFile(file, name).then(say),
      },
      text(key),
    ),
  );
  return element("div", { class: "stack tight" }, element("div", { class: "row" }, ...buttons), problem);

  function say(code: ErrorCode | null): void {
    problem.textContent = code === null ? "" : errorText(code);
  }
}

// ------------------------------------------------------------------ somebody's certificate

function signing(): HTMLElement {
  const place = element("div", { class: "stack" });
  const said = element("div", { role: "status" });
  const zone = dropZone(
    {
      title: text("authority_sign_request"),
      hint: text("authority_sign_request_hint"),
      button: text("choose_file"),
      accept: ".csr,.p10,.pem,.req",
      mark: "icon-letter",
    },
    (file) => void examine(file),
  );
  zone.classList.add("compact");
  place.append(said, zone);
  return place;

  async function examine(file: File): Promise<void> {
    said.replaceChildren();
    const request = await working(zone, text("authority_examine_working"), async () => {
      const handed = await putFileUpTo(requestLimit, file);
      if (!handed.ok) return handed;
      const seen = await ask("authority:examine", { request: handed.answer });
      return seen.ok ? { ok: true as const, answer: { file: handed.answer, view: seen.answer } } : seen;
    });
    if (!request.ok) return fail(request.code);
    place.replaceChildren(said, signForm(request.answer.file, request.answer.view, done));
  }

  function fail(code: ErrorCode): void {
    said.replaceChildren(notice("caution", element("p", {}, errorText(code))));
  }

  function done(issued: IssuedCertificate): void {
    const { certificate, file } = issued;
    const owner = ownerOf(certificate);
    const words = text("authority_signed", owner, dateText(certificate.notAfter));
    said.replaceChildren(notice("good", element("p", {}, words)));
    place.replaceChildren(said, saving([["authority_save_issued", file, `${owner}.pem`]]), zone);
  }
}

function signForm(
  request: HandoverId,
  view: RequestView,
  done: (issued: IssuedCertificate) => void,
): HTMLElement {
  let keyFile: File | null = null;
  const chosen = element("p", { class: "small", role: "status" });
  const password = passwordField(text("authority_password"), "off");
  const problem = problemLine();
  const zone = dropZone(
    {
      title: text("authority_sign_key_file"),
      hint: text("authority_sign_key_file_hint"),
      button: text("choose_file"),
      accept: ".p12,.pfx",
      mark: "icon",
    },
    (file) => {
      keyFile = file;
      chosen.textContent = text("import_file", file.name);
      password.input.focus();
    },
  );
  zone.classList.add("compact");
  const button = element("button", { type: "submit", class: "primary" }, text("authority_sign_button"));
  const rest = [zone, chosen, password.node, problem, element("div", { class: "row" }, button)];
  const form = localForm(submit, asking(view), ...rest);
  return form;

  async function submit(): Promise<void> {
    password.fail(null);
    problem.textContent = "";
    const file = keyFile;
    if (file === null) return void (problem.textContent = text("authority_sign_key_file_hint"));
    const reply = await working(form, text("authority_sign_working"), async () => {
      const authority = await putFileUpTo(pkcs12Limit, file);
      if (!authority.ok) return authority;
      const wish = { authority: authority.answer, password: password.input.value, request };
      return ask("authority:issue", wish);
    });
    if (reply.ok) return done(reply.answer);
    if (reply.code === "password-wrong") password.fail(errorText(reply.code));
    else problem.textContent = errorText(reply.code);
  }
}

/**
 * Who asks, and the words to compare: whoever signs without looking vouches for a stranger. Each address in a
 * line of its own, because a sentence is cut where it gets long, and what stands behind would be signed unseen.
 */
function asking({ commonName, organization, addresses, key, keyFingerprint }: RequestView): HTMLElement {
  const [first = "", ...more] = addresses;
  const who = harmless(commonName ?? first);
  const asks =
    more.length === 0 ? text("authority_sign_asks", who, first) : text("authority_sign_asks_all", who);
  return element(
    "div",
    { class: "stack tight" },
    element("p", { class: "signer-owner" }, asks),
    more.length === 0 ? null : addressList(addresses),
    organization === null ? null : element("p", {}, text("authority_sign_organization", organization)),
    element("p", { class: "small soft" }, key),
    element("p", {}, text("authority_sign_compare")),
    compareFingerprint(keyFingerprint, true),
  );
}

function addressList(addresses: readonly string[]): HTMLElement {
  return element("ul", {}, ...addresses.map((address) => element("li", {}, harmless(address))));
}
