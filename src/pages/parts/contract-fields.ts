/**
 * What an authority gave its customer on its own page (RFC 8555 §7.3.4): a name and a secret, typed once. The secret
 * crosses to the background, makes one proof there, and is kept nowhere.
 */
import type { ContractAsk } from "../../protocol/orders.js";
import { element } from "../../ui/dom.js";
import { text } from "../../ui/text.js";
import { passwordField } from "./fields.js";

export interface ContractFields {
  readonly node: HTMLElement;
  /** is there something in both? Says so where not. */
  complete(): boolean;
  value(): ContractAsk;
  fail(sentence: string): void;
}

export function contractFields(host: string): ContractFields {
  const keyId = passwordField(text("order_contract_id"), "off");
  const key = passwordField(text("order_contract_key"), "off", text("order_contract_key_hint"));
  // A name, and no secret: whoever copies it wants to see it.
  keyId.input.type = "text";
  keyId.input.id = "order-contract-id";
  key.input.id = "order-contract-key";
  for (const { node, input } of [keyId, key]) node.querySelector("label")!.htmlFor = input.id;
  return {
    node: element(
      "fieldset",
      { class: "stack" },
      element("legend", {}, text("order_contract")),
      element("p", { class: "soft" }, text("order_contract_why", host)),
      keyId.node,
      key.node,
    ),
    complete() {
      const missing = [keyId, key].find(({ input }) => input.value.trim() === "");
      for (const field of [keyId, key]) field.fail(null);
      missing?.fail(text("order_contract_missing"));
      return missing === undefined;
    },
    value: () => ({ keyId: keyId.input.value.trim(), key: key.input.value.trim() }),
    fail: (sentence) => key.fail(sentence),
  };
}
