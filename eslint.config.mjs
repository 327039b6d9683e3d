/**
 * What the compiler cannot see. Rooms and layers are `test/architecture.test.ts`; here stand the globals
 * that a pure engine must not touch, the ways into a document that parse text as code, and house style.
 */
import tseslint from "typescript-eslint";

const parsesText =
  "parses text as markup or code; build nodes and set textContent (mail may come out only in the reader's sandbox)";

const everywhere = [
  { selector: "ExportDefaultDeclaration", message: "export by name" },
  { selector: "TSEnumDeclaration", message: "use a union of literals" },
  { selector: "TSParameterProperty", message: "declare the field" },
  {
    selector: "AssignmentExpression > MemberExpression[property.name=/^(inner|outer)HTML$/]",
    message: parsesText,
  },
  {
    selector:
      "CallExpression > MemberExpression[property.name=/^(insertAdjacentHTML|setHTMLUnsafe|parseHTMLUnsafe|createContextualFragment)$/]",
    message: parsesText,
  },
  {
    selector: "CallExpression[callee.object.name='document'][callee.property.name=/^write(ln)?$/]",
    message: parsesText,
  },
  { selector: "CatchClause > BlockStatement[body.length=0]", message: "nothing is swallowed (STYLE §6)" },
];

/** The engine is told everything: no network, no storage, no clock, no chance but WebCrypto's. */
const outerWorld = [
  ...["fetch", "XMLHttpRequest", "WebSocket", "EventSource", "WebTransport", "Request", "importScripts"],
  ...["indexedDB", "caches", "localStorage", "sessionStorage", "cookieStore", "navigator", "location"],
  ...["setTimeout", "setInterval", "requestAnimationFrame", "performance", "BroadcastChannel", "Worker"],
  ...["self", "process", "Buffer", "console", "postMessage", "addEventListener"],
].map((name) => ({ name, message: "the engine is pure: it is told what it needs (STYLE §2)" }));

const clockAndChance = [
  {
    selector:
      "CallExpression[callee.object.name='Date'][callee.property.name='now'], NewExpression[callee.name='Date'][arguments.length=0]",
    message: "the time is an argument",
  },
  { selector: "CallExpression[callee.name='Date']", message: "the time is an argument" },
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: "use crypto.getRandomValues",
  },
  {
    selector:
      "MemberExpression[object.name='globalThis'][property.name!=/^(crypto|WebAssembly|TextEncoder|TextDecoder)$/]",
    message: "name the global itself, so that the ban on the outer world holds",
  },
];

const caged = ["pkijs", "asn1js"];
const cageMessage =
  "PKI.js is an oracle for tests and rare structures; only x509, keys and cms may load it, lazily";

export default tseslint.config(
  { ignores: ["node_modules/", "dist/", "demo/", ".build/", "src/engine/kernels/generated/", "**/*.as.ts"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["src/**/*.ts", "test/**/*.ts"],
    extends: [tseslint.configs.strict, tseslint.configs.stylistic],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      "no-restricted-syntax": ["error", ...everywhere],
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-console": "off",
      "no-var": "error",
      "prefer-const": "error",
      eqeqeq: ["error", "smart"],
      "max-params": ["error", 3],
      "max-lines-per-function": ["error", { max: 50, skipComments: true, skipBlankLines: true }],
      "@typescript-eslint/consistent-type-imports": ["error", { disallowTypeAnnotations: false }],
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      // An index that was just checked reads better with `!` than with a branch that cannot happen.
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/consistent-indexed-object-style": "off",
      "@typescript-eslint/no-empty-function": "off",
      "@typescript-eslint/no-invalid-void-type": "off",
      "@typescript-eslint/triple-slash-reference": ["error", { path: "always" }],
      "@typescript-eslint/consistent-type-definitions": "off",
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", ignoreRestSiblings: true },
      ],
    },
  },
  {
    files: ["src/engine/**/*.ts"],
    rules: {
      "no-restricted-globals": ["error", ...outerWorld],
      "no-restricted-syntax": ["error", ...everywhere, ...clockAndChance],
    },
  },
  {
    files: ["src/**/*.ts"],
    ignores: ["src/engine/{x509,keys,cms}/**"],
    rules: {
      "no-restricted-imports": ["error", { paths: caged.map((name) => ({ name, message: cageMessage })) }],
    },
  },
  {
    // Inside the cage too: a static import would put 90 KB before every mail.
    files: ["src/engine/{x509,keys,cms}/**/*.ts"],
    rules: {
      "@typescript-eslint/no-restricted-imports": [
        "error",
        { paths: caged.map((name) => ({ name, message: cageMessage, allowTypeImports: true })) },
      ],
    },
  },
  {
    // Thunderbird's privileged objects have no types, and a script's `var` is how it gives its API away.
    files: ["src/experiments/**/*.ts"],
    rules: { "no-var": "off", "max-params": "off", "@typescript-eslint/no-unused-vars": "off" },
  },
  {
    // How somebody else's module exports is not ours to choose.
    files: ["src/**/*.d.ts"],
    rules: { "no-restricted-syntax": "off" },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      "@typescript-eslint/no-floating-promises": "off",
      "max-params": "off",
      "max-lines-per-function": "off",
    },
  },
);
