/** Web addresses in what was written. Nothing is fetched of them; whoever presses one sees where it leads. Pure. */

/** A piece of a text: words, or an address to be pressed. */
export interface Piece {
  text: string;
  href: string | null;
}

const ADDRESS = /(?<![\p{L}\p{N}@./])(?:https?:\/\/|www\.)[^\s<>"]+/giu;
/** What ends a sentence, and not an address. */
const ENDING = /[.,;:!?…'’”»]+$/u;

/** The text in pieces, in order. An address shows the host that it really leads to, whatever letters it was written with. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const written = trimmed(found);
    const link = linkOf(written);
    if (link === null) continue;
    if (index > from) pieces.push({ text: text.slice(from, index), href: null });
    pieces.push(link);
    from = index + written.length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from), href: null });
  return pieces;
}

/** Without what belongs to the sentence around it. */
function trimmed(found: string): string {
  const bare = found.replace(ENDING, '');
  return bare.endsWith(')') && !bare.includes('(') ? trimmed(bare.slice(0, -1)) : bare;
}

function linkOf(written: string): Piece | null {
  const isWhole = /^https?:/iu.test(written);
  const address = isWhole ? written : `https://${written}`;
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  // A name in front of the host reads like another host.
  if (url.username !== '' || url.password !== '' || !url.hostname.includes('.')) return null;
  const isPlain = address.toLowerCase().startsWith(`${url.protocol}//${url.host}`);
  return { text: isPlain ? written : url.href, href: url.href };
}
