/** A secret to look for, with the forms in which it could lie somewhere. */
export interface Needle {
  /** Never the value: the file that it was read from. */
  readonly name: string;
  readonly forms: readonly NeedleForm[];
}

export interface NeedleForm {
  readonly encoding: "plain" | "JSON" | "URL" | "base64" | "hex";
  readonly bytes: Buffer;
}

/** Shorter ones turn up by chance. */
export const shortestSecret = 8;

/**
 * The forms of a secret's value. A text of several lines (a key in PEM) is looked for by its longest line, because
 * whoever writes it down may break or join lines.
 */
export function needleOf(name: string, value: string): Needle | undefined {
  const line = longestLine(value);
  if (line.length < shortestSecret) return undefined;
  const forms: NeedleForm[] = [{ encoding: "plain", bytes: Buffer.from(line) }];
  const add = (encoding: NeedleForm["encoding"], text: string): void => {
    if (text.length >= shortestSecret && !forms.some(({ bytes }) => bytes.equals(Buffer.from(text))))
      forms.push({ encoding, bytes: Buffer.from(text) });
  };
  add("JSON", JSON.stringify(line).slice(1, -1));
  add("URL", encodeURIComponent(line));
  for (const text of base64Cores(line)) add("base64", text);
  const hex = Buffer.from(line).toString("hex");
  add("hex", hex);
  add("hex", hex.toUpperCase());
  return { name, forms };
}

function longestLine(value: string): string {
  const lines = value.split(/\r?\n/).filter((line) => !line.startsWith("-----"));
  return lines.reduce((longest, line) => (line.length > longest.length ? line : longest), "").trim();
}

/**
 * Base64 of a text that holds the value has it in one of three alignments; the characters at the ends depend on the
 * neighbours and are left out.
 */
function base64Cores(value: string): readonly string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), Buffer.from(value)]).toString("base64");
    const start = before === 0 ? 0 : before + 1;
    const whole = Math.floor(((Buffer.byteLength(value) + before) * 8) / 6);
    return encoded.slice(start, whole);
  });
}

export interface Match {
  readonly secret: string;
  readonly encoding: NeedleForm["encoding"];
  /** From 1. */
  readonly line: number;
}

/** Where secrets lie in some bytes: each secret once, in the first form that is found. */
export function findNeedles(content: Buffer, needles: readonly Needle[]): readonly Match[] {
  return needles.flatMap(({ name, forms }) => {
    for (const { encoding, bytes } of forms) {
      const index = content.indexOf(bytes);
      if (index >= 0) return [{ secret: name, encoding, line: lineAt(content, index) }];
    }
    return [];
  });
}

function lineAt(content: Buffer, index: number): number {
  let line = 1;
  for (let at = content.indexOf(10); at >= 0 && at < index; at = content.indexOf(10, at + 1)) line += 1;
  return line;
}
