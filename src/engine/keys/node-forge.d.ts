/** The two modules of node-forge that we use; its published types know only the whole. */
interface ForgeBuffer {
  getBytes(): string;
}

interface ForgeCipher {
  readonly output: ForgeBuffer;
  start(iv: string): void;
  update(input: ForgeBuffer): void;
  finish(pad?: () => boolean): boolean;
}

declare module "node-forge/lib/des.js" {
  const des: {
    createDecryptionCipher(key: string, mode: "CBC"): ForgeCipher;
    createEncryptionCipher(key: string, mode: "CBC"): ForgeCipher;
  };
  export default des;
}

declare module "node-forge/lib/rc2.js" {
  const rc2: { createDecryptionCipher(key: string, effectiveBits: number): ForgeCipher };
  export default rc2;
}

declare module "node-forge/lib/util.js" {
  const util: { createBuffer(binary: string): ForgeBuffer };
  export default util;
}
