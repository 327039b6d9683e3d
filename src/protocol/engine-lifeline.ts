/** The port by which Chrome's offscreen document notices that the background is gone. */
export const lifeline = "signet-engine";
