/** The little of a certificate that says whose it is, as `getPeerCertificate` has it. */
export interface ShownCertificate {
  /** `DNS:ci.example, URI:spiffe://example/ci`. */
  readonly subjectaltname?: string | undefined;
  readonly subject?: { readonly CN?: string | readonly string[] | undefined } | undefined;
}

/** How Node.js names the kinds of names, and how the file of identities does. */
const KINDS: Readonly<Record<string, string>> = { DNS: "DNS", URI: "URI", "IP Address": "IP", email: "email" };

/** One entry; a value in which Node.js found something that could be taken for another entry is a JSON string. */
const ENTRY = /([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/y;

/** The names of a certificate, in the form of {@link normalName}: `DNS:ci.example`, `CN:ci`. */
export function namesOf({ subjectaltname, subject }: ShownCertificate): string[] {
  const names: string[] = [];
  ENTRY.lastIndex = 0;
  while (subjectaltname !== undefined && ENTRY.lastIndex < subjectaltname.length) {
    const match = ENTRY.exec(subjectaltname);
    // What cannot be told apart names nobody.
    if (match === null) return [];
    const kind = KINDS[match[1]!];
    const value = match[2]!;
    if (kind !== undefined) names.push(normalName(`${kind}:${value.startsWith('"') ? unquoted(value) : value}`));
  }
  // A subject with two common names has none: which of them was meant is for its authority to know.
  if (typeof subject?.CN === "string") names.push(`CN:${subject.CN}`);
  return names;
}

/** Host names are the same in upper and lower case; nothing else is. */
export function normalName(name: string): string {
  return name.startsWith("DNS:") ? `DNS:${name.slice(4).toLowerCase()}` : name;
}

function unquoted(json: string): string {
  try {
    return String(JSON.parse(json));
  } catch {
    return "";
  }
}
