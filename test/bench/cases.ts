/** What is measured against whom, as data. Words are those that the contestants understand. */
import { type Size, many, sizes } from "./materials.js";
import type { Case } from "./race.js";

const rounds: Readonly<Record<Size, number>> = {
  "1KB": 7,
  "10KB": 15,
  "100KB": 7,
  "1MB": 7,
  "10MB": 5,
  "25MB": 9,
};

const root = ["-root", "root"];
const person = ["-person", "alice-rsa"];
/** Its strings take a minute at 25 MB. */
const forgeBears = (size: Size): boolean => sizes[size] <= 1_000_000;

function of(size: Size, what: string, entries: Case["entries"]): Case {
  const id = `${what.replaceAll(/,? /g, "-")}-${size}`;
  return { id, size, what, rounds: rounds[size], entries };
}

function reading(size: Size): readonly Case[] {
  const cms = ["cms", "-verify", "-CAfile", "root.pem", "-out", "/dev/null"];
  const host = (form: string): readonly string[] => ["host-decrypt", `${size}.mime`, form.slice(0, 3)];
  const open = (form: string): Case["entries"] => ({
    host: host(form),
    signet: ["inspect", `${size}.${form}.p7m`, "root", "alice-rsa"],
    libcrypto: ["decrypt", `${size}.${form}.p7m`, ...person],
  });
  const openMessage = (form: string): Case["entries"] => ({
    host: host(form),
    signet: ["inspect", `${size}.${form}.eml`, "root", "alice-rsa"],
    libcrypto: ["message-decrypt", `${size}.${form}.eml`, ...person],
  });
  const process = [
    "cms",
    "-decrypt",
    "-recip",
    "alice-rsa.pem",
    "-inkey",
    "alice-rsa.key.pem",
    "-out",
    "/dev/null",
  ];
  return [
    of(size, "inspect clear-signed", {
      signet: ["inspect", `${size}.clear.eml`, "root"],
      host: ["digest", `${size}.mime`],
      libcrypto: ["message-verify", `${size}.clear.eml`, ...root],
      "libcrypto-cms": ["verify", `${size}.mime`, "-sig", `${size}.clear.p7s`, ...root],
      openssl: [...cms, "-in", `${size}.clear.eml`],
      pkijs: ["verify", `${size}.mime`, `${size}.clear.p7s`, "root"],
    }),
    of(size, "inspect opaque-signed", {
      signet: ["inspect", `${size}.opaque.eml`, "root"],
      host: ["digest", `${size}.mime`],
      libcrypto: ["message-verify-opaque", `${size}.opaque.eml`, ...root],
      "libcrypto-cms": ["verify-opaque", `${size}.opaque.p7m`, ...root],
      openssl: [...cms, "-in", `${size}.opaque.eml`],
      pkijs: ["verify-opaque", `${size}.opaque.p7m`, "root"],
    }),
    of(size, "open CBC, bare CMS", open("cbc")),
    of(size, "open CBC, bare CMS, chunked", open("cbc-ber")),
    of(size, "open GCM, bare CMS", open("gcm")),
    of(size, "open GCM, bare CMS, chunked", open("gcm-ber")),
    of(size, "open CBC", {
      ...openMessage("cbc"),
      openssl: [...process, "-in", `${size}.cbc.eml`],
      pkijs: ["decrypt", `${size}.oaep.p7m`, "alice-rsa"],
      ...(forgeBears(size) ? { forge: ["decrypt", `${size}.cbc.p7m`, "alice-rsa"] } : {}),
    }),
    of(size, "open CBC, chunked", openMessage("cbc-ber")),
    of(size, "open GCM", openMessage("gcm")),
    of(size, "open GCM, chunked", openMessage("gcm-ber")),
  ];
}

function writing(size: Size): readonly Case[] {
  const encrypt = (mode: string): Case["entries"] => ({
    signet: ["encrypt", `${size}.draft.eml`, mode],
    host: ["host-encrypt", `${size}.mime`, mode],
    libcrypto: ["message-encrypt", `${size}.mime`, ...person, "-cipher", `aes-256-${mode}`],
    "libcrypto-cms": ["encrypt", `${size}.mime`, ...person, "-cipher", `aes-256-${mode}`],
  });
  const signer = [...person, "-ca", "intermediate"];
  return [
    of(size, "encrypt CBC", {
      ...encrypt("cbc"),
      openssl: [
        "cms",
        "-encrypt",
        "-binary",
        "-aes-256-cbc",
        "-in",
        `${size}.mime`,
        "-out",
        "/dev/null",
        "alice-rsa.pem",
      ],
      pkijs: ["encrypt", `${size}.mime`, "alice-rsa"],
      ...(forgeBears(size) ? { forge: ["encrypt", `${size}.mime`, "alice-rsa"] } : {}),
    }),
    of(size, "encrypt GCM", encrypt("gcm")),
    of(size, "sign", {
      host: ["digest", `${size}.mime`],
      signet: ["sign", `${size}.draft.eml`],
      libcrypto: ["message-sign", `${size}.mime`, ...signer],
      "libcrypto-cms": ["sign", `${size}.mime`, ...signer],
      ...(forgeBears(size) ? { forge: ["sign", `${size}.mime`, "alice-rsa"] } : {}),
    }),
  ];
}

