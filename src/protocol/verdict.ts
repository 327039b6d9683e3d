/**
 * The engine's words, for the rooms that draw them: types alone, so that no page or content script
 * takes a line of the engine along.
 */
export type { Bearing, Fault, FaultCode } from "../engine/fault/faults.js";
export type { Blocker, BlockerCode } from "../engine/verdict/blocker.js";
export type * from "../engine/verdict/verdict.js";
