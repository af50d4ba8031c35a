import { describe, expect, it } from 'vitest';
import { mirrorFromDeb822, mirrorFromOneLine } from '../../../../scripts/etcd/apt-source.mjs';

describe('the search for a Debian mirror in apt sources', () => {
  it('reads deb822 stanzas, past other vendors, disabled ones and security mirrors', () => {
    const sources = `
Types: deb
URIs: https://vendor.example/apt
Suites: nodistro
Components: main

Types: deb
URIs: http://security.example/debian-security
Suites: bookworm-security
Components: main

Enabled: no
Types: deb
URIs: http://disabled.example/debian
Suites: bookworm
Components: main

Types: deb deb-src
# http://snapshot.example/archive
URIs:
 http://mirror.example/debian
 http://second.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`;
    expect(mirrorFromDeb822(sources)).toBe('http://mirror.example/debian');
  });

  it('reads one-line entries, with and without options', () => {
    const sources = `
# deb http://commented.example/debian bookworm main
deb https://vendor.example/apt cloud-bookworm main
deb-src http://source.example/debian bookworm main
deb http://security.example/debian-security bookworm-security main
deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian trixie main contrib # ours
`;
    expect(mirrorFromOneLine(sources)).toBe('http://mirror.example/debian');
  });

  it('finds nothing on other systems', () => {
    expect(mirrorFromOneLine('deb http://archive.example/ubuntu noble main')).toBeUndefined();
    expect(mirrorFromDeb822('Types: deb\nURIs: http://x.example\nSuites: noble\n')).toBeUndefined();
  });
});
