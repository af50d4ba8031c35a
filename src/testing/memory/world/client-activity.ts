/** Calls of a client that are kept for the report. */
const KEPT = 3;

/** Remembers what each client called last, for the report about a program that never comes to rest. */
export class ClientActivity {
  readonly #clients: { calls: number; latest: string[] }[] = [];

  /** Takes in a client; answers its number. */
  add(): number {
    return this.#clients.push({ calls: 0, latest: [] }) - 1;
  }

  called(client: number, path: string): void {
    const activity = this.#clients[client];
    if (activity === undefined) return;
    activity.calls += 1;
    const method = path.slice(path.indexOf('.') + 1).replace('/', '.');
    if (activity.latest.at(-1) === method) return;
    activity.latest.push(method);
    if (activity.latest.length > KEPT) activity.latest.shift();
  }

  /** Describes who called what, the busiest client first. */
  describe(): string {
    const busy = this.#clients
      .map(({ calls, latest }, index) => ({ calls, latest, index }))
      .filter(({ calls }) => calls > 0)
      .sort((a, b) => b.calls - a.calls);
    if (busy.length === 0) return 'no client made a call';
    return busy
      .map(
        ({ calls, latest, index }) =>
          `client ${index} made ${calls} calls, the last of ${latest.join(', ')}`,
      )
      .join('; ');
  }
}
