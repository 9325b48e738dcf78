const units = ["Ki", "Mi", "Gi", "Ti"] as const;

/** Bytes as a Kubernetes quantity, in the largest unit that divides them: what a person finds in `kubectl get`. */
export function formatQuantity(bytes: number): string {
  let value = bytes;
  let suffix = "";
  for (const unit of units) {
    if (value % 1024 !== 0) break;
    value /= 1024;
    suffix = unit;
  }
  return `${value}${suffix}`;
}
