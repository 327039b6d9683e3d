/** Names that say little about who writes: accounts that every house has, houses in which millions live. */
const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

export const roleAccounts = words(`
  abuse accounting accounts admin administrator anfrage application billing bewerbung booking bookings buchhaltung
  career careers contact contacto contact-us customer customercare customerservice do-not-reply donotreply
  einkauf email enquiries events feedback finance help helpdesk hello hi hr info info-mail information it jobs
  kontakt kundenservice mail mailbox marketing me media news newsletter no-reply noreply notification
  notifications office order orders payments personal post postmaster presse press privacy rechnung reception
  reply sales security sekretariat service services shop support team test ticket tickets verkauf vertrieb
  webmaster welcome`);

/** By their registered names, whatever they end in. */
export const crowdedDomains = words(`
  126 163 aol arcor bluewin comcast email fastmail free freenet gmail gmx googlemail hotmail hushmail icloud
  laposte libero live mac mail mailbox me msn naver online orange outlook pm posteo proton protonmail qq rambler
  sbcglobal seznam sfr t-online tutanota verizon virgilio wanadoo web yahoo yandex ymail zoho`);
