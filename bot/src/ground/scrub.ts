/** What must not stand in a log: people, rooms, and whatever opens something. Taken out of whole lines, wherever in them it turns up. */

/** Marks that stand for a Matrix id in an address: percent-encoded `!`, `#`, `$` and `@`. */
const ENCODED = /%(?:21|23|24|40)[\w.=%+~-]+/giu;
/** Ids of people and aliases: with the server they are of. A user in a call is one, with the device behind. Packages of npm in a stack are none. */
const NAMED = /(?<!node_modules\/)[@#][\w.=/+-]+:[\w.:[\]-]+/gu;
/** Ids of rooms and events, which may come without a server; the shortest are some twenty characters. */
const OPAQUE = /(?:![\w+=-]{10,}|\$[\w+=-][\w+/=-]{9,})(?::[\w.:[\]-]+)?|[!$][\w.=+-][\w.=/+-]*:[\w.:[\]-]+/gu;
/** JSON Web Tokens, such as call tokens. The signature may be cut off. */
const JWT = /\beyJ[\w-]{5,}(?:\.[\w-]*){0,4}/gu;
/** Access tokens and refresh tokens of Synapse and of the Matrix Authentication Service. */
const MATRIX_TOKEN = /\b(?:syt|syr|mat|mct|mcr|mpt|mua)_[\w-]+/gu;
/** Secrets as the launcher makes them: 256 bits in hex. */
const HEX = /\b[0-9a-f]{64}\b/gu;
/** What is said to be a secret: in a query, a header, a form, or JSON, which may itself be text in JSON. */
const SAID = /((?:access_?token|refresh_?token|login_?token|openid_?token|as_?token|hs_?token|admin_?token|id_?token|join_request|jwt|macaroon|password|secret|authorization)["'\\]*\s*[=:]\s*["'\\]*)(?:(?:Bearer|Basic)\s+)?[^\s"'\\&,;)}[\]]+/giu;
const BEARER = /\b(Bearer\s+)[^\s"'\\&,;)}[\]]+/giu;

/**
 * Words without ids of people and rooms and without secrets.
 * @param known secrets of whatever form, taken out wherever they stand
 */
export function scrub(words: string, known: readonly string[] = []): string {
  return known
    .reduce((text, secret) => text.replaceAll(secret, '[secret]'), words)
    .replace(JWT, '[token]')
    .replace(SAID, '$1[token]')
    .replace(BEARER, '$1[token]')
    .replace(MATRIX_TOKEN, '[token]')
    .replace(HEX, '[secret]')
    .replace(NAMED, '[id]')
    .replace(OPAQUE, '[id]')
    .replace(ENCODED, '[id]');
}
