import { Election, Mutex, Session } from 'etcd-kit/concurrency';
import { failureOf, type Scene } from '../scene.js';

const CONTENDERS = 4;
const TTL_SECONDS = 5;

/** One who believes to hold a name. */
interface Holder {
  readonly name: string;
  readonly token: bigint;
}

/** The belief of all contenders for one name: at most one at a time, with growing tokens. */
class Exclusion {
  readonly #scene: Scene;
  readonly #what: string;
  #holder: Holder | undefined;
  #lastToken = 0n;

  constructor(scene: Scene, what: string) {
    this.#scene = scene;
    this.#what = what;
  }

  /** Begins to hold, until the signal aborts or the returned function is called. */
  enter(name: string, token: bigint, signal: AbortSignal): () => void {
    const holder = { name, token };
    if (signal.aborted) return () => {};
    if (this.#holder !== undefined) {
      this.#scene.violate(
        `${name} holds ${this.#what} by ${token} while ${this.#holder.name} holds it by ${this.#holder.token}`,
      );
    }
    if (token <= this.#lastToken) {
      this.#scene.violate(`${name} holds ${this.#what} by ${token}, after ${this.#lastToken}`);
    }
    this.#scene.tell(`${name} holds ${this.#what} by ${token}`);
    this.#holder = holder;
    this.#lastToken = token;
    const leave = (): void => {
      if (this.#holder === holder) this.#holder = undefined;
    };
    signal.addEventListener('abort', leave, { once: true });
    return leave;
  }
}

/**
 * Contenders for a lock and for the lead of an election. At most one believes to hold it; tokens grow; what is
 * written under `ownership()` is in the order of the tokens.
 */
export function locks(scene: Scene): () => void {
  const lock = new Exclusion(scene, 'the lock');
  const lead = new Exclusion(scene, 'the lead');

  for (let number = 0; number < CONTENDERS; number += 1) {
    const etcd = scene.client();
    const leads = number % 2 === 1;
    scene.start(`contender ${number}`, async () => {
      while (!scene.over) {
        try {
          await using session = await Session.create(etcd, { ttlSeconds: TTL_SECONDS });
          while (!scene.over && !session.signal.aborted) {
            scene.operations += 1;
            await (leads ? leadOnce(session) : lockOnce(session));
            await scene.pause(0, 500);
          }
        } catch (error) {
          scene.tell(`contender ${number}: ${failureOf(error).code}`);
        }
        await scene.pause(100, 500);
      }
    });

    const lockOnce = async (session: Session): Promise<void> => {
      const timeoutMs = 1_000 + scene.random.below(10_000);
      await new Mutex(session, 'locks/one').withLock(
        async (signal, held) => {
          const leave = lock.enter(`contender ${number}`, held.fencingToken, signal);
          for (let step = scene.random.below(3); step >= 0 && !signal.aborted; step -= 1) {
            await etcd
              .txn()
              .if(held.ownership())
              .then(etcd.op.put('audit/lock', String(held.fencingToken)))
              .commit({ signal, timeoutMs: 2_000 })
              .catch(failureOf);
            await scene.pause(0, 1_500);
          }
          leave();
        },
        { timeoutMs },
      );
    };

    const leadOnce = async (session: Session): Promise<void> => {
      const election = new Election(session, 'leader/one');
      const timeoutMs = 1_000 + scene.random.below(10_000);
      await using leadership = await election.campaign(`contender ${number}`, { timeoutMs });
      const leave = lead.enter(`contender ${number}`, leadership.fencingToken, leadership.signal);
      await scene.pause(0, 2_000);
      if (!leadership.signal.aborted) await leadership.proclaim('again').catch(failureOf);
      leave();
    };
  }

  return () => {
    let last = 0n;
    for (const { value } of scene.history.of('audit/lock')) {
      const token = BigInt(value ?? 0);
      if (token < last) scene.violate(`a write of token ${token} came after one of ${last}`);
      last = token;
    }
  };
}
