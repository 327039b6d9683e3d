// Walks the entries of a CRL (RFC 5280 §5.1.2.6), a chunk at a time, for those with one serial number. Every
// entry's frame is read, so that a serial number elsewhere in the list is not taken for one of an entry,
// and a list that is broken anywhere is called so. Twin: crl-entries-twin.ts.

const SERIAL: usize = 64;
const INPUT: usize = 1024;

// outcomes of `scan`
const MORE: i32 = 0;
const FOUND: i32 = 1;
const BROKEN: i32 = 2;

let serialLength: usize = 0;
let state: i32 = MORE;
let entryStart: i32 = 0;
let issuerEntry: i32 = -1;
let unknownCritical: i32 = 0;

let bodyAt: usize = 0;
let bodyEnd: usize = 0;

export function start(length: i32): void {
  serialLength = <usize>length;
  unknownCritical = 0;
}

export function outcome(): i32 {
  return state;
}

/** Of the entry that was found, or that is broken, from the beginning of the chunk. */
export function foundAt(): i32 {
  return entryStart;
}

/** The last entry that this scan passed and that names its issuer; -1 where none does. */
export function issuerAt(): i32 {
  return issuerEntry;
}

/** Has any entry so far a critical extension that we do not know? */
export function hasUnknownCritical(): i32 {
  return unknownCritical;
}

/** A tag with a DER length; `bodyAt` and `bodyEnd` are its contents. */
function element(tag: u32, at: usize, end: usize): i32 {
  if (at + 2 > end) return MORE;
  if (load<u8>(at) != tag) return BROKEN;
  const first = <usize>load<u8>(at + 1);
  let length = first;
  bodyAt = at + 2;
  if (first == 0x81) {
    if (at + 3 > end) return MORE;
    length = <usize>load<u8>(at + 2);
    if (length < 0x80) return BROKEN;
    bodyAt = at + 3;
  } else if (first == 0x82) {
    if (at + 4 > end) return MORE;
    length = (<usize>load<u8>(at + 2) << 8) | <usize>load<u8>(at + 3);
    if (length < 0x100) return BROKEN;
    bodyAt = at + 4;
  } else if (first >= 0x80) {
    return BROKEN;
  }
  bodyEnd = bodyAt + length;
  return bodyEnd > end ? MORE : FOUND;
}

function isSerial(): bool {
  if (bodyEnd - bodyAt != serialLength) return false;
  for (let i: usize = 0; i < serialLength; i++) {
    if (load<u8>(bodyAt + i) != load<u8>(SERIAL + i)) return false;
  }
  return true;
}

/** Not empty, and without octets that say nothing (X.690 §8.3.2). */
function isInteger(): bool {
  if (bodyEnd == bodyAt) return false;
  if (bodyEnd == bodyAt + 1) return true;
  const first = load<u8>(bodyAt);
  const second = load<u8>(bodyAt + 1);
  return !((first == 0 && second < 0x80) || (first == 0xff && second >= 0x80));
}

/** The last arc of an OID 2.5.29.x; 0 for any other. */
function arcOf2529(): u32 {
  if (bodyEnd - bodyAt != 3 || load<u8>(bodyAt) != 0x55 || load<u8>(bodyAt + 1) != 0x1d) return 0;
  return <u32>load<u8>(bodyAt + 2);
}

/** crlEntryExtensions. @returns whether they are whole */
function extensions(from: usize, end: usize, entry: usize): bool {
  let at = from;
  while (at < end) {
    if (element(0x30, at, end) != FOUND) return false;
    const next = bodyEnd;
    if (element(0x06, bodyAt, next) != FOUND) return false;
    const arc = arcOf2529();
    let critical = false;
    at = bodyEnd;
    if (at < next && load<u8>(at) == 0x01) {
      if (element(0x01, at, next) != FOUND || bodyEnd - bodyAt != 1) return false;
      critical = load<u8>(bodyAt) != 0;
      at = bodyEnd;
    }
    if (element(0x04, at, next) != FOUND || bodyEnd != next) return false;
    if (arc == 29) issuerEntry = <i32>(entry - INPUT);
    // reasonCode, holdInstructionCode, invalidityDate
    else if (critical && arc != 21 && arc != 23 && arc != 24) unknownCritical = 1;
    at = next;
  }
  return true;
}

/**
 * @param from the beginning of an entry in the chunk of `length` octets
 * @returns how far it came: the end of the entry that was found, or of the last whole one
 */
export function scan(from: i32, length: i32): i32 {
  const end = INPUT + <usize>length;
  let at = INPUT + <usize>from;
  issuerEntry = -1;
  while (at < end) {
    entryStart = <i32>(at - INPUT);
    state = element(0x30, at, end);
    if (state != FOUND) return entryStart;
    const next = bodyEnd;
    state = BROKEN;
    if (element(0x02, bodyAt, next) != FOUND || !isInteger()) return entryStart;
    const matches = isSerial();
    // UTCTime, GeneralizedTime
    if (element(0x17, bodyEnd, next) != FOUND && element(0x18, bodyEnd, next) != FOUND) return entryStart;
    if (bodyEnd < next) {
      if (element(0x30, bodyEnd, next) != FOUND || bodyEnd != next) return entryStart;
      if (!extensions(bodyAt, next, at)) return entryStart;
    }
    at = next;
    if (matches) {
      state = FOUND;
      return <i32>(at - INPUT);
    }
  }
  state = MORE;
  return length;
}
