/** OpenID tokens (client-server specification, "OpenID"), some of them asked for ahead of time. Each is given away once. */
import type { IOpenIDToken } from 'matrix-js-sdk';

export interface Purse {
  /** A token that nobody has used. */
  take(): Promise<IOpenIDToken>;
  /** Sees to it that so many are there. Errors are left to `take`. */
  fill(count: number): void;
}

/** How long before its end a token is not given away any more, in milliseconds. */
const MARGIN = 120_000;

/** A purse that asks `ask` for its tokens. `now` in milliseconds since 1970. */
export function purse(ask: () => Promise<IOpenIDToken>, now: () => number): Purse {
  const kept: { token: IOpenIDToken; until: number }[] = [];
  let asked = 0;
  const fetchOne = async (): Promise<void> => {
    asked += 1;
    try {
      const token = await ask();
      kept.push({ token, until: now() + token.expires_in * 1000 - MARGIN });
    } finally {
      asked -= 1;
    }
  };
  return {
    async take() {
      for (let one = kept.shift(); one !== undefined; one = kept.shift()) if (one.until > now()) return one.token;
      return ask();
    },
    fill(count) {
      while (kept.length > 0 && (kept[0]?.until ?? 0) <= now()) kept.shift();
      for (let missing = count - kept.length - asked; missing > 0; missing -= 1) fetchOne().catch(() => undefined);
    },
  };
}
