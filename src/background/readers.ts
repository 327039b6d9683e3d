/**
 * What a page or a content script sent, from `unknown` to a question of ours: one reader for each name
 * of the two tables. `null` is no question; the router refuses it. Only what is named here goes on.
 */
import type {
  ComposeChange,
  ContentRequests,
  OfferedKeyKind,
  OfferedPair,
  PageRequests,
} from "../protocol/messages.js";
import type { ContractAsk } from "../protocol/orders.js";
import { isRecord } from "../protocol/wire.js";
import type { Readers } from "./router.js";
import { isComposeMode, isUnlockTime, readSettingsChange } from "./settings.js";

/** Longer than any passphrase that a person types; keeps Argon2id from chewing on megabytes. */
const longestSecret = 1024;

type Check<Value> = (value: unknown) => value is Value;
type Shape<Fields> = { readonly [Name in keyof Fields]: Check<Fields[Name]> };

/** A reader of an object with exactly the fields that were named; others are left behind. */
function record<Fields extends object>(shape: Shape<Fields>): (params: unknown) => Fields | null {
  const checks = Object.entries(shape) as readonly [string, Check<unknown>][];
  return (params) => {
    if (!isRecord(params)) return null;
    if (!checks.every(([name, check]) => check(params[name]))) return null;
    return Object.fromEntries(checks.map(([name]) => [name, params[name]])) as Fields;
  };
}

const secret = (value: unknown): value is string =>
  typeof value === "string" && value.length <= longestSecret;
const secretOrNone = (value: unknown): value is string | null => value === null || secret(value);
const macOrNone = (value: unknown): value is "pbmac1" | undefined =>
  value === undefined || value === "pbmac1";
/** an address, or a piece of one */
const shortText = (value: unknown): value is string => typeof value === "string" && value.length <= 1024;
const shortTextOrNone = (value: unknown): value is string | null => value === null || shortText(value);
const fingerprint = (value: unknown): value is string =>
  typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
const fingerprintOrAll = (value: unknown): value is string => value === "all" || fingerprint(value);
const handoverId = (value: unknown): value is string =>
  typeof value === "string" && /^[0-9a-f-]{36}$/.test(value);
const handoverIds = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every(handoverId);
const tabId = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0;
const boolean = (value: unknown): value is boolean => typeof value === "boolean";

const refuseOrAccept = (value: unknown): value is "refuse" | "accept" =>
  value === "refuse" || value === "accept";
const fewOf =
  <Value>(check: Check<Value>, atMost: number) =>
  (value: unknown): value is readonly Value[] =>
    Array.isArray(value) && value.length <= atMost && value.every(check);
const offeredKinds: ReadonlySet<unknown> = new Set(["rsa-3072", "p-256", "ed25519", "ml-dsa-65"]);
const offeredKind = (value: unknown): value is OfferedKeyKind => offeredKinds.has(value);
const offeredPairs: ReadonlySet<unknown> = new Set(["ed25519+x25519", "ml-dsa-65+ml-kem-768"]);
const kindOrPair = (value: unknown): value is OfferedKeyKind | OfferedPair =>
  offeredKind(value) || offeredPairs.has(value);

const newCertificate = record({
  commonName: shortText,
  addresses: fewOf(shortText, 20),
  kind: offeredKind,
});
const newRequest = record({ commonName: shortText, addresses: fewOf(shortText, 20), kind: kindOrPair });
const longText = (value: unknown): value is string => typeof value === "string" && value.length <= 2000;
const fingerprintOrNone = (value: unknown): value is string | null => value === null || fingerprint(value);
const kindOrSame = (value: unknown): value is OfferedKeyKind | "same" =>
  value === "same" || offeredKind(value);
const longTextOrNone = (value: unknown): value is string | null => value === null || longText(value);
const contractFields = record({ keyId: shortText, key: longText });
const contract = (value: unknown): value is ContractAsk | null =>
  value === null || contractFields(value) !== null;
const order = record({ id: handoverId });

const nothing = record<Record<string, never>>({});
const file = record({ file: handoverId });
const certificate = record({ fingerprint });
const tab = record({ tabId });

const modeChange = record({ mode: isComposeMode, confirmedClear: boolean });

