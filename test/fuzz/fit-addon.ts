/**
 * The prebuilt fuzzer of @jazzer.js/fuzzer 4.0 was linked with a newer C library (2.38) than Debian 12 has (2.36),
 * and is refused there for three names. Two are strtol and strtoul under the names that C23 gave them, the third is
 * named and never called. A copy that asks for the old names, of any version, runs on both.
 * Nothing but names changes; on other systems than Linux the file is used as it is.
 */

const ELF = { sectionSize: 64, symbolSize: 24, weak: 2, anyVersion: 1 };
const sectionTypes = { dynamicSymbols: 11, versions: 0x6fffffff, versionNeeds: 0x6ffffffe };
const newer = /^(?:GLIBC_2\.38|GLIBCXX_3\.4\.32)$/;
const renamed = "__isoc23_";

interface Section {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  /** for symbols and versions: the section with their names */
  readonly link: number;
}

/** @returns a copy of a 64-bit little-endian ELF file; of anything else the file itself */
export function fitAddon(file: Buffer): Buffer {
  if (file.readUInt32BE(0) !== 0x7f454c46 || file[4] !== 2 || file[5] !== 1) return file;
  const fitted = Buffer.from(file);
  const sections = readSections(fitted);
  const only = (type: number): Section => {
    const found = sections.find((section) => section.type === type);
    if (found === undefined) throw new Error(`the fuzzer's addon has no section of type ${type}`);
    return found;
  };
  const needs = only(sectionTypes.versionNeeds);
  const symbols = only(sectionTypes.dynamicSymbols);
  const names = sections[symbols.link]!.offset;
  forgiveVersions(fitted, needs, names);
  renameSymbols(fitted, { symbols, versions: only(sectionTypes.versions), names });
  return fitted;
}

function readSections(file: Buffer): readonly Section[] {
  const [table, count] = [Number(file.readBigUInt64LE(40)), file.readUInt16LE(60)];
  return Array.from({ length: count }, (_, i) => {
    const at = table + i * ELF.sectionSize;
    return {
      type: file.readUInt32LE(at + 4),
      offset: Number(file.readBigUInt64LE(at + 24)),
      size: Number(file.readBigUInt64LE(at + 32)),
      link: file.readUInt32LE(at + 40),
    };
  });
}

function nameAt(file: Buffer, at: number): string {
  return file.toString("latin1", at, file.indexOf(0, at));
}

/** A version that is needed weakly may be missing. */
function forgiveVersions(file: Buffer, needs: Section, names: number): void {
  for (let at = needs.offset, next = -1; next !== 0; at += next) {
    const count = file.readUInt16LE(at + 2);
    let entry = at + file.readUInt32LE(at + 8);
    for (let i = 0; i < count; i++) {
      if (newer.test(nameAt(file, names + file.readUInt32LE(entry + 8))))
        file.writeUInt16LE(ELF.weak, entry + 4);
      entry += file.readUInt32LE(entry + 12);
    }
    next = file.readUInt32LE(at + 12);
  }
}

/** "__isoc23_strtol" ends as "strtol": the name begins later in the same string. */
function renameSymbols(
  file: Buffer,
  { symbols, versions, names }: { symbols: Section; versions: Section; names: number },
): void {
  for (let i = 0; i * ELF.symbolSize < symbols.size; i++) {
    const at = symbols.offset + i * ELF.symbolSize;
    const name = file.readUInt32LE(at);
    if (!nameAt(file, names + name).startsWith(renamed)) continue;
    file.writeUInt32LE(name + renamed.length, at);
    file.writeUInt16LE(ELF.anyVersion, versions.offset + 2 * i);
  }
}
