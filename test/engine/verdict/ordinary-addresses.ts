/**
 * Ten thousand addresses as address books hold them: people at large providers, at firms and universities,
 * families with one surname, colleagues with one initial, accounts of houses. Made the same each time. The
 * names are common ones of eight languages; domains are made of them, of trades and of real providers, so
 * that Meier and Meyer, tu- and fu-berlin and .de and .com meet as they do in life.
 */
const list = (text: string): readonly string[] => text.trim().split(/\s+/);

const given = list(`
  adam adrian agnes alba alex alexander alexandra alice alina amelie ana andrea andreas andrew andrzej angela anja
  ann anna anne annika anton antonio astrid barbara beate ben benjamin bernd birgit bjorn brian britta bruno camille
  carla carlos carmen caroline catherine cecile chiara chris christian christina christine christoph claire clara
  claudia daniel daniela david deborah denis diana diego dirk dominik doris edith elena elisabeth elke ella emil
  emily emma eric erik eva fabian felix fernando fiona florian francesca frank franz frederic gabriele georg george
  gerd giulia gregor guido hanna hannah hans harald heike helen helena helmut henrik holger hugo ian ines ingrid
  irene isabel ivan jack jakob james jan jana jane javier jean jennifer jens jessica joan joanna johan johanna johannes
  john jonas jorge jose joseph juan judith julia julian julie jürgen kai karen karin karl katarzyna katharina kathrin
  katja kevin klaus kristin lars laura lea lena leo leon linda lisa louis lucas lucia luis luisa lukas manfred manuel
  marc marco margaret maria marie marina mario marion mark markus marta martin martina mary mateo matthias max maxime
  mia michael michaela michel michelle miguel mike monika nadine natalia nicolas nicole nils nina nora olaf oliver
  olivia oscar pablo patricia patrick paul paula pedro peter petra philip philipp piotr rainer ralf raphael rebecca
  renate richard robert roland rosa ruth sabine samuel sandra sara sarah sebastian silke silvia simon sofia sonja
  sophie stefan stefanie stephan stephen steven susan susanne sven sylvia tanja teresa thomas tim tina tobias tom
  torsten ulrich ulrike ursula ute valentin vanessa vera veronica victor victoria volker walter werner wolfgang
  xavier yannick yvonne zoe`);

const family = list(`
  adams albrecht allen almeida anderson andersson arnold bailey baker barbier bauer baumann beck becker bell bennett
  berg berger bergmann bianchi bianco binder blanc boehm brandt braun brooks brown brun bruno busch campbell carter
  castro clark clarke colin collins cook cooper costa cox cruz davies davis diaz dietrich dubois dupont edwards
  engel ernst esposito evans fabre ferrari fernandes fernandez fischer fisher flores fontaine foster fournier frank
  franke friedrich fuchs garcia gautier geiger gonzales gonzalez graf graham gray green greco gross guerin gunther
  haas hall hamilton hansen hanson harris harrison hartmann hein heinrich henry herman hermann herrmann hill hoffman
  hoffmann hofmann horn howard huber hughes jackson jacob jacobs jaeger jager jansen janssen jensen johansson johnson
  johnston jones jordan jung kaiser keller kelly kennedy kern king klein koch kohler konig kowalski kraft kramer
  kraus krause kruger kuhn kühn lambert lang lange larsen larsson laurent lee lefebvre lehmann leroy lewis lindberg
  long lopez lorenz ludwig maier marino marshall martin martinez martins mason mathieu mayer mayr meier meyer michel
  miller mitchell möller moore moreau morel moreno morgan morris moser müller murphy murray neumann nguyen nielsen
  nilsson nowak olsen olson ortega ortiz otto owens parker patel paul pedersen pereira perez perrin peters petersen
  peterson pfeiffer philips phillips pohl powell price ramirez ramos reed reid reyes ricci richard richards richter
  riedel rivera roberts robertson robinson rodrigues rodriguez rogers romano roth rousseau roux ruiz russell russo
  ryan sanchez sanders santos sauer schafer schmid schmidt schmitt schmitz schneider scholz schreiber schroder
  schubert schulte schultz schulz schulze schumacher schuster schwarz scott seidel silva simon simpson smith smyth
  sommer stein stewart stone sullivan taylor thomas thompson thomson torres turner vogel vogt voigt wagner walker
  wallace walter walters ward watson weber webster weiss wells werner white williams williamson wilson winkler winter
  wolf wolff wood woods wright young ziegler zimmerman zimmermann`);

const providers = list(`
  gmail.com gmail.com gmail.com gmail.com gmx.de gmx.de gmx.net gmx.at web.de web.de outlook.com outlook.de
  hotmail.com hotmail.com hotmail.fr hotmail.co.uk yahoo.com yahoo.com yahoo.de yahoo.co.uk yahoo.fr icloud.com me.com
  t-online.de freenet.de orange.fr wanadoo.fr free.fr laposte.net libero.it aol.com live.com live.de mail.com mail.de
  mail.ru posteo.de mailbox.org proton.me protonmail.com comcast.net bluewin.ch online.de arcor.de seznam.cz wp.pl`);

