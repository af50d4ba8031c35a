import { refusals } from '../refusals.js';
import type { Series } from '../series.js';

/** The way of a cluster to the version before its own. */
export class Downgrades {
  readonly #series: Series;
  #target: string | undefined;

  constructor(series: Series) {
    this.#series = series;
  }

  /** The cluster's version as answers name it. */
  get clusterVersion(): string {
    const { name } = this.#series;
    return this.#series.isAtLeast('3.6') ? name : `${name}.0`;
  }

  /** The part of a status that tells of it. */
  get info(): { readonly enabled: boolean; readonly targetVersion: string } {
    return { enabled: this.#target !== undefined, targetVersion: this.#target ?? '' };
  }

  /** @throws the refusal of a version that the cluster cannot go to */
  check(version: string, begins: boolean): void {
    const [, major, minor] = /^(\d+)\.(\d+)(?:\.\d+)?$/.exec(version) ?? [];
    if (major === undefined || minor === undefined) throw refusals.wrongDowngradeFormat();
    const [ownMajor, ownMinor] = this.#series.name.split('.').map(Number);
    if (Number(major) !== ownMajor || Number(minor) !== (ownMinor ?? 0) - 1) {
      throw refusals.invalidDowngradeTarget();
    }
    if (this.#target !== undefined) throw refusals.downgradeInProgress();
    if (begins) this.#target = `${major}.${minor}.0`;
  }

  /** @throws the refusal of old versions when there is nothing to cancel */
  cancel(): void {
    if (this.#target === undefined && !this.#series.isAtLeast('3.6')) {
      throw refusals.noDowngradeInProgress();
    }
    this.#target = undefined;
  }
}
