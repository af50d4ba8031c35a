/** The number of bits of each byte's code; the code is canonical, so that this is all of it (RFC 7541, B). */
const CODE_LENGTHS: readonly number[] = [
  [13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28],
  [28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28],
  [6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6],
  [5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10],
  [13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7],
  [7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6],
  [15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5],
  [6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28],
  [20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23],
  [24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24],
  [22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23],
  [21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23],
  [26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25],
  [19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27],
  [20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23],
  [26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26],
].flat();

/** The code that ends nothing here: it may not appear, and its first bits fill up the last byte. */
const END = 256;
const END_BITS = 30;
const MOST_PADDING_BITS = 7;
const SHORTEST_CODE_BITS = 5;

// Four bits are read at a time. A state is a node of the tree of codes; a step is an entry of a table:
// the next state, and a byte that is complete if there is one. Two can not be: no code is that short.
const HAS_BYTE = 0x100;
const STATE_SHIFT = 9;
const NO_STEP = -1;

interface Node {
  readonly children: [Node | undefined, Node | undefined];
  byte: number | undefined;
  /** The number of its state; a leaf is none. */
  state: number;
}

const { steps, mayEnd } = buildTables();

/** Returns the text of Huffman code, as Latin-1; `undefined` if it is none. */
export function huffmanDecode(bytes: Buffer, start: number, end: number): string | undefined {
  const text = Buffer.allocUnsafe(Math.ceil(((end - start) * 8) / SHORTEST_CODE_BITS));
  let length = 0;
  let state = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    for (let shift = 4; shift >= 0; shift -= 4) {
      const step = steps[state * 16 + ((byte >> shift) & 15)] as number;
      if (step === NO_STEP) return undefined;
      if ((step & HAS_BYTE) !== 0) text[length++] = step & 0xff;
      state = step >> STATE_SHIFT;
    }
  }
  return mayEnd[state] === 1 ? text.toString('latin1', 0, length) : undefined;
}

function buildTables(): { steps: Int32Array; mayEnd: Uint8Array } {
  const root = buildTree();
  const states: Node[] = [root];
  for (const node of states) {
    for (const child of node.children) {
      if (child === undefined || child.byte !== undefined) continue;
      child.state = states.length;
      states.push(child);
    }
  }
  const table = new Int32Array(states.length * 16);
  for (const { state } of states) {
    for (let four = 0; four < 16; four++) {
      table[state * 16 + four] = stepFrom(root, states[state] as Node, four);
    }
  }
  const ends = new Uint8Array(states.length);
  let padding: Node | undefined = root;
  for (let bits = 0; bits <= MOST_PADDING_BITS; bits++) {
    ends[(padding as Node).state] = 1;
    padding = padding?.children[1];
  }
  return { steps: table, mayEnd: ends };
}

function stepFrom(root: Node, from: Node, four: number): number {
  let node = from;
  let byte: number | undefined;
  for (let bit = 3; bit >= 0; bit--) {
    const next = node.children[((four >> bit) & 1) as 0 | 1];
    if (next === undefined || next.byte === END) return NO_STEP;
    byte = next.byte ?? byte;
    node = next.byte === undefined ? next : root;
  }
  return (node.state << STATE_SHIFT) | (byte === undefined ? 0 : HAS_BYTE | byte);
}

function buildTree(): Node {
  const root: Node = { children: [undefined, undefined], byte: undefined, state: 0 };
  const lengths = [...CODE_LENGTHS, END_BITS];
  const order = lengths.map((_, byte) => byte);
  order.sort((left, right) => Number(lengths[left]) - Number(lengths[right]) || left - right);
  let code = 0;
  let bits = 0;
  for (const byte of order) {
    const length = lengths[byte] as number;
    code *= 2 ** (length - bits);
    bits = length;
    let node = root;
    for (let bit = length - 1; bit >= 0; bit--) {
      const side = ((code >>> bit) & 1) as 0 | 1;
      node.children[side] ??= { children: [undefined, undefined], byte: undefined, state: 0 };
      node = node.children[side] as Node;
    }
    node.byte = byte;
    code++;
  }
  return root;
}
