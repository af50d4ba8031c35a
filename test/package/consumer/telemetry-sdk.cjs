/** Registers the instrumentation with the SDK for Node, makes some calls, and tells what was exported. */
exports.observed = async (
  { NodeSDK, tracing, metrics },
  { EtcdClient, EtcdKitInstrumentation, endpoint },
) => {
  const spans = new tracing.InMemorySpanExporter();
  const points = new metrics.InMemoryMetricExporter(metrics.AggregationTemporality.CUMULATIVE);
  const reader = new metrics.PeriodicExportingMetricReader({ exporter: points });
  const sdk = new NodeSDK({
    spanProcessors: [new tracing.SimpleSpanProcessor(spans)],
    metricReaders: [reader],
    instrumentations: [new EtcdKitInstrumentation()],
  });
  sdk.start();
  const etcd = new EtcdClient({ endpoints: endpoint });
  await etcd.put('name', 'value');
  await etcd.get('name');
  await etcd.close();
  await reader.forceFlush();
  const names = {
    spans: spans.getFinishedSpans().map(({ name }) => name),
    metrics: points
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
      .map(({ descriptor }) => descriptor.name),
  };
  await sdk.shutdown();
  return JSON.stringify(names);
};
