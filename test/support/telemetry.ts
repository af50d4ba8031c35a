import { context, type SpanContext } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  type DataPoint,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type TracerConfig,
} from '@opentelemetry/sdk-trace-base';
import { EtcdKitInstrumentation } from '../../src/opentelemetry/index.js';

type Point = DataPoint<number> | DataPoint<Histogram>;

/** The official SDK with exporters in memory, and the instrumentation on it, until it is disposed of. */
export function startTelemetry(options: TracerConfig = {}) {
  const spans = new InMemorySpanExporter();
  const spanProcessors = [new SimpleSpanProcessor(spans)];
  const tracers = new BasicTracerProvider({ ...options, spanProcessors });
  const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({
    exporter: metrics,
    exportIntervalMillis: 2 ** 31 - 1,
  });
  const meters = new MeterProvider({ readers: [reader] });
  const contexts = new AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(contexts);
  const instrumentation = new EtcdKitInstrumentation();
  instrumentation.setTracerProvider(tracers);
  instrumentation.setMeterProvider(meters);
  return {
    instrumentation,
    tracerProvider: tracers,
    tracer: tracers.getTracer('test'),
    get spans(): readonly ReadableSpan[] {
      return spans.getFinishedSpans();
    },
    named: (name: string): readonly ReadableSpan[] =>
      spans.getFinishedSpans().filter((span) => span.name === name),
    /** Points of a metric as they are now; none for one that was not recorded. */
    async points(name: string): Promise<readonly Point[]> {
      return (await this.metrics())
        .filter(({ descriptor }) => descriptor.name === name)
        .flatMap(({ dataPoints }) => dataPoints as readonly Point[]);
    },
    /** All metrics as they are now. */
    async metrics(): Promise<readonly MetricData[]> {
      const { resourceMetrics } = await reader.collect();
      return resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    },
    async [Symbol.asyncDispose]() {
      instrumentation.disable();
      context.disable();
      await Promise.all([tracers.shutdown(), meters.shutdown()]);
    },
  };
}

/** Identity of a span, as its children and links name it. */
export function idsOf({ traceId, spanId }: SpanContext): Pick<SpanContext, 'traceId' | 'spanId'> {
  return { traceId, spanId };
}
