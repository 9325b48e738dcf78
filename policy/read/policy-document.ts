import { at, keysOf, listOf, textOf } from "./value.ts";

/** A statement of an IAM or bucket policy document, its one-or-many fields as lists. */
export interface Statement {
  readonly effect: "Allow" | "Deny";
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
  readonly resources: readonly string[];
  /** `*` for anybody; else each principal's identifier. */
  readonly principals: readonly string[];
  readonly conditions: readonly Condition[];
}

export interface Condition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** A document as text or as an object; undefined where it is no policy document. */
export function statementsOf(document: unknown): readonly Statement[] | undefined {
  let parsed = document;
  if (typeof document === "string") {
    try {
      parsed = JSON.parse(document);
    } catch {
      // Not JSON: whoever asked says so at the resource.
      return undefined;
    }
  }
  const statements = listOf(at(parsed, "Statement"));
  return statements.length === 0 ? undefined : statements.map(readStatement);
}

function readStatement(statement: unknown): Statement {
  const condition = at(statement, "Condition");
  return {
    effect: at(statement, "Effect") === "Deny" ? "Deny" : "Allow",
    actions: texts(at(statement, "Action")),
    notActions: texts(at(statement, "NotAction")),
    resources: texts(at(statement, "Resource")),
    principals: readPrincipals(at(statement, "Principal")),
    conditions: keysOf(condition).flatMap((operator) =>
      keysOf(at(condition, operator)).map((key) => ({
        operator,
        key,
        values: listOf(at(condition, operator, key)).map(String),
      })),
    ),
  };
}

function readPrincipals(principal: unknown): readonly string[] {
  if (typeof principal === "string") return [principal];
  return keysOf(principal).flatMap((kind) => texts(at(principal, kind)));
}

function texts(value: unknown): readonly string[] {
  return listOf(value).flatMap((one) => textOf(one) ?? []);
}

/** Whether a statement's actions hold this one; names are compared as IAM does, without case. */
export function coversAction(statement: Statement, action: string): boolean {
  const matches = (pattern: string): boolean => matchesPattern(pattern.toLowerCase(), action.toLowerCase());
  if (statement.notActions.length > 0) return !statement.notActions.some(matches);
  return statement.actions.some(matches);
}

/** Allowed by the document and not denied by it without a condition. */
export function allowsAction(statements: readonly Statement[], action: string): boolean {
  const denied = statements.some(
    (statement) =>
      statement.effect === "Deny" && statement.conditions.length === 0 && coversAction(statement, action),
  );
  return (
    !denied && statements.some((statement) => statement.effect === "Allow" && coversAction(statement, action))
  );
}

/** `*` stands for any text, `?` for one character. */
export function matchesPattern(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s").test(text);
}
