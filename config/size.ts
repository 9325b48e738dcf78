/** An amount of storage or memory in bytes, parsed once from a quantity such as "20Gi". */
export type Bytes = number & { readonly unit?: "bytes" };

const bytesIn = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 } as const;

export const sizeForms = '"512Mi", "20Gi" or "2Ti"';

/** Undefined for anything but `<whole number><Ki|Mi|Gi|Ti>`: "20G" and "20GB" mean different sizes to different tools. */
export function parseSize(text: string): Bytes | undefined {
  const match = /^([1-9]\d{0,8})(Ki|Mi|Gi|Ti)$/.exec(text);
  if (match === null) return undefined;
  return Number(match[1]) * bytesIn[match[2] as keyof typeof bytesIn];
}

export function formatSize(bytes: Bytes): string {
  for (const unit of ["Ti", "Gi", "Mi"] as const) {
    const count = bytes / bytesIn[unit];
    if (Number.isInteger(count)) return `${count}${unit}`;
  }
  return `${Math.ceil(bytes / 1024)}Ki`;
}
