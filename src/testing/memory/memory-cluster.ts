import { ignore } from '../../internal/deferred.js';
import { provideEagerly } from '../../rpc/eager-loader.js';
import type { ServedMember } from './grpc-port.js';
import { MemoryMember } from './memory-member.js';
import type { Series } from './series.js';
import { authService, type TokenBook } from './server/auth-service.js';
import { clusterService } from './server/cluster-service.js';
import { Consensus } from './server/consensus.js';
import { Dispatcher } from './server/dispatcher.js';
import { Downgrades } from './server/downgrades.js';
import { electionService } from './server/election-service.js';
import { kvService } from './server/kv-service.js';
import { leaseService } from './server/lease-service.js';
import { lockService } from './server/lock-service.js';
import { maintenanceService } from './server/maintenance-service.js';
import { type ClusterContext, Member } from './server/member.js';
import { Membership } from './server/membership.js';
import type { ServerOptions } from './server/server-options.js';
import { watchService } from './server/watch-stream.js';
import { ClientProcess } from './world/client-process.js';
import { Connection } from './world/connection.js';
import { Faults } from './world/faults.js';
import type { World } from './world/world.js';

const CLIENT_PORT = 2_379;
const PEER_PORT = 2_380;

/** A member with what stands around it. */
interface Node {
  readonly member: Member;
  readonly dispatcher: Dispatcher;
  readonly handle: MemoryMember;
  readonly connections: Set<Connection>;
  /** Faults of the network between the member and all clients. */
  readonly faults: Faults;
}

/** Settings of a cluster in memory. */
export interface MemoryClusterOptions {
  readonly members: number;
  readonly series: Series;
  readonly settings: ServerOptions;
}

/** The servers of a cluster in memory, without their clients. */
export class MemoryCluster {
  readonly #world: World;
  readonly #context: ClusterContext;
  readonly #membership: Membership;
  readonly #downgrades: Downgrades;
  readonly #nodes = new Map<Member, Node>();
  #named = 0;
  #logins = 0;

  constructor(world: World, { members, series, settings }: MemoryClusterOptions) {
    // A module that is loaded in the middle of a test would take time that its clock does not know of.
    provideEagerly();
    this.#world = world;
    const { clock, random } = world;
    const consensus = new Consensus(clock, random);
    this.#context = { clock, random, series, settings, consensus, clusterId: random.id() };
    this.#downgrades = new Downgrades(series);
    this.#membership = new Membership(consensus, (peerUrls, isLearner) => {
      const member = this.#make(peerUrls, isLearner);
      member.running = false;
      return member;
    });
    for (let index = 0; index < members; index += 1) {
      const member = this.#make([peerUrl(index)], false);
      this.#name(member);
      this.#membership.found(member);
    }
    consensus.begin();
  }

  get members(): readonly [MemoryMember, ...MemoryMember[]] {
    const { members } = this.#membership;
    const handles = members.flatMap((member) => this.#nodes.get(member)?.handle ?? []);
    // The last one cannot be removed.
    return handles as [MemoryMember, ...MemoryMember[]];
  }

  /** The member whose state is as new as any, of those that reach the others if there are any. */
  get newest(): Member {
    const { consensus } = this.#context;
    const { members } = this.#membership;
    const reachable = members.filter((member) => member.reachable);
    const candidates = reachable.length > 0 ? reachable : members;
    const [first, ...others] = candidates as readonly [Member, ...Member[]];
    return others.reduce(
      (best, each) => (consensus.appliedBy(each) > consensus.appliedBy(best) ? each : best),
      first,
    );
  }

  /** The server at an address; `undefined` where none runs. */
  serverAt(endpoint: string): Dispatcher | undefined {
    return this.#nodeAt(endpoint)?.dispatcher;
  }

  /** Faults of the network between the member at an address and all clients. */
  faultsAt(endpoint: string): readonly Faults[] {
    const node = this.#nodeAt(endpoint, { stopped: true });
    return node === undefined ? [] : [node.faults];
  }

  /** A connection to the server at an address was made. */
  connected(endpoint: string, connection: Connection): void {
    const node = this.#nodeAt(endpoint);
    if (node !== undefined) enlist(node, connection);
  }

  /**
   * The member at an index, for other programs.
   *
   * @param faults those that their connections have beside those of the member
   */
  served(index: number, faults: Faults): ServedMember | undefined {
    const member = this.#membership.members[index];
    const node = member && this.#nodes.get(member);
    return (
      node && {
        dispatcher: node.dispatcher,
        isRunning: () => node.member.running,
        connect: () => {
          const connection = new Connection(this.#world, new ClientProcess(this.#world), [
            faults,
            node.faults,
          ]);
          enlist(node, connection);
          return connection;
        },
      }
    );
  }

  compact(revision: bigint): void {
    const { newest } = this;
    // One at a time, and no member is asked for by this: the refusal comes at once.
    newest.replica.store.readable(revision);
    newest.propose((replica) => replica.compact(revision)).catch(ignore);
  }

  expireTokens(): void {
    this.#tokens.clear();
  }

  /** @param stopped finds the node of a member that does not run, too: it may when a message arrives */
  #nodeAt(endpoint: string, { stopped = false } = {}): Node | undefined {
    return [...this.#nodes.values()].find(
      ({ member }) =>
        (member.running || stopped) &&
        this.#membership.members.includes(member) &&
        member.identity.clientUrls.includes(endpoint),
    );
  }

  readonly #tokens: TokenBook = {
    add: (token, user) => this.#eachMember((member) => member.tokens.add(token, user)),
    invalidate: (user) => this.#eachMember((member) => member.tokens.invalidate(user)),
    clear: () => this.#eachMember((member) => member.tokens.clear()),
    nextIndex: () => {
      this.#logins += 1;
      return this.#logins;
    },
  };

  #eachMember(act: (member: Member) => void): void {
    for (const member of this.#membership.members) if (member.running) act(member);
  }

  #make(peerUrls: readonly string[], isLearner: boolean): Member {
    const id = this.#context.random.id();
    const member = new Member({ id, name: '', peerUrls, clientUrls: [], isLearner }, this.#context);
    const dispatcher = new Dispatcher(member, [
      ...kvService(member),
      watchService(member),
      ...leaseService(member),
      ...clusterService(member, this.#membership),
      ...maintenanceService(member, this.#membership, this.#downgrades),
      ...authService(member, this.#tokens),
      ...lockService(member),
      ...electionService(member),
    ]);
    const connections = new Set<Connection>();
    const faults = new Faults();
    const handle = new MemoryMember(member, {
      disconnect: () => {
        for (const connection of [...connections]) connection.break();
      },
      changed: () => this.#context.consensus.reconsider(),
      started: () => this.#name(member),
      hold: (isHeld) => (isHeld ? faults.freeze() : faults.heal()),
    });
    this.#nodes.set(member, { member, dispatcher, handle, connections, faults });
    return member;
  }

  /** Gives a member its name and its address, which the others learn when it runs. */
  #name({ identity }: Member): void {
    if (identity.name !== '') return;
    identity.name = `m${this.#named}`;
    identity.clientUrls = [`http://${identity.name}.memory:${CLIENT_PORT}`];
    this.#named += 1;
  }
}

/** Has a connection end with its member. */
function enlist({ connections }: Node, connection: Connection): void {
  connections.add(connection);
  connection.addEnd({ broken: () => connections.delete(connection), frozen: ignore });
}

function peerUrl(index: number): string {
  return `http://m${index}.memory:${PEER_PORT}`;
}
