import type { Connection, Endpoint } from './endpoint.js';

/** The connections of endpoints by what they are good for, the best first. */
export function preferences(endpoints: readonly Endpoint[]): readonly (readonly Connection[])[] {
  const ready = endpoints.flatMap((endpoint) => endpoint.connection ?? []);
  const voters = ready.filter(({ info }) => !info.isLearner);
  const led = voters.filter(({ info }) => info.hasLeader);
  const trusted = led.filter(({ endpoint }) => !endpoint.doubted);
  return [trusted, led, voters, ready];
}
