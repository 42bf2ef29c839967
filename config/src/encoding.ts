/** A file's bytes as text: UTF-8 (YAML 1.2.2, 5.2, of which only this is taken), or the fault that it is something else. */
import { shown, type Fault } from './faults.ts';

const HOW = 'save it as UTF-8: in the editor, “Save as”, encoding UTF-8';

/** @returns its text, without the mark of the order of bytes at its beginning; or the fault */
export function textOf(bytes: Uint8Array): string | Fault {
  const other = wide(bytes);
  if (other !== null) return { path: '', expected: 'text in UTF-8', came: other, hint: HOW };
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { path: '', expected: 'text in UTF-8', ...narrow(bytes), hint: HOW };
  }
}

/** The encoding of two or four bytes a letter that a file is in, by its mark or by its many zeros; null where it is none. */
function wide(bytes: Uint8Array): string | null {
  const [first, second, third, fourth] = bytes;
  if (first === 0xff && second === 0xfe) return third === 0 && fourth === 0 ? 'UTF-32' : 'UTF-16';
  if (first === 0xfe && second === 0xff) return 'UTF-16';
  return bytes.subarray(0, 1000).filter((byte) => byte === 0).length > Math.min(bytes.length, 1000) / 8 ? 'UTF-16' : null;
}

/** Where the first letter is that is none in UTF-8, read as Windows-1252, in which old editors save. */
function narrow(bytes: Uint8Array): Pick<Fault, 'came' | 'line'> {
  // What was lost is one sign of the text for each byte that is no UTF-8.
  const before = new TextDecoder('utf-8').decode(bytes).split('\uFFFD', 1)[0] ?? '';
  const line = before.split('\n').length;
  const written = new TextDecoder('windows-1252').decode(bytes).split('\n')[line - 1]?.trim();
  return { came: `another encoding, perhaps Windows-1252: ${shown(written)}`, line };
}
