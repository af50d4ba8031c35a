import { hide, invalidArgument, showAddress } from '../../errors/index.js';

const SCHEMES = ['http:', 'https:', 'unix:', 'unixs:'];

/**
 * The URLs at which the other members reach one, as a list. What else a server asks of them (a port,
 * no path) it says itself, with `INVALID_MEMBER_URLS`.
 *
 * @throws InvalidArgumentError for an empty list, for one that is not such a URL, and for one with a user or a password
 */
export function peerUrlList(peerUrls: string | readonly string[]): readonly string[] {
  const list: readonly unknown[] = Array.isArray(peerUrls) ? peerUrls : [peerUrls];
  if (list.length === 0) throw invalidArgument('peerUrls', peerUrls, ALLOWED);
  return list.map((url) => {
    if (typeof url === 'string' && SCHEMES.includes(protocolOf(url))) {
      if (!hasUser(url)) return url;
      throw invalidArgument('peerUrls', showAddress(url), NO_USER);
    }
    throw invalidArgument(
      'peerUrls',
      typeof url === 'string' && !url.includes(':') ? hide(url) : showAddress(url),
      ALLOWED,
    );
  });
}

/** Every member and every client can read the URLs of a member. */
const NO_USER =
  'a URL without a user and a password: members do not use them, and everybody can read it';
const ALLOWED = 'at least one URL such as http://10.0.0.4:2380';

function hasUser(url: string): boolean {
  const { username, password } = new URL(url);
  return username !== '' || password !== '';
}

function protocolOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : '';
}
