/** The node exporter as a reader of text files and nothing else; where it listens, and to whom, comes after it. */
export function textfileExporter(directory: string): readonly string[] {
  return [
    "prometheus-node-exporter",
    "--collector.disable-defaults",
    "--collector.textfile",
    `--collector.textfile.directory=${directory}`,
    "--web.disable-exporter-metrics",
  ];
}

/** As both exporters take them. */
export function webArguments(port: number, configFile: string): readonly string[] {
  return [`--web.listen-address=:${port}`, `--web.config.file=${configFile}`];
}
