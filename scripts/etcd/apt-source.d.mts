/** The address of the first Debian mirror in a file in deb822 style (`*.sources`). */
export function mirrorFromDeb822(text: string): string | undefined;

/** The address of the first Debian mirror in a file of one-line entries (`sources.list`, `*.list`). */
export function mirrorFromOneLine(text: string): string | undefined;

/** The mirror and the keyring this machine already uses, `undefined` if it is no Debian. */
export function findDebianSource(
  aptFolder?: string,
): Promise<{ mirror: string; keyring: string } | undefined>;
