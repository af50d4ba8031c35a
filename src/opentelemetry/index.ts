/** Spans and metrics for OpenTelemetry. Needs `@opentelemetry/api`. */
export {
  EtcdKitInstrumentation,
  type EtcdKitInstrumentationConfig,
  type MeterProviderLike,
  type TracerProviderLike,
} from './instrumentation.js';
