import { setTimeout as delay } from 'node:timers/promises';
import type { FaultProxy } from './fault-proxy.js';

/** Milliseconds for which answers are lost, and between two faults. */
const LOSING_MS = 100;
const BETWEEN_FAULTS_MS = 40;

/** Numbers from 0 to 1 that are the same for the same seed (a linear congruential generator). */
export function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/** Cuts connections, or loses their answers, one after the other, until `ended` and so often at least. */
export async function hurt(
  proxies: readonly FaultProxy[],
  random: () => number,
  { ended, least }: { readonly ended: () => boolean; readonly least: number },
): Promise<void> {
  for (let faults = 0; !ended() || faults < least; faults += 1) {
    const proxy = proxies[Math.floor(random() * proxies.length)] as FaultProxy;
    if (random() < 0.5) proxy.resetAll();
    else {
      proxy.dropReplies();
      await delay(LOSING_MS);
      proxy.deliverReplies();
    }
    await delay(BETWEEN_FAULTS_MS);
  }
}
