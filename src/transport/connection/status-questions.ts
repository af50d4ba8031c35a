import type { EtcdError } from '../../errors/index.js';
import { type BackoffShape, backoffDelay } from '../../internal/backoff.js';
import type { Clock, TimerHandle } from '../../internal/clock.js';
import type { StatusResponse } from '../../rpc/generated/types.js';
import type { Channel } from '../channel/channel.js';
import type { ServerInfo } from './capabilities.js';
import type { Pace } from './pace.js';
import type { Probe } from './probe.js';

/** Pauses between looks at a member that is second choice: it may see a leader again, or be promoted. */
const RECHECK: BackoffShape = { initialMs: 500, maxMs: 10_000 };

/** The part of an endpoint that the questions about it need. */
export interface StatusQuestionsContext {
  readonly clock: Clock;
  readonly pace: Pace;
  /** The channel that calls use now. */
  channel(): Channel | undefined;
  /** Asks the server for its status. */
  probe(channel: Channel): Probe;
  /** The server lives. Answers whether calls there can hope for an answer. */
  onAnswer(answer: StatusResponse | undefined): boolean;
  /** The server was silent for the whole of its patience. */
  onSilence(error: EtcdError): void;
  /** A question was asked because something was left unanswered. */
  onSuspicion(): void;
  /** `doubted` has become true. */
  onDoubt(): void;
}

/** A Status call about a server that calls may use meanwhile. */
interface Question {
  /** True if calls there can hope for an answer. */
  readonly serves: Promise<boolean>;
  cancel(): void;
}

/** Questions about the status of a server that is in use: one at a time, for all that ask. */
export class StatusQuestions {
  readonly #context: StatusQuestionsContext;
  #open: Question | undefined;
  /** The time of the latest question, on the clock's scale. */
  #askedAt = -Infinity;
  #doubted = false;
  #recheck: TimerHandle | undefined;
  #rechecks = 0;

  constructor(context: StatusQuestionsContext) {
    this.#context = context;
  }

  /** A call got no answer within the patience of the endpoint; the question about it is open. */
  get doubted(): boolean {
    return this.#doubted;
  }

  /**
   * Asks about the server at this channel, unless calls use another one by now.
   *
   * @returns whether calls there can hope for an answer: the server lives, and sees a leader
   */
  ask(over: Channel | undefined): Promise<boolean> {
    const channel = this.#context.channel();
    if (channel === undefined || channel !== over) return Promise.resolve(false);
    this.#open ??= this.#ask(channel);
    return this.#open.serves;
  }

  /** Asks because something was left unanswered. */
  suspect(over: Channel): Promise<boolean> {
    const known = this.#open;
    const serves = this.ask(over);
    if (this.#open !== known) this.#context.onSuspicion();
    return serves;
  }

  /** Asks as `suspect` does; the server is doubted until there is an answer. */
  doubt(over: Channel): Promise<boolean> {
    const serves = this.suspect(over);
    if (this.#open !== undefined && !this.#doubted) {
      this.#doubted = true;
      this.#context.onDoubt();
    }
    return serves;
  }

  /** Asks, unless the server was asked a moment ago. */
  askIfQuiet(): void {
    const { clock, pace, channel } = this.#context;
    if (clock.now() - this.#askedAt >= pace.patienceMs / 2) void this.ask(channel());
  }

  /** Looks again, now and then, at a member that calls avoid as long as there are better ones. */
  recheck({ hasLeader, isLearner }: ServerInfo): void {
    this.#recheck?.cancel();
    this.#recheck = undefined;
    if (hasLeader && !isLearner) {
      this.#rechecks = 0;
      return;
    }
    const { clock, channel } = this.#context;
    const pauseMs = backoffDelay(this.#rechecks++, RECHECK, clock);
    this.#recheck = clock.setTimeout(() => void this.ask(channel()), pauseMs);
    this.#recheck.unref();
  }

  /** The channel is not used any more. */
  end(): void {
    this.#open?.cancel();
    this.#open = undefined;
    this.#doubted = false;
    this.#recheck?.cancel();
    this.#recheck = undefined;
  }

  #ask(channel: Channel): Question {
    const { clock, pace } = this.#context;
    const askedAt = clock.now();
    this.#askedAt = askedAt;
    const { result, cancel } = this.#context.probe(channel);
    const serves = result.then(({ alive, answer, error }) => {
      if (this.#context.channel() !== channel) return false;
      this.#open = undefined;
      if (!alive) {
        this.#context.onSilence(error);
        return false;
      }
      this.#doubted = false;
      pace.measured(clock.now() - askedAt);
      return this.#context.onAnswer(answer);
    });
    return { serves, cancel };
  }
}
