/** Where the homeserver listens in the clear, on this machine alone. */

/**
 * Where people and the porter come in. Only the client's side, and whose an OpenID token is, which call tokens are given for. Only
 * from this machine; the proxy in front tells whose request it is.
 */
export function listener(port: number): Record<string, unknown> {
  return { port, type: 'http', tls: false, bind_addresses: ['127.0.0.1'], x_forwarded: true, resources: [{ names: ['client', 'openid'], compress: false }] };
}
