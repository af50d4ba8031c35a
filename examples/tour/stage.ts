import type { EtcdClient } from 'etcd-kit';

/** What each section of the tour works with. */
export interface Stage {
  /** In a namespace of the tour's own. */
  readonly etcd: EtcdClient;
  /** The store is new and nobody else's: revisions start at 2, and a compaction harms no one. */
  readonly isThrowaway: boolean;
  /** Makes another client, as another process would have it; its user closes it. */
  another(): EtcdClient;
  /** Prints a sentence. */
  say(sentence: string): void;
  /** Prints a call, and beside it what it gave. */
  show(call: string, result: unknown): void;
}

/** One part of the tour. */
export interface Section {
  readonly title: string;
  run(stage: Stage): Promise<void>;
}

const WIDTH = 100;
const CALL_WIDTH = 52;
const INDENT = '  ';

/** The line over a section. */
export function heading(title: string): string {
  return `\n── ${title} ${'─'.repeat(WIDTH - title.length - 4)}`;
}

/** Prints to stdout. */
export function stageOf({ etcd, isThrowaway, another }: Omit<Stage, 'say' | 'show'>): Stage {
  return {
    etcd,
    isThrowaway,
    another,
    say: (sentence) => console.log(`${INDENT}${sentence}`),
    show: (call, result) => {
      console.log(`${INDENT}${call.padEnd(CALL_WIDTH)} ${textOf(result)}`);
    },
  };
}

function textOf(result: unknown): string {
  return typeof result === 'string' ? result : String(result ?? 'undefined');
}
