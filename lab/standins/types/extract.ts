// Of the stand-ins for Pulumi's providers, their types: the lab's alone.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import ts from "typescript";
import type { Fields, ProviderTable, Shape, TypeTable } from "./shape.ts";

type Declarations = ReadonlyMap<string, ts.InterfaceDeclaration>;

/**
 * The table of an SDK's types, read from its declarations (.d.ts) without the type checker, which would take a
 * minute over the whole package.
 */
export function extractProvider(packageName: string, tokens: readonly string[]): ProviderTable {
  const folder = path.dirname(createRequire(import.meta.url).resolve(`${packageName}/package.json`));
  const { version } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8")) as {
    readonly version: string;
  };
  const nested = interfacesOf(parse(path.join(folder, "types", "input.d.ts")));
  const entries = tokens.toSorted().map((token) => [token, extractType(folder, token, nested)] as const);
  const provider = interfacesOf(parse(path.join(folder, "provider.d.ts")));
  return {
    generated: `by lab/standins/types/main.ts from ${packageName} ${version}; do not edit`,
    version,
    provider: fieldsOf(required(provider, "ProviderArgs"), nested, []),
    types: Object.fromEntries(entries),
  };
}

function extractType(folder: string, token: string, nested: Declarations): TypeTable {
  // `aws:s3/bucketPolicy:BucketPolicy` lies in s3/bucketPolicy, `cloudflare:index/zone:Zone` in zone.
  const [, module = "", name = ""] = token.split(":");
  const file = path.join(folder, module.replace(/^index\//u, ""));
  const source = parse(`${file}.d.ts`);
  const args = required(interfacesOf(source), `${name}Args`);
  return {
    inputs: fieldsOf(args, nested, []),
    outputs: outputsOf(source, name),
    secretOutputs: secretsIn(readFileSync(`${file}.js`, "utf8")),
  };
}

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, false);
}

/** Interfaces by their name with namespaces: `s3.BucketLogging`. */
function interfacesOf(source: ts.SourceFile): Declarations {
  const found = new Map<string, ts.InterfaceDeclaration>();
  const visit = (statements: readonly ts.Statement[], prefix: string): void => {
    for (const statement of statements) {
      if (ts.isInterfaceDeclaration(statement)) found.set(`${prefix}${statement.name.text}`, statement);
      if (
        ts.isModuleDeclaration(statement) &&
        statement.body !== undefined &&
        ts.isModuleBlock(statement.body)
      ) {
        visit(statement.body.statements, `${prefix}${statement.name.text}.`);
      }
    }
  };
  visit(source.statements, "");
  return found;
}

function required(declarations: Declarations, name: string): ts.InterfaceDeclaration {
  const found = declarations.get(name);
  if (found === undefined) throw new Error(`the SDK declares no interface ${name}`);
  return found;
}

function fieldsOf(
  declaration: ts.InterfaceDeclaration,
  nested: Declarations,
  inside: readonly string[],
): Fields {
  const fields: Record<string, Shape> = {};
  for (const member of declaration.members) {
    if (!ts.isPropertySignature(member) || member.type === undefined) continue;
    const name = ts.isIdentifier(member.name) || ts.isStringLiteral(member.name) ? member.name.text : "";
    const mark = member.questionToken === undefined ? "!" : "";
    fields[`${name}${mark}`] = shapeOf(member.type, nested, inside);
  }
  return fields;
}

function shapeOf(node: ts.TypeNode, nested: Declarations, inside: readonly string[]): Shape {
  const of = (type: ts.TypeNode): Shape => shapeOf(type, nested, inside);
  switch (node.kind) {
    case ts.SyntaxKind.StringKeyword:
      return "string";
    case ts.SyntaxKind.NumberKeyword:
      return "number";
    case ts.SyntaxKind.BooleanKeyword:
      return "boolean";
    case ts.SyntaxKind.AnyKeyword:
      return "any";
  }
  if (ts.isParenthesizedTypeNode(node)) return of(node.type);
  if (ts.isArrayTypeNode(node)) return [of(node.elementType)];
  if (ts.isTypeLiteralNode(node)) {
    const [index] = node.members;
    if (index === undefined || !ts.isIndexSignatureDeclaration(index)) throw unknownType(node);
    return { "*": of(index.type) };
  }
  if (ts.isUnionTypeNode(node)) return unionOf(node, of);
  if (ts.isTypeReferenceNode(node)) return referenceOf(node, nested, inside, of);
  throw unknownType(node);
}

/** `string | enums.X` is text: which words are allowed the service says, not the type. */
function unionOf(node: ts.UnionTypeNode, of: (type: ts.TypeNode) => Shape): Shape {
  const shapes = node.types.filter((type) => type.kind !== ts.SyntaxKind.UndefinedKeyword).map(of);
  const distinct = shapes.filter(
    (shape, index) => shapes.findIndex((each) => JSON.stringify(each) === JSON.stringify(shape)) === index,
  );
  if (distinct.includes("document")) return "document";
  const [only] = distinct;
  if (only === undefined || distinct.length > 1) throw unknownType(node);
  return only;
}

function referenceOf(
  node: ts.TypeReferenceNode,
  nested: Declarations,
  inside: readonly string[],
  of: (type: ts.TypeNode) => Shape,
): Shape {
  const name = nameOf(node.typeName);
  const [argument] = node.typeArguments ?? [];
  if (name === "pulumi.Input" && argument !== undefined) return of(argument);
  if (name.startsWith("enums.")) return "string";
  if (name.endsWith(".PolicyDocument")) return "document";
  if (name.startsWith("inputs.")) {
    const key = name.slice("inputs.".length);
    // None of the types in use holds itself; one that does would never end here.
    if (inside.includes(key)) throw new Error(`${key} holds itself`);
    return fieldsOf(required(nested, key), nested, [...inside, key]);
  }
  // A resource in place of its name (`string | Role`), or an alias of string (`ARN`).
  if (argument === undefined && /^[A-Z]\w*$/u.test(name)) return "string";
  throw unknownType(node);
}

function nameOf(name: ts.EntityName): string {
  return ts.isIdentifier(name) ? name.text : `${nameOf(name.left)}.${name.right.text}`;
}

function outputsOf(source: ts.SourceFile, name: string): readonly string[] {
  const declaration = source.statements.find(
    (statement) => ts.isClassDeclaration(statement) && statement.name?.text === name,
  );
  if (declaration === undefined || !ts.isClassDeclaration(declaration)) {
    throw new Error(`${source.fileName} declares no class ${name}`);
  }
  return declaration.members.flatMap((member) =>
    ts.isPropertyDeclaration(member) && ts.isIdentifier(member.name) ? [member.name.text] : [],
  );
}

/** Not in the declarations: the constructor passes them as an option. */
function secretsIn(script: string): readonly string[] {
  const [, list = ""] = /additionalSecretOutputs: \[([^\]]*)\]/u.exec(script) ?? [];
  return [...list.matchAll(/"(\w+)"/gu)].map(([, name = ""]) => name);
}

function unknownType(node: ts.Node): Error {
  return new Error(`the generator does not know this type: ${ts.SyntaxKind[node.kind]}`);
}
