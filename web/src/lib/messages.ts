// What a span took and gave, as messages: the chat forms that SDKs write, or plain text.

export type Role = "system" | "user" | "assistant" | "tool" | "call" | "text";
export interface Message { role: Role; name: string; text: string; code: boolean }

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

function parse(text: string): Json | undefined {
  const first = text.trimStart()[0];
  if (first !== "{" && first !== "[" && first !== '"') return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

const isObject = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** JSON with two blanks; text as it is. */
export function pretty(value: unknown): string {
  if (typeof value === "string") {
    const parsed = parse(value);
    return parsed === undefined || typeof parsed === "string" ? value : JSON.stringify(parsed, null, 2);
  }
  return JSON.stringify(value, null, 2) ?? "";
}

/** The text of a message's content: a string, or parts of which the texts count. */
function contentText(content: Json | undefined): { text: string; code: boolean } {
  if (content === undefined || content === null) return { text: "", code: false };
  if (typeof content === "string") return { text: content, code: false };
  if (Array.isArray(content)) {
    const parts = content.map((part) => {
      if (typeof part === "string") return part;
      if (isObject(part) && typeof part.text === "string") return part.text;
      if (isObject(part) && typeof part.type === "string") return `[${part.type}]`;
      return pretty(part);
    });
    return { text: parts.join("\n"), code: false };
  }
  return { text: pretty(content), code: true };
}

function roleOf(role: string): Role {
  if (role === "developer") return "system";
  if (role === "function") return "tool";
  if (role === "model") return "assistant";
  return role === "system" || role === "user" || role === "assistant" || role === "tool" ? role : "text";
}

function fromMessage(value: { [key: string]: Json }): Message[] {
  const role = roleOf(String(value.role));
  const { text, code } = contentText(value.content ?? value.parts);
  const name = String(value.name ?? value.tool_call_id ?? "");
  const messages: Message[] = [];
  if (text !== "" || !Array.isArray(value.tool_calls)) {
    messages.push({ role, name, text: role === "tool" ? pretty(text) : text, code: code || role === "tool" });
  }
  for (const call of Array.isArray(value.tool_calls) ? value.tool_calls : []) {
    const called = isObject(call) && isObject(call.function) ? call.function : isObject(call) ? call : {};
    messages.push({ role: "call", name: String(called.name ?? ""), text: pretty(called.arguments ?? called.args ?? ""), code: true });
  }
  return messages;
}

/** Messages of one side. `fallback` is the role of plain text. Never throws. */
export function messages(text: string | null, fallback: Role): Message[] {
  if (text === null || text === "") return [];
  const value = parse(text);
  if (value === undefined) return [{ role: fallback, name: "", text, code: false }];
  if (typeof value === "string") return [{ role: fallback, name: "", text: value, code: false }];
  const list = Array.isArray(value) ? value : isObject(value) && Array.isArray(value.messages) ? value.messages : [value];
  if (list.length > 0 && list.every((item) => isObject(item) && typeof item.role === "string")) {
    return list.flatMap((item) => fromMessage(item as { [key: string]: Json }));
  }
  if (isObject(value) && typeof value.content === "string" && Object.keys(value).length === 1) {
    return [{ role: fallback, name: "", text: value.content, code: false }];
  }
  return [{ role: fallback, name: "", text: pretty(value), code: true }];
}
