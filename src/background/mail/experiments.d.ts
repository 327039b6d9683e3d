/**
 * The two missing primitives that the full Thunderbird build adds (src/experiments/*). In the store
 * build and in browsers these are undefined: code asks `if (browser.signetOutgoing)`.
 */
declare namespace browser {
  const signetOutgoing: SignetOutgoing | undefined;
  const signetIncoming: SignetIncoming | undefined;
}

type SignetDeliverMode = "now" | "later" | "draft" | "template" | "autosave";

interface SignetAssembled {
  readonly tabId: number;
  readonly deliverMode: SignetDeliverMode;
  /** Thunderbird's identity key, e.g. "id1" */
  readonly identityId: string;
  /** the finished RFC 5322 message */
  readonly mime: Uint8Array<ArrayBuffer>;
  readonly to: string;
  readonly cc: string;
  readonly bcc: string;
}

type SignetTransformed = { readonly mime: Uint8Array<ArrayBuffer> } | { readonly refused: string };

interface SignetOutgoing {
  /** is the hook in place, does Thunderbird still have every function it stands on? Creates nothing, sends nothing. */
  probe(): Promise<boolean>;
  /** Shut: every message file of this window goes through `onAssembled`, and delivery refuses one that did not. */
  setLocked(tabId: number, locked: boolean): Promise<boolean>;
  isLocked(tabId: number): Promise<boolean>;
  onAssembled: {
    addListener(listener: (message: SignetAssembled) => Promise<SignetTransformed>): void;
    removeListener(listener: (message: SignetAssembled) => Promise<SignetTransformed>): void;
  };
}

interface SignetEncryptedPart {
  /** Thunderbird message URI */
  readonly uri: string;
  readonly contentType: string;
  /** decoded CMS */
  readonly cms: Uint8Array<ArrayBuffer>;
}

interface SignetIncoming {
  /** Opened for display on a person's act; the answer is the innermost MIME entity, or what to show instead. */
  onEncrypted: {
    addListener(listener: (part: SignetEncryptedPart) => Promise<{ readonly mime: Uint8Array<ArrayBuffer> } | { readonly notice: string }>): void;
    removeListener(listener: (part: SignetEncryptedPart) => Promise<{ readonly mime: Uint8Array<ArrayBuffer> } | { readonly notice: string }>): void;
  };
  /** drop all plain text from memory (vault locked) and show the placeholder again */
  forget(): Promise<void>;
  /** show the message of this tab again, now that it can be opened */
  reload(tabId: number): Promise<void>;
  setNativeLabel(label: "hidden" | "shown"): Promise<void>;
}
