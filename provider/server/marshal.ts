import type { ListValue, Struct, Value as WireValue } from "google-protobuf/google/protobuf/struct_pb.js";
import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import { isMap, Secret, Signed, UNKNOWN, type Value, type ValueMap } from "./value.ts";

/** Signatures of the Pulumi wire format: a map that has the key is a marked value, not a map. */
export const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
export const SIGNATURE = {
  secret: "1b47061264138c4ac30d75fd1eb44270",
  output: "d0e6a833031e9bbcd3f4e8bde6ca49a4",
  resource: "5cf8f73096256a8f31e491e813e4eb8e",
  asset: "c44067f5952c0a294b673a41bacd8c17",
  archive: "0def7320c3a5731c473e5ecbe6d01bc7",
} as const;

/** The engine only ever sends the first; the others are sentinels of old SDKs for other types. */
const UNKNOWN_SENTINELS: ReadonlySet<string> = new Set([
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);
const UNKNOWN_SENTINEL = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Reads a protobuf struct; a missing struct is an empty map, as the engine means it. */
export function fromStruct(struct: Struct | undefined): ValueMap {
  const map: Record<string, Value> = {};
  struct?.getFieldsMap().forEach((value: WireValue, key: string) => {
    map[key] = fromWire(value);
  });
  return map;
}

function fromWire(value: WireValue): Value {
  switch (value.getKindCase()) {
    case structPb.Value.KindCase.BOOL_VALUE:
      return value.getBoolValue();
    case structPb.Value.KindCase.NUMBER_VALUE:
      return value.getNumberValue();
    case structPb.Value.KindCase.STRING_VALUE: {
      const text = value.getStringValue();
      return UNKNOWN_SENTINELS.has(text) ? UNKNOWN : text;
    }
    case structPb.Value.KindCase.LIST_VALUE:
      return (value.getListValue()?.getValuesList() ?? []).map(fromWire);
    case structPb.Value.KindCase.STRUCT_VALUE:
      return fromMarked(fromStruct(value.getStructValue()));
    default:
      return null;
  }
}

function fromMarked(map: ValueMap): Value {
  const { [SIGNATURE_KEY]: signature, ...fields } = map;
  if (signature === undefined) return map;
  switch (signature) {
    case SIGNATURE.secret:
      return new Secret(fields.value ?? null);
    case SIGNATURE.output: {
      // Not negotiated, but cheap to understand: an output without a value is unknown.
      const value = fields.value ?? UNKNOWN;
      return fields.secret === true ? new Secret(value) : value;
    }
    case SIGNATURE.asset:
    case SIGNATURE.archive:
    case SIGNATURE.resource:
      return new Signed(signature, fields);
    default:
      throw new Error(`a property carries the unknown signature ${JSON.stringify(signature)}`);
  }
}

/** Writes a protobuf struct; `undefined` properties are left out. */
export function toStruct(map: { readonly [key: string]: Value | undefined }): Struct {
  const struct = new structPb.Struct();
  for (const [key, value] of Object.entries(map)) {
    if (value !== undefined) struct.getFieldsMap().set(key, toWire(value));
  }
  return struct;
}

function toWire(value: Value): WireValue {
  const wire = new structPb.Value();
  if (value === null) wire.setNullValue(structPb.NullValue.NULL_VALUE);
  else if (value === UNKNOWN) wire.setStringValue(UNKNOWN_SENTINEL);
  else if (typeof value === "boolean") wire.setBoolValue(value);
  else if (typeof value === "number") wire.setNumberValue(value);
  else if (typeof value === "string") wire.setStringValue(value);
  else if (value instanceof Secret) {
    wire.setStructValue(toStruct({ [SIGNATURE_KEY]: SIGNATURE.secret, value: value.value }));
  } else if (value instanceof Signed) {
    wire.setStructValue(toStruct({ [SIGNATURE_KEY]: value.signature, ...value.fields }));
  } else if (isMap(value)) wire.setStructValue(toStruct(value));
  else wire.setListValue(toList(value));
  return wire;
}

function toList(values: readonly Value[]): ListValue {
  const list = new structPb.ListValue();
  list.setValuesList(values.map(toWire));
  return list;
}
