/** From what the schema objects to, to faults with their lines. */
import * as z from 'zod';
import { isMap, isScalar } from 'yaml';
import type { Document, LineCounter } from 'yaml';
import { listed, meansClosed, spansMeant, withoutCurlyQuotes } from './cures.ts';
import { nearestName, shown, valueAt, writePath } from './faults.ts';
import type { Fault, Path } from './faults.ts';

/** A fault whose place is not written out yet. */
export interface Found {
  path: Path;
  expected: string;
  came: string;
  hint?: string;
}

/** The schema's objections to plain data. Every schema of ours says as its message what it expected. */
export function findings(issues: readonly z.core.$ZodIssue[], data: unknown): Found[] {
  return issues.flatMap((issue) => ofIssue(issue, [], data));
}

function ofIssue(issue: z.core.$ZodIssue, above: Path, data: unknown): Found[] {
  const path = [...above, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...path, key], key, issue.message));
  if (issue.code === 'invalid_union') {
    // The alternative that was meant is the one that got further than the value itself.
    const meant = issue.errors.find((list) => list.length > 0 && list.every((inner) => inner.path.length > 0 || inner.code === 'custom'));
    const other = issue.errors.find((list) => list.length > 0 && list.every((inner) => inner.code !== 'invalid_type'));
    const inner = meant ?? other;
    if (inner !== undefined) return inner.flatMap((deeper) => ofIssue(deeper, path, data));
  }
  if (issue.code === 'invalid_key') {
    const [first] = issue.issues;
    return [{ path, expected: first?.message ?? issue.message, came: shown(path.at(-1)) }];
  }
  const value = valueAt(data, path);
  const hint = cureOf(path, value) ?? (issue.code === 'custom' && typeof issue.params?.['hint'] === 'string' ? issue.params['hint'] : habits(issue, value));
  return [{ path, expected: issue.message, came: shown(value), ...(hint === undefined ? {} : { hint }) }];
}

/** Of hours, what depends on where they stand. */
function cureOf(path: Path, value: unknown): string | undefined {
  const place = path.lastIndexOf('hours');
  if (place < 0 || typeof value !== 'string') return undefined;
  if (meansClosed(value)) return path.includes('exceptions') ? 'closed is written []' : 'on a day that is closed leave the day out';
  const isInList = typeof path.at(-1) === 'number';
  const spans = isInList ? [] : spansMeant(withoutCurlyQuotes(value) ?? value);
  return spans.length === 0 ? undefined : `write ${listed(spans)}`;
}

function unknownKey(path: Path, key: string, names: string): Found {
  const near = nearestName(key, names.split(', '));
  return { path, expected: `one of ${names}`, came: shown(key), ...(near === null ? {} : { hint: `did you mean ${near}?` }) };
}

/** What YAML takes for something else: 0990000 for a number, a name with nothing after it for null. */
function habits(issue: z.core.$ZodIssue, value: unknown): string | undefined {
  if (value === null && issue.path.length > 0) return 'write a value, or leave the name out';
  const scalar = typeof value === 'number' || typeof value === 'boolean';
  return issue.code === 'invalid_type' && issue.expected === 'string' && scalar ? 'put it in quotes' : undefined;
}

/** The faults as they are told: each once, in the order of the file. @param yaml the file */
export function located(found: readonly Found[], document: Document.Parsed, lines: LineCounter, yaml: string): Fault[] {
  const told = new Map<string, Fault & { at: number }>();
  for (const { path, ...fault } of found) {
    const at = place(document, path);
    const where = writePath(path);
    const line = lines.linePos(at).line;
    const cut = fault.came === 'nothing' ? commented(yaml, at) : null;
    const rest = cut === null ? fault : { ...fault, hint: `# begins a comment: put it in quotes, ${JSON.stringify(cut)}` };
    told.set(`${where}\n${rest.expected}`, { path: where, ...rest, ...(line > 0 ? { line } : {}), at });
  }
  return [...told.values()].sort((a, b) => a.at - b.at).map(({ at: _, ...fault }) => fault);
}

/** What was written for a value and is a comment, as a colour is without quotes; null where there is none. @param at where its name begins */
function commented(yaml: string, at: number): string | null {
  const [, value] = /^[^\n:]*:[ \t]+(#[^\s,}]+)/u.exec(yaml.slice(at)) ?? [];
  return value ?? null;
}

/** The offset in the file of the value, or of the nearest thing above it that is there. */
function place(document: Document.Parsed, path: Path): number {
  for (let length = path.length; length > 0; length--) {
    const parent = document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    const pair = isMap(parent) ? parent.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key)) : undefined;
    const node = pair === undefined ? document.getIn(path.slice(0, length), true) : pair.key;
    const range = rangeOf(node);
    if (range !== null) return range;
  }
  return rangeOf(document.contents) ?? 0;
}

function rangeOf(node: unknown): number | null {
  const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : null;
  const [start] = Array.isArray(range) ? (range as unknown[]) : [];
  return typeof start === 'number' ? start : null;
}
