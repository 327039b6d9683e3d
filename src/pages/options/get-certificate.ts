/** Getting a certificate from an authority by mail, among the settings. The first-run page has the same. */
import type { VaultStatus } from "../../protocol/messages.js";
import { orderCertificate } from "../parts/order-certificate.js";
import { redraw } from "../parts/page.js";
import { section } from "./section.js";

export interface GetCertificateSection {
  readonly node: HTMLElement;
  draw(vault: VaultStatus): Promise<void>;
}

export function getCertificateSection(changed: () => Promise<void>): GetCertificateSection {
  const { node, body } = section("get_certificate");
  const order = orderCertificate("options", changed);
  redraw(body, order.node);
  return { node, draw: (vault) => order.draw(vault) };
}