/** The badge of one mail of ten kilobytes, under authorities with P-256 and with RSA keys of 4096 bits. */
const badges: readonly Case[] = (
  [
    ["clear", "root", "P-256"],
    ["clear-rsa", "rsa-root", "RSA"],
  ] as const
).flatMap(([form, authority, keys]) => {
  const entries = {
    "unknown signer": {
      signet: ["inspect-strangers", `10KB.${form}.strangers`, authority],
      libcrypto: ["verify", "10KB.mime", "-sigs", `10KB.${form}.strangers.p7s`, "-root", authority],
      pkijs: ["verify-strangers", "10KB.mime", `10KB.${form}.strangers.p7s`, authority],
    },
    "known signer": {
      signet: ["inspect", `10KB.${form}.eml`, authority],
      libcrypto: ["verify", "10KB.mime", "-sig", `10KB.${form}.p7s`, "-root", authority],
      pkijs: ["verify", "10KB.mime", `10KB.${form}.p7s`, authority],
    },
  };
  return (["unknown signer", "known signer"] as const).map((memory) => ({
    ...of("10KB", `badge, ${keys} authorities, ${memory}`, entries[memory]),
    // Each function runs a few times a message only, and V8 compiles what has run a thousand times.
    warmUp: 2_500,
  }));
});

const keys: readonly Case[] = [
  of("1KB", "open RSA 2048", {
    signet: ["inspect", "1KB.cbc.eml", "root", "alice-rsa"],
    libcrypto: ["decrypt", "1KB.cbc.p7m", ...person],
  }),
  of("1KB", "open RSA 4096", {
    signet: ["inspect", "1KB.rsa4096.eml", "root", "big-rsa4096"],
    libcrypto: ["decrypt", "1KB.rsa4096.p7m", "-person", "big-rsa4096"],
  }),
];

/** 1, 10, 100 and 500 recipients, beside the public-key operations that so many need. */
const crowds: readonly Case[] = ["p256", "rsa"].flatMap((kind) =>
  [1, 10, 100, many].map((count) => ({
    ...of("1KB", `encrypt to ${count} ${kind}`, {
      signet: ["encrypt-to-many", "1KB.draft.eml", kind, String(count)],
      operations: ["public-key-operations", kind, String(count)],
    }),
    rounds: 5,
  })),
);

/** Certification paths alone: one of three as it is judged each time, and a message full of impostors. */
const paths: readonly Case[] = [
  of("1KB", "path of 3", {
    signet: ["path", "rsa-alice", "rsa-ca", "rsa-root"],
    libcrypto: ["path", "rsa-alice.pem", "-person", "rsa-alice", "-ca", "rsa-ca", "-root", "rsa-root"],
  }),
  {
    ...of("1KB", "judge by a CRL of 50 MB", {
      signet: ["crl", "bob-p256", "intermediate", "50MB.crl"],
      host: ["digest", "50MB.crl"],
      openssl: [
        ...["verify", "-crl_check", "-partial_chain", "-CAfile", "intermediate.pem"],
        ...["-CRLfile", "50MB.crl", "bob-p256.pem"],
      ],
    }),
    rounds: 5,
  },
  {
    ...of("1KB", "path among 10000 hostile candidates", {
      signet: ["hostile-path", "rsa-alice", "rsa-ca", "rsa-root"],
    }),
    rounds: 7,
  },
];

export function allCases(): readonly Case[] {
  const list = (["1KB", "100KB", "1MB", "10MB", "25MB"] as const).flatMap((size) => [
    ...reading(size),
    ...writing(size),
  ]);
  return [...badges, ...paths, ...keys, ...crowds, ...list];
}

/** What a page can run: Signet and the host's own cryptography. */
export function browserCases(): readonly Case[] {
  const wanted = [...badges, ...paths, ...keys, ...reading("1MB"), ...reading("25MB"), ...writing("25MB")];
  return wanted.map(({ entries: { signet, host }, ...one }) => ({
    ...one,
    rounds: 5,
    entries: { signet: signet!, ...(host === undefined ? {} : { host }) },
  }));
}