const campuses = list(`
  tu-berlin.de fu-berlin.de hu-berlin.de tu-dresden.de tum.de lmu.de uni-bonn.de uni-koeln.de uni-jena.de uni-ulm.de
  uni-trier.de uni-kiel.de uni-mainz.de th-koeln.de fh-koeln.de th-nuernberg.de uni-hamburg.de haw-hamburg.de ethz.ch
  uzh.ch epfl.ch unibe.ch unibas.ch ox.ac.uk cam.ac.uk ucl.ac.uk ed.ac.uk leeds.ac.uk mit.edu harvard.edu stanford.edu
  berkeley.edu cornell.edu columbia.edu upenn.edu psu.edu ucla.edu ucsd.edu inria.fr cnrs.fr uva.nl vu.nl uu.nl ru.nl`);

const trades = list(`
  architekten anwalt bau baecker beratung capital care cloud college consult consulting data design digital druck
  elektro energy engineering finance foods garten gmbh group health holding hotel immo industries invest kanzlei
  labs law legal logistik makler media medical motors network partners partner pharma praxis power rechtsanwaelte
  services shop software solar solutions steuer studio systems tech technik technologies transport travel verlag
  versicherung ventures web works`);

const houses = list(`
  acme allianz amazon apple astra atlas audi aurora bahn basf bayer bosch bmw canon centro cisco citrus contoso delta
  deutschebank dhl dpd ebay edeka enbw eon fabrikam fedex fidelity google hermes horizon hsbc ibm ikea ing intel
  kaufland lidl linde lufthansa merck metro microsoft miele nestle netflix nordea northwind novartis nvidia omega
  oracle otto paypal philips phoenix pinnacle porsche postbank puma quantum roche rewe rwe samsung santander sap siemens
  sigma sixt sony sparkasse spotify stripe summit target telekom tesla tesco thales total toyota ubs unilever ups
  vattenfall vertex viessmann vodafone volvo walmart xerox zalando zenith zeiss`);

const endings = list("de de de com com com org net ch at fr co.uk eu nl it io");
const accounts = list(
  "info info office kontakt contact service support sales bewerbung rechnung newsletter noreply mail hello jobs",
);

/** mulberry32: the same dice each time. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function ordinaryAddresses(count: number, seed = 1): readonly string[] {
  const roll = dice(seed);
  // A few names are everybody's: the square makes the first of a list likelier.
  const pick = (from: readonly string[]): string => from[Math.floor(roll() * from.length)]!;
  const ascii = (name: string): string => name.replace(/ü/g, "ue").replace(/ö/g, "oe");
  const firms = Array.from({ length: 1_800 }, () => firm(roll, pick, ascii));
  const found = new Set<string>();
  while (found.size < count) {
    const kind = roll();
    const person = (at: string): void =>
      void found.add(`${localPart(roll, ascii(pick(given)), ascii(pick(family)))}@${at}`);
    if (kind < 0.4) person(pick(providers));
    else if (kind < 0.8) person(pick(firms));
    else if (kind < 0.88) person(pick(campuses));
    else if (kind < 0.96) found.add(`${pick(accounts)}@${pick(firms)}`);
    else {
      // A household, or two colleagues: one surname, one house.
      const [at, name] = [pick(roll() < 0.5 ? providers : firms), ascii(pick(family))];
      for (let i = 0; i < 2; i++) found.add(`${localPart(roll, ascii(pick(given)), name)}@${at}`);
    }
  }
  return [...found].slice(0, count);
}

function firm(
  roll: () => number,
  pick: (from: readonly string[]) => string,
  ascii: (name: string) => string,
): string {
  const ending = pick(endings);
  const kind = roll();
  if (kind < 0.35) return `${pick(houses)}.${ending}`;
  const owner = ascii(pick(family));
  if (kind < 0.5) return `${owner}.${ending}`;
  if (kind < 0.75) return `${owner}-${pick(trades)}.${ending}`;
  if (kind < 0.85) return `${pick(trades)}-${owner}.${ending}`;
  if (kind < 0.92) return `${owner}${pick(trades)}.${ending}`;
  return `${pick(["mail", "post", "news", "mx", "uk", "de"])}.${pick(houses)}.${ending}`;
}

function localPart(roll: () => number, first: string, last: string): string {
  const kind = roll();
  const number = String(Math.floor(roll() * 100));
  const year = String(50 + Math.floor(roll() * 55)).slice(-2);
  if (kind < 0.42) return `${first}.${last}`;
  if (kind < 0.55) return `${first[0]}.${last}`;
  if (kind < 0.65) return `${first[0]}${last}`;
  if (kind < 0.72) return `${first}${last}`;
  if (kind < 0.78) return `${last}`;
  if (kind < 0.83) return `${first}`;
  if (kind < 0.88) return `${first}_${last}`;
  if (kind < 0.94) return `${first}.${last}${number}`;
  return `${first}${year}`;
}