function readComposeChange(value: unknown): ComposeChange | null {
  if (!isRecord(value)) return null;
  switch (value["kind"]) {
    case "mode": {
      const change = modeChange(value);
      return change === null ? null : { kind: "mode", ...change };
    }
    case "identity": {
      const change = certificate(value);
      return change === null ? null : { kind: "identity", ...change };
    }
    case "remember-default":
      return { kind: "remember-default" };
    default:
      return null;
  }
}

export const pageReaders: Readers<PageRequests> = {
  "vault:status": nothing,
  "vault:create": record({ passphrase: secretOrNone }),
  "vault:unlock": record({ passphrase: secret, minutes: isUnlockTime }),
  "vault:lock": nothing,
  "vault:change-passphrase": record({ current: secretOrNone, next: secretOrNone }),
  "identity:import": record({ file: handoverId, password: secret }),
  "identity:list": nothing,
  "identity:remove": certificate,
  "request:create": newRequest,
  "request:list": nothing,
  "request:file": record({ id: fingerprint }),
  "request:remove": record({ id: fingerprint }),
  "request:answer": record({ file: handoverId, otherAddress: refuseOrAccept }),
  "identity:make": newCertificate,
  "native:list": nothing,
  "native:import": record({ fingerprints: fewOf(fingerprint, 200) }),
  "authority:create": record({ name: shortText, domains: fewOf(shortText, 20), password: secret }),
  "authority:examine": record({ request: handoverId }),
  "authority:issue": record({ authority: handoverId, password: secret, request: handoverId }),
  "backup:status": nothing,
  "backup:make": record({ passphrase: secretOrNone, code: secret, mac: macOrNone }),
  "backup:made": record({ fingerprints: fewOf(fingerprint, 1000) }),
  "backup:later": nothing,
  "certificate:import": file,
  "certificate:list": nothing,
  "certificate:remove": certificate,
  "anchor:examine": file,
  "anchor:import": record({ file: handoverId, fingerprints: fewOf(fingerprint, 1000) }),
  "anchor:list": nothing,
  "anchor:remove": certificate,
  "root:list": nothing,
  "root:switch": record({ fingerprint: fingerprintOrAll, on: boolean }),
  "memory:list": record({ search: shortText, after: shortTextOrNone }),
  "memory:confirm": record({ address: shortText, fingerprint }),
  "memory:unconfirm": record({ address: shortText, fingerprint }),
  "memory:expect": record({ address: shortText, expects: boolean }),
  "memory:remove": record({ address: shortText }),
  "memory:clear": nothing,
  "order:addresses": nothing,
  "order:authority": record({ directory: longText }),
  "order:begin": record({
    directory: longText,
    address: shortText,
    kind: kindOrSame,
    renews: fingerprintOrNone,
    contract,
  }),
  "order:list": nothing,
  "order:confirm-mail": record({ id: handoverId, believe: boolean }),
  "order:answer": record({ id: handoverId, subject: longText }),
  "order:answered": order,
  "order:try-again": order,
  "order:remove": order,
  "stolen:ways": certificate,
  "stolen:report": record({ fingerprint, directory: longTextOrNone }),
  "stolen:take-back": certificate,
  "settings:get": nothing,
  "settings:set": (params) => {
    const change = isRecord(params) ? readSettingsChange(params["change"]) : null;
    return change === null ? null : { change };
  },
  "policy:get": nothing,
  "network:status": nothing,
  "host:capabilities": nothing,
  "handover:keep": record({ files: handoverIds }),
  "message:inspect": record({ file: handoverId, job: handoverId }),
  "file:find-issuers": record({ file: handoverId, job: handoverId }),
  "message:displayed": tab,
  "message:open": tab,
  "message:find-issuers": tab,
  "message:keep-certificates": tab,
  "compose:state": tab,
  "compose:ask-certificate": record({ tabId, address: shortText }),
  "compose:change": (params) => {
    const change = isRecord(params) ? readComposeChange(params["change"]) : null;
    const where = tab(params);
    return change === null || where === null ? null : { ...where, change };
  },
};

export const contentReaders: Readers<ContentRequests> = {
  "display:banner": nothing,
  "display:open": nothing,
};
