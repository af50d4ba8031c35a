import { check, type Verdict } from './checker.js';
import { type Model, type Operation, Recorder } from './operation.js';
import { picture } from './picture.js';

/** A history that is not linearizable. */
export interface Wrong {
  readonly name: string;
  /** A page that shows it. */
  readonly page: string;
}

/** Numbers of a run. */
export interface Tally {
  operations: number;
  /** Operations without an answer. */
  unknown: number;
  right: number;
  undecided: number;
  readonly wrong: Wrong[];
}

/** One object, and what was done to it. */
interface Chapter<Input, Output> {
  readonly name: string;
  readonly recorder: Recorder<Input, Output>;
  begun: number;
}

/** Settings of histories. */
export interface HistoriesContext<State, Input, Output> {
  readonly model: Model<State, Input, Output>;
  /** The beginning of the names of objects. */
  readonly prefix: string;
  /** The number of objects that are in use together. */
  readonly atATime: number;
  /** Uses of an object after which another one is begun: a history that is too long is hard to check. */
  readonly longest: number;
}

/**
 * Histories of one kind of objects. Clients use a few at a time; when one has been used enough another one
 * takes its place, and the history of the old one is checked once its last operation has ended.
 */
export class Histories<State, Input, Output> {
  readonly tally: Tally = { operations: 0, unknown: 0, right: 0, undecided: 0, wrong: [] };
  readonly #model: Model<State, Input, Output>;
  readonly #prefix: string;
  readonly #longest: number;
  readonly #current: Chapter<Input, Output>[];
  readonly #retired = new Set<Chapter<Input, Output>>();
  #serial = 0;

  constructor({ model, prefix, atATime, longest }: HistoriesContext<State, Input, Output>) {
    this.#model = model;
    this.#prefix = prefix;
    this.#longest = longest;
    this.#current = Array.from({ length: atATime }, () => this.#begin());
  }

  /** Names the object that is in use at a place, and records what is done to it. */
  use(place: number): { readonly name: string; readonly recorder: Recorder<Input, Output> } {
    let chapter = this.#current[place];
    if (chapter === undefined || chapter.begun >= this.#longest) {
      if (chapter !== undefined) this.#retired.add(chapter);
      chapter = this.#begin();
      this.#current[place] = chapter;
      this.#checkEnded();
    }
    chapter.begun += 1;
    return chapter;
  }

  /** Checks what is left: no operation may be under way any more. */
  finish(): Tally {
    for (const chapter of this.#current.splice(0)) this.#retired.add(chapter);
    this.#checkEnded();
    return this.tally;
  }

  #begin(): Chapter<Input, Output> {
    this.#serial += 1;
    return { name: `${this.#prefix}${this.#serial}`, recorder: new Recorder(), begun: 0 };
  }

  #checkEnded(): void {
    for (const chapter of this.#retired) {
      if (chapter.recorder.open > 0) continue;
      this.#retired.delete(chapter);
      this.#judge(chapter.name, chapter.recorder.operations);
    }
  }

  #judge(name: string, operations: readonly Operation<Input, Output>[]): void {
    const { tally } = this;
    tally.operations += operations.length;
    tally.unknown += operations.filter(({ output }) => output === undefined).length;
    const verdict: Verdict<Input, Output> = check(this.#model, operations);
    if (verdict.is !== 'wrong') {
      tally[verdict.is] += 1;
      return;
    }
    const { longest } = verdict;
    const title = `The history of ${name} is not linearizable`;
    tally.wrong.push({ name, page: picture({ title, model: this.#model, operations, longest }) });
  }
}
