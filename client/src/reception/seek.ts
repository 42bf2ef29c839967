/** Looking for a name among many. Pure. */

/** A text as it is compared: without case, accents and apostrophes. */
export function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}|['’‘`´]/gu, '').toLocaleLowerCase('it').replace(/\s+/gu, ' ').trim();
}

/** Those whose names hold all that is sought: words in any order, each from the beginning of a word of the name. None sought: all of them. */
export function seek<T extends { plain: string }>(all: readonly T[], sought: string): readonly T[] {
  const words = plain(sought).split(' ').filter((word) => word !== '');
  return words.length === 0 ? all : all.filter((one) => words.every((word) => ` ${one.plain}`.includes(` ${word}`)));
}
