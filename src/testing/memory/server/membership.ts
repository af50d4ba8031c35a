import { refusals } from '../refusals.js';
import type { Consensus } from './consensus.js';
import type { Member } from './member.js';

/** The number of members without a vote that a cluster has at most. */
const MOST_LEARNERS = 1;
const PEER_SCHEMES = ['http:', 'https:', 'unix:', 'unixs:'];

/** The members of a cluster, as its configuration has them: also those that never ran. */
export class Membership {
  readonly #consensus: Consensus;
  readonly #make: (peerUrls: readonly string[], isLearner: boolean) => Member;
  #members: readonly Member[] = [];

  /** @param make makes a member that does not run yet */
  constructor(
    consensus: Consensus,
    make: (peerUrls: readonly string[], isLearner: boolean) => Member,
  ) {
    this.#consensus = consensus;
    this.#make = make;
  }

  get members(): readonly Member[] {
    return this.#members;
  }

  /** Takes in a member of the first configuration. */
  found(member: Member): void {
    this.#members = [...this.#members, member];
    this.#consensus.join(member);
  }

  /** @throws the refusal of URLs that are wrong or taken, or of a cluster that would not work any more */
  add(peerUrls: readonly string[], isLearner: boolean): Member {
    checkPeerUrls(peerUrls);
    this.#refuseTaken(peerUrls, undefined);
    if (isLearner) {
      const learners = this.#members.filter((member) => member.isLearner);
      if (learners.length >= MOST_LEARNERS) throw refusals.tooManyLearners();
    } else {
      this.#refuseWithoutMajority(1, 0);
    }
    const member = this.#make(peerUrls, isLearner);
    this.#members = [...this.#members, member];
    this.#consensus.join(member);
    this.#consensus.reconsider();
    return member;
  }

  remove(id: bigint): Member {
    const member = this.get(id);
    if (!member.isLearner) this.#refuseWithoutMajority(-1, member.running ? -1 : 0);
    this.#members = this.#members.filter((each) => each !== member);
    this.#consensus.leave(member);
    return member;
  }

  update(id: bigint, peerUrls: readonly string[]): void {
    const member = this.get(id);
    this.#refuseTaken(peerUrls, member);
    member.identity.peerUrls = peerUrls;
  }

  promote(id: bigint): void {
    const member = this.get(id);
    if (!member.isLearner) throw refusals.notALearner();
    const isInSync = this.#consensus.appliedBy(member) === this.#consensus.committed;
    if (!member.reachable || !isInSync) throw refusals.learnerNotReady();
    member.identity.isLearner = false;
    this.#consensus.reconsider();
  }

  /** @throws the refusal of a member that there is not */
  get(id: bigint): Member {
    const member = this.#members.find(({ identity }) => identity.id === id);
    if (member === undefined) throw refusals.memberNotFound();
    return member;
  }

  #refuseTaken(peerUrls: readonly string[], except: Member | undefined): void {
    const taken = this.#members
      .filter((member) => member !== except)
      .flatMap(({ identity }) => identity.peerUrls);
    if (peerUrls.some((url) => taken.includes(url))) throw refusals.peerUrlExists();
  }

  /** Voters that run must be a majority after the change, too. A second member may always be added to one. */
  #refuseWithoutMajority(voters: number, running: number): void {
    const now = this.#members.filter((member) => !member.isLearner);
    const started = now.filter((member) => member.running).length;
    if (voters > 0 && started === 1 && now.length <= 2) return;
    const after = now.length + voters;
    if (started + running < Math.floor(after / 2) + 1) throw refusals.notEnoughStartedMembers();
  }
}

/** @throws the refusal of URLs by which no member can be reached */
export function checkPeerUrls(urls: readonly string[]): void {
  if (urls.length === 0 || !urls.every(isPeerUrl)) throw refusals.invalidMemberUrls();
}

function isPeerUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, port, pathname } = new URL(text);
  if (!PEER_SCHEMES.includes(protocol)) return false;
  if (protocol.startsWith('unix')) return true;
  // The parser drops a port that is the scheme's own.
  return (port !== '' || /:\d+\/?$/.test(text)) && (pathname === '/' || pathname === '');
}
