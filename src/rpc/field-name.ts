/** A run of capitals (with a plural s) that is a word of its own, or one ordinary word. */
const WORDS = /[A-Z]{2,}s?(?![a-z])|[A-Z]?[a-z0-9]+|[A-Z]/g;

/**
 * Returns the name that a field of the wire has in our records. It is in camel case, and initialisms are
 * written like any word: `prev_kv` is `prevKv`, `ID` is `id`, `peerURLs` is `peerUrls`.
 */
export function fieldName(wireName: string): string {
  const words = (wireName.match(WORDS) ?? []).map((word) => word.toLowerCase());
  return words.map((word, index) => (index === 0 ? word : capitalise(word))).join('');
}

function capitalise(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
