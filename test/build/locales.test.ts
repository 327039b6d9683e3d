/**
 * Every language says all that English says: the same keys with the same insertions, nothing empty, nothing
 * left in English, no word that promises too much. docs/translating.md says how a language is added.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { filesBelow } from "../../src/build/sources.js";

type Messages = Readonly<Record<string, { readonly message: string }>>;

const folder = fileURLToPath(new URL("../../_locales/", import.meta.url));
const languages = ["ar", "de", "en", "es", "fr", "ja"];
const english = read("en");

/** What may read the same as in English: names, numbers, file endings, and words that two languages share. */
const names = ["extension_name", "options_heading", "popup_title", "lock_title", "request_file_name"];
const alike: Readonly<Record<string, readonly string[]>> = {
  ar: [],
  de: [
    ...["verdict_details", "card_details", "detail_name", "detail_form", "unlock_passphrase"],
    "native_title",
  ],
  es: [],
  fr: [
    ...["detail_header_date", "reader_date", "detail_signature", "detail_signature_number"],
    "detail_label_secret",
  ],
  ja: ["detail_header_cc", "compose_bcc"],
};

/** The name of a button that says for whom it is, and the words on it. */
const buttons: Readonly<Record<string, string>> = {
  identity_remove_named: "remove",
  people_remove_named: "remove",
  anchors_remove_named: "remove",
  request_remove_named: "remove",
  memory_unconfirm_named: "memory_unconfirm",
  memory_decline_named: "memory_decline",
  memory_expect_named: "memory_expect",
  memory_remove_named: "memory_remove",
  reader_save_named: "reader_save",
  roots_details_named: "card_details",
  request_save_named: "request_save",
  compose_ask_certificate_named: "compose_ask_certificate",
  stolen_button_named: "stolen_button",
};

/** Words for "safe", "trusted" and "verified" as an adjective: they say more than was proven. */
const promises: Readonly<Record<string, RegExp>> = {
  en: /\b(?:safe|secure|trusted|trustworthy)\b/i,
  de: /\b(?:sicher|sichere[rsnm]?|vertrauenswürdig\w*|verifiziert\w*)\b/i,
  fr: /(?:^|[^\p{L}])(?:sûre?s?|sécurisée?s?|de confiance|vérifiée?s?)(?!\p{L})/iu,
  es: /(?:^|[^\p{L}])(?:segur[oa]s?|de confianza|verificad[oa]s?)(?!\p{L})/iu,
  ja: /安全|信頼|検証済み/,
  ar: /آمن|موثوق|تم التحقق/,
};

function source(language: string): string {
  return readFileSync(`${folder}${language}/messages.json`, "utf8");
}

function read(language: string): Messages {
  return JSON.parse(source(language)) as Messages;
}

function insertions(message: string): string {
  return [...new Set(message.match(/\$\d/g) ?? [])].sort().join(" ");
}

test("the six languages are there, and no other folder; the build finds each", async () => {
  assert.deepEqual(readdirSync(folder).sort(), languages);
  const shipped = languages.map((language) => `_locales/${language}/messages.json`);
  assert.deepEqual([...(await filesBelow("_locales"))].sort(), shipped);
});

for (const language of languages) {
  const messages = read(language);
  const entries = Object.entries(messages);

  test(`${language}: the same keys as in English, in the same order`, () => {
    const missing = Object.keys(english).filter((key) => !(key in messages));
    const unknown = Object.keys(messages).filter((key) => !(key in english));
    assert.deepEqual({ missing, unknown }, { missing: [], unknown: [] });
    assert.deepEqual(Object.keys(messages), Object.keys(english));
  });

  test(`${language}: every message has its insertions, no empty one, nothing but a message`, () => {
    for (const [key, entry] of entries) {
      assert.deepEqual(Object.keys(entry), ["message"], key);
      assert.notEqual(entry.message.trim(), "", key);
      assert.equal(insertions(entry.message), insertions(english[key]?.message ?? ""), key);
      // A dollar that is none of ours would be eaten by the browser.
      assert.doesNotMatch(entry.message, /\$(?!\d)/, key);
    }
  });

  test(`${language}: no key stands twice, for the second would silently win`, () => {
    const keys = [...source(language).matchAll(/^ {2}"(\w+)": \{$/gm)].map((match) => match[1]!);
    assert.deepEqual(
      keys.filter((key, place) => keys.indexOf(key) !== place),
      [],
    );
    assert.equal(keys.length, entries.length);
  });

  test(`${language}: it names itself and its direction`, () => {
    assert.equal(messages["locale_code"]?.message, language);
    assert.equal(messages["locale_direction"]?.message, language === "ar" ? "rtl" : "ltr");
  });

  test(`${language}: what a button is called aloud contains what stands on it (WCAG 2.5.3)`, () => {
    for (const [named, seen] of Object.entries(buttons)) {
      const [aloud, written] = [messages[named]!.message, messages[seen]!.message];
      assert.ok(aloud.toLowerCase().includes(written.toLowerCase()), `${named}: ${aloud} / ${written}`);
    }
  });

  test(`${language}: no word promises more than was proven`, () => {
    const found = entries.filter(([, { message }]) => promises[language]!.test(message));
    assert.deepEqual(found, []);
  });

  test(`${language}: the product is called Signet, and techniques by their names`, () => {
    for (const name of ["Signet", "S/MIME", "Thunderbird", ".p12", "RSA", "AES-GCM", "SHA-256"]) {
      const lost = entries.filter(
        ([key, { message }]) => english[key]!.message.includes(name) && !message.includes(name),
      );
      assert.deepEqual(
        lost.map(([key]) => key),
        [],
        name,
      );
    }
  });

  if (language === "en") continue;
  test(`${language}: nothing is left in English`, () => {
    const listed = new Set([...names, ...alike[language]!]);
    const left = entries.filter(
      ([key, { message }]) =>
        !listed.has(key) &&
        !key.startsWith("locale_") &&
        /\p{L}{2}/u.test(message) &&
        message === english[key]?.message,
    );
    assert.deepEqual(
      left.map(([key]) => key),
      [],
    );
  });
}

test("the store's name and description are told in each language, short enough for every store", () => {
  for (const language of languages) {
    const { extension_name: name, extension_description: description } = read(language);
    assert.equal(name?.message, "Signet");
    // Chrome's store takes no longer description than 132 characters.
    assert.ok([...(description?.message ?? "")].length <= 132, `${language}: ${description?.message}`);
  }
});
