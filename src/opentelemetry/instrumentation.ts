import { type MeterProvider, metrics, type TracerProvider, trace } from '@opentelemetry/api';
import type { CallDiagnostics, LockDiagnostics } from '../diagnostics/index.js';
import { subscribeToCalls, subscribeToMessages } from '../diagnostics/subscribe.js';
import { checkBoolean, checkKnownOptions } from '../errors/index.js';
import { VERSION } from '../internal/version.js';
import { Metrics } from './metrics.js';
import { Spans } from './spans.js';

/** Options of the instrumentation. OpenTelemetry calls such options `Config`, so this name does, too. */
export interface EtcdKitInstrumentationConfig {
  /** Begins at once. Default: `true`; `registerInstrumentations` enables it anyway. */
  readonly enabled?: boolean | undefined;
}

/** The part of a tracer provider that is used: the one of `@opentelemetry/api` fits. */
export interface TracerProviderLike {
  /** Returns a tracer of this name. */
  getTracer(name: string, version?: string): object;
}

/** The part of a meter provider that is used: the one of `@opentelemetry/api` fits. */
export interface MeterProviderLike {
  /** Returns a meter of this name. */
  getMeter(name: string, version?: string): object;
}

/**
 * Spans and metrics of all clients of this process, by OpenTelemetry's conventions for databases. It listens to
 * the diagnostics channels, so it patches no module, and may be enabled before or after clients are made.
 *
 * @example
 * registerInstrumentations({ instrumentations: [new EtcdKitInstrumentation()] });
 */
export class EtcdKitInstrumentation {
  /** Name in spans and metrics. */
  readonly instrumentationName = 'etcd-kit';
  /** Version of this package. */
  readonly instrumentationVersion = VERSION;
  #config: EtcdKitInstrumentationConfig = { enabled: true };
  #tracers: TracerProvider | undefined;
  #meters: MeterProvider | undefined;
  #spans: Spans | undefined;
  #metrics: Metrics | undefined;
  #unsubscribe: (() => void) | undefined;

  /** @throws InvalidArgumentError for an option that is unknown or wrong */
  constructor(config: EtcdKitInstrumentationConfig = {}) {
    this.setConfig(config);
    if (this.#config.enabled !== false) this.enable();
  }

  /** Begins to listen. Harmless when done twice. */
  enable(): void {
    if (this.#unsubscribe !== undefined) return;
    this.#config = { ...this.#config, enabled: true };
    this.#renewSpans();
    this.#renewMetrics();
    const unsubscribes = [
      subscribeToCalls({
        start: (call) => this.#spans?.callStarted(call),
        asyncEnd: (call) => this.#callEnded(call),
      }),
      subscribeToMessages('retry', (message) => this.#metrics?.onRetry(message)),
      subscribeToMessages('stream', (message) => this.#metrics?.onStream(message)),
      subscribeToMessages('endpoint', (message) => this.#metrics?.onEndpoint(message)),
      subscribeToMessages('watch', (message) => this.#spans?.onWatch(message)),
      subscribeToMessages('lock', (message) => this.#onLock(message)),
    ];
    this.#unsubscribe = () => {
      for (const unsubscribe of unsubscribes) unsubscribe();
    };
  }

  /** Stops listening; spans that are open are left. Harmless when done twice. */
  disable(): void {
    this.#config = { ...this.#config, enabled: false };
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#metrics?.close();
    this.#metrics = undefined;
    this.#spans = undefined;
  }

  /** Sends spans to this provider. Default: the global one. */
  setTracerProvider(provider: TracerProviderLike): void {
    this.#tracers = provider as TracerProvider;
    if (this.#unsubscribe !== undefined) this.#renewSpans();
  }

  /** Sends metrics to this provider. Default: the global one. */
  setMeterProvider(provider: MeterProviderLike): void {
    this.#meters = provider as MeterProvider;
    if (this.#unsubscribe !== undefined) this.#renewMetrics();
  }

  /**
   * Replaces the options.
   *
   * @throws InvalidArgumentError for an option that is unknown or wrong
   */
  setConfig(config: EtcdKitInstrumentationConfig): void {
    checkKnownOptions('config', config, { enabled: true });
    checkBoolean('config.enabled', config.enabled);
    this.#config = { enabled: true, ...config };
  }

  /** Returns the options as they are now. */
  getConfig(): {
    /** False when it was made to be enabled later. */
    enabled?: boolean;
  } {
    return { enabled: this.#config.enabled ?? true };
  }

  #callEnded(call: CallDiagnostics): void {
    this.#spans?.callEnded(call);
    this.#metrics?.callEnded(call);
  }

  #onLock(message: LockDiagnostics): void {
    this.#spans?.onLock(message);
    this.#metrics?.onLock(message);
  }

  #renewSpans(): void {
    const { instrumentationName: name, instrumentationVersion: version } = this;
    this.#spans = new Spans((this.#tracers ?? trace.getTracerProvider()).getTracer(name, version));
  }

  #renewMetrics(): void {
    const { instrumentationName: name, instrumentationVersion: version } = this;
    this.#metrics?.close();
    this.#metrics = new Metrics(
      (this.#meters ?? metrics.getMeterProvider()).getMeter(name, version),
    );
  }
}
