/** What keeps a command from going on: one sentence that says what is wrong and what to do. Printed without a stack. */
export class Trouble extends Error {
  override readonly name = 'Trouble';
}

/** What went wrong, in the words of the error itself. */
export function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The code of a system error (`EACCES`, `EADDRINUSE`), if it is one. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
