/** What the YAML parser objects to, in the words of whoever keeps a comune's page. */
import { isScalar, visit } from 'yaml';
import type { Document, ErrorCode, LineCounter, YAMLParseError } from 'yaml';
import { shown, type Fault } from './faults.ts';

const ALIAS = { expected: 'a value', hint: '* and & are signs of their own in YAML: put the value in quotes' };

/** What was expected, and what to do, for what people run into. Whatever else the parser says stands as it says it. */
const KNOWN: Partial<Record<ErrorCode, { expected: string; hint: string }>> = {
  TAB_AS_INDENT: { expected: 'blanks at the beginning of a line', hint: 'replace the tab by blanks, as many as in the lines beside it' },
  BAD_ALIAS: ALIAS,
  MULTIPLE_DOCS: { expected: 'one configuration in a file', hint: 'take the line --- out' },
  BAD_SCALAR_START: { expected: 'a value that does not begin with @, ` or %', hint: 'put it in quotes, as in ["@anna:comune.example"]' },
  BAD_INDENT: { expected: 'lines of one list or one part that begin below each other', hint: 'move the line to where the one before it begins' },
  MISSING_CHAR: { expected: 'a quote or a bracket that is closed', hint: 'look for one that is opened before, and close it' },
  BLOCK_AS_IMPLICIT_KEY: { expected: 'one name and one value in a line', hint: 'put a value with a colon in it in quotes, or begin a new line' },
};

function placeOf(at: number | undefined, lines: LineCounter): string {
  const { line, col } = lines.linePos(at ?? 0);
  return `line ${line}, column ${col}`;
}

/** A fault with line and column. @param error the parser's first */
export function malformed(error: Pick<YAMLParseError, 'code' | 'pos' | 'message'>, document: Document.Parsed, lines: LineCounter, yaml: string): Fault {
  const [at] = error.pos;
  const path = placeOf(at, lines);
  if (error.code === 'DUPLICATE_KEY') return { path, expected: 'each name once', ...double(document, at, lines) };
  const rest = yaml.slice(at).split(/[\r\n]/u, 1)[0]?.trim() ?? '';
  const came = rest === '' ? 'the end of the line' : shown(rest);
  const known = KNOWN[error.code];
  if (known !== undefined) return { path, ...known, came };
  return { path, expected: 'well-formed YAML', came, hint: error.message.split('\n', 1)[0] ?? '' };
}

/** A name that stands there already: which, and in which line. */
function double(document: Document.Parsed, at: number, lines: LineCounter): Pick<Fault, 'came' | 'hint'> {
  let first: { name: unknown; line: number } | null = null;
  visit(document, {
    Map(_key, map) {
      const keys = map.items.flatMap(({ key }) => (isScalar(key) && key.range ? [{ name: key.value, at: key.range[0] }] : []));
      const second = keys.find((key) => key.at === at);
      const before = keys.find(({ name, at: earlier }) => second !== undefined && name === second.name && earlier < at);
      if (before !== undefined) first = { name: before.name, line: lines.linePos(before.at).line };
    },
  });
  const found = first as { name: unknown; line: number } | null;
  return { came: shown(found?.name ?? 'a name twice'), hint: found === null ? 'take one of the two out' : `it stands in line ${found.line} already: take one of the two out` };
}

/** What is taken over from elsewhere in the file, and is not there (`*name`) or cannot be (`<<`): the first; null where there is none. */
export function takenOver(document: Document.Parsed, lines: LineCounter): Fault | null {
  let found: Fault | null = null;
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document) !== undefined) return undefined;
      found = { path: placeOf(alias.range?.[0], lines), ...ALIAS, came: shown(`*${alias.source}`) };
      return visit.BREAK;
    },
    Pair(_key, { key }) {
      if (!isScalar(key) || key.value !== '<<') return undefined;
      found = { path: placeOf(key.range?.[0], lines), expected: 'the name of a setting', came: shown(key.value), hint: 'nothing is taken over from elsewhere: write the lines out' };
      return visit.BREAK;
    },
  });
  return found;
}
