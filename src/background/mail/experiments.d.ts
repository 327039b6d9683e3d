/**
 * The missing primitives that the full Thunderbird build adds (src/experiments/*). In the store
 * build and in browsers these are undefined: code asks `if (browser.signetOutgoing)`.
 */
declare namespace browser {
  const signetOutgoing: SignetOutgoing | undefined;
  const signetOutgoingGuard: SignetOutgoingGuard | undefined;
  const signetComposeWindows: SignetComposeWindows | undefined;
  const signetIncoming: SignetIncoming | undefined;
  const signetMessageWindows: SignetMessageWindows | undefined;
  const signetMessageOctets: SignetMessageOctets | undefined;
  const signetNativeCertificates: SignetNativeCertificates | undefined;
}

type SignetDeliverMode = "now" | "later" | "draft" | "template" | "autosave";

interface SignetAssembled {
  readonly tabId: number;
  readonly deliverMode: SignetDeliverMode;
  /** Thunderbird's identity key, e.g. "id1" */
  readonly identityId: string;
  /** the finished RFC 5322 message */
  readonly mime: Uint8Array<ArrayBuffer>;
  /** header values, decoded, mailing lists expanded */
  readonly from: string;
  readonly to: string;
  readonly cc: string;
  readonly bcc: string;
}

type SignetTransformed = { readonly mime: Uint8Array<ArrayBuffer> } | { readonly refused: string };

interface SignetOutgoing {
  /** is the hook in place, does Thunderbird still have every function it stands on? Creates nothing, sends nothing. */
  probe(): Promise<boolean>;
  /** Shut: every message file of this window goes through `onAssembled`, and delivery refuses one that did not. */
  /**
   * Refuses to open a window that is sending.
   * @param memo kept on the window, also while the add-on is updated or switched off
   */
  setLocked(tabId: number, locked: boolean, memo: string): Promise<boolean>;
  isLocked(tabId: number): Promise<boolean>;
  /** what the last `setLocked` left; null: nothing */
  memo(tabId: number): Promise<string | null>;
  onAssembled: {
    addListener(listener: (message: SignetAssembled) => Promise<SignetTransformed>): void;
    removeListener(listener: (message: SignetAssembled) => Promise<SignetTransformed>): void;
  };
}

/** src/experiments/outgoing-guard: refuses to deliver what of a locked window did not come by `onAssembled` */
interface SignetOutgoingGuard {
  probe(): Promise<boolean>;
}

/** src/experiments/compose-windows */
interface SignetComposeWindows {
  /** does the window answer, forward or edit another message, one from a file included? */
  hasOriginal(tabId: number): Promise<boolean>;
  /** names of attachments that Thunderbird turns into links (FileLink) */
  linkedAttachments(tabId: number): Promise<string[]>;
  /** the second and the tenth too */
  onRecipientsChanged: { addListener(listener: (tabId: number) => void): void };
}

/** An application/pkcs7-mime part that a person looks at. */
interface SignetEncryptedPart {
  /** as in the messages API */
  readonly messageId: number;
  /** Thunderbird's number of the part: "1", or "1.1" inside a clear signature */
  readonly mimePart: string;
  /** for the message pane; else for a compose window, a printer, a file */
  readonly onScreen: boolean;
}

interface SignetPartContent {
  /** a MIME entity; no octets: the part stays an attachment */
  readonly mime: Uint8Array<ArrayBuffer>;
  /** false: a notice; the part is asked for again a little later */
  readonly keep: boolean;
  /** Thunderbird loads nothing from the network for it, whatever its settings say */
  readonly blockRemote: boolean;
}

/** src/experiments/incoming-mime */
interface SignetIncoming {
  /** Never for the indexer or the filters. Fill the part, then reload the message. */
  onEncrypted: {
    addListener(listener: (part: SignetEncryptedPart) => void): void;
    removeListener(listener: (part: SignetEncryptedPart) => void): void;
  };
  /** is the hook in place? */
  probe(): Promise<boolean>;
  /** a piece of what `fill` will end: in one piece, large ones would hold up the window */
  add(parcel: number, piece: Uint8Array<ArrayBuffer>): Promise<void>;
  /**
   * Kept in Thunderbird's memory only, and not without bound.
   *
   * @param content `mime` is what follows on the pieces that were added ahead
   * @returns does "Opening…" stand in its place, so that the message has to be shown again?
   */
  fill(
    part: SignetEncryptedPart,
    content: SignetPartContent & { readonly parcel: number; readonly ahead: number },
  ): Promise<boolean>;
  /** drop all plain text (vault locked); what is on the screen stays until it is reloaded */
  forget(): Promise<void>;
  /** The same, but for notices. @returns was there any? */
  withdraw(): Promise<boolean>;
}

/** src/experiments/message-windows */
interface SignetMessageWindows {
  /** show this message again, wherever it is on the screen */
  reload(messageId: number): Promise<void>;
  /** What our button says from the moment that another message loads, while we may be asleep. */
  setStartBadge(badge: {
    readonly label: string;
    readonly title: string;
    readonly path: string;
  }): Promise<void>;
  /**
   * What our button says. Of a message: only where the tab shows it, and no sooner than its header stands there.
   *
   * @returns false where the tab shows another message
   */
  drawBadge(
    tabId: number,
    messageId: number | null,
    badge: { readonly label: string; readonly title: string; readonly path: string },
  ): Promise<boolean>;
  /** Thunderbird's own S/MIME label */
  setNativeLabel(label: "hidden" | "shown"): Promise<void>;
}

/** src/experiments/message-octets */
interface SignetMessageOctets {
  /** a Blob where the message is large; null for a message inside another message */
  read(messageId: number): Promise<Blob | ArrayBuffer | null>;
}

/** src/experiments/native-certificates */
interface SignetNativeCertificates {
  /** DER as base64 of each certificate whose private key is in Thunderbird's own store */
  list(): Promise<readonly string[]>;
  /** PKCS #12; null where the store does not give them */
  pkcs12(fingerprints: readonly string[], password: string): Promise<ArrayBuffer | null>;
}
