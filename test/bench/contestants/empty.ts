/** Nothing: what is left of the time of an import when there is nothing to import. */
export {};
