import { described, invalidArgument, showAddress, showWord } from '../../errors/index.js';

/** Flags that have an option of their own, and the option. With both, one would win in silence. */
const OPTION_OF: Readonly<Record<string, string>> = {
  'data-dir': 'dataFolder',
  'cert-file': 'tls.cert',
  'key-file': 'tls.key',
  'trusted-ca-file': 'tls.ca',
  'client-cert-auth': 'tls.clientAuth',
};

/** Flags that would take the place of all others, or of what ties the members of a cluster together. */
const REFUSED: Readonly<Record<string, string>> = {
  'config-file': 'with a file etcd ignores all flags: give them as flags',
};

/** Flags that each member of a cluster needs for itself. */
const PLACES = [
  'name',
  'listen-client-urls',
  'advertise-client-urls',
  'listen-peer-urls',
  'initial-advertise-peer-urls',
  'initial-cluster',
  'initial-cluster-state',
];

/** Checks flags of one server. */
export function checkFlags(flags: unknown): asserts flags is readonly string[] | undefined {
  if (flags === undefined) return;
  if (!Array.isArray(flags)) {
    throw invalidArgument('flags', flags, "a list such as ['--max-txn-ops', '16']");
  }
  flags.forEach((flag: unknown, index) => {
    if (typeof flag !== 'string') {
      throw invalidArgument(`flags[${index}]`, flag, "a string; numbers too: '16'");
    }
    const name = nameOf(flag);
    if (name === undefined) return;
    const option = Object.hasOwn(OPTION_OF, name) ? OPTION_OF[name] : undefined;
    const reason = option === undefined ? REFUSED[name] : `use the option ${option}`;
    if (reason !== undefined)
      throw invalidArgument(`flags[${index}]`, showWord(`--${name}`), reason);
  });
  const url = listenUrl(flags);
  if (url !== undefined && !/^https?:$/.test(url.protocol)) {
    throw invalidArgument(
      'flags',
      showAddress(url.href),
      'an http:// or https:// address to listen on',
    );
  }
}

/** Checks flags that all members of a cluster get. */
export function checkMemberFlags(flags: readonly string[] | undefined): void {
  for (const place of PLACES) {
    if (flagValue(flags ?? [], place) === undefined) continue;
    throw invalidArgument('flags', showWord(`--${place}`), 'each member has its own; leave it out');
  }
}

/** The address for clients that the flags name, the first if there are several. */
export function listenUrl(flags: readonly string[]): URL | undefined {
  const value = flagValue(flags, 'listen-client-urls')?.split(',')[0];
  if (value === undefined) return undefined;
  if (!URL.canParse(value)) {
    throw invalidArgument(
      'flags',
      described('an address that cannot be read'),
      '--listen-client-urls',
    );
  }
  return new URL(value);
}

/** The value of a flag, the last one if it is given twice, as etcd has it. */
export function flagValue(flags: readonly string[], name: string): string | undefined {
  let value: string | undefined;
  flags.forEach((flag, index) => {
    if (nameOf(flag) !== name) return;
    const equals = flag.indexOf('=');
    value = equals >= 0 ? flag.slice(equals + 1) : flags[index + 1];
  });
  return value;
}

/** `--name`, `-name` or `--name=value`; `undefined` for the value of the flag before it. */
function nameOf(flag: string): string | undefined {
  return /^--?([a-z][a-z0-9-]*)(=|$)/.exec(flag)?.[1];
}
