/**
 * RFC 5280's policy tree (§6.1.2–6.1.5), word by word and as slow as it is there: an oracle for the graph of
 * RFC 9618 that the engine uses. Qualifiers are left out.
 */

export const any = "2.5.29.32.0";

/** What one certificate says; null where the extension is absent. */
export interface PolicyStatements {
  readonly policies: readonly string[] | null;
  readonly mappings: readonly (readonly [issuer: string, subject: string])[];
  readonly explicit: number | null;
  readonly inhibitMapping: number | null;
  readonly inhibitAny: number | null;
  readonly selfIssued: boolean;
}

export interface PolicyInputs {
  /** null: any-policy */
  readonly wanted: readonly string[] | null;
  readonly explicit: boolean;
  readonly inhibitMapping: boolean;
  readonly inhibitAny: boolean;
}

class Node {
  children: Node[] = [];
  expected: string[];
  readonly policy: string;
  readonly parent: Node | null;
  constructor(policy: string, expected: string[], parent: Node | null) {
    [this.policy, this.expected, this.parent] = [policy, expected, parent];
    parent?.children.push(this);
  }
  remove(): void {
    if (this.parent !== null) this.parent.children = this.parent.children.filter((one) => one !== this);
  }
}

function atDepth(root: Node, depth: number): Node[] {
  return depth === 0 ? [root] : root.children.flatMap((child) => atDepth(child, depth - 1));
}

/** Nodes above `depth` without children go; null where nothing is left. */
function pruned(root: Node, depth: number): Node | null {
  for (let level = depth - 1; level >= 0; level--) {
    for (const node of atDepth(root, level)) {
      if (node.children.length > 0) continue;
      if (node === root) return null;
      node.remove();
    }
  }
  return root;
}

function grow(root: Node, depth: number, policies: readonly string[], passesAny: boolean): Node | null {
  const above = atDepth(root, depth - 1);
  for (const policy of policies.filter((one) => one !== any)) {
    const waiting = above.filter(({ expected }) => expected.includes(policy));
    const parents = waiting.length > 0 ? waiting : above.filter((node) => node.policy === any);
    for (const parent of parents) new Node(policy, [policy], parent);
  }
  if (policies.includes(any) && passesAny) {
    for (const node of above) {
      for (const policy of node.expected) {
        if (!node.children.some((child) => child.policy === policy)) new Node(policy, [policy], node);
      }
    }
  }
  return pruned(root, depth);
}

function map(root: Node, depth: number, { mappings }: PolicyStatements, isAllowed: boolean): Node | null {
  for (const from of new Set(mappings.map(([issuer]) => issuer))) {
    const to = mappings.filter(([issuer]) => issuer === from).map(([, subject]) => subject);
    const nodes = atDepth(root, depth);
    const named = nodes.filter(({ policy }) => policy === from);
    if (!isAllowed) for (const node of named) node.remove();
    else if (named.length > 0) for (const node of named) node.expected = to;
    else {
      const anyNode = nodes.find(({ policy }) => policy === any);
      if (anyNode !== undefined) new Node(from, to, anyNode.parent);
    }
  }
  return isAllowed ? root : pruned(root, depth);
}

/** §6.1.5 (g). */
function wanted(root: Node, depth: number, list: readonly string[] | null): Set<string> {
  const all = Array.from({ length: depth + 1 }, (_, level) => atDepth(root, level)).flat();
  const valid = all.filter(({ parent }) => parent?.policy === any);
  const found = new Set(valid.map(({ policy }) => policy).filter((one) => one !== any));
  const hasAny = depth === 0 || atDepth(root, depth).some(({ policy }) => policy === any);
  if (list === null) return hasAny ? found.add(any) : found;
  return new Set(hasAny ? list : list.filter((one) => found.has(one)));
}

/** @param path below the anchor, downwards. @returns the user-constrained policies; null where the path fails */
export function byTree(path: readonly PolicyStatements[], inputs: PolicyInputs): readonly string[] | null {
  const never = path.length + 1;
  let [explicit, mapping, inhibit] = [inputs.explicit, inputs.inhibitMapping, inputs.inhibitAny].map((is) =>
    is ? 0 : never,
  ) as [number, number, number];
  let root: Node | null = new Node(any, [any], null);
  for (const [index, one] of path.entries()) {
    const depth = index + 1;
    const isLast = depth === path.length;
    const passesAny = inhibit > 0 || (!isLast && one.selfIssued);
    root = root === null || one.policies === null ? null : grow(root, depth, one.policies, passesAny);
    if (explicit === 0 && root === null) return null;
    if (isLast) continue;
    if (one.mappings.flat().includes(any)) return null;
    if (root !== null) root = map(root, depth, one, mapping > 0);
    if (!one.selfIssued)
      [explicit, mapping, inhibit] = [explicit, mapping, inhibit].map((n) => Math.max(0, n - 1)) as [
        number,
        number,
        number,
      ];
    explicit = Math.min(explicit, one.explicit ?? explicit);
    mapping = Math.min(mapping, one.inhibitMapping ?? mapping);
    inhibit = Math.min(inhibit, one.inhibitAny ?? inhibit);
  }
  explicit = path.at(-1)!.explicit === 0 ? 0 : Math.max(0, explicit - 1);
  const policies = root === null ? new Set<string>() : wanted(root, path.length, inputs.wanted);
  return explicit === 0 && policies.size === 0 ? null : [...policies].sort();
}
